//! A device's next step, checked against where it stands: the same rules in every database.

use crate::commit::FinishedTransaction;
use crate::error::Conflict;

/// Where a device stands, as far as the next step is checked against it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) sequence: u64,
    pub(crate) ascending: u64,
    pub(crate) voided: u64,
    pub(crate) next_number: u64,
    /// Events on record.
    pub(crate) events: u64,
}

impl Standing {
    /// Whether it is the very next step, balances, and uses numbers that are new.
    pub(crate) fn check_step(&self, finished: &FinishedTransaction) -> Result<(), Conflict> {
        let FinishedTransaction { account, ordinal, sequence, ascending, voided, .. } = *finished;
        if self.sequence.checked_add(1) != Some(sequence) {
            return Err(Conflict::Sequence { account, stored: self.sequence, found: sequence });
        }
        let issued_or_left = u128::from(ascending) + u128::from(finished.descending);
        let came_in = u128::from(finished.funded) + u128::from(voided);
        let balances = issued_or_left + u128::from(finished.refunded) == came_in;
        if !balances
            || voided > ascending
            || voided < self.voided
            || self.ascending.checked_add(finished.value) != Some(ascending)
        {
            return Err(Conflict::Unbalanced(account));
        }
        if !self.numbers_are_new(finished) {
            return Err(Conflict::Numbers(account, ordinal));
        }
        Ok(())
    }

    /// Whether the segments hold `count` numbers, ascending, none of them given out before.
    fn numbers_are_new(&self, finished: &FinishedTransaction) -> bool {
        let (mut next, mut count) = (self.next_number, 0);
        for segment in &finished.segments {
            let Some(end) = segment.first.checked_add(segment.count.into()) else { return false };
            if segment.first < next || segment.count == 0 {
                return false;
            }
            (next, count) = (end, count + u64::from(segment.count));
        }
        next <= finished.next_number && count == finished.count
    }
}
