//! A moment's patience before an account's next transaction is planned: group commit with a delay.
//!
//! A transaction costs about a millisecond however few requests are in it, and who was answered often asks again at
//! once. So as many as were answered are waited for, a little, beside those that wait already. Where they don't come, the
//! next transactions are planned without waiting, the longer the less it was worth.

use std::time::{Duration, Instant};

/// When nothing more has come for so long, nothing more is waited for: in the time that a transaction costs, 64 callers over HTTP
/// on two cores hear their answers and ask again.
const QUIET: Duration = Duration::from_millis(1);
/// How long after the answers, or after the first who came then, more is waited for at most.
const LIMIT: Duration = Duration::from_millis(5);
/// Among so many requests what a transaction costs hardly weighs any more.
const ENOUGH: usize = 512;
/// After so many fruitless waits in a row the pauses between them grow no longer: 64 transactions.
const MOST_FRUITLESS: u32 = 6;

/// Whether an account's next transaction is put off for a moment.
#[derive(Debug, Default)]
pub(crate) struct Gathering {
    wait: Option<Wait>,
    /// Waits in a row for which hardly anybody came.
    fruitless: u32,
    /// Transactions still to be planned without waiting.
    skipped: u32,
}

#[derive(Debug)]
struct Wait {
    /// Requests with which it is over at once.
    hoped: usize,
    /// How many were there when it began.
    before: usize,
    /// None before the answers are out: a slow commit takes nobody's time to come back.
    clock: Option<Clock>,
}

#[derive(Debug)]
struct Clock {
    /// When it is over whoever comes.
    limit: Instant,
    /// When it is over if nobody more comes; not before its limit as long as nobody is there, whom waiting could hold up.
    quiet: Instant,
    /// How many were there when `quiet` was set.
    seen: usize,
}

impl Gathering {
    /// Begins to wait: so many requests have their answers, and so many others are ready to be planned.
    pub(crate) fn begin(&mut self, answered: usize, ready: usize) {
        self.wait = None;
        if self.skipped > 0 {
            self.skipped -= 1;
        } else if ready < ENOUGH && ready + answered > 1 {
            let hoped = ENOUGH.min(ready + answered);
            self.wait = Some(Wait { hoped, before: ready, clock: None });
        }
    }

    /// Whether more is waited for.
    pub(crate) fn is_on(&self) -> bool {
        self.wait.is_some()
    }

    /// Whether these requests are planned now.
    pub(crate) fn is_over(&mut self, ready: usize, now: Instant) -> bool {
        let Some(wait) = &mut self.wait else { return true };
        match &mut wait.clock {
            _ if ready >= wait.hoped => {}
            None => return false,
            Some(clock) if now >= clock.limit || now >= clock.quiet => {}
            Some(clock) => {
                clock.see(ready, now);
                return false;
            }
        }
        let half_came = (ready - wait.before.min(ready)) * 2 >= wait.hoped - wait.before;
        self.fruitless = if half_came { 0 } else { MOST_FRUITLESS.min(self.fruitless + 1) };
        self.skipped = if half_came { 0 } else { 1 << self.fruitless };
        self.wait = None;
        true
    }

    /// When to look again if nothing comes. The answers are out now.
    pub(crate) fn until(&mut self, ready: usize, now: Instant) -> Option<Instant> {
        let wait = self.wait.as_mut()?;
        let clock = wait.clock.get_or_insert_with(|| Clock::begin(ready, now));
        Some(clock.quiet.min(clock.limit))
    }
}

impl Clock {
    fn begin(ready: usize, now: Instant) -> Self {
        let mut clock = Self { limit: now + LIMIT, quiet: now + LIMIT, seen: 0 };
        clock.see(ready, now);
        clock
    }

