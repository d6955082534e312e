//! What is tied to a holder's device: its screen is taken and no copy, by the server, by a gate with and without it, and by the
//! command line.

mod support;

use serde_json::{Value, json};
use support::device::Device;
use support::gates::{folder as folder_with_gates, kill, start as gate, wait_until};
use support::http::Answer;
use support::served::{Customer, Server, now, texts, tickets};
use support::stewards::{GIL, detail, folder_with_stewards, redeem, redemptions, steward_token as token};
use support::{Folder, MINTAGE};

fn verified(server: &Server, text: &str) -> Value {
    let found = server.post("/v1/verifications", &[("Content-Type", "text/plain")], text.as_bytes());
    found.ok(200).json()["found"][0].clone()
}

fn verdict(found: &Value) -> (&str, &Value) {
    (found["verdict"].as_str().expect("a verdict"), &found["valid"])
}

/// A ticket's text and serial, tied to a device.
fn issued(server: &Server, folder: &Folder, device: &Device, count: usize) -> (Vec<String>, Vec<String>) {
    let batch = Customer::of(folder, "a").batch("k", "", &device.tickets(count)).send(server).ok(201).json();
    let texts: Vec<String> = texts(&batch).into_iter().map(str::to_owned).collect();
    let shown = texts.iter().map(|text| verified(server, &device.show(text, now())));
    let serials = shown.map(|found| found["serial"].as_str().expect("a serial").to_owned()).collect();
    (texts, serials)
}

fn shown(text: &str) -> Value {
    json!({ "indicium": text, "gate": "North 3" })
}

fn not_live(answer: Answer, says: &str) {
    let said = detail(&answer.refused(409, "not-live"));
    assert!(said.contains(says) && said.contains("nothing was redeemed"), "{said}");
}

#[test]
fn the_server_takes_a_devices_screen_and_no_copy() {
    let folder = folder_with_stewards();
    let server = Server::start(&folder, &[]);
    let (device, other) = (Device::new(61), Device::new(62));
    let (texts, serials) = issued(&server, &folder, &device, 2);
    let text = &texts[0];
    let live = device.show(text, now());
    let found = verified(&server, &live);
    assert_eq!(verdict(&found), ("genuine", &json!(true)), "{found}");
    assert_eq!(found["holder_key"], device.key().to_string());
    let (copy, old, early) =
        (verified(&server, text), device.show(text, now() - 600), device.show(text, now() + 600));
    assert_eq!(verdict(&copy), ("not live", &json!(false)), "{copy}");
    assert_eq!((&copy["status"], &copy["serial"]), (&json!("live"), &json!(serials[0])));
    for dead in [&old, &early] {
        assert_eq!(verdict(&verified(&server, dead)), ("not live", &json!(false)));
    }
    assert_eq!(verdict(&verified(&server, &other.show(text, now()))), ("not genuine", &json!(false)));

    let gil = token(&server, &GIL);
    let ask = |key: &str, text: &str| redeem(&server, &gil, key, &shown(text));
    not_live(ask("copy", text), "this is a copy");
    not_live(ask("old", &old), "lives for 45 seconds");
    not_live(ask("early", &early), "one of the clocks is wrong");
    ask("other", &other.show(text, now())).refused(422, "not-genuine");
    let typed = json!({ "serial": serials[0], "gate": "North 3" });
    not_live(redeem(&server, &gil, "typed", &typed), "this is a copy");
    let vouching = json!({ "indicium": text, "gate": "North 3", "seen_live": true });
    not_live(redeem(&server, &gil, "vouching", &vouching), "this is a copy");
    // None of it was a use, and the keys are free.
    let made = ask("copy", &device.show(text, now())).ok(201).json();
    assert_eq!(made["serial"], json!(serials[0]));
    // The answer is the same for ever, whatever is shown by then.
    for again in [text, &old, &live] {
        assert_eq!(ask("copy", again).ok(201).json(), made);
    }
    ask("twice", &device.show(text, now())).refused(409, "not-redeemable");
    // Whoever saw it live, and says so, is believed; what was used is put on record, however it was shown.
    let seen = json!({ "serial": serials[1], "gate": "North 3", "seen_live": true });
    redeem(&server, &gil, "seen", &seen).ok(201);
    let past = indicia::UnixTime(now() - 60).to_string();
    let told = json!({ "indicium": texts[1], "gate": "South", "used_at": past });
    assert_eq!(redeem(&server, &gil, "told", &told).ok(201).json()["excess"], "1.00 EUR");

    // What is tied to nobody is as it ever was, and nobody's device presents it.
    let batch = Customer::of(&folder, "a").batch("free", "", &tickets(1)).send(&server).ok(201).json();
    let free = support::served::texts(&batch)[0].to_owned();
    assert_eq!(verdict(&verified(&server, &device.show(&free, now()))).0, "not genuine");
    ask("free", &device.show(&free, now())).refused(422, "not-genuine");
    ask("free", &free).ok(201);
    server.get("/problems/not-live", &[]).ok(200);
    server.stop();
    folder.audit();
}

