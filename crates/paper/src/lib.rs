//! Between indicia and paper: labels out, and symbols in, for the command line and the server alike.
//!
//! It knows no accounts and no engine: it is given indicia and the items they were made from, or a picture.

mod checking;
mod finding;
mod labels;
mod printing;

pub use checking::{check, check_by_books};
pub use finding::{Candidate, Seen, candidates, find, look};
pub use labels::{beside, symbol_content};
pub use printing::{Printing, Progress};

use thiserror::Error;

/// Why indicia can't be brought onto paper.
#[derive(Debug, Error)]
pub enum PaperError {
    /// An indicium that isn't one.
    #[error("an indicium can't be read: {0}")]
    Indicium(String),
    /// An item whose texts can't be drawn.
    #[error("item {number}: {reason}")]
    Item {
        /// Which, from 1.
        number: usize,
        /// Why.
        reason: print::PrintError,
    },
    /// No label is large enough.
    #[error(
        "no layout has labels that are large enough for the symbols of this batch, and that the printer reaches"
    )]
    NoLayout,
    /// Printing.
    #[error(transparent)]
    Print(#[from] print::PrintError),
}
