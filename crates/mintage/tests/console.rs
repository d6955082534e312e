//! The web console, in a browser: what people see, by mouse and by keyboard, and that nobody is left out.

mod support;

use std::path::Path;

use serde_json::json;
use support::Folder;
use support::browser::{ENTER, SPACE};
use support::console::Console;
use support::http::{Connection, head};
use support::served::{Customer, Server};

/// Every page that a customer sees, from signing in to paper, without a mouse.
#[test]
fn a_customer_signs_in_issues_and_prints_by_keyboard_alone() {
    let Some(console) = Console::open() else { return };
    let browser = &console.browser;
    browser.open("/");
    browser.arrives("/sign-in");
    console.check_page("sign-in");
    browser.tab_to("#account");
    browser.type_in("a");
    browser.tab_to("summary");
    browser.type_in(&SPACE.to_string());
    browser.tab_to("#key");
    browser.type_in("no key");
    browser.type_in(&ENTER.to_string());
    browser.wait("return document.querySelector('.failure').innerText.includes('64 hexadecimal digits')");
    console.check_page("sign-in-fault");

    console.sign_in();
    assert!(browser.text("main").contains("1,000.00 EUR"), "{}", browser.text("main"));
    console.check_page("account-new");

    browser.tab_to("nav a[href$='/issue']");
    browser.type_in(&ENTER.to_string());
    browser.arrives("/accounts/a/issue");
    console.check_page("issue-empty");
    let is_sent = browser.run(
        "const form = document.querySelector('[name=reentry]').form;
         const { reentry, template } = form.elements;
         const sent = (kind) => {
             template.value = kind;
             template.dispatchEvent(new Event('input', { bubbles: true }));
             return ['reentry', 'enter_from', 'barcode'].filter((name) => new FormData(form).has(name));
         };
         reentry.checked = true;
         const each = ['voucher', 'postage', 'gift', 'ticket'].map(sent);
         reentry.checked = false;
         return each",
        &[],
    );
    let sent = json!([["barcode"], ["barcode"], [], ["reentry", "enter_from"]]);
    assert_eq!(is_sent, sent, "what isn't seen isn't sent");
    browser.tab_to("#amount");
    browser.type_in("12.345");
    browser.type_in(&ENTER.to_string());
    browser.wait("return document.querySelector('#preview [data-fault=amount]')");
    assert_eq!(
        browser.run("return document.querySelector('#amount').getAttribute('aria-invalid')", &[]),
        "true"
    );
    console.check_page("issue-fault");
    browser.tab_to("#preview a");
    browser.type_in(&ENTER.to_string());
    browser.wait("return document.activeElement.id === 'amount'");
    browser.type_in("\u{e003}"); // Backspace: the last place is too many
    browser.tab_to("#holder");
    browser.type_in("Þóra García-López");
    browser.tab_to("#service");
    browser.type_in("Stalls row A seat 7");
    browser.type_in(&ENTER.to_string());
    browser.wait("return document.querySelector('#preview [data-batch]')");
    browser.wait("return document.activeElement.textContent === 'Ready to issue'");
    let later =
        "return new Promise((done) => setTimeout(() => done(document.activeElement.textContent), 1000))";
    assert_eq!(
        browser.run(later, &[]),
        "Ready to issue",
        "what was typed shortly before replaced the preview"
    );
    console.check_page("issue-ready");
    browser.tab_to("[data-batch] button");
    browser.type_in(&SPACE.to_string());
    browser.arrives("/accounts/a/batches/");
    assert!(browser.text("h1").contains("1 item for 12.34 EUR"), "{}", browser.text("h1"));
    browser.wait("return [...document.images].every((image) => image.complete && image.naturalWidth > 0)");
    console.check_page("batch");

    // What a browser would open is a PDF with the very serial that the page shows.
    let sheet = browser.run(
        "const form = document.querySelector('form[action$=\"labels.pdf\"]');
         return fetch(`${form.action}?${new URLSearchParams(new FormData(form))}`).then(async (answer) =>
             [answer.headers.get('content-type'), (await answer.text()).slice(0, 5)])",
        &[],
    );
    assert_eq!(sheet, json!(["application/pdf", "%PDF-"]));

    browser.tab_to("nav a[href='/accounts/a']");
    browser.type_in(&ENTER.to_string());
    browser.arrives("/accounts/a");
    assert!(browser.text("main").contains("987.66 EUR"), "{}", browser.text("main"));
    console.check_page("account");

    browser.tab_to("form[data-sign-out] button");
    browser.type_in(&ENTER.to_string());
    browser.arrives("/sign-in");
    browser.open("/accounts/a");
    browser.arrives("/sign-in");
    assert_eq!(browser.complaints(), Vec::<String>::new());
    drop(console.browser);
    console.server.stop();
    console.folder.audit();
}

