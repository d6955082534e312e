//! What a device keeps of a person who signs in with a password: nothing of it leaves the module in clear.
//!
//! Whoever asks for a sign-in learns from the answer whether a password is right, so that each answer is an attempt, and
//! so is each step of setting a password. Attempts are counted here, sealed, and not by a server.

use minicbor::{Decode, Encode};
use password::{
    PasswordFile, Pending, Registration, RegistrationRequest, RegistrationResponse, SecondFactor, ServerKey,
    SessionKey, SignInFinish, SignInRequest, SignInResponse, Tag, Who,
};
use zeroize::Zeroize;

use crate::passkeys::Passkeys;
use crate::protocol::{PasskeyShown, PersonShown};
use crate::refusal::Refusal;

/// Failures before there is a pause.
const FREE_FAILURES: u32 = 5;
/// Longest pause, in seconds.
const LONGEST_PAUSE: u64 = 900;
/// How long a sign-in may take from its answer to its end, in seconds.
const SIGN_IN_SECONDS: u64 = 300;
/// How many passwords of a person must not come again, the one in use among them.
const FORMER: usize = 10;
/// Names that aren't users' whose attempts are counted all the same.
const STRANGERS: usize = 16;
/// Longest name whose attempts are counted; no user has a longer one.
const LONGEST_NAME: usize = 64;

/// A person, by the name of a user.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Zeroize)]
#[cbor(map)]
pub(crate) struct Person {
    #[n(0)]
    user: String,
    #[n(1)]
    password: Option<PasswordFile>,
    /// Of the last passwords, the newest last.
    #[n(2)]
    #[zeroize(skip)]
    former: Vec<Tag>,
    #[n(3)]
    begun: Option<Begun>,
    /// Attempts since the last sign-in.
    #[n(4)]
    failed: u32,
    /// When the next attempt may be, in seconds since 1970.
    #[n(5)]
    free_at: u64,
    #[n(6)]
    second_factor: Option<SecondFactor>,
    /// Public keys: nothing to be wiped.
    #[n(7)]
    #[zeroize(skip)]
    pub(crate) passkeys: Passkeys,
}

/// A sign-in that was answered and not finished.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Zeroize)]
struct Begun {
    #[n(0)]
    pending: Pending,
    /// Seconds since 1970.
    #[n(1)]
    at: u64,
}

