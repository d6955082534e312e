//! The verifiers that are open, by number, and what is asked of them.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use indicia::UnixTime;
use serde::Serialize;
use verifier::Verifier;

/// How a call ends. What is above 0 in the answer to opening is a verifier's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Code {
    /// It was done; of a code: it is to be taken.
    Good = 0,
    /// The code isn't to be taken.
    Bad = 1,
    /// Whether the code is to be taken can't be told.
    Unclear = 2,
    /// What was handed over can't be looked at: a null pointer, text that isn't UTF-8, a verifier that isn't open.
    Misuse = -1,
    /// The bundle or snapshot can't be used.
    Refused = -2,
    /// A fault of this library's own, which went no further.
    Fault = -3,
}

/// What a call says: a number, and a text beside it, which is JSON unless it says what was wrong.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// A [`Code`], or a verifier.
    pub number: i32,
    /// The text.
    pub text: String,
}

impl Answer {
    pub(crate) fn misuse(what: &str) -> Self {
        Self::new(Code::Misuse, what.to_owned())
    }

    fn new(code: Code, text: String) -> Self {
        Self { number: code as i32, text }
    }

    fn document(code: Code, document: &impl Serialize) -> Self {
        match serde_json::to_string(document) {
            Ok(text) => Self::new(code, text),
            Err(error) => Self::new(Code::Fault, error.to_string()),
        }
    }

    fn refused(error: &impl ToString) -> Self {
        Self::new(Code::Refused, error.to_string())
    }
}

type Shared = Arc<RwLock<Verifier>>;

static OPEN: RwLock<BTreeMap<i32, Shared>> = RwLock::new(BTreeMap::new());
/// The number that was given last: none is given twice.
static LAST: AtomicI32 = AtomicI32::new(0);

/// Does something that may panic: a caller in another language can't be unwound. What is shared is changed in single steps, so
/// that a panic leaves nothing halfway, and a lock that it poisoned is good.
pub(crate) fn guarded(what: impl FnOnce() -> Answer) -> Answer {
    catch_unwind(AssertUnwindSafe(what)).unwrap_or_else(|_| {
        Answer::new(Code::Fault, "the verifier has a fault; please report what it was given".to_owned())
    })
}

/// Opens a verifier; the answer is its number.
pub(crate) fn open(bundle: &[u8], root: Option<&str>) -> Answer {
    let verifier = match Verifier::open(bundle, root) {
        Ok(verifier) => Arc::new(RwLock::new(verifier)),
        Err(error) => return Answer::refused(&error),
    };
    let next = |last: i32| last.checked_add(1);
    let Ok(last) = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) else {
        return Answer::misuse("2147483647 verifiers were opened; begin again in a new process");
    };
    OPEN.write().unwrap_or_else(PoisonError::into_inner).insert(last + 1, verifier);
    Answer { number: last + 1, text: String::new() }
}

pub(crate) fn add_status(number: i32, status: &[u8]) -> Answer {
    with(number, |verifier| {
        match verifier.write().unwrap_or_else(PoisonError::into_inner).add_status(status) {
            Ok(()) => Answer::new(Code::Good, String::new()),
            Err(error) => Answer::refused(&error),
        }
    })
}

pub(crate) fn about(number: i32) -> Answer {
    with(number, |verifier| {
        Answer::document(Code::Good, &verifier.read().unwrap_or_else(PoisonError::into_inner).about())
    })
}

pub(crate) fn verify(number: i32, code: &[u8], holder: Option<&str>, now: u64) -> Answer {
    with(number, |verifier| {
        let verifier = verifier.read().unwrap_or_else(PoisonError::into_inner);
        let finding = verifier.verify(code, holder, UnixTime(now));
        let code = match finding.valid {
            Some(true) => Code::Good,
            Some(false) => Code::Bad,
            None => Code::Unclear,
        };
        Answer::document(code, &finding)
    })
}

/// Forgets a verifier. Whoever is verifying with it meanwhile is answered still.
pub(crate) fn close(number: i32) -> Answer {
    match OPEN.write().unwrap_or_else(PoisonError::into_inner).remove(&number) {
        Some(_) => Answer::new(Code::Good, String::new()),
        None => not_open(),
    }
}

/// The lock on all of them is held for the look-up alone.
fn with(number: i32, what: impl FnOnce(&RwLock<Verifier>) -> Answer) -> Answer {
    let found = OPEN.read().unwrap_or_else(PoisonError::into_inner).get(&number).map(Arc::clone);
    found.map_or_else(not_open, |verifier| what(&verifier))
}

fn not_open() -> Answer {
    Answer::misuse("no verifier of this number is open")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_answer() {
        let answer = guarded(|| panic!("a fault"));
        assert_eq!(answer.number, Code::Fault as i32);
        assert!(answer.text.contains("fault"), "{}", answer.text);
    }
}
