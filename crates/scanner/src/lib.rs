//! What the scanner's page does itself, as WebAssembly: symbols are read from a camera's frames and judged by the code that
//! also judges them elsewhere, with a network or without.
//!
//! It is told the time, what the server signed, and what the page kept; it keeps nothing, and asks nobody.

mod face;
mod finding;
mod knowledge;
mod post;
mod sign_in;
mod taking;

pub use face::Scanner;
pub use finding::{Colour, Finding, Says};
pub use knowledge::{Knowledge, KnowledgeError, Use};
pub use post::{Post, TooOld};
pub use sign_in::{Draft, sign_in, staff_key_id};
pub use taking::{Desk, Part, Taken, Taking, TakingError};
