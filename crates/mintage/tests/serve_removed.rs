//! A user, or a key, taken away while it asks: what was acknowledged stays, and nothing is acknowledged after that.

mod support;

use std::sync::Barrier;

use asker::{Change, Errand, Role, Secret};
use support::Folder;
use support::http::{Connection, head};
use support::served::{Customer, Request, Server, tickets};

/// Callers of one user at one time.
const CALLERS: usize = 4;

/// The owner of `a`, and another user of it, Ada.
fn owner_and_ada(folder: &Folder, server: &Server) -> (Customer, Customer) {
    let owner = Customer::of(folder, "a");
    let ada = Customer { account: "a".into(), secret: Secret::ed25519(&[5; 32]) };
    let add = Change::AddUser { name: "ada".parse().expect("a name"), role: Role::Customer };
    owner.change(&add, "add").send(server).ok(201);
    owner.change(&add_key(&ada), "key").send(server).ok(201);
    (owner, ada)
}

fn add_key(ada: &Customer) -> Change {
    let asker::Credential::Ed25519(ed25519) = ada.secret.credential() else { panic!("a public key") };
    Change::AddKey { user: "ada".parse().expect("a name"), ed25519 }
}

fn remove_key(ada: &Customer) -> Change {
    Change::RemoveKey { user: "ada".parse().expect("a name"), key: ada.secret.credential().key_id() }
}

fn remove() -> Change {
    Change::RemoveUser { name: "ada".parse().expect("a name") }
}

/// Sends a request whose answer is read later.
fn begin(server: &Server, request: &Request) -> Connection {
    let mut connection = Connection::to(server.public);
    connection.write(&head("POST", &request.path, &request.fields(), request.content.len()));
    connection.write(&request.content);
    connection
}

#[test]
fn a_user_removed_among_her_own_requests_has_what_was_acknowledged_and_no_more() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let (owner, ada) = owner_and_ada(&folder, &server);
    let under_way = Barrier::new(CALLERS + 1);
    let acknowledged: u64 = std::thread::scope(|scope| {
        let (server, ada, under_way) = (&server, &ada, &under_way);
        let ask = move |caller: usize| {
            let mut acknowledged = 0;
            for number in 0.. {
                let answer = ada.batch(&format!("{caller}-{number}"), "", &tickets(1)).send(server);
                match answer.status {
                    201 => acknowledged += 1,
                    // Refused by the module, as long as the server had looked the key up before.
                    403 => {
                        answer.refused(403, "not-allowed");
                    }
                    _ => {
                        answer.refused(401, "unknown-key");
                        break;
                    }
                }
                if number == 5 {
                    under_way.wait();
                }
            }
            acknowledged
        };
        let callers: Vec<_> = (0..CALLERS).map(|caller| scope.spawn(move || ask(caller))).collect();
        under_way.wait();
        owner.change(&remove(), "remove").send(server).ok(201);
        ada.batch("late", "", &tickets(1)).send(server).refused(401, "unknown-key");
        callers.into_iter().map(|caller| caller.join().expect("a caller")).sum()
    });
    server.stop();
    assert_eq!(folder.count(), acknowledged, "nothing else was debited");
    folder.audit();
}

#[test]
fn what_was_on_its_way_before_a_key_was_removed_is_issued() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let (owner, ada) = owner_and_ada(&folder, &server);
    let held = ada.batch("held", "hold=600", &tickets(2)).send(&server).ok(202).json();
    let token = ada.sign_in(&server);
    server.signal_module("-STOP");
    let first = ada.batch("first", "", &tickets(1));
    let mut asked = begin(&server, &first);
    let is_open = || {
        let found = ada.get(&server, &token, "/batches?idempotency_key=first").ok(200).json();
        found["items"][0]["state"] == "open"
    };
    while !is_open() {}
    let mut removal = begin(&server, &owner.change(&remove_key(&ada), "remove"));
    server.signal_module("-CONT");
    asked.answer().expect("an answer").ok(201);
    removal.answer().expect("an answer").ok(201);

    // Nothing is done for that key any more, what it asked for before among it.
    first.send(&server).refused(401, "unknown-key");
    ada.get(&server, &token, "").refused(401, "sign-in-required");
    ada.errand(Errand::SignIn, "again").send(&server).refused(401, "unknown-key");
    let reservation = held["batch"].as_u64().expect("a number");
    let draw = Errand::Draw { reservation, reserved: asker::ContentDigest::of(&tickets(2)) };
    ada.errand(draw, "held").send(&server).refused(401, "unknown-key");
    // With the key back, everything is as it was.
    owner.change(&add_key(&ada), "back").send(&server).ok(201);
    first.send(&server).ok(201);
    ada.get(&server, &token, "").refused(401, "sign-in-required");
    let token = ada.sign_in(&server);
    ada.get(&server, &token, "").ok(200);
    ada.errand(draw, "held").send(&server).ok(201);
    server.stop();
    assert_eq!(folder.count(), 3);
    folder.audit();
}
