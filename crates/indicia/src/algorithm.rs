//! Signature algorithms and public keys, as COSE (RFC 9053) writes them.

use minicbor::Decoder;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::strict::{self, StrictError};
use crate::wire;

/// A signature algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Ed25519 (RFC 9053 §2.2), the default.
    EdDsa,
    /// ECDSA on P-256 with SHA-256 (RFC 9053 §2.1), only with s in the lower half.
    Es256,
}

impl Algorithm {
    /// The number in COSE's registry.
    #[must_use]
    pub fn cose_id(self) -> i8 {
        match self {
            Self::EdDsa => -8,
            Self::Es256 => -7,
        }
    }

    /// The algorithm with this number.
    #[must_use]
    pub fn from_cose_id(id: i64) -> Option<Self> {
        [Self::EdDsa, Self::Es256].into_iter().find(|algorithm| i64::from(algorithm.cose_id()) == id)
    }
}

/// First eight bytes of a key's COSE Key Thumbprint (RFC 9679, SHA-256).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 8]);

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Why bytes are no public key, or a signature doesn't verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Not deterministic CBOR.
    #[error(transparent)]
    Encoding(#[from] StrictError),
    /// Not a COSE_Key of a known kind.
    #[error("it is no COSE_Key for Ed25519 or P-256")]
    Kind,
    /// Not a point of the curve.
    #[error("the public key isn't a point of its curve")]
    Point,
    /// ECDSA has two signatures for everything; only the one with the lower s is taken.
    #[error("the ES256 signature has its s in the upper half")]
    HighS,
    /// It doesn't verify.
    #[error("the signature doesn't verify")]
    Signature,
}

/// An Ed25519 signature that is still to be verified.
pub(crate) struct Ed25519<'a> {
    key: ed25519_dalek::VerifyingKey,
    message: Vec<u8>,
    signature: &'a [u8; 64],
}

impl<'a> Ed25519<'a> {
    /// Whether all of them verify. No says that of one at least it isn't so, which is then told by [`PublicKey::verify`].
    pub(crate) fn verify_all(all: impl Iterator<Item = Ed25519<'a>>) -> bool {
        let (mut keys, mut messages, mut signatures) = (Vec::new(), Vec::new(), Vec::new());
        for Ed25519 { key, message, signature } in all {
            keys.push(key);
            messages.push(message);
            signatures.push(ed25519_dalek::Signature::from_bytes(signature));
        }
        // One alone is quicker by itself.
        let messages: Vec<_> = messages.iter().map(Vec::as_slice).collect();
        keys.len() > 1 && ed25519_dalek::verify_batch(&messages, &signatures, &keys).is_ok()
    }
}

/// A public key that was checked to be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(Key);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Ed25519(ed25519_dalek::VerifyingKey),
    P256(Box<p256::ecdsa::VerifyingKey>),
}