#[test]
fn a_gate_vouches_for_what_it_saw_live_with_the_server_and_without() {
    let folder = folder_with_gates(&["stadium"]);
    let server = Server::start(&folder, &[]);
    let device = Device::new(61);
    let (texts, serials) = issued(&server, &folder, &device, 4);
    let site = gate(&folder, server.public, "stadium");
    let gil = token(&site, &GIL);
    let ask = |key: &str, text: &str| redeem(&site, &gil, key, &shown(text));
    let old = |place: usize| device.show(&texts[place], now() - 600);
    assert_eq!(verdict(&verified(&site, &texts[0])), ("not live", &json!(false)));
    assert_eq!(verdict(&verified(&site, &device.show(&texts[0], now()))).0, "genuine");
    not_live(ask("with", &texts[0]), "this is a copy");
    not_live(ask("with", &old(0)), "lives for 45 seconds");
    let typed = json!({ "serial": serials[0], "gate": "North 3" });
    not_live(redeem(&site, &gil, "typed", &typed), "this is a copy");
    let made = ask("with", &device.show(&texts[0], now())).ok(201).json();
    assert_eq!(made.get("alone"), None, "{made}");
    assert_eq!(ask("with", &old(0)).ok(201).json(), made, "the same key is the same use");

    // The server hangs: what it made of the question isn't known, and the scanner asks again when the code has died.
    server.signal("-STOP");
    let first = ask("hangs", &device.show(&texts[1], now())).ok(201).json();
    assert!(first["alone"].is_string(), "{first}");
    assert_eq!(ask("hangs", &old(1)).ok(201).json(), first);
    not_live(ask("without", &texts[2]), "this is a copy");
    not_live(ask("without", &old(2)), "lives for 45 seconds");
    let alone = ask("without", &device.show(&texts[2], now())).ok(201).json();
    assert!(alone["alone"].is_string(), "{alone}");
    ask("twice", &device.show(&texts[2], now())).refused(409, "not-redeemable");
    // Killed and begun again, it has forgotten nothing; what nobody showed it live it doesn't take.
    server.signal("-CONT");
    let address = server.public;
    kill(server);
    kill(site);
    let site = gate(&folder, address, "stadium");
    let gil = token(&site, &GIL);
    assert_eq!(redeem(&site, &gil, "without", &shown(&texts[2])).ok(201).json(), alone);
    not_live(redeem(&site, &gil, "new", &shown(&texts[3])), "this is a copy");
    let server = Server::start_at(&folder, address);
    wait_until(&site, true);
    for (serial, uses) in serials.iter().zip([1, 1, 1, 0]) {
        let made = redemptions(&site, &token(&site, &GIL), serial);
        assert_eq!(made.len(), uses, "{made:?}");
        assert!(made.iter().all(|one| one.get("excess").is_none()), "{made:?}");
    }
    let report = folder.ok(&["gate", "status", "--data", "stadium-data"]);
    assert_eq!((&report["untold"], &report["disputed"]), (&json!(0), &json!([])));
    site.stop();
    server.stop();
    folder.audit();
}

/// The texts of what is issued from a file, and the first serial.
fn issued_of(folder: &Folder, items: &str) -> (Vec<String>, String) {
    let report = folder.ok(&folder.issue(items, &[]));
    let text = |one: &Value| one.as_str().expect("a text").to_owned();
    let texts = report["indicia"].as_array().expect("indicia").iter().map(text).collect();
    (texts, text(&report["first_serial"]))
}

