//! What a random run is made of. Places in lists are chosen as fractions, since their lengths are known only later.

use asker::OnInsufficient;
use indicia::ProofForm;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::asks::{Batch, STRANGER};
use crate::support::gated::Fault;

pub(crate) const ACCOUNTS: usize = 3;

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Issue(usize, Batch),
    Fund(usize, u64),
    Refund(usize, u64),
    /// Some of what was issued becomes void, if it isn't.
    Void(usize, Vec<Index>),
    /// An order whose number was used already.
    OldOrder(usize),
    Draw(usize, Index),
    Release(usize, Index),
    Extend(usize, Index, u64),
    /// The same request under the same key.
    Repeat(usize, Index),
    /// Another request under a used key.
    Reuse(usize, Index, Batch),
    /// Time goes on, once everything is answered.
    Advance(u64),
    /// Another user asks for one unit more than is unreserved, once everything is answered.
    Overask(usize),
    CloseGate,
    OpenGate,
    Fault(Fault),
    Settle,
    Restart,
}

fn batch() -> impl Strategy<Value = Batch> {
    let user = prop_oneof![8 => Just("alice"), 8 => Just("bob"), 1 => Just(STRANGER)];
    let on_insufficient = prop_oneof![
        4 => Just(OnInsufficient::Reject),
        3 => Just(OnInsufficient::Partial),
        2 => Just(OnInsufficient::Wait(0)),
        2 => Just(OnInsufficient::Wait(3_600)),
    ];
    let prices = proptest::collection::vec(1_u64..80, 1..5);
    let proof = prop_oneof![3 => Just(ProofForm::Signature), 1 => Just(ProofForm::Batch)];
    let hold = proptest::option::weighted(0.5, 1_u64..100);
    (user, prices, on_insufficient, hold, proof, 0_u8..3).prop_map(
        |(user, prices, on_insufficient, hold, proof, priority)| {
            let mut batch = Batch { user, prices, on_insufficient, hold_seconds: hold, proof, priority };
            // When such a reservation is made isn't known to a model, and so not when it expires.
            if batch.waits() {
                batch.hold_seconds = None;
            }
            batch
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    let account = || 0..ACCOUNTS;
    let place = any::<Index>;
    let fault = prop_oneof![
        3 => Just(Fault::LoseAnswer),
        2 => Just(Fault::FailBefore),
        2 => Just(Fault::AskTwice),
        1 => Just(Fault::Busy),
    ];
    prop_oneof![
        12 => (account(), batch()).prop_map(|(account, batch)| Step::Issue(account, batch)),
        4 => (account(), 1_u64..250).prop_map(|(account, units)| Step::Fund(account, units)),
        2 => (account(), 1_u64..150).prop_map(|(account, units)| Step::Refund(account, units)),
        4 => (account(), proptest::collection::vec(place(), 1..4))
            .prop_map(|(account, places)| Step::Void(account, places)),
        1 => account().prop_map(Step::OldOrder),
        6 => (account(), place()).prop_map(|(account, place)| Step::Draw(account, place)),
        1 => (account(), place()).prop_map(|(account, place)| Step::Release(account, place)),
        1 => (account(), place(), 1_u64..100)
            .prop_map(|(account, place, seconds)| Step::Extend(account, place, seconds)),
        4 => (account(), place()).prop_map(|(account, place)| Step::Repeat(account, place)),
        2 => (account(), place(), batch())
            .prop_map(|(account, place, batch)| Step::Reuse(account, place, batch)),
        2 => (1_u64..60).prop_map(Step::Advance),
        2 => account().prop_map(Step::Overask),
        3 => Just(Step::CloseGate),
        2 => Just(Step::OpenGate),
        2 => fault.prop_map(Step::Fault),
        1 => Just(Step::Settle),
        1 => Just(Step::Restart),
    ]
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(step(), 1..60)
}