impl PublicKey {
    /// An Ed25519 key from its 32 bytes. Keys of small order, under which anything verifies, are refused.
    ///
    /// # Errors
    /// [`KeyError::Point`].
    pub fn ed25519(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::Point)?;
        if key.is_weak() { Err(KeyError::Point) } else { Ok(Self(Key::Ed25519(key))) }
    }

    /// A P-256 key from its SEC 1 form.
    ///
    /// # Errors
    /// [`KeyError::Point`].
    pub fn p256(sec1: &[u8]) -> Result<Self, KeyError> {
        let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(sec1).map_err(|_| KeyError::Point)?;
        Ok(Self(Key::P256(Box::new(key))))
    }

    /// Which algorithm the key is for.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self.0 {
            Key::Ed25519(_) => Algorithm::EdDsa,
            Key::P256(_) => Algorithm::Es256,
        }
    }

    /// The key's id. The thumbprint's input is the COSE_Key with its required members only, which is what we write.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        let mut id = [0; 8];
        id.copy_from_slice(&Sha256::digest(self.to_cose_key())[..8]);
        KeyId(id)
    }

    /// The deterministic COSE_Key: key type, curve, coordinates.
    #[must_use]
    pub fn to_cose_key(&self) -> Vec<u8> {
        wire::build(|cbor| match &self.0 {
            Key::Ed25519(key) => {
                cbor.map(3)?.u8(1)?.u8(1)?.i8(-1)?.u8(6)?.i8(-2)?.bytes(key.as_bytes())?;
                Ok(())
            }
            Key::P256(key) => {
                let point = key.to_sec1_point(false);
                let (x, y) = point.as_bytes()[1..].split_at(32);
                cbor.map(4)?.u8(1)?.u8(2)?.i8(-1)?.u8(1)?.i8(-2)?.bytes(x)?.i8(-3)?.bytes(y)?;
                Ok(())
            }
        })
    }

    /// Reads a COSE_Key as [`PublicKey::to_cose_key`] writes it.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_cose_key(bytes: &[u8]) -> Result<Self, KeyError> {
        strict::check(bytes)?;
        let mut decoder = Decoder::new(bytes);
        let read = (|| {
            let count = decoder.map()?;
            let (kty, curve) = (pair(&mut decoder, 1)?, pair(&mut decoder, -1)?);
            let x = coordinate(&mut decoder, -2)?;
            let has_y = decoder.position() < bytes.len();
            let y = has_y.then(|| coordinate(&mut decoder, -3)).transpose()?;
            Ok::<_, minicbor::decode::Error>((count, kty, curve, x, y))
        })();
        match read.map_err(|_| KeyError::Kind)? {
            (Some(3), 1, 6, x, None) => Self::ed25519(x.try_into().map_err(|_| KeyError::Kind)?),
            (Some(4), 2, 1, x, Some(y)) if x.len() == 32 && y.len() == 32 => {
                Self::p256(&[&[4], x, y].concat())
            }
            _ => Err(KeyError::Kind),
        }
    }

    /// A signature to be verified together with others, if the key is Ed25519's.
    pub(crate) fn ed25519_signature<'a>(
        &self,
        message: Vec<u8>,
        signature: &'a [u8; 64],
    ) -> Option<Ed25519<'a>> {
        match self.0 {
            Key::Ed25519(key) => Some(Ed25519 { key, message, signature }),
            Key::P256(_) => None,
        }
    }

    /// Verifies a signature: strictly for Ed25519 (RFC 8032, no small-order parts), with low s only for ES256.
    ///
    /// # Errors
    /// [`KeyError::HighS`] and [`KeyError::Signature`].
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), KeyError> {
        match &self.0 {
            Key::Ed25519(key) => {
                let signature = ed25519_dalek::Signature::from_bytes(signature);
                key.verify_strict(message, &signature).map_err(|_| KeyError::Signature)
            }
            Key::P256(key) => {
                use p256::ecdsa::signature::Verifier;
                let signature =
                    p256::ecdsa::Signature::from_slice(signature).map_err(|_| KeyError::Signature)?;
                if signature.normalize_s() != signature {
                    return Err(KeyError::HighS);
                }
                key.verify(message, &signature).map_err(|_| KeyError::Signature)
            }
        }
    }
}

/// An integer value under the key that must come next.
fn pair(decoder: &mut Decoder<'_>, key: i8) -> Result<i64, minicbor::decode::Error> {
    expect_key(decoder, key)?;
    decoder.i64()
}

/// A coordinate under the key that must come next.
fn coordinate<'a>(decoder: &mut Decoder<'a>, key: i8) -> Result<&'a [u8], minicbor::decode::Error> {
    expect_key(decoder, key)?;
    decoder.bytes()
}

fn expect_key(decoder: &mut Decoder<'_>, key: i8) -> Result<(), minicbor::decode::Error> {
    if decoder.i8()? == key {
        Ok(())
    } else {
        Err(minicbor::decode::Error::message("another key is expected"))
    }
}
