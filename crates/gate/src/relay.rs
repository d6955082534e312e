//! All that answers at a gate, and the threads on which it does what blocks.

use std::sync::Arc;

use api::{Problem, SignIns};
use indicia::{Serial, UnixTime};
use tokio::sync::{Notify, Semaphore};
use tokio::task::spawn_blocking;

use crate::desk::Desk;
use crate::link::Link;
use crate::sign_in::Steward;
use crate::trust::Newest;
use crate::turns::Turns;

/// What is worked on at one time; what comes then waits.
const AT_WORK: usize = 128;

/// The running gate.
pub(crate) struct Gate {
    /// What it is called.
    pub(crate) name: String,
    pub(crate) desk: Desk<Link>,
    pub(crate) trust: Newest,
    /// Who may use it.
    pub(crate) stewards: Vec<Steward>,
    pub(crate) sign_ins: SignIns<Steward>,
    /// There is something to tell the server.
    pub(crate) untold: Notify,
    pub(crate) clock: fn() -> UnixTime,
    turns: Arc<Turns>,
    places: Semaphore,
}

impl Gate {
    pub(crate) fn new(
        name: String,
        desk: Desk<Link>,
        trust: Newest,
        stewards: Vec<Steward>,
        clock: fn() -> UnixTime,
    ) -> Self {
        let (untold, turns, places) = (Notify::new(), Arc::default(), Semaphore::new(AT_WORK));
        Self { name, desk, trust, stewards, sign_ins: SignIns::new(clock), untold, clock, turns, places }
    }

    pub(crate) fn now(&self) -> UnixTime {
        (self.clock)()
    }

    /// Does what blocks.
    pub(crate) async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let _place = self.places.acquire().await.map_err(|error| Problem::internal(&error))?;
        let gate = Arc::clone(self);
        spawn_blocking(move || work(&gate)).await.map_err(|error| Problem::internal(&error))
    }

    /// Does what changes an indicium, when it is its turn; also to the end when nobody waits for that any more.
    pub(crate) async fn in_turn<T: Send + 'static>(
        self: &Arc<Self>,
        serial: Serial,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = self.turns.take(serial).await;
        let work = move |gate: &Self| {
            let done = work(gate);
            drop(turn);
            done
        };
        self.work(work).await
    }
}
