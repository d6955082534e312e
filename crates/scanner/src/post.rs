//! Where a scanner stands, and how far it may go by what it knows.

use std::fmt;

use indicia::{StatusSnapshot, UnixTime};

/// Seconds of an hour.
const HOUR: u64 = 3_600;

/// What the steward says of the place; nothing limits a scanner of which nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Post {
    /// At which entrance it stands.
    pub entrance: Option<String>,
    /// For how many hours a status snapshot is gone by where nobody can be asked.
    pub most_hours: Option<u32>,
}

/// A status snapshot is too old to go by, or there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooOld {
    made: Option<UnixTime>,
    most_hours: u32,
}

impl fmt::Display for TooOld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.made {
            Some(made) => write!(f, "the status snapshot is of {made}")?,
            None => write!(f, "there is no status snapshot")?,
        }
        let hours = if self.most_hours == 1 { "hour" } else { "hours" };
        write!(f, ", and this scanner goes by one of the last {} {hours} only", self.most_hours)
    }
}

impl std::error::Error for TooOld {}

impl Post {
    /// Whether a snapshot is new enough to go by at a time.
    ///
    /// # Errors
    /// [`TooOld`].
    pub fn check(&self, statuses: Option<&StatusSnapshot>, now: UnixTime) -> Result<(), TooOld> {
        let Some(most_hours) = self.most_hours else { return Ok(()) };
        let made = statuses.map(StatusSnapshot::at);
        let is_new = |made: UnixTime| now.0.saturating_sub(made.0) <= u64::from(most_hours) * HOUR;
        if made.is_some_and(is_new) { Ok(()) } else { Err(TooOld { made, most_hours }) }
    }
}
