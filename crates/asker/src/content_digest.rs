//! The digest of a request's content, as the header field of RFC 9530 says it.

use std::fmt;

use sfv::{DictSerializer, key_ref};
use sha2::{Digest, Sha256};

/// SHA-256 of a request's content. Its text is the whole value of a `Content-Digest` field (RFC 9530, section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentDigest([u8; 32]);

impl ContentDigest {
    /// The digest of a content.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }

    /// The content of a request to draw what was reserved with a content of this digest. There is no other way to write it.
    #[must_use]
    pub fn drawing(&self) -> String {
        format!(r#"{{"content_digest":"{self}"}}"#)
    }
}

impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut field = DictSerializer::new();
        field.bare_item(key_ref("sha-256"), self.0.as_slice());
        f.write_str(&field.finish().unwrap_or_default()) // only a dictionary of no members has no text
    }
}
