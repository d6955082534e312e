//! Who may read what, for an hour after a signed request said so.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use asker::{KeyId, Nonces, Params, Proof};
use aws_lc_rs::digest::{SHA256, digest};
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use indicia::UnixTime;

use crate::kind::Kind;
use crate::problem::Problem;

/// How long a token is good, in seconds.
pub const TOKEN_SECONDS: u64 = 3600;
/// How old a signed request may be that isn't checked by a transaction, in seconds. Those of a transaction may be a day
/// old, but the module remembers them for ever.
const MOST_AGE: u64 = 300;
/// Tokens at one time; when there are as many, those that end first give way.
const TOKENS: usize = 100_000;

/// What a token is good for. The token itself isn't kept.
#[derive(Clone)]
struct SignedIn<R> {
    reader: R,
    expires: UnixTime,
}

type Digest = [u8; 32];

/// All who are signed in, and what they signed.
pub struct SignIns<R> {
    began: UnixTime,
    clock: fn() -> UnixTime,
    tokens: Mutex<HashMap<Digest, SignedIn<R>>>,
    nonces: Mutex<HashMap<KeyId, Nonces>>,
}

impl<R: Clone> SignIns<R> {
    /// Nobody yet. What was signed before now doesn't count.
    pub fn new(clock: fn() -> UnixTime) -> Self {
        Self { began: clock(), clock, tokens: Mutex::default(), nonces: Mutex::default() }
    }

    /// Uses up a request whose signature was checked. Nonces are forgotten when the server ends, so that nothing counts
    /// that was signed before it began.
    ///
    /// # Errors
    /// A [`Problem`]: too old, or used before.
    pub fn use_up(&self, params: &Params, at: UnixTime) -> Result<(), Problem> {
        self.use_up_number(params, params.nonce(), at)
    }

    /// Uses up a request of a session. All those between two transactions have its challenge for a nonce, and differ by
    /// signature. They are a person's, few enough for all of them to be remembered.
    ///
    /// # Errors
    /// A [`Problem`]: too old, or used before.
    pub fn use_up_of_session(&self, proof: &Proof, at: UnixTime) -> Result<(), Problem> {
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
    ///
    /// # Errors
    /// A [`Problem`]: there is no randomness.
    pub fn begin(&self, reader: R) -> Result<(String, UnixTime), Problem> {
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
    ///
    /// # Errors
    /// A [`Problem`]: there is no token, or it isn't good any more.
    pub fn reader(&self, headers: &HeaderMap) -> Result<R, Problem> {
        let missing = "Authorization: Bearer with a token is missing";
        let token = token(headers).ok_or_else(|| Problem::new(Kind::SignInRequired, missing))?;
        Ok(self.known(token)?.reader)
    }

    /// For how many more seconds a token is good.
    ///
    /// # Errors
    /// A [`Problem`]: the token isn't good any more.
    pub fn seconds_left(&self, token: &str) -> Result<u64, Problem> {
        Ok(self.known(token)?.expires.0.saturating_sub((self.clock)().0))
    }

    fn known(&self, token: &str) -> Result<SignedIn<R>, Problem> {
        let found = lock(&self.tokens).get(&digest_of(token)).cloned();
        let found = found.filter(|found| found.expires > (self.clock)());
        found.ok_or_else(|| Problem::new(Kind::SignInRequired, "the token isn't known, or not any more"))
    }

    /// Ends a token.
    pub fn end(&self, headers: &HeaderMap) {
        if let Some(token) = token(headers) {
            lock(&self.tokens).remove(&digest_of(token));
        }
    }

    /// Ends the tokens of all but those who may go on.
    pub fn retain(&self, may_go_on: impl Fn(&R) -> bool) {
        lock(&self.tokens).retain(|_, token| may_go_on(&token.reader));
    }

    /// Forgets what has ended.
    pub fn tidy(&self) {
        let now = (self.clock)();
        lock(&self.tokens).retain(|_, token| token.expires > now);
    }
}

fn make_room<R>(tokens: &mut HashMap<Digest, SignedIn<R>>, now: UnixTime) {
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
