//! Where an item is used, as its clocks go.

use std::str::FromStr;

use indicia::UnixTime;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use thiserror::Error;

/// A time zone of the IANA database: the system's, or the one that is built in where the system has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// No time zone has this name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no time zone has this name; the IANA database's are expected, such as Europe/Paris")]
pub struct ZoneError;

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(name: &str) -> Result<Self, ZoneError> {
        let zone = TimeZone::get(name).map_err(|_| ZoneError)?;
        // What stands for any zone at all, as the machine is set, would print another time on each.
        zone.iana_name().is_some().then_some(Self(zone)).ok_or(ZoneError)
    }
}

impl Zone {
    /// Coordinated universal time: where nobody says otherwise.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// Its name in the database.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// What its clocks show at a time, or at the last one that calendars here reach, on 9999-12-30.
    pub(crate) fn shown(&self, time: UnixTime) -> DateTime {
        let at = i64::try_from(time.0).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        self.0.to_datetime(at.unwrap_or(Timestamp::MAX))
    }

    /// The time at which its clocks show a day and a time of day, as browsers' forms have it: `2027-01-01T19:30`; none if the text isn't one, or of
    /// before 1970. What clocks show twice is the first of both, and what they leave out is counted from before the gap (RFC 5545, section 3.3.5).
    #[must_use]
    pub fn time(&self, shown: &str) -> Option<UnixTime> {
        let shown: DateTime = shown.parse().ok()?;
        let at = self.0.to_timestamp(shown).ok()?;
        u64::try_from(at.as_second()).ok().map(UnixTime)
    }
}

#[cfg(test)]
mod tests {
    use indicia::UnixTime;

    use super::{Zone, ZoneError};

    fn zone(name: &str) -> Zone {
        name.parse().expect("a time zone")
    }

    #[test]
    fn clocks_go_as_their_zone_says() {
        let (paris, york) = (zone("Europe/Paris"), zone("America/New_York"));
        assert_eq!(paris.name(), "Europe/Paris");
        // 2027-01-01 18:30 and 2027-07-01 18:30 in UTC
        let (winter, summer) = (UnixTime(1_798_828_200), UnixTime(1_814_466_600));
        for (zone, time, shown) in [
            (&paris, winter, "2027-01-01T19:30"),
            (&paris, summer, "2027-07-01T20:30"),
            (&york, winter, "2027-01-01T13:30"),
            (&Zone::UTC, summer, "2027-07-01T18:30"),
        ] {
            assert_eq!(zone.shown(time).to_string(), format!("{shown}:00"));
            assert_eq!(zone.time(shown), Some(time));
        }
        assert_eq!(york.shown(UnixTime(0)).to_string(), "1969-12-31T19:00:00");
        assert_eq!(york.shown(UnixTime(u64::MAX)).date().to_string(), "9999-12-30");
        assert_eq!((zone("UTC"), zone("utc").name()), (Zone::UTC, "UTC"));
    }

    #[test]
    fn an_hour_that_is_there_twice_or_never_is_still_a_time() {
        let paris = zone("Europe/Paris");
        // 2026-10-25, 03:00 summer time is 02:00 winter time; 2026-03-29, 02:00 is 03:00.
        assert_eq!(paris.time("2026-10-25T02:30"), Some(UnixTime(1_792_888_200)));
        assert_eq!(paris.time("2026-03-29T02:30"), Some(UnixTime(1_774_747_800)));
    }

    #[test]
    fn only_zones_that_are_there_are_read() {
        for name in ["", "Europe/Atlantis", "../../etc/passwd", "+01:00", "Local"] {
            assert_eq!(name.parse::<Zone>(), Err(ZoneError), "{name:?}");
        }
        for shown in ["", "2027-01-01T", "2027-02-30T10:00", "1969-12-31T10:00", "tomorrow"] {
            assert_eq!(zone("UTC").time(shown), None, "{shown:?}");
        }
    }
}
