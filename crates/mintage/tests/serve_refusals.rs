//! What the server refuses without any transaction is on record of the staff: summed up, chained, and bounded however many come.

mod support;

use asker::{Errand, Secret};
use support::Folder;
use support::served::{Customer, Server, nonce, now, staff_key, staff_sign_in, tickets};

/// What the server says that it refused: events of the staff, read by an officer. His signing in to read is none of them.
fn reports(folder: &Folder, server: &Server) -> Vec<serde_json::Value> {
    let session = staff_sign_in(server, &staff_key(folder, "officer-1").asker()).ok(201).json();
    let token = format!("Bearer {}", session["token"].as_str().expect("a token"));
    let events = server.get("/v1/staff/events", &[("Authorization", &token)]).ok(200).json();
    let events = events["items"].as_array().expect("events").clone();
    events.into_iter().filter(|event| event["kind"] == "refusals-seen").collect()
}

/// What they count.
fn details(reports: &[serde_json::Value]) -> Vec<String> {
    let counts = |report: &serde_json::Value| {
        let (_, counts) = report["detail"].as_str()?.split_once("transaction: ")?;
        Some(counts.to_owned())
    };
    reports.iter().map(|report| counts(report).expect("counts")).collect()
}

#[test]
fn forged_requests_become_one_event_with_the_right_count() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let forger = Customer { account: "a".into(), secret: Secret::ed25519(&[77; 32]) };
    for number in 0..3 {
        let request = forger.batch(&format!("forged-{number}"), "", &tickets(1));
        request.send(&server).refused(401, "unknown-key");
    }
    for _ in 0..2 {
        let stale = customer.errand_at(Errand::SignIn, "stale", now() - 400, nonce());
        stale.send(&server).refused(401, "not-proven");
    }
    customer.batch("dear", "", &tickets(10_000)).send(&server).refused(422, "insufficient-funds");
    let nowhere = Customer { account: "nowhere".into(), secret: Secret::ed25519(&[77; 32]) };
    nowhere.batch("nowhere", "", &tickets(1)).send(&server).refused(401, "unknown-key");
    // This one is an event of the account's device, and so isn't counted again; nor is what is carried out.
    let at = now() + 1000;
    customer.batch_at("early", "", &tickets(1), at, nonce()).send(&server).refused(401, "not-proven");
    customer.batch("good", "", &tickets(1)).send(&server).ok(201);
    // What is malformed was understood by nobody.
    server.post("/v1/accounts/a/batches", &[], b"").refused(415, "unsupported-media-type");
    server.stop();
    folder.audit();

    let server = Server::start(&folder, &[]);
    let seen = reports(&folder, &server);
    assert_eq!(
        details(&seen),
        [
            "1 insufficient-funds in account a by a key of owner, 2 not-proven in account a by a key of owner, \
             1 unknown-key, 3 unknown-key in account a"
        ]
    );
    assert_eq!(seen[0]["who"], "the server");
    server.stop();

    // The module had it in its chain when a crash lost it for the books: it is kept at the next start.
    let books = rusqlite::Connection::open(folder.data().join("mintage.db")).expect("a database");
    let forgotten = books.execute("DELETE FROM events WHERE account = 0 AND number = 2", []);
    assert_eq!(forgotten, Ok(1));
    drop(books);
    let server = Server::start(&folder, &[]);
    assert_eq!(reports(&folder, &server), seen);
    // What wasn't put on record yet ends with a server that is killed, and nothing else does.
    forger.batch("forged", "", &tickets(1)).send(&server).refused(401, "unknown-key");
    server.signal("-KILL");
    drop(server);
    let server = Server::start(&folder, &[]);
    assert_eq!(reports(&folder, &server), seen);
    server.stop();
    folder.audit();
}

#[test]
fn a_flood_of_refusals_makes_one_event() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let flood = 1_000;
    for number in 0..flood {
        let secret = Secret::ed25519(&[u8::try_from(number % 256).expect("a byte"); 32]);
        let forger = Customer { account: format!("account-{}", number % 300), secret };
        forger.batch("forged", "", &tickets(1)).send(&server).refused(401, "unknown-key");
    }
    server.stop();
    let server = Server::start(&folder, &[]);
    assert_eq!(details(&reports(&folder, &server)), [format!("{flood} unknown-key")]);
    server.stop();
    folder.audit();
}
