//! By what a store that was only begun is known again.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Digits of a mark.
const DIGITS: usize = 32;

/// What whoever makes a store leaves in it, and nobody else knows: after a crash it tells one's own beginning from another's
/// books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark(String);

/// Text that is no mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a mark has {DIGITS} hexadecimal digits")]
pub struct MarkError;

impl FromStr for Mark {
    type Err = MarkError;

    fn from_str(text: &str) -> Result<Self, MarkError> {
        let is_mark = text.len() == DIGITS && text.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_mark.then(|| Self(text.to_owned())).ok_or(MarkError)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_are_a_mark() {
        let mark = "0123456789abcdef0123456789abcdef";
        assert_eq!(mark.parse::<Mark>().map(|mark| mark.to_string()), Ok(mark.to_owned()));
        for other in ["", "0123", "0123456789abcdef0123456789abcde'", "0123456789abcdef0123456789abcdef0"] {
            assert_eq!(other.parse::<Mark>(), Err(MarkError), "{other}");
        }
    }
}
