//! A module inside this process whose sessions can be held back, and that fails when it is told to.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use engine::{SecureModule, SessionAnswered};
use indicia::UnixTime;
use module::Module;
use module::client::ClientError;
use module::permission::Permission;
use module::protocol::{
    Asker, Created, Failure, Inspected, Part, PartAnswer, Question, StaffList, StaffQuestion,
};
use module::refusal::{DeviceFault, Refusal};
use module::refusals_seen::RefusalsSeen;
use module::staff::Member;

/// What happens to one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is processed and registered, and the engine never hears of it.
    LoseAnswer,
    /// The module is gone before it begins.
    FailBefore,
    /// It is processed, its answer is lost on the way and it is asked for again.
    AskTwice,
    /// Its devices are in another session.
    Busy,
}

#[derive(Default)]
struct Gate {
    closed: bool,
    /// How many may pass the closed gate.
    passes: usize,
    /// Sessions that stand at the gate.
    waiting: usize,
    faults: VecDeque<Fault>,
    /// Sessions that had no answer.
    lost: u64,
}

/// See the module's documentation.
pub(crate) struct GatedModule {
    module: Module,
    gate: Mutex<Gate>,
    changed: Condvar,
}

impl GatedModule {
    pub(crate) fn new(module: Module) -> Self {
        Self { module, gate: Mutex::default(), changed: Condvar::new() }
    }

    /// Sessions wait from now on.
    pub(crate) fn close_gate(&self) {
        self.gate().closed = true;
    }

    pub(crate) fn open_gate(&self) {
        self.gate().closed = false;
        self.changed.notify_all();
    }

    /// One of those who stand at the closed gate may go on.
    pub(crate) fn let_one_pass(&self) {
        self.gate().passes += 1;
        self.changed.notify_all();
    }

    /// Waits until so many sessions stand at the closed gate.
    pub(crate) fn wait_for_sessions(&self, count: usize) {
        let gate = self.gate();
        let (gate, waited) = self
            .changed
            .wait_timeout_while(gate, super::STUCK, |gate| gate.waiting < count)
            .unwrap_or_else(PoisonError::into_inner);
        drop(gate);
        assert!(!waited.timed_out(), "{count} sessions were to come");
    }

    /// The next session that has none yet meets this fault.
    pub(crate) fn add_fault(&self, fault: Fault) {
        self.gate().faults.push_back(fault);
    }

    pub(crate) fn clear_faults(&self) {
        self.gate().faults.clear();
    }

    /// How many sessions had no answer: each stops its engine.
    pub(crate) fn lost(&self) -> u64 {
        self.gate().lost
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits at the gate and takes a fault along.
    fn pass(&self) -> Option<Fault> {
        let mut gate = self.gate();
        gate.waiting += 1;
        self.changed.notify_all();
        let must_wait = |gate: &mut Gate| gate.closed && gate.passes == 0;
        let mut gate = self.changed.wait_while(gate, must_wait).unwrap_or_else(PoisonError::into_inner);
        gate.waiting -= 1;
        gate.passes = gate.passes.saturating_sub(1);
        let fault = gate.faults.pop_front();
        gate.lost += u64::from(matches!(fault, Some(Fault::LoseAnswer | Fault::FailBefore)));
        fault
    }
}

impl GatedModule {
    /// Comes to the gate once it is permitted: tests count on it that what stands there is durable.
    fn session(&self, parts: &[Part<'_>], permission: &Permission) -> Result<Vec<PartAnswer>, ClientError> {
        if !permission.wait() {
            return Err(Failure::TakenBack.into());
        }
        match self.pass() {
            None => Ok(self.module.session(parts, permission)?),
            Some(Fault::FailBefore) => Err(ClientError::Gone),
            Some(Fault::LoseAnswer) => {
                self.module.session(parts, permission)?;
                Err(ClientError::Gone)
            }
            Some(Fault::AskTwice) => {
                self.module.session(parts, permission)?;
                Ok(self.module.session(parts, permission)?)
            }
            Some(Fault::Busy) => Ok(vec![PartAnswer::Fault(DeviceFault::Busy); parts.len()]),
        }
    }
}

impl SecureModule for GatedModule {
    fn begin_session(
        self: Arc<Self>,
        parts: &[Part<'_>],
        permission: &Arc<Permission>,
        answered: SessionAnswered,
    ) {
        let permission = Arc::clone(permission);
        let parts: Vec<(Vec<u8>, Vec<u8>)> =
            parts.iter().map(|part| (part.record.to_vec(), part.transaction.to_vec())).collect();
        std::thread::spawn(move || {
            let parts: Vec<Part<'_>> = parts
                .iter()
                .map(|(record, transaction)| Part {
                    record: record.as_slice().into(),
                    transaction: transaction.as_slice().into(),
                })
                .collect();
            answered(self.session(&parts, &permission));
        });
    }

    fn create_device(&self, opening: &[u8]) -> Result<Created, ClientError> {
        Ok(self.module.create_device(opening)?)
    }

    fn inspect(&self, record: &[u8]) -> Result<Inspected, ClientError> {
        Ok(self.module.inspect(record)?)
    }

    fn bundle(&self, records: &[&[u8]], at: u64, expires: u64) -> Result<Vec<u8>, ClientError> {
        Ok(self.module.bundle(records, UnixTime(at), UnixTime(expires))?)
    }

    fn status(&self, claims: &[u8]) -> Result<Vec<u8>, ClientError> {
        Ok(self.module.status(claims)?)
    }

    fn who_asks(&self, question: Question<'_>) -> Result<Result<Asker, Refusal>, ClientError> {
        let Question { record, errand, idempotency_key, proof, at, value } = question;
        Ok(self.module.who_asks(record, &errand, idempotency_key, &proof, value, UnixTime(at))?)
    }

    fn check_order(&self, order: &[u8]) -> Result<Result<(), Refusal>, ClientError> {
        Ok(self.module.check_order(order))
    }

    fn staff(&self) -> Result<StaffList, ClientError> {
        Ok(self.module.staff_list())
    }

    fn appoint(&self, appointment: &[u8]) -> Result<String, ClientError> {
        Ok(self.module.appoint(appointment)?)
    }

    fn record_refusals(&self, seen: RefusalsSeen) -> Result<(), ClientError> {
        Ok(self.module.record_refusals(seen)?)
    }

    fn who_of_staff(&self, question: StaffQuestion<'_>) -> Result<Result<Member, Refusal>, ClientError> {
        let StaffQuestion { errand, idempotency_key, proof, at } = question;
        Ok(self.module.who_of_staff(&errand, idempotency_key, &proof, UnixTime(at)))
    }
}
