//! Papers in the console: its commands are run as they stand, and what they signed is handed over.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use support::Folder;
use support::browser::{Browser, ENTER};
use support::console::Console;
use support::served::{Server, staff_key, staff_sign_in};

fn token_of(server: &Server, folder: &Folder, name: &str) -> String {
    let answer = staff_sign_in(server, &staff_key(folder, name).asker()).ok(201);
    answer.json()["token"].as_str().expect("a token").to_owned()
}

/// Where somebody has the keys that the page's commands name.
fn desk(folder: &Folder, keys: &[(&str, &str)]) -> PathBuf {
    let desk = folder.path().join("desk");
    std::fs::create_dir_all(&desk).expect("a folder");
    for (called, name) in keys {
        let copy = |from: PathBuf, to: String| std::fs::copy(from, desk.join(to)).expect("a copy");
        copy(folder.data().join(format!("{name}.key")), format!("{called}.key"));
        copy(folder.data().join(format!("secrets/{name}-passphrase")), format!("{called}-passphrase"));
    }
    desk
}

/// Runs the commands of the page, exactly as they stand there.
fn run_commands(browser: &Browser, desk: &Path) {
    let all = browser
        .run("return [...document.querySelectorAll('[data-command]')].map((field) => field.value)", &[]);
    let mintage = Path::new(env!("CARGO_BIN_EXE_mintage")).parent().expect("a folder");
    let path = format!("{}:{}", mintage.display(), std::env::var("PATH").expect("a path"));
    for command in all.as_array().expect("commands") {
        let command = command.as_str().expect("a text");
        let done = Command::new("sh").args(["-c", command]).current_dir(desk).env("PATH", &path).output();
        let done = done.expect("a shell");
        assert!(done.status.success(), "{command}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

fn hand_over(browser: &Browser, file: &Path, says: &str) {
    browser.choose("#paper", file);
    browser.click("[data-paper] button");
    browser.wait(&format!("return document.querySelector('#handed').innerText.includes({says:?})"));
    browser.run("document.querySelector('#handed').replaceChildren()", &[]);
}

#[test]
fn a_provider_signs_what_the_page_says_and_hands_it_over() {
    let Some(console) = Console::open() else { return };
    let browser = &console.browser;
    let desk = desk(&console.folder, &[("provider", "provider")]);
    console.sign_in_staff("provider");
    browser.arrives("/papers");
    console.check_page("papers");
    browser.fill(&[("#account", "b"), ("#amount", "5.00"), ("#reason", "it's transfer 4711")]);
    browser.wait(
        "return document.querySelector('form.card .failure')?.innerText.includes('no account named b')",
    );
    assert!(browser.complaints().is_empty());
    browser.open("/papers/fund");
    browser.fill(&[("#account", "a"), ("#amount", "5.00"), ("#reason", "it's transfer 4711")]);
    browser.wait("return document.querySelector('[data-command]')");
    run_commands(browser, &desk);
    let paper = desk.join("a-2.order");
    browser.choose("#paper", &paper);
    browser.click("[data-paper] button");
    browser.wait("return document.activeElement.id === 'handed-over'");
    assert!(browser.text("#handed").contains("5.00 EUR was paid into a."), "{}", browser.text("#handed"));
    console.check_page("papers-done");
    hand_over(browser, &paper, "5.00 EUR was paid into a.");

    browser.open("/papers/opening");
    let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    browser.fill(&[("#account", "theatre"), ("#currency", "EUR/2"), ("#user", "zoe"), ("#key", key)]);
    browser.wait("return document.querySelector('[data-command]')");
    run_commands(browser, &desk);
    let opening = std::fs::read(desk.join("theatre.opening")).expect("a paper");
    browser.tab_to("#pasted");
    browser.run("document.activeElement.value = arguments[0]", &[json!(STANDARD.encode(opening))]);
    browser.click("[data-paper] button");
    browser
        .wait("return document.querySelector('#handed').innerText.includes('The account theatre is open.')");
    let nonsense = console.folder.file("nonsense", b"nonsense");
    hand_over(browser, Path::new(&nonsense), "This is no paper");
    assert!(browser.complaints().iter().all(|said| said.contains("400")), "only the refusal itself");
    browser.open("/accounts/a");
    assert!(browser.text("main").contains("Not allowed"), "a provider reads no account");
    drop(console.browser);
    console.server.stop();
    assert_eq!(console.folder.ok(&["account", "show", "a"])["funded"], "1005.00");
    console.folder.audit();
}

#[test]
fn officers_need_each_other_also_here() {
    let Some(console) = Console::open() else { return };
    let browser = &console.browser;
    let desk = desk(&console.folder, &[("officer-1", "officer-1"), ("other", "officer-2")]);
    console.sign_in_staff("officer-1");
    browser.arrives("/accounts");
    browser.tab_to("nav a[href='/papers']");
    browser.type_in(&ENTER.to_string());
    browser.arrives("/papers");
    browser.open("/papers/invite");
    browser.fill(&[("#account", "a"), ("#user", "owner"), ("#reason", "lost the phone")]);
    browser.wait("return document.querySelector('[data-paper-link]')");
    browser.tab_to("[data-paper-link] button");
    browser.type_in(&ENTER.to_string());
    browser.wait("return document.querySelector('#paper-link').value");
    console.check_page("papers-invite");
    let link = browser.run("return document.querySelector('#paper-link').value", &[]);
    let link = link.as_str().expect("a link").to_owned();
    run_commands(browser, &desk);
    hand_over(browser, &desk.join("officer-1.invite"), "it needs 2");
    hand_over(browser, &desk.join("both.invite"), "owner of a may set a password anew");
    let refused = browser.complaints();
    assert!(refused.iter().all(|said| said.contains("403")), "only the refusal itself: {refused:?}");

    browser.open("/papers/state");
    browser.fill(&[("#account", "a"), ("#reason", "card stolen")]);
    browser.wait("return document.querySelectorAll('[data-command]').length === 3");
    console.check_page("papers-state");
    run_commands(browser, &desk);
    hand_over(browser, &desk.join("both.state"), "The account a is suspended now.");

    browser.open(link.strip_prefix(&browser.origin).expect("a link to this server"));
    browser.fill(&[("#new", "correct horse battery staple"), ("#again", "correct horse battery staple")]);
    browser.arrives("/accounts/a");
    drop(console.browser);
    console.server.stop();
    console.folder.audit();
}

#[test]
fn papers_are_taken_from_pages_of_providers_and_officers() {
    let folder = Folder::funded();
    let hex = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    folder.ok(&["staff", "appoint", &format!("auditor:eve={hex}")]);
    let server = Server::start(&folder, &[]);
    let token = token_of(&server, &folder, "provider");
    let cookie = format!("mintage={token}");
    let page = String::from_utf8(server.get("/papers", &[("Cookie", &cookie)]).ok(200).body).expect("text");
    let (_, mark) = page.split_once("name=\"mark\" value=\"").expect("a mark");
    let mark = mark.split('"').next().expect("it");
    let hand = |mark: &str, fields: &[(&str, &str)]| {
        let content = json!({ "paper": "AAAA", "mark": mark }).to_string();
        let all = [&[("Content-Type", "application/json")], fields].concat();
        server.post("/papers/done", &all, content.as_bytes())
    };
    let (own, cookie) = (("Sec-Fetch-Site", "same-origin"), ("Cookie", cookie.as_str()));
    assert_eq!(hand(mark, &[own]).status, 401);
    assert_eq!(hand("x", &[own, cookie]).status, 403);
    assert_eq!(hand(mark, &[cookie, ("Sec-Fetch-Site", "cross-site")]).status, 403);
    assert_eq!(hand(mark, &[own, cookie]).status, 400);
    let customer = support::served::Customer::of(&folder, "a").sign_in(&server);
    let customer = customer.replace("Bearer ", "mintage=");
    assert_eq!(hand(mark, &[own, ("Cookie", &customer)]).status, 403);
    server.get("/papers", &[("Cookie", &customer)]).ok(403);
    server.get("/papers/state", &[cookie]).ok(404);
    server.get("/papers", &[]).ok(303);
    server.stop();
}
