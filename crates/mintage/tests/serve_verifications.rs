//! Verification over HTTP, for anybody: what is genuine, what isn't, and what the books don't know.

mod support;

use std::process::Command;

use serde_json::Value;
use support::Folder;
use support::http::{Connection, ask, head};
use support::served::{Customer, Server, opening, provider, texts, tickets};

/// What is found in a content.
fn verify(server: &Server, kind: &str, content: &[u8]) -> Vec<Value> {
    let answer = server.post("/v1/verifications", &[("Content-Type", kind)], content).ok(200).json();
    answer["found"].as_array().expect("findings").clone()
}

/// With another character at a place.
fn altered(text: &str, place: usize) -> String {
    let other = if text.as_bytes()[place] == b'7' { "8" } else { "7" };
    format!("{}{other}{}", &text[..place], &text[place + 1..])
}

/// Says nothing of what isn't genuine but why it isn't.
fn assert_says_nothing(finding: &Value) {
    for key in ["status", "serial", "kind", "amount", "issued_at", "expires"] {
        assert!(finding.get(key).is_none(), "{finding}");
    }
    assert!(finding["reason"].is_string(), "{finding}");
}

#[test]
fn every_altered_text_is_found_out_and_those_beside_it_count() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let batch = Customer::of(&folder, "a").batch("k", "", &tickets(2)).send(&server).ok(201).json();
    let texts = texts(&batch);
    let places: Vec<usize> = (0..texts[0].len()).step_by(7).collect();
    let lines: Vec<String> = places.iter().map(|place| altered(texts[0], *place)).collect();
    // The first of all lines must be one that begins as indicia do.
    let content = [&[texts[0].to_owned()], &lines[..], &[texts[1].to_owned()]].concat().join("\r\n");
    let found = verify(&server, "text/plain; charset=utf-8", content.as_bytes());
    assert_eq!(found.len(), places.len() + 2);
    let (genuine, others): (Vec<_>, Vec<_>) = found.iter().partition(|one| one["verdict"] == "genuine");
    let [first, last] = &genuine[..] else { panic!("two: {genuine:?}") };
    assert_eq!((&first["serial"], &last["serial"]), (&batch["first_serial"], &batch["last_serial"]));
    assert_eq!(
        (&first["status"], &first["amount"], &first["kind"]),
        (&"live".into(), &"1.00 EUR".into(), &"ticket".into())
    );
    for other in others {
        assert_says_nothing(other);
    }
    server.stop();
}

#[test]
fn a_sheet_is_verified_symbol_by_symbol() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let batch = customer.batch("k", "", &tickets(26)).send(&server).ok(201).json();
    let token = customer.sign_in(&server);
    let sheets =
        customer.get(&server, &token, &format!("/batches/{}/labels.pdf", batch["batch"])).ok(200).body;
    let found = verify(&server, "application/pdf", &sheets);
    assert_eq!(found.len(), 26);
    assert!(found.iter().all(|one| one["verdict"] == "genuine" && one["status"] == "live"), "{found:?}");
    assert_eq!(found.iter().filter(|one| one["page"] == 2).count(), 2);

    // The same sheet, shown to the server of another issuer.
    let stranger = Folder::funded();
    let at_stranger = Server::start(&stranger, &[]);
    for one in verify(&at_stranger, "application/pdf", &sheets) {
        assert_eq!(one["verdict"], "can't tell", "{one}");
        assert_says_nothing(&one);
    }
    at_stranger.stop();
    server.stop();
}

#[test]
fn what_the_books_dont_have_is_said_to_be_unknown() {
    let folder = Folder::funded();
    let copy = Folder::empty();
    let copied = Command::new("cp").arg("-r").args([folder.data(), copy.data()]).status().expect("cp");
    assert!(copied.success());
    let text = folder.issued("k").remove(0);
    let server = Server::start(&copy, &[]);
    let found = verify(&server, "text/plain", text.as_bytes());
    assert_eq!(
        (&found[0]["verdict"], &found[0]["status"]),
        (&"genuine".into(), &"unknown".into()),
        "{found:?}"
    );
    server.stop();
}

#[test]
fn the_bundle_is_sent_once_and_anew_when_an_account_has_come() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let bundle = server.get("/v1/trust-bundle", &[]).ok(200);
    let tag = bundle.field("etag").expect("a tag").to_owned();
    server.get("/v1/trust-bundle", &[("If-None-Match", &tag)]).ok(304);
    let opening = opening(2, "b", &asker::Secret::ed25519(&[1; 32]), provider(&folder).signing());
    let cose = [("Content-Type", "application/cose")];
    ask(server.private, "POST", "/openings", &cose, &opening).ok(201);
    let newer = server.get("/v1/trust-bundle", &[("If-None-Match", &tag)]).ok(200);
    assert_ne!(newer.body, bundle.body);
    server.stop();
}

#[test]
fn what_cant_be_looked_at_is_refused_for_what_it_is() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let post =
        |kind: &str, content: &[u8]| server.post("/v1/verifications", &[("Content-Type", kind)], content);
    post("text/csv", b"{}").refused(415, "unsupported-media-type");
    post("image/png", b"\x89PNG\r\n\x1a\nnothing").refused(400, "malformed-request");
    post("application/pdf", b"%PDF-1.7 nothing").refused(400, "malformed-request");
    let mut connection = Connection::to(server.public);
    connection.write(&head(
        "POST",
        "/v1/verifications",
        &[("Content-Type", "text/plain")],
        10 * 1024 * 1024 + 1,
    ));
    connection.answer().expect("an answer").refused(413, "content-too-large");
    assert_eq!(verify(&server, "text/plain", b""), Vec::<Value>::new());
    for nothing in [&b"VBI:"[..], b"hello", b"\xff\x00"] {
        let found = verify(&server, "text/plain", nothing);
        assert_eq!(found[0]["verdict"], "not genuine", "{found:?}");
        assert_says_nothing(&found[0]);
    }
    server.stop();
}
