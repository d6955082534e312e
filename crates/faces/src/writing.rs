//! Numbers, amounts, days and times as they are written in a language.

use icu_calendar::{Date, Gregorian};
use icu_datetime::fieldsets::{T, YMD, YMDT};
use icu_datetime::input::{DateTime, Time};
use icu_datetime::options::TimePrecision;
use icu_datetime::{FixedCalendarDateTimeFormatter, NoCalendarFormatter};
use icu_decimal::DecimalFormatter;
use icu_decimal::input::Decimal;
use indicia::{Amount, Day, UnixTime};
use jiff::civil;

use crate::language::Language;
use crate::zone::Zone;

const SECONDS_PER_DAY: u64 = 86_400;

/// How a language writes, and of which place's clocks.
#[derive(Debug)]
pub(crate) struct Writing<'z> {
    zone: &'z Zone,
    number: DecimalFormatter,
    day: FixedCalendarDateTimeFormatter<Gregorian, YMD>,
    minute: FixedCalendarDateTimeFormatter<Gregorian, YMDT>,
    time: NoCalendarFormatter<T>,
}

impl<'z> Writing<'z> {
    pub(crate) fn of(language: &Language, zone: &'z Zone) -> Self {
        let locale = language.locale();
        let built_in = "the data is built in, and a language without any has that of all";
        let to_the_minute = TimePrecision::Minute;
        let minute = YMDT::medium().with_time_precision(to_the_minute);
        let time = T::short().with_time_precision(to_the_minute);
        Self {
            zone,
            number: DecimalFormatter::try_new((&locale).into(), Default::default()).expect(built_in),
            day: FixedCalendarDateTimeFormatter::try_new((&locale).into(), YMD::medium()).expect(built_in),
            minute: FixedCalendarDateTimeFormatter::try_new((&locale).into(), minute).expect(built_in),
            time: NoCalendarFormatter::try_new((&locale).into(), time).expect(built_in),
        }
    }

    pub(crate) fn number(&self, number: u32) -> String {
        self.number.format(&number.into()).to_string()
    }

    /// With the currency's code behind it, which every language has.
    pub(crate) fn amount(&self, amount: Amount) -> String {
        let denomination = amount.denomination();
        let mut number = Decimal::from(amount.units());
        number.multiply_pow10(-i16::from(denomination.scale()));
        format!("{} {}", self.number.format(&number), denomination.code())
    }

    pub(crate) fn day(&self, day: Day) -> String {
        self.day_of(UnixTime(u64::from(day.days()) * SECONDS_PER_DAY))
    }

    /// The day of a time, in UTC.
    pub(crate) fn day_of(&self, time: UnixTime) -> String {
        self.day.format(&moment(Zone::UTC.shown(time)).date).to_string()
    }

    /// Days from the first to the last.
    pub(crate) fn days(&self, first: UnixTime, last: UnixTime) -> String {
        let (first, last) = (self.day_of(first), self.day_of(last));
        if first == last { first } else { format!("{first} – {last}") }
    }

    /// A time as the place's clocks show it, or in UTC, which is said then.
    pub(crate) fn minute(&self, time: UnixTime) -> String {
        format!("{}{}", self.minute.format(&self.shown(time)), self.behind())
    }

    /// From one time to another, with the day once if it is the same.
    pub(crate) fn minutes(&self, from: UnixTime, until: UnixTime) -> String {
        let (begins, ends) = (self.shown(from), self.shown(until));
        if begins.date == ends.date {
            let (begins, ends) = (self.minute.format(&begins), self.time.format(&ends.time));
            return format!("{begins} – {ends}{}", self.behind());
        }
        format!("{} – {}", self.minute.format(&begins), self.minute(until))
    }

    fn shown(&self, time: UnixTime) -> DateTime<Gregorian> {
        moment(self.zone.shown(time))
    }

    /// What stands behind a time. Of their own place's time people think without being told.
    fn behind(&self) -> &'static str {
        if *self.zone == Zone::UTC { " UTC" } else { "" }
    }
}

/// What clocks show, to the minute, as it is handed to what writes it.
fn moment(shown: civil::DateTime) -> DateTime<Gregorian> {
    let same = "the calendars are the same";
    let part = |part: i8| part.unsigned_abs(); // none is below 0
    let date = Date::try_new_gregorian(shown.year().into(), part(shown.month()), part(shown.day()));
    let time = Time::try_new(part(shown.hour()), part(shown.minute()), 0, 0);
    DateTime { date: date.expect(same), time: time.expect(same) }
}
