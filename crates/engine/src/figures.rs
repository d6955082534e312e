//! What the engine counts of its own work. Whoever wants to looks at it, and nobody waits for that.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the classes of durations, in microseconds.
const MICROS: [u64; 12] =
    [250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000];
/// Upper bounds of the classes of numbers of requests.
const REQUESTS: [u64; 12] = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024];

/// The engine's figures since it started.
#[derive(Debug)]
pub struct Figures {
    /// Microseconds that commits of the store took.
    pub commit_micros: Spread,
    /// Requests that were reserved by each of those commits.
    pub commit_requests: Spread,
    /// Microseconds of sessions, from when they were sent off until their answer, the commit that permits it included.
    pub session_micros: Spread,
    /// Requests in each of those sessions.
    pub session_requests: Spread,
    failed_commits: AtomicU64,
}

/// How often a value fell into each class.
#[derive(Debug)]
pub struct Spread {
    bounds: &'static [u64],
    /// One for each bound, and one for what is above all of them.
    counts: [AtomicU64; 13],
    sum: AtomicU64,
}

/// What a [`Spread`] came to by some moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classes {
    /// Upper bound of each class, the last of which has none, and how many values are in that class alone.
    pub counts: Vec<(Option<u64>, u64)>,
    /// All values together.
    pub sum: u64,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            commit_micros: Spread::new(&MICROS),
            commit_requests: Spread::new(&REQUESTS),
            session_micros: Spread::new(&MICROS),
            session_requests: Spread::new(&REQUESTS),
            failed_commits: AtomicU64::new(0),
        }
    }
}

impl Figures {
    /// Commits that failed, none of which changed anything.
    #[must_use]
    pub fn failed_commits(&self) -> u64 {
        self.failed_commits.load(Ordering::Relaxed)
    }

    pub(crate) fn committed(&self, took: Duration, requests: usize) {
        self.commit_micros.add(micros(took));
        self.commit_requests.add(requests as u64);
    }

    pub(crate) fn commit_failed(&self) {
        self.failed_commits.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn session_ended(&self, took: Duration, requests: usize) {
        self.session_micros.add(micros(took));
        self.session_requests.add(requests as u64);
    }
}

impl Spread {
    fn new(bounds: &'static [u64; 12]) -> Self {
        Self { bounds, counts: Default::default(), sum: AtomicU64::new(0) }
    }

    fn add(&self, value: u64) {
        let class = self.bounds.partition_point(|bound| *bound < value);
        // As many classes as bounds, and one more.
        self.counts[class].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// What it has come to. Values that come meanwhile may be in a class and not in the sum.
    #[must_use]
    pub fn classes(&self) -> Classes {
        let bounds = self.bounds.iter().copied().map(Some).chain([None]);
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed));
        Classes { counts: bounds.zip(counts).collect(), sum: self.sum.load(Ordering::Relaxed) }
    }
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_in_the_class_that_its_bound_closes() {
        let spread = Spread::new(&REQUESTS);
        for value in [0, 1, 3, 4, 1_024, 1_025, u64::from(u32::MAX)] {
            spread.add(value);
        }
        let Classes { counts, sum } = spread.classes();
        let filled: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(filled, [(Some(0), 1), (Some(1), 1), (Some(4), 2), (Some(1_024), 1), (None, 2)]);
        assert_eq!(sum, 8 + 1_024 + 1_025 + u64::from(u32::MAX));
    }
}
