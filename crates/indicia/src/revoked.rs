//! Keys that are revoked: nobody but the issuer's books tells any more what they have signed.

use std::collections::BTreeSet;

use minicbor::{Decoder, Encoder};

use crate::algorithm::KeyId;
use crate::claims::Label;

/// Ids of device keys that are revoked. Trust bundles and status snapshots hold them, so that whichever of them is newer
/// tells. They are encoded as an array in ascending order behind [`Label::REVOKED_KEYS`], and not at all if there are none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RevokedKeys(BTreeSet<KeyId>);

impl RevokedKeys {
    /// Whether a key is among them.
    #[must_use]
    pub fn contains(&self, key: KeyId) -> bool {
        self.0.contains(&key)
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// In ascending order.
    pub fn iter(&self) -> impl Iterator<Item = KeyId> {
        self.0.iter().copied()
    }

    /// Takes in those that are revoked by another's word.
    pub fn extend(&mut self, others: &Self) {
        self.0.extend(&others.0);
    }

    /// How many entries of a map they take: one or none.
    pub(crate) fn entries(&self) -> u64 {
        u64::from(!self.0.is_empty())
    }

    /// Writes that entry.
    pub(crate) fn encode<W: minicbor::encode::Write>(
        &self,
        cbor: &mut Encoder<W>,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        if self.0.is_empty() {
            return Ok(());
        }
        cbor.i64(Label::REVOKED_KEYS)?.array(self.0.len() as u64)?;
        self.0.iter().try_for_each(|key| cbor.bytes(&key.0).map(drop))
    }

    /// Reads what stands behind the label; nothing if it isn't what would be written.
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Option<Self> {
        let mut keys = BTreeSet::new();
        for _ in 0..decoder.array().ok()?? {
            let key = KeyId(decoder.bytes().ok()?.try_into().ok()?);
            if keys.last().is_some_and(|last| *last >= key) {
                return None;
            }
            keys.insert(key);
        }
        (!keys.is_empty()).then_some(Self(keys))
    }
}

impl FromIterator<KeyId> for RevokedKeys {
    fn from_iter<T: IntoIterator<Item = KeyId>>(keys: T) -> Self {
        Self(keys.into_iter().collect())
    }
}
