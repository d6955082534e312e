//! Labels on paper: barcode symbols, sheets of labels as PDF, single symbols as PNG and SVG.
//!
//! The crate knows nothing of indicia, accounts or keys: it is given contents and texts.

mod artwork;
mod font;
mod label;
mod layout;
mod matrix;
mod pdf;
mod picture;
mod sheet;

pub use artwork::Artwork;
pub use label::{Label, SymbolContent};
pub use layout::{SheetLayout, Stock};
pub use matrix::Matrix;
pub use picture::{png, svg};
pub use sheet::{PdfReport, PdfSheets};

use thiserror::Error;

/// Why something can't be printed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PrintError {
    /// More than the symbol holds.
    #[error("{length} {unit} are more than a {symbol} holds ({most})")]
    TooLong {
        /// Name of the symbol.
        symbol: &'static str,
        /// How much there is.
        length: usize,
        /// Bytes or characters.
        unit: &'static str,
        /// How much fits.
        most: usize,
    },
    /// The label is too small for its symbol.
    #[error(
        "layout {layout} has {available:.1} mm for the symbol, which needs {needed:.1} mm to be read; take a larger label"
    )]
    TooSmall {
        /// Name of the layout.
        layout: &'static str,
        /// Millimetres there are.
        available: f64,
        /// Millimetres needed.
        needed: f64,
    },
    /// The artwork can't be used.
    #[error("the artwork is no PNG picture that can be used ({0})")]
    Artwork(String),
    /// The font can't be embedded.
    #[error("the font can't be embedded ({0})")]
    Font(String),
    /// Writing failed.
    #[error("the file can't be written: {0}")]
    Io(#[from] std::io::Error),
}
