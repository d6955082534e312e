//! A plot of what was spent, as SVG. Colours come from the style sheet; whoever sees no pictures has the table beside it.

use std::fmt::Write as _;

use indicia::Denomination;
use maud::{Markup, html};
use store::DaySpending;

use crate::console::format::{day, number};
use crate::console::page::drawing;

/// Width and height of the whole, and of what is left for labels, in units of the drawing.
const WIDTH: u64 = 720;
const HEIGHT: u64 = 220;
const LEFT: u64 = 8;
const TOP: u64 = 26;
const BOTTOM: u64 = 24;
/// Lines across the plot.
const LINES: u64 = 4;

/// A bar for each day.
pub(crate) fn bars(days: &[DaySpending], denomination: Denomination) -> Markup {
    let most = days.iter().map(|one| one.value).max().unwrap_or(0);
    let scale = rounded_up(most);
    let room = HEIGHT - TOP - BOTTOM;
    // Values are below 2^63, and the product isn't.
    let height = |value: u64| {
        u64::try_from(u128::from(value) * u128::from(room) / u128::from(scale.max(1))).unwrap_or(room)
    };
    let step = (WIDTH - LEFT) / days.len().max(1) as u64;
    let mut svg = String::new();
    // writing to a string doesn't fail
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"plot\">\
         <title id=\"plot\">{}</title>",
        summary(days, most, denomination),
    );
    for line in 0..=LINES {
        let y = TOP + room - room * line / LINES;
        let _ = write!(svg, "<path class=\"line\" d=\"M{LEFT} {y}H{WIDTH}\"/>");
    }
    let _ = write!(
        svg,
        "<text x=\"{LEFT}\" y=\"{}\">{} {}</text>",
        TOP - 8,
        number(scale, denomination),
        denomination.code()
    );
    for (place, one) in days.iter().enumerate() {
        let x = LEFT + place as u64 * step;
        // What was little is still to be seen.
        let tall = if one.value > 0 { height(one.value).max(2) } else { 0 };
        let y = TOP + room - tall;
        if tall > 0 {
            let (width, radius) = (step.saturating_sub(6).max(2), tall.min(3));
            let _ = write!(
                svg,
                "<rect class=\"bar\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{tall}\" rx=\"{radius}\">\
                 <title>{}: {} {}</title></rect>",
                day(one.day),
                number(one.value, denomination),
                denomination.code(),
            );
        }
    }
    for (place, anchor) in [(0, "start"), (days.len().saturating_sub(1), "end")] {
        let Some(one) = days.get(place) else { continue };
        let x = if anchor == "end" { WIDTH } else { LEFT };
        let _ = write!(
            svg,
            "<text x=\"{x}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
            HEIGHT - 6,
            day(one.day)
        );
    }
    svg.push_str("</svg>");
    html! { (drawing(svg)) }
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
        assert!(bars(&[], "EUR/2".parse().unwrap()).0.starts_with("<svg"));
    }
}
