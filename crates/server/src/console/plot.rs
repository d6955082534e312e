//! A plot of what was spent, as SVG. Colours come from the style sheet; whoever sees no pictures has the table beside it.

use std::fmt::Write as _;

use indicia::Denomination;
use maud::{Markup, html};
use store::DaySpending;

use crate::console::format::{day, number};
use crate::console::page::drawing;

/// Width and height of the drawing, in its own units: it takes whatever room it is given.
const WIDTH: u64 = 1_200;
const HEIGHT: u64 = 200;
/// Lines across it.
const LINES: u64 = 4;

/// A bar for each day.
pub(crate) fn bars(days: &[DaySpending], denomination: Denomination) -> Markup {
    let most = days.iter().map(|one| one.value).max().unwrap_or(0);
    let scale = rounded_up(most);
    let ends = [days.first(), days.last()].map(|one| one.map(|one| day(one.day)).unwrap_or_default());
    html! {
        div.axis aria-hidden="true" { span { (number(scale, denomination)) " " (denomination.code()) } }
        (drawing(svg(days, scale, &summary(days, most, denomination), denomination)))
        div.axis aria-hidden="true" { @for end in ends { span { (end) } } }
    }
}

fn svg(days: &[DaySpending], scale: u64, summary: &str, denomination: Denomination) -> String {
    // Values are below 2^63, and the product isn't.
    let height = |value: u64| {
        u64::try_from(u128::from(value) * u128::from(HEIGHT) / u128::from(scale.max(1))).unwrap_or(HEIGHT)
    };
    let step = WIDTH / days.len().max(1) as u64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" \
         role=\"img\" aria-labelledby=\"plot\"><title id=\"plot\">{summary}</title>"
    );
    for line in 0..=LINES {
        // writing to a string doesn't fail
        let _ = write!(svg, "<path class=\"line\" d=\"M0 {}H{WIDTH}\"/>", HEIGHT * line / LINES);
    }
    for (place, one) in days.iter().enumerate().filter(|(_, one)| one.value > 0) {
        // What was little is still to be seen.
        let tall = height(one.value).max(2);
        let _ = write!(
            svg,
            "<rect class=\"bar\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{tall}\">\
             <title>{day}: {number} {code}</title></rect>",
            x = place as u64 * step + step / 8,
            y = HEIGHT - tall,
            width = step - step / 4,
            day = day(one.day),
            number = number(one.value, denomination),
            code = denomination.code(),
        );
    }
    svg + "</svg>"
}

/// What the plot shows, in a sentence.
fn summary(days: &[DaySpending], most: u64, denomination: Denomination) -> String {
    let total = days.iter().fold(0_u64, |sum, one| sum.saturating_add(one.value));
    let best = days.iter().find(|one| one.value == most).map(|one| day(one.day)).unwrap_or_default();
    format!(
        "{total} {code} spent in {count} days, most of it on {best}: {most} {code}",
        total = number(total, denomination),
        code = denomination.code(),
        count = days.len(),
        most = number(most, denomination),
    )
}

/// 1, 2 or 5 with as many zeros as are needed.
fn rounded_up(value: u64) -> u64 {
    let mut ten = 1_u64;
    loop {
        for step in [1, 2, 5] {
            match ten.checked_mul(step) {
                Some(scale) if scale >= value => return scale,
                Some(_) => {}
                None => return u64::MAX,
            }
        }
        let Some(more) = ten.checked_mul(10) else { return u64::MAX };
        ten = more;
    }
}

#[cfg(test)]
mod tests {
    use indicia::{Amount, UnixTime};

    use super::*;

    #[test]
    fn the_scale_is_round_and_never_too_small() {
        for (value, scale) in [(0, 1), (1, 1), (3, 5), (51, 100), (1_999, 2_000), (u64::MAX, u64::MAX)] {
            assert_eq!(rounded_up(value), scale);
        }
    }

    #[test]
    fn every_day_with_spending_has_a_bar_however_little_or_much() {
        let one = |day: u64, value| DaySpending { day: UnixTime(day * 86_400), value, count: 1 };
        let days = [one(0, 1), one(1, 0), one(2, Amount::MAX_UNITS)];
        let drawn = bars(&days, "EUR/2".parse().unwrap()).0;
        assert_eq!(drawn.matches("class=\"bar\"").count(), 2);
        assert!(drawn.contains("in 3 days, most of it on 3 Jan 1970"), "{drawn}");
        assert!(bars(&[], "EUR/2".parse().unwrap()).0.contains("</svg>"));
    }
}
