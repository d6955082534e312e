//! Printing on other people's printer: CUPS's `ippeveprinter`, which keeps what it is given.

mod support;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;

use indicia::{Indicium, TrustBundle, text};
use scratch_postgres::{Durability, Server};
use scratch_printer::Printer;
use serde_json::Value;
use support::Folder;
use support::killing::kill_at;

const PDF: &str = "application/pdf";
/// Says that it began, and prints until it is told to end, or the printer is gone.
const SLOWLY: &str = r#"here=$(dirname "$0"); touch "$here/begun"
until [ -e "$here/go" ] || ! kill -0 $PPID; do sleep 0.1; done"#;

/// A printer, and a folder that knows it as `desk` with labels of the layout a4-21 in it.
fn with_printer(formats: &str, script: &str) -> Option<(Printer, Folder)> {
    let printer = Printer::start(formats, script)?;
    let folder = Folder::funded();
    folder.ok(&["printer", "add", "desk", &printer.uri(), "--layout", "L7160"]);
    Some((printer, folder))
}

/// Issues three tickets, and says which batch they are.
fn batch(folder: &Folder, more: &[&str]) -> String {
    let report = folder.ok(&folder.issue("items.csv", more));
    format!("a/{}", report["reservation"])
}

fn print(folder: &Folder, what: &[&str]) -> Value {
    folder.ok(&[&["print", "--printer", "desk", "--patience", "1"], what].concat())
}

#[track_caller]
fn refused(folder: &Folder, what: &[&str], says: &str) {
    folder.refused(&[&["print", "--printer", "desk", "--patience", "1"], what].concat(), says);
}

/// Why a command failed that is run once.
fn failed(output: &Output) -> String {
    assert!(!output.status.success(), "{output:?}");
    let said: Value = serde_json::from_slice(&output.stderr).expect("JSON");
    said["error"].as_str().expect("a sentence").to_owned()
}

/// Begins to print, and waits until the printer is at it.
fn begin(folder: &Folder, printer: &Printer, what: &str) -> Child {
    let arguments = ["print", "--printer", "desk", "--patience", "1", what];
    let child = folder.command(&arguments).spawn().expect("mintage");
    wait_for(&printer.folder().join("begun"));
    child
}

fn wait_for(file: &Path) {
    while !file.exists() {
        sleep(Duration::from_millis(20));
    }
}

/// What a print is known to be.
fn outcome(folder: &Folder, print: &str) -> (String, String) {
    let jobs = folder.ok(&["printer", "jobs", "--account", "a"]);
    let found = jobs.as_array().expect("jobs").iter().find(|job| job["print"] == print).expect("a print");
    let text = |name: &str| found[name].as_str().expect("a text").to_owned();
    (text("outcome"), text("said"))
}

#[test]
fn a_batch_arrives_byte_for_byte_and_is_printed_again_only_as_a_reprint() {
    let Some((printer, folder)) = with_printer(PDF, "exit 0") else { return };
    let batch = batch(&folder, &["--out", "sheets.pdf", "--layout", "L7160", "--idempotency-key", "one"]);
    let sheets = std::fs::read(folder.path().join("sheets.pdf")).expect("the sheets");
    let before = folder.ok(&["account", "show", "a"]);
    let report = print(&folder, &[&batch]);
    assert_eq!(
        (&report["print"], &report["outcome"], &report["labels"], &report["medium"]),
        (&"a/1".into(), &"printed".into(), &3.into(), &"iso_a4_210x297mm".into())
    );
    assert_eq!(printer.received(), std::slice::from_ref(&sheets), "what it got is what would be in a file");

    let serials = folder.serials("one");
    refused(&folder, &[&batch], &format!("{} was printed before, on desk at ", serials[0]));
    refused(&folder, &[&serials[1]], &format!("{} was printed before", serials[1]));
    refused(&folder, &[&batch, "--reprint"], "needs a reason");
    refused(&folder, &[&batch, "--reason", "smeared"], "say --reprint too");
    assert_eq!(printer.received().len(), 1);
    let report = print(&folder, &[&batch, "--reprint", "--reason", "smeared", "--user", "anna"]);
    assert_eq!((&report["print"], &report["reprint"]), (&"a/2".into(), &"smeared".into()));
    assert_eq!(printer.received(), [sheets.clone(), sheets]);
    assert_eq!(folder.ok(&["account", "show", "a"]), before, "nothing is debited by printing");

    let jobs = folder.ok(&["printer", "jobs", "--account", "a"]);
    let [again, first] = jobs.as_array().expect("jobs").as_slice() else { panic!("{jobs}") };
    assert_eq!(
        (&again["by"], &again["reprint"], &again["job"]),
        (&"anna".into(), &"smeared".into(), &2.into())
    );
    assert_eq!((&first["by"], &first["reprint"], &first["job"]), (&"owner".into(), &Value::Null, &1.into()));
    assert_eq!(first["serials"], serde_json::json!([[serials[0], serials[2]]]));
    let shown = folder.ok(&["show", &serials[1]])["prints"].clone();
    assert_eq!(
        (&shown[0]["print"], &shown[0]["outcome"], &shown[1]["reprint"]),
        (&"a/1".into(), &"printed".into(), &"smeared".into())
    );
    folder.audit();
    read_by_others(&folder, &printer.received()[0]);
}

