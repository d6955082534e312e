//! Any uses of indicia, by whoever comes in and whoever leaves, beside a model that only counts.

use std::collections::BTreeMap;

use engine::RedeemRequest;
use indicia::{Status, Way};
use proptest::prelude::*;
use store::StoredRedemption;

use crate::support::units;
use crate::{PRICES, bank, coming, offline, redeem, reverse, usage, void_order, whole};

/// Something that is done with one of the indicia.
#[derive(Debug, Clone)]
enum Step {
    Redeem { asked: Asked, key: u8 },
    Reverse { number: u64, place: u32 },
    Void { number: u64 },
    Restart,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Asked {
    number: u64,
    amount: Option<u64>,
    way: Way,
    is_offline: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let number = || 1..5_u64;
    let amount = prop::option::of(prop_oneof![Just(0), 1..40_u64, Just(100)]);
    let way = prop_oneof![2 => Just(Way::In), 1 => Just(Way::Out)];
    let step = prop_oneof![
        8 => (number(), amount, way, prop::bool::weighted(0.3), 0..60_u8).prop_map(
            |(number, amount, way, is_offline, key)| {
                Step::Redeem { asked: Asked { number, amount, way, is_offline }, key }
            }
        ),
        3 => (number(), 1..4_u32).prop_map(|(number, place)| Step::Reverse { number, place }),
        1 => number().prop_map(|number| Step::Void { number }),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..40)
}

/// What a use did: how much it took, how much was given beyond that, and how many more are outside.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Did {
    value: u64,
    excess: u64,
    moved: i64,
}

/// An indicium as the model has it: its redemptions with what they did, none if taken back.
#[derive(Debug, Default)]
struct Modelled {
    worth: u64,
    redemptions: Vec<Option<Did>>,
    is_void: bool,
}

impl Modelled {
    fn used(&self) -> u64 {
        self.redemptions.iter().flatten().map(|did| did.value).sum()
    }

    fn outside(&self) -> u64 {
        let outside: i64 = self.redemptions.iter().flatten().map(|did| did.moved).sum();
        u64::try_from(outside).expect("nobody leaves who didn't come")
    }

    /// What comes of a use, if it is let.
    fn does(&self, asked: Asked) -> Option<Did> {
        let signed = |units: u64| i64::try_from(units).expect("a small number");
        let (used, outside) = if self.is_void { (0, 0) } else { (self.used(), self.outside()) };
        let left = if self.is_void { 0 } else { self.worth - used };
        let can = match (asked.way, asked.is_offline) {
            (Way::Out, _) => used - outside,
            // What is past was given anyway, up to what the indicium says of itself.
            (Way::In, true) => self.worth,
            (Way::In, false) => left + outside,
        };
        let gives = asked.amount.unwrap_or(can);
        if asked.way == Way::Out {
            let leaves = if asked.is_offline { gives.min(can) } else { gives };
            let is_let = asked.is_offline || (leaves > 0 && leaves <= can);
            return is_let.then(|| Did { moved: signed(leaves), ..Did::default() });
        }
        let again = gives.min(outside);
        let value = (gives - again).min(left);
        let did = Did { value, excess: gives - again - value, moved: -signed(again) };
        (gives > 0 && gives <= can).then_some(did)
    }

    /// Whether a use can be taken back: not what leaves more outside than there are, or fewer than none.
    fn is_reversible(&self, did: Did) -> bool {
        let outside = i64::try_from(self.outside()).expect("a small number") - did.moved;
        did == (Did { excess: did.excess, ..Did::default() })
            || u64::try_from(outside).is_ok_and(|outside| outside <= self.used() - did.value)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_uses_come_to_what_a_model_says(steps in steps()) {
        let mut bank = bank();
        let worth = |number: u64| PRICES[usize::try_from(number).unwrap() - 1];
        let new = |number| (number, Modelled { worth: worth(number), ..Modelled::default() });
        let mut all: BTreeMap<u64, Modelled> = (1..5).map(new).collect();
        let mut keys: BTreeMap<u8, Asked> = BTreeMap::new();
        let mut orders = 2;
        for step in steps {
            match step {
                Step::Redeem { asked, key } => {
                    let Asked { number, amount, way, is_offline } = asked;
                    let wanted = coming(whole(number, "gil", &key.to_string()));
                    let wanted = RedeemRequest { amount: amount.map(units), way, ..wanted };
                    let answer = redeem(&bank, if is_offline { offline(wanted) } else { wanted });
                    if let Some(before) = keys.get(&key) {
                        prop_assert_eq!(answer.is_ok(), *before == asked, "{:?}", answer);
                        continue;
                    }
                    let one = all.get_mut(&number).unwrap();
                    let does = one.does(asked);
                    let did = answer.as_ref().ok().map(|StoredRedemption { redemption: made, .. }| {
                        Did { value: made.value, excess: made.excess, moved: made.moved }
                    });
                    prop_assert_eq!(did, does, "{:?}", answer);
                    if does.is_some() {
                        one.redemptions.push(does);
                        keys.insert(key, asked);
                    }
                }
                Step::Reverse { number, place } => {
                    let answer = reverse(&bank, number, place, &format!("reason {place}"));
                    let one = all.get_mut(&number).unwrap();
                    let made = one.redemptions.get(place as usize - 1).copied();
                    let can = made.is_some_and(|made| made.is_none_or(|did| one.is_reversible(did)));
                    prop_assert_eq!(answer.is_ok(), can, "{:?}", answer);
                    if can {
                        one.redemptions[place as usize - 1] = None;
                    }
                }
                Step::Void { number } => {
                    let one = all.get_mut(&number).unwrap();
                    let order = void_order(orders, worth(number), number);
                    let answer = bank.engine().order(order).and_then(|ticket| ticket.wait());
                    let is_live = !one.is_void && one.used() == 0;
                    prop_assert_eq!(answer.is_ok(), is_live, "{:?}", answer);
                    if answer.is_ok() {
                        one.is_void = true;
                        orders += 1;
                    }
                }
                Step::Restart => {
                    bank.stop();
                    bank.start().expect("an engine");
                }
            }
        }
        for (number, one) in &all {
            let usage = usage(&bank, *number);
            prop_assert_eq!(usage.used, one.used());
            prop_assert_eq!(usage.outside, one.outside());
            prop_assert_eq!(usage.redemptions as usize, one.redemptions.len());
            prop_assert_eq!(usage.status == Status::Void, one.is_void);
        }
        prop_assert_eq!(bank.audit().faults, Vec::<String>::new());
    }
}
