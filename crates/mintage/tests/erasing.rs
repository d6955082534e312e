//! Holders' data is erased by law: names, references and salts go, the books balance as before, and what is on paper is as good.

mod support;

use std::path::Path;

use serde_json::Value;
use support::Folder;
use support::killing::kill_at;
use support::served::{Customer, Server};

const ZOE: &str = "Zoë Müller";
const REFERENCE: &str = "order of Z. M.";

/// Three tickets: one for Zoë, one for Ada, one for nobody. Their texts and serials.
fn issued(folder: &Folder, key: &str, proof: &str) -> (Vec<String>, Vec<String>) {
    let items =
        format!("kind,amount,holder,reference\nticket,1,{ZOE},{REFERENCE}\nticket,2,Ada,\nticket,3,,\n");
    folder.file("held.csv", items.as_bytes());
    let arguments = folder.issue("held.csv", &["--idempotency-key", key, "--proof", proof]);
    let texts = folder.ok(&arguments)["indicia"].as_array().expect("indicia").clone();
    let texts: Vec<String> = texts.iter().map(|text| text.as_str().expect("a text").to_owned()).collect();
    let serial = |text: &String| folder.ok(&["verify", text])[0]["serial"].as_str().expect("one").to_owned();
    let serials = texts.iter().map(serial).collect();
    (texts, serials)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|found| found == part)
}

/// The files of the books that have these bytes anywhere.
fn files_with(data: &Path, part: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for ending in ["", "-wal", "-shm"] {
        let name = format!("mintage.db{ending}");
        if std::fs::read(data.join(&name)).is_ok_and(|bytes| contains(&bytes, part)) {
            found.push(name);
        }
    }
    found
}

/// Salt and digest in an indicium: what stands behind the label -65541 and the head of 32 bytes.
fn tie(text: &str) -> [u8; 32] {
    let bytes = indicia::text::from_text(text).expect("an indicium");
    let label = [0x3a, 0x00, 0x01, 0x00, 0x04, 0x58, 0x20];
    let place = bytes.windows(label.len()).position(|part| part == label).expect("a holder") + label.len();
    bytes[place..place + 32].try_into().expect("32 bytes")
}

#[test]
fn what_is_erased_is_in_no_file_and_the_books_balance() {
    for proof in ["signature", "batch"] {
        let folder = Folder::funded();
        let (texts, serials) = issued(&folder, "k", proof);
        // Requests that came to nothing had her name, too.
        let items = format!("kind,amount,holder,reference\nticket,5000,{ZOE},\n");
        folder.file("too-much.csv", items.as_bytes());
        folder.refused(&folder.issue("too-much.csv", &[]), "is unreserved");
        let [salt, digest] = [&tie(&texts[0])[..16], &tie(&texts[0])[16..]].map(<[u8]>::to_vec);
        let there = |part: &[u8]| !files_with(&folder.data(), part).is_empty();
        assert!(there(ZOE.as_bytes()) && there(REFERENCE.as_bytes()) && there(&salt) && there(&digest));

        let found = folder.ok(&["holder", "find", "--account", "a", "--holder", ZOE]);
        assert_eq!(found["serials"], serde_json::json!([serials[0]]));
        let erase = ["holder", "erase", "--account", "a", "--holder", ZOE, "--reason", "asked for"];
        let said = folder.ok(&erase);
        assert_eq!((&said["indicia"], &said["requests"]), (&1.into(), &0.into()));
        for gone in [ZOE.as_bytes(), REFERENCE.as_bytes(), &salt] {
            assert_eq!(files_with(&folder.data(), gone), Vec::<String>::new());
        }
        assert!(there(&digest), "the digest stays");
        assert!(there(b"Ada"), "and so does all that is others'");
        folder.audit();
        assert_eq!(folder.ok(&erase)["indicia"], 0, "nothing is found any more");
        let again = ["holder", "erase", &serials[0], "--reason", "once more"];
        assert_eq!(folder.ok(&again)["indicia"], 1);
        folder.audit();

        // The paper is as good as before, also for its holder, and is known by the books.
        let verified = folder.ok(&["verify", &texts[0], "--holder", ZOE]);
        assert_eq!((&verified[0]["verdict"], &verified[0]["holder"]), (&"genuine".into(), &"matches".into()));
        // Nobody makes it again, and nobody reads it out of the books.
        let shown = folder.ok(&["show", &serials[0]]);
        assert_eq!((&shown["text"], &shown["holder_erased"]), (&Value::Null, &true.into()));
        folder.refused(
            &["show", &serials[0], "--svg", "symbol.svg"],
            "its symbol says; only the paper has that",
        );
        assert!(folder.ok(&["show", &serials[1]])["text"].is_string());
        assert!(folder.ok(&["verify", &texts[1], "--holder", "Ada"])[0]["holder"] == "matches");

        // The same request has the same answer, less what was erased; another one hasn't.
        let repeat = folder.issue("held.csv", &["--idempotency-key", "k", "--proof", proof]);
        let repeated = folder.ok(&repeat);
        assert_eq!(repeated["indicia"], serde_json::json!([null, texts[1], texts[2]]));
        assert_eq!(folder.count(), 3);
        let labels = [&repeat[..], &["--out", "labels.pdf"]].concat();
        folder.ok(&labels);
        let read = folder.ok(&["verify", "labels.pdf"]);
        assert_eq!(read.as_array().expect("symbols").len(), 2, "the others are printed");
        let items = format!("kind,amount,holder,reference\nticket,1,{ZOE},\nticket,2,Adam,\nticket,3,,\n");
        folder.file("held.csv", items.as_bytes());
        folder.refused(&repeat, "was used for another request");
        folder.audit();
    }
}

