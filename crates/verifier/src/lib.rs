//! Whether codes are genuine, and what else is to be said of them, as data: one wording for the command line, the server and
//! the packages for other languages.
//!
//! Like `indicia` it knows no I/O and no clock: bundle, snapshots and time are handed in. It compiles to WebAssembly too.

mod checked;
mod details;
mod finding;
mod standing;
mod verifier;

pub use checked::{Checked, Judgement};
pub use details::ItemDetails;
pub use finding::Finding;
pub use standing::{Standing, UNKNOWN};
pub use verifier::{About, Verifier, VerifierError, open_bundle};
