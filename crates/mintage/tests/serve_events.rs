//! A batch watched to its end by server-sent events: by those who read slowly and those whose server ends in between, too.

mod support;

use asker::{ContentDigest, Errand};
use support::Folder;
use support::http::{Connection, head};
use support::served::{Customer, Request, Server, tickets};

/// Signs of life without any event, after which something is stuck.
const STUCK: usize = 4;

/// Somebody who watches a batch.
struct Watcher {
    connection: Connection,
    has_head: bool,
}

impl Watcher {
    /// Asks, and reads nothing yet.
    fn of(server: &Server, token: &str, batch: &serde_json::Value) -> Self {
        let mut connection = Connection::to(server.public);
        let path = format!("/v1/accounts/a/batches/{batch}/events");
        connection.write(&head("GET", &path, &[("Authorization", token)], 0));
        Self { connection, has_head: false }
    }

    fn read_head(&mut self) {
        let answer = self.connection.answer_head().expect("an answer");
        assert_eq!((answer.status, answer.field("content-type")), (200, Some("text/event-stream")));
        self.has_head = true;
    }

    /// The batch as the next event has it; none at the stream's end.
    fn next(&mut self) -> Option<serde_json::Value> {
        if !self.has_head {
            self.read_head();
        }
        for _ in 0..STUCK {
            let event = String::from_utf8(self.connection.chunk()?).expect("text");
            // A line that begins with a colon is a sign of life.
            if event.starts_with(':') {
                continue;
            }
            let data = event.strip_prefix("event: batch\ndata: ").and_then(|rest| rest.strip_suffix("\n\n"));
            return Some(serde_json::from_str(data.unwrap_or_else(|| panic!("{event:?}"))).expect("JSON"));
        }
        panic!("neither event nor end");
    }

    fn states(mut self) -> Vec<String> {
        let mut states = Vec::new();
        while let Some(batch) = self.next() {
            states.push(batch["state"].as_str().expect("a state").to_owned());
        }
        states
    }
}

/// Asks for a batch whose module answers nothing at the moment; returns where its answer will come, and its number.
fn ask_while_stopped(
    customer: &Customer,
    server: &Server,
    token: &str,
    request: &Request,
) -> (Connection, serde_json::Value) {
    let mut asked = Connection::to(server.public);
    asked.write(&head("POST", &request.path, &request.fields(), request.content.len()));
    asked.write(&request.content);
    loop {
        let open = customer.get(server, token, "/batches?idempotency_key=slow").ok(200).json();
        if let Some(batch) = open["items"].get(0) {
            assert_eq!(batch["state"], "open");
            return (asked, batch["batch"].clone());
        }
    }
}

#[test]
fn a_batch_is_watched_to_its_end_by_those_who_dont_read_either() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let token = customer.sign_in(&server);
    server.signal_module("-STOP");
    let request = customer.batch("slow", "", &tickets(2));
    let (mut asked, batch) = ask_while_stopped(&customer, &server, &token, &request);
    let mut watcher = Watcher::of(&server, &token, &batch);
    assert_eq!(watcher.next().expect("an event")["state"], "open");
    // One that reads nothing before all is over.
    let slow = Watcher::of(&server, &token, &batch);
    // One that leaves without a word.
    drop(Watcher::of(&server, &token, &batch));
    server.signal_module("-CONT");
    let issued = asked.answer().expect("an answer").ok(201).json();
    let last = watcher.next().expect("an event");
    assert_eq!((&last["state"], &last["last_serial"]), (&"issued".into(), &issued["last_serial"]));
    assert_eq!(watcher.next(), None, "nothing more can happen");
    assert_eq!(slow.states().last().expect("a state"), "issued");
    assert_eq!(Watcher::of(&server, &token, &batch).states(), ["issued"], "also for who comes later");
    server.stop();
}

