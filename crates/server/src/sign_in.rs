//! Who may read what, for an hour after a signed request said so.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use asker::{KeyId, Nonces, Params, Proof};
use aws_lc_rs::digest::{SHA256, digest};
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use indicia::UnixTime;
use module::staff::{Member, StaffRole};

use crate::accounts::Known;
use crate::problem::{Kind, Problem};

/// How long a token is good, in seconds.
pub(crate) const TOKEN_SECONDS: u64 = 3600;
/// How old a signed request may be that isn't checked by a transaction, in seconds. Those of a transaction may be a day
/// old, but the module remembers them for ever.
const MOST_AGE: u64 = 300;
/// Tokens at one time; when there are as many, those that end first give way.
const TOKENS: usize = 100_000;

/// Who reads.
#[derive(Clone)]
pub(crate) enum Reader {
    /// A user of this account, by name.
    User(Arc<Known>, Arc<str>),
    /// Somebody of the operator's staff.
    Staff(Member),
}

impl Reader {
    /// Whether he isn't to see who people are.
    pub(crate) fn is_masked(&self) -> bool {
        matches!(self, Self::Staff(member) if member.role == StaffRole::Support)
    }
}

/// How much of an account is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// How it stands and what happened.
    State,
    /// Indicia, which are worth what they say.
    Indicia,
}

/// Whether somebody of the staff may read accounts so far.
pub(crate) fn staff_reads(role: StaffRole, depth: Depth) -> bool {
    match role {
        StaffRole::Officer | StaffRole::Auditor => true,
        StaffRole::Support => depth == Depth::State,
        StaffRole::Provider | StaffRole::Steward => false,
    }
}

/// What a token is good for. The token itself isn't kept.
#[derive(Clone)]
struct SignedIn {
    reader: Reader,
    expires: UnixTime,
}

type Digest = [u8; 32];

/// All who are signed in, and what they signed.
pub(crate) struct SignIns {
    began: UnixTime,
    clock: fn() -> UnixTime,
    tokens: Mutex<HashMap<Digest, SignedIn>>,
    nonces: Mutex<HashMap<KeyId, Nonces>>,
}

impl SignIns {
    pub(crate) fn new(clock: fn() -> UnixTime) -> Self {
        Self { began: clock(), clock, tokens: Mutex::default(), nonces: Mutex::default() }
    }

    /// Uses up a request whose signature was checked. Nonces are forgotten when the server ends, so that nothing counts
    /// that was signed before it began.
    pub(crate) fn use_up(&self, params: &Params, at: UnixTime) -> Result<(), Problem> {
        self.use_up_number(params, params.nonce(), at)
    }

    /// Uses up a request of a session. All those between two transactions have its challenge for a nonce, and differ by
    /// signature. They are a person's, few enough for all of them to be remembered.
    pub(crate) fn use_up_of_session(&self, proof: &Proof, at: UnixTime) -> Result<(), Problem> {
        let beginning = proof.signature.first_chunk().copied().unwrap_or_default();
        self.use_up_number(&proof.params, u64::from_be_bytes(beginning), at)
    }

    fn use_up_number(&self, params: &Params, number: u64, at: UnixTime) -> Result<(), Problem> {
        let not_proven = |reason: String| Problem::new(Kind::NotProven, reason);
        let created = params.created();
        if at.0 > created.saturating_add(MOST_AGE) {
            let reason =
                format!("the signature was made at {created}, more than {MOST_AGE} s before {}", at.0);
            return Err(not_proven(reason));
        }
        if created < self.began.0 {
            let reason = format!("the signature was made at {created}, before the server began; sign again");
            return Err(not_proven(reason));
        }
        let used = lock(&self.nonces).entry(params.key()).or_default().take(number);
        used.map_err(|error| not_proven(error.to_string()))
    }

