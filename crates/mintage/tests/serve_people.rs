//! Users of an account and people of the staff, over HTTP and by the command line.

mod support;

use asker::{Change, Role, Secret};
use aws_lc_rs::digest::{SHA256, digest};
use support::Folder;
use support::http::ask;
use support::served::{Customer, Server, staff_sign_in, tickets};

fn name(text: &str) -> asker::UserName {
    text.parse().expect("a name")
}

fn public(secret: &Secret) -> [u8; 32] {
    match secret.credential() {
        asker::Credential::Ed25519(key) => key,
        asker::Credential::Hmac(_) => panic!("a public key"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("digits")).collect()
}

#[test]
fn an_owner_lets_others_use_the_account_and_takes_it_back() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let owner = Customer::of(&folder, "a");
    let ada = Customer { account: "a".into(), secret: Secret::ed25519(&[5; 32]) };
    let add = Change::AddUser { name: name("ada"), role: Role::Customer };
    let add_key = Change::AddKey { user: name("ada"), ed25519: public(&ada.secret) };
    ada.batch("b0", "", &tickets(1)).send(&server).refused(401, "unknown-key");
    let made = owner.change(&add, "c1").send(&server).ok(201).json();
    assert_eq!(owner.change(&add, "c1").send(&server).ok(201).json(), made, "again the same");
    owner.change(&add, "c2").send(&server).refused(409, "change-refused");
    owner.change(&add_key, "c3").send(&server).ok(201);
    ada.batch("b1", "", &tickets(1)).send(&server).ok(201);

    // Her role is to issue, and to have keys of her own.
    let other = Change::AddUser { name: name("eve"), role: Role::Owner };
    ada.change(&other, "c4").send(&server).refused(403, "role-forbids");
    let limits = Change::SetLimits { per_item: Some(50), per_day: None, passkey_above: None };
    ada.change(&limits, "c5").send(&server).refused(403, "role-forbids");
    owner.change(&limits, "c6").send(&server).ok(201);
    ada.batch("b2", "", &tickets(1)).send(&server).refused(422, "item-limit");
    owner
        .change(&Change::SetLimits { per_item: None, per_day: None, passkey_above: None }, "c7")
        .send(&server)
        .ok(201);

    // A server that changes a word, or one request for another, changes nothing.
    let mut forged = owner.change(&other, "c8");
    forged.content = Change::AddUser { name: name("eva"), role: Role::Owner }.content().into_bytes();
    let digest = asker::ContentDigest::of(&forged.content).to_string();
    forged.with("Content-Digest", Some(&digest)).send(&server).refused(401, "not-proven");
    let mut spaced = owner.change(&other, "c9");
    spaced.content = b"{\"name\": \"eve\", \"role\": \"owner\"}".to_vec();
    let digest = asker::ContentDigest::of(&spaced.content).to_string();
    spaced.with("Content-Digest", Some(&digest)).send(&server).refused(400, "malformed-request");
    for content in [
        "",
        "{",
        "[]",
        "{\"name\":\"eve\"}",
        "{\"name\":\"e/e\",\"role\":\"owner\"}",
        "{\"name\":\"eve\",\"role\":\"king\"}",
        "{\"name\":\"eve\",\"role\":\"owner\",\"more\":1}",
    ] {
        let mut bad = owner.change(&other, "bad");
        bad.content = content.as_bytes().to_vec();
        let digest = asker::ContentDigest::of(&bad.content).to_string();
        bad.with("Content-Digest", Some(&digest)).send(&server).refused(400, "malformed-request");
    }
    let last = Change::RemoveUser { name: name("owner") };
    owner.change(&last, "c10").send(&server).refused(409, "change-refused");

    let token = owner.sign_in(&server);
    let users = owner.get(&server, &token, "/users").ok(200).json();
    assert_eq!((&users["users"][1]["name"], &users["users"][1]["role"]), (&"ada".into(), &"customer".into()));
    assert_eq!(users["users"][1]["keys"][0], ada.secret.credential().key_id().to_string());

    owner.change(&Change::RemoveUser { name: name("ada") }, "c11").send(&server).ok(201);
    ada.batch("b3", "", &tickets(1)).send(&server).refused(401, "unknown-key");
    server.stop();
    folder.audit();
}