#[test]
fn the_record_is_the_same_in_postgresql() {
    let (Some(server), Some(printer)) = (Server::start(Durability::None), Printer::start(PDF, "exit 0"))
    else {
        return;
    };
    let folder = Folder::funded_in(&server);
    folder.ok(&["printer", "add", "desk", &printer.uri(), "--layout", "a4-21"]);
    let batch = batch(&folder, &[]);
    assert_eq!(print(&folder, &[&batch])["outcome"], "printed");
    refused(&folder, &[&batch], "(print 1, printed)");
    assert_eq!(print(&folder, &[&batch, "--reprint", "--reason", "smeared"])["print"], "a/2");
    assert_eq!((printer.received().len(), outcome(&folder, "a/1").0.as_str()), (2, "printed"));
}

/// zxing-cpp reads every symbol of a document, and each verifies with cwt.
fn read_by_others(folder: &Folder, document: &[u8]) {
    let Some(python) = std::env::var_os("MINTAGE_PEER_PYTHON") else {
        println!("left out: needs MINTAGE_PEER_PYTHON, which `cargo xtask test` sets up");
        return;
    };
    let bundle = std::fs::read(folder.data().join("bundle.cbor")).expect("a bundle");
    let bundle = TrustBundle::open(&bundle, None).expect("a bundle");
    let texts = folder.issued("one");
    let indicium = text::from_text(&texts[0]).expect("an indicium");
    let key_id = Indicium::decode(&indicium).expect("an indicium").key_id();
    let key = bundle.device(key_id).expect("a certificate").key.to_cose_key();
    let public: String = key[key.len() - 32..].iter().map(|byte| format!("{byte:02x}")).collect();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../peers/read_symbols.py");
    let file = folder.file("received.pdf", document);
    let read = Command::new(python).arg(script).args([file, key_id.to_string(), public]).output();
    let read = read.expect("python");
    assert_eq!(String::from_utf8_lossy(&read.stdout).trim(), "3 3 0", "{read:?}");
}

#[test]
fn what_is_void_is_not_printed_any_more() {
    let Some((printer, folder)) = with_printer(PDF, "exit 0") else { return };
    let batch = batch(&folder, &["--idempotency-key", "one"]);
    let serials = folder.serials("one");
    folder.ok(&["void", &serials[1], "--reason", "misprint"]);
    refused(&folder, &[&batch], &format!("{} is void, and isn't printed any more", serials[1]));
    refused(&folder, &[&serials[1], "--reprint", "--reason", "again"], "is void");
    let never = indicia::Serial::new(indicia::DeviceId(1), 4).expect("a serial").to_string();
    refused(&folder, &[&serials[0], &never], &format!("{never} was never issued"));
    refused(&folder, &[&serials[0], &serials[0]], "is named twice");
    refused(&folder, &["a/77"], "a has no issued batch 77");
    refused(&folder, &["b/1"], "there is no account named b");
    assert_eq!(printer.received().len(), 0);
    assert_eq!(folder.ok(&["printer", "jobs", "--account", "a"]), serde_json::json!([]));
    let report = print(&folder, &[&serials[0], &serials[2]]);
    assert_eq!((&report["labels"], &report["outcome"]), (&2.into(), &"printed".into()));
}