#[test]
fn a_file_is_shown_with_its_faults_and_issued_once_it_has_none() {
    let Some(console) = Console::open() else { return };
    let browser = &console.browser;
    console.sign_in();
    browser.open("/accounts/a/issue/file");
    console.check_page("file-empty");

    let faulty = "kind,amount,holder,service,valid_until\nticket,12.50,Zoë Rossi,Row A seat 1,2030-06-30\n\
                  ticket,12.505,Noor Horáková,Row A seat 2,2030-06-30\nstamp,3.00,\u{202e}Hugo,Row A seat 3,soon\n\
                  ticket,4.00,Ilse Tóth\n";
    let path = console.folder.file("faulty.csv", faulty.as_bytes());
    browser.choose("#file", Path::new(&path));
    browser.click("form[data-preview] button");
    browser.wait("return document.querySelector('#preview .notice')");
    assert!(browser.text("#preview h2").contains("5 faults"), "{}", browser.text("#preview"));
    let marked =
        browser.run("return [...document.querySelectorAll('.faulty')].map((cell) => cell.textContent)", &[]);
    assert_eq!(marked, json!(["12.505", "stamp", "\\u{202e}Hugo", "soon"]));
    assert!(browser.text("#preview").contains("The row has 3 fields"), "{}", browser.text("#preview"));
    console.check_page("file-faults");

    let rows =
        (1..=312).map(|seat| format!("ticket,3.50,Zoë Rossi,Row A seat {seat},T-{seat:04},2030-06-30\n"));
    let good = format!("kind,amount,holder,service,reference,valid_until\n{}", rows.collect::<String>());
    let path = console.folder.file("good.csv", good.as_bytes());
    browser.choose("#file", Path::new(&path));
    browser.click("form[data-preview] button");
    browser.wait("return document.querySelector('[data-batch]')");
    let ready = browser.text("#preview");
    assert!(ready.contains("92.00 EUR too little"), "{ready}");
    console.check_page("file-ready");
    browser.click("#one-signature");
    browser.click("[data-batch] button");
    browser.arrives("/accounts/a/batches/");
    browser.wait("return document.querySelector('#print')");
    assert!(browser.text("h1").contains("285 items for 997.50 EUR"), "{}", browser.text("h1"));
    console.check_page("batch-many");

    browser.open("/accounts/a/issue/file");
    browser.choose("#file", Path::new(&path));
    browser.click("form[data-preview] button");
    browser.wait("return document.querySelector('[data-batch]')");
    browser.run("document.querySelector('#partial').checked = false", &[]);
    browser.click("[data-batch] button");
    browser.wait("return document.querySelector('[data-batch] .failure').innerText.includes('1092.00 EUR')");
    assert!(browser.complaints().iter().all(|said| said.contains("422")), "only the refusal itself");
    console.check_page("file-refused");
    browser.open("/accounts/a/history");
    console.check_page("history");
    drop(console.browser);
    console.server.stop();
    console.folder.audit();
}

