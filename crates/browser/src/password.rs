//! Passwords: the browser's half of OPAQUE (RFC 9807), so that nothing of a password leaves the page.
//!
//! Messages are base64url without padding, as they stand in JSON. What is random comes in as a seed of 32 bytes.

use asker::{Change, Personal};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use password::{Password, Registering, RegistrationResponse, SignInResponse, SigningIn, Who};
use thiserror::Error;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::change::Asked;

/// Why a step can't be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
enum StepError {
    /// No seed.
    #[error("a seed has 32 bytes")]
    Seed,
    /// No message.
    #[error("the server's answer can't be read")]
    Answer,
    /// Taken twice.
    #[error("this was finished before; begin again")]
    Over,
}

/// Somebody signing in: sends a message, is answered one, sends a last one.
#[wasm_bindgen]
pub struct SignIn {
    account: String,
    user: String,
    state: Option<SigningIn>,
    message: String,
}

/// The end of a sign-in.
#[wasm_bindgen(getter_with_clone)]
pub struct SignedIn {
    /// The last message.
    pub message: String,
    /// The session's key, for the browser to keep.
    pub key: Vec<u8>,
}

#[wasm_bindgen]
impl SignIn {
    /// Begins to sign in.
    ///
    /// # Errors
    /// The text can't be a password.
    #[wasm_bindgen(constructor)]
    pub fn new(account: String, user: String, typed: &str, seed: &[u8]) -> Result<Self, JsError> {
        let seed: &[u8; 32] = seed.try_into().map_err(|_| StepError::Seed)?;
        let (state, request) = SigningIn::start(Password::new(typed)?, seed);
        Ok(Self { account, user, state: Some(state), message: URL_SAFE_NO_PAD.encode(request.to_bytes()) })
    }

    /// The first message.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn message(&self) -> String {
        self.message.clone()
    }

    /// Takes the answer. This works for a second or two.
    ///
    /// # Errors
    /// The password is wrong, or there is no such user.
    pub fn finish(&mut self, answer: &str) -> Result<SignedIn, JsError> {
        let state = self.state.take().ok_or(StepError::Over)?;
        let answer = SignInResponse::from_bytes(&decoded(answer)?)?;
        let (last, key) = state.finish(&Who { account: &self.account, user: &self.user }, &answer)?;
        Ok(SignedIn { message: URL_SAFE_NO_PAD.encode(last.to_bytes()), key: key.as_bytes().to_vec() })
    }
}

/// Somebody setting a password: two signed changes with an answer in between.
#[wasm_bindgen]
pub struct SetPassword {
    account: String,
    user: String,
    state: Option<Registering>,
    message: Vec<u8>,
}

#[wasm_bindgen]
impl SetPassword {
    /// Begins to set a password.
    ///
    /// # Errors
    /// The password isn't good enough; the error says what a good one is.
    #[wasm_bindgen(constructor)]
    pub fn new(account: String, user: String, typed: &str, seed: &[u8]) -> Result<Self, JsError> {
        let seed: &[u8; 32] = seed.try_into().map_err(|_| StepError::Seed)?;
        let good = Password::new(typed)?.for_new(&Who { account: &account, user: &user })?;
        let (state, request) = Registering::start(good, seed);
        Ok(Self { account, user, state: Some(state), message: request.to_bytes().to_vec() })
    }

    /// The first change.
    ///
    /// # Errors
    /// No user can have this name.
    pub fn begin(&self) -> Result<Asked, JsError> {
        Ok((&self.change(Personal::BeginPassword(self.message.clone()))?).into())
    }

    /// Takes the answer to the first change and makes the second. This works for a second or two.
    ///
    /// # Errors
    /// It is no answer to what was asked.
    pub fn finish(&mut self, answer: &str) -> Result<Asked, JsError> {
        let state = self.state.take().ok_or(StepError::Over)?;
        let answer = RegistrationResponse::from_bytes(&decoded(answer)?)?;
        let last = state.finish(&Who { account: &self.account, user: &self.user }, &answer)?;
        Ok((&self.change(Personal::SetPassword(last.to_bytes().to_vec()))?).into())
    }

    fn change(&self, what: Personal) -> Result<Change, asker::UserNameError> {
        Ok(Change::Personal { user: self.user.parse()?, what })
    }
}

fn decoded(answer: &str) -> Result<Vec<u8>, StepError> {
    URL_SAFE_NO_PAD.decode(answer).map_err(|_| StepError::Answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_base64url() {
        assert_eq!(decoded("AAEC_-8"), Ok(vec![0, 1, 2, 255, 239]));
        assert_eq!(decoded("AAEC/+8"), Err(StepError::Answer));
    }
}
