//! Work that many cores share, each taking the next piece as soon as it is free.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

/// Work in pieces that need nothing from each other.
pub(crate) trait Work: Send + Sync {
    /// What becomes of one piece.
    type Made: Send;

    /// How many pieces there are.
    fn count(&self) -> usize;

    /// Does one piece, from 0.
    fn make(&self, place: usize) -> Self::Made;
}

/// Prepares work and does all of it, on this core and at most so many others, while this thread does `meanwhile` before it
/// joins in. What was made is in the order of the pieces.
///
/// The helpers begin before the work is prepared, so that nobody waits for them, and end with it: between sessions none
/// spins beside an engine that needs the processor. Where the system gives no more threads, this one does all.
pub(crate) fn share<W: Work, M>(
    helpers: usize,
    prepare: impl FnOnce() -> W,
    meanwhile: impl FnOnce() -> M,
) -> (Vec<W::Made>, W, M) {
    let (prepared, next, done) = (Prepared::new(), AtomicUsize::new(0), Mutex::new(Vec::new()));
    let is_away = AtomicBool::new(false);
    let take_part = |work: &W| {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if place >= work.count() {
                return;
            }
            let made = work.make(place);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((place, made));
            if is_away.load(Ordering::Relaxed) {
                // The disk may have answered on this core: its driver and the thread that waits for it get it now rather
                // than when a time slice is over.
                thread::yield_now();
            }
        }
    };
    let meant = thread::scope(|scope| {
        let _closing = Closing(&prepared);
        for _ in 0..helpers.min(cores() - 1) {
            let help = || prepared.wait().map(take_part);
            if thread::Builder::new().spawn_scoped(scope, help).is_err() {
                break;
            }
        }
        let work = prepared.fill(prepare);
        is_away.store(true, Ordering::Relaxed);
        let meant = meanwhile();
        is_away.store(false, Ordering::Relaxed);
        take_part(work);
        meant
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(place, _)| *place);
    (done.into_iter().map(|(_, made)| made).collect(), prepared.into_inner(), meant)
}

/// Work that is prepared while its helpers start; none if that failed.
struct Prepared<W>(OnceLock<Option<W>>);

impl<W> Prepared<W> {
    fn new() -> Self {
        Self(OnceLock::new())
    }

    fn fill(&self, prepare: impl FnOnce() -> W) -> &W {
        let work = self.0.get_or_init(|| Some(prepare()));
        work.as_ref().expect("only dropping `Closing` says that there is none, and that is later")
    }

    fn wait(&self) -> Option<&W> {
        self.0.wait().as_ref()
    }

    fn into_inner(self) -> W {
        self.0.into_inner().flatten().expect("it was filled")
    }
}

/// Lets nobody wait for work that couldn't be prepared: a scope with a sleeping helper would never end.
struct Closing<'a, W>(&'a Prepared<W>);

impl<W> Drop for Closing<'_, W> {
    fn drop(&mut self) {
        let _ = self.0.0.set(None);
    }
}

/// How many threads the machine runs at once, at least one.
fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, usize::from))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::Duration;

    use super::*;

    struct Squares(usize);

    impl Work for Squares {
        type Made = usize;

        fn count(&self) -> usize {
            self.0
        }

        fn make(&self, place: usize) -> usize {
            place * place
        }
    }

    #[test]
    fn every_place_is_worked_on_once_and_the_results_are_in_order() {
        for count in [0, 1, 2, 7, 1_000] {
            for helpers in [0, 1, 64] {
                let (made, work, meant) = share(helpers, || Squares(count), || "meanwhile");
                assert_eq!(made, (0..count).map(|place| place * place).collect::<Vec<_>>());
                assert_eq!((work.0, meant), (count, "meanwhile"));
            }
        }
    }

    /// Says who did each piece, which takes a millisecond.
    struct Slow;

    impl Work for Slow {
        type Made = thread::ThreadId;

        fn count(&self) -> usize {
            100
        }

        fn make(&self, _: usize) -> thread::ThreadId {
            thread::sleep(Duration::from_millis(1));
            thread::current().id()
        }
    }

    #[test]
    fn helpers_that_fell_asleep_still_help() {
        let prepare = || {
            thread::sleep(Duration::from_millis(5));
            Slow
        };
        let who: HashSet<_> = share(1, prepare, || ()).0.into_iter().collect();
        assert_eq!(who.len(), cores().min(2));
    }

    #[test]
    fn a_preparation_that_panics_leaves_no_helper_waiting() {
        let failed = std::panic::catch_unwind(|| share::<Squares, ()>(1, || panic!("as asked"), || ()));
        assert!(failed.is_err());
    }
}