#[test]
fn a_batch_that_is_under_way_says_how_far_it_is_and_shows_its_labels_once_it_is_issued() {
    let Some(console) = Console::open() else { return };
    let browser = &console.browser;
    console.sign_in();
    browser.open("/accounts/a/issue/file");
    browser.choose("#file", &console.folder.path().join("items.csv"));
    browser.click("form[data-preview] button");
    browser.wait("return document.querySelector('[data-batch]')");
    console.server.signal_module("-STOP");
    browser.tab_to("[data-batch] button");
    browser.type_in(&ENTER.to_string());
    browser.arrives("/accounts/a/batches/");
    let bar = browser.run(
        "const bar = document.querySelector('progress');
         const text = (name) => document.getElementById(bar.getAttribute(name)).textContent;
         return [bar.value, bar.max, text('aria-labelledby'), text('aria-describedby')]",
        &[],
    );
    assert_eq!(bar, json!([0, 3, "Being issued", "0 of 3 items are issued."]));
    console.check_page("batch-under-way");
    console.server.signal_module("-CONT");
    browser.wait("return !document.querySelector('progress') && document.querySelector('#print')");
    drop(console.browser);
    console.server.stop();
    console.folder.audit();
}

#[test]
fn anybody_verifies_text_and_pictures() {
    let folder = Folder::funded();
    let texts = folder.issued("key");
    let sheet = folder.path().join("sheet.pdf");
    folder.ok(&folder.issue("items.csv", &["--out", sheet.to_str().expect("a path")]));
    let Some(console) = Console::open_on(folder) else { return };
    let browser = &console.browser;
    browser.open("/verify");
    console.check_page("verify-empty");
    let files = browser.run(
        "return [...document.querySelectorAll('.files a')].map((link) => link.getAttribute('href'))",
        &[],
    );
    assert_eq!(files, json!(["/v1/trust-bundle", "/v1/status-snapshot"]));
    for file in files.as_array().expect("links") {
        let answer = console.server.get(file.as_str().expect("a path"), &[]).ok(200);
        assert_eq!(answer.field("content-type"), Some("application/cose"));
    }
    browser.tab_to("#text");
    browser.type_in(&texts[0]);
    browser.tab_to("[data-verify] button");
    browser.type_in(&ENTER.to_string());
    browser.wait("return document.querySelector('#findings .good')");
    let said = browser.text("#findings");
    assert!(said.contains("Genuine") && said.contains("1.00 EUR"), "{said}");
    browser.wait("return document.activeElement.id === 'found'");
    console.check_page("verify-genuine");

    browser.choose("#picture", &sheet);
    browser.click("[data-verify] button");
    browser.wait("return document.querySelectorAll('#findings .good').length === 3");
    browser.open("/verify");
    browser.tab_to("#text");
    browser.type_in("VBI:FORGED");
    browser.click("[data-verify] button");
    browser.wait("return document.querySelector('#findings .bad')");
    console.check_page("verify-forged");
}

