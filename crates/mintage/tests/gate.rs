//! A gate is the one authority for its scanners, with the server and without: nobody is let in twice, nothing acknowledged is
//! lost, and the server hears of all of it.

mod support;

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use asker::Secret;
use indicia::Kind;
use serde_json::{Value, json};
use support::Folder;
use support::gates::{IDA, arguments, folder, kill, start as gate, start_at, wait_until};
use support::http::ask;
use support::served::{Customer, Server, items, now, staff_sign_in, texts, tickets};
use support::stewards::{GIL, Scan, detail, redeem, redemptions, scan_all, steward_token as token};

/// Greens and reds of as many scanners at once.
fn scan_at_once(gate: &Server, token: &str, count: usize, round: &str, shown: &Value) -> (usize, usize) {
    let scan = |number: usize| redeem(gate, token, &format!("{round} {number}"), shown).status;
    let statuses: Vec<u16> = thread::scope(|scope| {
        let scans: Vec<_> = (0..count).map(|number| scope.spawn(move || scan(number))).collect();
        scans.into_iter().map(|scan| scan.join().expect("a scan")).collect()
    });
    let count = |status| statuses.iter().filter(|found| **found == status).count();
    assert_eq!(count(201) + count(409), statuses.len(), "{statuses:?}");
    (count(201), count(409))
}

fn double_uses(server: &Server, token: &str) -> Vec<Value> {
    let all = server.get("/v1/double-uses", &[("Authorization", token)]).ok(200).json();
    all["items"].as_array().expect("a list").clone()
}

#[test]
fn of_fifty_scanners_at_once_one_is_green_with_the_server_without_it_and_when_it_is_just_gone() {
    let folder = folder(&["stadium"]);
    let server = Server::start(&folder, &[]);
    let batch = Customer::of(&folder, "a").batch("k", "", &tickets(4)).send(&server).ok(201).json();
    let texts = texts(&batch);
    let gate = gate(&folder, server.public, "stadium");
    let gil = token(&gate, &GIL);
    let shown = |place: usize| json!({ "indicium": texts[place], "gate": "North 3" });
    assert_eq!(scan_at_once(&gate, &gil, 50, "with", &shown(0)), (1, 49));
    let made = redeem(&gate, &gil, "a", &shown(3)).ok(201).json();
    for (name, value) in [("gate", "stadium: North 3 (gil)"), ("by", "stadium"), ("amount", "1.00 EUR")] {
        assert_eq!(made[name], value, "{made}");
    }
    assert_eq!(made.get("alone"), None);

    let address = server.public;
    kill(server);
    // The first of these find out that it is gone.
    assert_eq!(scan_at_once(&gate, &gil, 50, "just gone", &shown(1)), (1, 49));
    wait_until(&gate, false);
    assert_eq!(scan_at_once(&gate, &gil, 50, "without", &shown(2)), (1, 49));
    assert_eq!(scan_at_once(&gate, &gil, 50, "again", &shown(0)), (0, 50));
    let refused = redeem(&gate, &gil, "z", &shown(2)).refused(409, "not-redeemable");
    assert!(
        detail(&refused)
            .contains("was redeemed already; nothing was redeemed; last at stadium: North 3 (gil), ")
    );
    assert_eq!(redeem(&gate, &gil, "a", &shown(3)).ok(201).json(), made, "the same key is the same use");

    let server = Server::start_at(&folder, address);
    wait_until(&gate, true);
    let gil = token(&gate, &GIL);
    assert_eq!(double_uses(&gate, &gil), Vec::<Value>::new());
    assert_eq!(scan_at_once(&gate, &gil, 10, "back", &shown(2)), (0, 10));
    gate.stop();
    server.stop();
    folder.audit();
}

