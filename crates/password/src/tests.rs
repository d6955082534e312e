//! Both halves against each other, with a light stretching where it is asked many times.

use proptest::prelude::*;

use crate::stretching::Stretching;
use crate::{
    NewPassword, Password, PasswordError, PasswordFile, Pending, Registering, Registration,
    RegistrationRequest, RegistrationResponse, ServerKey, SessionKey, SignInFinish, SignInRequest,
    SignInResponse, SigningIn, Who,
};

const WHO: Who<'_> = Who { account: "harbour", user: "ida" };
const GOOD: &str = "correct horse battery staple";
const OTHER: &str = "a quite different password";

fn key() -> ServerKey {
    ServerKey::derive(&[1; 32])
}

fn typed(text: &str) -> Password {
    Password::new(text).unwrap()
}

fn new(text: &str, who: &Who<'_>) -> NewPassword {
    typed(text).for_new(who).unwrap()
}

/// A password's file, made under this seed.
fn file(key: &ServerKey, who: &Who<'_>, text: &str, seed: u8) -> PasswordFile {
    let (registering, request) = Registering::start(new(text, who), &[seed; 32]);
    let response = key.register(who, &request);
    PasswordFile::new(&registering.stretched(who, &response, &Stretching::light()).unwrap())
}

fn sign_in(
    who: &Who<'_>,
    file: Option<&PasswordFile>,
    text: &str,
) -> Result<(SessionKey, SessionKey), PasswordError> {
    let (signing_in, request) = SigningIn::start(typed(text), &[2; 32]);
    let (response, pending) = key().answer(who, file, &request, &[3; 32]);
    let (finish, browsers) = signing_in.stretched(who, &response, &Stretching::light())?;
    Ok((browsers, pending.finish(who, &finish)?))
}

#[test]
fn whoever_knows_the_password_signs_in_and_nobody_else() {
    let ida = file(&key(), &WHO, GOOD, 9);
    let (browsers, modules) = sign_in(&WHO, Some(&ida), GOOD).unwrap();
    assert_eq!(browsers.as_bytes(), modules.as_bytes());
    assert_eq!(browsers.secret().credential(), modules.credential());
    for (who, file, text) in [
        (WHO, Some(&ida), OTHER),
        (WHO, Some(&ida), "Correct horse battery staple"),
        (WHO, None, GOOD),
        (Who { user: "ole", ..WHO }, Some(&ida), GOOD),
        (Who { account: "airport", ..WHO }, Some(&ida), GOOD),
    ] {
        assert_eq!(sign_in(&who, file, text).unwrap_err(), PasswordError::Refused, "{who:?} {text}");
    }
}

#[test]
fn the_same_password_is_known_again_and_no_other() {
    let tag = |who, text, seed| file(&key(), who, text, seed).tag();
    let once = tag(&WHO, GOOD, 1);
    assert!(once == tag(&WHO, GOOD, 2));
    assert!(file(&key(), &WHO, GOOD, 1) != file(&key(), &WHO, GOOD, 2));
    assert!(once != tag(&WHO, OTHER, 1));
    assert!(once != tag(&Who { user: "ole", ..WHO }, GOOD, 1));
    assert!(once != file(&ServerKey::derive(&[7; 32]), &WHO, GOOD, 1).tag());
}