/// The owner's browser and the invited one are the same here, which neither knows.
#[test]
fn an_owner_invites_somebody_who_sets_a_password_and_is_held_to_limits() {
    let Some(console) = Console::open() else { return };
    let browser = &console.browser;
    console.sign_in();
    browser.open("/accounts/a/users");
    console.check_page("users-alone");
    browser.tab_to("#name");
    browser.type_in("ada lovelace");
    browser.type_in(&ENTER.to_string());
    browser.wait(
        "return document.querySelector('[data-change=addUser] .failure').innerText.includes('allowed')",
    );
    browser.type_in(&"\u{e003}".repeat(9));
    browser.type_in(&ENTER.to_string());
    browser.wait("return document.querySelector('[data-invite=ada]')");
    browser.tab_to("[data-invite=ada] button");
    browser.type_in(&ENTER.to_string());
    browser.wait("return document.querySelector('#link-ada').value");
    console.check_page("users-invited");
    let invitation = browser.run("return document.querySelector('#link-ada').value", &[]);
    let invitation = invitation.as_str().expect("a link").to_owned();

    browser.tab_to("#per_item");
    browser.type_in("5");
    browser.type_in(&ENTER.to_string());
    browser.wait("return document.readyState === 'complete' && document.querySelector('#per_item')?.defaultValue === '5.00'");
    console.check_page("users");

    browser.click("form[data-sign-out] button");
    browser.arrives("/sign-in");
    browser.open(invitation.strip_prefix(&browser.origin).expect("a link to this server"));
    console.check_page("join");
    let set = |password: &str| {
        for field in ["#new", "#again"] {
            browser.tab_to(field);
            browser.run("document.activeElement.value = ''", &[]);
            browser.type_in(password);
        }
        browser.type_in(&ENTER.to_string());
    };
    set("qwertyqwerty");
    browser.wait("return document.querySelector('.failure').innerText.includes('tried first')");
    console.check_page("join-fault");
    set("correct horse battery staple");
    browser.arrives("/accounts/a");
    assert!(browser.text(".user").contains("ada"), "{}", browser.text(".user"));
    browser.open("/accounts/a/users");
    assert_eq!(
        browser.run("return document.querySelectorAll('[data-change]').length", &[]),
        0,
        "not an owner"
    );
    console.check_page("users-customer");
    browser.open("/accounts/a/issue");
    browser.tab_to("#amount");
    browser.type_in("6");
    browser.type_in(&ENTER.to_string());
    browser.wait("return document.activeElement.textContent === 'Ready to issue'");
    browser.tab_to("[data-batch] button");
    browser.type_in(&ENTER.to_string());
    browser.wait("return document.querySelector('[data-batch] .failure').innerText.includes('limit')");
    assert!(browser.complaints().iter().all(|said| said.contains("422")), "only the refusal itself");
    // The refusal used up a challenge, and its answer named the next.
    browser.tab_to("#amount");
    browser.run("document.activeElement.value = ''", &[]);
    browser.type_in("4");
    browser.type_in(&ENTER.to_string());
    browser.wait("return document.querySelector('[data-batch] button')?.innerText.includes('4.00')");
    browser.wait("return document.activeElement.textContent === 'Ready to issue'");
    browser.tab_to("[data-batch] button");
    browser.type_in(&ENTER.to_string());
    browser.arrives("/accounts/a/batches/");
    browser.click("form[data-sign-out] button");
    browser.arrives("/sign-in");
    for (field, text) in [("#account", "a"), ("#user", "ada"), ("#password", "a wrong password")] {
        browser.tab_to(field);
        browser.type_in(text);
    }
    browser.type_in(&ENTER.to_string());
    browser.wait("return document.querySelector('.failure').innerText.includes('password is wrong')");
    browser.run(
        "document.querySelector('#password').value = ''; document.querySelector('#password').focus()",
        &[],
    );
    browser.type_in("correct horse battery staple");
    browser.type_in(&ENTER.to_string());
    browser.arrives("/accounts/a");
    browser.open("/accounts/a/record");
    assert!(browser.text("main").contains("ada became a user"), "{}", browser.text("main"));
    console.check_page("record");
    drop(console.browser);
    console.server.stop();
    console.folder.audit();
}

