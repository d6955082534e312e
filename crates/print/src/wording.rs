//! A label's texts: where each line stands, and what becomes of those that are too long.

use crate::PrintError;
use crate::design::{Area, GAP, POINTS, Text};
use crate::font::{Weight, check_text};
use crate::label::Label;
use crate::layout::SheetLayout;
use crate::signing;

/// Smallest text that is still read, in points; longer texts end in an ellipsis.
const LEAST_SIZE: f64 = 5.0;
/// Size of details and of the serial.
const SMALL: f64 = 6.5;
/// Size of terms.
const TERMS: f64 = 5.5;
/// From one baseline to the next, of a text's size.
const LEADING: f64 = 1.25;

/// One text and how it may be changed to fit.
pub(crate) struct Line<'a> {
    pub(crate) text: &'a str,
    pub(crate) size: f64,
    pub(crate) weight: Weight,
    /// The serial and the amount are made smaller, never cut.
    pub(crate) whole: bool,
}

/// What there is room for beside the symbol.
pub(crate) struct Rooms {
    pub(crate) texts: Area,
    /// Where the serial begins, and how long it may be.
    pub(crate) serial: (f64, f64),
    pub(crate) artwork: Option<Area>,
}

impl Rooms {
    /// How long a line may be that isn't to run into the artwork.
    fn width_at(&self, baseline: f64, size: f64) -> f64 {
        let (left, width) = (self.texts.at.0, self.texts.size.0);
        let is_beside = |artwork: &Area| {
            let (top, bottom) = (artwork.at.1, artwork.at.1 + artwork.size.1);
            artwork.at.0 > left && top < baseline && baseline - size / POINTS < bottom
        };
        let artwork = self.artwork.filter(is_beside);
        artwork.map_or(width, |artwork| width.min(artwork.at.0 - GAP - left))
    }
}

/// A label's texts from the top of their room, and from its bottom the serial, above that lines to sign on, and above those the terms.
///
/// # Errors
/// [`PrintError::Undrawable`], [`PrintError::NoRoom`].
pub(crate) fn lay_out(
    label: &Label,
    layout: &'static SheetLayout,
    rooms: &Rooms,
) -> Result<(Vec<Text>, Vec<Area>), PrintError> {
    use Weight::{Bold, Regular};
    let room = rooms.texts;
    let ((left, top), (width, height)) = (room.at, room.size);
    let all = label.lines.iter().chain(&label.holder).chain(&label.validity).chain(&label.terms);
    let all = all.chain(&label.signatures).chain([&label.title, &label.amount, &label.serial]);
    all.map(String::as_str).try_for_each(check_text)?;

    let serial = Line { text: &label.serial, size: SMALL, weight: Regular, whole: true };
    let mut texts = vec![serial.fitted((rooms.serial.0, top + height), rooms.serial.1)];
    let above_serial = height - SMALL / POINTS * 1.4;
    let signed = Area { size: (width, above_serial), ..room };
    let (taken, signatures, bars) = signing::lines(&label.signatures, signed);
    texts.extend(signatures);
    let bottom = top + above_serial - taken;

    let heading = [
        Line { text: &label.title, size: 8.0, weight: Bold, whole: false },
        Line { text: &label.amount, size: 13.0, weight: Bold, whole: true },
    ];
    let details = label.holder.iter().map(|holder| (holder, 8.0));
    let details = details.chain(label.lines.iter().chain(&label.validity).map(|line| (line, SMALL)));
    let details = details.map(|(text, size)| Line { text, size, weight: Regular, whole: false });
    let mut baseline = top;
    for (place, line) in heading.into_iter().chain(details).enumerate() {
        baseline += line.size / POINTS * LEADING;
        // A short label shows the first details only; the symbol has them all.
        if baseline <= bottom {
            texts.push(line.fitted((left, baseline), rooms.width_at(baseline, line.size)));
        } else if place < 2 && !bars.is_empty() {
            return Err(PrintError::NoRoom { layout: layout.name, what: "lines to sign on" });
        }
    }
    let terms = label.terms.as_deref().map(|terms| broken(terms, width)).unwrap_or_default();
    let leading = TERMS / POINTS * LEADING;
    let mut lowest = bottom;
    let terms = terms.iter().rev().map(|text| {
        let line = Line { text, size: TERMS, weight: Regular, whole: false }.fitted((left, lowest), width);
        lowest -= leading;
        line
    });
    let terms: Vec<_> = terms.collect();
    // All of them, or none, where what the item says leaves no room.
    if lowest >= baseline {
        texts.extend(terms);
    }
    Ok((texts, bars))
}

impl Line<'_> {
    pub(crate) fn fitted(&self, at: (f64, f64), width: f64) -> Text {
        let font = self.weight.font();
        let available = width * POINTS;
        let natural = font.width(self.text);
        let fitted = if natural > 0.0 { (available / natural).min(self.size) } else { self.size };
        let size = if self.whole { fitted } else { fitted.max(LEAST_SIZE) };
        let fits = natural * size <= available + 0.01;
        let text = if fits { self.text.to_owned() } else { shortened(self, available / size) };
        Text { text, size, weight: self.weight, at }
    }
}

/// The longest beginning that fits with an ellipsis behind it, at size 1.
fn shortened(line: &Line<'_>, width: f64) -> String {
    let font = line.weight.font();
    let mut left = width - font.width("…");
    let mut kept = String::new();
    for (character, glyph) in font.glyphs(line.text) {
        left -= f64::from(glyph.advance);
        if left < 0.0 {
            break;
        }
        kept.push(character);
    }
    kept.push('…');
    kept
}

/// Terms in lines as wide as there is room, broken at spaces.
fn broken(text: &str, width: f64) -> Vec<String> {
    let fits = |text: &str| Weight::Regular.font().width(text) * TERMS <= width * POINTS;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if fits(&format!("{line} {word}")) => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
