//! Passkeys of another's making: an authenticator of PyPI's fido2.

mod support;

use asker::{
    ContentDigest, Passkey, PasskeyAlgorithm, PasskeyAssertion, PasskeyError, PasskeyRegistration, Proof,
    RelyingParty, Secret, Statement,
};
use serde_json::{Value, json};
use support::{ask, peer};

const PEER: &str = "passkey_peer.py";
const ORIGIN: &str = "https://tickets.example";
/// Present, verified, may be backed up and is; a passkey is in it; extensions follow.
const FLAGS: u8 = 0b0001_1101;
const HAS_PASSKEY: u8 = 1 << 6;
const HAS_EXTENSIONS: u8 = 1 << 7;

/// What a passkey signs: a request of a signed-in person.
fn challenge(account: &str) -> [u8; 32] {
    let statement = Statement::batch(account, "", "key-1", ContentDigest::of(b"items"));
    let proof = Proof::sign(&Secret::hmac([7; 32]), &statement, 1_800_000_000, 1);
    statement.challenge(&proof.params)
}

fn made(algorithm: &str, challenge: [u8; 32]) -> Value {
    json!({
        "create": true, "algorithm": algorithm, "key": "07".repeat(32), "challenge": hex::encode(challenge),
        "origin": ORIGIN, "site": "tickets.example", "flags": FLAGS | HAS_PASSKEY, "count": 0,
        "extensions": false, "format": "none", "more": {},
    })
}

fn used(algorithm: &str, count: u32) -> Value {
    let mut case = made(algorithm, challenge("a"));
    case["create"] = false.into();
    case["flags"] = FLAGS.into();
    case["count"] = count.into();
    case
}

/// The case with something else.
fn but(mut case: Value, name: &str, value: impl Into<Value>) -> Value {
    case[name] = value.into();
    case
}

fn bytes(answer: &Value, name: &str) -> Vec<u8> {
    hex::decode(answer[name].as_str().expect("text")).expect("hex")
}

fn register(answer: &str) -> Result<Passkey, PasskeyError> {
    let answer: Value = serde_json::from_str(answer).expect("JSON");
    let registration = PasskeyRegistration {
        client_data: bytes(&answer, "client_data"),
        attestation: bytes(&answer, "attestation"),
    };
    Passkey::register(&registration, &[1; 32], &RelyingParty::new(ORIGIN).expect("an origin"))
}

fn assertion(answer: &str) -> PasskeyAssertion {
    let answer: Value = serde_json::from_str(answer).expect("JSON");
    PasskeyAssertion {
        id: bytes(&answer, "id"),
        client_data: bytes(&answer, "client_data"),
        authenticator_data: bytes(&answer, "authenticator_data"),
        signature: bytes(&answer, "signature"),
    }
}