#[test]
fn the_staff_sees_accounts_and_the_module_as_far_as_it_may() {
    let folder = Folder::funded();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    for (role, name, seed) in [("auditor", "eve", 11), ("support", "sue", 12), ("steward", "gil", 13)] {
        let asker::Credential::Ed25519(public) = asker::Secret::ed25519(&[seed; 32]).credential() else {
            panic!("a public key")
        };
        folder.ok(&["staff", "appoint", &format!("{role}:{name}={}", hex(&public))]);
    }
    folder.issued("key");
    let Some(console) = Console::open_on(folder) else { return };
    let browser = &console.browser;
    let sign_in = |seed: u8, home: &str| {
        browser.open("/sign-in/staff");
        browser.tab_to("#key");
        browser.type_in(&hex(&[seed; 32]));
        browser.type_in(&ENTER.to_string());
        browser.arrives(home);
    };
    sign_in(11, "/accounts");
    console.check_page("staff-accounts");
    for (place, name) in [("/module", "staff-module"), ("/staff", "staff"), ("/accounts/a", "staff-account")]
    {
        browser.open(place);
        console.check_page(name);
    }
    browser.open("/staff");
    browser.click("a[href='/staff/record']");
    browser.arrives("/staff/record");
    let record = browser.text("main");
    assert!(["eve", "sue", "gil"].iter().all(|name| record.contains(name)), "{record}");
    assert!(record.find("gil") < record.find("eve"), "the newest first: {record}");
    console.check_page("staff-record");
    browser.open("/accounts/a/history");
    assert!(browser.text("main").contains("owner"));
    browser.open("/accounts/a/issue");
    assert!(browser.text("main").contains("Not allowed"), "auditors change nothing");
    assert!(browser.complaints().iter().all(|said| said.contains("403")));
    console.check_page("staff-refused");
    browser.click("form[data-sign-out] button");
    browser.arrives("/sign-in");
    sign_in(12, "/accounts");
    browser.open("/accounts/a/history");
    assert!(!browser.text("main").contains("owner"), "support doesn't see who people are");
    for place in ["/module", "/staff/record"] {
        browser.open(place);
        assert!(browser.text("main").contains("Not allowed"));
    }
    assert!(browser.complaints().iter().all(|said| said.contains("403")));
    browser.click("form[data-sign-out] button");
    browser.arrives("/sign-in");
    // A steward reads no account, and looks at what he is shown.
    sign_in(13, "/verify");
    console.check_page("staff-steward");
    drop(console.browser);
    console.server.stop();
}

/// The sign-in page's cookie and mark.
fn form_of(server: &Server) -> (String, String) {
    let page = server.get("/sign-in", &[("Host", "localhost")]).ok(200);
    let cookie = page.field("set-cookie").expect("a cookie").split(';').next().expect("it").to_owned();
    let text = String::from_utf8(page.body).expect("text");
    let (_, rest) = text.split_once("data-mark=\"").expect("a mark");
    (cookie, rest.split('"').next().expect("it").to_owned())
}

#[test]
fn pages_are_for_whoever_is_signed_in_and_say_what_they_may_do() {
    let folder = Folder::funded();
    folder.ok(&["account", "create", "b", "--currency", "EUR/2"]);
    let server = Server::start(&folder, &[]);
    let cookie = Customer::of(&folder, "a").cookie(&server);
    let pages = ["", "/history", "/issue", "/issue/file"];
    for page in pages {
        let page = format!("/accounts/a{page}");
        let shown = server.get(&page, &[("Cookie", &cookie)]).ok(200);
        let policy = shown.field("content-security-policy").expect("a policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';")
        );
        for field in ["x-content-type-options", "referrer-policy", "cross-origin-opener-policy"] {
            assert!(shown.field(field).is_some(), "{field}");
        }
        assert_eq!(shown.field("cache-control"), Some("no-store"));
        let text = String::from_utf8(shown.body).expect("text");
        assert!(
            !text.contains("style=") && !text.contains("onclick") && text.matches("<script").count() == 1
        );

        let token = cookie.replace("mintage=", "Bearer ");
        for fields in [&[][..], &[("Cookie", "mintage=x")], &[("Authorization", token.as_str())]] {
            let away = server.get(&page, fields).ok(303);
            assert_eq!(away.field("location"), Some("/sign-in"), "{page}");
        }
        let of_b = page.replace("/accounts/a", "/accounts/b");
        let other = server.get(&of_b, &[("Cookie", &cookie)]).ok(403);
        assert!(String::from_utf8(other.body).expect("text").contains("The token is for another account"));
    }
    // The API doesn't know the cookie: software has its token, and no form can send that.
    server.get("/v1/accounts/a", &[("Cookie", &cookie)]).refused(401, "sign-in-required");
    server.get("/accounts/a/batches/9", &[("Cookie", &cookie)]).ok(404);
    let script = String::from_utf8(server.get("/sign-in", &[]).ok(200).body).expect("text");
    let (_, name) = script.split_once("src=\"/assets/console.").expect("a script");
    let name = format!("/assets/console.{}", name.split('"').next().expect("it"));
    let script = server.get(&name, &[]).ok(200);
    assert_eq!(script.field("cache-control"), Some("public, max-age=31536000, immutable"));
    server.get("/assets/console.js", &[]).ok(404);
    server.stop();
}

