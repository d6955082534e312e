//! A page on which a printer's peculiarities are measured.

use std::io::Write;

use crate::PrintError;
use crate::alignment::Alignment;
use crate::design::POINTS;
use crate::document::{Document, Page};
use crate::font::Weight;
use crate::layout::SheetLayout;

/// Width of all lines, in millimetres.
const THIN: f64 = 0.1;
/// Between a ruler and the edge that it runs along, at most: beyond what printers leave white.
const RULER_MM: f64 = 10.0;
/// Beside it, for its ticks and numbers.
const BESIDE_MM: f64 = 7.0;
/// Half a cross.
const ARM_MM: f64 = 4.0;
/// Size of numbers and words, in points.
const SMALL: f64 = 5.0;
/// What to do with it.
const ADVICE: [&str; 4] = [
    "Print at 100 %, and lay it on the labels.",
    "Outlines x mm left and y mm above them: --offset x,y",
    "(right of them, or below: a minus before it).",
    "First tick of each ruler: the largest is --margin.",
];

/// Writes a page with the outlines of all labels of a layout, and rulers: the upper and the lower one begin at the left and at the right edge, that on
/// the left and that on the right at the upper and at the lower one. It is moved by the offset that is already known, so that what is left can be seen.
///
/// # Errors
/// [`PrintError::Io`].
pub fn write_test_page<W: Write>(
    writer: W,
    layout: &'static SheetLayout,
    alignment: Alignment,
) -> Result<(), PrintError> {
    let mut document = Document::begin(writer)?;
    let mut page = Page::new(layout.page);
    for place in 0..layout.per_page() {
        let (left, top) = layout.position(place);
        label(
            &mut page,
            layout.label,
            (left + alignment.offset.right, top + alignment.offset.down),
            place + 1,
        );
    }
    rulers(&mut page, layout.page);
    document.page(&page.pack(), &[])?;
    document.finish().map(drop)
}

/// A label's outline, its number, and a cross in its middle.
fn label(page: &mut Page, (width, height): (f64, f64), (left, top): (f64, f64), number: usize) {
    let (right, bottom) = (left + width, top + height);
    let corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
    for side in corners.windows(2) {
        page.line(THIN, side[0], side[1]);
    }
    let (x, y) = (left + width / 2.0, top + height / 2.0);
    page.line(THIN, (x - ARM_MM, y), (x + ARM_MM, y));
    page.line(THIN, (x, y - ARM_MM), (x, y + ARM_MM));
    page.text(&number.to_string(), 2.0 * SMALL, Weight::Bold, (x + 1.0, y - 1.0));
    if number == 1 {
        let widest = ADVICE.iter().map(|line| Weight::Regular.font().width(line)).fold(0.0, f64::max);
        let left = left.max(RULER_MM + BESIDE_MM);
        let size = SMALL.min((right - left - 1.0) * POINTS / widest);
        for (text, line) in ADVICE.iter().zip(1_u8..) {
            let baseline = y + ARM_MM + f64::from(line) * size / POINTS * 1.2;
            page.text(text, size, Weight::Regular, (left, baseline));
        }
    }
}

/// A ruler along each edge, with a tick for each millimetre and a number for every fifth.
fn rulers(page: &mut Page, (width, height): (f64, f64)) {
    let inside = RULER_MM.min(width.min(height) / 6.0);
    // How far along an edge, and how far from it, is which place of the page; and whether numbers stand left of their ticks.
    type Place = fn((f64, f64), f64, f64) -> (f64, f64);
    let edges: [(f64, bool, Place); 4] = [
        (width, false, |_, along, from| (along, from)),
        (width, false, |size, along, from| (size.0 - along, size.1 - from)),
        (height, false, |_, along, from| (from, along)),
        (height, true, |size, along, from| (size.0 - from, size.1 - along)),
    ];
    for (length, leftwards, place) in edges {
        let place = |along: f64, from: f64| place((width, height), along, from);
        let mut along = 0;
        while f64::from(along) <= length {
            let tick = match along % 10 {
                0 => 3.0,
                5 => 2.0,
                _ => 1.0,
            };
            page.line(THIN, place(f64::from(along), inside), place(f64::from(along), inside + tick));
            if along % 5 == 0 {
                let (text, at) = (along.to_string(), place(f64::from(along), inside + 3.0));
                let wide = Weight::Regular.font().width(&text) * SMALL / POINTS;
                let aside = if leftwards { -wide - 0.3 } else { 0.3 };
                page.text(&text, SMALL, Weight::Regular, (at.0 + aside, at.1 - 0.3));
            }
            along += 1;
        }
    }
}
