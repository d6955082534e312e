//! The crypto module: everything that may see a key.
//!
//! It runs as a process of its own (`mintage module`), sandboxed, and is spoken to over one Unix
//! socket. It opens device records, compares them with its registers, debits, signs and seals.
//! It knows no database and no HTTP, and it takes no time or entropy inside a device's transitions:
//! the same record and the same transaction always give the same answer.

pub mod appointment;
pub mod client;
mod crew;
mod derived;
pub mod device;
mod errand;
pub mod event;
mod frame;
pub mod keystore;
mod module;
pub mod opening;
pub mod order;
pub mod paper;
mod passkeys;
pub mod people;
pub mod permission;
pub mod person;
pub mod process;
pub mod protocol;
pub mod record;
pub mod refusal;
pub mod refusals_seen;
pub mod registers;
mod roster;
mod salts;
pub mod sandbox;
pub mod sealing;
pub mod self_test;
pub mod serials;
pub mod session;
pub mod signing;
pub mod signing_in;
pub mod staff;
mod stamping;
pub mod template;
pub mod transaction;
mod wire;

pub use module::{Module, OpenError};