#[test]
fn no_other_site_signs_anybody_in_or_out() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let (form, mark) = form_of(&server);
    let token = Customer::of(&folder, "a").cookie(&server).replace("mintage=", "");
    let keep = |token: &str, mark: &str, fields: &[(&str, &str)]| {
        let content = json!({ "token": token, "mark": mark }).to_string();
        let all = [&[("Content-Type", "application/json")], fields].concat();
        server.post("/sign-in/token", &all, content.as_bytes())
    };
    let (own, cookie) = (("Sec-Fetch-Site", "same-origin"), ("Cookie", form.as_str()));
    let foreign = ("Sec-Fetch-Site", "cross-site");
    let elsewhere = ("Origin", "https://elsewhere.example");
    for fields in [&[][..], &[own], &[cookie], &[foreign, cookie], &[elsewhere, cookie]] {
        keep(&token, &mark, fields).refused(403, "foreign-form");
    }
    keep(&token, "", &[own, cookie]).refused(403, "foreign-form");
    keep("x", &mark, &[own, cookie]).refused(401, "sign-in-required");
    let local = keep(&token, &mark, &[own, cookie, ("Host", "127.0.0.1:1")]).ok(204);
    let local = local.field("set-cookie").expect("a cookie").to_owned();
    assert!(local.starts_with(&format!("mintage={token}; Path=/; Max-Age=")), "{local}");
    assert!(local.ends_with("; HttpOnly; SameSite=Strict"), "{local}");
    let remote = keep(&token, &mark, &[own, cookie, ("Host", "mint.example")]).ok(204);
    let remote = remote.field("set-cookie").expect("a cookie").to_owned();
    assert!(remote.starts_with(&format!("__Host-mintage={token}; Path=/;")), "{remote}");
    assert!(remote.ends_with("; Secure"), "{remote}");

    let signed_in = format!("mintage={token}");
    let page =
        String::from_utf8(server.get("/accounts/a", &[("Cookie", &signed_in)]).ok(200).body).expect("text");
    let (_, mark) = page.split_once("name=\"mark\" value=\"").expect("a mark");
    let mark = mark.split('"').next().expect("it");
    let out = |mark: &str, fields: &[(&str, &str)]| {
        let kind = [("Content-Type", "application/x-www-form-urlencoded"), ("Cookie", signed_in.as_str())];
        server.post("/sign-out", &[&kind, fields].concat(), format!("mark={mark}").as_bytes())
    };
    out("x", &[own]).ok(403);
    out(mark, &[foreign]).ok(403);
    out(mark, &[]).ok(403);
    server.get("/accounts/a", &[("Cookie", &signed_in)]).ok(200);
    let gone = out(mark, &[own]).ok(303);
    assert!(gone.field("set-cookie").expect("a cookie").contains("mintage=; Path=/; Max-Age=0"));
    server.get("/accounts/a", &[("Cookie", &signed_in)]).ok(303);
    server.stop();
}

/// What is under way is held in memory, the files that are only looked at too.
#[test]
fn files_that_are_looked_at_take_places_like_any_request() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &["--waiting", "4"]);
    let cookie = Customer::of(&folder, "a").cookie(&server);
    let fields = [("Cookie", cookie.as_str()), ("Content-Type", "text/csv")];
    let place = "/accounts/a/issue/preview";
    let mut slow = Connection::to(server.public);
    slow.write(&head("POST", place, &fields, 1024 * 1024));
    let file = b"kind,amount\nticket,1.00\n";
    let comes_to = |status: u16| {
        (0..600).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            server.post(place, &fields, file).status == status
        })
    };
    assert!(comes_to(503), "its places were never taken");
    drop(slow);
    assert!(comes_to(200), "the places were never free again");
    server.stop();
}
