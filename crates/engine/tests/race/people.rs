//! Callers who weren't users of the account before: by a key, and by a password.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::scope;

use asker::{BatchOptions, Change, Credential, KeyId, OnInsufficient, Role, Secret, UserName};
use engine::{EngineError, Outcome, SignInRequest};
use indicia::ProofForm;
use module::refusal::Refusal;
use module::signing_in::{SessionShown, SignInStep, Told};
use password::{SessionKey, Who};

use crate::support::person::{Setting, SigningIn, invitation, message};
use crate::support::{Answer, Awaited, change_by, list, name, nonce, request_by, signed_change};
use crate::{ASKED, PRICES, Race, is_insufficient};

const PASSWORD: &str = "correct horse battery staple";

/// Somebody who has signed in.
pub(crate) struct Person {
    user: String,
    key: SessionKey,
    shown: SessionShown,
}

impl Race<'_> {
    /// Somebody is let in, asks, and is let go, every second one while he asks: he gets all of it or nothing, and afterwards
    /// nothing more.
    pub(crate) fn join(&self) -> bool {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let user: UserName = format!("guest-{number}").parse().expect("a name");
        let mut seed = [7; 32];
        seed[..8].copy_from_slice(&number.to_be_bytes());
        let secret = Secret::ed25519(&seed);
        let Credential::Ed25519(ed25519) = secret.credential() else { unreachable!("it is such a key") };
        self.change(Change::AddUser { name: user.clone(), role: Role::Customer });
        self.change(Change::AddKey { user: user.clone(), ed25519 });
        let request = |on_insufficient| {
            let list = list(&PRICES, ProofForm::Signature);
            let options = BatchOptions { on_insufficient, ..BatchOptions::default() };
            request_by(&secret, nonce(), "a", user.as_str(), engine::new_key(), &list, options)
        };
        let asked = request(OnInsufficient::Wait(1));
        let let_go = || self.change(Change::RemoveUser { name: user.clone() });
        let answer = scope(|threads| {
            let answer = threads.spawn(|| self.ask(&asked));
            if number.is_multiple_of(2) {
                let_go();
            }
            answer.join().expect("an answer")
        });
        if !number.is_multiple_of(2) {
            let_go();
        }
        let later = self.ask(&request(OnInsufficient::Reject));
        let is_out = |answer: &Answer| matches!(answer, Err(EngineError::Refused(Refusal::NotAuthorised { user: out })) if out == user.as_str());
        assert!(is_out(&later) || is_insufficient(&later), "{later:?}");
        if answer.is_err() {
            let waited = matches!(answer, Err(EngineError::WaitedTooLong { .. }));
            assert!(waited || is_out(&answer), "{answer:?}");
            return false;
        }
        self.count(&asked, &answer) == ASKED
    }

    /// The owner changes who may use the account.
    fn change(&self, change: Change) {
        let ticket = self.engine.change(signed_change("a", "alice", change)).expect("a ticket");
        let answer = Awaited::new(ticket).wait();
        assert!(matches!(answer, Ok(Outcome::Changed { .. })), "{answer:?}");
    }

    /// Somebody is let in, sets a password and signs in.
    pub(crate) fn sign_in(&self) -> Person {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let user = format!("person-{number}");
        let who = Who { account: "a", user: &user };
        self.change(Change::AddUser { name: user.parse().expect("a name"), role: Role::Customer });
        let mut seed = [8; 32];
        seed[..8].copy_from_slice(&number.to_be_bytes());
        let (invited, invite) = invitation(&user, &seed);
        self.change(invite);
        let (setting, begin) = Setting::begin(who, PASSWORD);
        let by_invitation = |change| {
            let request = change_by(&invited, "a", &user, engine::new_key(), change);
            Awaited::new(self.engine.change(request).expect("a ticket")).wait()
        };
        let answer = by_invitation(begin);
        let set = by_invitation(setting.end(message(&answer).expect("an answer to the browser")));
        assert!(matches!(set, Ok(Outcome::Changed { .. })), "{set:?}");
        let (browser, begin) = SigningIn::begin(who, PASSWORD);
        let answer = self.make_step(&user, begin);
        let ended = browser.end(message(&answer).expect("an answer to the browser"));
        let (last, key) = ended.expect("the password is right");
        let answer = self.make_step(&user, last);
        let Ok(Outcome::Told(Told::SignedIn(shown))) = answer else { panic!("{answer:?}") };
        assert_eq!(shown.key, key.credential().key_id());
        Person { user, key, shown }
    }

    /// Somebody asks for one item after the other, each time by the challenge that came last. Whoever uses the first one then
    /// ends the session. Half of them have signed in before, and half sign in while others ask.
    pub(crate) fn issue_in_session(&self) -> bool {
        let ready = self.people.lock().expect("nobody fails with it").pop();
        let Person { user, key, shown } = ready.unwrap_or_else(|| self.sign_in());
        let ask = |challenge, price: u64| {
            let list = list(&[price], ProofForm::Signature);
            let (secret, options) = (key.secret(), BatchOptions::default());
            let request = request_by(&secret, challenge, "a", &user, engine::new_key(), &list, options);
            let answer = self.ask(&request);
            (request, answer)
        };
        let (mut got, mut challenge) = (0, shown.challenge);
        for price in PRICES {
            let (request, answer) = ask(challenge, price);
            let next = self.challenge(shown.key).expect("it has one");
            if answer.is_ok() {
                got += self.count(&request, &answer);
                assert_ne!(next, challenge, "a challenge is for one request");
            } else {
                assert!(is_insufficient(&answer), "{answer:?}");
            }
            challenge = next;
        }
        if challenge != shown.challenge {
            let (_, stale) = ask(shown.challenge, 1);
            let has_ended = matches!(stale, Err(EngineError::Refused(Refusal::SessionEnded(_))));
            assert!(has_ended || is_insufficient(&stale), "{stale:?}");
            assert_eq!(self.challenge(shown.key).is_none(), has_ended);
        }
        got == ASKED
    }

    fn make_step(&self, user: &str, step: SignInStep) -> Answer {
        let request = SignInRequest { account: name("a"), user: user.to_owned(), step };
        Awaited::new(self.engine.sign_in(request).expect("a ticket")).wait()
    }

    /// What the session's next request is to name, as long as it lasts.
    fn challenge(&self, session: KeyId) -> Option<u64> {
        let reader = self.engine.reader().expect("a reader");
        let account = reader.account_by_name(&name("a")).expect("the store").expect("the account");
        let device = self.engine.module().inspect(&account.record).expect("a record");
        device.sessions.into_iter().find(|shown| shown.key == session).map(|shown| shown.challenge)
    }
}
