//! Indicia are redeemed over HTTP: by stewards alone, once, whole or in part; providers take a redemption back.

mod support;

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use indicia::{
    Amount, Denomination, Details, EntryWindow, Item, ItemList, Kind, ProofForm, Template, UnixTime,
};
use serde_json::{Value, json};
use support::Folder;
use support::http::{Answer, ask};
use support::served::{Customer, Server, items, now, provider, staff_key, texts, tickets};
use support::stewards::{GIL, Scan, detail, folder_with_stewards, redeem, scan_all, steward_token, token};

fn reverse(server: &Server, token: &str, place: &str, reason: &str) -> Answer {
    let fields = [("Authorization", token), ("Content-Type", "application/json")];
    let content = json!({ "reason": reason }).to_string();
    ask(server.public, "PUT", &format!("/v1/redemptions/{place}/reversal"), &fields, content.as_bytes())
}

#[test]
fn a_ticket_is_redeemed_once_and_says_where() {
    let folder = folder_with_stewards();
    let server = Server::start(&folder, &[]);
    let batch = Customer::of(&folder, "a").batch("k", "", &tickets(3)).send(&server).ok(201).json();
    let (texts, first) = (texts(&batch), batch["first_serial"].as_str().expect("a serial"));
    let gil = steward_token(&server, &GIL);
    let shown = json!({ "indicium": texts[0], "gate": "North 3" });
    let made = redeem(&server, &gil, "1", &shown).ok(201).json();
    assert_eq!(made["serial"], first);
    for (name, value) in [
        ("amount", "1.00 EUR"),
        ("left", "0.00 EUR"),
        ("status", "redeemed"),
        ("gate", "North 3"),
        ("by", "gil"),
    ] {
        assert_eq!(made[name], value, "{made}");
    }
    // As good as if the first answer had been lost.
    assert_eq!(redeem(&server, &gil, "1", &shown).ok(201).json(), made);
    redeem(&server, &gil, "1", &json!({ "indicium": texts[1], "gate": "North 3" }))
        .refused(422, "idempotency-key-reused");
    for again in
        [json!({ "indicium": texts[0], "gate": "South" }), json!({ "serial": first, "gate": "South" })]
    {
        let refused = redeem(&server, &gil, "2", &again).refused(409, "not-redeemable");
        let said = detail(&refused);
        assert!(said.contains("was redeemed already") && said.contains("last at North 3 by gil"), "{said}");
    }
    let verified = server.post("/v1/verifications", &[("Content-Type", "text/plain")], texts[0].as_bytes());
    assert_eq!(verified.ok(200).json()["found"][0]["status"], "redeemed");
    server.stop();

    // What was acknowledged is there after a restart.
    let server = Server::start(&folder, &[]);
    let gil = steward_token(&server, &GIL);
    assert_eq!(redeem(&server, &gil, "1", &shown).ok(201).json(), made);
    server.stop();
    folder.audit();
}

#[test]
fn of_fifty_scanners_at_once_one_is_green() {
    let folder = folder_with_stewards();
    let server = Server::start(&folder, &[]);
    let batch = Customer::of(&folder, "a").batch("k", "", &tickets(1)).send(&server).ok(201).json();
    let text = texts(&batch).remove(0);
    let gil = steward_token(&server, &GIL);
    let scan = |gate: usize| {
        let shown = json!({ "indicium": text, "gate": format!("gate {gate}") });
        redeem(&server, &gil, &format!("scan {gate}"), &shown).status
    };
    let statuses: Vec<u16> = thread::scope(|scope| {
        let scans: Vec<_> = (0..50).map(|gate| scope.spawn(move || scan(gate))).collect();
        scans.into_iter().map(|scan| scan.join().expect("a scan")).collect()
    });
    let green = statuses.iter().filter(|status| **status == 201).count();
    let red = statuses.iter().filter(|status| **status == 409).count();
    assert_eq!((green, red), (1, 49), "{statuses:?}");
    server.stop();
    folder.audit();
}

