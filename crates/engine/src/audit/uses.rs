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
        let Usage { status, used, .. } = self.usages.remove(&number).unwrap_or_default();
        let fits = match status {
            Status::Live => used == 0,
            Status::Void => used < units,
            Status::RedeemedInPart => 0 < used && used < units,
            Status::Redeemed => used == units,
        };
        let fault = (!fits).then(|| format!("it is {}, used for {used} of its {units} units", status.name()));
        (used, fault)
    }

    /// What is wrong once all indicia were met.
    pub(super) fn end(&self) -> Vec<String> {
        let missing = |number: &u64| format!("something happened to indicium {number}, which isn't there");
        self.usages.keys().map(missing).collect()
    }
}
