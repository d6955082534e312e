//! People ask for accounts, where they may; a provider's opening makes one.

mod support;

use std::path::Path;
use std::process::Command;

use serde_json::json;
use support::Folder;
use support::browser::ENTER;
use support::console::Console;
use support::http::Answer;
use support::served::{Server, provider, staff_sign_in};

#[test]
fn somebody_asks_for_an_account_and_has_it_once_a_provider_signed() {
    let Some(console) = Console::open_with(Folder::funded(), &["--sign-up"]) else { return };
    let browser = &console.browser;
    browser.open("/sign-in");
    browser.tab_to("a[href='/sign-up']");
    browser.type_in(&ENTER.to_string());
    browser.arrives("/sign-up");
    console.check_page("sign-up");
    let good = [
        ("#account", "theatre"),
        ("#currency", "EUR/2"),
        ("#user", "zoe"),
        ("#contact", "zoe@theatre.example"),
    ];
    browser.fill(&[("#account", "the theatre"), good[1], good[2], good[3]]);
    browser.wait("return document.querySelector('.failure').innerText.includes('name')");
    assert!(browser.complaints().iter().all(|said| said.contains("400")), "only the refusal itself");
    browser.fill(&good);
    browser.wait("return document.activeElement.id === 'asked-title'");
    console.check_page("sign-up-asked");
    let link = browser.run("return document.querySelector('#own-link').value", &[]);
    let link = link.as_str().expect("a link").to_owned();
    let fingerprint = browser.text("#asked-fingerprint");
    browser.open("/sign-up");
    browser.fill(&[("#account", "spam"), good[1], good[2], good[3]]);
    browser.wait("return document.activeElement.id === 'asked-title'");

    console.sign_in_staff("provider");
    browser.open("/papers");
    browser.tab_to("a[href='/sign-ups']");
    browser.type_in(&ENTER.to_string());
    browser.arrives("/sign-ups");
    assert!(browser.text(".people > li").contains(&fingerprint), "{fingerprint}");
    console.check_page("sign-ups");
    browser.click("li:last-child form button");
    browser.wait("return document.querySelectorAll('.people > li').length === 1");
    browser.click(".people a");
    browser.wait("return document.querySelector('[data-command]')");
    let command = browser.run("return document.querySelector('[data-command]').value", &[]);
    let data = console.folder.data();
    let command = command.as_str().expect("a command").to_owned();
    let command = command.replace("provider-passphrase", "secrets/provider-passphrase");
    let mintage = Path::new(env!("CARGO_BIN_EXE_mintage")).parent().expect("a folder");
    let path = format!("{}:{}", mintage.display(), std::env::var("PATH").expect("a path"));
    let done = Command::new("sh").args(["-c", &command]).current_dir(&data).env("PATH", path).status();
    assert!(done.expect("a shell").success(), "{command}");
    browser.choose("#paper", &data.join("theatre.opening"));
    browser.click("[data-paper] button");
    browser
        .wait("return document.querySelector('#handed').innerText.includes('The account theatre is open.')");
    browser.open("/sign-ups");
    assert!(browser.text("main").contains("Nobody has asked"), "{}", browser.text("main"));
    console.check_page("sign-ups-none");

    browser.open(link.strip_prefix(&browser.origin).expect("a link to this server"));
    browser.fill(&[("#new", "correct horse battery staple"), ("#again", "correct horse battery staple")]);
    browser.arrives("/accounts/theatre");
    drop(console.browser);
    console.server.stop();
    console.folder.audit();
}

fn ask(server: &Server, form: &(String, String), more: &serde_json::Value) -> Answer {
    let key = "0b".repeat(32);
    let mut content = json!({
        "account": "b", "currency": "EUR/2", "user": "ida", "contact": "ida@a.example", "key": key, "mark": form.1,
    });
    for (name, value) in more.as_object().expect("fields") {
        content[name] = value.clone();
    }
    let fields = [
        ("Content-Type", "application/json"),
        ("Cookie", form.0.as_str()),
        ("Sec-Fetch-Site", "same-origin"),
    ];
    server.post("/sign-up", &fields, content.to_string().as_bytes())
}

/// The page's cookie and mark.
fn form_of(server: &Server) -> (String, String) {
    let page = server.get("/sign-up", &[("Host", "localhost")]).ok(200);
    let cookie = page.field("set-cookie").expect("a cookie").split(';').next().expect("it").to_owned();
    let text = String::from_utf8(page.body).expect("text");
    let (_, rest) = text.split_once("data-mark=\"").expect("a mark");
    (cookie, rest.split('"').next().expect("it").to_owned())
}

#[test]
fn requests_survive_a_restart_and_nobody_asks_too_often() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &["--sign-up"]);
    let form = form_of(&server);
    for bad in [
        json!({ "account": "a b" }),
        json!({ "account": "" }),
        json!({ "currency": "EUR" }),
        json!({ "user": "" }),
        json!({ "contact": " " }),
        json!({ "contact": "a\nb" }),
        json!({ "contact": "x".repeat(201) }),
        json!({ "key": "0B".repeat(32) }),
        json!({ "key": "" }),
        json!({ "more": 1 }),
    ] {
        ask(&server, &form, &bad).refused(400, "malformed-request");
    }
    ask(&server, &form, &json!({ "contact": "x".repeat(5_000) })).refused(413, "content-too-large");
    ask(&server, &form, &json!({ "mark": "x" })).refused(403, "foreign-form");
    for _ in 0..5 {
        ask(&server, &form, &json!({})).ok(202);
    }
    let refused = ask(&server, &form, &json!({})).refused(429, "rate-limited");
    assert!(refused.field("retry-after").is_some());
    server.signal("-KILL");
    drop(server);

    let server = Server::start(&folder, &["--sign-up"]);
    let token = staff_sign_in(&server, &provider(&folder).asker()).ok(201).json();
    let cookie = format!("mintage={}", token["token"].as_str().expect("a token"));
    let page = server.get("/sign-ups", &[("Cookie", &cookie)]).ok(200);
    let page = String::from_utf8(page.body).expect("text");
    assert_eq!(page.matches("ida@a.example").count(), 5);
    let refuse = [("Cookie", cookie.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
    server.post("/sign-ups/1/refuse", &refuse, b"mark=x").ok(403);
    server.get("/sign-ups", &[]).ok(303);
    // Nothing that was asked made an account.
    server.stop();
    assert!(folder.run(&["account", "show", "b"]).stderr.starts_with(b"{"), "there is none");
    folder.audit();
}

#[test]
fn nobody_asks_where_the_operator_doesnt_say_so() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    server.get("/sign-up", &[]).ok(404);
    let page = String::from_utf8(server.get("/sign-in", &[]).ok(200).body).expect("text");
    assert!(!page.contains("/sign-up"));
    ask(&server, &("mintage-form=x".into(), "x".into()), &json!({})).refused(404, "not-found");
    server.stop();
    let settings = folder.ok(&["config"]);
    let sign_up = settings.as_array().expect("settings").iter().find(|one| one["name"] == "sign-up");
    assert_eq!(sign_up.expect("it is shown")["value"], "false");
}
