//! What a caller calls a request.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;

/// Most bytes of an idempotency key.
const MAX_KEY: usize = 128;

/// A caller's name for a request: 1 to 128 printable ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdempotencyKey(Arc<str>);

/// Why a text is no idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdempotencyKeyError {
    /// Nothing there.
    #[error("the idempotency key is empty")]
    Empty,
    /// Too long.
    #[error("an idempotency key has at most {MAX_KEY} characters, this one has {0}")]
    TooLong(usize),
    /// A character that isn't printable ASCII.
    #[error("{found:?} at place {place} of the idempotency key isn't a printable ASCII character")]
    Character {
        /// What stands there.
        found: char,
        /// 1-based place.
        place: usize,
    },
}

impl FromStr for IdempotencyKey {
    type Err = IdempotencyKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(IdempotencyKeyError::Empty);
        }
        if let Some((place, found)) = (1..).zip(text.chars()).find(|(_, found)| !matches!(found, ' '..='~')) {
            return Err(IdempotencyKeyError::Character { found, place });
        }
        if text.len() > MAX_KEY {
            return Err(IdempotencyKeyError::TooLong(text.len()));
        }
        Ok(Self(text.into()))
    }
}

impl IdempotencyKey {
    /// The key that a UUID makes, in its usual hyphenated form.
    #[must_use]
    pub fn from_uuid(uuid: u128) -> Self {
        let part = |shift: u32, digits: u32| (uuid >> shift) & ((1 << (4 * digits)) - 1);
        let text = format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            part(96, 8),
            part(80, 4),
            part(64, 4),
            part(48, 4),
            part(0, 12)
        );
        Self(text.into())
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_rules() {
        for good in ["~", "an order, of today", &"k".repeat(128)] {
            assert_eq!(good.parse::<IdempotencyKey>().unwrap().as_str(), good);
        }
        let error = |text: &str| text.parse::<IdempotencyKey>().unwrap_err();
        assert_eq!(error(""), IdempotencyKeyError::Empty);
        assert_eq!(error(&"k".repeat(129)), IdempotencyKeyError::TooLong(129));
        assert_eq!(error("a\n"), IdempotencyKeyError::Character { found: '\n', place: 2 });
        assert_eq!(error("é"), IdempotencyKeyError::Character { found: 'é', place: 1 });
    }

    #[test]
    fn a_uuid_is_written_in_its_usual_form() {
        let key = IdempotencyKey::from_uuid(0x0195_a3c4_d5e6_7f80_91a2_b3c4_d5e6_f708);
        assert_eq!(key.as_str(), "0195a3c4-d5e6-7f80-91a2-b3c4d5e6f708");
    }
}