/// The people of a device, and a few names that somebody tried to sign in by: an attempt on a name that is nobody's must
/// look like any other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode, Zeroize)]
#[cbor(transparent)]
pub struct People(#[n(0)] Vec<Person>);

impl People {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is kept under a user's name, or is from now on. Of names that are no user's those give way that were tried
    /// longest ago.
    ///
    /// # Errors
    /// [`Refusal::SignIn`] for a name that can't be anybody's.
    pub(crate) fn named(
        &mut self,
        name: &str,
        is_user: impl Fn(&str) -> bool,
    ) -> Result<&mut Person, Refusal> {
        if name.is_empty() || name.len() > LONGEST_NAME {
            return Err(Refusal::SignIn);
        }
        // The one that was asked for last stands last.
        match self.0.iter().position(|person| person.user == name) {
            Some(place) => self.0[place..].rotate_left(1),
            None => self.0.push(Person::new(name)),
        }
        let mut to_go =
            self.0.iter().filter(|person| !is_user(&person.user)).count().saturating_sub(STRANGERS);
        self.0.retain(|person| {
            let goes = to_go > 0 && !is_user(&person.user);
            to_go -= usize::from(goes);
            !goes
        });
        Ok(self.0.last_mut().expect("the one that was put last is the last to go"))
    }

    /// What is kept under a name, if anything is.
    pub(crate) fn find(&mut self, name: &str) -> Option<&mut Person> {
        self.0.iter_mut().find(|person| person.user == name)
    }

    /// Whether there is a password under a name.
    pub(crate) fn has_password(&self, name: &str) -> bool {
        self.0.iter().any(|person| person.user == name && person.password.is_some())
    }

    /// Everybody who has a password.
    pub(crate) fn shown(&self) -> impl Iterator<Item = PersonShown> {
        let people = self.0.iter().filter(|person| person.password.is_some());
        people.map(|person| PersonShown {
            user: person.user.clone(),
            has_second_factor: person.second_factor.is_some(),
        })
    }

    /// All passkeys that there are.
    pub(crate) fn passkeys(&self) -> impl Iterator<Item = PasskeyShown> {
        self.0.iter().flat_map(|person| person.passkeys.shown(&person.user))
    }

    /// Forgets a person: the next of that name begins anew.
    pub(crate) fn forget(&mut self, user: &str) {
        self.0.retain(|person| person.user != user);
    }
}

impl Person {
    fn new(user: &str) -> Self {
        Self {
            user: user.to_owned(),
            password: None,
            former: Vec::new(),
            begun: None,
            failed: 0,
            free_at: 0,
            second_factor: None,
            passkeys: Passkeys::default(),
        }
    }

    /// Answers a sign-in. Now in seconds since 1970; what the seed is, see [`ServerKey::answer`].
    ///
    /// # Errors
    /// [`Refusal::TooManyAttempts`].
    pub(crate) fn begin(
        &mut self,
        key: &ServerKey,
        account: &str,
        request: &SignInRequest,
        seed: &[u8; 32],
        at: u64,
    ) -> Result<SignInResponse, Refusal> {
        self.attempt(at)?;
        let who = Who { account, user: &self.user };
        let (response, pending) = key.answer(&who, self.password.as_ref(), request, seed);
        self.begun = self.password.is_some().then_some(Begun { pending, at });
        Ok(response)
    }

    /// Ends a sign-in that was answered a moment ago.
    ///
    /// # Errors
    /// [`Refusal::SignIn`]; [`Refusal::CodeMissing`], after which it can be ended again with a code, and
    /// [`Refusal::CodeWrong`], after which it can't.
    pub(crate) fn finish(
        &mut self,
        account: &str,
        finish: &SignInFinish,
        code: Option<&str>,
        at: u64,
    ) -> Result<SessionKey, Refusal> {
        let begun = self.begun.take().filter(|begun| at <= begun.at.saturating_add(SIGN_IN_SECONDS));
        let begun = begun.ok_or(Refusal::SignIn)?;
        let who = Who { account, user: &self.user };
        let key = begun.pending.finish(&who, finish).map_err(|_| Refusal::SignIn)?;
        if let Some(factor) = &mut self.second_factor {
            let Some(code) = code else {
                self.begun = Some(begun);
                return Err(Refusal::CodeMissing);
            };
            factor.take(code, at).map_err(|_| Refusal::CodeWrong)?;
        }
        self.forgive();
        Ok(key)
    }

    /// Answers the first step of setting a password.
    ///
    /// # Errors
    /// [`Refusal::TooManyAttempts`]: whoever sees enough of such answers can try passwords.
    pub(crate) fn register(
        &mut self,
        key: &ServerKey,
        account: &str,
        request: &RegistrationRequest,
        at: u64,
    ) -> Result<RegistrationResponse, Refusal> {
        self.attempt(at)?;
        Ok(key.register(&Who { account, user: &self.user }, request))
    }

    /// Sets a password.
    ///
    /// # Errors
    /// [`Refusal::PasswordReused`], with nothing changed.
    pub(crate) fn set_password(&mut self, registration: &Registration) -> Result<(), Refusal> {
        let password = PasswordFile::new(registration);
        let tag = password.tag();
        if self.former.contains(&tag) {
            return Err(Refusal::PasswordReused { last: FORMER as u64 });
        }
        if self.former.len() >= FORMER {
            self.former.remove(0);
        }
        self.former.push(tag);
        self.password = Some(password);
        self.begun = None;
        self.forgive();
        Ok(())
    }

    /// Asks for a code of this from now on, of which one is shown here to be known.
    ///
    /// # Errors
    /// [`Refusal::CodeWrong`], with nothing changed.
    pub(crate) fn set_second_factor(
        &mut self,
        mut factor: SecondFactor,
        code: &str,
        at: u64,
    ) -> Result<(), Refusal> {
        factor.take(code, at).map_err(|_| Refusal::CodeWrong)?;
        self.second_factor = Some(factor);
        Ok(())
    }

    /// Asks for no code any more.
    pub(crate) fn drop_second_factor(&mut self) {
        self.second_factor = None;
    }

    /// Takes a password for enough again, until something is added to it.
    pub(crate) fn begin_anew(&mut self) {
        self.second_factor = None;
        self.passkeys = Passkeys::default();
    }

    /// Counts an attempt, if there may be one now. After five that failed there is a pause of a second, and after each
    /// further one twice as long a one, up to a quarter of an hour.
    fn attempt(&mut self, at: u64) -> Result<(), Refusal> {
        if at < self.free_at {
            return Err(Refusal::TooManyAttempts { seconds: self.free_at - at });
        }
        self.failed = self.failed.saturating_add(1);
        if let Some(beyond) = self.failed.checked_sub(FREE_FAILURES) {
            let pause = 1_u64.checked_shl(beyond).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
            self.free_at = at.saturating_add(pause);
        }
        Ok(())
    }

    fn forgive(&mut self) {
        self.failed = 0;
        self.free_at = 0;
    }
}

#[cfg(test)]
mod tests {
    use password::{Password, Registering, SigningIn};

    use super::*;

    const WHO: Who<'_> = Who { account: "harbour", user: "ida" };
    const NOW: u64 = 1_800_000_000;
    const GOOD: &str = "correct horse battery staple";

    fn key() -> ServerKey {
        ServerKey::derive(&[1; 32])
    }

    fn typed(text: &str) -> Password {
        Password::new(text).expect("a password")
    }

    /// Sets a password as a browser would.
    fn set(person: &mut Person, text: &str, at: u64) -> Result<(), Refusal> {
        let new = typed(text).for_new(&WHO).expect("a good password");
        let (registering, request) = Registering::start(new, &[2; 32]);
        let response = person.register(&key(), WHO.account, &request, at)?;
        person.set_password(&registering.finish(&WHO, &response).expect("an answer"))
    }

    /// Signs in as a browser would; what it sent last comes back too.
    fn sign_in(
        person: &mut Person,
        text: &str,
        code: Option<&str>,
        at: u64,
    ) -> (Option<SignInFinish>, Result<SessionKey, Refusal>) {
        let (signing_in, request) = SigningIn::start(typed(text), &[3; 32]);
        let seed = [u8::try_from(at % 251).expect("less"); 32];
        let response = match person.begin(&key(), WHO.account, &request, &seed, at) {
            Ok(response) => response,
            Err(refusal) => return (None, Err(refusal)),
        };
        let Ok((finish, _)) = signing_in.finish(&WHO, &response) else { return (None, Err(Refusal::SignIn)) };
        let finished = person.finish(WHO.account, &finish, code, at);
        (Some(finish), finished)
    }

    fn ida() -> Person {
        let mut ida = Person::new("ida");
        set(&mut ida, GOOD, NOW).expect("set");
        ida
    }

    #[test]
    fn an_end_is_of_one_sign_in_and_of_its_minutes() {
        let mut ida = ida();
        let (finish, finished) = sign_in(&mut ida, GOOD, None, NOW);
        let finish = finish.expect("the password is right");
        assert!(finished.is_ok());
        assert_eq!(ida.finish("harbour", &finish, None, NOW).unwrap_err(), Refusal::SignIn);

        let (signing_in, request) = SigningIn::start(typed(GOOD), &[3; 32]);
        let response = ida.begin(&key(), "harbour", &request, &[4; 32], NOW).expect("answered");
        let (finish, _) = signing_in.finish(&WHO, &response).expect("the password is right");
        let late = NOW + SIGN_IN_SECONDS + 1;
        assert_eq!(ida.clone().finish("harbour", &finish, None, late).unwrap_err(), Refusal::SignIn);
        assert!(ida.clone().finish("harbour", &finish, None, late - 1).is_ok());
        // One that was begun after it takes its place.
        let _ = ida.begin(&key(), "harbour", &request, &[5; 32], NOW).expect("answered");
        assert_eq!(ida.finish("harbour", &finish, None, NOW).unwrap_err(), Refusal::SignIn);
    }

    #[test]
    fn attempts_are_ever_farther_apart_until_one_is_right() {
        let mut ida = ida();
        let (_, request) = SigningIn::start(typed("a wrong password"), &[3; 32]);
        let mut attempt = |at| ida.begin(&key(), "harbour", &request, &[0; 32], at).map(drop);
        let mut now = NOW;
        for _ in 0..FREE_FAILURES {
            assert_eq!(attempt(now), Ok(()));
        }
        let mut pauses = Vec::new();
        for _ in 0..14 {
            let Err(Refusal::TooManyAttempts { seconds }) = attempt(now) else { panic!("no pause at {now}") };
            assert!(attempt(now + seconds - 1).is_err());
            now += seconds;
            assert_eq!(attempt(now), Ok(()));
            pauses.push(seconds);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]);
        now += 900;
        assert!(sign_in(&mut ida, GOOD, None, now).1.is_ok());
        for _ in 0..FREE_FAILURES {
            assert!(ida.begin(&key(), "harbour", &request, &[0; 32], now).is_ok());
        }
    }

    #[test]
    fn setting_a_password_counts_as_attempts_until_it_is_set() {
        let mut ida = ida();
        let (_, request) = Registering::start(typed(GOOD).for_new(&WHO).expect("good"), &[2; 32]);
        for _ in 0..FREE_FAILURES {
            assert!(ida.register(&key(), "harbour", &request, NOW).is_ok());
        }
        let pause = Err(Refusal::TooManyAttempts { seconds: 1 });
        assert_eq!(ida.register(&key(), "harbour", &request, NOW).map(drop), pause);
        assert_eq!(sign_in(&mut ida, GOOD, None, NOW).1.map(drop), pause);
        assert_eq!(set(&mut ida, "another good password", NOW + 1), Ok(()));
        assert!(sign_in(&mut ida, "another good password", None, NOW + 1).1.is_ok());
    }

    #[test]
    fn none_of_the_last_ten_passwords_comes_again() {
        let mut ida = ida();
        let reused = Err(Refusal::PasswordReused { last: 10 });
        assert_eq!(set(&mut ida, GOOD, NOW), reused);
        for number in 1..10 {
            assert_eq!(set(&mut ida, &format!("password number {number}"), NOW), Ok(()));
            assert_eq!(set(&mut ida, GOOD, NOW), reused, "{number}");
        }
        assert!(sign_in(&mut ida, GOOD, None, NOW).1.is_err());
        assert_eq!(set(&mut ida, "password number 10", NOW + 900), Ok(()));
        assert_eq!(set(&mut ida, GOOD, NOW + 900), Ok(()));
        assert!(sign_in(&mut ida, GOOD, None, NOW + 900).1.is_ok());
        assert_eq!(set(&mut ida, "password number 2", NOW + 900), reused);
    }

    #[test]
    fn a_second_factor_is_asked_for_and_counts_as_an_attempt() {
        // RFC 6238, appendix B
        let factor = SecondFactor::new(*b"12345678901234567890");
        let (at, code, next) = (1_111_111_109, "081804", "050471");
        let mut ida = ida();
        assert_eq!(ida.set_second_factor(factor.clone(), "000000", at), Err(Refusal::CodeWrong));
        assert_eq!(ida.set_second_factor(factor, code, at), Ok(()));
        let (finish, missing) = sign_in(&mut ida, GOOD, None, at);
        assert_eq!(missing.map(drop), Err(Refusal::CodeMissing));
        let finish = finish.expect("the password is right");
        // The code that showed that the app is there doesn't count again.
        assert_eq!(ida.clone().finish("harbour", &finish, Some(code), at).map(drop), Err(Refusal::CodeWrong));
        assert!(ida.finish("harbour", &finish, Some(next), at).is_ok());
        for _ in 0..FREE_FAILURES {
            assert_eq!(sign_in(&mut ida, GOOD, Some("000000"), at).1.map(drop), Err(Refusal::CodeWrong));
        }
        let pause = Err(Refusal::TooManyAttempts { seconds: 1 });
        assert_eq!(sign_in(&mut ida, GOOD, Some("000000"), at).1.map(drop), pause);
        ida.drop_second_factor();
        assert!(sign_in(&mut ida, GOOD, None, at + 1).1.is_ok());
    }

    #[test]
    fn strangers_are_treated_as_users_and_not_kept_for_ever() {
        let mut people = People::default();
        let is_user = |name: &str| name == "ida";
        let (_, request) = SigningIn::start(typed(GOOD), &[3; 32]);
        let attempt = |people: &mut People, name: &str| {
            people.named(name, is_user)?.begin(&key(), "harbour", &request, &[0; 32], NOW).map(drop)
        };
        for name in ["ida", "nobody"] {
            for _ in 0..FREE_FAILURES {
                assert_eq!(attempt(&mut people, name), Ok(()), "{name}");
            }
            let pause = Err(Refusal::TooManyAttempts { seconds: 1 });
            assert_eq!(attempt(&mut people, name), pause, "{name}");
        }
        for number in 0..50 {
            assert_eq!(attempt(&mut people, &number.to_string()), Ok(()));
        }
        assert_eq!(people.0.len(), 1 + STRANGERS);
        assert!(
            people.find("ida").is_some() && people.find("nobody").is_none() && people.find("49").is_some()
        );
        for name in ["", &"n".repeat(65)] {
            assert_eq!(attempt(&mut people, name), Err(Refusal::SignIn));
        }
        let bytes = crate::wire::encode(&people);
        assert_eq!(minicbor::decode::<People>(&bytes).expect("people"), people);
        people.forget("ida");
        assert!(people.find("ida").is_none());
    }
}
