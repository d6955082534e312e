//! Days as Deutsche Post's codes have them: the day of the year, and the year's last two digits.

use std::fmt;

use jiff::civil::Date;
use thiserror::Error;

/// The century of all years.
const CENTURY: i16 = 2000;
const YEARS: u16 = 100;

/// A day from 2000 to 2099.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayOfYear(Date);

/// Why something is no such day.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DayError {
    /// Another century's.
    #[error("{0} isn't from 2000 to 2099, of which the code has the last two digits")]
    Century(Date),
    /// No such day in its year.
    #[error("{0} is no day of the year with two digits of the year behind it")]
    Number(u16),
}

impl DayOfYear {
    /// A date.
    ///
    /// # Errors
    /// [`DayError::Century`].
    pub fn new(date: Date) -> Result<Self, DayError> {
        let is_in_century = (CENTURY..CENTURY + 100).contains(&date.year());
        if is_in_century { Ok(Self(date)) } else { Err(DayError::Century(date)) }
    }

    /// The date.
    #[must_use]
    pub fn date(self) -> Date {
        self.0
    }

    pub(super) fn number(self) -> u16 {
        (self.0.day_of_year().unsigned_abs()) * YEARS + (self.0.year() - CENTURY).unsigned_abs()
    }

    pub(super) fn of_number(number: u16) -> Result<Self, DayError> {
        let wrong = |_| DayError::Number(number);
        let day = i16::try_from(number / YEARS).map_err(|_| DayError::Number(number))?;
        let year = i16::try_from(number % YEARS).map_err(|_| DayError::Number(number))?;
        let first = Date::new(CENTURY + year, 1, 1).map_err(wrong)?;
        first.with().day_of_year(day).build().map(Self).map_err(wrong)
    }
}

impl fmt::Display for DayOfYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
