//! Between indicia and paper: labels out, and symbols in, for the command line and the server alike.
//!
//! It knows no accounts and no engine: it is given indicia and the items they were made from, or a picture.

mod checking;
mod finding;
mod labels;
mod sheets;

pub use checking::{check, check_by_books};
pub use finding::{Candidate, Seen, candidates, find, look};
pub use labels::{symbol_content, validity};
pub use sheets::{Progress, write_sheets};

use thiserror::Error;

/// Why indicia can't be brought onto paper.
#[derive(Debug, Error)]
pub enum PaperError {
    /// An indicium that isn't one.
    #[error("an indicium can't be read: {0}")]
    Indicium(String),
    /// No label is large enough.
    #[error("the symbols of this batch are too large for every layout")]
    NoLayout,
    /// Printing.
    #[error(transparent)]
    Print(#[from] print::PrintError),
}