#[test]
fn of_a_voucher_never_more_than_it_is_worth_is_used_without_the_server() {
    let folder = folder(&["stadium"]);
    let server = Server::start(&folder, &[]);
    let batch =
        Customer::of(&folder, "a").batch("k", "", &items(Kind::Voucher, 1)).send(&server).ok(201).json();
    let (text, serial) =
        (texts(&batch)[0].to_owned(), batch["first_serial"].as_str().expect("a serial").to_owned());
    let gate = gate(&folder, server.public, "stadium");
    let gil = token(&gate, &GIL);
    let part = |amount: &str| json!({ "indicium": text, "amount": amount, "gate": "bar" });
    assert_eq!(redeem(&gate, &gil, "with", &part("0.10")).ok(201).json()["left"], "0.90 EUR");
    let address = server.public;
    kill(server);
    assert_eq!(scan_at_once(&gate, &gil, 20, "part", &part("0.40")), (2, 18));
    assert!(
        detail(&redeem(&gate, &gil, "x", &part("0.11")).refused(409, "not-redeemable"))
            .contains("has 0.10 EUR left")
    );
    let rest = redeem(&gate, &gil, "rest", &json!({ "indicium": text, "gate": "bar" })).ok(201).json();
    assert_eq!(
        (&rest["amount"], &rest["left"], &rest["status"]),
        (&json!("0.10 EUR"), &json!("0.00 EUR"), &json!("redeemed"))
    );
    assert!(
        rest["alone"].as_str().expect("a reason").contains("what was used elsewhere is known as of 20"),
        "{rest}"
    );
    assert_eq!(redemptions(&gate, &gil, &serial).len(), 4);

    let server = Server::start_at(&folder, address);
    wait_until(&gate, true);
    let took = |one: &Value| (one["amount"].clone(), one.get("excess").cloned(), one["by"].clone());
    let made: Vec<_> = redemptions(&gate, &token(&gate, &GIL), &serial).iter().map(took).collect();
    let expected = ["0.10 EUR", "0.40 EUR", "0.40 EUR", "0.10 EUR"]
        .map(|amount| (json!(amount), None, json!("stadium")));
    assert_eq!(made, expected);
    gate.stop();
    server.stop();
    folder.audit();
}

/// Two sites lost the server, and each let somebody in with the same ticket.
#[test]
fn what_two_gates_did_without_the_server_is_told_with_both_places_and_times() {
    let folder = folder(&["stadium", "depot"]);
    let server = Server::start(&folder, &[]);
    let batch = Customer::of(&folder, "a").batch("k", "", &tickets(1)).send(&server).ok(201).json();
    let text = texts(&batch)[0].to_owned();
    let gates = ["stadium", "depot"].map(|name| gate(&folder, server.public, name));
    let address = server.public;
    kill(server);
    let mut alone = Vec::new();
    for (gate, seed) in gates.iter().zip([&GIL, &IDA]) {
        let shown = json!({ "indicium": text, "gate": "door" });
        let answer = redeem(gate, &token(gate, seed), "1", &shown).ok(201).json();
        assert!(answer["alone"].is_string(), "{answer}");
        alone.push((answer["gate"].clone(), answer["at"].clone()));
    }
    assert_eq!(alone[0].0, "stadium: door (gil)");
    assert_eq!(alone[1].0, "depot: door (ida)");
    // Both are killed before they can tell.
    gates.into_iter().for_each(kill);
    let server = Server::start_at(&folder, address);
    let gates = ["stadium", "depot"].map(|name| gate(&folder, server.public, name));
    gates.iter().for_each(|gate| wait_until(gate, true));
    let place = |one: &Value| (one["gate"].clone(), one["at"].clone());
    for (gate, seed) in gates.iter().zip([&GIL, &IDA]) {
        let doubles = double_uses(gate, &token(gate, seed));
        let [double] = &doubles[..] else { panic!("{doubles:?}") };
        assert_eq!(double["use"]["excess"], "1.00 EUR");
        let others: Vec<_> = double["others"].as_array().expect("a list").iter().map(place).collect();
        let mut both = [&[place(&double["use"])], &others[..]].concat();
        both.sort_by_key(|(gate, _)| gate != "stadium: door (gil)");
        assert_eq!(both, alone);
    }
    // Without the server whichever told second still says so.
    gates.into_iter().for_each(Server::stop);
    server.stop();
    let reports = ["stadium-data", "depot-data"].map(|data| folder.ok(&["gate", "status", "--data", data]));
    let doubles: Vec<_> =
        reports.iter().flat_map(|report| report["double_uses"].as_array().expect("a list")).collect();
    let [double] = &doubles[..] else { panic!("{doubles:?}") };
    assert_eq!(double["others"].as_array().map(Vec::len), Some(1), "{double}");
    for report in &reports {
        assert_eq!(
            (&report["settled"], &report["untold"], &report["disputed"]),
            (&json!(1), &json!(0), &json!([]))
        );
    }
    folder.audit();
}

