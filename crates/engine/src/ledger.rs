//! The reservation arithmetic of one account: pure, so that a model can be run beside it.
//!
//! A reservation is a record beside the balance (requirement R9). What is reserved is out of everybody else's
//! reach from that moment; the balance itself goes down only when the module has debited it.

use std::collections::BTreeMap;

use asker::OnInsufficient;
use store::ReservationId;

/// What an ask for value comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Reserve this many of the items, from the first on.
    Reserve {
        /// How many items.
        count: usize,
        /// Their value in units.
        value: u64,
    },
    /// Not now; ask again when something was released.
    Wait,
    /// Not at all.
    Insufficient {
        /// Units asked for.
        asked: u64,
        /// Units that nobody has reserved.
        unreserved: u64,
    },
}

/// The value of one account as the engine sees it: what the module last said, less what is reserved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledger {
    descending: u64,
    reserved: u64,
    open: BTreeMap<ReservationId, u64>,
}

impl Ledger {
    /// An account with this much in its descending register and nothing reserved.
    #[must_use]
    pub fn new(descending: u64) -> Self {
        Self { descending, ..Self::default() }
    }

    /// Value that no reservation holds, in units.
    #[must_use]
    pub fn unreserved(&self) -> u64 {
        // `reserve` never lets the sum pass the register; a register that fell below it leaves nothing
        self.descending.saturating_sub(self.reserved)
    }

    /// Value that open reservations hold, in units.
    #[must_use]
    pub fn reserved(&self) -> u64 {
        self.reserved
    }

    /// Decides on an ask whose items cost `amounts` and, together, `total`.
    pub fn decide(
        &self,
        amounts: impl Iterator<Item = u64>,
        total: u64,
        count: usize,
        on_insufficient: OnInsufficient,
    ) -> Decision {
        let unreserved = self.unreserved();
        if total <= unreserved {
            return Decision::Reserve { count, value: total };
        }
        let insufficient = Decision::Insufficient { asked: total, unreserved };
        match on_insufficient {
            OnInsufficient::Reject => insufficient,
            OnInsufficient::Wait(_) => Decision::Wait,
            OnInsufficient::Partial => match prefix(amounts, unreserved) {
                (0, _) => insufficient,
                (count, value) => Decision::Reserve { count, value },
            },
        }
    }

    /// Sets value aside. Returns false, and changes nothing, if that much isn't unreserved or the id is open.
    #[must_use]
    pub fn reserve(&mut self, id: ReservationId, value: u64) -> bool {
        if value > self.unreserved() || self.open.contains_key(&id) {
            return false;
        }
        self.open.insert(id, value);
        self.reserved += value;
        true
    }

    /// Takes up a reservation that the store says is open, at start.
    pub fn restore(&mut self, id: ReservationId, value: u64) {
        if self.open.insert(id, value).is_none() {
            self.reserved = self.reserved.saturating_add(value);
        }
    }

    /// Closes a reservation, whatever became of it; its value is free again unless the register went down by it.
    pub fn close(&mut self, id: ReservationId) {
        if let Some(value) = self.open.remove(&id) {
            self.reserved -= value;
        }
    }

    /// Takes over the descending register after a transaction of the module.
    pub fn set_descending(&mut self, descending: u64) {
        self.descending = descending;
    }
}

/// The longest run of whole items from the first that fits, and its value.
fn prefix(amounts: impl Iterator<Item = u64>, limit: u64) -> (usize, u64) {
    let mut taken = (0_usize, 0_u64);
    for amount in amounts {
        match taken.1.checked_add(amount) {
            Some(value) if value <= limit => taken = (taken.0 + 1, value),
            _ => break,
        }
    }
    taken
}
