//! The tie between an indicium and its holder: a salted digest, so that the symbol doesn't carry the name.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// 16 bytes of salt and the first 16 bytes of SHA-256 over salt and the holder's data in UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HolderDigest(pub [u8; 32]);

impl HolderDigest {
    /// The digest of a holder's data under a salt.
    #[must_use]
    pub fn new(salt: [u8; 16], holder: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(salt);
        hash.update(holder);
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&salt);
        bytes[16..].copy_from_slice(&hash.finalize()[..16]);
        Self(bytes)
    }

    /// Whether this is the digest of that holder's data. Takes the same time for any answer.
    #[must_use]
    pub fn matches(&self, holder: &str) -> bool {
        let mut salt = [0; 16];
        salt.copy_from_slice(&self.0[..16]);
        Self::new(salt, holder).0.ct_eq(&self.0).into()
    }
}
