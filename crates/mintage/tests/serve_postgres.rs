//! PostgreSQL goes away under a running server: for a moment, and for longer than the engine waits for it.

mod support;

use std::time::Duration;

use scratch_postgres::{Durability, Server as Postgres};
use support::Folder;
use support::callers::{all_once, count_of, under_load};
use support::http::{Answer, Connection, ask, head};
use support::served::{Customer, Server, tickets};

/// A folder whose books are in a new database, with an account `a` of 1,000,000.00 EUR.
fn folder_in(postgres: &Postgres, parameters: &str) -> Folder {
    let url = format!("{}{parameters}", postgres.url(&postgres.create_database()));
    let folder = Folder::empty();
    folder.ok(&["init", "--issuer", "City Transit", "--database-url", &url]);
    folder.ok(&["account", "create", "a", "--currency", "EUR/2", "--fund", "1000000.00"]);
    folder
}

fn ready(server: &Server) -> Answer {
    ask(server.private, "GET", "/readyz", &[], b"")
}

#[test]
fn killed_and_started_again_in_mid_batch_it_loses_nobody_anything() {
    let Some(mut postgres) = Postgres::start(Durability::Full) else { return };
    let folder = folder_in(&postgres, "");
    let server = Server::start(&folder, &[]);
    let asked = under_load(&folder, &server, || {
        for _ in 0..2 {
            std::thread::sleep(Duration::from_millis(500));
            postgres.kill();
            std::thread::sleep(Duration::from_millis(500));
            postgres.restart();
        }
        // Until it is used again.
        while ready(&server).status != 200 {}
        std::thread::sleep(Duration::from_millis(500));
    });
    // Those who asked meanwhile were kept waiting, or told to ask again.
    for asked in &asked {
        let answer = asked.answer.clone().expect("the server itself was there");
        if answer.status != 201 {
            answer.refused(503, "store-failed");
        }
    }
    all_once(&server, &asked);
    ready(&server).ok(200);
    server.stop();
    assert_eq!(folder.count(), count_of(&asked));
    folder.audit();
}

#[test]
fn a_server_whose_books_stay_away_says_so_and_ends_and_the_next_one_finishes_what_it_began() {
    let Some(mut postgres) = Postgres::start(Durability::Full) else { return };
    let folder = folder_in(&postgres, "?connect_timeout=1");
    let mut server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let token = customer.sign_in(&server);
    let first = customer.batch("first", "", &tickets(2));
    let issued = first.send(&server).ok(201).json();
    // Reserved, and on its way to the module when the books go away.
    server.signal_module("-STOP");
    let second = customer.batch("second", "", &tickets(3));
    let mut asked = Connection::to(server.public);
    asked.write(&head("POST", &second.path, &second.fields(), second.content.len()));
    asked.write(&second.content);
    let is_open = || {
        let found = customer.get(&server, &token, "/batches?idempotency_key=second").ok(200).json();
        found["items"][0]["state"] == "open"
    };
    while !is_open() {}
    postgres.kill();
    server.signal_module("-CONT");
    let refused = asked.answer().expect("an answer").refused(503, "store-failed");
    assert_eq!(refused.field("retry-after"), Some("5"));
    customer.get(&server, &token, "").refused(503, "store-failed");
    // From now on no request is carried out, even if the database comes back; that is said until the end.
    loop {
        let answer = ready(&server);
        if answer.json()["type"] == "/problems/stopping" {
            let detail = answer.refused(503, "stopping").json()["detail"].to_string();
            assert!(
                detail.contains("the engine has stopped") && detail.contains("the store failed"),
                "{detail}"
            );
            break;
        }
        answer.refused(503, "store-failed");
    }
    let told = second.send(&server).refused(503, "stopping");
    assert!(!String::from_utf8_lossy(&told.body).contains("postgres"), "that is for the operator");
    let status = server.child.wait().expect("its end");
    assert_eq!(status.code(), Some(1), "so that it is started again");
    drop(server);

    postgres.restart();
    let server = Server::start(&folder, &[]);
    assert_eq!(first.send(&server).ok(201).json(), issued);
    second.send(&server).ok(201);
    ready(&server).ok(200);
    server.stop();
    assert_eq!(folder.count(), 5);
    folder.audit();
}
