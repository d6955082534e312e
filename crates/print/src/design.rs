//! Where everything stands on a label, whatever it is then written as. Lengths are in millimetres from the label's upper left corner.

use crate::PrintError;
use crate::font::{Weight, check_text};
use crate::label::Label;
use crate::layout::SheetLayout;
use crate::matrix::Matrix;

/// PDF points of a millimetre: what sizes of text are in.
pub(crate) const POINTS: f64 = 72.0 / 25.4;
/// White on every side of a label: printers and cutters are not exact.
pub(crate) const MARGIN: f64 = 2.0;
/// Between symbol and text.
const GAP: f64 = 1.5;
/// Smallest text that is still read, in points; longer texts end in an ellipsis.
const LEAST_SIZE: f64 = 5.0;

/// A label that can be drawn.
#[derive(Debug)]
pub(crate) struct Design {
    pub(crate) symbol: Symbol,
    pub(crate) texts: Vec<Text>,
    /// Where the artwork goes, if there is one.
    pub(crate) artwork: Option<Area>,
}

/// A symbol without its quiet zone, which is left white.
#[derive(Debug)]
pub(crate) struct Symbol {
    pub(crate) matrix: Matrix,
    /// Its upper left corner.
    pub(crate) at: (f64, f64),
    /// Dots of a module's side.
    pub(crate) dots: u32,
}

/// One line of text.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) text: String,
    /// In points.
    pub(crate) size: f64,
    pub(crate) weight: Weight,
    /// Where its baseline begins.
    pub(crate) at: (f64, f64),
}

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) at: (f64, f64),
    pub(crate) size: (f64, f64),
}

/// One text and how it may be changed to fit.
struct Line<'a> {
    text: &'a str,
    size: f64,
    weight: Weight,
    /// The serial and the amount are made smaller, never cut.
    whole: bool,
}

impl Design {
    /// A label for a printer of so many dots a millimetre; artwork has a ratio of width to height.
    ///
    /// # Errors
    /// [`PrintError::TooLong`], [`PrintError::TooSmall`], [`PrintError::Undrawable`].
    pub(crate) fn of(
        label: &Label,
        layout: &'static SheetLayout,
        dots_per_mm: f64,
        artwork: Option<f64>,
    ) -> Result<Self, PrintError> {
        let matrix = Matrix::of(&label.symbol)?;
        let dots = module_dots(layout, dots_per_mm, &matrix)?;
        let module = f64::from(dots) / dots_per_mm;
        let (width, height) = layout.label;
        let (outer, quiet) = (modules(matrix.outer_size()) * module, modules(matrix.quiet()) * module);
        // The symbol stands in the middle of the label's height, or of its width when the text goes below it.
        let is_portrait = height > width;
        let (x, y) =
            if is_portrait { ((width - outer) / 2.0, MARGIN) } else { (MARGIN, (height - outer) / 2.0) };
        let (left, top) = if is_portrait {
            (2.0 * MARGIN, MARGIN + outer + GAP)
        } else {
            (MARGIN + outer + GAP, MARGIN + 1.0)
        };
        let texts = texts(label, (left, top), width - MARGIN - left, height - MARGIN - 1.0)?;
        let artwork = artwork.map(|ratio| artwork_area(layout.label, ratio));
        Ok(Self { symbol: Symbol { matrix, at: (x + quiet, y + quiet), dots }, texts, artwork })
    }
}

/// A label's texts from the top, and its serial at the bottom.
fn texts(label: &Label, (left, top): (f64, f64), width: f64, bottom: f64) -> Result<Vec<Text>, PrintError> {
    use Weight::{Bold, Regular};
    let small = 6.5;
    let mut lines = vec![
        Line { text: &label.title, size: 8.0, weight: Bold, whole: false },
        Line { text: &label.amount, size: 13.0, weight: Bold, whole: true },
    ];
    let details = label.holder.iter().map(|holder| (holder, 8.0));
    let details = details.chain(label.lines.iter().chain(&label.validity).map(|line| (line, small)));
    lines.extend(details.map(|(text, size)| Line { text, size, weight: Regular, whole: false }));
    let mut texts = Vec::with_capacity(lines.len() + 1);
    let mut baseline = top;
    let serial_top = bottom - small / POINTS * 1.4;
    for line in lines {
        check_text(line.text)?;
        baseline += line.size / POINTS * 1.25;
        // A short label shows the first details only; the symbol has them all.
        if baseline <= serial_top {
            texts.push(line.fitted((left, baseline), width));
        }
    }
    check_text(&label.serial)?;
    let serial = Line { text: &label.serial, size: small, weight: Regular, whole: true };
    texts.push(serial.fitted((left, bottom), width));
    Ok(texts)
}

impl Line<'_> {
    fn fitted(&self, at: (f64, f64), width: f64) -> Text {
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

/// The artwork's slot: the upper right corner, a quarter of the width and a third of the height.
fn artwork_area((width, height): (f64, f64), ratio: f64) -> Area {
    let wide = (width / 4.0).min(height / 3.0 * ratio);
    Area { at: (width - MARGIN - wide, MARGIN), size: (wide, wide / ratio) }
}

/// Side of a module in dots: as large as the label allows, and whole, so that none is wider than its neighbour.
///
/// # Errors
/// [`PrintError::TooSmall`] with the size that the symbol needs.
pub(crate) fn module_dots(
    layout: &'static SheetLayout,
    dots_per_mm: f64,
    matrix: &Matrix,
) -> Result<u32, PrintError> {
    let (width, height) = layout.label;
    // Text stands beside the symbol and needs two fifths of the width, or below it.
    let available =
        if height > width { width - 2.0 * MARGIN } else { (height - 2.0 * MARGIN).min(width * 0.6) };
    let outer = modules(matrix.outer_size());
    // A symbol of a metre helps nobody: one millimetre a module is enough for any reader.
    let dots = ((available / outer).min(1.0) * dots_per_mm + 1e-9).floor();
    let least = (matrix.least_module() * dots_per_mm - 1e-9).ceil();
    if dots < least {
        return Err(PrintError::TooSmall {
            layout: layout.name,
            available,
            needed: outer * least / dots_per_mm,
        });
    }
    // at most a millimetre's dots, of a printer's at most 24
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // floats saturate
    Ok(dots as u32)
}

/// A count of modules as a length.
#[allow(clippy::cast_precision_loss)] // a symbol has at most 185 modules a side
pub(crate) fn modules(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::module_dots;
    use crate::{Matrix, PrintError, SheetLayout, SymbolContent};

    #[test]
    fn modules_can_be_read_and_are_no_wider_than_a_millimetre() {
        let of = |length: usize| Matrix::of(&SymbolContent::Qr("A".repeat(length))).expect("a symbol");
        let (small, large) = (of(10), of(1_500));
        let mut refused = 0;
        for layout in SheetLayout::all() {
            for (matrix, dots_per_mm) in
                [&small, &large].into_iter().flat_map(|matrix| [8.0, 12.0, 24.0].map(|dots| (matrix, dots)))
            {
                match module_dots(layout, dots_per_mm, matrix) {
                    Ok(dots) => {
                        let module = f64::from(dots) / dots_per_mm;
                        let is_good = (matrix.least_module()..=1.0).contains(&module);
                        assert!(is_good, "{}: {module}", layout.name);
                    }
                    Err(PrintError::TooSmall { needed, available, .. }) => {
                        assert!(needed > available, "{}", layout.name);
                        refused += 1;
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        }
        assert!(refused > 0 && refused < 3 * SheetLayout::all().len(), "{refused} are refused");
    }
}
