//! The guest's passwords and sessions. Who signs in waits for each answer, so that all else is settled before; a step that an
//! engine didn't answer before it stopped may have been made or not, and the next look at the device tells.

use std::sync::Arc;

use asker::{Change, OnInsufficient, Role, Secret};
use engine::{EngineError, Outcome, SecureModule, SignInRequest};
use module::refusal::Refusal;
use module::signing_in::{SESSION_SECONDS, SessionShown, SignInStep, Told};
use password::Who;
use proptest::sample::Index;

use crate::account::closed;
use crate::asks::{Ask, Batch, By, Session, Use};
use crate::steps::{Ending, Within};
use crate::support::person::{Setting, SigningIn, invitation, message, user};
use crate::support::{Answer, Awaited, change_by, clock, name, nonce};
use crate::users::{GUEST, OWNER, PASSWORDS, SESSIONS, Users};
use crate::world::{World, choose};

/// How many sessions are used, those that have ended among them.
const LAST: usize = 3;

impl World<'_> {
    /// The owner invites the guest, who sets a password. Whoever doesn't hear the module's message gives up.
    pub(crate) fn set_password(&mut self, account: usize, text: &'static str) {
        self.settle();
        if self.has(account, |users| !users.has_guest) {
            self.change(account, OWNER, Change::AddUser { name: user(GUEST), role: Role::Customer });
            self.settle();
        }
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&nonce().to_be_bytes());
        let (secret, invite) = invitation(GUEST, &seed);
        self.change(account, OWNER, invite);
        self.settle();
        let named = self.accounts[account].name.clone();
        let (setting, begin) = Setting::begin(Who { account: &named, user: GUEST }, text);
        let answer = self.change_now(account, &secret, &begin);
        let (key, at) = (secret.credential().key_id(), clock::now().0);
        self.judge(account, &answer, |users| users.change(GUEST, key, &begin, at));
        let Some(message) = message(&answer) else { return };
        let answer = self.change_now(account, &secret, &setting.end(message));
        self.judge(account, &answer, |users| users.set_password(text));
        self.tally.count(if answer.is_ok() { "password set" } else { "password reused" });
        self.settle();
    }

    pub(crate) fn guess(&mut self, account: usize, times: u32) {
        for _ in 0..times {
            self.sign_in_with(account, "a wrong password", Ending::Right);
        }
    }

    /// The guest signs in with his password; where he has none, he sets one first.
    pub(crate) fn sign_in(&mut self, account: usize, ending: Ending) {
        if self.has(account, |users| users.password.is_none()) {
            self.set_password(account, PASSWORDS[0]);
        }
        let password = self.accounts[account].users[0].password;
        self.sign_in_with(account, password.unwrap_or(PASSWORDS[0]), ending);
    }

    fn sign_in_with(&mut self, account: usize, text: &'static str, ending: Ending) {
        self.settle();
        let named = self.accounts[account].name.clone();
        let at = clock::now().0;
        let (browser, begin) = SigningIn::begin(Who { account: &named, user: GUEST }, text);
        let Some(answer) = self.make_step(account, begin, |users| users.begin(at)) else { return };
        let Some(message) = message(&answer) else { return self.tally.count("too many attempts") };
        let ended = browser.end(message);
        let is_right = ended.is_some();
        assert!(self.has(account, |users| (users.password == Some(text)) == is_right), "{text} in {named}");
        let Some((mut last, key)) = ended else { return self.tally.count("wrong password") };
        if ending == Ending::AfterRestart {
            self.restart();
        }
        if let (Ending::Spoilt, SignInStep::Finish { message, .. }) = (ending, &mut last) {
            message[0] ^= 1;
        }
        let id = key.credential().key_id();
        let is_full = self.has(account, |users| users.sessions.len() == SESSIONS);
        let session = (ending != Ending::Spoilt).then_some(id);
        let answer = self.make_step(account, last.clone(), |users| users.finish(session));
        if let Some(Ok(Outcome::Told(Told::SignedIn(shown)))) = answer {
            let SessionShown { user: named, key: shown_key, challenge: first, expires } = shown;
            assert_eq!((named.as_str(), shown_key, expires), (GUEST, id, at + SESSION_SECONDS));
            self.sessions[account].push(Arc::new(Session { secret: key.secret(), key: id, first }));
            self.tally.count(if is_full { "session gave way" } else { "signed in" });
        }
        // The end of a sign-in is the end of one.
        self.make_step(account, last, |users| users.finish(None));
        self.settle();
    }

    /// Asks for a batch by a session, and waits for all that comes of it.
    pub(crate) fn issue_within(&mut self, account: usize, place: Index, within: Within, mut batch: Batch) {
        if self.sessions[account].is_empty() {
            self.sign_in(account, Ending::Right);
        }
        // Of those before few are left.
        let sessions = &self.sessions[account];
        let last = &sessions[sessions.len().saturating_sub(LAST)..];
        let Some(session) = choose(last, place) else { return };
        self.settle();
        let challenge = self.challenge(account, &session);
        let used = match (within, challenge) {
            (Within::Right, Some(challenge)) => Use::Right(challenge),
            (Within::Stale, Some(challenge)) if challenge == session.first => Use::Stale(challenge ^ 1),
            (Within::Right | Within::Stale, _) => Use::Stale(session.first),
            (Within::Forged, _) => Use::Forged,
        };
        // It is neither held nor waits, so that its challenge is the last one whenever the module sees it.
        batch.hold_seconds = None;
        if batch.waits() {
            batch.on_insufficient = OnInsufficient::Reject;
        }
        (batch.user, batch.by) = (GUEST, By::Session(Arc::clone(&session), used));
        self.ask_new(account, Ask::Batch(batch));
        self.settle();
        let model = &self.accounts[account];
        let key = format!("key-{}", self.keys);
        let is_seen = model.known.contains_key(&key);
        let next = self.challenge(account, &session);
        if is_seen {
            assert!(next.is_none() || next != challenge, "a challenge is for one request");
        } else {
            assert_eq!(next, challenge, "the module wasn't asked");
        }
    }

    /// What the session's next request is to name.
    fn challenge(&self, account: usize, session: &Session) -> Option<u64> {
        let account = self.bank.reader.account(self.accounts[account].id).expect("the store");
        let device = self.bank.module.inspect(&account.expect("the account").record).expect("a record");
        device.sessions.iter().find(|shown| shown.key == session.key).map(|shown| shown.challenge)
    }

    /// Whether this is so of the account's users, as far as anybody knows; it is known from then on.
    fn has(&mut self, account: usize, is_so: impl Fn(&Users) -> bool) -> bool {
        let users = &mut self.accounts[account].users;
        let was = users.clone();
        users.retain(is_so);
        let is_so = !users.is_empty();
        if !is_so {
            *users = was;
        }
        is_so
    }

    /// The module came to this, or must come to it.
    fn judge(
        &mut self,
        account: usize,
        answer: &Answer,
        mut step: impl FnMut(&mut Users) -> Result<(), Refusal>,
    ) {
        let users = &mut self.accounts[account].users;
        let was = users.clone();
        let refused = closed(answer);
        assert!(answer.is_ok() || refused.is_some(), "the module wasn't asked: {answer:?}");
        users.retain_mut(|users| step(users).err().map(EngineError::Refused) == refused);
        assert!(!users.is_empty(), "it came to {answer:?} with {was:?}");
    }

    /// A step of a sign-in; no answer when the engine stopped, with the step made or not.
    fn make_step(
        &mut self,
        account: usize,
        step: SignInStep,
        mut model: impl FnMut(&mut Users) -> Result<(), Refusal>,
    ) -> Option<Answer> {
        self.bank.module.open_gate();
        let request = SignInRequest { account: name(&self.accounts[account].name), user: GUEST.into(), step };
        let answer = Awaited::new(self.bank.engine().sign_in(request).expect("a ticket")).wait();
        if matches!(answer, Err(EngineError::Stopped(_))) {
            let users = &mut self.accounts[account].users;
            let mut made = users.clone();
            // A step that is refused changes something too.
            made.iter_mut().for_each(|users| drop(model(users)));
            users.append(&mut made);
            self.restart();
            return None;
        }
        self.judge(account, &answer, model);
        Some(answer)
    }

    /// A change that is asked for until it is answered.
    fn change_now(&mut self, account: usize, secret: &Secret, change: &Change) -> Answer {
        let key = engine::new_key();
        loop {
            self.bank.module.open_gate();
            let request = change_by(secret, &self.accounts[account].name, GUEST, key.clone(), change.clone());
            match Awaited::new(self.bank.engine().change(request).expect("a ticket")).wait() {
                Err(EngineError::Stopped(_)) => self.restart(),
                answer => return answer,
            }
        }
    }
}
