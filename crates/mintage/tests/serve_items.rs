//! Batches as JSON, and files that become such ones.

mod support;

use std::collections::BTreeSet;
use std::process::Command;

use asker::{ContentDigest, Errand};
use serde_json::Value;
use support::Folder;
use support::http::Answer;
use support::served::{Customer, Request, Server, tickets};

const TICKETS: &str = concat!(
    r#"{"denomination":"EUR/2","items":[{"amount":"1.00","template":"ticket"},"#,
    r#"{"amount":"2.50","holder":"Zoë \"Zo\" Müller","reference":"A 1","service":"Stalls","template":"ticket","#,
    r#""valid_until":"2999-01-01T00:00:00Z"}],"proof":"signature"}"#,
);

fn json(customer: &Customer, key: &str, query: &str, text: &str) -> Request {
    customer.batch(key, query, text.as_bytes()).with("Content-Type", Some("application/json"))
}

/// What item-lists says of a file.
fn list(server: &Server, token: &str, query: &str, media_type: &str, content: &[u8]) -> Answer {
    let fields = [("Authorization", token), ("Content-Type", media_type)];
    server.post(&format!("/v1/accounts/a/item-lists{query}"), &fields, content)
}

fn detail(answer: &Answer) -> String {
    answer.json()["detail"].as_str().expect("a sentence").to_owned()
}

#[test]
fn a_batch_of_json_is_issued_as_it_was_signed() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let request = json(&customer, "one", "", TICKETS);
    let batch = request.send(&server).ok(201).json();
    assert_eq!((batch["count"].as_u64(), batch["value"].as_str()), (Some(2), Some("3.50")), "{batch}");
    assert_eq!(request.send(&server).ok(201).json(), batch, "the same request, the same answer");
    let token = customer.sign_in(&server);
    let place = format!("/indicia/{}", batch["last_serial"].as_str().expect("a serial"));
    let shown = customer.get(&server, &token, &place).ok(200).json();
    assert_eq!(shown["amount"], "2.50 EUR", "{shown}");
    let sheets = customer.get(&server, &token, &format!("/batches/{}/labels.pdf", batch["batch"]));
    assert!(sheets.ok(200).body.starts_with(b"%PDF"));
    // Whichever form a list comes in, it is the same list.
    let cbor = items::read_document(TICKETS.as_bytes()).expect("a list");
    let cbor = indicia::ItemList::encode(cbor.proof, cbor.denomination, &cbor.items);
    assert_eq!(customer.batch("one", "", &cbor).send(&server).ok(201).json(), batch);
    let others = json(&customer, "one", "", &TICKETS.replace("2.50", "2.51"));
    others.send(&server).refused(422, "idempotency-key-reused");

    let held = json(&customer, "held", "hold=600", TICKETS).send(&server).ok(202).json();
    let reservation = held["batch"].as_u64().expect("a number");
    let other = Errand::Draw { reservation, reserved: ContentDigest::of(&cbor) };
    customer.errand(other, "held").send(&server).refused(400, "malformed-request");
    let draw = Errand::Draw { reservation, reserved: ContentDigest::of(TICKETS.as_bytes()) };
    let drawn = customer.errand(draw, "held").send(&server).ok(201).json();
    assert_eq!(drawn["indicia"].as_array().expect("indicia").len(), 2);
    assert_eq!(customer.errand(draw, "held").send(&server).ok(201).json(), drawn, "again the same");
    server.stop();
    assert_eq!(folder.count(), 4);
    folder.audit();
}

