//! The messages by which browsers set passwords and sign in.

use ::password::{
    PasswordError, PasswordFile, Registration, RegistrationRequest, RegistrationResponse, SignInFinish,
    SignInRequest, SignInResponse, Who,
};

use crate::signing_in::{PASSWORDS, WHO};

/// A message has one form, and what a module answers to it is a message too. Nobody signs in by one that wasn't made for it.
pub(crate) fn message(input: &[u8]) -> bool {
    let mut is_taken = false;
    let mut same = |read: Option<Vec<u8>>| {
        is_taken |= read.is_some();
        assert!(read.is_none_or(|written| written == input), "the message has a second form");
    };
    same(RegistrationResponse::from_bytes(input).ok().map(|read| read.to_bytes().to_vec()));
    same(SignInResponse::from_bytes(input).ok().map(|read| read.to_bytes().to_vec()));
    let registering = RegistrationRequest::from_bytes(input);
    same(registering.as_ref().ok().map(|read| read.to_bytes().to_vec()));
    if let Ok(request) = registering {
        let answer = PASSWORDS.register(&WHO, &request).to_bytes();
        assert!(RegistrationResponse::from_bytes(&answer).is_ok(), "the answer isn't one");
    }
    let registration = Registration::from_bytes(input);
    same(registration.as_ref().ok().map(|read| read.to_bytes().to_vec()));
    let file = registration.as_ref().ok().map(PasswordFile::new);
    let signing_in = SignInRequest::from_bytes(input);
    same(signing_in.as_ref().ok().map(|read| read.to_bytes().to_vec()));
    let finish = SignInFinish::from_bytes(input);
    same(finish.as_ref().ok().map(|read| read.to_bytes().to_vec()));
    // What is kept of any password, or of none, answers any request, always in the same way.
    let request = signing_in.ok().unwrap_or_else(some_request);
    let (answer, pending) = PASSWORDS.answer(&WHO, file.as_ref(), &request, &[3; 32]);
    let (again, _) = PASSWORDS.answer(&WHO, file.as_ref(), &request, &[3; 32]);
    assert_eq!(answer.to_bytes(), again.to_bytes(), "another answer to the same");
    assert!(SignInResponse::from_bytes(&answer.to_bytes()).is_ok(), "the answer isn't one");
    if let Ok(finish) = finish {
        for who in [WHO, Who { user: "zoe", ..WHO }] {
            assert_eq!(pending.finish(&who, &finish).err(), Some(PasswordError::Refused), "nobody signed in");
        }
    }
    is_taken
}

/// Anybody's.
fn some_request() -> SignInRequest {
    crate::signing_in::begin().1
}
