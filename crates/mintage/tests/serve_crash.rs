//! Server and module killed in mid-batch: what was answered stays, and what wasn't is answered by the same request later.

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use support::Folder;
use support::http::Connection;
use support::served::{Customer, Request, Server, tickets};

/// Callers at one time.
const CALLERS: usize = 8;

/// Asks for one batch after the other until told to end, or until the server is gone; says what was asked, and what was
/// answered.
fn ask_on(
    customer: &Customer,
    server: &Server,
    caller: usize,
    over: &AtomicBool,
) -> Vec<(Request, Option<serde_json::Value>)> {
    let mut connection = Connection::to(server.public);
    let mut asked = Vec::new();
    for number in 0.. {
        if over.load(Ordering::SeqCst) {
            break;
        }
        let request = customer.batch(&format!("{caller}-{number}"), "", &tickets(1 + number % 3));
        let answer = connection.try_ask("POST", &request.path, &request.fields(), &request.content);
        let is_gone = answer.is_none();
        // A clear problem is an answer, too; nothing but what was done is remembered as done.
        let done = answer.filter(|answer| answer.status == 201).map(|answer| answer.json());
        asked.push((request, done));
        if is_gone {
            break;
        }
    }
    asked
}

/// Lets callers ask while `disturb` does its work, and returns everything that was asked.
fn under_load(
    folder: &Folder,
    server: &Server,
    disturb: impl FnOnce(),
) -> Vec<(Request, Option<serde_json::Value>)> {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let over = &over;
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| scope.spawn(move || ask_on(&Customer::of(folder, "a"), server, caller, over)))
            .collect();
        disturb();
        over.store(true, Ordering::SeqCst);
        callers.into_iter().flat_map(|caller| caller.join().expect("a caller")).collect()
    })
}

/// The same requests have the same answers, and each of the others has one now.
fn all_once(server: &Server, asked: &[(Request, Option<serde_json::Value>)]) {
    assert!(asked.iter().any(|(_, done)| done.is_some()), "nothing was answered before");
    for (request, done) in asked {
        let again = request.send(server).ok(201).json();
        if let Some(done) = done {
            assert_eq!(&again, done);
        }
        assert_eq!(request.send(server).ok(201).json(), again);
    }
}

fn count_of(asked: &[(Request, Option<serde_json::Value>)]) -> u64 {
    asked
        .iter()
        .map(|(request, _)| indicia::ItemList::decode(&request.content).expect("items").items.len() as u64)
        .sum()
}

#[test]
fn the_module_killed_in_mid_batch_is_started_again_and_nobody_loses_anything() {
    let folder = Folder::funded();
    folder.ok(&["account", "fund", "a", "100000000.00"]);
    let server = Server::start(&folder, &[]);
    let asked = under_load(&folder, &server, || {
        for _ in 0..3 {
            std::thread::sleep(Duration::from_millis(300));
            for module in server.modules() {
                let _ = std::process::Command::new("kill").args(["-9", &module.to_string()]).status();
            }
        }
        std::thread::sleep(Duration::from_millis(300));
    });
    all_once(&server, &asked);
    server.stop();
    assert_eq!(folder.count(), count_of(&asked));
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
