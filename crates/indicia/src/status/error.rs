//! Why a status snapshot can't be used.

use thiserror::Error;

use crate::serial::Serial;
use crate::sign1::SignError;
use crate::strict::StrictError;
use crate::time::UnixTime;

/// Why bytes are no status snapshot that can be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StatusError {
    /// The COSE_Sign1 around it, or its signature.
    #[error("the status snapshot isn't signed by the trust bundle's root: {0}")]
    Sign1(#[from] SignError),
    /// Not deterministic CBOR.
    #[error("the status snapshot can't be read: {0}")]
    Encoding(#[from] StrictError),
    /// Longer than anybody should have to read.
    #[error("the status snapshot has {0} bytes, more than {most}", most = super::StatusSnapshot::MOST_BYTES)]
    TooLong(usize),
    /// A part is missing or wrong.
    #[error("the status snapshot's part {0} is missing or wrong")]
    Claim(i64),
    /// Another issuer's.
    #[error("the status snapshot is of {found}, the trust bundle is of {expected}")]
    OtherIssuer {
        /// The snapshot's.
        found: String,
        /// The bundle's.
        expected: String,
    },
    /// A delta where a full snapshot must be.
    #[error("the status snapshot made {0} is a delta; give the full one that it builds on before it")]
    NoBase(UnixTime),
    /// A full snapshot where a delta must be.
    #[error("the status snapshot made {0} is a full one, not a delta; give it first, or alone")]
    NotDelta(UnixTime),
    /// A delta on something else.
    #[error(
        "the delta made {delta} doesn't build on the status snapshot made {base}; give those between them too"
    )]
    OtherBase {
        /// When the delta was made.
        delta: UnixTime,
        /// When the snapshot before it was made.
        base: UnixTime,
    },
    /// Applied, it doesn't give what it says.
    #[error("the delta made {0} doesn't give the status snapshot that it names")]
    OtherResult(UnixTime),
    /// Put together in another order than that of numbers.
    #[error("serial {0} comes after a greater one, or twice")]
    Order(Serial),
}
