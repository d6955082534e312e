//! What is known of an indicium's use.

use indicia::{Status, StatusSnapshot, UnixTime, Used};

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
    Now(Option<Used>),
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

    /// What it is; nothing if whoever was asked can't tell, or nobody was.
    pub(crate) fn status(self) -> Option<Status> {
        match self {
            Self::Unsaid => None,
            Self::Now(used) => used.map(|used| used.status),
            Self::AsOf(_, status) => status,
        }
    }

    /// How far it is used, if the books say so.
    pub(crate) fn used(self) -> Option<Used> {
        match self {
            Self::Now(used) => used,
            Self::Unsaid | Self::AsOf(..) => None,
        }
    }

    /// Whether it is good for some of its value; nothing if whoever was asked can't tell. What nobody was asked about counts as good.
    pub(crate) fn is_good(self) -> Option<bool> {
        if self == Self::Unsaid { Some(true) } else { self.status().map(Status::is_good) }
    }

    /// In a word or three.
    pub(crate) fn name(self) -> Option<&'static str> {
        (self != Self::Unsaid).then(|| self.status().map_or(UNKNOWN, Status::name))
    }

    /// Of when a snapshot says it.
    pub(crate) fn as_of(self) -> Option<UnixTime> {
        match self {
            Self::AsOf(at, _) => Some(at),
            Self::Unsaid | Self::Now(_) => None,
        }
    }
}