    /// A new token.
    pub(crate) fn begin(&self, reader: Reader) -> Result<(String, UnixTime), Problem> {
        let mut token = [0_u8; 32];
        aws_lc_rs::rand::fill(&mut token).map_err(|_| Problem::internal(&"no randomness is to be had"))?;
        let token = URL_SAFE_NO_PAD.encode(token);
        let now = (self.clock)();
        let expires = UnixTime(now.0.saturating_add(TOKEN_SECONDS));
        let mut tokens = lock(&self.tokens);
        if tokens.len() >= TOKENS {
            make_room(&mut tokens, now);
        }
        tokens.insert(digest_of(&token), SignedIn { reader, expires });
        Ok((token, expires))
    }

    /// Whoever the request's token says.
    pub(crate) fn reader(&self, headers: &HeaderMap) -> Result<Reader, Problem> {
        let missing = "Authorization: Bearer with a token is missing";
        let token = token(headers).ok_or_else(|| Problem::new(Kind::SignInRequired, missing))?;
        Ok(self.known(token)?.reader)
    }

    /// Whether whoever reads isn't to see who people are.
    pub(crate) fn is_masked(&self, headers: &HeaderMap) -> Result<bool, Problem> {
        Ok(self.reader(headers)?.is_masked())
    }

    /// For how many more seconds a token is good.
    pub(crate) fn seconds_left(&self, token: &str) -> Result<u64, Problem> {
        Ok(self.known(token)?.expires.0.saturating_sub((self.clock)().0))
    }

    fn known(&self, token: &str) -> Result<SignedIn, Problem> {
        let found = lock(&self.tokens).get(&digest_of(token)).cloned();
        let found = found.filter(|found| found.expires > (self.clock)());
        found.ok_or_else(|| Problem::new(Kind::SignInRequired, "the token isn't known, or not any more"))
    }

    /// Ends a token.
    pub(crate) fn end(&self, headers: &HeaderMap) {
        if let Some(token) = token(headers) {
            lock(&self.tokens).remove(&digest_of(token));
        }
    }

    /// Ends every token of a user, who or whose key was removed, or who has another password. One that goes on signs in again.
    pub(crate) fn end_all(&self, account: &Arc<Known>, user: &str) {
        let is_his = |reader: &Reader| matches!(reader, Reader::User(known, name) if Arc::ptr_eq(known, account) && **name == *user);
        lock(&self.tokens).retain(|_, token| !is_his(&token.reader));
    }

    /// Ends the tokens of whoever isn't of the staff any more, or has another role or key.
    pub(crate) fn end_staff_but(&self, staff: &[Member]) {
        let is_of_it = |reader: &Reader| !matches!(reader, Reader::Staff(member) if !staff.contains(member));
        lock(&self.tokens).retain(|_, token| is_of_it(&token.reader));
    }

    /// Forgets what has ended.
    pub(crate) fn tidy(&self) {
        let now = (self.clock)();
        lock(&self.tokens).retain(|_, token| token.expires > now);
    }
}

fn make_room(tokens: &mut HashMap<Digest, SignedIn>, now: UnixTime) {
    tokens.retain(|_, token| token.expires > now);
    let mut ends: Vec<u64> = tokens.values().map(|token| token.expires.0).collect();
    if ends.len() < TOKENS {
        return;
    }
    // A tenth at once, so that this isn't done for each of many.
    let tenth = ends.len() / 10;
    let (_, last, _) = ends.select_nth_unstable(tenth);
    let last = *last;
    let mut to_go = tenth + 1;
    tokens.retain(|_, token| {
        let goes = token.expires.0 <= last && to_go > 0;
        to_go -= usize::from(goes);
        !goes
    });
}

fn token(headers: &HeaderMap) -> Option<&str> {
    let field = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    field.and_then(|field| field.strip_prefix("Bearer "))
}

/// What is kept of a token: whoever reads the server's memory later finds none.
fn digest_of(token: &str) -> Digest {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    bytes
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
