//! Whose password it is.

use sha2::{Digest, Sha256};

/// A user of an account: passwords are of one user of one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Who<'a> {
    /// The account's name.
    pub account: &'a str,
    /// The user's name in it.
    pub user: &'a str,
}

impl Who<'_> {
    /// The credential identifier (RFC 9807, section 6.1), and the client's identity in the exchange (section 4): a SHA-256, so
    /// that names of any length fit.
    pub(crate) fn identifier(&self) -> [u8; 32] {
        Sha256::new()
            .chain_update("Mintage user 1")
            .chain_update((self.account.len() as u64).to_be_bytes())
            .chain_update(self.account)
            .chain_update(self.user)
            .finalize()
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::Who;

    #[test]
    fn each_user_has_an_identifier() {
        let id = |account, user| Who { account, user }.identifier();
        assert_eq!(id("a", "b"), id("a", "b"));
        assert!(id("ab", "c") != id("a", "bc") && id("", "ab") != id("ab", ""));
    }
}
