//! The key of a holder's device, to which an indicium may be tied.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use minicbor::Decoder;

use crate::algorithm::{KeyError, PublicKey};

/// An Ed25519 key that was checked to be one, as [`PublicKey::ed25519`] checks it. It is shown as 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HolderKey([u8; 32]);

impl HolderKey {
    /// The key from its 32 bytes.
    ///
    /// # Errors
    /// [`KeyError::Point`].
    pub fn new(bytes: [u8; 32]) -> Result<Self, KeyError> {
        PublicKey::ed25519(&bytes).map(|_| Self(bytes))
    }

    /// Its 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The same to verify by.
    pub(crate) fn public(self) -> Result<PublicKey, KeyError> {
        PublicKey::ed25519(&self.0)
    }

    /// The confirmation claim of RFC 8747: `{1: COSE_Key}`.
    pub(crate) fn confirmation(self) -> [u8; Self::CONFIRMATION] {
        let mut bytes = [0; Self::CONFIRMATION];
        let (head, key) = bytes.split_at_mut(Self::HEAD.len());
        head.copy_from_slice(&Self::HEAD);
        key.copy_from_slice(&self.0);
        bytes
    }

    /// A map of one entry, which is 1; in it a map of three: key type (1) OKP (1), curve (−1) Ed25519 (6), x (−2) of 32 bytes.
    const HEAD: [u8; 10] = [0xa1, 0x01, 0xa3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20];
    const CONFIRMATION: usize = Self::HEAD.len() + 32;

    /// Reads a confirmation claim: in deterministic CBOR it has no other form.
    pub(crate) fn read_confirmation(decoder: &mut Decoder<'_>) -> Option<Self> {
        let start = decoder.position();
        decoder.skip().ok()?;
        let claim = decoder.input().get(start..decoder.position())?;
        let key = claim.strip_prefix(&Self::HEAD)?.try_into().ok()?;
        Self::new(key).ok()
    }
}

impl fmt::Display for HolderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for HolderKey {
    type Err = KeyError;

    /// From 64 hexadecimal digits, or from 43 characters of base64url, as JSON Web Keys have it.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut bytes = [0; 32];
        let bytes = match text.len() {
            64 => base16ct::mixed::decode(text, &mut bytes).is_ok().then_some(bytes),
            _ => URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok()),
        };
        Self::new(bytes.ok_or(KeyError::Kind)?)
    }
}
