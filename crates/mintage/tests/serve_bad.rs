//! Bad input and bad manners: each has an answer, and none does anything by half.

mod support;

use std::thread;
use std::time::Duration;

use asker::Errand;
use support::Folder;
use support::http::{Connection, ask, head};
use support::served::{Customer, Request, Server, nonce, now, tickets};

fn with_content(customer: &Customer, content: &[u8]) -> Request {
    customer.batch("bad", "", content)
}

#[test]
fn what_cant_be_read_is_refused_for_what_it_is() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &["--batch-bytes", "20000"]);
    let customer = Customer::of(&folder, "a");
    for malformed in [&b""[..], b"\xff", b"{}", &tickets(2)[..20], &[tickets(1), vec![0]].concat()] {
        with_content(&customer, malformed).send(&server).refused(400, "malformed-request");
    }
    let empty = indicia::ItemList::encode(
        indicia::ProofForm::Signature,
        "EUR/2".parse().expect("a denomination"),
        &[],
    );
    with_content(&customer, &empty).send(&server).refused(400, "malformed-request");
    let good = customer.batch("good", "", &tickets(1));
    good.with("Content-Type", Some("text/plain")).send(&server).refused(415, "unsupported-media-type");
    good.with("Content-Type", None).send(&server).refused(415, "unsupported-media-type");
    good.with("Content-Encoding", Some("gzip")).send(&server).refused(415, "unsupported-media-type");
    customer.batch("q", "colour=red", &tickets(1)).send(&server).refused(400, "malformed-request");
    with_content(&customer, &tickets(4000)).send(&server).refused(413, "content-too-large");
    // The same without saying how much comes.
    let large = with_content(&customer, &tickets(4000));
    let mut connection = Connection::to(server.public);
    let fields: Vec<_> = large.fields().into_iter().chain([("Transfer-Encoding", "chunked")]).collect();
    let text = String::from_utf8(head("POST", &large.path, &fields, 0))
        .expect("text")
        .replace("Content-Length: 0\r\n", "");
    connection.write(text.as_bytes());
    connection.write(format!("{:x}\r\n", large.content.len()).as_bytes());
    connection.write(&large.content);
    connection.answer().expect("an answer").refused(413, "content-too-large");

    server.get("/v1/nothing", &[]).refused(404, "not-found");
    ask(server.public, "PUT", "/v1/accounts/a/batches", &[], b"").refused(405, "method-not-allowed");
    for (path, page) in [("/problems/insufficient-funds", 200), ("/problems/nothing", 404)] {
        server.get(path, &[]).ok(page);
    }
    good.send(&server).ok(201);
    server.stop();
    assert_eq!(folder.count(), 1);
    folder.audit();
}

#[test]
fn a_proof_is_for_one_request_of_one_account_once() {
    let folder = Folder::funded();
    folder.ok(&["account", "create", "b", "--currency", "EUR/2", "--fund", "10.00"]);
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let good = customer.batch("one", "priority=1", &tickets(1));
    for (field, problem) in [
        ("Idempotency-Key", "idempotency-key-missing"),
        ("Content-Digest", "signature-missing"),
        ("Signature-Input", "signature-missing"),
        ("Signature", "signature-missing"),
    ] {
        let status = if field == "Idempotency-Key" { 400 } else { 401 };
        good.with(field, None).send(&server).refused(status, problem);
    }
    for (field, value, status, problem) in [
        ("Idempotency-Key", "one", 400, "idempotency-key-malformed"),
        ("Idempotency-Key", "\"\"", 400, "idempotency-key-malformed"),
        ("Idempotency-Key", "\"two\"", 401, "not-proven"),
        ("Content-Digest", "sha-256=:AAAA:", 400, "content-digest"),
        ("Content-Digest", "md5=:AAAA:", 400, "content-digest"),
        ("Signature-Input", "sig=()", 400, "signature-malformed"),
        ("Signature-Input", "", 400, "signature-malformed"),
        ("Signature", "other=:AAAA:", 400, "signature-malformed"),
        ("Signature", "sig=nothing", 400, "signature-malformed"),
        ("Signature", "sig=:AAAA:", 401, "not-proven"),
    ] {
        good.with(field, Some(value)).send(&server).refused(status, problem);
    }
    // Refused under its key is refused for ever: what follows has keys of its own.
    let altered = |change: fn(&mut Request)| {
        let key = format!("altered-{}", nonce());
        let mut request = customer.batch(&key, "priority=1", &tickets(1));
        change(&mut request);
        request.send(&server)
    };
    altered(|request| request.path = request.path.replace("priority=1", "priority=2"))
        .refused(401, "not-proven");
    altered(|request| request.path = request.path.replace("/a/", "/b/")).refused(401, "unknown-key");
    altered(|request| request.content[3] ^= 1).refused(400, "content-digest");
    altered(|request| {
        request.content = tickets(2);
        let digest = asker::ContentDigest::of(&request.content).to_string();
        *request = request.with("Content-Digest", Some(&digest));
    })
    .refused(401, "not-proven");

    // Clocks that differ too much, and signatures that are too old.
    let at = |time: u64| {
        customer.batch_at(&format!("at-{}", nonce()), "", &tickets(1), time, nonce()).send(&server)
    };
    at(now() + 1000).refused(401, "not-proven");
    at(now() - 2 * 86_400).refused(401, "not-proven");
    at(now() + 200).ok(201);
    at(now() - 3600).ok(201);
    let old = |errand| customer.errand_at(errand, "old", now() - 400, nonce()).send(&server);
    old(Errand::SignIn).refused(401, "not-proven");

    // Reordered requests count; replayed ones don't, under whatever key.
    let (first, second) = (nonce(), nonce());
    customer.batch_at("later", "", &tickets(1), now(), second).send(&server).ok(201);
    customer.batch_at("earlier", "", &tickets(1), now(), first).send(&server).ok(201);
    customer.batch_at("replayed", "", &tickets(1), now(), first).send(&server).refused(401, "not-proven");
    // A key that was used for what is refused stays refused, as it was the first time, also by another run.
    let again = |server: &Server| customer.batch_at("replayed", "", &tickets(1), now(), nonce()).send(server);
    again(&server).refused(401, "not-proven");
    server.stop();
    let server = Server::start(&folder, &[]);
    again(&server).refused(401, "not-proven");
    server.stop();
    assert_eq!(folder.count(), 4);
    folder.audit();
}