/// A scanner that couldn't reach its gate decided by itself, and tells that later: the gate sees to it that the server hears of it.
#[test]
fn what_a_scanner_did_without_the_gate_is_told_by_the_gate() {
    let folder = folder(&["stadium"]);
    let server = Server::start(&folder, &[]);
    let batch = Customer::of(&folder, "a").batch("k", "", &tickets(2)).send(&server).ok(201).json();
    let texts = texts(&batch);
    let serials: Vec<String> = texts
        .iter()
        .map(|text| folder.ok(&["verify", text])[0]["serial"].as_str().expect("a serial").into())
        .collect();
    let site = gate(&folder, server.public, "stadium");
    let gil = token(&site, &GIL);
    let at = indicia::UnixTime(now() - 60).to_string();
    let told = |serial: &str| json!({ "serial": serial, "gate": "door", "used_at": at });
    let made = redeem(&site, &gil, "1", &told(&serials[0])).ok(201).json();
    assert_eq!(
        (&made["gate"], &made["at"], &made["excess"]),
        (&json!("stadium: door (gil)"), &json!(at), &Value::Null)
    );
    assert_eq!(redeem(&site, &gil, "1", &told(&serials[0])).ok(201).json(), made);
    let twice = redeem(&site, &gil, "2", &told(&serials[0])).ok(201).json();
    assert_eq!(twice["excess"], "1.00 EUR", "whatever was left");
    for other in [
        json!({ "serial": serials[0], "gate": "window", "used_at": at }),
        json!({ "serial": serials[1], "gate": "door", "used_at": at }),
        json!({ "serial": serials[0], "gate": "door", "amount": "0.50", "used_at": at }),
    ] {
        redeem(&site, &gil, "1", &other).refused(422, "idempotency-key-reused");
    }
    let late = indicia::UnixTime(now() + 3600).to_string();
    let to_come = json!({ "serial": serials[1], "gate": "door", "used_at": late });
    redeem(&site, &gil, "3", &to_come).refused(400, "malformed-request");

    // The server is gone, and then the gate, too, before it could tell.
    let (address, here) = (server.public, site.public);
    kill(server);
    let untold = redeem(&site, &gil, "4", &told(&serials[1])).ok(201).json();
    assert_eq!((&untold["serial"], &untold["at"]), (&json!(serials[1]), &json!(at)));
    assert_eq!(redeem(&site, &gil, "4", &told(&serials[1])).ok(201).json(), untold);
    let shown = json!({ "indicium": texts[1], "gate": "door" });
    redeem(&site, &gil, "4", &shown).refused(422, "idempotency-key-reused");
    redeem(&site, &token(&site, &IDA), "1", &shown).refused(409, "not-redeemable");
    kill(site);
    let site = start_at(&folder, here, address, "stadium");
    let server = Server::start_at(&folder, address);
    wait_until(&site, true);
    let [made] = &redemptions(&site, &token(&site, &GIL), &serials[1])[..] else { panic!("one use") };
    assert_eq!(
        (&made["gate"], &made["at"], &made["excess"]),
        (&json!("stadium: door (gil)"), &json!(at), &Value::Null)
    );
    let told_now = redeem(&site, &token(&site, &GIL), "4", &told(&serials[1])).ok(201).json();
    assert_eq!(&told_now, made);
    let doubles = double_uses(&site, &token(&site, &GIL));
    assert_eq!(doubles.len(), 1, "{doubles:?}");
    site.stop();
    server.stop();
    folder.audit();
}