/// Two gates lost their network, and each let somebody in with the same ticket.
#[test]
fn what_two_gates_without_a_network_did_is_told_with_both_places_and_times() {
    let folder = folder_with_stewards();
    let server = Server::start(&folder, &[]);
    let batch = Customer::of(&folder, "a").batch("k", "", &tickets(2)).send(&server).ok(201).json();
    let text = texts(&batch).remove(0);
    let gil = steward_token(&server, &GIL);
    let (earlier, later) = (UnixTime(now() - 90).to_string(), UnixTime(now() - 30).to_string());
    let used = |gate: &str, at: &str| json!({ "indicium": text, "gate": gate, "used_at": at });
    let first = redeem(&server, &gil, "north-1", &used("North 3", &later)).ok(201).json();
    assert_eq!((&first["at"], &first["excess"]), (&json!(later), &Value::Null), "{first}");
    let second = redeem(&server, &gil, "south-1", &used("South 1", &earlier)).ok(201).json();
    for (name, value) in
        [("amount", "0.00 EUR"), ("excess", "1.00 EUR"), ("at", &earlier), ("gate", "South 1")]
    {
        assert_eq!(second[name], value, "{second}");
    }
    assert_eq!(redeem(&server, &gil, "south-1", &used("South 1", &earlier)).ok(201).json(), second);
    let doubles = |query: &str| server.get(&format!("/v1/double-uses{query}"), &[("Authorization", &gil)]);
    let told = doubles("").ok(200).json();
    assert_eq!(told, json!({ "items": [{ "use": second, "others": [first] }] }));
    assert_eq!(doubles("?cursor=1-1-2").ok(200).json(), json!({ "items": [] }));
    for no_cursor in ["x", "1-1", "1-1-1-1", "1--1"] {
        doubles(&format!("?cursor={no_cursor}")).refused(400, "malformed-request");
    }
    // Whoever asks now is asked whether he may, and nobody comes from the future.
    redeem(&server, &gil, "online", &json!({ "indicium": text, "gate": "North 3" }))
        .refused(409, "not-redeemable");
    let future = UnixTime(now() + 3_600).to_string();
    for at in [future.as_str(), "yesterday", "1960-01-01T00:00:00Z"] {
        redeem(&server, &gil, "future", &used("North 3", at)).refused(400, "malformed-request");
    }
    let owner = Customer::of(&folder, "a").sign_in(&server);
    server.get("/v1/double-uses", &[("Authorization", &owner)]).refused(403, "not-allowed");
    server.stop();
    folder.audit();
}

/// A gate asked, heard no answer, went on without a network, and tells so later: that is one use, not two.
#[test]
fn what_was_asked_for_and_not_heard_is_told_under_the_same_key_as_done_without_a_network() {
    let folder = folder_with_stewards();
    let server = Server::start(&folder, &[]);
    let owner = Customer::of(&folder, "a");
    let batch = owner.batch("k", "", &items(Kind::Voucher, 2)).send(&server).ok(201).json();
    let texts = texts(&batch);
    let gil = steward_token(&server, &GIL);
    let at = UnixTime(now() - 30).to_string();
    for (key, text, asked) in [("all", texts[0], None), ("part", texts[1], Some("0.40"))] {
        let shown = json!({ "indicium": text, "gate": "Bar", "amount": asked });
        let made = redeem(&server, &gil, key, &shown).ok(201).json();
        let taken = asked.unwrap_or("1.00");
        let told = json!({ "serial": made["serial"], "gate": "Bar", "amount": taken, "used_at": at });
        assert_eq!(redeem(&server, &gil, key, &told).ok(201).json(), made);
        for (name, other) in [("gate", "Door"), ("amount", "0.50")] {
            let mut told = told.clone();
            told[name] = other.into();
            redeem(&server, &gil, key, &told).refused(422, "idempotency-key-reused");
        }
        // Nor the other way round: what was told is done, and isn't asked for.
        redeem(&server, &gil, &format!("{key} told"), &told).ok(201);
        redeem(&server, &gil, &format!("{key} told"), &shown).refused(422, "idempotency-key-reused");
    }
    server.stop();
    folder.audit();
}

