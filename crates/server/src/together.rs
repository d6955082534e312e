//! Questions of one moment, answered together: what many cost at once is less than what each costs alone.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use tokio::task::yield_now;

/// Questions that are answered at once, at most: meanwhile a thread does nothing else.
const MOST: usize = 64;

/// Those that wait.
pub(crate) struct Together<Q, A>(Mutex<Vec<Waiting<Q, A>>>);

struct Waiting<Q, A> {
    question: Q,
    answer: oneshot::Sender<A>,
}

impl<Q, A> Together<Q, A> {
    pub(crate) fn new() -> Self {
        Self(Mutex::default())
    }

    /// Asks, and lets others ask; whoever of them comes first then answers all. Nothing, if answering panicked.
    pub(crate) async fn ask(&self, question: Q, answer: impl Fn(Vec<Q>) -> Vec<A>) -> Option<A> {
        let (sender, mut receiver) = oneshot::channel();
        self.waiting().push(Waiting { question, answer: sender });
        yield_now().await;
        loop {
            if let Ok(mine) = receiver.try_recv() {
                return Some(mine);
            }
            let some = self.some();
            if some.is_empty() {
                // Somebody answers it at this moment.
                return receiver.await.ok();
            }
            let (questions, senders): (Vec<_>, Vec<_>) =
                some.into_iter().map(|one| (one.question, one.answer)).unzip();
            for (sender, answer) in senders.into_iter().zip(answer(questions)) {
                let _ = sender.send(answer); // who asked may have gone away
            }
        }
    }

    fn some(&self) -> Vec<Waiting<Q, A>> {
        let mut waiting = self.waiting();
        let count = waiting.len().min(MOST);
        waiting.drain(..count).collect()
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting<Q, A>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn everybody_gets_his_own_answer_and_many_are_answered_at_once() {
        let (together, rounds) = (Arc::new(Together::new()), Arc::new(AtomicUsize::new(0)));
        let ask = |number: u64| {
            let (together, rounds) = (Arc::clone(&together), Arc::clone(&rounds));
            tokio::spawn(async move {
                let twice = |numbers: Vec<u64>| {
                    assert!(numbers.len() <= MOST);
                    rounds.fetch_add(1, Ordering::Relaxed);
                    numbers.into_iter().map(|number| number * 2).collect()
                };
                assert_eq!(together.ask(number, twice).await, Some(number * 2));
            })
        };
        let asked: Vec<_> = (0..1_000).map(ask).collect();
        for one in asked {
            one.await.expect("an answer");
        }
        assert!(rounds.load(Ordering::Relaxed) < 500, "{rounds:?}");
    }

    #[tokio::test]
    async fn who_goes_away_keeps_nobody_waiting() {
        let together = Together::new();
        let same = |numbers: Vec<u64>| numbers;
        // Asked, and dropped before it is answered.
        tokio::select! {
            biased;
            _ = together.ask(1, same) => panic!("nobody else was let in"),
            () = std::future::ready(()) => {}
        }
        assert_eq!(together.ask(2, same).await, Some(2));
    }
}