/// A server that takes requests and doesn't answer: it may have carried them out.
#[test]
fn a_lost_answer_counts_as_a_use_and_is_one_use_whoever_decides() {
    let folder = folder(&["stadium"]);
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let batch = customer.batch("k", "", &tickets(1)).send(&server).ok(201).json();
    let (ticket, serial) =
        (texts(&batch)[0].to_owned(), batch["first_serial"].as_str().expect("a serial").to_owned());
    let batch = customer.batch("l", "", &items(Kind::Voucher, 1)).send(&server).ok(201).json();
    let voucher = texts(&batch)[0].to_owned();
    let gate = gate(&folder, server.public, "stadium");
    let gil = token(&gate, &GIL);
    let (ticket, voucher) =
        (json!({ "indicium": ticket, "gate": "door" }), json!({ "indicium": voucher, "gate": "bar" }));
    server.signal("-STOP");
    // Both are on their way when the line is found to be dead.
    let (rest, green) = thread::scope(|scope| {
        let rest = scope.spawn(|| redeem(&gate, &gil, "rest", &voucher));
        let green = scope.spawn(|| redeem(&gate, &gil, "in", &ticket));
        (rest.join().expect("a scan"), green.join().expect("a scan"))
    });
    // Of a ticket it is the same use, wherever it was decided.
    let green = green.ok(201).json();
    assert!(green["alone"].is_string(), "{green}");
    redeem(&gate, &gil, "twice", &ticket).refused(409, "not-redeemable");
    // How much of a voucher the server took isn't known here.
    let said = detail(&rest.refused(503, "outcome-unknown"));
    assert!(said.contains("isn't known"), "{said}");
    let part = json!({ "indicium": voucher["indicium"], "gate": "bar", "amount": "0.10" });
    let held = redeem(&gate, &gil, "part", &part).refused(409, "not-redeemable");
    assert!(detail(&held).contains("is being redeemed at stadium: bar (gil)"), "{}", detail(&held));
    redeem(&gate, &gil, "rest", &voucher).refused(503, "outcome-unknown");
    // The server goes on with what it got, and with what it is told.
    server.signal("-CONT");
    wait_until(&gate, true);
    assert_eq!(redeem(&gate, &gil, "rest", &voucher).ok(201).json()["amount"], "1.00 EUR");
    assert_eq!(redeem(&gate, &gil, "in", &ticket).ok(201).json(), green);
    redeem(&gate, &gil, "part", &part).refused(409, "not-redeemable");
    assert_eq!(redemptions(&gate, &gil, &serial).len(), 1);
    assert_eq!(double_uses(&gate, &gil), Vec::<Value>::new());
    gate.stop();
    server.stop();
    folder.audit();
}

