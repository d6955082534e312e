//! What can go wrong with a printer, in sentences for a person.

use thiserror::Error;

/// Why a printer didn't do something.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PrinterError {
    /// It can't be reached: it was asked nothing.
    #[error("{printer} can't be reached ({reason}); see whether it is on, and whether its URI is right")]
    Unreachable {
        /// Its URI.
        printer: String,
        /// Why.
        reason: String,
    },
    /// Its certificate isn't one to trust: it was asked nothing.
    #[error(
        "{printer} shows a certificate that isn't known here ({reason}); if it is the printer's own, name it by --certificate"
    )]
    Untrusted {
        /// Its URI.
        printer: String,
        /// Why.
        reason: String,
    },
    /// The connection broke: whether it did what it was asked isn't known.
    #[error("{printer} went away before it answered ({reason})")]
    Lost {
        /// Its URI.
        printer: String,
        /// Why.
        reason: String,
    },
    /// It said no.
    #[error("{printer} refuses: {reason}")]
    Refused {
        /// Its URI.
        printer: String,
        /// What it says.
        reason: String,
    },
    /// What is there isn't a printer that speaks IPP, or not at this path.
    #[error("{printer} doesn't answer as a printer does ({reason})")]
    NoPrinter {
        /// Its URI.
        printer: String,
        /// What is wrong with its answer.
        reason: String,
    },
    /// It can't do what is wanted of it.
    #[error("{printer} {reason}")]
    Unable {
        /// Its URI.
        printer: String,
        /// What it can't, as a sentence's end.
        reason: String,
    },
    /// A certificate to know it by.
    #[error("this is no certificate in PEM that {printer} could be known by ({reason})")]
    Certificate {
        /// Its URI.
        printer: String,
        /// Why not.
        reason: String,
    },
}
