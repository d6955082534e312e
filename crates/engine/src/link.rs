//! The threads that carry sessions to the module: while one session is signed, the next is on its way.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};
use module::client::ClientError;
use module::protocol::{Part, PartAnswer};
use module::transaction::{Request, Transaction};
use store::{AccountId, RequestKind};

use crate::book::Planned;
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

/// The channels to and from the session threads.
#[derive(Debug)]
pub(crate) struct Link {
    assignments: Option<Sender<Vec<Assignment>>>,
    pub(crate) ends: Receiver<SessionEnd>,
    threads: Vec<JoinHandle<()>>,
}

impl Link {
    pub(crate) fn start(module: &Arc<dyn SecureModule>) -> std::io::Result<Self> {
        let (assignments, to_module) = bounded::<Vec<Assignment>>(MAX_SESSIONS);
        let (from_module, ends) = bounded(MAX_SESSIONS);
        let threads = (0..MAX_SESSIONS)
            .map(|_| {
                let (module, input, output) = (Arc::clone(module), to_module.clone(), from_module.clone());
                thread::Builder::new()
                    .name("engine-session".into())
                    .spawn(move || carry(module.as_ref(), &input, &output))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { assignments: Some(assignments), ends, threads })
    }

    /// Never blocks: the worker has at most [`MAX_SESSIONS`] under way. False when the threads are gone.
    pub(crate) fn send(&self, assignments: Vec<Assignment>) -> bool {
        self.assignments.as_ref().is_some_and(|sender| sender.send(assignments).is_ok())
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        drop(self.assignments.take());
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn carry(module: &dyn SecureModule, input: &Receiver<Vec<Assignment>>, output: &Sender<SessionEnd>) {
    for assignments in input {
        crash_point::crash_point!("engine-before-session");
        let answers = hold_session(module, &assignments);
        crash_point::crash_point!("engine-after-session");
        if output.send(SessionEnd { assignments, answers }).is_err() {
            return;
        }
    }
}

fn hold_session(
    module: &dyn SecureModule,
    assignments: &[Assignment],
) -> Result<Vec<PartAnswer>, ClientError> {
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
    module.session(&parts)
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
                items: request.body.as_ref().into(),
            },
            RequestKind::Fund | RequestKind::Refund | RequestKind::State => {
                Request::Order { order: request.body.as_ref().into() }
            }
        })
        .collect();
    Transaction::new(planned.at, requests).encode()
}
