//! What users are called.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};
use thiserror::Error;

/// Most characters of a user's name.
const MAX: usize = 64;

/// The name of a user: 1 to 64 of the letters A-Z and a-z, digits, `-`, `_`, `.` and `@`, so that it stands in a path as it
/// is. Case counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct UserName(#[n(0)] String);

/// Why a text is no user's name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UserNameError {
    /// Nothing there, or too long.
    #[error("a user's name has 1 to {MAX} characters, this one has {0}")]
    Length(usize),
    /// A character that names don't have.
    #[error(
        "{found:?} at place {place} of the user's name isn't allowed: use letters a-z, digits, - _ . and @"
    )]
    Character {
        /// What stands there.
        found: char,
        /// 1-based place.
        place: usize,
    },
}

impl UserName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is one: what was decoded needn't be.
    pub(crate) fn check(&self) -> Result<(), UserNameError> {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
        if let Some((place, found)) = (1..).zip(self.0.chars()).find(|(_, found)| !is_allowed(*found)) {
            return Err(UserNameError::Character { found, place });
        }
        // All ASCII: as many characters as bytes.
        if (1..=MAX).contains(&self.0.len()) { Ok(()) } else { Err(UserNameError::Length(self.0.len())) }
    }
}

impl FromStr for UserName {
    type Err = UserNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = Self(text.to_owned());
        name.check().map(|()| name)
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_a_path() {
        for good in ["ada", "Ada.Byron@example.org", "till-7", "_", &"x".repeat(64)] {
            assert_eq!(good.parse::<UserName>().unwrap().as_str(), good);
        }
        assert_eq!("".parse::<UserName>(), Err(UserNameError::Length(0)));
        assert_eq!("x".repeat(65).parse::<UserName>(), Err(UserNameError::Length(65)));
        let bad = UserNameError::Character { found: '/', place: 2 };
        assert_eq!("a/b".parse::<UserName>(), Err(bad));
        for bad in ["a b", "ä", "a\n", "a+b", "a%20", "a\"", "a\\"] {
            assert!(bad.parse::<UserName>().is_err(), "{bad:?}");
        }
    }
}