/// The holder's and the steward's commands, on files alone.
#[test]
fn the_command_line_makes_a_device_and_shows_what_is_tied_to_it() {
    let folder = Folder::funded();
    folder.file("passphrase", b"a passphrase of a phone");
    let secret = ["--key-passphrase-file", "passphrase"];
    let with = |words: &[&'static str]| [words, &secret].concat();
    let made = folder.ok(&with(&["pass", "new", "phone.key"]));
    let key = made["ed25519"].as_str().expect("a key").to_owned();
    let items = format!("kind,amount,holder,key\nticket,2.50,Zoë,{key}\nticket,2.50,Bob,\n");
    folder.file("tied.csv", items.as_bytes());
    let (texts, serial) = issued_of(&folder, "tied.csv");
    folder.file("ticket.txt", texts[0].as_bytes());
    assert_eq!(folder.ok(&["show", &serial])["holder_key"], json!(key));

    let code = |words: &[&str]| folder.run(words).status.code();
    let shown =
        folder.ok(&with(&["pass", "show", "ticket.txt", "--key", "phone.key", "--png", "screen.png"]));
    let live = shown["text"].as_str().expect("a text").to_owned();
    let found = &folder.ok(&["verify", &live])[0];
    assert_eq!((&found["verdict"], &found["serial"]), (&json!("genuine"), &json!(serial)), "{found}");
    assert_eq!(folder.ok(&["verify", "screen.png"])[0]["verdict"], "genuine");
    assert_eq!((code(&["verify", "ticket.txt"]), code(&["verify", &texts[1]])), (Some(1), Some(0)));
    let plain = String::from_utf8(folder.run_plain(&["verify", "ticket.txt"]).stdout).expect("text");
    assert!(plain.starts_with("NOT LIVE") && plain.contains("this is a copy"), "{plain}");
    let decoded = &folder.ok(&["decode", &live])[0];
    assert_eq!(decoded["scheme"], "mintage-presentation");
    assert_eq!(folder.ok(&["decode", &texts[0]])[0]["scheme"], "mintage");
    // From what it shows it shows it anew; another device doesn't, nor is anything shown that is tied to none.
    folder.ok(&with(&["pass", "show", "screen.png", "--key", "phone.key"]));
    folder.ok(&with(&["pass", "new", "other.key"]));
    for (what, key, says) in [
        ("ticket.txt", "other.key", "it is tied to another key"),
        (&*texts[1], "phone.key", "it is tied to no key"),
        ("nowhere.txt", "phone.key", "is neither a file nor text"),
    ] {
        folder.refused(&[&["pass", "show", what, "--key", key], &secret[..]].concat(), says);
    }
    folder.refused(&with(&["pass", "new", "phone.key"]), "phone.key");
    folder.audit();
}

/// What `--watch` draws on a terminal is a symbol that a camera reads.
#[test]
fn a_watched_pass_is_drawn_anew() {
    let folder = Folder::funded();
    folder.file("passphrase", b"a passphrase of a phone");
    let secret = ["--key-passphrase-file", "passphrase"];
    let made = folder.ok(&[&["pass", "new", "phone.key"], &secret[..]].concat());
    let items = format!("kind,amount,key\nticket,2.50,{}\n", made["ed25519"].as_str().expect("a key"));
    folder.file("tied.csv", items.as_bytes());
    let text = issued_of(&folder, "tied.csv").0.remove(0);
    let mut command = std::process::Command::new(MINTAGE);
    command.args(["pass", "show", &text, "--key", "phone.key", "--watch"]).args(secret);
    let drawn = command.current_dir(folder.path()).stdout(std::process::Stdio::piped()).spawn();
    let mut watched = drawn.expect("mintage");
    let mut out = std::io::BufReader::new(watched.stdout.take().expect("its output"));
    let mut lines: Vec<String> = Vec::new();
    // No row of a symbol is all light: the first such one after thirty is the quiet zone's.
    while lines.len() < 30 || lines.last().is_some_and(|line| line.contains(['█', '▀', '▄'])) {
        let mut line = String::new();
        std::io::BufRead::read_line(&mut out, &mut line).expect("a line");
        assert!(!line.is_empty(), "it ended");
        lines.push(line);
    }
    watched.kill().expect("it runs");
    watched.wait().expect("it ran");
    let rows: Vec<Vec<[bool; 2]>> = lines.iter().map(|line| modules(line)).collect();
    let size = |modules: usize| u32::try_from(4 * modules).expect("a small symbol");
    let picture = image::GrayImage::from_fn(size(rows[0].len()), size(2 * rows.len() + 4), |x, y| {
        let (column, row) = (x as usize / 4, y as usize / 4);
        let is_dark = rows.get(row / 2).is_some_and(|line| line[column][row % 2]);
        image::Luma([if is_dark { 0 } else { 255 }])
    });
    picture.save(folder.path().join("terminal.png")).expect("a picture");
    assert_eq!(folder.ok(&["verify", "terminal.png"])[0]["verdict"], "genuine");
}

/// The modules of a line of half blocks: the upper and the lower one of each.
fn modules(line: &str) -> Vec<[bool; 2]> {
    let block = |letter| match letter {
        '█' => Some([true, true]),
        '▀' => Some([true, false]),
        '▄' => Some([false, true]),
        ' ' => Some([false, false]),
        _ => None,
    };
    // Escape sequences have no blanks.
    line.chars().filter_map(block).collect()
}
