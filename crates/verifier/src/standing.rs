//! What is known of an indicium's use.

use indicia::{Status, StatusSnapshot, UnixTime};

use crate::checked::Checked;

/// What a snapshot says of an indicium that was issued after it, and the books of one that they don't have.
pub const UNKNOWN: &str = "unknown";

/// What became of an indicium, and who says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Standing {
    /// Nobody was asked.
    #[default]
    Unsaid,
    /// The books, of this moment; nothing if they don't have it.
    Now(Option<Status>),
    /// A snapshot, as of a time; nothing if the indicium came after it.
    AsOf(UnixTime, Option<Status>),
}

impl Standing {
    /// What a snapshot says, of a genuine one.
    #[must_use]
    pub fn by(snapshot: &StatusSnapshot, checked: &Checked) -> Self {
        match (checked.serial, checked.issued_at) {
            (Some(serial), Some(issued_at)) => Self::AsOf(snapshot.at(), snapshot.status(serial, issued_at)),
            _ => Self::Unsaid,
        }
    }

    /// Whether it is good for some of its value; nothing if whoever was asked can't tell. What nobody was asked about counts as good.
    pub(crate) fn is_good(self) -> Option<bool> {
        match self {
            Self::Unsaid => Some(true),
            Self::Now(Some(status)) | Self::AsOf(_, Some(status)) => Some(status.is_good()),
            Self::Now(None) | Self::AsOf(_, None) => None,
        }
    }

    /// In a word or three.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Self::Unsaid => None,
            Self::Now(Some(status)) | Self::AsOf(_, Some(status)) => Some(status.name()),
            Self::Now(None) | Self::AsOf(_, None) => Some(UNKNOWN),
        }
    }

    /// Of when a snapshot says it.
    pub(crate) fn as_of(self) -> Option<UnixTime> {
        match self {
            Self::AsOf(at, _) => Some(at),
            Self::Unsaid | Self::Now(_) => None,
        }
    }
}
