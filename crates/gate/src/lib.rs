//! A gate: on a site's own machine it is the one authority for the site's scanners, also while the site is cut off from the
//! server, and afterwards it tells the server what it did.
//!
//! It answers the part of the server's API that scanners need. Of trust it adds nothing: bundle and snapshot are passed on as
//! the server signed them, so that a scanner has to believe it about uses alone. It knows no engine, no module, and nothing of
//! holders.

mod books;
mod deciding;
mod desk;
mod error;
mod link;
#[cfg(test)]
mod model;
mod public;
mod reconciling;
mod relay;
mod reporting;
mod serving;
mod shown;
mod sign_in;
mod trust;
mod turns;
mod uses;

pub use error::GateError;
pub use reporting::{Report, report};
pub use serving::{Settings, serve};
pub use sign_in::Steward;
