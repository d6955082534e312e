//! People sign in with a password that nobody but themselves ever sees: OPAQUE (RFC 9807), both halves.
//!
//! A password is set by [`Registering`] in the browser and [`ServerKey::register`] in the module; it gives a [`PasswordFile`]
//! that is worth nothing without the key. A sign-in is [`SigningIn`] in the browser, [`ServerKey::answer`] and
//! [`Pending::finish`] in the module, and gives both of them, and nobody else, a [`SessionKey`], under which requests are
//! then proved. What the server in between carries tells it nothing of the password.
//!
//! The configuration is RFC 9807's with ristretto255 and SHA-512 (section 7), 3DH and [`Stretching`]. No I/O, no clock, no
//! entropy: what is random comes in as a seed, so that the same call gives the same bytes. Also for WebAssembly.

mod client;
mod common;
mod error;
mod messages;
mod randomness;
mod rules;
mod second_factor;
mod server;
mod session_key;
mod stretching;
mod suite;
#[cfg(test)]
mod tests;
mod who;

pub use client::{Registering, SigningIn};
pub use error::PasswordError;
pub use messages::{
    Registration, RegistrationRequest, RegistrationResponse, SignInFinish, SignInRequest, SignInResponse,
};
pub use rules::{MAX_CHARACTERS, MIN_CHARACTERS, NewPassword, Password, Unfit};
pub use second_factor::{CodeError, SecondFactor};
pub use server::{PasswordFile, Pending, ServerKey, Tag};
pub use session_key::SessionKey;
pub use who::Who;
