//! Lines on which people sign.

use crate::design::{Area, GAP, POINTS, Text};
use crate::font::Weight;
use crate::wording::Line;

/// Millimetres above a line, for the signature.
const HEIGHT: f64 = 6.5;
/// Shortest line that a name fits on.
const LEAST_WIDTH: f64 = 28.0;
/// Between two lines beside each other.
const BETWEEN: f64 = 3.0;
const THICKNESS: f64 = 0.2;
/// Size of what stands below a line, in points.
const SMALL: f64 = 5.0;

/// Lines to sign on, the last at the lower edge of a room: beside each other where the room is wide enough. Says how much of the room's height they take.
pub(crate) fn lines(signatures: &[String], room: Area) -> (f64, Vec<Text>, Vec<Area>) {
    let caption = SMALL / POINTS * 1.4;
    let columns = [signatures.len(), 1].into_iter().find(|columns| width(room, *columns) >= LEAST_WIDTH);
    let columns = columns.unwrap_or(1).max(1);
    let rows = signatures.len().div_ceil(columns);
    let (width, height) = (width(room, columns), HEIGHT + caption + GAP);
    let (mut texts, mut bars) = (Vec::new(), Vec::new());
    for (place, words) in signatures.iter().enumerate() {
        let left = room.at.0 + count(place % columns) * (width + BETWEEN);
        let bottom = room.at.1 + room.size.1 - count(rows - 1 - place / columns) * height - GAP;
        bars.push(Area { at: (left, bottom - caption), size: (width, THICKNESS) });
        let line = Line { text: words, size: SMALL, weight: Weight::Regular, whole: true };
        texts.push(line.fitted((left, bottom), width));
    }
    (count(rows) * height, texts, bars)
}

/// How long lines are of which so many stand beside each other.
fn width(room: Area, columns: usize) -> f64 {
    let columns = count(columns.max(1));
    (room.size.0 - (columns - 1.0) * BETWEEN) / columns
}

/// A few things.
#[allow(clippy::cast_precision_loss)] // a label has two signatures at most
fn count(number: usize) -> f64 {
    number as f64
}
