//! Whether each transaction follows from the one before it, and from what was asked of it.

use module::order::OrderAction;
use store::FinishedFacts;

/// What the finished requests of a transaction come to, in units.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moves {
    pub(super) issued: u128,
    funded: u128,
    refunded: u128,
    voided: u128,
}

impl Moves {
    pub(super) fn follow(&mut self, action: &OrderAction) {
        match action {
            OrderAction::Fund(amount) => self.funded += u128::from(amount.units()),
            OrderAction::Refund(amount) => self.refunded += u128::from(amount.units()),
            OrderAction::Void { amount, .. } => self.voided += u128::from(amount.units()),
            OrderAction::Erase(_) | OrderAction::Become(_) | OrderAction::Invite { .. } => {}
        }
    }
}

pub(super) fn check_step(before: Option<&FinishedFacts>, after: &FinishedFacts, moves: Moves) -> Vec<String> {
    let mut faults = Vec::new();
    let at = after.sequence;
    let sequence = before.map_or(0, |facts| facts.sequence);
    if sequence.checked_add(1) != Some(at) {
        faults.push(format!("transaction {at} follows transaction {sequence}"));
    }
    let mut grows = |what: &str, by: u128, read: fn(&FinishedFacts) -> u64| {
        let expected = u128::from(before.map_or(0, read)) + by;
        if expected != u128::from(read(after)) {
            let found = read(after);
            faults.push(format!("at transaction {at}, {what} come to {expected} units, not {found}"));
        }
    };
    grows("all indicia", moves.issued, |facts| facts.ascending);
    grows("all funds", moves.funded, |facts| facts.funded);
    grows("all refunds", moves.refunded, |facts| facts.refunded);
    grows("all that became void", moves.voided, |facts| facts.voided);
    let held = u128::from(after.ascending) + u128::from(after.descending) + u128::from(after.refunded);
    if held != u128::from(after.funded) + u128::from(after.voided) {
        faults.push(format!("at transaction {at}, ascending − voided + descending isn't funded − refunded"));
    }
    faults
}
