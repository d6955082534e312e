//! Four-state bars, which posts' machines read: of an Intelligent Mail barcode's measures (USPS-B-3200; DMM 708.4.3). Lengths are in millimetres.

use std::fmt::Write as _;

use crate::design::Area;

const INCH: f64 = 25.4;
/// From one bar to the next; 20 to 24 an inch are allowed.
const PITCH: f64 = INCH / 22.0;
/// The same where there is less room.
const LEAST_PITCH: f64 = INCH / 23.5;
/// Width of a bar, give or take 0.005 inch.
const BAR: f64 = INCH * 0.020;
/// Height of a full bar.
const FULL: f64 = INCH * 0.145;
/// Height of the part that every bar has, in the middle.
const TRACKER: f64 = INCH * 0.048;
/// White left and right of all bars.
const BESIDE: f64 = INCH * 0.125;
/// White above and below.
pub(crate) const WHITE: f64 = INCH * 0.028;
/// Height of all bars with their white.
pub(crate) const HEIGHT: f64 = FULL + 2.0 * WHITE;

/// One bar: the tracker, and what there is above and below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FourStateBar {
    /// Whether it goes up above the tracker.
    pub ascends: bool,
    /// Whether it goes down below the tracker.
    pub descends: bool,
}

/// Width of the narrowest strip for so many bars, with the white beside them.
pub(crate) fn least_width(count: usize) -> f64 {
    pitches(count) * LEAST_PITCH + BAR + 2.0 * BESIDE
}

#[allow(clippy::cast_precision_loss)] // a barcode has less than a hundred bars
fn pitches(count: usize) -> f64 {
    count.saturating_sub(1) as f64
}

/// The bars in the middle of a strip from an upper left corner on, if it is wide enough for so many.
pub(crate) fn bars(bars: &[FourStateBar], (left, top): (f64, f64), width: f64) -> Option<Vec<Area>> {
    let pitches = pitches(bars.len());
    let room = width - 2.0 * BESIDE - BAR;
    let pitch = [PITCH, LEAST_PITCH].into_iter().find(|pitch| pitch * pitches <= room)?;
    let first = left + (width - pitch * pitches - BAR) / 2.0;
    let arm = (FULL - TRACKER) / 2.0;
    let places = std::iter::successors(Some(first), |place| Some(place + pitch));
    let bar = |(bar, place): (&FourStateBar, f64)| {
        let above = if bar.ascends { 0.0 } else { arm };
        let below = if bar.descends { 0.0 } else { arm };
        Area { at: (place, top + WHITE + above), size: (BAR, FULL - above - below) }
    };
    Some(bars.iter().zip(places).map(bar).collect())
}

/// An SVG of bars with the white around them, one unit a millimetre.
pub(crate) fn svg(all: &[FourStateBar]) -> String {
    let width = pitches(all.len()) * PITCH + BAR + 2.0 * BESIDE + 1e-9;
    let areas = bars(all, (0.0, 0.0), width).unwrap_or_default(); // that wide they fit
    let mut path = String::new();
    for Area { at, size } in areas {
        // writing to a string doesn't fail
        let _ = write!(path, "M{:.2} {:.2}h{:.2}v{:.2}h-{:.2}z", at.0, at.1, size.0, size.1, size.0);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.2} {HEIGHT:.2}\">\
         <path fill=\"#000\" d=\"{path}\"/></svg>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// DMM 708.4.3: bars 0.015 to 0.025 inch wide, 20 to 24 an inch, 0.125 to 0.165 inch high where they are full; what they all have is 0.039 to 0.057
    /// inch high; 0.125 inch of white beside them, 0.028 above and below.
    #[test]
    fn bars_have_the_measures_of_the_post() {
        let all = [(true, true), (true, false), (false, true), (false, false)];
        let all = all.map(|(ascends, descends)| FourStateBar { ascends, descends });
        let sixty_five: Vec<_> = all.into_iter().cycle().take(65).collect();
        for width in [77.0, 99.1, 140.0] {
            let areas = bars(&sixty_five, (3.0, 30.0), width).expect("room");
            assert_eq!(areas.len(), 65);
            let inches = |length: f64| length / INCH;
            for pair in areas.windows(2) {
                let an_inch = 1.0 / inches(pair[1].at.0 - pair[0].at.0);
                assert!((20.0..=24.0).contains(&an_inch), "{an_inch} bars an inch");
            }
            let (top, bottom) = (30.0, 30.0 + HEIGHT);
            for (bar, area) in sixty_five.iter().zip(&areas) {
                assert!((0.015..=0.025).contains(&inches(area.size.0)));
                let (above, below) = (inches(area.at.1 - top), inches(bottom - area.at.1 - area.size.1));
                assert!(above >= 0.0279 && below >= 0.0279, "{above} above, {below} below");
                // Where it ends, if it goes no further than the tracker.
                let (up, down) = (above < 0.03, below < 0.03);
                assert_eq!((up, down), (bar.ascends, bar.descends));
                let heights = match (up, down) {
                    (true, true) => 0.125..=0.165,
                    (false, false) => 0.039..=0.057,
                    _ => 0.082..=0.111,
                };
                assert!(heights.contains(&inches(area.size.1)), "{} inch high", inches(area.size.1));
            }
            let (first, last) = (areas[0], areas[64]);
            let right = 3.0 + width - last.at.0 - last.size.0;
            assert!(inches(first.at.0 - 3.0) >= 0.125 && inches(right) >= 0.125);
            assert!((first.at.0 - 3.0 - right).abs() < 1e-9, "they are in the middle");
        }
        let least = least_width(65);
        assert!(bars(&sixty_five, (0.0, 0.0), least + 1e-9).is_some());
        assert_eq!(bars(&sixty_five, (0.0, 0.0), least - 0.01), None);
        assert_eq!(bars(&sixty_five, (0.0, 0.0), 75.0), None);
    }
}