#[test]
fn what_a_printer_refuses_counts_as_not_printed() {
    let Some((printer, folder)) = with_printer("image/jpeg", "exit 0") else { return };
    let batch = batch(&folder, &[]);
    refused(&folder, &[&batch], "doesn't take PDF");
    let printer = printer.start_again(PDF, "exit 0");
    refused(
        &folder,
        &[&batch, "--layout", "card"],
        "has no paper of 85.6 by 54.0 mm, which layout card needs",
    );
    folder.ok(&["printer", "add", "desk", &printer.uri(), "--layout", "a4-21", "--resolution", "1234"]);
    refused(&folder, &[&batch], "doesn't print with 1234 dpi, only 600 dpi");
    folder.ok(&["printer", "add", "desk", &printer.uri(), "--layout", "a4-21", "--resolution", "600"]);
    assert_eq!(print(&folder, &[&batch])["outcome"], "printed");
    // One that gives a job up may have printed some of it.
    let printer = printer.start_again(PDF, "exit 1");
    let other = self::batch(&folder, &[]);
    let said = failed(&folder.run(&["print", "--printer", "desk", &other]));
    assert!(said.contains("isn't all on paper (given up by the printer"), "{said}");
    drop(printer);
    refused(&folder, &[&other, "--reprint", "--reason", "half of it"], "can't be reached");
    assert_eq!(outcome(&folder, "a/2").0, "failed");
}

#[test]
fn a_printer_that_goes_away_leaves_it_open_and_nothing_is_sent_again() {
    let Some((printer, folder)) = with_printer(PDF, SLOWLY) else { return };
    let batch = batch(&folder, &[]);
    let child = begin(&folder, &printer, &batch);
    printer.kill();
    let said = failed(&child.wait_with_output().expect("its end"));
    assert!(said.contains("whether print a/1 is on paper isn't known"), "{said}");
    refused(&folder, &[&batch], "(print 1, open)");
    let jobs = folder.ok(&["printer", "jobs"]);
    assert_eq!((&jobs[0]["outcome"], &jobs[0]["job"]), (&"open".into(), &1.into()));

    // Come back, it has forgotten everything, and gives the job's number to another.
    let printer = printer.start_again(PDF, "exit 0");
    folder.ok(&["printer", "jobs"]);
    assert_eq!(outcome(&folder, "a/1"), ("open".into(), "the printer doesn't know the job any more".into()));
    let other = self::batch(&folder, &[]);
    assert_eq!(print(&folder, &[&other])["job"], 1);
    folder.ok(&["printer", "jobs"]);
    assert_eq!(outcome(&folder, "a/1").0, "open");
    assert_eq!(printer.received().len(), 1);
    assert_eq!(print(&folder, &[&batch, "--reprint", "--reason", "power cut"])["outcome"], "printed");
}

#[test]
fn what_a_printer_moves_and_cannot_reach_is_kept_with_it() {
    let Some((printer, folder)) = with_printer(PDF, "exit 0") else { return };
    let file = ["--out", "moved.pdf", "--layout", "L7160", "--offset", "-1,0.5"];
    let batch = batch(&folder, &file);
    let uri = printer.uri();
    let add = |more: &[&str]| {
        folder.ok(&[&["printer", "add", "desk", &uri, "--layout", "L7160"], more].concat());
    };
    // A sheet of labels up to its very edges, none of which the printer reaches.
    refused(&folder, &[&batch, "--layout", "a4-24"], "take another layout or another offset");
    add(&["--margin", "20"]);
    refused(&folder, &[&batch], "take another layout or another offset");
    folder.refused(
        &["printer", "add", "desk", &uri, "--margin", "wide"],
        "a margin is a number of millimetres",
    );
    add(&["--offset", "-1,0.5"]);
    assert_eq!(print(&folder, &[&batch])["outcome"], "printed");
    let moved = std::fs::read(folder.path().join("moved.pdf")).expect("the sheets");
    assert_eq!(printer.received(), [moved]);
}

