//! Counts what happened, so that a run in which something never did is seen to be worth less.

use std::cell::RefCell;
use std::collections::BTreeMap;

use asker::OnInsufficient;
use engine::{EngineError, Outcome};
use module::refusal::Refusal;

use crate::asks::{Ask, Batch, By, Change, Pending};
use crate::support::Answer;

/// All that is counted.
const EVENTS: [&str; 27] = [
    "change refused",
    "changed",
    "closed again",
    "drawn",
    "expired",
    "finished after a stop",
    "held",
    "in progress",
    "insufficient",
    "issued at once",
    "issued in a session",
    "issued in part",
    "issued after waiting",
    "key reused",
    "made void",
    "not live",
    "ordered",
    "password reused",
    "password set",
    "refused",
    "session ended",
    "session gave way",
    "signed in",
    "stopped",
    "too many attempts",
    "waited too long",
    "wrong password",
];

#[derive(Debug, Default)]
pub(crate) struct Tally(RefCell<BTreeMap<&'static str, u64>>);

impl Tally {
    pub(crate) fn count(&self, event: &'static str) {
        debug_assert!(EVENTS.contains(&event), "{event}");
        *self.0.borrow_mut().entry(event).or_default() += 1;
    }

    pub(crate) fn count_answer(&self, pending: &Pending, answer: &Answer) {
        match answer {
            Ok(Outcome::Issued(issued)) => self.count(match &pending.ask {
                Ask::Draw { .. } => "drawn",
                Ask::Batch(Batch { by: By::Session(..), .. }) => "issued in a session",
                _ if pending.is_repeated => "finished after a stop",
                _ if issued.count < issued.asked => "issued in part",
                Ask::Batch(batch) if matches!(batch.on_insufficient, OnInsufficient::Wait(_)) => {
                    "issued after waiting"
                }
                _ => "issued at once",
            }),
            Ok(Outcome::Held { .. }) => self.count("held"),
            Ok(Outcome::Ordered { .. }) => self.count(match &pending.ask {
                Ask::Order { change: Change::Void { .. }, .. } => "made void",
                _ => "ordered",
            }),
            Ok(Outcome::Changed { .. }) => self.count("changed"),
            // Who signs in isn't waited for here, and nobody redeems.
            Ok(Outcome::Told(_) | Outcome::Redeemed(_)) => {}
            Err(EngineError::Refused(Refusal::SessionEnded(_))) => self.count("session ended"),
            Err(EngineError::Refused(_)) if matches!(pending.ask, Ask::Users { .. }) => {
                self.count("change refused");
            }
            Err(EngineError::Closed(_)) => self.count("closed again"),
            Err(EngineError::InProgress) => self.count("in progress"),
            Err(EngineError::Insufficient { .. }) => self.count("insufficient"),
            Err(EngineError::KeyReused(_)) => self.count("key reused"),
            Err(EngineError::NotVoidable { .. }) => self.count("not live"),
            Err(EngineError::Refused(_)) => self.count("refused"),
            Err(EngineError::Stopped(_)) => self.count("stopped"),
            Err(EngineError::WaitedTooLong { .. }) => self.count("waited too long"),
            Err(_) => {}
        }
    }

    /// What never happened.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        EVENTS.into_iter().filter(|event| !self.0.borrow().contains_key(event)).collect()
    }
}
