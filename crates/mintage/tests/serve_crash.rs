//! Server and module killed in mid-batch: what was answered stays, and what wasn't is answered by the same request later.

mod support;

use std::time::Duration;

use support::Folder;
use support::callers::{all_once, count_of, under_load};
use support::http::Connection;
use support::served::{Customer, Server, tickets};

#[test]
fn the_module_killed_in_mid_batch_is_started_again_and_nobody_loses_anything() {
    let folder = Folder::funded();
    folder.ok(&["account", "fund", "a", "100000000.00"]);
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let asked = under_load(&folder, &server, || {
        for number in 0..3 {
            std::thread::sleep(Duration::from_millis(300));
            for module in server.modules() {
                let _ = std::process::Command::new("kill").args(["-9", &module.to_string()]).status();
            }
            // One that dies again and again before it has answered anything would be given up.
            customer.batch(&format!("between-{number}"), "", &tickets(1)).send(&server).ok(201);
        }
    });
    all_once(&server, &asked);
    server.stop();
    assert_eq!(folder.count(), count_of(&asked) + 3);
    folder.audit();
}

#[test]
fn the_server_killed_in_mid_batch_gives_the_same_answers_when_it_is_started_again() {
    let folder = Folder::funded();
    folder.ok(&["account", "fund", "a", "100000000.00"]);
    let server = Server::start(&folder, &[]);
    let asked = under_load(&folder, &server, || {
        std::thread::sleep(Duration::from_millis(500));
        server.signal("-KILL");
        std::thread::sleep(Duration::from_millis(200));
    });
    drop(server);
    let server = Server::start(&folder, &[]);
    all_once(&server, &asked);
    server.stop();
    assert_eq!(folder.count(), count_of(&asked));
    folder.audit();
}

#[test]
fn a_server_that_is_told_to_end_finishes_what_is_under_way() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    customer.batch("first", "", &tickets(1)).send(&server).ok(201);
    let module = server.modules()[0].to_string();
    let signal = |signal: &str| {
        let done = std::process::Command::new("kill").args([signal, &module]).status().expect("kill");
        assert!(done.success());
    };
    signal("-STOP");
    let request = customer.batch("last", "", &tickets(2));
    let mut connection = Connection::to(server.public);
    connection.write(&support::http::head("POST", &request.path, &request.fields(), request.content.len()));
    connection.write(&request.content);
    // It was taken once a later question is answered.
    server.get("/problems/overloaded", &[]).ok(200);
    server.signal("-TERM");
    // It accepts nobody any more, but isn't gone.
    while std::net::TcpStream::connect(server.public).is_ok() {
        std::thread::sleep(Duration::from_millis(10));
    }
    signal("-CONT");
    connection.answer().expect("an answer").ok(201);
    server.stop();
    assert_eq!(folder.count(), 3);
    folder.audit();
}
