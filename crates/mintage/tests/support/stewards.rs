//! Stewards, and what they redeem: at a server, and at a gate, which answers alike.

use std::net::SocketAddr;

use asker::Secret;
use serde_json::{Value, json};

use super::Folder;
use super::http::{Answer, Connection};
use super::served::{Server, staff_sign_in};

pub(crate) const GIL: [u8; 32] = [31; 32];
pub(crate) const SUE: [u8; 32] = [34; 32];

/// The public half of a steward's key, as it is named when he is appointed.
pub(crate) fn public_half(seed: &[u8; 32]) -> String {
    let asker::Credential::Ed25519(public) = Secret::ed25519(seed).credential() else { panic!("Ed25519") };
    hex(&public)
}

/// A steward's access key, as it is typed.
pub(crate) fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A folder with stewards named gil and sue, beside those that every folder has.
pub(crate) fn folder_with_stewards() -> Folder {
    let folder = Folder::funded();
    for (name, seed) in [("gil", GIL), ("sue", SUE)] {
        folder.ok(&["staff", "appoint", &format!("steward:{name}={}", public_half(&seed))]);
    }
    folder
}

/// Signs somebody of the staff in, and returns what stands in the field `Authorization` from then on.
pub(crate) fn token(server: &Server, secret: &Secret) -> String {
    bearer(&staff_sign_in(server, secret).ok(201).json())
}

pub(crate) fn steward_token(server: &Server, seed: &[u8; 32]) -> String {
    let session = staff_sign_in(server, &Secret::ed25519(seed)).ok(201).json();
    assert_eq!(session["role"], "steward");
    bearer(&session)
}

fn bearer(session: &Value) -> String {
    format!("Bearer {}", session["token"].as_str().expect("a token"))
}

pub(crate) fn redeem(server: &Server, token: &str, key: &str, what: &Value) -> Answer {
    let key = format!("\"{key}\"");
    let fields = [("Authorization", token), ("Idempotency-Key", &*key), ("Content-Type", "application/json")];
    server.post("/v1/redemptions", &fields, what.to_string().as_bytes())
}

/// All uses of an indicium, as whoever is asked has them.
pub(crate) fn redemptions(server: &Server, token: &str, serial: &str) -> Vec<Value> {
    let made = server.get(&format!("/v1/redemptions/{serial}"), &[("Authorization", token)]).ok(200).json();
    made.as_array().expect("a list").clone()
}

/// A problem's own sentence.
pub(crate) fn detail(answer: &Answer) -> String {
    answer.json()["detail"].as_str().expect("a sentence").to_owned()
}

/// One scan, as it was asked for and answered; not at all, if whoever was asked was gone.
pub(crate) struct Scan {
    pub(crate) key: String,
    pub(crate) shown: Value,
    pub(crate) answer: Option<Answer>,
}

/// Shows all tickets at a gate of this name, one after the other, until whoever is asked is gone.
pub(crate) fn scan_all(asked: SocketAddr, token: &str, gate: &str, texts: &[&str]) -> Vec<Scan> {
    let mut connection = Connection::to(asked);
    let mut scans = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        let (key, shown) = (format!("{gate} {number}"), json!({ "indicium": text, "gate": gate }));
        let quoted = format!("\"{key}\"");
        let fields =
            [("Authorization", token), ("Idempotency-Key", &quoted), ("Content-Type", "application/json")];
        let answer = connection.try_ask("POST", "/v1/redemptions", &fields, shown.to_string().as_bytes());
        let is_gone = answer.is_none();
        scans.push(Scan { key, shown, answer });
        if is_gone {
            break;
        }
    }
    scans
}
