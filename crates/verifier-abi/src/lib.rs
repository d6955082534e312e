//! The verifier behind C's calling convention: what the packages for C, Python and JavaScript load, as a shared library or as
//! WebAssembly.
//!
//! Verifiers are numbers to whoever calls, and nothing is allocated on one side and freed on the other, so that a number
//! that is wrong, closed or closed twice is an answer and not a crash. All that is unsafe is in [`border`]: reading what the caller
//! points at, and writing where he points to. `sdk/c/mintage_verify.h` says what the functions want.

pub mod border;
mod open;

pub use open::{Answer, Code};
