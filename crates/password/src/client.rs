//! The browser's half.

use opaque_ke::{
    ClientLogin, ClientLoginFinishParameters, ClientRegistration, ClientRegistrationFinishParameters,
    Identifiers,
};
use rand_chacha::ChaCha20Rng;

use crate::error::PasswordError;
use crate::messages::{
    Registration, RegistrationRequest, RegistrationResponse, SignInFinish, SignInRequest, SignInResponse,
};
use crate::randomness;
use crate::rules::{NewPassword, Password};
use crate::session_key::SessionKey;
use crate::stretching::Stretching;
use crate::suite::{CONTEXT, Suite};
use crate::who::Who;

/// A password being set: between [`RegistrationRequest`] and [`RegistrationResponse`].
pub struct Registering {
    password: NewPassword,
    state: ClientRegistration<Suite>,
    randomness: ChaCha20Rng,
}

/// Somebody signing in: between [`SignInRequest`] and [`SignInResponse`].
pub struct SigningIn {
    password: Password,
    state: ClientLogin<Suite>,
    randomness: ChaCha20Rng,
}

impl Registering {
    /// Begins to set a password. The seed must be random, and used for nothing else.
    #[must_use]
    pub fn start(password: NewPassword, seed: &[u8; 32]) -> (Self, RegistrationRequest) {
        let mut randomness = randomness::from_seed(seed);
        let started = ClientRegistration::start(&mut randomness, password.as_bytes())
            .expect("a password's length is within what can be blinded");
        (Self { password, state: started.state, randomness }, RegistrationRequest(started.message))
    }

    /// What to send to have it set. This takes as long as [`SigningIn::finish`].
    ///
    /// # Errors
    /// [`PasswordError::Refused`]: what was answered is no answer to what was asked.
    pub fn finish(
        self,
        who: &Who<'_>,
        response: &RegistrationResponse,
    ) -> Result<Registration, PasswordError> {
        self.stretched(who, response, &Stretching::default())
    }

    /// The same for tests: such a password is stretched hardly at all, and [`SigningIn::finish_lightly`] alone takes it.
    ///
    /// # Errors
    /// [`PasswordError::Refused`].
    #[cfg(feature = "light-stretching")]
    pub fn finish_lightly(
        self,
        who: &Who<'_>,
        response: &RegistrationResponse,
    ) -> Result<Registration, PasswordError> {
        self.stretched(who, response, &Stretching::light())
    }

    pub(crate) fn stretched(
        mut self,
        who: &Who<'_>,
        response: &RegistrationResponse,
        stretching: &Stretching,
    ) -> Result<Registration, PasswordError> {
        let identifier = who.identifier();
        let params = ClientRegistrationFinishParameters::new(identifiers(&identifier), Some(stretching));
        let (password, response) = (self.password.as_bytes(), response.0.clone());
        let finished = self.state.finish(&mut self.randomness, password, response, params);
        Ok(Registration(finished.map_err(|_| PasswordError::Refused)?.message))
    }
}

impl SigningIn {
    /// Begins to sign in. The seed must be random, and used for nothing else.
    #[must_use]
    pub fn start(password: Password, seed: &[u8; 32]) -> (Self, SignInRequest) {
        let mut randomness = randomness::from_seed(seed);
        let started = ClientLogin::start(&mut randomness, password.as_bytes())
            .expect("a password's length is within what can be blinded");
        (Self { password, state: started.state, randomness }, SignInRequest(started.message))
    }

    /// What to send to be signed in, and the session's key. This takes a second or two, and 64 MiB for that time.
    ///
    /// # Errors
    /// [`PasswordError::Refused`].
    pub fn finish(
        self,
        who: &Who<'_>,
        response: &SignInResponse,
    ) -> Result<(SignInFinish, SessionKey), PasswordError> {
        self.stretched(who, response, &Stretching::default())
    }

    /// The same for tests, with a password that was set by [`Registering::finish_lightly`].
    ///
    /// # Errors
    /// [`PasswordError::Refused`].
    #[cfg(feature = "light-stretching")]
    pub fn finish_lightly(
        self,
        who: &Who<'_>,
        response: &SignInResponse,
    ) -> Result<(SignInFinish, SessionKey), PasswordError> {
        self.stretched(who, response, &Stretching::light())
    }

    pub(crate) fn stretched(
        mut self,
        who: &Who<'_>,
        response: &SignInResponse,
        stretching: &Stretching,
    ) -> Result<(SignInFinish, SessionKey), PasswordError> {
        let identifier = who.identifier();
        let params =
            ClientLoginFinishParameters::new(Some(CONTEXT), identifiers(&identifier), Some(stretching));
        let (password, response) = (self.password.as_bytes(), response.0.clone());
        let finished = self
            .state
            .finish(&mut self.randomness, password, response, params)
            .map_err(|_| PasswordError::Refused)?;
        Ok((SignInFinish(finished.message), SessionKey::derive(&finished.session_key)))
    }
}

/// The client's identity is who it is; the server's is its public key, which the password's envelope authenticates.
pub(crate) fn identifiers(who: &[u8; 32]) -> Identifiers<'_> {
    Identifiers { client: Some(who), server: None }
}
