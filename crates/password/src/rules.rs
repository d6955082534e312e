//! Which passwords are good enough: the rules of NIST SP 800-63B-4, section 3.1.1.2. They are checked in the browser, since
//! nobody else sees a password.

use std::fmt;

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::common;
use crate::who::Who;

/// Fewest characters of a new password.
pub const MIN_CHARACTERS: usize = 12;
/// Most characters of any.
pub const MAX_CHARACTERS: usize = 128;
/// A name of fewer characters may be in a password by chance.
const SHORTEST_NAME: usize = 4;

/// What somebody types to sign in: 1 to 128 characters in Unicode's normalization form KC, so that every keyboard gives the
/// same bytes. Characters are Unicode scalar values in that form.
pub struct Password(Zeroizing<String>);

/// A password that is good enough to be set.
pub struct NewPassword(Password);

/// Why a text is no password, or none to be set. The text isn't in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unfit {
    /// Nothing there.
    #[error("the password is empty")]
    Empty,
    /// Too short.
    #[error("a password has at least {MIN_CHARACTERS} characters, this one has {0}; a few words do it")]
    Short(usize),
    /// Too long.
    #[error("a password has at most {MAX_CHARACTERS} characters, this one has {0}")]
    Long(usize),
    /// On the list of passwords that are tried first.
    #[error(
        "this password is among those that are tried first, because many people had it; choose another one"
    )]
    Common,
    /// Who signs in is in it.
    #[error("the password holds the name of the {0}, which is what is tried first; choose another one")]
    Name(&'static str),
}

impl Password {
    /// Takes what was typed.
    ///
    /// # Errors
    /// [`Unfit::Empty`], [`Unfit::Long`].
    pub fn new(typed: &str) -> Result<Self, Unfit> {
        // Room for all of it at once: a string that grows leaves its beginnings behind in memory.
        let mut text = Zeroizing::new(String::with_capacity(4 * (MAX_CHARACTERS + 1)));
        text.extend(typed.nfkc().take(MAX_CHARACTERS + 1));
        match text.chars().count() {
            0 => Err(Unfit::Empty),
            1..=MAX_CHARACTERS => Ok(Self(text)),
            _ => Err(Unfit::Long(typed.nfkc().count())),
        }
    }

    /// Whether it may be set as this user's.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn for_new(self, who: &Who<'_>) -> Result<NewPassword, Unfit> {
        let characters = self.0.chars().count();
        if characters < MIN_CHARACTERS {
            return Err(Unfit::Short(characters));
        }
        let folded = Zeroizing::new(self.0.to_lowercase());
        if common::contains(&folded) {
            return Err(Unfit::Common);
        }
        for (name, of) in [(who.user, "user"), (who.account, "account")] {
            if name.chars().count() >= SHORTEST_NAME && folded.contains(&name.to_lowercase()) {
                return Err(Unfit::Name(of));
            }
        }
        Ok(NewPassword(self))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl NewPassword {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHO: Who<'_> = Who { account: "Harbour", user: "ida" };

    fn unfit(text: &str) -> Option<Unfit> {
        Password::new(text).and_then(|password| password.for_new(&WHO)).err()
    }

    #[test]
    fn characters_are_counted_as_a_reader_would_nearly() {
        assert_eq!(unfit(""), Some(Unfit::Empty));
        assert_eq!(unfit("11 letters."), Some(Unfit::Short(11)));
        assert_eq!(unfit("12 letters.."), None);
        assert_eq!(unfit("ünfzähligé ß"), None);
        assert_eq!(unfit(&"äß".repeat(64)), None);
        assert_eq!(unfit(&"äß".repeat(65)), Some(Unfit::Long(130)));
        assert_eq!(unfit(&"ﷺ".repeat(100)), Some(Unfit::Long(1_800)));
    }

    #[test]
    fn every_keyboard_gives_the_same_bytes() {
        let bytes = |text| Password::new(text).unwrap().as_bytes().to_vec();
        assert_eq!(bytes("cafe\u{301}"), bytes("caf\u{e9}"));
        assert_eq!(bytes("ｆｕｌｌ\u{a0}width"), bytes("full width"));
        assert_ne!(bytes("Case"), bytes("case"));
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        for text in
            ["123456654321", "1Q2W3E4R5T6Y", "qwertyqwerty", "sonyericsson", "１２３４５６６５４３２１"]
        {
            assert_eq!(unfit(text), Some(Unfit::Common), "{text}");
        }
        assert_eq!(unfit("the harbour in May"), Some(Unfit::Name("account")));
        assert_eq!(unfit("ida, a short name"), None);
        let ida = Who { user: "ida.berg", ..WHO };
        let named = Password::new("IDA.BERG 2026!!").unwrap().for_new(&ida).unwrap_err();
        assert_eq!(named, Unfit::Name("user"));
    }
}