/// Kills a gate in the middle of a stream, again and again, the server now being there and now not.
#[test]
fn a_killed_gate_has_forgotten_nothing_and_lets_nobody_in_twice() {
    const ROUNDS: usize = 6;
    const TICKETS: usize = 60;
    let folder = folder(&["stadium"]);
    let mut server = Some(Server::start(&folder, &[]));
    let address = server.as_ref().expect("it runs").public;
    let customer = Customer::of(&folder, "a");
    let mut all = Vec::new();
    for round in 0..ROUNDS {
        let first = server.as_ref().expect("it runs");
        let batch = customer.batch(&round.to_string(), "", &tickets(TICKETS)).send(first).ok(201).json();
        let page = format!("/batches/{}/indicia", batch["batch"]);
        let lines = customer.get(first, &customer.sign_in(first), &page).ok(200).json();
        let lines = lines["items"].as_array().expect("indicia").clone();
        let texts: Vec<&str> = lines.iter().map(|line| line["text"].as_str().expect("a text")).collect();
        let gate = gate(&folder, address, "stadium");
        let gil = token(&gate, &GIL);
        if round % 2 == 1 {
            kill(server.take().expect("it runs"));
        }
        // Two scanners meet at each ticket, from either end.
        let backwards: Vec<&str> = texts.iter().rev().copied().collect();
        let scans: Vec<Vec<Scan>> = thread::scope(|scope| {
            let (public, gil) = (gate.public, &gil);
            let shares = [("east", &texts), ("west", &backwards)];
            let scanners = shares.map(|(who, share)| {
                let who = format!("{who} {round}");
                scope.spawn(move || scan_all(public, gil, &who, share))
            });
            // Another moment each round.
            thread::sleep(Duration::from_millis(40 + 37 * round as u64));
            gate.signal("-KILL");
            scanners.into_iter().map(|scanner| scanner.join().expect("a scanner")).collect()
        });
        drop(gate);
        all.extend(scans.into_iter().flatten());
        server = server.or_else(|| Some(Server::start_at(&folder, address)));
    }
    let of = |status| {
        all.iter().filter(|scan| scan.answer.as_ref().is_some_and(|answer| answer.status == status)).count()
    };
    assert!(of(201) > 0, "nothing was acknowledged");

    let server = server.expect("it runs");
    let gate = gate(&folder, address, "stadium");
    wait_until(&gate, true);
    let gil = token(&gate, &GIL);
    let mut let_in: BTreeMap<String, String> = BTreeMap::new();
    for Scan { key, shown, answer } in &all {
        let again = redeem(&gate, &gil, key, shown);
        match answer.as_ref().map(|answer| (answer.status, answer)) {
            Some((201, before)) => assert_eq!(again.json(), before.json(), "{key}"),
            Some((409, _)) => assert_eq!(again.status, 409, "{key}"),
            Some((status, answer)) => panic!("{key}: {status} {}", String::from_utf8_lossy(&answer.body)),
            None => {}
        }
        if again.status == 201 {
            let serial = again.json()["serial"].as_str().expect("a serial").to_owned();
            let before = let_in.insert(serial.clone(), key.clone());
            assert_eq!(before, None, "{key} is the second to be let in with {serial}");
        }
    }
    for serial in let_in.keys() {
        let made = redemptions(&server, &token_of(&server, &folder, "stadium"), serial);
        assert_eq!(made.len(), 1, "{serial}: {made:?}");
    }
    assert_eq!(double_uses(&gate, &gil), Vec::<Value>::new());
    let report = folder.ok(&["gate", "status", "--data", "stadium-data"]);
    assert_eq!(
        (&report["untold"], &report["unknown"], &report["disputed"]),
        (&json!(0), &json!(0), &json!([]))
    );
    gate.stop();
    server.stop();
    folder.audit();
}

/// The token of a gate's own steward.
fn token_of(server: &Server, folder: &Folder, name: &str) -> String {
    let key = module::keystore::PersonKey::open(
        &folder.path().join(format!("{name}.key")),
        "a passphrase of gates",
    );
    let session = staff_sign_in(server, &key.expect("a key").asker()).ok(201).json();
    format!("Bearer {}", session["token"].as_str().expect("a token"))
}