#[test]
fn what_cannot_be_erased_is_named() {
    let folder = Folder::funded();
    let (_, serials) = issued(&folder, "k", "signature");
    let erase = |serial: &str, says| folder.refused(&["holder", "erase", serial, "--reason", "r"], says);
    erase("seventeen", "is no serial");
    let unknown = indicia::Serial::new(indicia::DeviceId(1), 4).expect("a serial").to_string();
    erase(&unknown, "was never issued; nothing was erased");
    let run = format!("{}..{}", serials[0], serials[2]);
    assert_eq!(folder.ok(&["holder", "erase", &run, "--reason", "r"])["indicia"], 3);
    assert!(folder.ok(&["show", &serials[2]])["text"].is_string(), "what is nobody's has nothing to lose");
    let find = |by: &[&str]| folder.ok(&[&["holder", "find", "--account", "a"], by].concat());
    assert_eq!(find(&["--reference", REFERENCE])["serials"], serde_json::json!([]));
    folder.audit();
}

#[test]
fn over_http_an_order_erases_and_what_is_gone_is_named() {
    let folder = Folder::funded();
    let (_, serials) = issued(&folder, "k", "signature");
    let passphrase = folder.data().join("secrets/provider-passphrase");
    let key = folder.data().join("provider.key");
    let sign = |serial: &str, order: &str, out: &str| {
        let key = ["sign", "erase", key.to_str().expect("a path"), "--key-passphrase-file"];
        let rest =
            ["--device", "1", "--order", order, "--serial", serial, "--reason", "asked for", "--out", out];
        folder.ok(&[&key[..], &[passphrase.to_str().expect("a path")], &rest].concat());
        std::fs::read(folder.path().join(out)).expect("the order")
    };
    let unknown = indicia::Serial::new(indicia::DeviceId(1), 9).expect("a serial").to_string();
    let (wrong, right) = (sign(&unknown, "2", "wrong.order"), sign(&serials[0], "2", "right.order"));
    let server = Server::start(&folder, &[]);
    let send = |key: &str, order: &[u8]| {
        let key = format!("\"{key}\"");
        let fields = [("Content-Type", "application/cose"), ("Idempotency-Key", key.as_str())];
        server.post("/v1/accounts/a/orders", &fields, order)
    };
    send("wrong", &wrong).refused(409, "not-erasable");
    send("right", &right).ok(201);
    let customer = Customer::of(&folder, "a");
    let token = customer.sign_in(&server);
    let get = |place: &str| customer.get(&server, &token, place);
    let shown = get(&format!("/indicia/{}", serials[0])).ok(200).json();
    assert!(shown.get("text").is_none() && shown["status"] == "live", "{shown}");
    get(&format!("/indicia/{}/symbol.png", serials[0])).refused(410, "erased");
    get(&format!("/indicia/{}/symbol.png", serials[1])).ok(200);
    let page = get("/batches/2/indicia").ok(200).json();
    let texts: Vec<bool> =
        page["items"].as_array().expect("items").iter().map(|one| one.get("text").is_some()).collect();
    assert_eq!(texts, [false, true, true]);
    let events = get("/events").ok(200).json();
    let event = &events["items"].as_array().expect("events").last().expect("one").clone();
    assert_eq!(event["kind"], "erased");
    assert!(!event.to_string().contains("Zo"), "{event}");
    get("/batches/2/labels.pdf").ok(200);
    server.stop();
    folder.audit();
}

const POINTS: [&str; 8] = [
    "engine-before-commit",
    "engine-before-commit:2",
    "engine-after-commit",
    "engine-after-commit:2",
    "engine-permitted",
    "module-before-register",
    "module-after-register",
    "module-before-answer",
];

#[test]
fn killed_at_every_named_step_it_is_erased_all_the_same() {
    if cfg!(not(feature = "crash-points")) {
        println!("left out: needs the feature crash-points");
        return;
    }
    for also_module in [false, true] {
        let folder = Folder::funded();
        for point in POINTS {
            let (texts, serials) = issued(&folder, point, "signature");
            let salt = tie(&texts[0])[..16].to_vec();
            let erase = ["holder", "erase", serials[0].as_str(), "--reason", "asked for"];
            kill_at(&folder, &erase, point, also_module);
            folder.audit();
            folder.ok(&erase);
            for gone in [ZOE.as_bytes(), &salt] {
                assert_eq!(files_with(&folder.data(), gone), Vec::<String>::new(), "{point}");
            }
            folder.audit();
            assert_eq!(folder.ok(&["verify", &texts[0], "--holder", ZOE])[0]["holder"], "matches", "{point}");
        }
    }
}