/// Every event of an account, as it is read from page to page.
fn events(owner: &Customer, server: &Server, token: &str) -> Vec<serde_json::Value> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = owner.get(server, token, &format!("/events{cursor}")).ok(200).json();
        all.extend(page["items"].as_array().expect("events").clone());
        let Some(next) = page["next"].as_str() else { return all };
        cursor = format!("?cursor={next}");
    }
}

#[test]
fn every_change_and_refusal_is_on_record() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let owner = Customer::of(&folder, "a");
    owner.batch("dear", "", &tickets(2_000)).send(&server).refused(422, "insufficient-funds");
    for number in 0..120 {
        let limits =
            Change::SetLimits { per_item: Some(10_000 + number), per_day: None, passkey_above: None };
        owner.change(&limits, &format!("c{number}")).send(&server).ok(201);
    }
    let add = Change::AddUser { name: name("owner"), role: Role::Owner };
    owner.change(&add, "twice").send(&server).refused(409, "change-refused");
    let token = owner.sign_in(&server);
    let all = events(&owner, &server, &token);
    let kinds: Vec<&str> = all.iter().map(|event| event["kind"].as_str().expect("a kind")).collect();
    assert_eq!((kinds[0], kinds[1], kinds[2], kinds.len()), ("opened", "funded", "changed", 123));
    assert_eq!(
        (all[1]["who"].as_str(), all[122]["who"].as_str()),
        (Some("provider provider"), Some("owner"))
    );
    assert_eq!((kinds[122], &all[122]["idempotency_key"]), ("refused", &"twice".into()));
    for (number, event) in (1_u64..).zip(&all) {
        assert_eq!(event["number"], number);
    }
    // Whoever computes the chain from what is shown comes to the head that the device record holds.
    let head = all.iter().fold(vec![0; 32], |head, event| {
        let event = unhex(event["event"].as_str().expect("bytes"));
        digest(&SHA256, &[head, event].concat()).as_ref().to_vec()
    });
    let page = owner.get(&server, &token, "/events?cursor=122").ok(200).json();
    assert_eq!((&page["head"], &page["count"]), (&hex(&head).into(), &123.into()));
    server.stop();
    let audit = folder.ok(&["audit"]);
    assert_eq!(audit["events"], 123 + 2, "the staff was made, and the dear batch was refused: {audit}");
    // Whoever has the database can't unmake, change or reorder what is on record.
    let books = rusqlite::Connection::open(folder.data().join("mintage.db")).expect("a database");
    for forgery in [
        "DELETE FROM events WHERE account = 1 AND number = 123",
        "DELETE FROM events WHERE account = 1 AND number = 5",
        "UPDATE events SET event = (SELECT event FROM events WHERE account = 1 AND number = 4) WHERE account = 1 AND number = 5",
        "UPDATE events SET event = x'00' WHERE account = 1 AND number = 5",
    ] {
        books.execute_batch(&format!("BEGIN; {forgery}")).expect("a change");
        books.execute_batch("COMMIT").expect("a change");
        let said = folder.run_plain(&["audit"]);
        let text = String::from_utf8(said.stdout).expect("text");
        assert!(!said.status.success() && text.contains("FAULT: account a:"), "{forgery}: {text}");
    }
}

