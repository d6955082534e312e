//! Whether a session may be registered: said once, often while its signatures are being made.
//!
//! The engine sends a session off while it makes the reservations durable that the session follows from. Until they are,
//! nothing is registered and nothing leaves the module; if they can't be made durable, the session never was.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Hears what was decided.
type Then = Box<dyn FnOnce(bool) + Send>;

/// See the module's documentation.
#[derive(Default)]
pub struct Permission {
    state: Mutex<State>,
    decided: Condvar,
}

#[derive(Default)]
struct State {
    decision: Option<bool>,
    then: Vec<Then>,
}

impl Permission {
    /// One that is given already.
    #[must_use]
    pub fn given() -> Self {
        Self::said(true)
    }

    /// One that is refused already.
    #[must_use]
    pub fn refused() -> Self {
        Self::said(false)
    }

    fn said(decision: bool) -> Self {
        let state = State { decision: Some(decision), then: Vec::new() };
        Self { state: Mutex::new(state), decided: Condvar::new() }
    }

    /// Gives it or refuses it, for ever: the first word stands.
    pub fn decide(&self, may_register: bool) {
        let mut state = self.lock();
        if state.decision.is_some() {
            return;
        }
        state.decision = Some(may_register);
        let then = std::mem::take(&mut state.then);
        drop(state);
        self.decided.notify_all();
        then.into_iter().for_each(|then| then(may_register));
    }

    /// Waits until it is given (true) or refused.
    #[must_use]
    pub fn wait(&self) -> bool {
        let state = self.lock();
        let undecided = |state: &mut State| state.decision.is_none();
        let state = self.decided.wait_while(state, undecided).unwrap_or_else(PoisonError::into_inner);
        state.decision == Some(true)
    }

    /// Tells what is decided once it is: now if it is.
    pub fn when_decided(&self, then: impl FnOnce(bool) + Send + 'static) {
        let mut state = self.lock();
        match state.decision {
            None => state.then.push(Box::new(then)),
            Some(decision) => {
                drop(state);
                then(decision);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic is done while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::Permission;

    #[test]
    fn the_first_word_stands_and_everybody_hears_it_once() {
        let heard = Arc::new(AtomicU8::new(0));
        let hear = |permission: &Permission| {
            let heard = Arc::clone(&heard);
            permission.when_decided(move |given| {
                heard.fetch_add(if given { 16 } else { 1 }, Ordering::Relaxed);
            });
        };
        let permission = Permission::default();
        hear(&permission);
        std::thread::scope(|scope| {
            scope.spawn(|| assert!(!permission.wait()));
            permission.decide(false);
        });
        permission.decide(true);
        hear(&permission);
        assert!(!permission.wait());
        assert_eq!(heard.load(Ordering::Relaxed), 2);
        assert!(Permission::given().wait() && !Permission::refused().wait());
    }
}