#[test]
fn who_is_slow_or_idle_keeps_nobody_waiting() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let idle: Vec<Connection> = (0..3000).map(|_| Connection::to(server.public)).collect();
    let mut slow_head = Connection::to(server.public);
    slow_head.write(b"POST /v1/accounts/a/batches HTTP/1.1\r\nHost:");
    let request = customer.batch("slow", "", &tickets(2));
    let mut slow_content = Connection::to(server.public);
    slow_content.write(&head("POST", &request.path, &request.fields(), request.content.len()));
    slow_content.write(&request.content[..10]);
    customer.batch("quick", "", &tickets(1)).send(&server).ok(201);
    slow_content.answer().expect("an answer").refused(408, "too-slow");
    assert_eq!(slow_head.answer(), None, "it is left");
    drop(idle);
    server.stop();
    assert_eq!(folder.count(), 1);
}

#[test]
fn too_many_are_told_to_come_again_and_the_others_are_served() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &["--waiting", "4"]);
    let customer = Customer::of(&folder, "a");
    customer.batch("first", "", &tickets(1)).send(&server).ok(201);
    let module = server.modules()[0].to_string();
    let signal = |signal: &str| {
        let done = std::process::Command::new("kill").args([signal, &module]).status().expect("kill");
        assert!(done.success());
    };
    signal("-STOP");
    let mut waiting: Vec<Connection> = Vec::new();
    let mut refused = 0;
    for number in 0..8 {
        let request = customer.batch(&format!("key-{number}"), "", &tickets(1));
        let mut connection = Connection::to(server.public);
        connection.write(&head("POST", &request.path, &request.fields(), request.content.len()));
        connection.write(&request.content);
        if number < 4 {
            waiting.push(connection);
            // The next one comes once its place is taken.
            let taken = format!("requests_under_way {}\n", number + 1);
            let metrics = || ask(server.private, "GET", "/metrics", &[], b"").ok(200).body;
            while !String::from_utf8_lossy(&metrics()).contains(&taken) {
                thread::sleep(Duration::from_millis(10));
            }
        } else {
            let answer = connection.answer().expect("an answer").refused(503, "overloaded");
            assert_eq!(answer.field("retry-after"), Some("1"));
            refused += 1;
        }
    }
    signal("-CONT");
    for mut connection in waiting {
        connection.answer().expect("an answer").ok(201);
    }
    assert_eq!(refused, 4);
    for number in 4..8 {
        customer.batch(&format!("key-{number}"), "", &tickets(1)).send(&server).ok(201);
    }
    server.stop();
    assert_eq!(folder.count(), 9, "nothing was done by half");
    folder.audit();
}

#[test]
fn a_key_and_an_address_ask_so_often_and_no_more() {
    let folder = Folder::funded();
    folder.file("limits.toml", b"requests-per-key = 2\nrequests-per-address = 40\n");
    let server = Server::start_as_told(&folder, &["--config", "limits.toml"]);
    let customer = Customer::of(&folder, "a");
    let mut connection = Connection::to(server.public);
    let requests: Vec<Request> =
        (0..8).map(|number| customer.batch(&format!("k{number}"), "", &tickets(1))).collect();
    let answers: Vec<_> = requests
        .iter()
        .map(|request| {
            // Whoever is refused before the content was read has to connect anew.
            let mut connection = Connection::to(server.public);
            let answer = connection.try_ask("POST", &request.path, &request.fields(), &request.content);
            answer.expect("an answer")
        })
        .collect();
    assert_eq!(answers[0].field("ratelimit"), Some("\"key\";r=1;t=1"));
    assert_eq!(answers[0].field("ratelimit-policy"), Some("\"address\";q=40;w=1, \"key\";q=2;w=1"));
    let limited = answers.into_iter().find(|answer| answer.status == 429).expect("one too many");
    assert_eq!(limited.refused(429, "rate-limited").field("retry-after"), Some("1"));
    let get = |connection: &mut Connection| connection.ask("GET", "/openapi.json", &[], b"");
    let limited = (0..200).map(|_| get(&mut connection)).find(|answer| answer.status == 429);
    limited.expect("one too many").refused(429, "rate-limited");
    server.stop();
}

#[test]
fn nobody_listens_in_the_open_without_saying_so() {
    let folder = Folder::funded();
    folder.refused(&["serve", "--listen", "0.0.0.0:0"], "nothing there would be encrypted");
    folder.refused(&["serve", "--private-listen", "0.0.0.0:0"], "nothing there would be encrypted");
    folder.refused(&["serve", "--tls-key", "key.pem"], "go together");
    folder.file("bad.toml", b"listen = \"127.0.0.1:0\"\nlisen = 1\n");
    let output = folder.run_plain(&["config", "--config", "bad.toml"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && said.contains("line 2, column 1") && said.contains("lisen"),
        "{said}"
    );
    let shown = folder.ok(&["config", "--connections", "5"]);
    let find =
        |name: &str| shown.as_array().expect("settings").iter().find(|one| one["name"] == name).cloned();
    assert_eq!(find("connections").expect("shown")["source"], "--connections");
}
