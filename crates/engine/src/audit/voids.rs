//! Whether what is void became so by an order, once, and whether its value is what came back.

use std::collections::BTreeSet;

use module::order::{Order, OrderAction};

/// The indicia of an account that became void, as its finished orders say.
#[derive(Debug, Default)]
pub(super) struct Voids {
    /// Numbers of all that an order named.
    ordered: BTreeSet<u64>,
    /// Of those that are void in the books, all that weren't met among the indicia.
    unmet: BTreeSet<u64>,
    /// Units that were left of those that were met.
    units: u128,
}

impl Voids {
    /// Takes an order down, and says what of it became void by another before.
    pub(super) fn follow(&mut self, order: &Order) -> Vec<String> {
        let OrderAction::Void { serials, .. } = &order.action else { return Vec::new() };
        let number = order.number;
        let twice = serials.numbers().filter(|serial| !self.ordered.insert(*serial));
        twice.map(|serial| format!("indicium {serial} became void again by order {number}")).collect()
    }

    /// Takes down which indicia are void in the books, and says where orders and books differ.
    pub(super) fn compare(&mut self, void: BTreeSet<u64>) -> Vec<String> {
        let unordered = void.difference(&self.ordered);
        let unordered = unordered.map(|number| format!("indicium {number} is void, and no order made it so"));
        let live = self.ordered.difference(&void);
        let live = live.map(|number| format!("indicium {number} became void by an order, and isn't void"));
        let faults = unordered.chain(live).collect();
        self.unmet = void;
        faults
    }

    /// Meets an indicium, of which this is left unused.
    pub(super) fn meet(&mut self, number: u64, left: u64) {
        if self.unmet.remove(&number) {
            self.units += u128::from(left);
        }
    }

    /// What is wrong once all indicia were met.
    pub(super) fn end(&self, voided: u64) -> Vec<String> {
        let missing = self.unmet.iter().map(|number| format!("indicium {number} is void, and isn't there"));
        let mut faults: Vec<String> = missing.collect();
        if self.units != u128::from(voided) {
            let units = self.units;
            faults.push(format!(
                "of its void indicia {units} units came back, its voided register says {voided}"
            ));
        }
        faults
    }
}
