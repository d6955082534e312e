//! What a random run is made of. Places in lists are chosen as fractions, since their lengths are known only later.

use asker::{Change, OnInsufficient, Role};
use indicia::ProofForm;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::asks::{Batch, By};
use crate::support::gated::Fault;
use crate::support::person;
use crate::users::{CUSTOMER, GUEST, OWNER, PASSWORDS, STRANGER, ed25519, secret};

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
    /// Somebody asks for a change of users, keys or limits.
    Change(usize, &'static str, Change),
    /// The guest, whom the owner invites, sets this password.
    SetPassword(usize, &'static str),
    /// The guest signs in so many times.
    SignIn(usize, Ending, u32),
    /// Somebody tries so many wrong passwords.
    Guess(usize, u32),
    /// The guest asks by one of the sessions that he has, or had.
    Within(usize, Index, Within, Batch),
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

/// How a sign-in goes on once the browser has its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// As it should.
    Right,
    /// The engine is started again before the last step.
    AfterRestart,
    /// The last message isn't what it should be.
    Spoilt,
}

/// What a request in a session names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Within {
    Right,
    Stale,
    Forged,
}

fn change() -> impl Strategy<Value = Change> {
    let (guest, own) = (|| person::user(GUEST), || secret(GUEST));
    prop_oneof![
        6 => Just(Change::AddUser { name: guest(), role: Role::Customer }),
        2 => Just(Change::RemoveUser { name: guest() }),
        1 => Just(Change::RemoveUser { name: person::user(OWNER) }),
        5 => Just(Change::AddKey { user: guest(), ed25519: ed25519(&own()) }),
        1 => Just(Change::RemoveKey { user: guest(), key: own().credential().key_id() }),
        3 => proptest::option::weighted(0.4, 40_u64..80)
            .prop_map(|per_item| Change::SetLimits { per_item, per_day: None, passkey_above: None }),
    ]
}

fn batch() -> impl Strategy<Value = Batch> {
    let user = prop_oneof![8 => Just(OWNER), 8 => Just(CUSTOMER), 4 => Just(GUEST), 1 => Just(STRANGER)];
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
            let mut batch =
                Batch { user, by: By::Key, prices, on_insufficient, hold_seconds: hold, proof, priority };
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
    let by = prop_oneof![10 => Just(OWNER), 1 => Just(CUSTOMER), 1 => Just(GUEST), 1 => Just(STRANGER)];
    let ending =
        prop_oneof![4 => Just(Ending::Right), 1 => Just(Ending::AfterRestart), 1 => Just(Ending::Spoilt)];
    let within = prop_oneof![6 => Just(Within::Right), 1 => Just(Within::Stale), 1 => Just(Within::Forged)];
    prop_oneof![
        12 => (account(), batch()).prop_map(|(account, batch)| Step::Issue(account, batch)),
        4 => (account(), 1_u64..250).prop_map(|(account, units)| Step::Fund(account, units)),
        2 => (account(), 1_u64..150).prop_map(|(account, units)| Step::Refund(account, units)),
        6 => (account(), proptest::collection::vec(place(), 1..4))
            .prop_map(|(account, places)| Step::Void(account, places)),
        1 => account().prop_map(Step::OldOrder),
        6 => (account(), by, change()).prop_map(|(account, by, change)| Step::Change(account, by, change)),
        1 => (account(), proptest::sample::select(&PASSWORDS[..]))
            .prop_map(|(account, text)| Step::SetPassword(account, text)),
        2 => (account(), ending, prop_oneof![4 => Just(1), 1 => Just(5)])
            .prop_map(|(account, ending, times)| Step::SignIn(account, ending, times)),
        1 => (account(), 1_u32..7).prop_map(|(account, times)| Step::Guess(account, times)),
        4 => (account(), place(), within, batch())
            .prop_map(|(account, place, within, batch)| Step::Within(account, place, within, batch)),
        8 => (account(), place()).prop_map(|(account, place)| Step::Draw(account, place)),
        1 => (account(), place()).prop_map(|(account, place)| Step::Release(account, place)),
        1 => (account(), place(), 1_u64..100)
            .prop_map(|(account, place, seconds)| Step::Extend(account, place, seconds)),
        4 => (account(), place()).prop_map(|(account, place)| Step::Repeat(account, place)),
        2 => (account(), place(), batch())
            .prop_map(|(account, place, batch)| Step::Reuse(account, place, batch)),
        4 => (1_u64..60).prop_map(Step::Advance),
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
