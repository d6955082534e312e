//! An authenticator and the browser before it, in software: what they hand over of passkeys for Ed25519.

use asker::{PasskeyAssertion, PasskeyRegistration};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Somebody was there, and was verified.
const PRESENT_AND_VERIFIED: u8 = 1 | 1 << 2;
/// A passkey follows.
const HAS_PASSKEY: u8 = 1 << 6;

/// One passkey on a device of somebody's.
pub(crate) struct Authenticator {
    key: Ed25519KeyPair,
    id: [u8; 16],
    /// Where its browser believes to be.
    pub(crate) origin: String,
    /// How often it signed.
    pub(crate) count: u32,
    pub(crate) flags: u8,
}

impl Authenticator {
    /// One of its own for each number, on a page of this origin.
    pub(crate) fn new(number: u8, origin: &str) -> Self {
        let key = Ed25519KeyPair::from_seed_unchecked(&[number; 32]).expect("a seed");
        Self { key, id: [number; 16], origin: origin.to_owned(), count: 0, flags: PRESENT_AND_VERIFIED }
    }

    /// `navigator.credentials.create()`.
    pub(crate) fn make(&self, challenge: &[u8; 32]) -> PasskeyRegistration {
        let mut data = self.data(HAS_PASSKEY);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(self.id);
        // {1: 1, 3: -8, -1: 6, -2: x}: RFC 9053, section 7.2
        data.extend([0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32]);
        data.extend(self.key.public_key().as_ref());
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        attestation.push(u8::try_from(data.len()).expect("short"));
        attestation.extend(data);
        PasskeyRegistration { client_data: self.client_data("webauthn.create", challenge), attestation }
    }

    /// `navigator.credentials.get()`.
    pub(crate) fn agree(&mut self, challenge: &[u8; 32]) -> Box<PasskeyAssertion> {
        self.count += 1;
        let (authenticator_data, client_data) = (self.data(0), self.client_data("webauthn.get", challenge));
        let signed = [&authenticator_data[..], digest(&SHA256, &client_data).as_ref()].concat();
        let signature = self.key.sign(&signed).as_ref().to_vec();
        Box::new(PasskeyAssertion { id: self.id.to_vec(), client_data, authenticator_data, signature })
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let (_, host) = self.origin.split_once("://").expect("an origin");
        let mut data = digest(&SHA256, host.as_bytes()).as_ref().to_vec();
        data.push(self.flags | flags);
        data.extend(self.count.to_be_bytes());
        data
    }

    fn client_data(&self, ceremony: &str, challenge: &[u8; 32]) -> Vec<u8> {
        let (challenge, origin) = (URL_SAFE_NO_PAD.encode(challenge), &self.origin);
        let text = format!(
            r#"{{"type":"{ceremony}","challenge":"{challenge}","origin":"{origin}","crossOrigin":false}}"#
        );
        text.into_bytes()
    }
}
