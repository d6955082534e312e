//! Keys that railways sign with.

use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};

use super::FrameSignature;
use crate::algorithm::KeyError;
use crate::dsa_key::DsaKey;

/// A railway's public key.
#[derive(Debug, Clone, PartialEq)]
pub enum FrameKey {
    /// ECDSA on P-256 with SHA-256, for frames of version 2. Of its two signatures with the same r both are taken, as railways do:
    /// which ticket it is, is never told by a signature.
    P256(Box<VerifyingKey>),
    /// DSA: with q of 160 bits and SHA-1 for frames of version 1, with longer ones for either.
    Dsa(Box<DsaKey>),
}

impl FrameKey {
    /// A P-256 key from its SEC 1 form.
    ///
    /// # Errors
    /// [`KeyError::Point`].
    pub fn p256(sec1: &[u8]) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_sec1_bytes(sec1).map_err(|_| KeyError::Point)?;
        Ok(Self::P256(Box::new(key)))
    }

    /// A DSA key.
    #[must_use]
    pub fn dsa(key: DsaKey) -> Self {
        Self::Dsa(Box::new(key))
    }

    pub(super) fn verify(&self, message: &[u8], signature: &FrameSignature) -> bool {
        match (self, signature) {
            (Self::P256(key), FrameSignature::Raw(raw)) => {
                Signature::from_slice(raw).is_ok_and(|signature| key.verify(message, &signature).is_ok())
            }
            (Self::P256(key), FrameSignature::Der(der)) => {
                let raw = of_der(der).and_then(|(r, s)| raw(r, s));
                let signature = raw.and_then(|raw| Signature::from_slice(&raw).ok());
                signature.is_some_and(|signature| key.verify(message, &signature).is_ok())
            }
            (Self::Dsa(key), FrameSignature::Raw(raw)) => {
                let (r, s) = raw.split_at(32);
                key.verify(message, r, s)
            }
            (Self::Dsa(key), FrameSignature::Der(der)) => {
                of_der(der).is_some_and(|(r, s)| key.verify(message, r, s))
            }
        }
    }
}

/// r and s of a signature in DER that zeros may follow.
fn of_der(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (sequence, padding) = value(der, 0x30)?;
    let (r, rest) = value(sequence, 0x02)?;
    let (s, rest) = value(rest, 0x02)?;
    (rest.is_empty() && padding.iter().all(|byte| *byte == 0)).then_some((r, s))
}

/// The content of a value with a tag and a length below 128, and what follows it.
fn value(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let [found, length, rest @ ..] = der else { return None };
    let content = if *found == tag && *length < 128 { rest.split_at_checked((*length).into()) } else { None };
    content.filter(|(content, _)| !content.is_empty())
}

/// r and s of 32 bytes each.
fn raw(r: &[u8], s: &[u8]) -> Option<[u8; 64]> {
    let mut raw = [0; 64];
    for (half, number) in raw.chunks_exact_mut(32).zip([r, s]) {
        let number = &number[number.iter().position(|byte| *byte != 0)?..];
        let start = 32_usize.checked_sub(number.len())?;
        half[start..].copy_from_slice(number);
    }
    Some(raw)
}
