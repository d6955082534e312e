//! People who sign in with passwords: what their browsers do.

use asker::{Change, Credential, Personal, Secret, UserName};
use engine::Outcome;
use module::signing_in::{SignInStep, Told};
use password::{
    Password, Registering, RegistrationResponse, SessionKey, SignInResponse, SigningIn as Browser, Who,
};

use super::Answer;

pub(crate) fn user(name: &str) -> UserName {
    name.parse().expect("a name")
}

pub(crate) fn personal(name: &str, what: Personal) -> Change {
    Change::Personal { user: user(name), what }
}

/// The key of an invitation, and the change that lets it set a password.
pub(crate) fn invitation(name: &str, seed: &[u8; 32]) -> (Secret, Change) {
    let secret = Secret::ed25519(seed);
    let Credential::Ed25519(ed25519) = secret.credential() else { unreachable!("it is such a key") };
    (secret, personal(name, Personal::Invite { ed25519, hours: 24 }))
}

/// What the module tells a browser, unless it only says that it was done.
pub(crate) fn message(answer: &Answer) -> Option<&[u8]> {
    match answer {
        Ok(Outcome::Told(Told::Message(message))) => Some(message),
        _ => None,
    }
}

/// Somebody who sets a password.
pub(crate) struct Setting<'a> {
    who: Who<'a>,
    registering: Registering,
}

impl<'a> Setting<'a> {
    /// And what to ask first.
    pub(crate) fn begin(who: Who<'a>, text: &str) -> (Self, Change) {
        let typed = Password::new(text).expect("a password").for_new(&who).expect("a good password");
        let (registering, request) = Registering::start(typed, &[1; 32]);
        let change = personal(who.user, Personal::BeginPassword(request.to_bytes().to_vec()));
        (Self { who, registering }, change)
    }

    /// What to ask then.
    pub(crate) fn end(self, message: &[u8]) -> Change {
        let answer = RegistrationResponse::from_bytes(message).expect("an answer");
        let registration = self.registering.finish_lightly(&self.who, &answer).expect("an answer to this");
        personal(self.who.user, Personal::SetPassword(registration.to_bytes().to_vec()))
    }
}

/// Somebody who signs in.
pub(crate) struct SigningIn<'a> {
    who: Who<'a>,
    browser: Browser,
}

impl<'a> SigningIn<'a> {
    /// And the first step.
    pub(crate) fn begin(who: Who<'a>, text: &str) -> (Self, SignInStep) {
        let typed = Password::new(text).expect("a password");
        let (browser, request) =
            Browser::start(typed, &super::nonce().to_be_bytes().repeat(4).try_into().expect("32 bytes"));
        (Self { who, browser }, SignInStep::Begin(request.to_bytes().to_vec().into()))
    }

    /// The last step and the session's key, if the browser sees that the password is right.
    pub(crate) fn end(self, message: &[u8]) -> Option<(SignInStep, SessionKey)> {
        let answer = SignInResponse::from_bytes(message).expect("an answer");
        let (last, key) = self.browser.finish_lightly(&self.who, &answer).ok()?;
        Some((SignInStep::Finish { message: last.to_bytes().to_vec().into(), code: None }, key))
    }
}
