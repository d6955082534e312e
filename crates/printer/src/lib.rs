//! Printers, asked by IPP Everywhere (RFC 8010, RFC 8011, PWG 5100.14): what they are and take, jobs, and how those end.
//!
//! A job is made first and gets its document then (Create-Job, Send-Document), so that its number is known before there is
//! anything that could come out on paper. Whoever writes that number down in between can always ask what became of it. Nothing
//! here sends anything twice.
//!
//! The crate knows no indicia, no accounts and no books. It blocks.

mod about;
mod address;
mod answer;
mod discovery;
mod error;
mod job;
mod media;
mod printer;
mod reasons;
mod request;
mod wire;

pub use about::{About, PrinterState, Resolution};
pub use address::{Address, AddressError};
pub use discovery::{DiscoveryError, Found, discover};
pub use error::PrinterError;
pub use job::{Job, JobId, JobState};
pub use media::{Margins, Media, Medium};
pub use printer::{NewJob, PDF, Printer};
