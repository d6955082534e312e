//! Indicia whose holders' data was erased where they are kept.
//!
//! The tie to a holder is a salted digest ([`crate::HolderDigest`]): whoever has salt and digest can try names. So the salt is
//! erased and the digest stays, with the hash of what was signed. The symbol on paper has the salt, and is as good as before: what
//! it says has that hash. Without the paper nobody can make it again.

use crate::algorithm::{KeyId, PublicKey};
use crate::claims::Claims;
use crate::indicium::{DecodeError, Indicium};
use crate::merkle::{Hash, leaf_hash};
use crate::segment::SegmentError;

/// What is kept of an indicium.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// All of it.
    Whole(Vec<u8>),
    /// All but its holder's salt.
    Erased(Erased),
}

impl Kept {
    /// The indicium, if all of it is kept.
    ///
    /// # Errors
    /// [`SegmentError::Erased`], which names its number.
    pub fn whole(self, number: u64) -> Result<Vec<u8>, SegmentError> {
        self.into_whole().ok_or(SegmentError::Erased(number))
    }

    /// The indicium, if all of it is kept.
    #[must_use]
    pub fn into_whole(self) -> Option<Vec<u8>> {
        match self {
            Self::Whole(bytes) => Some(bytes),
            Self::Erased(_) => None,
        }
    }

    /// What it says; if something was erased, with zeros for the holder's salt.
    ///
    /// # Errors
    /// [`SegmentError::Damaged`].
    pub fn claims(&self) -> Result<Claims<'static>, SegmentError> {
        let (Self::Whole(bytes) | Self::Erased(Erased { bytes, .. })) = self;
        let indicium = Indicium::decode(bytes).map_err(|error| SegmentError::Damaged(error.to_string()))?;
        Ok(indicium.claims().clone())
    }
}

/// What is left of an indicium whose holder's data was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// The indicium with zeros for the salt.
    bytes: Vec<u8>,
    hash: Hash,
}

impl Erased {
    pub(crate) fn new(bytes: Vec<u8>, hash: Hash) -> Self {
        Self { bytes, hash }
    }

    /// Whether it is what is left of this indicium, to the last bit of what that says.
    #[must_use]
    pub fn is_of(&self, indicium: &Indicium<'_>) -> bool {
        leaf_hash(indicium.payload()) == self.hash
    }

    /// What it says, with zeros for the holder's salt, and by its own word which key signed it.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn read(&self) -> Result<(Claims<'static>, KeyId), DecodeError> {
        let indicium = Indicium::decode(&self.bytes)?;
        Ok((indicium.claims().clone(), indicium.key_id()))
    }

    /// Checks that the hash of what it said is a leaf of the batch that this key signed. What was signed by itself passes:
    /// nobody can check it without what was erased.
    ///
    /// # Errors
    /// [`DecodeError`], that of the signature among them.
    pub fn verify_signature(&self, key: &PublicKey) -> Result<(), DecodeError> {
        Ok(Indicium::decode(&self.bytes)?.verify_leaf(self.hash, key)?)
    }
}

/// The bytes around claims with zeros for the holder's salt; nothing for what has no holder.
pub(crate) fn redacted(bytes: &[u8], claims: &[u8]) -> Result<Option<Vec<u8>>, SegmentError> {
    let damaged = |what: &dyn std::fmt::Display| SegmentError::Damaged(what.to_string());
    let read = Claims::decode(claims).map_err(|error| damaged(&error))?;
    let Some(holder) = read.holder else { return Ok(None) };
    let mut encoded = Vec::with_capacity(claims.len());
    Claims { holder: Some(holder.without_salt()), ..read }.encode_into(&mut encoded);
    let place = bytes.windows(claims.len()).position(|part| part == claims);
    let place = place.filter(|_| encoded.len() == claims.len());
    let place = place.ok_or_else(|| damaged(&"its claims aren't in their one encoding"))?;
    let mut bytes = bytes.to_vec();
    bytes[place..place + claims.len()].copy_from_slice(&encoded);
    Ok(Some(bytes))
}
