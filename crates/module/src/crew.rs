//! Work that many cores share, each taking the next piece as soon as it is free.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

/// Does `work` for every place below `count`, on all cores, while this thread does `meanwhile` and then joins in.
///
/// The other threads begin at once and end with the work: the idle ones of a pool would spin beside an engine that needs
/// the processor. Where the system gives no more threads, this one does all.
pub(crate) fn share<T: Send, M>(
    count: usize,
    work: impl Fn(usize) -> T + Sync,
    meanwhile: impl FnOnce() -> M,
) -> (Vec<T>, M) {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(count));
    let take_part = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if place >= count {
                return;
            }
            let made = work(place);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((place, made));
        }
    };
    let meant = thread::scope(|scope| {
        for _ in 1..cores().min(count) {
            if thread::Builder::new().spawn_scoped(scope, take_part).is_err() {
                break;
            }
        }
        let meant = meanwhile();
        take_part();
        meant
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(place, _)| *place);
    (done.into_iter().map(|(_, made)| made).collect(), meant)
}

/// How many threads the machine runs at once.
fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, usize::from))
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn every_place_is_worked_on_once_and_the_results_are_in_order() {
        for count in [0, 1, 2, 7, 1_000] {
            let (made, meant) = share(count, |place| place * place, || "meanwhile");
            assert_eq!(made, (0..count).map(|place| place * place).collect::<Vec<_>>());
            assert_eq!(meant, "meanwhile");
        }
    }
}