#[test]
fn what_isnt_the_signed_text_is_refused() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &["--batch-bytes", "20000"]);
    let customer = Customer::of(&folder, "a");
    let spaced = TICKETS.replace("},{", "}, {");
    let refused = json(&customer, "spaced", "", &spaced).send(&server).refused(400, "not-canonical");
    let place = TICKETS.find("},{").expect("a place") + 2;
    let said = format!("from byte {place} on it says \" {{\\\"amount\\\"");
    assert!(detail(&refused).contains(&said), "{}: {said}", detail(&refused));
    for (from, to, kind, said) in [
        ("\"1.00\"", "\"1.0\"", "not-canonical", "and canonical is"),
        ("\"2.50\"", "\"2.505\"", "malformed-request", "/items/1/amount: the amount has 3 decimal places"),
        ("\"2.50\"", "2.50", "malformed-request", "/items/1/amount: invalid type"),
        ("\"A 1\"", "\"A 1\",\"colour\":1", "malformed-request", "/items/1/colour: unknown field"),
        ("EUR/2", "EUR/9", "malformed-request", "/denomination: a scale of 9"),
        ("\"}", "\"", "malformed-request", "/items/0"),
    ] {
        let text = TICKETS.replacen(from, to, 1);
        let refused = json(&customer, "bad", "", &text).send(&server).refused(400, kind);
        assert!(detail(&refused).contains(said), "{to}: {}", detail(&refused));
    }
    let empty = r#"{"denomination":"EUR/2","items":[],"proof":"signature"}"#;
    json(&customer, "bad", "", empty).send(&server).refused(400, "malformed-request");
    json(&customer, "bad", "", "\u{feff}").send(&server).refused(400, "malformed-request");
    let large = TICKETS.replace("Zoë", &"ë".repeat(20_000));
    json(&customer, "bad", "", &large).send(&server).refused(413, "content-too-large");
    // Neither form passes for the other.
    let as_cbor = json(&customer, "bad", "", TICKETS).with("Content-Type", Some("application/cbor"));
    as_cbor.send(&server).refused(400, "malformed-request");
    let as_json = customer.batch("bad", "", &tickets(1)).with("Content-Type", Some("application/json"));
    as_json.send(&server).refused(400, "malformed-request");
    // Its key is still free: nothing was reserved.
    json(&customer, "bad", "", TICKETS).send(&server).ok(201);

    // Signed for other amounts, it doesn't pass the module; the server alone can't know.
    let mut altered = json(&customer, "altered", "", TICKETS);
    altered.content = TICKETS.replace("2.50", "2.60").into_bytes();
    let digest = ContentDigest::of(&altered.content).to_string();
    altered.with("Content-Digest", Some(&digest)).send(&server).refused(401, "not-proven");
    // Another scale is well-formed, and the module's to refuse.
    let dollars = TICKETS.replace("EUR/2", "USD/2");
    json(&customer, "dollars", "", &dollars).send(&server).refused(422, "wrong-denomination");
    server.stop();
    assert_eq!(folder.count(), 2);
    folder.audit();
}

