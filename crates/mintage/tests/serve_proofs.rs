//! Proofs that come late, early, again, or by nobody's key.

mod support;

use asker::{ContentDigest, Errand, Secret};
use support::Folder;
use support::http::Connection;
use support::served::{Customer, Server, nonce, now, tickets};

/// How many nonces of a key are remembered.
const REMEMBERED: u64 = 512;

#[test]
fn nothing_is_replayed_after_more_than_the_module_remembers() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    // Even numbers are used; of them the first eight are forgotten.
    let used = |count: u64| 1_000_000 + 2 * count;
    let ask = |key: &str, nonce: u64| customer.batch_at(key, "", &tickets(1), now(), nonce);
    let mut connection = Connection::to(server.public);
    let requests: Vec<_> = (0..REMEMBERED + 8).map(|count| ask(&format!("k{count}"), used(count))).collect();
    let answers: Vec<_> = requests
        .iter()
        .map(|request| {
            connection.ask("POST", &request.path, &request.fields(), &request.content).ok(201).json()
        })
        .collect();
    let check = |server: &Server, round: u64| {
        // The same request is the same answer, for ever.
        for place in [0, 8, 519] {
            assert_eq!(requests[place].send(server).ok(201).json(), answers[place]);
        }
        for forgotten in [used(0), used(7), used(7) - 1, 0] {
            ask(&format!("f{forgotten}-{round}"), forgotten).send(server).refused(401, "not-proven");
        }
        for remembered in [used(20), used(REMEMBERED + 7)] {
            ask(&format!("r{remembered}-{round}"), remembered).send(server).refused(401, "not-proven");
        }
        // A number between them that wasn't used counts, once.
        let between = used(100) + 1 + 2 * round;
        ask(&format!("n{round}"), between).send(server).ok(201);
        ask(&format!("m{round}"), between).send(server).refused(401, "not-proven");
    };
    check(&server, 0);
    server.stop();
    let server = Server::start(&folder, &[]);
    check(&server, 1);
    server.stop();
    assert_eq!(folder.count(), REMEMBERED + 8 + 2);
    folder.audit();
}

#[test]
fn clocks_may_differ_by_minutes_and_no_more() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let batch = |key: &str, query: &str, at: u64| {
        customer.batch_at(key, query, &tickets(1), at, nonce()).send(&server)
    };
    // A transaction's proof may be a day old, since it may wait for value; nobody's clock is a day ahead.
    batch("ahead", "", now() + 280).ok(201);
    batch("far ahead", "", now() + 320).refused(401, "not-proven");
    batch("behind", "", now() - 86_300).ok(201);
    batch("far behind", "", now() - 86_500).refused(401, "not-proven");
    let issued = 2;

    let held = batch("held", "hold=600", now()).ok(202).json();
    let reservation = held["batch"].as_u64().expect("a number");
    let errand =
        |errand: Errand, key: &str, at: u64| customer.errand_at(errand, key, at, nonce()).send(&server);
    errand(Errand::SignIn, "ahead", now() + 280).ok(201);
    for (key, at) in [("far ahead", now() + 320), ("behind", now() - 320)] {
        errand(Errand::SignIn, key, at).refused(401, "not-proven");
        errand(Errand::Extend { reservation, seconds: 900 }, key, at).refused(401, "not-proven");
        errand(Errand::Release { reservation }, key, at).refused(401, "not-proven");
    }
    let draw = Errand::Draw { reservation, reserved: ContentDigest::of(&tickets(1)) };
    errand(draw, "held", now() + 320).refused(401, "not-proven");
    errand(draw, "held", now() - 86_500).refused(401, "not-proven");
    // Nothing of this lost what is held.
    errand(draw, "held", now() + 280).ok(201);
    server.stop();
    assert_eq!(folder.count(), issued + 1);
    folder.audit();
}

#[test]
fn nobodys_key_and_no_account_are_one_answer() {
    let folder = Folder::funded();
    folder.ok(&["account", "create", "b", "--currency", "EUR/2", "--fund", "10.00"]);
    let server = Server::start(&folder, &[]);
    let stranger = |account: &str, secret: Secret| Customer { account: account.into(), secret };
    let mut said = Vec::new();
    for (account, secret) in [
        ("a", Secret::hmac([9; 32])),
        ("a", Secret::ed25519(&[9; 32])),
        // A user of one account is nobody to the other.
        ("a", Customer::of(&folder, "b").secret),
        ("nowhere", Secret::hmac([9; 32])),
        ("nowhere", Customer::of(&folder, "a").secret),
    ] {
        let key = secret.credential().key_id().to_string();
        let stranger = stranger(account, secret);
        for request in [stranger.batch("k", "", &tickets(1)), stranger.errand(Errand::SignIn, "k")] {
            let answer = request.send(&server).refused(401, "unknown-key").json();
            said.push(answer.to_string().replace(&key, "KEY").replace("nowhere", "a"));
        }
    }
    said.dedup();
    assert_eq!(said.len(), 1, "{said:?}");
    // Who tried that used up nothing of the key of another.
    Customer::of(&folder, "a").batch("k", "", &tickets(1)).send(&server).ok(201);
    server.stop();
    assert_eq!(folder.count(), 1);
    folder.audit();
}