#[test]
fn whatever_is_done_with_what_is_held_is_told() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let token = customer.sign_in(&server);
    let items = tickets(2);
    let held = customer.batch("drawn", "hold=600", &items).send(&server).ok(202).json();
    let reservation = held["batch"].as_u64().expect("a number");
    let mut watcher = Watcher::of(&server, &token, &held["batch"]);
    let first = watcher.next().expect("an event");
    customer.errand(Errand::Extend { reservation, seconds: 9000 }, "e").send(&server).ok(200);
    let longer = watcher.next().expect("an event");
    assert_eq!((&first["state"], &longer["state"]), (&"held".into(), &"held".into()));
    assert_ne!(first["held_until"], longer["held_until"]);
    let draw = Errand::Draw { reservation, reserved: ContentDigest::of(&items) };
    customer.errand(draw, "drawn").send(&server).ok(201);
    assert_eq!(watcher.states().last().expect("a state"), "issued");

    let held = customer.batch("released", "hold=600", &items).send(&server).ok(202).json();
    let mut watcher = Watcher::of(&server, &token, &held["batch"]);
    watcher.next().expect("an event");
    let reservation = held["batch"].as_u64().expect("a number");
    customer.errand(Errand::Release { reservation }, "r").send(&server).ok(200);
    let last = watcher.next().expect("an event");
    assert_eq!(last["state"], "ended");
    assert!(last["reason"].is_string(), "{last}");
    assert_eq!(watcher.next(), None);
    server.stop();
}

#[test]
fn a_stream_that_the_servers_end_cut_off_goes_on_at_the_next() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let token = customer.sign_in(&server);
    let held = customer.batch("held", "hold=600", &tickets(1)).send(&server).ok(202).json();
    let mut at_held = Watcher::of(&server, &token, &held["batch"]);
    assert_eq!(at_held.next().expect("an event")["state"], "held");
    server.stop();
    assert_eq!(at_held.next(), None, "it ends as a whole answer does");

    let server = Server::start(&folder, &[]);
    let token = customer.sign_in(&server);
    let mut at_held = Watcher::of(&server, &token, &held["batch"]);
    assert_eq!(at_held.next().expect("an event")["state"], "held");
    server.signal_module("-STOP");
    let request = customer.batch("slow", "", &tickets(2));
    let (asked, batch) = ask_while_stopped(&customer, &server, &token, &request);
    let mut watcher = Watcher::of(&server, &token, &batch);
    assert_eq!(watcher.next().expect("an event")["state"], "open");
    let modules = server.modules();
    server.signal("-KILL");
    // Stopped as it is, it doesn't notice.
    for module in modules {
        let kill = std::process::Command::new("kill").args(["-KILL", &module.to_string()]).status();
        assert!(kill.expect("kill").success());
    }
    drop((server, asked, at_held));

    // The next server finishes it before it serves.
    let server = Server::start(&folder, &[]);
    let token = customer.sign_in(&server);
    assert_eq!(Watcher::of(&server, &token, &batch).states(), ["issued"]);
    assert_eq!(request.send(&server).ok(201).json()["batch"], batch);
    server.stop();
    folder.audit();
}

#[test]
fn so_many_watch_and_no_more() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let token = customer.sign_in(&server);
    let held = customer.batch("held", "hold=600", &tickets(1)).send(&server).ok(202).json();
    let place = format!("/batches/{}/events", held["batch"]);
    let mut watchers: Vec<Watcher> = (0..256).map(|_| Watcher::of(&server, &token, &held["batch"])).collect();
    watchers.iter_mut().for_each(Watcher::read_head);
    customer.get(&server, &token, &place).refused(503, "overloaded");
    let reservation = held["batch"].as_u64().expect("a number");
    customer.errand(Errand::Release { reservation }, "r").send(&server).ok(200);
    for watcher in watchers {
        assert_eq!(watcher.states().last().expect("a state"), "ended");
    }
    customer.get(&server, &token, &place).ok(200);
    server.stop();
}