/// Nobody who was let in is told later that he wasn't, though the ticket is no good any more.
#[test]
fn a_repetition_is_answered_as_it_was_after_the_ticket_has_expired() {
    let folder = folder_with_stewards();
    let server = Server::start(&folder, &[]);
    let expires = now() + 4;
    let mut items = ItemList::decode(&tickets(2)).expect("items");
    items.items.iter_mut().for_each(|item| item.expires = Some(UnixTime(expires)));
    let items = ItemList::encode(items.proof, items.denomination, &items.items);
    let batch = Customer::of(&folder, "a").batch("k", "", &items).send(&server).ok(201).json();
    let texts = texts(&batch);
    let gil = steward_token(&server, &GIL);
    let shown = json!({ "indicium": texts[0], "gate": "North 3" });
    let made = redeem(&server, &gil, "1", &shown).ok(201).json();
    while now() < expires {
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(redeem(&server, &gil, "1", &shown).ok(201).json(), made);
    let serial = batch["last_serial"].as_str().expect("a serial");
    for late in
        [json!({ "indicium": texts[1], "gate": "North 3" }), json!({ "serial": serial, "gate": "North 3" })]
    {
        let refused = redeem(&server, &gil, "2", &late).refused(409, "not-redeemable");
        assert!(detail(&refused).contains("expired at"), "{}", detail(&refused));
    }
    server.stop();
    folder.audit();
}

#[test]
fn a_steward_who_is_dismissed_redeems_nothing_more() {
    let folder = folder_with_stewards();
    let server = Server::start(&folder, &[]);
    let batch = Customer::of(&folder, "a").batch("k", "", &tickets(2)).send(&server).ok(201).json();
    let texts = texts(&batch);
    let gil = steward_token(&server, &GIL);
    let ann = token(&server, &staff_key(&folder, "officer-1").asker());
    redeem(&server, &gil, "1", &json!({ "indicium": texts[0], "gate": "door" })).ok(201);
    let (at, next) = (now().to_string(), 3.to_string()); // after the two stewards
    for officer in ["officer-1", "officer-2"] {
        let (key, passphrase) = (format!("data/{officer}.key"), format!("data/secrets/{officer}-passphrase"));
        let known =
            ["sign", "dismiss", &key, "--key-passphrase-file", &passphrase, "--out", officer, "--at", &at];
        folder.ok(&[&known[..], &["--number", &next, "--name", "gil"]].concat());
    }
    folder.ok(&["sign", "join", "officer-1", "officer-2", "--out", "both"]);
    let both = std::fs::read(folder.path().join("both")).expect("a paper");
    server.post("/v1/staff/appointments", &[("Content-Type", "application/cose")], &both).ok(201);
    redeem(&server, &gil, "2", &json!({ "indicium": texts[1], "gate": "door" }))
        .refused(401, "sign-in-required");
    // Whoever still is of the staff reads on.
    server.get("/v1/staff", &[("Authorization", &ann)]).ok(200);
    server.stop();
}

#[test]
fn what_is_used_in_part_is_good_still_and_what_is_used_up_is_not() {
    let folder = folder_with_stewards();
    let server = Server::start(&folder, &[]);
    let batch =
        Customer::of(&folder, "a").batch("k", "", &items(Kind::Voucher, 1)).send(&server).ok(201).json();
    let text = texts(&batch)[0].to_owned();
    let gil = steward_token(&server, &GIL);
    for (key, amount, status, says, page) in [
        ("1", "0.30", "redeemed in part", 0, "Genuine, used in part"),
        ("2", "0.70", "redeemed", 1, "Genuine, but used already"),
    ] {
        redeem(&server, &gil, key, &json!({ "indicium": text, "amount": amount, "gate": "bar" })).ok(201);
        let verified = folder.run(&["verify", &text]);
        let said: Value = serde_json::from_slice(&verified.stdout).expect("JSON");
        assert_eq!((&said[0]["status"], verified.status.code()), (&status.into(), Some(says)), "{said}");
        let shown =
            server.post("/verify/findings", &[("Content-Type", "text/plain")], text.as_bytes()).ok(200);
        assert!(String::from_utf8_lossy(&shown.body).contains(page));
    }
    server.stop();
}

#[test]
fn a_killed_server_has_forgotten_no_redemption_and_made_none_twice() {
    let folder = folder_with_stewards();
    let server = Server::start(&folder, &[]);
    let batch = Customer::of(&folder, "a").batch("k", "", &tickets(400)).send(&server).ok(201).json();
    let customer = Customer::of(&folder, "a");
    let page = format!("/batches/{}/indicia", batch["batch"]);
    let lines = customer.get(&server, &customer.sign_in(&server), &page).ok(200).json();
    let lines = lines["items"].as_array().expect("indicia").clone();
    let texts: Vec<&str> = lines.iter().map(|line| line["text"].as_str().expect("a text")).collect();
    let gil = steward_token(&server, &GIL);
    // Two gates meet at each ticket.
    let gates = ["north", "south", "east", "west"];
    let scans: Vec<Vec<Scan>> = thread::scope(|scope| {
        let (server, gil, texts) = (&server, &gil, &texts);
        let shares = [0, 0, 1, 1].map(|half| &texts[half * texts.len() / 2..][..texts.len() / 2]);
        let scanners = gates.into_iter().zip(shares);
        let scanners: Vec<_> = scanners
            .map(|(gate, share)| scope.spawn(move || scan_all(server.public, gil, gate, share)))
            .collect();
        thread::sleep(Duration::from_millis(150));
        server.signal("-KILL");
        scanners.into_iter().map(|scanner| scanner.join().expect("a scanner")).collect()
    });
    drop(server);
    let scans: Vec<Scan> = scans.into_iter().flatten().collect();
    assert!(scans.iter().any(|scan| scan.answer.as_ref().is_some_and(|answer| answer.status == 201)));

    let server = Server::start(&folder, &[]);
    let gil = steward_token(&server, &GIL);
    let mut redeemed = BTreeSet::new();
    for Scan { key, shown, answer } in &scans {
        let again = redeem(&server, &gil, key, shown);
        match answer {
            Some(before) if before.status == 201 => assert_eq!(again.json(), before.json(), "{key}"),
            Some(before) => assert_eq!((before.status, again.status), (409, 409), "{key}"),
            None => {}
        }
        if again.status == 201 {
            let serial = again.json()["serial"].to_string();
            assert!(redeemed.insert(serial), "{key} is the second to be let in");
        }
    }
    server.stop();
    folder.audit();
}

#[test]
fn of_all_kinds_only_a_voucher_is_used_in_part() {
    let folder = folder_with_stewards();
    let server = Server::start(&folder, &[]);
    let gil = steward_token(&server, &GIL);
    let customer = Customer::of(&folder, "a");
    for kind in Kind::ALL {
        let batch = customer.batch(kind.name(), "", &items(kind, 1)).send(&server).ok(201).json();
        let text = texts(&batch)[0].to_owned();
        let countersigned = kind.is_countersigned();
        let part =
            json!({ "indicium": text, "amount": "0.40", "gate": "bar", "countersigned": countersigned });
        let answer = redeem(&server, &gil, kind.name(), &part);
        if kind == Kind::Voucher {
            assert_eq!(answer.ok(201).json()["left"], "0.60 EUR");
            continue;
        }
        let said = detail(&answer.refused(409, "not-redeemable"));
        assert!(said.contains("is used whole, for 1.00 EUR, and not in part"), "{said}");
        let whole = json!({ "indicium": text, "gate": "bar", "countersigned": countersigned });
        assert_eq!(redeem(&server, &gil, kind.name(), &whole).ok(201).json()["status"], "redeemed");
        redeem(&server, &gil, "again", &whole).refused(409, "not-redeemable");
    }
    server.stop();
    folder.audit();
}

#[test]
fn a_part_is_redeemed_and_taken_back_once() {
    let folder = folder_with_stewards();
    let server = Server::start(&folder, &[]);
    let batch =
        Customer::of(&folder, "a").batch("k", "", &items(Kind::Voucher, 1)).send(&server).ok(201).json();
    let serial = batch["first_serial"].as_str().expect("a serial");
    let gil = steward_token(&server, &GIL);
    let pay = token(&server, &provider(&folder).asker());
    let part = |key: &str, amount: &str| {
        redeem(&server, &gil, key, &json!({ "serial": serial, "amount": amount, "gate": "bar" }))
    };
    let made = part("1", "0.3").ok(201).json();
    assert_eq!((&made["left"], &made["status"]), (&"0.70 EUR".into(), &"redeemed in part".into()));
    assert!(detail(&part("2", "0.71").refused(409, "not-redeemable")).contains("has 0.70 EUR left"));
    part("2", "0").refused(409, "not-redeemable");
    for amount in ["-1", "1.001", "x", ""] {
        part("2", amount).refused(400, "malformed-request");
    }
    assert_eq!(part("2", "0.70").ok(201).json()["status"], "redeemed");
    reverse(&server, &gil, &format!("{serial}/1"), "wrong drink").refused(403, "not-allowed");
    let gone = reverse(&server, &pay, &format!("{serial}/1"), "wrong drink").ok(200).json();
    assert_eq!(
        (&gone["reversed"]["by"], &gone["reversed"]["reason"]),
        (&"provider".into(), &"wrong drink".into())
    );
    assert_eq!(reverse(&server, &pay, &format!("{serial}/1"), "wrong drink").ok(200).json(), gone);
    reverse(&server, &pay, &format!("{serial}/1"), "again").refused(409, "reversed-already");
    for never in ["0", "3", "x"] {
        reverse(&server, &pay, &format!("{serial}/{never}"), "?").refused(404, "unknown-redemption");
    }
    reverse(&server, &pay, &format!("{serial}/2"), " ").refused(400, "malformed-request");
    // The part that was taken back is there to be redeemed again.
    assert_eq!(part("3", "0.30").ok(201).json()["redemption"], 3);
    let all = server.get(&format!("/v1/redemptions/{serial}"), &[("Authorization", &pay)]).ok(200).json();
    let short = |one: &Value| (one["amount"].as_str().map(str::to_owned), one.get("reversed").is_some());
    let short: Vec<_> = all.as_array().expect("a list").iter().map(short).collect();
    let expected = [("0.30 EUR", true), ("0.70 EUR", false), ("0.30 EUR", false)];
    assert!(
        short.iter().map(|(amount, gone)| (amount.as_deref().expect("text"), *gone)).eq(expected),
        "{all}"
    );
    server.stop();
    folder.audit();
}

#[test]
fn only_stewards_redeem_and_only_what_is_genuine() {
    let folder = folder_with_stewards();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let batch = customer.batch("k", "", &tickets(1)).send(&server).ok(201).json();
    let text = texts(&batch).remove(0);
    let shown = json!({ "indicium": text, "gate": "door" });
    let gil = steward_token(&server, &GIL);
    let pay = token(&server, &provider(&folder).asker());
    let owner = customer.sign_in(&server);
    for other in [&pay, &owner] {
        redeem(&server, other, "1", &shown).refused(403, "not-allowed");
    }
    redeem(&server, "Bearer none", "1", &shown).refused(401, "sign-in-required");
    let serial = batch["first_serial"].as_str().expect("a serial");
    let list = format!("/v1/redemptions/{serial}");
    server.get(&list, &[("Authorization", &owner)]).refused(403, "not-allowed");
    server.get("/v1/redemptions/none", &[("Authorization", &gil)]).refused(404, "unknown-indicium");

    let place = text.len() - 9;
    let other = if text.as_bytes()[place] == b'7' { "8" } else { "7" };
    let altered = format!("{}{other}{}", &text[..place], &text[place + 1..]);
    let stranger = Folder::funded();
    let at_stranger = Server::start(&stranger, &[]);
    let theirs = Customer::of(&stranger, "a").batch("k", "", &tickets(1)).send(&at_stranger).ok(201).json();
    at_stranger.stop();
    for false_one in [altered, texts(&theirs)[0].to_owned(), "hello".to_owned(), String::new()] {
        let shown = json!({ "indicium": false_one, "gate": "door" });
        redeem(&server, &gil, "1", &shown).refused(422, "not-genuine");
    }
    for unknown in ["x", "0000-0000-0000-0000"] {
        redeem(&server, &gil, "1", &json!({ "serial": unknown, "gate": "door" }))
            .refused(404, "unknown-indicium");
    }
    for malformed in [
        json!({ "indicium": text }),
        json!({ "gate": "door" }),
        json!({ "indicium": text, "serial": serial, "gate": "door" }),
        json!({ "indicium": text, "gate": "" }),
        json!({ "indicium": text, "gate": "a\nb" }),
        json!({ "indicium": text, "gate": "g".repeat(201) }),
        json!({ "indicium": text, "gate": "door", "value": 3 }),
        json!({ "indicium": 7, "gate": "door" }),
        json!([]),
    ] {
        redeem(&server, &gil, "1", &malformed).refused(400, "malformed-request");
    }
    let fields = [("Authorization", gil.as_str()), ("Content-Type", "application/json")];
    server
        .post("/v1/redemptions", &fields, shown.to_string().as_bytes())
        .refused(400, "idempotency-key-missing");
    // None of it was a use.
    assert_eq!(server.get(&list, &[("Authorization", &gil)]).ok(200).json(), json!([]));
    redeem(&server, &gil, "1", &shown).ok(201);
    server.stop();
    folder.audit();
}

/// Whoever cashes it says that he saw it signed; whoever asks again for the same says nothing new.
#[test]
fn a_cheque_is_cashed_once_it_was_signed_again() {
    let folder = folder_with_stewards();
    let server = Server::start(&folder, &[]);
    let batch = Customer::of(&folder, "a").batch("k", "", &items(Kind::Cheque, 2)).send(&server).ok(201);
    let batch = batch.json();
    let texts = texts(&batch);
    let gil = steward_token(&server, &GIL);
    let unsigned = json!({ "indicium": texts[0], "gate": "till 2" });
    for shown in [unsigned.clone(), json!({ "indicium": texts[0], "gate": "till 2", "countersigned": false })]
    {
        let said = detail(&redeem(&server, &gil, "1", &shown).refused(409, "not-redeemable"));
        assert!(said.contains("signed it again"), "{said}");
    }
    let signed = json!({ "indicium": texts[0], "gate": "till 2", "countersigned": true });
    let made = redeem(&server, &gil, "1", &signed).ok(201).json();
    assert_eq!(made["status"], "redeemed");
    assert_eq!(redeem(&server, &gil, "1", &unsigned).ok(201).json(), made, "the same key is the same use");
    // A gate that had no network has given the money.
    let past = json!({ "indicium": texts[1], "gate": "till 3", "used_at": UnixTime(now()).to_string() });
    redeem(&server, &gil, "2", &past).ok(201);
    server.stop();
    folder.audit();
}

/// Smokers: whoever was let out comes in again, once; and is told from whoever uses a copy of his ticket.
#[test]
fn whoever_was_let_out_comes_in_again_once() {
    let folder = folder_with_stewards();
    let server = Server::start(&folder, &[]);
    let denomination: Denomination = "EUR/2".parse().expect("a denomination");
    let ticket = |reentry, uses| {
        let mut item = Item::new(Template::for_kind(Kind::Ticket), Amount::saturating(100, denomination));
        item.details = Details { reentry, uses, ..Details::default() };
        item
    };
    let items = [ticket(true, None), ticket(true, Some(4)), ticket(false, None)];
    let list = ItemList::encode(ProofForm::Signature, denomination, &items);
    let batch = Customer::of(&folder, "a").batch("k", "", &list).send(&server).ok(201).json();
    let texts = texts(&batch);
    let gil = steward_token(&server, &GIL);
    let show = |key: &str, text: &str, leaves: bool, uses: Option<u32>| {
        let mut shown = json!({ "indicium": text, "gate": "North", "leaves": leaves });
        if let Some(uses) = uses {
            shown["uses"] = uses.into();
        }
        redeem(&server, &gil, key, &shown)
    };
    let refused = |answer: Answer, says: &str| {
        let said = detail(&answer.refused(409, "not-redeemable")).to_owned();
        assert!(said.contains(says), "{said}");
    };
    let found = |text: &str| {
        let found = server.post("/v1/verifications", &[("Content-Type", "text/plain")], text.as_bytes());
        found.ok(200).json()["found"][0].clone()
    };
    refused(show("1", texts[0], true, None), "nobody who is inside");
    show("2", texts[0], false, None).ok(201);
    refused(
        show("3", texts[0], false, None),
        "was redeemed already; nothing was redeemed; last at North by gil",
    );
    let out = show("4", texts[0], true, None).ok(201).json();
    assert_eq!(
        (&out["amount"], &out["let_out"], &out["outside"], &out["status"]),
        (&json!("0.00 EUR"), &json!(1), &json!(1), &json!("redeemed in part"))
    );
    assert_eq!(show("4", texts[0], true, None).ok(201).json(), out, "the same key is the same use");
    let verified = found(texts[0]);
    assert_eq!(
        (&verified["valid"], &verified["reentry"], &verified["outside"]),
        (&json!(true), &json!(true), &json!(1)),
        "{verified}"
    );
    refused(show("5", texts[0], true, None), "nobody who is inside");
    let again = show("6", texts[0], false, None).ok(201).json();
    assert_eq!(
        (&again["amount"], &again["came_again"], &again["outside"], &again["status"]),
        (&json!("0.00 EUR"), &json!(1), &Value::Null, &json!("redeemed"))
    );
    refused(show("7", texts[0], false, None), "was redeemed already");
    assert_eq!(found(texts[0])["valid"], json!(false));

    show("8", texts[1], false, Some(3)).ok(201);
    assert_eq!(show("9", texts[1], true, Some(2)).ok(201).json()["outside"], 2);
    refused(show("10", texts[1], true, Some(2)), "nobody who is inside");
    let three = show("11", texts[1], false, Some(3)).ok(201).json();
    assert_eq!(
        (&three["came_again"], &three["uses_taken"], &three["uses_left"], &three["status"]),
        (&json!(2), &json!(1), &json!(0), &json!("redeemed"))
    );
    show("12", texts[2], false, None).ok(201);
    refused(show("13", texts[2], true, None), "lets nobody in again");
    server.stop();
    folder.audit();
}

/// What a group shows: two come, then one, at their entrance and in time.
#[test]
fn a_ticket_for_four_lets_them_in_by_shares_at_its_entrance_and_time() {
    let folder = folder_with_stewards();
    let server = Server::start(&folder, &[]);
    let denomination: Denomination = "EUR/2".parse().expect("a denomination");
    let ticket = || Item::new(Template::for_kind(Kind::Ticket), Amount::saturating(100, denomination));
    let (mut group, mut later) = (ticket(), ticket());
    group.details = Details {
        uses: Some(4),
        event: Some("Tosca".into()),
        entrance: Some("North".into()),
        entry: EntryWindow { from: Some(UnixTime(now() - 60)), until: Some(UnixTime(now() + 3_600)) },
        ..Details::default()
    };
    later.details.entry.from = Some(UnixTime(now() + 3_600));
    let list = ItemList::encode(ProofForm::Signature, denomination, &[group, later]);
    let batch = Customer::of(&folder, "a").batch("k", "", &list).send(&server).ok(201).json();
    let texts = texts(&batch);
    let verified = |text: &str| {
        let found = server.post("/v1/verifications", &[("Content-Type", "text/plain")], text.as_bytes());
        found.ok(200).json()["found"][0].clone()
    };
    let found = verified(texts[0]);
    for (name, value) in
        [("event", json!("Tosca")), ("uses", json!(4)), ("uses_left", json!(4)), ("valid", json!(true))]
    {
        assert_eq!(found[name], value, "{found}");
    }
    let found = verified(texts[1]);
    assert_eq!(
        (&found["verdict"], &found["valid"]),
        (&json!("too early to enter"), &json!(false)),
        "{found}"
    );

    let gil = steward_token(&server, &GIL);
    let ask = |key: &str, more: &Value| {
        let mut shown = json!({ "indicium": texts[0], "gate": "N 3" });
        let members = more.as_object().expect("members").clone();
        shown.as_object_mut().expect("members").extend(members);
        redeem(&server, &gil, key, &shown)
    };
    let refused = |more: Value, says: &str| {
        let said = detail(&ask("no", &more).refused(409, "not-redeemable")).to_owned();
        assert!(said.contains(says), "{said}");
    };
    refused(json!({ "entrance": "South" }), "is for entrance North");
    let one = ask("one", &json!({ "entrance": "north" })).ok(201).json();
    assert_eq!(
        (&one["amount"], &one["uses_taken"], &one["uses_left"]),
        (&json!("0.25 EUR"), &json!(1), &json!(3))
    );
    assert_eq!(ask("two", &json!({ "uses": 2 })).ok(201).json()["uses_left"], 1);
    assert_eq!(
        ask("one", &json!({ "entrance": "north" })).ok(201).json(),
        one,
        "the same key is the same use"
    );
    refused(json!({ "uses": 2 }), "has 1 of 4 left");
    refused(json!({ "uses": 5 }), "has 4 of 4 left");
    refused(json!({ "uses": 0 }), "for nothing");
    refused(json!({ "amount": "0.10" }), "by whole ones");
    ask("no", &json!({ "uses": 1, "amount": "0.25" })).refused(400, "malformed-request");
    let last = redeem(&server, &gil, "last", &json!({ "serial": one["serial"], "gate": "N 3", "uses": 1 }))
        .ok(201)
        .json();
    assert_eq!((&last["uses_left"], &last["status"]), (&json!(0), &json!("redeemed")));
    refused(json!({}), "was redeemed already");
    let early = redeem(&server, &gil, "early", &json!({ "indicium": texts[1], "gate": "N 3" }));
    assert!(detail(&early.refused(409, "not-redeemable")).contains("lets nobody in before"));
    server.stop();
    folder.audit();
}
