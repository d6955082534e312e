//! Other people's printer: CUPS's `ippeveprinter`.

use std::io::Cursor;
use std::thread::sleep;
use std::time::Duration;

use printer::{About, Address, Job, JobId, JobState, NewJob, PDF, Printer, PrinterError, PrinterState};
use scratch_printer::Printer as Peer;

const A4: (f64, f64) = (210.0, 297.0);

fn reached(peer: &Peer) -> Printer {
    Printer::new(peer.uri().parse::<Address>().expect("a URI"), None).expect("a printer")
}

fn make(printer: &Printer, about: &About, name: &str) -> Result<JobId, PrinterError> {
    let medium = about.media.fitting(A4).expect("A4");
    let job =
        NewJob { name, user: "clerk", medium, page: A4, resolution: about.resolutions.first().copied() };
    printer.make(about, &job)
}

fn send(printer: &Printer, job: JobId, document: &[u8]) -> Result<Job, PrinterError> {
    printer.send(job, "clerk", Cursor::new(document.to_vec()), document.len() as u64)
}

/// A job, once something is true of it.
fn once(printer: &Printer, job: JobId, is: impl Fn(&Job) -> bool) -> Job {
    loop {
        let found = printer.job(job, "clerk").expect("an answer").expect("a job");
        if is(&found) {
            return found;
        }
        assert!(!found.state.is_over(), "{found:?}");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_document_arrives_as_it_is_and_its_job_is_found_by_name() {
    let Some(peer) = Peer::start(PDF, "env >\"$(dirname \"$0\")/env\"") else { return };
    let printer = reached(&peer);
    let about = printer.about().expect("an answer");
    printer.check(&about).expect("it takes PDF");
    assert_eq!((about.state, about.name.as_deref()), (PrinterState::Idle, Some("Mintage test")));
    let a4 = about.media.fitting(A4).expect("A4");
    assert_eq!((a4.name.as_deref(), a4.is_ready), (Some("iso_a4_210x297mm"), false));
    assert!(a4.margins.is_some_and(|margins| margins.left == 340), "{a4:?}");
    let envelope = about.media.fitting((241.3, 104.775)).expect("an envelope");
    assert!(envelope.is_ready, "{envelope:?}");

    // Of so many bytes that they come in several pieces.
    let document = [b"%PDF-1.7\n".to_vec(), (0..300_000_u32).flat_map(u32::to_le_bytes).collect()].concat();
    let job = make(&printer, &about, "Mintage a/1 x").expect("a job");
    let found = printer.find(|name| name == "Mintage a/1 x", "clerk").expect("an answer").expect("a job");
    assert_eq!((found.id, found.state), (job, JobState::Held));
    assert_eq!(printer.find(|name| name == "Mintage a/1", "clerk").expect("an answer"), None);
    send(&printer, job, &document).expect("it is taken");
    once(&printer, job, |job| job.state == JobState::Completed);
    assert_eq!(peer.received(), [document]);
    let wanted = std::fs::read_to_string(peer.folder().join("env")).expect("what it was asked for");
    for wanted_line in ["IPP_MEDIA=iso_a4_210x297mm", "IPP_SIDES=one-sided", "IPP_PRINTER_RESOLUTION=600dpi"]
    {
        assert!(wanted.lines().any(|line| line == wanted_line), "{wanted_line} of {wanted}");
    }
    assert_eq!(
        printer.find(|name| name == "Mintage a/1 x", "clerk").expect("an answer").map(|job| job.id),
        Some(job)
    );
    assert_eq!(printer.job(JobId(77), "clerk").expect("an answer"), None);
}

#[test]
fn what_a_printer_cannot_do_is_said_before_anything_is_sent() {
    let Some(peer) = Peer::start("image/jpeg,image/pwg-raster", "exit 0") else { return };
    let printer = reached(&peer);
    let about = printer.about().expect("an answer");
    let Err(PrinterError::Unable { reason, .. }) = printer.check(&about) else { panic!("it takes no PDF") };
    assert!(reason.contains("image/jpeg"), "{reason}");
    // Asked all the same, it refuses.
    let job = make(&printer, &about, "Mintage a/1 x").expect("a job");
    assert!(matches!(send(&printer, job, b"%PDF-1.7\n"), Err(PrinterError::Refused { .. })));
    let medium = printer::Medium {
        name: Some("iso_a0_841x1189mm".into()),
        ..about.media.fitting(A4).expect("A4").clone()
    };
    let job = NewJob { name: "b", user: "clerk", medium: &medium, page: A4, resolution: None };
    let Err(PrinterError::Refused { reason, .. }) = printer.make(&about, &job) else {
        panic!("it has no A0")
    };
    assert!(reason.contains("media"), "{reason}");
}

#[test]
fn a_printer_that_stops_says_why_and_its_job_can_be_canceled() {
    let script = "echo 'STATE: +media-jam-error' >&2; until [ -e \"$(dirname \"$0\")/go\" ] || ! kill -0 $PPID; do sleep 0.1; done";
    let Some(peer) = Peer::start(PDF, script) else { return };
    let printer = reached(&peer);
    let about = printer.about().expect("an answer");
    let job = make(&printer, &about, "Mintage a/1 x").expect("a job");
    send(&printer, job, b"%PDF-1.7\n").expect("it is taken");
    once(&printer, job, |job| job.state == JobState::Processing);
    let about = loop {
        let about = printer.about().expect("an answer");
        if !about.reasons.is_empty() {
            break about;
        }
        sleep(Duration::from_millis(20));
    };
    assert!(about.sentence().contains("paper is jammed"), "{}", about.sentence());
    printer.cancel(job, "clerk").expect("it is canceled");
    // It ends what it has begun.
    std::fs::write(peer.folder().join("go"), "").expect("a file");
    let ended = loop {
        let found = printer.job(job, "clerk").expect("an answer").expect("a job");
        if found.state.is_over() {
            break found;
        }
        sleep(Duration::from_millis(20));
    };
    assert_eq!(ended.state, JobState::Canceled, "{}", ended.sentence());
    assert!(matches!(printer.cancel(job, "clerk"), Err(PrinterError::Refused { .. })));
}

#[test]
fn whether_anything_was_sent_is_told_apart() {
    let Some(peer) = Peer::start(PDF, "exit 0") else { return };
    let printer = reached(&peer);
    let about = printer.about().expect("an answer");
    let job = make(&printer, &about, "Mintage a/1 x").expect("a job");
    peer.kill();
    assert!(matches!(printer.about(), Err(PrinterError::Unreachable { .. })));
    assert!(matches!(send(&printer, job, b"%PDF-1.7\n"), Err(PrinterError::Unreachable { .. })));

    // Something that takes everything and goes away without an answer.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = listener.local_addr().expect("an address").port();
    let taker = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut some = [0; 64];
        std::io::Read::read(&mut stream, &mut some).expect("bytes");
    });
    let gone =
        Printer::new(format!("ipp://127.0.0.1:{port}/").parse().expect("a URI"), None).expect("a printer");
    assert!(matches!(send(&gone, job, b"%PDF-1.7\n"), Err(PrinterError::Lost { .. })));
    taker.join().expect("its end");
}

#[test]
fn a_printer_is_known_by_its_certificate() {
    let Some(peer) = Peer::start(PDF, "exit 0") else { return };
    let uri = peer.uri().replace("ipp:", "ipps:");
    let stranger = Printer::new(uri.parse().expect("a URI"), None).expect("a printer");
    assert!(
        matches!(stranger.about(), Err(PrinterError::Untrusted { .. })),
        "nobody known signed its certificate"
    );
    // It makes one at the first connection.
    let file = peer.folder().join("localhost.crt");
    let pem = std::fs::read_to_string(&file).expect("a certificate");
    let known = Printer::new(uri.parse().expect("a URI"), Some(&pem)).expect("a printer");
    assert_eq!(known.about().expect("an answer").state, PrinterState::Idle);
    assert!(matches!(
        Printer::new(uri.parse().expect("a URI"), Some("no PEM")),
        Err(PrinterError::Certificate { .. })
    ));
}
