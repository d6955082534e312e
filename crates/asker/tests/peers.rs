//! PyPI's http-message-signatures reads what is signed here, and what it signs is read here.

mod support;

use std::time::{SystemTime, UNIX_EPOCH};

use asker::{Checker, ContentDigest, Params, Proof, ProofError, Secret, Signature, Statement};
use serde_json::{Value, json};
use support::{ask, peer};

const PEER: &str = "http_signature_peer.py";
const ITEMS: &[u8] = b"kind,amount\nticket,12.50\n";
const COVERED: [&str; 5] = ["content-digest", "@query", "idempotency-key", "@path", "@method"];

/// A request that somebody signs.
#[derive(Clone, Copy)]
struct Request {
    account: &'static str,
    query: &'static str,
    key: &'static str,
    /// The reservation, if it is drawn.
    drawn: Option<u64>,
}

const REQUESTS: [Request; 4] = [
    Request { account: "a", query: "", key: "key-1", drawn: None },
    Request {
        account: "mail.room@b",
        query: "on_insufficient=wait&wait=60&priority=3",
        key: "k",
        drawn: None,
    },
    Request { account: "a", query: "hold=60", key: r#"a "quoted" \ key"#, drawn: None },
    Request { account: "a", query: "", key: "key-1", drawn: Some(7) },
];

impl Request {
    fn statement(&self) -> Statement<'_> {
        let items = ContentDigest::of(ITEMS);
        match self.drawn {
            None => Statement::batch(self.account, self.query, self.key, items),
            Some(reservation) => Statement::draw(self.account, reservation, self.key, items),
        }
    }

    /// As the peer takes it.
    fn to_json(self, key: &Key, nonce: u64) -> Value {
        let account = self.account;
        let (path, content) = match self.drawn {
            None => (format!("/v1/accounts/{account}/batches"), ITEMS.to_vec()),
            Some(id) => (
                format!("/v1/accounts/{account}/reservations/{id}/draw"),
                ContentDigest::of(ITEMS).drawing().into_bytes(),
            ),
        };
        json!({
            "path": path, "query": self.query, "idempotency_key": self.key, "content": hex::encode(content),
            "algorithm": key.secret.credential().algorithm().name(), "key": hex::encode(key.bytes),
            "key_id": key.secret.credential().key_id().to_string(), "created": now(), "nonce": nonce.to_string(),
            "covered": COVERED,
        })
    }
}

struct Key {
    bytes: [u8; 32],
    secret: Secret,
}

fn keys() -> [Key; 2] {
    let bytes = [9; 32];
    [Key { bytes, secret: Secret::hmac(bytes) }, Key { bytes, secret: Secret::ed25519(&bytes) }]
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs()
}

#[test]
fn what_is_signed_here_is_read_there_and_nothing_else_is() {
    let Some(python) = peer() else { return };
    let (mut cases, mut genuine) = (Vec::new(), Vec::new());
    for key in &keys() {
        for (request, nonce) in REQUESTS.into_iter().zip(u64::MAX - 4..) {
            let proof = Proof::sign(&key.secret, &request.statement(), now(), nonce);
            let mut case = request.to_json(key, nonce);
            case["params"] = proof.params.to_text().into();
            case["signature"] = hex::encode(&*proof.signature).into();
            for (name, value) in [
                ("path", json!("/v1/accounts/b/batches")),
                ("query", json!("priority=9")),
                ("idempotency_key", json!("another")),
                ("content", json!("00")),
                ("key", json!(hex::encode([8; 32]))),
            ] {
                let mut changed = case.clone();
                changed[name] = value;
                cases.push(changed);
                genuine.push(false);
            }
            cases.push(case);
            genuine.push(true);
        }
    }
    for ((answer, case), genuine) in ask(&python, PEER, &cases).iter().zip(&cases).zip(genuine) {
        assert_eq!(answer == "genuine", genuine, "{answer}: {case}");
    }
}

#[test]
fn what_is_signed_there_is_read_here_and_nothing_else_is() {
    let Some(python) = peer() else { return };
    let keys = keys();
    let asked: Vec<_> = keys.iter().flat_map(|key| REQUESTS.map(|request| (key, request))).collect();
    let cases: Vec<_> =
        asked.iter().zip(1..).map(|((key, request), nonce)| request.to_json(key, nonce)).collect();
    for (((key, request), answer), nonce) in asked.iter().zip(ask(&python, PEER, &cases)).zip(1..) {
        let answer: Value = serde_json::from_str(&answer).expect("a signature");
        let text = |name: &str| answer[name].as_str().expect("a text").to_owned();
        let params = Params::parse(&text("params")).expect("parameters");
        assert_eq!((params.nonce(), params.check_time(now())), (nonce, Ok(())));
        let signature = Signature::new(&hex::decode(text("signature")).expect("bytes")).expect("a signature");
        let mut proof = Proof { params, signature, passkey: None };
        let check = |proof: &Proof| Checker::new(&key.secret.credential()).check(&request.statement(), proof);
        assert_eq!(check(&proof), Ok(()), "{answer}");
        proof.signature[7] ^= 1;
        assert_eq!(check(&proof), Err(ProofError::Signature));
    }
}