#[test]
fn a_connection_that_breaks_under_the_document_is_no_reason_to_send_it_again() {
    let Some((printer, folder)) = with_printer(PDF, "exit 0") else { return };
    let (uri, documents) = without_answers_to_documents(&printer);
    folder.ok(&["printer", "add", "desk", &uri, "--layout", "a4-21"]);
    let report = print(&folder, &[&batch(&folder, &[])]);
    assert_eq!((&report["outcome"], &report["job"]), (&"printed".into(), &1.into()));
    assert_eq!((printer.received().len(), documents.load(Ordering::SeqCst)), (1, 1));
}

/// The URI of something that passes everything on to a printer, and all of its answers back but those to documents
/// (Send-Document, 6, of IPP 2.0): there it hangs up. It counts them.
fn without_answers_to_documents(printer: &Printer) -> (String, Arc<AtomicUsize>) {
    let uri = printer.uri();
    let port = uri.split([':', '/']).find_map(|part| part.parse::<u16>().ok()).expect("a port");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let own = listener.local_addr().expect("an address").port();
    let documents = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&documents);
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (server, counted) = (TcpStream::connect(("localhost", port)), Arc::clone(&counted));
            std::thread::spawn(move || pass_on(client, server.expect("the printer"), &counted));
        }
    });
    (format!("ipp://127.0.0.1:{own}/ipp/print"), documents)
}

fn pass_on(mut client: TcpStream, mut server: TcpStream, documents: &AtomicUsize) {
    let (mut head, mut some) = (Vec::new(), [0; 4096]);
    let body = loop {
        let count = client.read(&mut some).expect("bytes");
        head.extend(&some[..count]);
        let end = head.windows(4).position(|four| four == b"\r\n\r\n").map(|end| end + 4);
        if let Some(body) = end.filter(|end| head.len() >= end + 4) {
            break body;
        }
        if count == 0 {
            return;
        }
    };
    let is_document = head[body..].starts_with(&[2, 0, 0, 6]);
    server.write_all(&head).expect("the printer");
    let (mut from, mut to) = (client.try_clone().expect("a socket"), server.try_clone().expect("a socket"));
    std::thread::spawn(move || std::io::copy(&mut from, &mut to));
    if is_document {
        documents.fetch_add(1, Ordering::SeqCst);
        let _ = server.read(&mut some);
    } else {
        let _ = std::io::copy(&mut server, &mut client);
    }
    let _ = client.shutdown(Shutdown::Both);
}

#[test]
fn a_print_can_be_canceled() {
    let Some((printer, folder)) = with_printer(PDF, SLOWLY) else { return };
    let batch = batch(&folder, &[]);
    let report = print(&folder, &[&batch, "--no-wait"]);
    assert_eq!(report["outcome"], "open");
    wait_for(&printer.folder().join("begun"));
    let jobs = folder.ok(&["printer", "jobs", "--printer", "desk"]);
    assert!(jobs[0]["said"].as_str().expect("a sentence").starts_with("printing"), "{jobs}");
    // It ends what it has begun.
    let canceling = folder.ok(&["printer", "cancel", "a/1", "--patience", "0"]);
    let said = (canceling["outcome"].as_str(), canceling["said"].as_str());
    assert_eq!(said, (Some("open"), Some("printing: it is ending")));
    std::fs::write(printer.folder().join("go"), "").expect("a file");
    let canceled = folder.ok(&["printer", "cancel", "a/1"]);
    assert_eq!(canceled["outcome"], "canceled");
    folder.refused(&["printer", "cancel", "a/1"], "print a/1 is over: canceled");
    folder.refused(&["printer", "cancel", "a/2"], "there is no print a/2");
    refused(&folder, &[&batch], "(print 1, canceled)");
    assert_eq!(folder.ok(&["printer", "jobs"]), serde_json::json!([]));
}