#[test]
fn a_file_becomes_the_text_to_sign_or_all_its_faults_are_said() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &["--batch-bytes", "40000"]);
    let customer = Customer::of(&folder, "a");
    let token = customer.sign_in(&server);
    let before = customer.get(&server, &token, "").ok(200).body;

    let csv = "kind,amount,holder,valid_until\nticket,1,,\nticket,2.5,\"Müller, Zoë\",2030-12-31\n";
    let listed = list(&server, &token, "", "text/csv; charset=utf-8", csv.as_bytes()).ok(200);
    let text = String::from_utf8(listed.body.clone()).expect("text");
    assert_eq!(
        text,
        concat!(
            r#"{"denomination":"EUR/2","items":[{"amount":"1.00","template":"ticket"},{"amount":"2.50","#,
            r#""holder":"Müller, Zoë","template":"ticket","valid_until":"2031-01-01T00:00:00Z"}],"proof":"signature"}"#
        )
    );
    let fields =
        ["content-type", "content-digest", "item-count", "item-value"].map(|name| listed.field(name));
    let digest = ContentDigest::of(&listed.body).to_string();
    assert_eq!(fields, [Some("application/json"), Some(&digest), Some("2"), Some("3.50")]);
    let again = list(&server, &token, "", "application/json", &listed.body).ok(200);
    assert_eq!(again.body, listed.body, "what is canonical stays what it is");
    let lines = "{\"kind\":\"ticket\",\"amount\":1}\n{\"template\":\"ticket\",\"amount\":\"2.5\",\"holder\":\"M\\u00fcller, Zoë\",\
                 \"valid_until\":\"2030-12-31\"}\n";
    let of_lines = list(&server, &token, "", "application/x-ndjson", lines.as_bytes()).ok(200);
    assert_eq!(of_lines.body, listed.body);
    let of_tree = list(&server, &token, "?proof=batch", "text/csv", csv.as_bytes()).ok(200).body;
    assert_eq!(String::from_utf8_lossy(&of_tree), text.replace("\"signature\"", "\"batch\""));
    let same_tree = list(&server, &token, "", "application/json", &of_tree).ok(200).body;
    assert_eq!(same_tree, of_tree, "a document says itself how it is to be signed");

    let bad = "kind,amount,reference\nticket,1,A\nticket,-1,B\ncoach,1,C\nticket,1.00,D\nticket,1.005,A\n";
    let refused =
        list(&server, &token, "", "text/csv", bad.as_bytes()).refused(422, "malformed-batch").json();
    let faults: Vec<(u64, &str)> = refused["faults"]
        .as_array()
        .expect("faults")
        .iter()
        .map(|fault| (fault["row"].as_u64().expect("a row"), fault["column"].as_str().expect("a column")))
        .collect();
    assert_eq!(faults, [(3, "amount"), (4, "kind"), (6, "amount"), (6, "reference")], "{refused}");
    assert_eq!(refused["fault_count"], 4);
    assert_eq!(refused["faults"][0]["reason"], "the amount is negative");
    assert_eq!(refused["faults"][0]["value"], "-1");
    assert_eq!(
        refused["detail"],
        "4 faults, the first: row 3, column amount, value \"-1\": the amount is negative"
    );
    let many = format!("kind,amount\n{}", "ticket,0\n".repeat(1500));
    let many = list(&server, &token, "", "text/csv", many.as_bytes()).refused(422, "malformed-batch").json();
    assert_eq!(
        (many["faults"].as_array().map(Vec::len), many["fault_count"].as_u64()),
        (Some(1000), Some(1500))
    );
    list(&server, &token, "", "application/json", b"{\"items\":[7]}").refused(422, "malformed-batch");

    list(&server, "Bearer x", "", "text/csv", csv.as_bytes()).refused(401, "sign-in-required");
    list(&server, &token, "", "application/cbor", &tickets(1)).refused(415, "unsupported-media-type");
    list(&server, &token, "?proof=tree", "text/csv", csv.as_bytes()).refused(400, "malformed-request");
    list(&server, &token, "?colour=red", "text/csv", csv.as_bytes()).refused(400, "malformed-request");
    list(&server, &token, "", "text/csv", &[b'x'; 40_001]).refused(413, "content-too-large");
    // As a document it would be too large to be sent.
    let grows = format!("kind,amount\n{}", "ticket,1\n".repeat(2000));
    list(&server, &token, "", "text/csv", grows.as_bytes()).refused(413, "content-too-large");
    assert_eq!(customer.get(&server, &token, "").ok(200).body, before, "nothing was reserved");

    let batch = json(&customer, "from CSV", "", &text).send(&server).ok(201).json();
    assert_eq!((batch["count"].as_u64(), batch["value"].as_str()), (Some(2), Some("3.50")));
    // A larger one, off the threads that carry requests.
    let file = format!("kind,amount\n{}", "ticket,1\n".repeat(900));
    let large = list(&server, &token, "", "text/csv", file.as_bytes()).ok(200);
    assert_eq!((large.field("item-count"), large.field("item-value")), (Some("900"), Some("900.00")));
    let large = String::from_utf8(large.body).expect("text");
    assert_eq!(json(&customer, "many", "", &large).send(&server).ok(201).json()["count"], 900);
    server.stop();
    assert_eq!(folder.count(), 902);
    folder.audit();
}