#[test]
fn the_same_call_gives_the_same_bytes() {
    let file = file(&key(), &WHO, GOOD, 9);
    let (_, request) = SigningIn::start(typed(GOOD), &[2; 32]);
    let answered = |seed| {
        let (response, pending) = key().answer(&WHO, Some(&file), &request, &[seed; 32]);
        (response.to_bytes(), pending)
    };
    assert_eq!(answered(3), answered(3));
    assert_ne!(answered(3), answered(4));
    let (_, again) = SigningIn::start(typed(GOOD), &[2; 32]);
    assert_eq!(request, again);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Key and files follow from the secret for good: whatever is sealed today must be worth something after the next release.
#[test]
fn keys_stay_the_same() {
    // the group's generator (RFC 9496, appendix A.1)
    let element = "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76";
    let element: Vec<u8> =
        (0..32).map(|place| u8::from_str_radix(&element[2 * place..][..2], 16).unwrap()).collect();
    let response = key().register(&WHO, &RegistrationRequest::from_bytes(&element).unwrap()).to_bytes();
    assert_eq!(hex(&response[..32]), "72c9d1d0744d141137a95f0d61d548e72b12a580ca4ed62084157ed7df1f913e");
    assert_eq!(hex(&response[32..]), "d8bd1670f33673cac42ec50d2bf5372d7d46a1bc2d4b70959bc0d34f9b52f701");
}

/// Somebody who isn't there: the same element for the same question, as for a user, and all else different each time.
#[test]
fn nobody_can_tell_who_is_there() {
    let ida = file(&key(), &WHO, GOOD, 9);
    let (_, request) = SigningIn::start(typed(GOOD), &[2; 32]);
    for file in [Some(&ida), None] {
        let answer = |seed| key().answer(&WHO, file, &request, &[seed; 32]).0.to_bytes();
        let (first, second) = (answer(3), answer(4));
        assert_eq!(first[..32], second[..32]);
        for part in [32..64, 64..192, 192..224, 224..256, 256..320] {
            assert_ne!(first[part.clone()], second[part.clone()], "{part:?}");
        }
    }
}

/// Every byte of every message counts.
#[test]
fn no_changed_message_signs_anybody_in() {
    let ida = file(&key(), &WHO, GOOD, 9);
    let begun = || SigningIn::start(typed(GOOD), &[2; 32]);
    let (signing_in, request) = begun();
    let (response, pending) = key().answer(&WHO, Some(&ida), &request, &[3; 32]);
    let (finish, _) = signing_in.stretched(&WHO, &response, &Stretching::light()).unwrap();

    for place in 0..SignInRequest::LENGTH {
        let mut bytes = request.to_bytes();
        bytes[place] ^= 1;
        let Ok(changed) = SignInRequest::from_bytes(&bytes) else { continue };
        let (response, pending) = key().answer(&WHO, Some(&ida), &changed, &[3; 32]);
        let finished = begun().0.stretched(&WHO, &response, &Stretching::light());
        assert!(finished.is_err(), "{place}");
        assert!(pending.finish(&WHO, &finish).is_err(), "{place}");
    }
    for place in 0..SignInResponse::LENGTH {
        let mut bytes = response.to_bytes();
        bytes[place] ^= 1;
        let Ok(changed) = SignInResponse::from_bytes(&bytes) else { continue };
        assert!(begun().0.stretched(&WHO, &changed, &Stretching::light()).is_err(), "{place}");
    }
    for place in 0..SignInFinish::LENGTH {
        let mut bytes = finish.to_bytes();
        bytes[place] ^= 1;
        let changed = SignInFinish::from_bytes(&bytes).unwrap();
        assert_eq!(pending.finish(&WHO, &changed).unwrap_err(), PasswordError::Refused, "{place}");
    }
    assert!(pending.finish(&WHO, &finish).is_ok());
}

#[test]
fn a_finish_is_of_one_sign_in() {
    let ida = file(&key(), &WHO, GOOD, 9);
    let (signing_in, request) = SigningIn::start(typed(GOOD), &[2; 32]);
    let (response, _) = key().answer(&WHO, Some(&ida), &request, &[3; 32]);
    let (finish, _) = signing_in.stretched(&WHO, &response, &Stretching::light()).unwrap();
    // The same request answered again, as a replay would have it, is another sign-in.
    let (_, again) = key().answer(&WHO, Some(&ida), &request, &[4; 32]);
    assert!(again.finish(&WHO, &finish).is_err());
    assert!(
        ServerKey::derive(&[7; 32])
            .answer(&WHO, Some(&ida), &request, &[3; 32])
            .1
            .finish(&WHO, &finish)
            .is_err()
    );
}

#[test]
fn messages_have_one_form() {
    let (registering, request) = Registering::start(new(GOOD, &WHO), &[5; 32]);
    let response = key().register(&WHO, &request);
    let registration = registering.stretched(&WHO, &response, &Stretching::light()).unwrap();
    let file = PasswordFile::new(&registration);
    let (signing_in, ke1) = SigningIn::start(typed(GOOD), &[2; 32]);
    let (ke2, pending) = key().answer(&WHO, Some(&file), &ke1, &[3; 32]);
    let (ke3, _) = signing_in.stretched(&WHO, &ke2, &Stretching::light()).unwrap();

    macro_rules! check {
        ($($message:expr => $kind:ident),*) => {$(
            let bytes = $message.to_bytes();
            assert_eq!(bytes.len(), $kind::LENGTH);
            assert_eq!($kind::from_bytes(&bytes).unwrap(), $message);
            assert!($kind::from_bytes(&bytes[1..]).is_err() && $kind::from_bytes(&[]).is_err());
            assert!($kind::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
            let encoded = minicbor::to_vec(&$message).unwrap();
            assert_eq!(minicbor::decode::<$kind>(&encoded).unwrap(), $message);
            assert_eq!(format!("{:?}", $message), stringify!($kind));
        )*};
    }
    check!(
        request => RegistrationRequest, response => RegistrationResponse, registration => Registration,
        ke1 => SignInRequest, ke2 => SignInResponse, ke3 => SignInFinish
    );
    // No points of the group: the identity, and what none is encoded as.
    for bytes in [[0; 32], [255; 32]] {
        assert!(RegistrationRequest::from_bytes(&bytes).is_err());
    }
    let encoded = minicbor::to_vec(&file).unwrap();
    assert_eq!(minicbor::decode::<PasswordFile>(&encoded).unwrap(), file);
    let encoded = minicbor::to_vec(&pending).unwrap();
    assert_eq!(minicbor::decode::<Pending>(&encoded).unwrap(), pending);
    assert!(minicbor::decode::<PasswordFile>(&encoded).is_err());
}

#[test]
fn a_module_that_isnt_ours_learns_nothing_and_sets_nothing() {
    let (registering, request) = Registering::start(new(GOOD, &WHO), &[5; 32]);
    // What was asked, sent back as the answer: the oblivious function would be the identity.
    let mut reflected = key().register(&WHO, &request).to_bytes();
    reflected[..32].copy_from_slice(&request.to_bytes());
    let reflected = RegistrationResponse::from_bytes(&reflected).unwrap();
    assert_eq!(
        registering.stretched(&WHO, &reflected, &Stretching::light()).unwrap_err(),
        PasswordError::Refused
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_password_signs_in_as_itself(text in ".{12,40}", other in ".{1,40}") {
        let (Ok(password), Ok(attempt)) = (Password::new(&text), Password::new(&other)) else { return Ok(()) };
        let same = password.as_bytes() == attempt.as_bytes();
        let Ok(password) = password.for_new(&WHO) else { return Ok(()) };
        let (registering, request) = Registering::start(password, &[5; 32]);
        let response = key().register(&WHO, &request);
        let file = PasswordFile::new(&registering.stretched(&WHO, &response, &Stretching::light()).unwrap());
        prop_assert!(sign_in(&WHO, Some(&file), &text).is_ok());
        prop_assert_eq!(sign_in(&WHO, Some(&file), &other).is_ok(), same);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = (SignInRequest::from_bytes(&bytes), SignInResponse::from_bytes(&bytes));
        let _ = minicbor::decode::<Registration>(&bytes);
        let _ = (minicbor::decode::<Pending>(&bytes), minicbor::decode::<PasswordFile>(&bytes));
    }
}
