//! Where everything stands on a label, whatever it is then written as. Lengths are in millimetres from the label's upper left corner.

use crate::PrintError;
use crate::beside::Placed;
use crate::font::Weight;
use crate::label::Label;
use crate::layout::SheetLayout;
use crate::matrix::Matrix;
use crate::plan::Plan;
use crate::wording::{self, Rooms};

/// PDF points of a millimetre: what sizes of text are in.
pub(crate) const POINTS: f64 = 72.0 / 25.4;
/// White on every side of a label: printers and cutters are not exact.
pub(crate) const MARGIN: f64 = 2.0;
/// Between symbol and text.
pub(crate) const GAP: f64 = 1.5;
/// A label that can be drawn.
#[derive(Debug)]
pub(crate) struct Design {
    /// The label's own symbol, and the one beside it.
    pub(crate) symbols: Vec<Symbol>,
    pub(crate) texts: Vec<Text>,
    /// What is black: lines to sign on, the facing mark, four-state bars.
    pub(crate) bars: Vec<Area>,
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

impl Design {
    /// A label for a printer of so many dots a millimetre; artwork has a ratio of width to height.
    ///
    /// # Errors
    /// [`PrintError::TooLong`], [`PrintError::TooSmall`], [`PrintError::NoRoom`], [`PrintError::Undrawable`].
    pub(crate) fn of(
        label: &Label,
        layout: &'static SheetLayout,
        dots_per_mm: f64,
        artwork: Option<f64>,
    ) -> Result<Self, PrintError> {
        let matrix = Matrix::of(&label.symbol)?;
        let beside = label.beside.as_ref();
        let beside = beside.map(|beside| Placed::of(beside, layout, dots_per_mm)).transpose()?;
        let plan = Plan::of(label, layout, beside.as_ref().map(Placed::takes).unwrap_or_default())?;
        let dots = module_dots(layout, plan.available(), dots_per_mm, &matrix)?;
        let module = f64::from(dots) / dots_per_mm;
        let (outer, quiet) = (modules(matrix.outer_size()) * module, modules(matrix.quiet()) * module);
        let (x, y) = plan.symbol(outer);
        let artwork = artwork.map(|ratio| plan.artwork(ratio));
        let rooms = Rooms { texts: plan.texts(outer), serial: plan.serial(outer), artwork };
        let (texts, mut bars) = wording::lay_out(label, layout, &rooms)?;
        bars.extend(plan.bars());
        let mut symbols = vec![Symbol { matrix, at: (x + quiet, y + quiet), dots }];
        match beside {
            Some(Placed::Strip(strip)) => bars.extend(strip),
            Some(Placed::Corner { symbol, .. }) => symbols.push(symbol),
            None => {}
        }
        Ok(Self { symbols, texts, bars, artwork })
    }
}

/// Side of a module in dots: as large as what is available allows, and whole, so that none is wider than its neighbour.
///
/// # Errors
/// [`PrintError::TooSmall`] with the size that the symbol needs.
pub(crate) fn module_dots(
    layout: &'static SheetLayout,
    available: f64,
    dots_per_mm: f64,
    matrix: &Matrix,
) -> Result<u32, PrintError> {
    let outer = modules(matrix.outer_size());
    let dots = ((available / outer).min(matrix.most_module()) * dots_per_mm + 1e-9).floor();
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
        let available = |layout: &SheetLayout| (layout.label.0.min(layout.label.1) - 4.0) * 0.9;
        let mut refused = 0;
        for layout in SheetLayout::all() {
            for (matrix, dots_per_mm) in
                [&small, &large].into_iter().flat_map(|matrix| [8.0, 12.0, 24.0].map(|dots| (matrix, dots)))
            {
                match module_dots(layout, available(layout), dots_per_mm, matrix) {
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
