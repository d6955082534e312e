//! Passkeys in the web console, by Chromium's own authenticator.

mod support;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use support::Folder;
use support::browser::ENTER;
use support::console::Console;

/// Ida, an owner, joined, and sessions take 10.00 EUR at once without a passkey.
fn open() -> Option<Console> {
    let folder = Folder::funded();
    folder.ok(&["user", "add", "a", "ida", "--role", "owner"]);
    folder.ok(&["user", "limit", "a", "--passkey-above", "10.00"]);
    let invited = folder.ok(&["user", "invite", "a", "ida"]);
    let secret =
        URL_SAFE_NO_PAD.decode(invited["invitation"].as_str().expect("a secret")).expect("base64url");
    let secret: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut console = Console::open_on(folder)?;
    // No site of passkeys is named by an address.
    console.browser.origin = console.browser.origin.replace("127.0.0.1", "localhost");
    let browser = &console.browser;
    browser.open(&format!("/join?account=a&user=ida#{secret}"));
    for field in ["#new", "#again"] {
        browser.tab_to(field);
        browser.type_in("correct horse battery staple");
    }
    browser.type_in(&ENTER.to_string());
    browser.arrives("/accounts/a");
    Some(console)
}

/// Asks for a ticket, up to the button that issues it.
fn review(console: &Console, amount: &str) {
    let browser = &console.browser;
    browser.open("/accounts/a/issue");
    browser.tab_to("#amount");
    browser.type_in(amount);
    browser.type_in(&ENTER.to_string());
    browser.wait("return document.activeElement.textContent === 'Ready to issue'");
}

fn press(console: &Console, button: &str) {
    console.browser.tab_to(button);
    console.browser.type_in(&ENTER.to_string());
}

/// Adds a passkey on the page of passkeys.
fn add(console: &Console) {
    press(console, "[data-add-passkey] button");
    console.browser.wait(
        "return document.readyState === 'complete' && document.querySelector('[data-change=removePasskey]')",
    );
    only_rsa_is_missed(console);
}

/// Chromium would have RSA too, for old authenticators.
#[track_caller]
fn only_rsa_is_missed(console: &Console) {
    let complaints = console.browser.complaints();
    assert!(complaints.iter().all(|said| said.contains("ES256 and RS256")), "{complaints:?}");
}

#[track_caller]
fn is_told(console: &Console, form: &str, words: &str) {
    console
        .browser
        .wait(&format!("return document.querySelector('{form} .failure').innerText.includes('{words}')"));
}

#[test]
fn a_person_adds_a_passkey_and_is_asked_for_it_above_the_limit() {
    let Some(console) = open() else { return };
    let browser = &console.browser;
    review(&console, "10");
    press(&console, "[data-batch] button");
    browser.arrives("/accounts/a/batches/");

    review(&console, "12");
    assert!(browser.text("[data-batch]").contains("Add one first"), "{}", browser.text("[data-batch]"));
    press(&console, "[data-batch] button");
    is_told(&console, "[data-batch]", "A passkey is needed");
    console.check_page("issue-without-passkey");

    press(&console, "[data-batch] a[href$='/passkeys']");
    browser.arrives("/accounts/a/passkeys");
    console.check_page("passkeys-none");
    let device = browser.add_authenticator();
    add(&console);
    console.check_page("passkeys");
    press(&console, "[data-add-passkey] button");
    is_told(&console, "[data-add-passkey]", "There already");
    only_rsa_is_missed(&console);

    review(&console, "12");
    assert!(browser.text("[data-batch]").contains("Yours is asked for"), "{}", browser.text("[data-batch]"));
    console.check_page("issue-with-passkey");
    device.set_verified(false);
    press(&console, "[data-batch] button");
    is_told(&console, "[data-batch]", "No passkey was used");
    device.set_verified(true);
    press(&console, "[data-batch] button");
    browser.arrives("/accounts/a/batches/");
    assert!(browser.text("h1").contains("1 item for 12.00 EUR"), "{}", browser.text("h1"));

    browser.open("/accounts/a/record");
    assert!(browser.text("main").contains("ida has a passkey more"), "{}", browser.text("main"));
    drop(console.browser);
    console.server.stop();
    console.folder.audit();
}

#[test]
fn an_owner_who_signed_in_raises_the_limit_and_removes_a_passkey_by_a_passkey() {
    let Some(console) = open() else { return };
    let browser = &console.browser;
    let device = browser.add_authenticator();
    browser.open("/accounts/a/passkeys");
    add(&console);

    let set = |amount: &str| {
        browser.open("/accounts/a/users");
        browser.tab_to("#passkey_above");
        browser.run("document.activeElement.value = ''", &[]);
        browser.type_in(amount);
        browser.type_in(&ENTER.to_string());
    };
    let is_set = |amount: &str| {
        browser.wait(&format!(
            "return document.readyState === 'complete' && document.querySelector('#passkey_above')?.defaultValue === '{amount}'"
        ));
    };
    device.set_verified(false);
    set("5.00");
    is_set("5.00");
    for raised in ["20.00", ""] {
        set(raised);
        is_told(&console, "[data-change=setLimits]", "No passkey was used");
    }
    device.set_verified(true);
    set("20.00");
    is_set("20.00");
    console.check_page("users-passkey-limit");
    press(&console, "[data-invite=owner] button");
    browser.wait("return document.querySelector('#link-owner').value");

    browser.open("/accounts/a/passkeys");
    press(&console, "[data-change=removePasskey] button");
    browser.wait(
        "return document.readyState === 'complete' && !document.querySelector('[data-change=removePasskey]')",
    );
    assert!(browser.text("main").contains("No passkey yet"), "{}", browser.text("main"));
    assert_eq!(browser.complaints(), Vec::<String>::new());
    drop(console.browser);
    console.server.stop();
    console.folder.audit();
}
