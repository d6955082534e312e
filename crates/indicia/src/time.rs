//! Points in time.

use std::fmt;

/// Seconds since 1970-01-01T00:00:00Z, without leap seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UnixTime(pub u64);

impl fmt::Display for UnixTime {
    /// RFC 3339 in UTC; a time that no calendar here reaches is shown as its seconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match i64::try_from(self.0).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok()) {
            Some(timestamp) => write!(f, "{timestamp}"),
            None => write!(f, "{} s after 1970", self.0),
        }
    }
}
