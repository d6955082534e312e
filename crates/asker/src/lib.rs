//! Who asks: HTTP message signatures (RFC 9421) over requests that change value, made by whoever asks and checked
//! where the value is.
//!
//! A server only carries a [`Proof`]. Whoever checks it makes the signature base itself, from the request that would be
//! carried out, and so never believes what a server says was signed. No I/O, no clock, no entropy; also for WebAssembly.

mod asked;
mod change;
mod checker;
mod content_digest;
mod content_form;
mod credential;
mod encoding;
mod errand;
mod error;
mod idempotency_key;
mod nonces;
mod options;
mod params;
mod passkey;
mod personal;
mod proof;
mod remnant;
mod signature;
mod statement;
mod user_name;

pub use asked::Asked;
pub use change::{Change, ChangeAsked, Role};
pub use checker::Checker;
pub use content_digest::ContentDigest;
pub use content_form::ContentForm;
pub use credential::{Algorithm, Credential, KeyId, Secret};
pub use errand::{Errand, StaffErrand};
pub use error::ProofError;
pub use idempotency_key::{IdempotencyKey, IdempotencyKeyError};
pub use nonces::{NonceError, Nonces};
pub use options::{BatchOptions, OnInsufficient, OptionsError};
pub use params::Params;
pub use passkey::{
    Passkey, PasskeyAlgorithm, PasskeyAssertion, PasskeyError, PasskeyRegistration, RelyingParty,
};
pub use personal::Personal;
pub use proof::{Draft, Proof};
pub use remnant::{KeptBatch, Left, Remnant, erase_from};
pub use signature::Signature;
pub use statement::Statement;
pub use user_name::{UserName, UserNameError};