#[test]
fn the_staff_is_apart_and_reads_what_it_may() {
    let folder = Folder::funded();
    let secret = |seed| Secret::ed25519(&[seed; 32]);
    let people = [("auditor", "eve", 11), ("support", "sue", 12)];
    for (role, name, seed) in people {
        let member = format!("{role}:{name}={}", hex(&public(&secret(seed))));
        folder.ok(&["staff", "appoint", &member]);
    }
    let server = Server::start(&folder, &[]);
    let owner = Customer::of(&folder, "a");
    let batch = owner.batch("b", "", &tickets(2)).send(&server).ok(201).json();
    staff_sign_in(&server, &secret(13)).refused(401, "not-proven");
    let token = |seed| {
        let session = staff_sign_in(&server, &secret(seed)).ok(201).json();
        format!("Bearer {}", session["token"].as_str().expect("a token"))
    };
    let (eve, sue) = (token(11), token(12));
    let get = |token: &str, path: &str| server.get(path, &[("Authorization", token)]);
    let indicia = format!("/v1/accounts/a/batches/{}/indicia", batch["batch"]);
    for path in [
        "/v1/accounts",
        "/v1/accounts/a",
        "/v1/accounts/a/batches",
        "/v1/accounts/a/events",
        "/v1/accounts/a/users",
    ] {
        get(&eve, path).ok(200);
        get(&sue, path).ok(200);
    }
    get(&eve, &indicia).ok(200);
    get(&sue, &indicia).refused(403, "not-allowed");
    get(&eve, "/v1/staff").ok(200);
    get(&sue, "/v1/staff").refused(403, "not-allowed");
    get(&sue, "/v1/staff/events").refused(403, "not-allowed");
    let record = get(&eve, "/v1/staff/events").ok(200).json();
    let said: Vec<&str> = record["items"]
        .as_array()
        .expect("events")
        .iter()
        .map(|event| event["detail"].as_str().expect("text"))
        .collect();
    assert_eq!(said[1..], ["eve (auditor) was appointed", "sue (support) was appointed"], "{record}");
    assert_eq!(
        (&record["count"], &record["items"][1]["who"]),
        (&3.into(), &"officer officer-1 and officer-2".into())
    );
    // Support sees what happened, not to whom.
    let seen = get(&sue, "/v1/accounts/a/batches").ok(200).json();
    assert_eq!((&seen["items"][0]["user"], &seen["items"][0]["idempotency_key"]), (&"o…".into(), &"".into()));
    let customers = owner.sign_in(&server);
    get(&customers, "/v1/accounts").refused(403, "not-allowed");
    get(&customers, "/v1/staff").refused(403, "not-allowed");
    get(&eve, "/v1/accounts/none").refused(404, "unknown-account");
    // Readers change nothing.
    let change = Change::AddUser { name: name("eve"), role: Role::Owner };
    let as_user = Customer { account: "a".into(), secret: secret(11) };
    as_user.change(&change, "c").send(&server).refused(401, "unknown-key");
    let cose = [("Content-Type", "application/cose")];
    server.post("/v1/staff/appointments", &cose, b"something").refused(403, "appointment-refused");
    server.stop();
    let forget = |number: u32| {
        let books = rusqlite::Connection::open(folder.data().join("mintage.db")).expect("a database");
        let forgotten = books.execute("DELETE FROM events WHERE account = 0 AND number = ?1", [number]);
        assert_eq!(forgotten, Ok(1));
    };
    // The last one, in which the server says what it refused, can be lost in a crash after the module put it on record: it is
    // kept at the next start.
    forget(4);
    folder.audit();
    forget(1);
    let said = folder.run_plain(&["audit"]);
    let text = String::from_utf8(said.stdout).expect("text");
    assert!(!said.status.success() && text.contains("FAULT: the staff: its 3 events"), "{text}");
}

