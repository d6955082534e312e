//! The reservation arithmetic beside a model of it.

use std::collections::BTreeMap;

use asker::OnInsufficient;
use engine::{Decision, Ledger};
use proptest::prelude::*;
use store::ReservationId;

#[derive(Debug, Clone)]
enum Step {
    Reserve(u64, u64),
    Close(u64),
    Spend(u64),
    Fund(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..6_u64, 0..400_u64).prop_map(|(id, value)| Step::Reserve(id, value)),
        (0..6_u64).prop_map(Step::Close),
        (0..6_u64).prop_map(Step::Spend),
        (0..300_u64).prop_map(Step::Fund),
    ]
}

proptest! {
    /// Nothing is ever reserved twice, and never more than there is: invariant 6.
    #[test]
    fn what_is_reserved_is_out_of_reach(steps in proptest::collection::vec(step(), 1..60)) {
        let (mut balance, mut open) = (500_u64, BTreeMap::<u64, u64>::new());
        let mut ledger = Ledger::new(balance);
        for step in steps {
            match step {
                Step::Reserve(id, value) => {
                    let fits = value <= balance - open.values().sum::<u64>() && !open.contains_key(&id);
                    prop_assert_eq!(ledger.reserve(ReservationId(id), value), fits);
                    if fits {
                        open.insert(id, value);
                    }
                }
                Step::Close(id) => {
                    ledger.close(ReservationId(id));
                    open.remove(&id);
                }
                Step::Spend(id) => {
                    balance -= open.remove(&id).unwrap_or(0);
                    ledger.set_descending(balance);
                    ledger.close(ReservationId(id));
                }
                Step::Fund(value) => {
                    balance += value;
                    ledger.set_descending(balance);
                }
            }
            let reserved: u64 = open.values().sum();
            prop_assert_eq!((ledger.reserved(), ledger.unreserved()), (reserved, balance - reserved));
        }
    }

    #[test]
    fn partial_takes_the_longest_run_of_whole_items(amounts in proptest::collection::vec(1..100_u64, 1..20), left in 0..600_u64) {
        let ledger = Ledger::new(left);
        let total: u64 = amounts.iter().sum();
        let decide = |procedure| ledger.decide(amounts.iter().copied(), total, amounts.len(), procedure);
        let fit = (0..=amounts.len()).rev().find(|count| amounts[..*count].iter().sum::<u64>() <= left).unwrap_or(0);
        let insufficient = Decision::Insufficient { asked: total, unreserved: left };
        let expected = match fit {
            0 => insufficient,
            count => Decision::Reserve { count, value: amounts[..count].iter().sum() },
        };
        prop_assert_eq!(decide(OnInsufficient::Partial), expected);
        let whole = fit == amounts.len();
        prop_assert_eq!(decide(OnInsufficient::Reject), if whole { expected } else { insufficient });
        let wait = decide(OnInsufficient::Wait(1));
        prop_assert_eq!(wait, if whole { expected } else { Decision::Wait });
    }
}
