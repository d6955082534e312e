//! The page of whoever is signed in: his password, his second factor, and signing out.

mod support;

use support::browser::{Browser, ENTER};
use support::console::Console;
use support::served::now;

const FIRST: &str = "correct horse battery staple";
const SECOND: &str = "another horse entirely";

/// What an authenticator app shows that the secret was typed into.
fn code(secret: &str, at: u64) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret.replace(' ', "")).expect("base32");
    totp_rs::Builder::new().with_secret(secret).build().expect("usual").generate(at).to_string()
}

/// A time from which a code's 30 seconds go on for a while.
fn early_in_a_step() -> u64 {
    while now() % 30 > 10 {
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    now()
}

fn says(browser: &Browser, form: &str, text: &str) {
    let script = format!(
        "return document.querySelector('[data-{form}]').innerText.toLowerCase().includes({:?})",
        text.to_lowercase()
    );
    browser.wait(&script);
}

fn sign_out(browser: &Browser) {
    browser.open("/accounts/a/you");
    browser.tab_to("main [data-sign-out] button");
    browser.type_in(&ENTER.to_string());
    browser.arrives("/sign-in");
}

#[test]
fn somebody_sets_and_changes_a_password_and_a_second_factor_by_keyboard_alone() {
    let Some(console) = Console::open() else { return };
    let browser = &console.browser;
    console.sign_in();
    browser.tab_to("a.user");
    browser.type_in(&ENTER.to_string());
    browser.arrives("/accounts/a/you");
    assert!(!browser.text("main").contains("Second factor"), "without a password there is none");
    console.check_page("you-by-key");
    browser.fill(&[("#new", FIRST), ("#again", SECOND)]);
    says(browser, "password", "the two passwords differ");
    browser.fill(&[("#new", FIRST), ("#again", FIRST)]);
    says(browser, "password", "Your password is set");
    browser.open("/accounts/a/you");
    assert!(browser.text("main").contains("Second factor"), "{}", browser.text("main"));
    console.check_page("you");

    browser.fill(&[("#password-current", "a wrong password"), ("#new", SECOND), ("#again", SECOND)]);
    says(browser, "password", "password is wrong");
    browser.fill(&[("#password-current", FIRST), ("#new", FIRST), ("#again", FIRST)]);
    says(browser, "password", "last");
    let refused = browser.complaints();
    assert!(refused.iter().all(|said| said.contains("422")), "only the refusal itself: {refused:?}");
    browser.fill(&[("#password-current", FIRST), ("#new", SECOND), ("#again", SECOND)]);
    says(browser, "password", "Your password is set");
    console.check_page("you-password-set");
    // What goes on reads and signs: a page is shown, and the next change is carried out.
    browser.open("/accounts/a/you");

    browser.fill(&[("#factor-current", SECOND)]);
    browser.wait("return document.activeElement.id === 'factor-title'");
    browser.wait("return document.querySelector('#factor-symbol').naturalWidth > 0");
    let secret = browser.run("return document.querySelector('#factor-secret').value", &[]);
    let secret = secret.as_str().expect("a secret").to_owned();
    console.check_page("you-factor");
    browser.fill(&[("#new-code", "000000")]);
    says(browser, "factor", "the code is wrong");
    // A code counts once, and an app's clock may be 30 seconds off: there are three to use, one after the other.
    let begun = early_in_a_step();
    browser.fill(&[("#new-code", &code(&secret, begun - 30))]);
    browser.wait("return document.querySelector('[data-drop-factor]')");
    console.check_page("you-factor-on");

    sign_out(browser);
    browser.fill(&[("#account", "a"), ("#user", "owner"), ("#password", SECOND)]);
    browser.wait("return document.activeElement.id === 'code'");
    browser.fill(&[("#code", &code(&secret, begun))]);
    browser.arrives("/accounts/a");
    browser.open("/accounts/a/you");
    browser.fill(&[("#factor-current", SECOND)]);
    browser.wait("return document.activeElement.id === 'factor-code'");
    browser.fill(&[("#factor-code", &code(&secret, begun))]);
    says(browser, "drop-factor", "the code is wrong");
    browser.fill(&[("#factor-current", SECOND), ("#factor-code", &code(&secret, begun + 30))]);
    browser.wait("return document.querySelector('[data-begin-factor]')");
    sign_out(browser);
    browser.fill(&[("#account", "a"), ("#user", "owner"), ("#password", SECOND)]);
    browser.arrives("/accounts/a");
    drop(console.browser);
    console.server.stop();
    console.folder.audit();
}
