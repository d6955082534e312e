//! Why somebody isn't signed in.

use thiserror::Error;

/// Why a message or a password doesn't count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordError {
    /// The bytes are no such message.
    #[error("this is no {0}")]
    Message(&'static str),
    /// Wrong password, no such user, no password set, or somebody changed a message on its way: nobody can tell which.
    #[error("the password is wrong, or there is no such user")]
    Refused,
}
