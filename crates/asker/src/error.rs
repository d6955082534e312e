//! Why a proof proves nothing.

use thiserror::Error;

/// Why a proof proves nothing of a request.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProofError {
    /// Not the encoding that a reservation keeps.
    #[error("the request can't be read: {0}")]
    Encoding(String),
    /// The parameters aren't what RFC 9421 says, or not in the form that section 2.3 serialises them in.
    #[error("the signature's parameters can't be read: {0}")]
    Params(String),
    /// Something of the request isn't covered.
    #[error("the signature doesn't cover {0}")]
    NotCovered(&'static str),
    /// Something is covered that whoever checks doesn't know.
    #[error(
        "the signature covers {0}, which must not be: cover the method, path, query, content digest and idempotency key"
    )]
    UnknownComponent(String),
    /// The algorithm named isn't the key's.
    #[error("the signature is said to be by {said}, the key is for {key}")]
    Algorithm {
        /// What the parameters say.
        said: &'static str,
        /// What the key is for.
        key: &'static str,
    },
    /// It isn't the key's signature over this request.
    #[error("the signature isn't by this key over this request")]
    Signature,
    /// Made in the future, too long ago, or expired.
    #[error("{0}")]
    Time(String),
}
