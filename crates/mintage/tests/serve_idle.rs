//! Ten thousand connections that do nothing: the others are served, in bounded memory.

mod support;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use support::Folder;
use support::http::{Connection, ask};
use support::served::{Customer, Server, tickets};

/// Connections that do nothing.
const IDLE: usize = 10_000;
/// What one of them may cost the server in bytes: its task and state; no buffer before there is something to read, and no more
/// than the first one, of 8 KiB, after that.
const EACH: u64 = 20 * 1024;

#[test]
fn ten_thousand_that_do_nothing_keep_nobody_waiting() {
    let limit = getrlimit(Resource::Nofile);
    if limit.maximum.is_some_and(|most| most < 11_000) {
        println!("left out: needs 11,000 descriptors for a process (ulimit -Hn)");
        return;
    }
    let folder = Folder::funded();
    // It is begun with what most systems begin with, and raises that itself.
    let usual = Rlimit { current: Some(1024), maximum: limit.maximum };
    setrlimit(Resource::Nofile, usual).expect("fewer descriptors");
    let server = Server::start(&folder, &["--connections", "10100"]);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })
        .expect("more descriptors");
    let customer = Customer::of(&folder, "a");
    customer.batch("before", "", &tickets(1)).send(&server).ok(201);
    let before = server.most_memory();

    let mut idle: Vec<Connection> = (0..IDLE).map(|_| Connection::to(server.public)).collect();
    // Half of them have asked something before.
    for connection in idle.iter_mut().step_by(2) {
        connection.ask("GET", "/problems/overloaded", &[], b"").ok(200);
    }
    let metrics = ask(server.private, "GET", "/metrics", &[], b"").ok(200).body;
    let metrics = String::from_utf8(metrics).expect("text");
    let count = metrics.lines().find_map(|line| line.strip_prefix("mintage_connections ")).expect("a gauge");
    assert_eq!(count.parse(), Ok(IDLE));
    ask(server.private, "GET", "/healthz", &[], b"").ok(200);
    customer.batch("meanwhile", "", &tickets(2)).send(&server).ok(201);
    let grown = server.most_memory() - before;
    println!("{grown} bytes more");
    assert!(grown < IDLE as u64 * EACH, "{grown} bytes more");
    drop(idle);
    server.stop();
    assert_eq!(folder.count(), 3);
    folder.audit();
}