#[test]
fn after_a_crash_anywhere_it_is_known_what_may_be_on_paper() {
    let Some((printer, folder)) = with_printer(PDF, "exit 0") else { return };
    let batch = batch(&folder, &[]);
    let print_all = ["print", "--printer", "desk", batch.as_str()];
    // Before the printer had a job, and before it had the document: it surely has nothing.
    kill_at(&folder, &print_all, "print-on-record", true);
    refused(&folder, &[&batch], "(print 1, open)");
    folder.ok(&["printer", "jobs"]);
    assert_eq!(outcome(&folder, "a/1").0, "not sent");
    kill_at(&folder, &print_all, "print-job-made", true);
    assert_eq!(printer.received().len(), 0);
    folder.ok(&["printer", "jobs"]);
    assert_eq!(outcome(&folder, "a/2"), ("open".into(), "held: its document isn't there yet".into()));
    assert_eq!(folder.ok(&["printer", "cancel", "a/2"])["outcome"], "canceled");
    // And after: the printer tells what became of it.
    let reprint = [&print_all[..], &["--reprint", "--reason", "crash"]].concat();
    kill_at(&folder, &reprint, "print-sent", true);
    while outcome(&folder, "a/3").0 != "printed" {
        folder.ok(&["printer", "jobs"]);
        sleep(Duration::from_millis(20));
    }
    assert_eq!(printer.received().len(), 1);
    refused(&folder, &[&batch], "was printed before");
    folder.audit();
}

#[test]
fn printers_are_kept_by_name() {
    let folder = Folder::funded();
    let toml = "[[printer]]\nname = \"desk\"\nuri = \"ipp://192.0.2.7/ipp/print\"\nlayout = \"a4-21\"\n\
                [[printer]]\nname = \"gate\"\nuri = \"ipps://gate.example/ipp/print\"\nmedia = \"oe_4x6-label_4x6in\"\n";
    folder.ok(&["printer", "import", &folder.file("printers.toml", toml.as_bytes())]);
    let csv = "name,uri,layout,media,resolution,certificate\nroll,ipp://[::1]/,label-4x6,,203,\n";
    folder.ok(&["printer", "import", &folder.file("printers.csv", csv.as_bytes())]);
    let names = |folder: &Folder| -> Vec<String> {
        let all = folder.ok(&["printer", "list"]);
        let names = all
            .as_array()
            .expect("printers")
            .iter()
            .map(|one| one["name"].as_str().expect("a name").to_owned());
        names.collect()
    };
    assert_eq!(names(&folder), ["desk", "gate", "roll"]);
    assert_eq!(folder.ok(&["printer", "list"])[2]["resolution"], 203);
    for (file, content, says) in [
        ("p.toml", "[[printer]]\nname = \"x\"\nuri = \"ipp://a/\"\ncolour = 1\n", "unknown field `colour`"),
        (
            "p.toml",
            "[[printer]]\nname = \"x\"\nuri = \"http://a/\"\n",
            "printer x: \"http://a/\" begins with neither",
        ),
        ("p.csv", "name,uri\nx,ipp://a/\nx,ipp://b/\n", "printer x is there twice"),
        ("p.csv", "name,uri\nx\n", "p.csv"),
        ("p.txt", "", "end in .toml or .csv"),
    ] {
        folder.refused(&["printer", "import", &folder.file(file, content.as_bytes())], says);
    }
    assert_eq!(names(&folder), ["desk", "gate", "roll"]);
    folder.ok(&["printer", "remove", "gate"]);
    folder.refused(&["printer", "remove", "gate"], "there is no printer named gate");
    folder.refused(&["printer", "add", "a b", "ipp://a/"], "is no name for a printer");
    folder.refused(&["printer", "add", "x", "ipp://me:secret@a/"], "no user and no password");
    folder.refused(&["printer", "add", "x", "ipp://a/", "--layout", "A5"], "there is no layout named A5");
    assert_eq!(names(&folder), ["desk", "roll"]);
    let batch = batch(&folder, &[]);
    folder.refused(&["print", "--printer", "gate", &batch], "there is no printer named gate");
    // Nobody listens there: it is asked nothing, and nothing is on record.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let uri = format!("ipp://{}/", nobody.expect("a port"));
    folder.ok(&["printer", "add", "desk", &uri, "--layout", "a4-21"]);
    folder.refused(&["print", "--printer", "desk", &batch], "can't be reached");
    folder.refused(&["printer", "show", "desk"], "can't be reached");
    assert_eq!(folder.ok(&["printer", "jobs", "--account", "a"]), serde_json::json!([]));
}
