//! Labels on paper: barcode symbols, sheets of labels as PDF, labels and receipts for their printers as ZPL and ESC/POS, single symbols as
//! PNG and SVG.
//!
//! The crate knows nothing of indicia, accounts or keys: it is given contents and texts.

mod alignment;
mod archive;
mod artwork;
mod beside;
mod bitmap;
mod design;
mod document;
mod embed;
mod escpos;
mod facing;
mod font;
mod format;
mod four_state;
mod label;
mod layout;
mod matrix;
mod pdf;
mod picture;
mod plan;
mod printout;
mod qr;
mod raster;
mod roll;
mod sheet;
mod signing;
mod test_page;
mod wording;
mod zpl;

pub use alignment::{Alignment, AlignmentError, Margin, Offset};
pub use artwork::Artwork;
pub use beside::Beside;
pub use facing::FacingMark;
pub use font::check_text;
pub use format::{Format, Resolution};
pub use four_state::FourStateBar;
pub use label::{Label, SymbolContent};
pub use layout::{SheetLayout, Stock};
pub use matrix::Matrix;
pub use picture::{blocks, png, svg};
pub use printout::{PrintReport, Printout, Setup};
pub use test_page::write_test_page;

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
    /// The label is too small for its symbol, or for the barcode beside it.
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
    /// There is no room for what nobody can do without.
    #[error("layout {layout} has no room for {what} beside a symbol that can be read; take a larger label")]
    NoRoom {
        /// Name of the layout.
        layout: &'static str,
        /// For what.
        what: &'static str,
    },
    /// A text has characters that can't be drawn.
    #[error("{text:?} can't be printed: the labels' font doesn't draw {characters}")]
    Undrawable {
        /// The text; what does something to a terminal is replaced.
        text: String,
        /// The characters, with their code points.
        characters: String,
    },
    /// A printer of this language doesn't print on this.
    #[error("{format} isn't for layout {layout}, which its printers don't print on; take one of {others}")]
    WrongStock {
        /// Name of the layout.
        layout: &'static str,
        /// Name of the language.
        format: &'static str,
        /// Names of the layouts that it is for.
        others: String,
    },
    /// Something would stand where the printer can't print.
    #[error(
        "on layout {layout} labels' contents begin {distance:.1} mm from the page's {edge} edge, and the printer needs {margin:.1} mm there; \
         take another layout or another offset"
    )]
    Unprintable {
        /// Name of the layout.
        layout: &'static str,
        /// Left, upper, right or lower.
        edge: &'static str,
        /// Millimetres between that edge and what is printed.
        distance: f64,
        /// Millimetres that the printer can't reach.
        margin: f64,
    },
    /// The artwork can't be used.
    #[error("the artwork is no PNG picture that can be used ({0})")]
    Artwork(String),
    /// The font can't be embedded.
    #[error("the font can't be embedded ({0})")]
    Font(String),
    /// The description of colours can't be embedded.
    #[error("the description of colours can't be embedded ({0})")]
    Colours(String),
    /// Writing failed.
    #[error("the file can't be written: {0}")]
    Io(#[from] std::io::Error),
}
