//! A batch of 100,000 items, in and out.

mod support;

use indicia::ItemList;
use support::Folder;
use support::http::{Connection, head};
use support::served::{Customer, Server, tickets};

/// As many as a batch may have.
const COUNT: usize = 100_000;
/// What issuing an item may take at one time, in bytes: its indicium, of some 250, as the module's answer and again in the
/// commit, and half as much for what an allocator doesn't give back at once.
const ISSUED: u64 = 750;
/// What an item takes beside where it comes as JSON, in bytes: its text of 40, read into one of 200 and written again twice, to
/// compare it and for the module; and what an allocator doesn't give back at once.
const READ: u64 = 300;
/// What a stream may take in bytes, however long it is: segments of 1,024 indicia at a time as they are stored, as lines of
/// 300 bytes, and as they are sent, for two readers; the rest for what an allocator doesn't give back at once.
const STREAMED: u64 = 16 << 20;

/// Asks for all indicia of a batch, and reads the head of the answer.
fn stream(server: &Server, token: &str, batch: &serde_json::Value) -> Connection {
    let mut connection = Connection::to(server.public);
    let path = format!("/v1/accounts/a/batches/{batch}/indicia");
    let fields = [("Authorization", token), ("Accept", "application/x-ndjson")];
    connection.write(&head("GET", &path, &fields, 0));
    connection.answer_head().expect("an answer").ok(200);
    connection
}

/// Reads a stream to its end; the serials in it, and its bytes.
fn read(mut connection: Connection) -> (Vec<String>, usize) {
    let (mut all, mut serials) = (Vec::new(), Vec::new());
    while let Some(chunk) = connection.chunk() {
        all.extend(chunk);
    }
    for line in all.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let one: serde_json::Value = serde_json::from_slice(line).expect("JSON");
        serials.push(one["serial"].as_str().expect("a serial").to_owned());
    }
    (serials, all.len())
}

#[test]
fn a_hundred_thousand_come_in_and_go_out_in_bounded_memory() {
    let folder = Folder::funded();
    folder.ok(&["account", "fund", "a", "1000000.00"]);
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    customer.batch("before", "", &tickets(1)).send(&server).ok(201);
    let before = server.most_memory();
    let batch = customer.batch("large", "", &tickets(COUNT)).send(&server).ok(201).json();
    let grown = server.most_memory() - before;
    println!("issued: {grown} bytes more");
    assert!(grown < COUNT as u64 * ISSUED, "{grown} bytes more");
    assert_eq!((batch["count"].as_u64(), batch.get("indicia")), (Some(COUNT as u64), None));

    let token = customer.sign_in(&server);
    server.forget_most_memory();
    let before = server.most_memory();
    // Who doesn't read is waited for, and nothing is kept for him meanwhile.
    let slow = stream(&server, &token, &batch["batch"]);
    let (serials, bytes) = read(stream(&server, &token, &batch["batch"]));
    let (again, _) = read(slow);
    let grown = server.most_memory() - before;
    println!("streamed: {bytes} bytes, {grown} more");
    assert!(grown < STREAMED && (bytes as u64) > STREAMED, "{grown} bytes more for {bytes}");
    assert_eq!(serials.len(), COUNT);
    assert_eq!(
        (serials.first().map(String::as_str), serials.last().map(String::as_str)),
        (batch["first_serial"].as_str(), batch["last_serial"].as_str())
    );
    assert!(serials.is_sorted() && serials == again);
    server.stop();
    folder.audit();
}

#[test]
fn a_hundred_thousand_come_in_as_json() {
    let folder = Folder::funded();
    folder.ok(&["account", "fund", "a", "1000000.00"]);
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let json = |key: &str, count| {
        let list = ItemList::decode(&tickets(count)).expect("a list").to_json();
        customer.batch(key, "", list.as_bytes()).with("Content-Type", Some("application/json"))
    };
    json("before", 1).send(&server).ok(201);
    let before = server.most_memory();
    let request = json("large", COUNT);
    let batch = request.send(&server).ok(201).json();
    let grown = server.most_memory() - before;
    println!("issued: {grown} bytes more");
    assert!(grown < COUNT as u64 * (ISSUED + READ), "{grown} bytes more");
    assert_eq!((batch["count"].as_u64(), batch["value"].as_str()), (Some(COUNT as u64), Some("100000.00")));
    let again = request.send(&server).ok(201).json();
    assert_eq!(again["first_serial"], batch["first_serial"], "it is issued once");
    let token = customer.sign_in(&server);
    assert_eq!(read(stream(&server, &token, &batch["batch"])).0.len(), COUNT);
    server.stop();
    folder.audit();
}