#[test]
fn a_gate_passes_on_what_is_signed_and_takes_nothing_from_strangers() {
    let folder = folder(&["stadium"]);
    let server = Server::start(&folder, &[]);
    let batch = Customer::of(&folder, "a").batch("k", "", &tickets(2)).send(&server).ok(201).json();
    let (texts, serial) = (texts(&batch), batch["first_serial"].as_str().expect("a serial"));
    let gate = gate(&folder, server.public, "stadium");
    let gil = token(&gate, &GIL);
    for (name, path) in [("bundle.cbor", "/v1/trust-bundle"), ("status.cbor", "/v1/status-snapshot")] {
        let passed_on = gate.get(path, &[]).ok(200);
        assert_eq!(passed_on.body, server.get(path, &[]).ok(200).body, "{path}");
        let tag = passed_on.field("etag").expect("a tag").to_owned();
        assert_eq!(gate.get(path, &[("If-None-Match", &tag)]).status, 304);
        folder.file(name, &passed_on.body);
    }
    let files = ["verify", texts[0], "--bundle", "bundle.cbor", "--status", "status.cbor"];
    // Genuine; of what was issued in the snapshot's own second it says nothing.
    assert_ne!(folder.run(&files).status.code(), Some(1));

    staff_sign_in(&gate, &Secret::ed25519(&[33; 32])).refused(401, "unknown-key");
    let shown = json!({ "indicium": texts[0], "gate": "door" });
    redeem(&gate, "Bearer none", "1", &shown).refused(401, "sign-in-required");
    gate.get(&format!("/v1/redemptions/{serial}"), &[]).refused(401, "sign-in-required");
    gate.get("/v1/double-uses", &[]).refused(401, "sign-in-required");
    let altered = format!("{}{}", &texts[0][..texts[0].len() - 3], "AAA");
    let verify = |gate: &Server, text: &str| {
        let answer = gate.post("/v1/verifications", &[("Content-Type", "text/plain")], text.as_bytes());
        answer.ok(200).json()["found"][0].clone()
    };
    let strangers = |gate: &Server, gil: &str| {
        redeem(gate, gil, "1", &json!({ "indicium": altered, "gate": "door" })).refused(422, "not-genuine");
        redeem(gate, gil, "1", &json!({ "serial": "x", "gate": "door" })).refused(404, "unknown-indicium");
        let past = json!({ "indicium": texts[0], "gate": "door", "used_at": "yesterday" });
        for malformed in [json!({ "gate": "door" }), json!({ "indicium": texts[0], "gate": "" }), past] {
            redeem(gate, gil, "1", &malformed).refused(400, "malformed-request");
        }
        assert_eq!(verify(gate, &altered)["verdict"], "not genuine");
    };
    strangers(&gate, &gil);
    // A serial that is typed the server alone knows, as long as it can be asked.
    redeem(&gate, &gil, "typed", &json!({ "serial": serial, "gate": "door" })).ok(201);
    let address = server.public;
    kill(server);
    redeem(&gate, &gil, "2", &json!({ "indicium": texts[1], "gate": "door" })).ok(201);
    redeem(&gate, &gil, "2", &json!({ "indicium": texts[1], "gate": "other" }))
        .refused(422, "idempotency-key-reused");
    redeem(&gate, &gil, "3", &json!({ "serial": serial, "gate": "door" })).refused(503, "cut-off");
    redeem(&gate, &gil, "4", &shown).refused(409, "not-redeemable");
    strangers(&gate, &gil);
    for text in texts {
        assert_eq!(verify(&gate, text)["status"], "redeemed");
    }
    gate.get("/problems/cut-off", &[]).ok(200);
    // No page but its own may ask it, nor read what it says.
    let asks = [("Origin", "https://mintage.example"), ("Access-Control-Request-Method", "POST")];
    ask(gate.public, "OPTIONS", "/v1/redemptions", &asks, b"").refused(405, "method-not-allowed");
    assert_eq!(gate.get("/healthz", &asks[..1]).ok(200).field("access-control-allow-origin"), None);
    gate.get("/v1/accounts", &[]).refused(404, "not-found");
    // Another gate on the same folder, or another operator's server in the place of this one.
    let taken = arguments(address, "stadium", &[]);
    folder
        .refused(&taken.iter().map(String::as_str).collect::<Vec<_>>(), "another gate runs on stadium-data");
    gate.stop();
    let other = arguments(address, "stadium", &["--root", "00"]);
    folder.refused(
        &other.iter().map(String::as_str).collect::<Vec<_>>(),
        "the trust bundle is signed by root ",
    );
    std::fs::remove_dir_all(folder.path().join("stadium-data")).expect("the gate's folder");
    let new = arguments(address, "stadium", &[]);
    folder.refused(&new.iter().map(String::as_str).collect::<Vec<_>>(), "a new gate needs the server once");
}
