//! The digest of a request's content, as the header field of RFC 9530 says it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indicia::ItemList;
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

/// SHA-256 of a request's content. Its text is the whole value of a `Content-Digest` field (RFC 9530, section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct ContentDigest(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]);

impl ContentDigest {
    /// The digest of a content.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }

    /// The digest of a list of items as JSON, without the text as a whole ever being there.
    #[must_use]
    pub fn of_json(list: &ItemList) -> Self {
        let mut content = Digesting(Sha256::new());
        list.write_json(&mut content).expect("digesting doesn't fail");
        Self(content.0.finalize().into())
    }

    /// Appends the field's text: a dictionary of one byte sequence (RFC 9651, section 3.3.5).
    pub(crate) fn write(&self, text: &mut String) {
        text.push_str("sha-256=:");
        STANDARD.encode_string(self.0, text);
        text.push(':');
    }

    /// The content of a request to draw what was reserved with a content of this digest. There is no other way to write it.
    #[must_use]
    pub fn drawing(&self) -> String {
        format!(r#"{{"content_digest":"{self}"}}"#)
    }
}

/// Takes a content piece by piece.
struct Digesting(Sha256);

impl fmt::Write for Digesting {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.0.update(piece);
        Ok(())
    }
}

impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        f.write_str(&text)
    }
}
