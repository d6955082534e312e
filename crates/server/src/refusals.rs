//! What was refused without any transaction: summed up, and put on record of the staff now and then.
//!
//! A refusal inside a transaction is an event of its device already. Those outside cost whoever asks nothing, so that neither memory
//! nor events grow with them: the sorts counted apart are bounded, and so are the reports.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicia::UnixTime;
use module::refusals_seen::{MOST_ENTRIES, RefusalCount, RefusalsSeen};
use store::AccountName;

use crate::app::App;
use crate::problem::Kind;

/// How often what was seen is put on record, if anything was.
pub(crate) const PERIOD: Duration = Duration::from_secs(60);

/// Of one report, entries that name an account; what comes then is counted by its kind alone, for which there is always room.
const NAMED: usize = 56;
const _: () = assert!(NAMED + Kind::ALL.len() <= MOST_ENTRIES);

/// Which refusals are counted together.
type Sort = (&'static str, Option<(AccountName, Option<Arc<str>>)>);

/// What wasn't put on record yet.
pub(crate) struct Refusals(Mutex<Seen>);

struct Seen {
    since: UnixTime,
    counts: BTreeMap<Sort, u64>,
    named: usize,
    /// What is being put on record: the same is told again until it is.
    told: Option<RefusalsSeen>,
}

impl Refusals {
    pub(crate) fn new(since: UnixTime) -> Self {
        Self(Mutex::new(Seen { since, counts: BTreeMap::new(), named: 0, told: None }))
    }

    /// Counts one: about this account, if it is known, and by a key of this user of it, if it names one.
    pub(crate) fn count(&self, kind: Kind, account: Option<&AccountName>, user: Option<Arc<str>>) {
        let mut seen = self.lock();
        let mut sort: Sort = (kind.slug(), account.map(|account| (account.clone(), user)));
        if sort.1.is_some() && !seen.counts.contains_key(&sort) {
            if seen.named < NAMED {
                seen.named += 1;
            } else {
                sort.1 = None;
            }
        }
        *seen.counts.entry(sort).or_default() += 1;
    }

    /// What is to be put on record, if anything is.
    fn report(&self, now: UnixTime) -> Option<RefusalsSeen> {
        let mut seen = self.lock();
        if seen.told.is_none() {
            // A clock that was put back doesn't let time run backwards.
            let (since, until) = (seen.since.0, now.0.max(seen.since.0));
            seen.since = UnixTime(until);
            seen.named = 0;
            let counts = std::mem::take(&mut seen.counts).into_iter();
            let counts: Vec<RefusalCount> = counts.map(entry).collect();
            seen.told = (!counts.is_empty()).then_some(RefusalsSeen { since, until, counts });
        }
        seen.told.clone()
    }

    /// What was to be put on record is.
    fn recorded(&self) {
        self.lock().told = None;
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn entry(((why, whom), count): (Sort, u64)) -> RefusalCount {
    let (account, user) = whom.map_or((None, None), |(account, user)| (Some(account.to_string()), user));
    RefusalCount { why: why.to_owned(), account, user: user.map(|user| user.to_string()), count }
}

/// Puts on record what was refused since this was done last.
pub(crate) async fn record(app: &App) {
    let Some(seen) = app.refusals.report(app.now()) else { return };
    match app.desk.ask(move |engine| Ok(engine.record_refusals(seen)?)).await {
        Ok(()) => app.refusals.recorded(),
        Err(problem) => {
            tracing::warn!(%problem, "refusals couldn't be put on record; they are kept until they can");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(refusals: &Refusals, now: u64) -> Option<RefusalsSeen> {
        let seen = refusals.report(UnixTime(now));
        refusals.recorded();
        seen
    }

    fn count_of(seen: &RefusalsSeen) -> u64 {
        seen.counts.iter().map(|count| count.count).sum()
    }

    #[test]
    fn what_is_seen_is_reported_once() {
        let refusals = Refusals::new(UnixTime(10));
        assert_eq!(report(&refusals, 20), None);
        refusals.count(Kind::NotProven, None, None);
        refusals.count(Kind::NotProven, None, None);
        refusals.count(Kind::UnknownKey, None, None);
        let seen = report(&refusals, 30).expect("a report");
        assert_eq!((seen.since, seen.until, seen.counts.len(), count_of(&seen)), (20, 30, 2, 3));
        assert_eq!(report(&refusals, 40), None);
    }

    #[test]
    fn what_could_not_be_put_on_record_is_told_again_as_it_was() {
        let refusals = Refusals::new(UnixTime(10));
        refusals.count(Kind::NotProven, None, None);
        let first = refusals.report(UnixTime(20));
        refusals.count(Kind::NotProven, None, None);
        assert_eq!(refusals.report(UnixTime(30)), first);
        refusals.recorded();
        let second = report(&refusals, 40).expect("a report");
        assert_eq!((second.since, second.until, count_of(&second)), (20, 40, 1));
    }

    #[test]
    fn no_flood_makes_a_report_longer_than_the_module_takes() {
        let refusals = Refusals::new(UnixTime(10));
        let flood = || {
            for number in 0..1_000 {
                let account = format!("account-{number}").parse().expect("a name");
                for kind in Kind::ALL {
                    refusals.count(*kind, Some(&account), Some(number.to_string().into()));
                }
            }
        };
        for now in [20, 30] {
            flood();
            let seen = report(&refusals, now).expect("a report");
            assert_eq!(seen.counts.iter().filter(|count| count.account.is_some()).count(), NAMED);
            assert!(seen.counts.len() <= MOST_ENTRIES, "{}", seen.counts.len());
            assert_eq!(count_of(&seen), 1_000 * Kind::ALL.len() as u64);
        }
    }
}
