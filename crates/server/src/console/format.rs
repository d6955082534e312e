//! Amounts, times and numbers as people read them.

use indicia::{Amount, Denomination, UnixTime};
use maud::{Markup, html};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// An amount with its currency: 12,345.60 EUR.
pub(crate) fn money(units: u64, denomination: Denomination) -> Markup {
    html! { span.money { (number(units, denomination)) " " span.currency { (denomination.code()) } } }
}

/// The number of an amount alone.
pub(crate) fn number(units: u64, denomination: Denomination) -> String {
    let number = Amount::saturating(units, denomination).number();
    match number.split_once('.') {
        Some((whole, places)) => format!("{}.{places}", in_threes(whole)),
        None => in_threes(&number),
    }
}

/// A number with its digits in threes.
pub(crate) fn count(number: u64) -> String {
    in_threes(&number.to_string())
}

fn in_threes(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many of something.
pub(crate) fn items(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A time, to the minute.
pub(crate) fn when(time: UnixTime) -> Markup {
    when_text(&time.to_string())
}

/// A time as it is written everywhere else: 2026-11-26T02:16:46Z.
pub(crate) fn when_text(text: &str) -> Markup {
    let clock = text.get(11..16).unwrap_or_default();
    html! { time datetime=(text) { (day_text(text)) ", " (clock) " UTC" } }
}

/// The day of a time: 26 Nov 2026.
pub(crate) fn day(time: UnixTime) -> String {
    day_text(&time.to_string())
}

fn day_text(text: &str) -> String {
    let date: Vec<&str> = text.get(..10).unwrap_or_default().split('-').collect();
    let [year, month, day] = date[..] else { return text.to_owned() };
    let month = month.parse().ok().and_then(|month: usize| MONTHS.get(month.checked_sub(1)?));
    format!("{} {} {year}", day.trim_start_matches('0'), month.unwrap_or(&""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_threes() {
        let written = [0, 7, 999, 1000, 123_456, 1_234_567].map(count);
        assert_eq!(written, ["0", "7", "999", "1,000", "123,456", "1,234,567"]);
        let mills = "USD/3".parse().unwrap();
        assert_eq!(number(1_234_567, mills), "1,234.567");
        assert_eq!(number(1_234_567, "JPY/0".parse().unwrap()), "1,234,567");
        assert_eq!(items(1, "item", "items"), "1 item");
    }

    #[test]
    fn a_time_is_a_day_and_a_clock() {
        assert_eq!(day(UnixTime(1_795_659_406)), "26 Nov 2026");
        assert!(when(UnixTime(0)).0.contains(">1 Jan 1970, 00:00 UTC<"));
    }
}