/// What is said in the document of what is read.
#[test]
fn the_description_names_what_is_read() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let document = server.get("/openapi.json", &[]).ok(200).json();
    let names = |schema: &str| -> Vec<String> {
        let properties = document["components"]["schemas"][schema]["properties"].as_object();
        properties.unwrap_or_else(|| panic!("{schema}: {document}")).keys().cloned().collect()
    };
    assert_eq!(names("ItemList"), ["denomination", "items", "proof"]);
    let full = r#"{"denomination":"EUR/2","items":[{"amount":"1.00","destination":"d","enter_from":"2030-01-02T00:00:00Z","enter_until":"2030-01-03T00:00:00Z","entrance":"n","event":"e","holder":"h","key":"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a","mailed":"2030-01-02","origin":"o","reentry":true,"reference":"r","seat":"x","service":"s","template":"ticket","uses":2,"valid_from":"2030-01-01T00:00:00Z","valid_until":"2031-01-01T00:00:00Z","weight_g":7}],"proof":"batch"}"#;
    let beside = r#"{"denomination":"EUR/2","items":[{"amount":"1.00","barcode":"(255)9501101020917","template":"coupon"}],"proof":"batch"}"#;
    let members = |document: &str| -> BTreeSet<String> {
        assert_eq!(items::read_document(document.as_bytes()).expect("a list").to_json(), document);
        let written: Value = serde_json::from_str(document).expect("JSON");
        written["items"][0].as_object().expect("an item").keys().cloned().collect()
    };
    let written = members(full).into_iter().chain(members(beside));
    assert_eq!(names("Item"), Vec::from_iter(BTreeSet::from_iter(written)));
    let templates: Vec<_> = indicia::Template::all().iter().map(|template| template.name).collect();
    assert_eq!(document["components"]["schemas"]["Template"]["enum"], serde_json::json!(templates));
    server.stop();
}

/// The API guide's command and documents, as they stand there.
#[test]
fn the_guides_command_makes_the_guides_document() {
    let guide = include_str!("../../../docs/api.md");
    let block = |kind: &str| {
        let (_, rest) = guide.split_once(&format!("```{kind}\n")).expect("a block");
        rest.split_once("```").expect("its end").0
    };
    let document = block("json").trim_end();
    assert_eq!(items::read_document(document.as_bytes()).expect("a list").items.len(), 1);
    if Command::new("curl").arg("--version").output().is_err() {
        println!("left out: needs curl");
        return;
    }
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let token = customer.sign_in(&server);
    folder.file("tickets.csv", "kind,amount,holder\nticket,2.5,Zoë Müller\n".as_bytes());
    let here = format!("http://{}", server.public);
    let command = block("sh").replace("http://127.0.0.1:8744", &here).replace("/theatre/", "/a/");
    assert!(command.contains(&here));
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(command).current_dir(folder.path()).env("TOKEN", &token["Bearer ".len()..]);
    assert!(shell.status().expect("a shell").success());
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a file");
    let text = read("batch.json");
    assert_eq!(text, document.replace("\"signature\"", "\"batch\""));
    assert!(read("fields").to_ascii_lowercase().contains("item-value: 2.50"));
    json(&customer, "by curl", "", &text).send(&server).ok(201);
    server.stop();
    folder.audit();
}

/// Canonical JSON and signatures by Python's own library alone, for lists with everything that is escaped in it.
#[test]
fn another_language_writes_the_same_text() {
    let Some(python) = std::env::var_os("MINTAGE_PEER_PYTHON") else {
        println!("left out: needs MINTAGE_PEER_PYTHON, which `cargo xtask test` sets up");
        return;
    };
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../../peers/json_batch_peer.py");
    let mut command = Command::new(python);
    command.arg(program).arg(format!("http://{}", server.public)).arg("a");
    command.arg(folder.data().join("secrets/asker-a+owner"));
    let output = command.output().expect("Python");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let answers: Vec<Value> =
        said.lines().map(|line| serde_json::from_str(line).expect("an answer")).collect();
    let shown: Vec<_> =
        answers.iter().map(|answer| (answer["count"].as_u64(), answer["value"].as_str())).collect();
    assert_eq!(shown, [(Some(1), Some("1.00")), (Some(3), Some("0.06")), (Some(200), Some("201.00"))]);
    server.stop();
    assert_eq!(folder.count(), 204);
    folder.audit();
}
