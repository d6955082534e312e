//! Passkeys beside the sessions of people, made and used by PyPI's fido2.

mod support;

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use asker::{Change, ContentDigest, Errand, Params, Passkey, PasskeyRegistration, Personal, Statement};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use support::Folder;
use support::http::{Answer, Connection};
use support::person::{GOOD, Session, ida, invite, key, sign_in};
use support::served::{Customer, Request, Server, now, tickets};

const ORIGIN: &str = "https://tickets.example";

/// An authenticator that signs by ES256, in other people's software.
struct Authenticator {
    python: OsString,
    count: u32,
}

impl Authenticator {
    fn new() -> Option<Self> {
        let python = std::env::var_os("MINTAGE_PEER_PYTHON");
        if python.is_none() {
            println!("left out: needs MINTAGE_PEER_PYTHON, which `cargo xtask test` sets up");
        }
        Some(Self { python: python?, count: 0 })
    }

    /// Makes the passkey, or uses it.
    fn ask(&mut self, create: bool, challenge: [u8; 32]) -> Value {
        self.count += 1;
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        // Present, verified, may be backed up and is; a passkey is in it.
        let flags = 0b0001_1101 | if create { 1 << 6 } else { 0 };
        let case = json!({
            "create": create, "algorithm": "es256", "key": hex(&[7; 32]), "challenge": hex(&challenge),
            "origin": ORIGIN, "site": "tickets.example", "flags": flags, "count": self.count,
            "extensions": false, "format": "none", "more": {},
        });
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../peers/passkey_peer.py");
        let mut peer = Command::new(&self.python);
        let mut peer =
            peer.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the peer");
        writeln!(peer.stdin.take().expect("its input"), "{case}").expect("its input");
        let output = peer.wait_with_output().expect("its output");
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    fn make(&mut self, session: &Session) -> Personal {
        let said = self.ask(true, Passkey::challenge_of_session(session.id(), session.challenge));
        let (client_data, attestation) = (bytes(&said, "client_data"), bytes(&said, "attestation"));
        let registration = PasskeyRegistration { client_data, attestation };
        Personal::AddPasskey { origin: ORIGIN.into(), registration }
    }

    /// The request with the field that says that its user agrees to it.
    fn agree(&mut self, request: &Request, statement: &Statement<'_>) -> Request {
        let params = request.field("Signature-Input").strip_prefix("sig=").expect("its label");
        let said = self.ask(false, statement.challenge(&Params::parse(params).expect("parameters")));
        let part = |field: &str, name: &str| format!("{field}=:{}:", STANDARD.encode(bytes(&said, name)));
        let parts = [
            part("id", "id"),
            part("client-data", "client_data"),
            part("authenticator-data", "authenticator_data"),
            part("signature", "signature"),
        ];
        request.with("Mintage-Passkey", Some(&parts.join(", ")))
    }
}

fn bytes(said: &Value, name: &str) -> Vec<u8> {
    let hex = said[name].as_str().expect("hexadecimal digits");
    let byte = |place| u8::from_str_radix(&hex[place..place + 2], 16).expect("digits");
    (0..hex.len()).step_by(2).map(byte).collect()
}

/// Ida signed in, has a passkey, and sessions take one ticket at once without it.
fn with_passkey(folder: &Folder, server: &Server, device: &mut Authenticator) -> Session {
    invite(folder, server);
    let limits = Change::SetLimits { per_item: None, per_day: None, passkey_above: Some(100) };
    Customer::of(folder, "a").change(&limits, &key()).send(server).ok(201);
    let mut session = sign_in(server, GOOD, None);
    let add = device.make(&session);
    session.change(server, add).ok(201);
    session
}

/// A request for so many tickets, and what it states.
fn asked(session: &Session, key: &str, query: &str, content: &[u8]) -> Request {
    session.customer.batch_at(key, query, content, now(), session.challenge)
}

fn issue(
    session: &mut Session,
    server: &Server,
    key: &str,
    query: &str,
    device: &mut Authenticator,
) -> (Request, Answer) {
    let content = tickets(2);
    let request = asked(session, key, query, &content);
    let request = device.agree(&request, &Statement::batch("a", query, key, ContentDigest::of(&content)));
    let answer = session.send(server, &request);
    (request, answer)
}

#[test]
fn a_session_asks_for_more_than_the_limit_with_a_passkey_only() {
    let Some(mut device) = Authenticator::new() else { return };
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let mut ida_here = with_passkey(&folder, &server, &mut device);
    ida_here.batch(&server).ok(201);
    let bare = asked(&ida_here, &key(), "", &tickets(2));
    ida_here.send(&server, &bare).refused(401, "passkey-required");

    let key = key();
    let (request, answer) = issue(&mut ida_here, &server, &key, "", &mut device);
    let done = answer.ok(201).json();
    // The answer is for ever; what was agreed to isn't agreed to again.
    assert_eq!(request.send(&server).ok(201).json(), done);
    let shown = ida_here.customer.get(&server, &ida_here.token, &format!("/sessions/{}", ida_here.id()));
    ida_here.challenge = shown.ok(200).json()["challenge"].as_str().expect("it").parse().expect("a number");
    let other = asked(&ida_here, &support::person::key(), "", &tickets(2));
    let other = other.with("Mintage-Passkey", Some(request.field("Mintage-Passkey")));
    ida_here.send(&server, &other).refused(401, "passkey-wrong");
    for malformed in ["x", "id=:AA==:", "id=AA"] {
        let request = asked(&ida_here, &support::person::key(), "", &tickets(2));
        request.with("Mintage-Passkey", Some(malformed)).send(&server).refused(400, "malformed-request");
    }

    let users = ida_here.customer.get(&server, &ida_here.token, "/users").ok(200).json();
    assert_eq!(users["limits"]["passkey_above"], "1.00");
    let mine = users["users"].as_array().expect("users").iter().find(|user| user["name"] == "ida");
    let passkey = mine.expect("ida")["passkeys"][0].clone();
    assert_eq!(passkey["origin"], ORIGIN);
    let passkey = passkey["passkey"].as_str().expect("a name").parse().expect("a name");
    ida_here.change(&server, Personal::RemovePasskey(passkey)).refused(401, "passkey-required");
    // Software with a key of its own isn't asked for one.
    let owner = Customer::of(&folder, "a");
    owner.batch(&support::person::key(), "", &tickets(2)).send(&server).ok(201);
    owner.change(&ida(Personal::RemovePasskey(passkey)), &support::person::key()).send(&server).ok(201);
    let (_, gone) = issue(&mut ida_here, &server, &support::person::key(), "", &mut device);
    gone.refused(401, "passkey-wrong");
    server.stop();
    folder.audit();
}

#[test]
fn what_is_held_stays_until_a_passkey_agrees_to_its_draw() {
    let Some(mut device) = Authenticator::new() else { return };
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let mut ida = with_passkey(&folder, &server, &mut device);
    let (key, content) = (key(), tickets(2));
    let hold = asked(&ida, &key, "hold=600", &content);
    let reservation = ida.send(&server, &hold).ok(202).json()["batch"].as_u64().expect("a number");
    let errand = Errand::Draw { reservation, reserved: ContentDigest::of(&content) };
    let draw = ida.customer.errand_at(errand, &key, now(), ida.challenge);
    ida.send(&server, &draw).refused(401, "passkey-required");
    let draw = device.agree(&draw, &errand.statement("a", &key));
    ida.send(&server, &draw).ok(201);
    server.stop();
    folder.audit();
}

/// What the passkey agreed to is kept with the request.
#[test]
fn a_server_that_is_killed_before_the_module_saw_the_passkey_issues_when_it_is_back() {
    let Some(mut device) = Authenticator::new() else { return };
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let mut ida = with_passkey(&folder, &server, &mut device);
    // The server asks the module once whose key this is.
    ida.batch(&server).ok(201);
    let (key, content) = (key(), tickets(2));
    let request = asked(&ida, &key, "", &content);
    let request = device.agree(&request, &Statement::batch("a", "", &key, ContentDigest::of(&content)));
    let place = format!("/batches?idempotency_key={key}");
    server.signal_module("-STOP");
    let mut waits = Connection::to(server.public);
    waits.write(&support::http::head("POST", &request.path, &request.fields(), request.content.len()));
    waits.write(&request.content);
    let is_kept = || ida.customer.get(&server, &ida.token, &place).ok(200).json()["items"] != json!([]);
    let mut looks = (0..1_000).map(|_| {
        std::thread::sleep(Duration::from_millis(10));
        is_kept()
    });
    assert!(looks.any(|kept| kept), "the request was never reserved");
    let modules = server.modules();
    server.signal("-KILL");
    drop(server);
    for module in modules {
        let _ = Command::new("kill").args(["-9", &module.to_string()]).status(); // it may have ended already
    }
    let server = Server::start(&folder, &[]);
    let issued = request.send(&server).ok(201).json();
    assert_eq!(issued["count"], 2);
    server.stop();
    folder.audit();
}
