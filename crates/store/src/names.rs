//! Texts with rules: account names.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;

/// Most characters of an account name.
const MAX_NAME: usize = 64;

/// The name of an account: 1 to 64 of the letters A-Z and a-z, digits, `-`, `_`, `.` and `@`. Case counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountName(Arc<str>);

/// Why a text is no account name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AccountNameError {
    /// Nothing there.
    #[error("the account name is empty")]
    Empty,
    /// Too long.
    #[error("an account name has at most {MAX_NAME} characters, this one has {0}")]
    TooLong(usize),
    /// A character that names don't have.
    #[error(
        "{found:?} at place {place} of the account name isn't allowed: use letters a-z, digits, - _ . and @"
    )]
    Character {
        /// What stands there.
        found: char,
        /// 1-based place.
        place: usize,
    },
}

impl FromStr for AccountName {
    type Err = AccountNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
        if text.is_empty() {
            return Err(AccountNameError::Empty);
        }
        if let Some((place, found)) = (1..).zip(text.chars()).find(|(_, found)| !is_allowed(*found)) {
            return Err(AccountNameError::Character { found, place });
        }
        // All ASCII: as many characters as bytes.
        if text.len() > MAX_NAME {
            return Err(AccountNameError::TooLong(text.len()));
        }
        Ok(Self(text.into()))
    }
}

impl AccountName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_names_have_rules() {
        for good in ["a", "Theatre-7_b.c@d", &"x".repeat(64)] {
            assert_eq!(good.parse::<AccountName>().unwrap().as_str(), good);
        }
        let error = |text: &str| text.parse::<AccountName>().unwrap_err();
        assert_eq!(error(""), AccountNameError::Empty);
        assert_eq!(error(&"x".repeat(65)), AccountNameError::TooLong(65));
        assert_eq!(error("a b"), AccountNameError::Character { found: ' ', place: 2 });
        assert_eq!(error("büro"), AccountNameError::Character { found: 'ü', place: 2 });
    }
}