#[test]
fn a_passkey_agrees_to_one_request_at_one_site() {
    let Some(python) = peer() else { return };
    for (algorithm, expected) in [("es256", PasskeyAlgorithm::Es256), ("eddsa", PasskeyAlgorithm::EdDsa)] {
        let good = || made(algorithm, [1; 32]);
        let answers = ask(
            &python,
            PEER,
            &[
                good(),
                but(but(good(), "extensions", true), "flags", FLAGS | HAS_PASSKEY | HAS_EXTENSIONS),
                but(good(), "more", json!({ "other_keys_can_be_added_here": "do not compare" })),
                but(good(), "challenge", "02".repeat(32)),
                but(good(), "origin", "https://tickets.example.org"),
                but(good(), "site", "example"),
                but(good(), "format", "packed"),
                but(good(), "flags", FLAGS & !1 | HAS_PASSKEY),
                but(good(), "flags", FLAGS & !4 | HAS_PASSKEY),
                but(good(), "more", json!({ "cross_origin": true })),
                used(algorithm, 1),
                but(used(algorithm, 3), "extensions", true)
                    .as_object()
                    .map(|case| but(case.clone().into(), "flags", FLAGS | HAS_EXTENSIONS))
                    .unwrap(),
                used(algorithm, 3),
                used(algorithm, 2),
                used(algorithm, 0),
                but(used(algorithm, 4), "challenge", hex::encode(challenge("b"))),
                but(used(algorithm, 4), "origin", "https://tickets.example.org"),
                but(used(algorithm, 4), "site", "example"),
                but(used(algorithm, 4), "flags", FLAGS & !1),
                but(used(algorithm, 4), "flags", FLAGS & !4),
                but(used(algorithm, 4), "key", "08".repeat(32)),
                but(used(algorithm, 4), "more", json!({ "cross_origin": true })),
                used(algorithm, 4),
            ],
        );
        let (made, used) = answers.split_at(10);

        for answer in &made[..3] {
            assert_eq!(register(answer).unwrap().algorithm(), expected);
        }
        let refused: Vec<_> = made[3..].iter().map(|answer| register(answer).unwrap_err()).collect();
        assert_eq!(
            refused,
            [
                PasskeyError::ClientData,
                PasskeyError::ClientData,
                PasskeyError::Party,
                PasskeyError::Attestation,
                PasskeyError::NotPresent,
                PasskeyError::NotVerified,
                PasskeyError::ClientData,
            ]
        );

        let mut passkey = register(&made[0]).unwrap();
        let mut said = Vec::new();
        for answer in used {
            let before = passkey.clone();
            let checked = passkey.check(&assertion(answer), &challenge("a"));
            assert!(checked.is_ok() || passkey == before);
            said.push(checked.err());
            // It is kept between two uses.
            passkey = minicbor::decode(&minicbor::to_vec(&passkey).unwrap()).unwrap();
        }
        assert_eq!(
            said,
            [
                None,
                None,
                Some(PasskeyError::Copied),
                Some(PasskeyError::Copied),
                Some(PasskeyError::Copied),
                Some(PasskeyError::ClientData),
                Some(PasskeyError::ClientData),
                Some(PasskeyError::Party),
                Some(PasskeyError::NotPresent),
                Some(PasskeyError::NotVerified),
                Some(PasskeyError::Signature),
                Some(PasskeyError::ClientData),
                None,
            ]
        );
    }
}

/// Every byte that was made or signed counts.
#[test]
fn nothing_changed_counts() {
    let Some(python) = peer() else { return };
    for algorithm in ["es256", "eddsa"] {
        let answers = ask(&python, PEER, &[made(algorithm, [1; 32]), used(algorithm, 1)]);
        let passkey = register(&answers[0]).unwrap();
        let good = assertion(&answers[1]);
        assert_eq!(passkey.clone().check(&good, &challenge("a")), Ok(()));
        for part in 0..4 {
            let mut changed = good.clone();
            for place in 0.. {
                let bytes = match part {
                    0 => &mut changed.id,
                    1 => &mut changed.client_data,
                    2 => &mut changed.authenticator_data,
                    _ => &mut changed.signature,
                };
                let Some(byte) = bytes.get_mut(place) else { break };
                *byte ^= 1;
                let is_good = passkey.clone().check(&changed, &challenge("a")).is_ok();
                assert!(!is_good, "{algorithm}, part {part}, byte {place}");
                changed = good.clone();
            }
        }
        // Of what is made, the rest is self-description that nobody signs; but it is read or refused.
        let made: Value = serde_json::from_str(&answers[0]).unwrap();
        let attestation = bytes(&made, "attestation");
        for place in 0..attestation.len() {
            let mut changed = made.clone();
            changed["attestation"] = hex::encode(&attestation[..place]).into();
            assert!(register(&changed.to_string()).is_err(), "{algorithm}, byte {place}");
            for change in 1..=u8::MAX {
                let mut bytes = attestation.clone();
                bytes[place] ^= change;
                changed["attestation"] = hex::encode(bytes).into();
                let _ = register(&changed.to_string());
            }
        }
    }
}