    /// So many are there now. Nobody is held up before the first of them.
    fn see(&mut self, ready: usize, now: Instant) {
        if ready > self.seen {
            let limit = if self.seen == 0 { now + LIMIT } else { self.limit };
            *self = Self { limit, quiet: now + QUIET, seen: ready };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_micros(100);

    #[test]
    fn without_a_wait_everything_is_planned_at_once() {
        assert!(Gathering::default().is_over(1, Instant::now()));
    }

    #[test]
    fn who_asks_alone_is_never_waited_with() {
        let mut gathering = Gathering::default();
        gathering.begin(1, 0);
        assert!(!gathering.is_on());
    }

    #[test]
    fn as_many_as_were_answered_are_waited_for_beside_those_that_wait() {
        let (mut gathering, mut now) = (Gathering::default(), Instant::now());
        gathering.begin(30, 20);
        assert!(!gathering.is_over(20, now), "nobody has heard his answer yet");
        assert_eq!(gathering.until(20, now), Some(now + QUIET));
        for ready in [25, 30, 49] {
            now += STEP;
            assert!(!gathering.is_over(ready, now), "{ready}");
        }
        assert_eq!(gathering.until(49, now), Some(now + QUIET), "whoever comes is a reason to wait on");
        assert!(gathering.is_over(50, now));
        assert!(!gathering.is_on());
    }

    #[test]
    fn a_wait_ends_when_it_is_quiet_and_at_its_limit() {
        let (mut gathering, now) = (Gathering::default(), Instant::now());
        gathering.begin(30, 0);
        gathering.until(0, now);
        assert!(!gathering.is_over(29, now + STEP));
        assert!(gathering.is_over(29, now + STEP + QUIET));

        // The first who is there after the answers has the whole time before him.
        for (before, ends) in [(0, STEP + LIMIT), (1, LIMIT)] {
            gathering.begin(60, before);
            gathering.until(before, now);
            let (mut at, mut ready) = (now, before);
            while !gathering.is_over(ready, at) {
                (at, ready) = (at + STEP, ready + 1);
            }
            assert_eq!(at - now, ends, "{before}");
        }
    }

    /// Otherwise the first of many would get a transaction of his own, and all others would wait for it.
    #[test]
    fn who_comes_first_waits_for_those_behind_him() {
        let (mut gathering, now) = (Gathering::default(), Instant::now());
        gathering.begin(30, 0);
        assert_eq!(gathering.until(0, now), Some(now + LIMIT));
        let first = now + QUIET + STEP;
        assert!(!gathering.is_over(0, first), "nobody is held up");
        assert!(!gathering.is_over(1, first));
        assert_eq!(gathering.until(1, first), Some(first + QUIET));
        assert!(gathering.is_over(30, first + STEP));
    }

    #[test]
    fn a_slow_commit_takes_nobodys_time_to_come_back() {
        let (mut gathering, now) = (Gathering::default(), Instant::now());
        gathering.begin(30, 0);
        assert!(!gathering.is_over(0, now + LIMIT));
        assert_eq!(gathering.until(0, now + LIMIT), Some(now + LIMIT + LIMIT));
        assert!(!gathering.is_over(29, now + LIMIT));
    }

    #[test]
    fn a_wait_for_nobody_ends_too() {
        let (mut gathering, now) = (Gathering::default(), Instant::now());
        gathering.begin(30, 0);
        assert_eq!(gathering.until(0, now), Some(now + LIMIT));
        assert!(gathering.is_over(0, now + LIMIT));
        assert!(!gathering.is_on());
    }

    #[test]
    fn fruitless_waits_become_rare_and_one_that_pays_brings_them_back() {
        let (mut gathering, now) = (Gathering::default(), Instant::now());
        let waits = |gathering: &mut Gathering, come: usize| {
            (0..1_000)
                .filter(|_| {
                    gathering.begin(10, 1);
                    gathering.until(1, now);
                    let waited = !gathering.is_over(1, now);
                    gathering.is_over(1 + come, now + QUIET);
                    waited
                })
                .count()
        };
        assert!((10..30).contains(&waits(&mut gathering, 4)));
        assert!(waits(&mut gathering, 5) > 900);
    }

    #[test]
    fn enough_is_enough() {
        let (mut gathering, now) = (Gathering::default(), Instant::now());
        gathering.begin(10_000, 0);
        assert!(gathering.is_over(ENOUGH, now));
        gathering.begin(10, ENOUGH);
        assert!(!gathering.is_on());
    }
}
