//! Uses of one indicium go one after the other: whoever comes second decides when it is known what came of the first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indicia::Serial;
use tokio::sync::OwnedMutexGuard;

type Place = Arc<tokio::sync::Mutex<()>>;

/// Whose turn it is, by indicium. In a queue the first who came is the first who goes.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<Serial, Place>>);

/// One's turn, until it is dropped: whatever works for it has it, also when nobody waits for the answer any more.
pub(crate) struct Turn {
    turns: Arc<Turns>,
    serial: Serial,
    place: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    /// Waits for one's turn.
    pub(crate) async fn take(self: &Arc<Self>, serial: Serial) -> Turn {
        let place = Arc::clone(self.places().entry(serial).or_default());
        Turn { turns: Arc::clone(self), serial, place: Some(place.lock_owned().await) }
    }

    fn places(&self) -> MutexGuard<'_, HashMap<Serial, Place>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut places = self.turns.places();
        self.place = None;
        // Whoever waits has it too; new ones come by this map alone, which is held here.
        if places.get(&self.serial).is_some_and(|place| Arc::strong_count(place) == 1) {
            places.remove(&self.serial);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use indicia::DeviceId;

    use super::*;

    #[test]
    fn one_at_a_time_has_his_turn_and_nothing_is_left_behind() {
        let turns = Arc::new(Turns::default());
        let within = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let all = (0..200).map(|caller| {
                let (turns, within, number) = (Arc::clone(&turns), Arc::clone(&within), caller % 2);
                tokio::spawn(async move {
                    let serial = Serial::new(DeviceId(1), number as u64).expect("a serial");
                    let _turn = turns.take(serial).await;
                    assert_eq!(within[number].fetch_add(1, Ordering::SeqCst), 0, "two are at one indicium");
                    tokio::task::yield_now().await;
                    within[number].fetch_sub(1, Ordering::SeqCst);
                })
            });
            for one in all.collect::<Vec<_>>() {
                one.await.expect("a turn");
            }
        });
        assert!(turns.places().is_empty());
    }
}
