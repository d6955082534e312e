//! The tie between an indicium and its holder: a salted digest, so that the symbol doesn't carry the name.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Whether an indicium is made out to the one who is said to hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HolderMatch {
    /// It is.
    Matches,
    /// It is made out to somebody else, or his data is written in another way.
    Differs,
    /// It is made out to nobody.
    Bearer,
}

impl HolderMatch {
    /// Compares the tie that an indicium has, if it has one, with a holder's data.
    #[must_use]
    pub fn of(digest: Option<&HolderDigest>, holder: &str) -> Self {
        match digest {
            None => Self::Bearer,
            Some(digest) if digest.matches(holder) => Self::Matches,
            Some(_) => Self::Differs,
        }
    }

    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Matches => "matches",
            Self::Differs => "differs",
            Self::Bearer => "made out to nobody",
        }
    }
}

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

    /// What is left when the salt is erased: nobody can try names against it any more.
    #[must_use]
    pub fn without_salt(mut self) -> Self {
        self.0[..16].fill(0);
        self
    }

    /// Whether this is the digest of that holder's data. Takes the same time for any answer.
    #[must_use]
    pub fn matches(&self, holder: &str) -> bool {
        let mut salt = [0; 16];
        salt.copy_from_slice(&self.0[..16]);
        Self::new(salt, holder).0.ct_eq(&self.0).into()
    }
}
