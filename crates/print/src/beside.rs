//! What stands on a label beside its symbol: a barcode of its trade's own. Lengths are in millimetres.

use crate::PrintError;
use crate::design::{Area, GAP, MARGIN, Symbol, module_dots, modules};
use crate::four_state::{self, FourStateBar};
use crate::layout::SheetLayout;
use crate::matrix::Matrix;
use crate::picture::svg;

/// How much of a label's width a symbol beside its own takes at most.
const SHARE: f64 = 0.2;

/// A barcode beside a label's symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beside {
    /// Four-state bars, from left to right, along the lower edge.
    FourState(Vec<FourStateBar>),
    /// A GS1 element string as symbols hold it, without the first FNC1: a GS1 DataMatrix at the right.
    Gs1(String),
}

impl Beside {
    /// An SVG of it by itself, with the white around it.
    ///
    /// # Errors
    /// [`PrintError::TooLong`].
    pub fn svg(&self) -> Result<String, PrintError> {
        match self {
            Self::FourState(bars) => Ok(four_state::svg(bars)),
            Self::Gs1(text) => Ok(svg(&Matrix::gs1(text)?)),
        }
    }
}

/// The same with its place.
#[derive(Debug)]
pub(crate) enum Placed {
    Strip(Vec<Area>),
    Corner { symbol: Symbol, side: f64 },
}

impl Placed {
    /// Where it stands on labels of a layout, for a printer of so many dots a millimetre.
    ///
    /// # Errors
    /// [`PrintError::TooSmall`] with the size that it needs, [`PrintError::TooLong`].
    pub(crate) fn of(
        beside: &Beside,
        layout: &'static SheetLayout,
        dots_per_mm: f64,
    ) -> Result<Self, PrintError> {
        let (width, height) = layout.label;
        match beside {
            Beside::FourState(bars) => {
                // Its lower white is in the margin that everything has.
                let at = (0.0, height - MARGIN - four_state::HEIGHT + four_state::WHITE);
                let needed = four_state::least_width(bars.len());
                let too_small = PrintError::TooSmall { layout: layout.name, available: width, needed };
                Ok(Self::Strip(four_state::bars(bars, at, width).ok_or(too_small)?))
            }
            Beside::Gs1(text) => {
                let matrix = Matrix::gs1(text)?;
                let available = (width * SHARE).min(height - 2.0 * MARGIN);
                let dots = module_dots(layout, available, dots_per_mm, &matrix)?;
                let module = f64::from(dots) / dots_per_mm;
                let (side, quiet) = (modules(matrix.outer_size()) * module, modules(matrix.quiet()) * module);
                let at = (width - MARGIN - side + quiet, height - MARGIN - side + quiet);
                Ok(Self::Corner { symbol: Symbol { matrix, at, dots }, side })
            }
        }
    }

    /// What it takes of a label's width and of its height, from all that is beside it and above it.
    pub(crate) fn takes(&self) -> (f64, f64) {
        match self {
            Self::Strip(_) => (0.0, four_state::HEIGHT - four_state::WHITE),
            Self::Corner { side, .. } => (side + GAP, 0.0),
        }
    }
}
