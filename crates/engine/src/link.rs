//! Sessions under way: while one is signed, the next is on its way.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};
use module::client::ClientError;
use module::permission::Permission;
use module::protocol::{Part, PartAnswer};
use module::transaction::{Drawn, Request, Transaction};
use store::{AccountId, RequestKind};

use crate::book::Planned;
use crate::figures::Figures;
use crate::host::SecureModule;

/// Sessions under way at once: one being signed, one being carried. More would only wait in the module.
pub(crate) const MAX_SESSIONS: usize = 2;

/// One account's part of a session.
#[derive(Debug)]
pub(crate) struct Assignment {
    pub(crate) account: AccountId,
    pub(crate) record: Arc<[u8]>,
    pub(crate) planned: Planned,
}

/// A session that came back, or couldn't be held.
#[derive(Debug)]
pub(crate) struct SessionEnd {
    pub(crate) assignments: Vec<Assignment>,
    pub(crate) answers: Result<Vec<PartAnswer>, ClientError>,
}

/// A session that the module works on, and doesn't register before it is permitted.
#[must_use = "undecided it never ends"]
pub(crate) struct Ahead {
    number: u64,
    permission: Arc<Permission>,
}

impl Ahead {
    /// What the session follows from is durable.
    pub(crate) fn permit(&self) {
        self.permission.decide(true);
        crash_point::crash_point!("engine-permitted");
    }
}

/// Sessions on their way to the module and back.
pub(crate) struct Link {
    module: Arc<dyn SecureModule>,
    figures: Arc<Figures>,
    /// What the sessions under way are about, by their numbers; nothing any more if they were taken back.
    under_way: HashMap<u64, Option<Vec<Assignment>>>,
    next: u64,
    answers: Sender<(u64, Answers)>,
    /// Numbers of sessions, and what they came to.
    pub(crate) ends: Receiver<(u64, Answers)>,
}

/// What a session came to.
type Answers = Result<Vec<PartAnswer>, ClientError>;

impl Link {
    pub(crate) fn new(module: Arc<dyn SecureModule>, figures: Arc<Figures>) -> Self {
        // As many as are ever under way: an answer never waits for room.
        let (answers, ends) = bounded(MAX_SESSIONS);
        Self { module, figures, under_way: HashMap::new(), next: 0, answers, ends }
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.under_way.is_empty()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.under_way.len() >= MAX_SESSIONS
    }

    /// Sends off a session that may be registered; its end comes over `ends`.
    pub(crate) fn send(&mut self, assignments: Vec<Assignment>) {
        self.send_ahead(assignments).permit();
    }

    /// Sends off a session whose plans aren't durable yet; its end comes over `ends` once it is permitted.
    pub(crate) fn send_ahead(&mut self, assignments: Vec<Assignment>) -> Ahead {
        crash_point::crash_point!("engine-before-session");
        let transactions: Vec<Vec<u8>> =
            assignments.iter().map(|assignment| transaction_bytes(&assignment.planned)).collect();
        let parts: Vec<Part<'_>> = assignments
            .iter()
            .zip(&transactions)
            .map(|(assignment, transaction)| Part {
                record: assignment.record.as_ref().into(),
                transaction: transaction.as_slice().into(),
            })
            .collect();
        self.next += 1;
        let (number, sender) = (self.next, self.answers.clone());
        let requests = assignments.iter().map(|assignment| assignment.planned.requests.len()).sum();
        let (figures, began) = (Arc::clone(&self.figures), Instant::now());
        let answered = move |answers: Answers| {
            if answers.is_ok() {
                figures.session_ended(began.elapsed(), requests);
            }
            crash_point::crash_point!("engine-after-session");
            // Nobody listens any more: the reservations are finished at the next start.
            let _ = sender.send((number, answers));
        };
        let permission = Arc::new(Permission::default());
        Arc::clone(&self.module).begin_session(&parts, &permission, Box::new(answered));
        self.under_way.insert(number, Some(assignments));
        Ahead { number, permission }
    }

    /// Forgets what a session was about: it never will be registered, and its end is nobody's.
    pub(crate) fn take_back(&mut self, ahead: &Ahead) {
        self.under_way.insert(ahead.number, None);
        ahead.permission.decide(false);
    }

    /// Puts an end together with what its session was about; none if it was taken back.
    pub(crate) fn end(&mut self, (number, answers): (u64, Answers)) -> Option<SessionEnd> {
        let assignments = self.under_way.remove(&number)??;
        Some(SessionEnd { assignments, answers })
    }
}

/// The transaction that a plan stands for: from the store's rows after a crash, the same bytes as before it.
pub(crate) fn transaction_bytes(planned: &Planned) -> Vec<u8> {
    let requests = planned
        .requests
        .iter()
        .map(|request| match request.kind {
            RequestKind::Issue => Request::Issue {
                user: &request.user,
                first_number: request.first_number,
                count: request.count,
                key: request.key.as_str(),
                asked: request.body.as_ref().into(),
                drawn: request
                    .draw
                    .as_deref()
                    .map(|proof| Drawn { reservation: request.reservation.0, proof: proof.into() }),
            },
            RequestKind::Fund
            | RequestKind::Refund
            | RequestKind::Void
            | RequestKind::Erase
            | RequestKind::State => Request::Order { order: request.body.as_ref().into() },
            RequestKind::Change => Request::Change {
                user: &request.user,
                key: request.key.as_str(),
                asked: request.body.as_ref().into(),
            },
            RequestKind::SignIn => {
                Request::SignIn { user: &request.user, step: request.body.as_ref().into() }
            }
        })
        .collect();
    Transaction::new(planned.at, requests).encode()
}
