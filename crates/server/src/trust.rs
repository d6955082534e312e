//! The trust bundle that verifiers are given: it knows every account that there is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use indicia::{TrustBundle, UnixTime};

use crate::problem::Problem;

/// How old a bundle may become before a new one is signed, in seconds.
const MOST_AGE: u64 = 86_400;

/// A bundle as it is sent and as it is used.
pub(crate) struct Signed {
    pub(crate) bytes: Vec<u8>,
    pub(crate) opened: TrustBundle,
}

/// The newest bundle.
pub(crate) struct Trust {
    renew: Box<dyn Fn() -> Result<Vec<u8>, String> + Send + Sync>,
    clock: fn() -> UnixTime,
    newest: Mutex<Option<Arc<Signed>>>,
    is_stale: AtomicBool,
}

impl Trust {
    pub(crate) fn new(
        renew: Box<dyn Fn() -> Result<Vec<u8>, String> + Send + Sync>,
        clock: fn() -> UnixTime,
    ) -> Self {
        Self { renew, clock, newest: Mutex::default(), is_stale: AtomicBool::new(false) }
    }

    /// An account has come that no bundle knows yet.
    pub(crate) fn expire(&self) {
        self.is_stale.store(true, Ordering::Release);
    }

    /// The newest bundle, unless one has to be signed first.
    pub(crate) fn ready(&self) -> Option<Arc<Signed>> {
        let newest = self.newest.try_lock().ok()?;
        let is_stale = self.is_stale.load(Ordering::Acquire);
        newest.as_ref().filter(|signed| !is_stale && self.is_good(signed)).map(Arc::clone)
    }

    fn is_good(&self, signed: &Signed) -> bool {
        (self.clock)().0 < signed.opened.issued_at().0.saturating_add(MOST_AGE)
    }

    /// A bundle that knows every account of this moment. It blocks while one is signed.
    pub(crate) fn current(&self) -> Result<Arc<Signed>, Problem> {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let was_stale = self.is_stale.swap(false, Ordering::AcqRel);
        if let Some(signed) = newest.as_ref().filter(|signed| !was_stale && self.is_good(signed)) {
            return Ok(Arc::clone(signed));
        }
        let renewed = (self.renew)().map_err(|reason| Problem::internal(&reason)).and_then(|bytes| {
            let opened = TrustBundle::open(&bytes, None).map_err(|error| Problem::internal(&error))?;
            Ok(Arc::new(Signed { bytes, opened }))
        });
        match renewed {
            Ok(signed) => {
                *newest = Some(Arc::clone(&signed));
                Ok(signed)
            }
            Err(problem) => {
                self.expire();
                Err(problem)
            }
        }
    }
}
