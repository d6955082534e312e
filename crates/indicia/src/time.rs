//! Points in time.

use std::fmt;
use std::str::FromStr;

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

/// Why a text isn't a point in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnixTimeError {
    /// It isn't RFC 3339.
    #[error("isn't a time like 2026-11-25T18:30:00Z")]
    Form,
    /// It is before 1970.
    #[error("is before 1970")]
    Early,
}

impl FromStr for UnixTime {
    type Err = UnixTimeError;

    /// RFC 3339, with any offset; parts of a second are left out.
    fn from_str(text: &str) -> Result<Self, UnixTimeError> {
        let timestamp: jiff::Timestamp = text.parse().map_err(|_| UnixTimeError::Form)?;
        u64::try_from(timestamp.as_second()).map(Self).map_err(|_| UnixTimeError::Early)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read() {
        for seconds in [0, 1, 1_795_000_000, 253_402_207_200] {
            assert_eq!(UnixTime(seconds).to_string().parse(), Ok(UnixTime(seconds)));
        }
        assert_eq!("2026-11-25T19:30:00.9+01:00".parse(), Ok(UnixTime(1_795_631_400)));
        assert_eq!("1969-12-31T23:59:59Z".parse::<UnixTime>(), Err(UnixTimeError::Early));
        for no_time in ["", "2026-11-25", "2026-11-25T18:30:00", "2026-13-25T18:30:00Z", "1795000000"] {
            assert_eq!(no_time.parse::<UnixTime>(), Err(UnixTimeError::Form), "{no_time}");
        }
    }
}
