//! Labels over HTTP: what is on the paper is what was issued, read back from the drawn pages.

mod support;

use std::collections::BTreeMap;

use scan::SymbolFormat;
use support::Folder;
use support::http::{Connection, head};
use support::served::{Customer, Server, texts, tickets};

/// The texts of all symbols of a PDF, sorted, and how many each of its pages has.
fn read_back(pdf: &[u8]) -> (Vec<String>, Vec<usize>) {
    let mut on_page = BTreeMap::new();
    let found = scan::read_pdf(pdf, |page, _| {
        on_page.insert(page, 0);
    });
    let mut texts = Vec::new();
    for symbol in found.expect("a PDF") {
        *on_page.entry(symbol.page.expect("a page")).or_default() += 1;
        texts.push(String::from_utf8(symbol.content).expect("a ticket's symbol has text"));
    }
    texts.sort_unstable();
    (texts, on_page.into_values().collect())
}

#[test]
fn each_indicium_of_a_batch_is_on_its_sheets_once_and_no_other() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    // What is asked for while another transaction is open shares the next one, and its segment: neighbours that aren't to be
    // printed.
    server.signal_module("-STOP");
    let mut asked: Vec<Connection> = [("first", 1), ("before", 2), ("many", 30), ("after", 2)]
        .into_iter()
        .map(|(key, count)| {
            let request = customer.batch(key, "", &tickets(count));
            let mut connection = Connection::to(server.public);
            connection.write(&head("POST", &request.path, &request.fields(), request.content.len()));
            connection.write(&request.content);
            server.get("/problems/overloaded", &[]).ok(200);
            connection
        })
        .collect();
    server.signal_module("-CONT");
    let answers = asked.iter_mut().map(|connection| connection.answer().expect("an answer").ok(201).json());
    let batch = answers.collect::<Vec<_>>().swap_remove(2);
    let mut issued: Vec<_> = texts(&batch).into_iter().map(str::to_owned).collect();
    issued.sort_unstable();
    let token = customer.sign_in(&server);
    let sheets = |query: &str| {
        let place = format!("/batches/{}/labels.pdf{query}", batch["batch"]);
        let answer = customer.get(&server, &token, &place).ok(200);
        assert_eq!(answer.field("content-type"), Some("application/pdf"));
        read_back(&answer.body)
    };
    // The layout that is taken by itself has 24 places, this other one 10.
    assert_eq!(sheets(""), (issued.clone(), vec![24, 6]));
    assert_eq!(sheets("?layout=letter-10"), (issued, vec![10, 10, 10]));
    server.stop();
}

#[test]
fn the_symbol_of_an_indicium_carries_it() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let batch = customer.batch("k", "", &tickets(3)).send(&server).ok(201).json();
    let token = customer.sign_in(&server);
    let serial = batch["last_serial"].as_str().expect("a serial");
    let answer = customer.get(&server, &token, &format!("/indicia/{serial}/symbol.png")).ok(200);
    assert_eq!(answer.field("content-type"), Some("image/png"));
    let found = scan::read_picture(&answer.body).expect("a picture");
    let [symbol] = &found[..] else { panic!("one symbol: {found:?}") };
    assert_eq!((symbol.format, symbol.page), (SymbolFormat::Qr, None));
    assert_eq!(symbol.content, texts(&batch)[2].as_bytes());
    server.stop();
}

/// What the printer is sent over HTTP is what the command line writes.
#[test]
fn label_and_receipt_printers_are_sent_the_same_as_from_the_command_line() {
    let folder = Folder::funded();
    let written = |name: &str, more: &[&str]| {
        let issue = ["--idempotency-key", "k", "--out", name];
        let batch = folder.ok(&folder.issue("items.csv", &[&issue[..], more].concat()));
        (batch["reservation"].clone(), std::fs::read(folder.path().join(name)).expect("a file"))
    };
    let (batch, pdf) = written("labels.pdf", &["--offset", "1,-0.5"]);
    let (_, zpl) = written("labels.zpl", &["--dpi", "600"]);
    let (_, receipts) = written("labels.escpos", &["--layout", "receipt-80", "--margin", "1"]);
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let token = customer.sign_in(&server);
    for (place, content_type, file) in [
        ("labels.pdf?offset=1,-0.5", "application/pdf", pdf),
        ("labels.zpl?dpi=600", "text/plain; charset=us-ascii", zpl),
        ("labels.escpos?layout=receipt-80&margin=1", "application/octet-stream", receipts),
    ] {
        let answer = customer.get(&server, &token, &format!("/batches/{batch}/{place}")).ok(200);
        assert_eq!(answer.field("content-type"), Some(content_type));
        assert!(answer.body == file, "{place}");
    }
    server.stop();
}

