//! Whether what is used of indicia is what their redemptions took, each once, and no more than they are worth.

use indicia::Status;
use std::collections::BTreeMap;

use store::{StoredRedemption, StoredStatus, Usage};

/// The indicia of an account to which something happened.
#[derive(Debug, Default)]
pub(super) struct Uses {
    usages: BTreeMap<u64, Usage>,
    /// What their redemptions make of them.
    taken: BTreeMap<u64, Taken>,
}

/// The redemptions of an indicium.
#[derive(Debug, Clone, Copy, Default)]
struct Taken {
    redemptions: u32,
    /// Units of those that weren't taken back.
    units: u64,
    /// Units that these leave outside.
    outside: i64,
}

impl Uses {
    pub(super) fn new(statuses: &[StoredStatus]) -> Self {
        let usages = statuses.iter().map(|stored| (stored.number, stored.usage)).collect();
        Self { usages, taken: BTreeMap::new() }
    }

    /// Takes a redemption down, and says what is wrong with it; those of an indicium come in the order of their places.
    pub(super) fn follow(&mut self, stored: &StoredRedemption) -> Option<String> {
        let made = &stored.redemption;
        let taken = self.taken.entry(made.number).or_default();
        taken.redemptions += 1;
        if stored.reversed.is_none() {
            taken.units = taken.units.saturating_add(made.value);
            taken.outside = taken.outside.saturating_add(made.moved);
        }
        let place = taken.redemptions;
        (made.place != place)
            .then(|| format!("redemption {} of indicium {} stands at place {place}", made.place, made.number))
    }

    /// Where redemptions and what the indicia are said to be differ.
    pub(super) fn compare(&self) -> Vec<String> {
        let numbers =
            self.usages.keys().chain(self.taken.keys().filter(|number| !self.usages.contains_key(number)));
        let fault = |number: &u64| {
            let usage = self.usages.get(number).copied().unwrap_or_default();
            let taken = self.taken.get(number).copied().unwrap_or_default();
            let is_same_outside = i64::try_from(usage.outside).is_ok_and(|outside| outside == taken.outside);
            if !is_same_outside {
                return Some(format!(
                    "indicium {number} has {} units outside, and its redemptions leave {} there",
                    usage.outside, taken.outside
                ));
            }
            (usage.used != taken.units || usage.redemptions != taken.redemptions).then(|| {
                format!(
                    "indicium {number} is used for {} units by {} redemptions, and its {} redemptions took {}",
                    usage.used, usage.redemptions, taken.redemptions, taken.units
                )
            })
        };
        numbers.filter_map(fault).collect()
    }

    /// Meets an indicium, and says how many of its units are used, and whether it isn't what its use makes it.
    pub(super) fn meet(&mut self, number: u64, units: u64) -> (u64, Option<String>) {
        let Usage { status, used, outside, .. } = self.usages.remove(&number).unwrap_or_default();
        let fits = match status {
            Status::Live => used == 0,
            Status::Void => used < units,
            // Whoever is outside may come in again, though nothing is left.
            Status::RedeemedInPart => 0 < used && used <= units && (used < units || outside > 0),
            Status::Redeemed => used == units && outside == 0,
        };
        let fault = (!fits || outside > used).then(|| {
            let name = status.name();
            format!("it is {name}, used for {used} of its {units} units, of which {outside} are outside")
        });
        (used, fault)
    }

    /// What is wrong once all indicia were met.
    pub(super) fn end(&self) -> Vec<String> {
        let missing = |number: &u64| format!("something happened to indicium {number}, which isn't there");
        self.usages.keys().map(missing).collect()
    }
}