/// Keys made and papers signed elsewhere, sent to a server: nobody needs the data folder.
#[test]
fn papers_are_signed_where_the_keys_are() {
    let folder = Folder::empty();
    let write = |file: &str, text: &str| std::fs::write(folder.path().join(file), text).expect("a file");
    write("p", "a passphrase of some length");
    let key = |who: &str| {
        let made = folder.ok(&["key", "new", &format!("{who}.key"), "--key-passphrase-file", "p"]);
        made["ed25519"].as_str().expect("a key").to_owned()
    };
    let (pay, ann, ben, ada) = (key("pay"), key("ann"), key("ben"), key("ada"));
    folder.ok(&[
        "init",
        "--issuer",
        "T",
        "--staff",
        &format!("provider:pay={pay}"),
        "--staff",
        &format!("officer:ann={ann}"),
        "--staff",
        &format!("officer:ben={ben}"),
    ]);
    assert!(!folder.data().join("provider.key").exists() && !folder.data().join("officer-1.key").exists());
    folder.refused(&["account", "create", "x", "--currency", "EUR/2"], "mintage sign");
    let server = Server::start(&folder, &[]);
    // The officers name the same moment, or they wouldn't sign the same.
    let at = support::served::now().to_string();
    let signed = |what: &str, who: &str, out: &str, more: &[&str]| {
        let file = format!("{who}.key");
        let known = ["sign", what, &file, "--key-passphrase-file", "p", "--out", out, "--at", &at];
        folder.ok(&[&known[..], more].concat());
        std::fs::read(folder.path().join(out)).expect("a paper")
    };
    let signed_at_its_own = |out: &str, more: &[&str]| {
        let known = ["sign", "opening", "pay.key", "--key-passphrase-file", "p", "--out", out];
        folder.ok(&[&known[..], more].concat());
        std::fs::read(folder.path().join(out)).expect("a paper")
    };
    let cose = [("Content-Type", "application/cose")];
    let owner = format!("ada={ada}");
    let more = ["--number", "1", "--account", "new", "--currency", "EUR/2", "--owner", &owner];
    let opening = signed("opening", "pay", "opening", &more);
    let early = [&more[..], &["--at", "1000"]].concat();
    let early = signed_at_its_own("early", &early);
    ask(server.private, "POST", "/openings", &cose, &early).refused(409, "opening-refused");
    let made = ask(server.private, "POST", "/openings", &cose, &opening).ok(201).json();
    assert_eq!((&made["users"][0]["name"], &made["state"]), (&"ada".into(), &"new".into()));
    let order = |order: &[u8], key: &str| {
        let fields = [("Content-Type", "application/cose"), ("Idempotency-Key", key)];
        server.post("/v1/accounts/new/orders", &fields, order)
    };
    let place = ["--device", "1", "--order", "1"];
    let fund = [&place[..], &["--currency", "EUR/2", "--amount", "50.00", "--reason", "transfer 1"]].concat();
    order(&signed("fund", "ann", "wrong", &fund), "\"f0\"").refused(403, "order-refused");
    order(&signed("fund", "pay", "fund", &fund), "\"f1\"").ok(201);
    let suspend = ["--device", "1", "--order", "2", "--state", "suspended"];
    let alone = signed("state", "ann", "ann.order", &suspend);
    order(&alone, "\"s0\"").refused(403, "order-refused");
    signed("state", "ben", "ben.order", &suspend);
    folder.ok(&["sign", "join", "ann.order", "ben.order", "--out", "both.order"]);
    let both = std::fs::read(folder.path().join("both.order")).expect("a paper");
    order(&both, "\"s1\"").ok(201);
    let ada = Customer { account: "new".into(), secret: kept(&folder, "ada") };
    ada.batch("b", "", &tickets(1)).send(&server).refused(409, "device-state");

    let appoint =
        ["--number", "1", "--member", &format!("auditor:eve={}", hex(&public(&Secret::ed25519(&[1; 32]))))];
    signed("appoint", "ann", "ann.staff", &appoint);
    signed("appoint", "ben", "ben.staff", &appoint);
    folder.ok(&["sign", "join", "ann.staff", "ben.staff", "--out", "both.staff"]);
    let both = std::fs::read(folder.path().join("both.staff")).expect("a paper");
    let appointed = server.post("/v1/staff/appointments", &cose, &both).ok(201).json();
    assert_eq!(appointed["by"], "officer ann and ben");
    staff_sign_in(&server, &Secret::ed25519(&[1; 32])).ok(201);
    folder.refused(&["sign", "join", "ann.staff", "ben.order", "--out", "mixed"], "can't be joined");
    server.stop();
    folder.audit();
}

/// The asker's secret of a key file.
fn kept(folder: &Folder, who: &str) -> Secret {
    let path = folder.path().join(format!("{who}.key"));
    module::keystore::PersonKey::open(&path, "a passphrase of some length").expect("a key").asker()
}