/// Labels speak the dearest language of whoever asks that they have, in what is answered and in what it says of itself.
#[test]
fn labels_speak_the_language_of_whoever_asks() {
    let folder = Folder::funded();
    let written = |language: &str| {
        let issue = ["--idempotency-key", "k", "--out", "labels.pdf", "--language", language];
        let batch = folder.ok(&folder.issue("items.csv", &issue));
        (batch["reservation"].clone(), std::fs::read(folder.path().join("labels.pdf")).expect("a file"))
    };
    let [(batch, german), (_, english), (_, first)] = ["de", "en", "ja,fr-CA,de"].map(written);
    let refused = folder.run_plain(&folder.issue("items.csv", &["--language", "german"]));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("isn't a language's tag"), "{refused:?}");
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let token = customer.sign_in(&server);
    let path = format!("/v1/accounts/a/batches/{batch}/labels.pdf");
    for (wanted, spoken, file) in [
        (None, "en", &english),
        (Some("de"), "de", &german),
        (Some("en;q=0.4, de;q=0.5"), "de", &german),
        (Some("ja, de;q=0"), "en", &english),
        (Some("ja, fr-CA, de;q=0.5"), "fr-CA", &first),
        (Some(";;q=,de_,\u{e9}"), "en", &english),
    ] {
        let mut fields = vec![("Authorization", token.as_str())];
        fields.extend(wanted.map(|wanted| ("accept-language", wanted)));
        let answer = server.get(&path, &fields).ok(200);
        assert_eq!(answer.field("content-language"), Some(spoken), "{wanted:?}");
        assert_eq!(answer.field("vary"), Some("accept-language"));
        assert!(answer.body == *file, "{wanted:?}");
    }
    assert!(german != english && english != first);
    server.stop();
}

#[test]
fn what_cant_be_printed_is_said() {
    let folder = Folder::funded();
    folder.file("undrawable.csv", "kind,amount,holder\nticket,1,Zoë\nticket,1,山田\n".as_bytes());
    let undrawable = folder.ok(&folder.issue("undrawable.csv", &[]))["reservation"].clone();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let batch = customer.batch("k", "", &tickets(1)).send(&server).ok(201).json();
    let held = customer.batch("h", "hold=600", &tickets(1)).send(&server).ok(202).json();
    let token = customer.sign_in(&server);
    let get = |place: &str| customer.get(&server, &token, place);
    let (batch, held) = (&batch["batch"], &held["batch"]);
    get(&format!("/batches/{batch}/labels.pdf?layout=a5")).refused(400, "malformed-request");
    get(&format!("/batches/{batch}/labels.pdf?colour=red")).refused(400, "malformed-request");
    for bad in [
        "labels.pdf?offset=1",
        "labels.pdf?layout=a4-24&margin=4.2",
        "labels.zpl?dpi=250",
        "labels.zpl?layout=a4-24",
    ] {
        get(&format!("/batches/{batch}/{bad}")).refused(400, "malformed-request");
    }
    for kind in ["pdf", "zpl", "escpos"] {
        let answer =
            get(&format!("/batches/{undrawable}/labels.{kind}")).refused(400, "malformed-request").json();
        let detail = answer["detail"].as_str().expect("a sentence");
        assert!(detail.starts_with("item 2: \"山田\" can't be printed"), "{detail}");
    }
    get(&format!("/batches/{held}/labels.pdf")).refused(404, "not-found");
    get("/batches/99/labels.pdf").refused(404, "unknown-batch");
    // Well-formed, but never issued; and no serial at all.
    let serial = "0000000001-000000000099-";
    let check = (0..97).map(|digits| format!("{serial}{digits:02}"));
    for serial in check.filter(|text| text.parse::<indicia::Serial>().is_ok()).chain(["1".into()]) {
        get(&format!("/indicia/{serial}/symbol.png")).refused(404, "unknown-indicium");
    }
    server.stop();
}
