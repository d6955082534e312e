//! Days of the calendar.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Seconds of a day, without leap seconds.
const SECONDS: i64 = 86_400;

/// A day from 1970-01-01 to [`Day::LAST`], nowhere in particular.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(u32);

/// A text isn't a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("isn't a day like 2026-11-25, from 1970 on")]
pub struct DayError;

impl Day {
    /// 9999-12-30, the last one that calendars here reach everywhere on earth.
    pub const LAST: Self = Self(2_932_895);

    /// The day that is so many days after 1970-01-01, which is day 0.
    #[must_use]
    pub fn new(days: u32) -> Option<Self> {
        (days <= Self::LAST.0).then_some(Self(days))
    }

    /// How many days after 1970-01-01 it is.
    #[must_use]
    pub fn days(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = Timestamp::from_second(i64::from(self.0) * SECONDS).map_err(|_| fmt::Error)?;
        write!(f, "{}", TimeZone::UTC.to_datetime(start).date())
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let is_day = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let date: Date = is_day.then(|| text.parse().ok()).flatten().ok_or(DayError)?;
        let start = TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).map_err(|_| DayError)?;
        u32::try_from(start.as_second() / SECONDS)
            .ok()
            .filter(|_| start.as_second() >= 0)
            .and_then(Self::new)
            .ok_or(DayError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read() {
        for days in [0, 1, 59, 20_781, Day::LAST.0] {
            let day = Day::new(days).expect("a day");
            assert_eq!(day.to_string().parse(), Ok(day));
        }
        assert_eq!("2026-11-25".parse(), Ok(Day(20_782)));
        assert_eq!(Day::LAST.to_string(), "9999-12-30");
        assert_eq!(Day::new(Day::LAST.0 + 1), None);
        for no_day in
            ["", "1969-12-31", "9999-12-31", "2026-02-29", "20261125", "2026-11-25T00:00:00Z", "+026-11-25"]
        {
            assert_eq!(no_day.parse::<Day>(), Err(DayError), "{no_day}");
        }
    }
}
