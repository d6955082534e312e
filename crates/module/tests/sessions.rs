//! Sessions of a module inside this process: debits, replays, refusals, and a model beside it.

#[allow(dead_code)] // other tests need more of it
mod support;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use asker::{Asked, ContentDigest, ContentForm, Proof, Role, Statement};
use indicia::{
    Algorithm, Amount, DeviceId, ItemList, ProofForm, Reason, TrustBundle, UnixTime, Verdict, verify,
};
use module::order::{Order, OrderAction};
use module::paper;
use module::permission::Permission;
use module::protocol::{Done, Failure, NewDevice, Part, PartAnswer, RequestAnswer};
use module::record::{DeviceState, Limits, MAX_UNITS, Registers, SealedRecord, User};
use module::refusal::{DeviceFault, Refusal};
use module::sealing::{MasterKey, Purpose};
use module::serials::Serials;
use module::transaction::{Drawn, Request, Transaction};
use proptest::prelude::*;
use support::{
    ACCOUNT, ALICE, Bank, KEY, NOW, OFFICERS, OWNER, PROVIDER, asked, carry, denomination, indicia_of, issue,
    items_of, key, nonce, refusal,
};

#[test]
fn a_session_that_is_taken_back_never_was() {
    let bank = Bank::funded(Algorithm::EdDsa, 1_000);
    let transaction = issue(1, &[10, 20], ProofForm::Signature);
    let part = Part { record: bank.record.as_slice().into(), transaction: transaction.as_slice().into() };
    assert_eq!(bank.module.session(&[part], &Permission::refused()), Err(Failure::TakenBack));
    let other = bank.done(&bank.record, &issue(1, &[30], ProofForm::Batch));
    assert!(!other.replayed);
    assert_eq!((other.sequence, other.registers.ascending), (2, 30));
}

#[test]
fn a_session_keeps_its_device_and_registers_nothing_before_it_is_permitted() {
    /// How often the module has looked at the clock, which it does with the device in its hands.
    static LOOKS: AtomicU64 = AtomicU64::new(0);
    let clock = || {
        LOOKS.fetch_add(1, Ordering::SeqCst);
        NOW
    };
    let mut bank = Bank::with_clock(Algorithm::EdDsa, Limits::NONE, clock);
    bank.fund(1_000);
    let transaction = issue(1, &[10, 20], ProofForm::Signature);
    let part = Part { record: bank.record.as_slice().into(), transaction: transaction.as_slice().into() };
    let fault = || bank.module.inspect(&bank.record).expect("the record").fault;
    let (permission, looks) = (Permission::default(), LOOKS.load(Ordering::SeqCst));
    std::thread::scope(|scope| {
        let held = scope.spawn(|| bank.module.session(&[part], &permission));
        while LOOKS.load(Ordering::SeqCst) == looks {
            std::thread::yield_now();
        }
        let other = bank.ask(&bank.record, &issue(1, &[30], ProofForm::Signature));
        // Time enough for registering what mustn't be.
        std::thread::sleep(Duration::from_millis(100));
        let meanwhile = fault();
        permission.decide(true);
        assert_eq!((other, meanwhile), (PartAnswer::Fault(DeviceFault::Busy), None));
        let Some(PartAnswer::Done(done)) = held.join().expect("no panic").expect("a session").pop() else {
            panic!("a fault");
        };
        assert_eq!((done.sequence, done.replayed), (2, false));
        assert_eq!(fault(), Some(DeviceFault::RecordOlder { record: 1, registers: 2 }));
        let again = bank.done(&bank.record, &transaction);
        assert_eq!((again.record, again.replayed), (done.record, true));
    });
}

#[test]
fn both_algorithms_and_both_forms_of_proof_give_genuine_indicia() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        for proof in [ProofForm::Signature, ProofForm::Batch] {
            let mut bank = Bank::funded(algorithm, 1_000_000);
            let amounts: Vec<u64> = (1..=1_100).collect();
            let done = bank.commit(&issue(1, &amounts, proof));
            let bundle = bank.module.bundle(&[&bank.record], NOW, UnixTime(NOW.0 + 10)).expect("a bundle");
            let bundle = TrustBundle::open(&bundle, None).expect("an open bundle");
            let indicia = indicia_of(&done);
            assert_eq!(indicia.len(), amounts.len());
            let mut ascending = 0;
            for (number, (bytes, units)) in (1..).zip(indicia.iter().zip(&amounts)) {
                let Verdict::Genuine(indicium) = verify(bytes, &bundle, NOW) else {
                    panic!("{:?}", verify(bytes, &bundle, NOW));
                };
                ascending += units;
                assert_eq!(indicium.claims().serial.number(), number);
                assert_eq!(indicium.claims().amount.units(), *units);
                assert_eq!(indicium.claims().registers, Some((ascending, 1_000_000 - ascending)));
                let mut changed = bytes.clone();
                let place = changed.len() / 2;
                changed[place] ^= 1;
                assert!(!matches!(verify(&changed, &bundle, NOW), Verdict::Genuine(_)));
            }
        }
    }
}

#[test]
fn a_lost_answer_is_given_again_to_the_byte() {
    let bank = Bank::funded(Algorithm::EdDsa, 500);
    let transaction = issue(1, &[100, 200], ProofForm::Signature);
    let first = bank.done(&bank.record, &transaction);
    let again = bank.done(&bank.record, &transaction);
    assert!(!first.replayed && again.replayed);
    assert_eq!(Done { replayed: true, ..first }, again);
}

#[test]
fn another_request_on_a_processed_record_is_refused() {
    let bank = Bank::funded(Algorithm::EdDsa, 500);
    bank.done(&bank.record, &issue(1, &[100], ProofForm::Signature));
    let fault = bank.fault(&bank.record, &issue(1, &[101], ProofForm::Signature));
    assert_eq!(fault, DeviceFault::RequestDiffers { sequence: 2 });
    assert!(fault.is_disagreement());
}

#[test]
fn an_earlier_record_is_refused_and_named() {
    let mut bank = Bank::funded(Algorithm::EdDsa, 500);
    let earlier = bank.record.clone();
    bank.commit(&issue(1, &[100], ProofForm::Signature));
    bank.commit(&issue(2, &[100], ProofForm::Signature));
    let fault = bank.fault(&earlier, &issue(1, &[500], ProofForm::Signature));
    assert_eq!(fault, DeviceFault::RecordOlder { record: 1, registers: 3 });
}

#[test]
fn every_changed_byte_of_a_record_is_refused() {
    let bank = Bank::funded(Algorithm::EdDsa, 500);
    let transaction = issue(1, &[100], ProofForm::Signature);
    for place in 0..bank.record.len() {
        let mut changed = bank.record.clone();
        changed[place] ^= 0x20;
        assert!(matches!(bank.ask(&changed, &transaction), PartAnswer::Fault(_)), "byte {place}");
        assert!(opens_nothing(&bank, changed), "byte {place}");
    }
    assert!(matches!(bank.ask(&bank.record, &transaction), PartAnswer::Done(_)));
}

/// Even without the registers, no changed record opens: the seal alone refuses it.
fn opens_nothing(bank: &Bank, record: Vec<u8>) -> bool {
    let key = bank.module.keystore().master().derive(Purpose::Records);
    SealedRecord::from_bytes(record).and_then(|record| record.open(&key)).is_err()
}

#[test]
fn one_bad_device_harms_no_other() {
    let bank = Bank::funded(Algorithm::EdDsa, 500);
    let mut other =
        NewDevice::new(DeviceId(2), denomination(), Algorithm::EdDsa, NOW, UnixTime(NOW.0 + 1000));
    other.users = vec![User { name: "owner".into(), role: Role::Owner }];
    other.askers = vec![("owner".into(), OWNER.credential())];
    let mut bad = bank.module.create_device(&other.sign(&PROVIDER)).expect("a device").record.to_vec();
    let last = bad.len() - 1;
    bad[last] ^= 1;
    let transaction = issue(1, &[100], ProofForm::Signature);
    let part = |record: &[u8]| -> Vec<u8> { record.to_vec() };
    let (good, bad) = (part(&bank.record), part(&bad));
    let parts = [&bad, &good]
        .map(|record| Part { record: record.as_slice().into(), transaction: transaction.as_slice().into() });
    let answers = bank.module.session(&parts, &Permission::given()).expect("a session");
    assert!(matches!(answers[0], PartAnswer::Fault(_)));
    assert!(matches!(answers[1], PartAnswer::Done(_)));
}

#[test]
fn limits_funds_users_serials_and_dates_are_checked_inside() {
    let mut bank = Bank::new(Algorithm::EdDsa, Limits { per_item: 100, per_day: 150, passkey_above: None });
    let fresh = bank.done(&bank.record, &issue(1, &[10], ProofForm::Signature));
    assert!(
        matches!(refusal(&fresh), Refusal::State { .. }),
        "a device that was never funded issues nothing"
    );

    let mut bank2 = Bank::new(Algorithm::EdDsa, Limits { per_item: 100, per_day: 150, passkey_above: None });
    let fund = bank2.order(OrderAction::Fund(Amount::saturating(1_000, denomination())));
    bank2.commit(&fund);
    std::mem::swap(&mut bank, &mut bank2);
    let refused = bank.commit(&issue(1, &[101], ProofForm::Signature));
    assert_eq!(refusal(&refused), &Refusal::ItemLimit { item: 1, units: 101, limit: 100 });
    bank.commit(&issue(1, &[100], ProofForm::Signature));
    let refused = bank.commit(&issue(2, &[51], ProofForm::Signature));
    assert_eq!(refusal(&refused), &Refusal::DayLimit { asked: 51, left: 50 });
    let refused = bank.commit(&issue(1, &[10], ProofForm::Signature));
    assert_eq!(refusal(&refused), &Refusal::Serials { first: 1, next: 2 });
    assert_eq!(refused.registers.ascending, 100, "a refusal debits nothing");

    let item = asked(&OWNER, "", &items_of(&[10], ProofForm::Signature));
    for at in [UnixTime(NOW.0 + 301), UnixTime(NOW.0 - 1)] {
        let fault = bank.fault(&bank.record, &carry(at, "owner", 2, 1, &item));
        assert!(matches!(fault, DeviceFault::Clock { .. }), "{fault:?}");
    }
}

/// Whoever has the server and the database has everything but the users' keys.
#[test]
fn nothing_is_issued_that_its_user_did_not_ask_for() {
    let mut bank = Bank::funded(Algorithm::EdDsa, 1_000);
    let items = items_of(&[10, 20, 30], ProofForm::Signature);
    let good = asked(&OWNER, "", &items);
    let of_alice = asked(&ALICE, "", &items);
    let partial = asked(&OWNER, "on_insufficient=partial", &items);
    let held = asked(&OWNER, "hold=60", &items);
    let as_signed = || Asked::decode(&good).expect("what was asked");
    let dearer = items_of(&[10, 20, 31], ProofForm::Signature);
    let mut broken = as_signed();
    broken.proof.signature[0] ^= 1;
    let refused = |bank: &mut Bank, transaction: &[u8]| refusal(&bank.commit(transaction)).clone();

    let by = |user: &str, asked: &[u8]| carry(NOW, user, 1, 3, asked);
    assert_eq!(refused(&mut bank, &by("mallory", &good)), Refusal::NotAuthorised { user: "mallory".into() });
    for (user, asked) in [("alice", &good), ("owner", &of_alice), ("silent", &good)] {
        let refused = refused(&mut bank, &by(user, asked));
        assert!(matches!(refused, Refusal::UnknownKey { .. }), "{user}: {refused}");
    }
    let others = [
        by("owner", &Asked { items: dearer.as_slice().into(), ..as_signed() }.encode()),
        by("owner", &Asked { query: "on_insufficient=partial", ..as_signed() }.encode()),
        by("owner", &broken.encode()),
        by("owner", &held),
    ];
    let other_key = Request::Issue {
        user: "owner",
        first_number: 1,
        count: 3,
        key: "other",
        asked: good.as_slice().into(),
        drawn: None,
    };
    let other_key = Transaction::new(NOW, vec![other_key]).encode();
    for transaction in others.iter().chain([&other_key]) {
        let refused = refused(&mut bank, transaction);
        assert!(matches!(refused, Refusal::NotProven(_)), "{refused}");
    }
    for asked in [&good, &partial] {
        let refused = refused(&mut bank, &carry(NOW, "owner", 1, 4, asked));
        assert!(matches!(refused, Refusal::Items(_)), "{refused}");
    }
    // Both were signed by their user, and refused; and so they stay.
    for asked in [&good, &partial] {
        let refused = refused(&mut bank, &by("owner", asked));
        assert!(matches!(refused, Refusal::NotProven(_)), "{refused}");
    }

    let fewer = asked(&OWNER, "", &items);
    let fewer = refused(&mut bank, &carry(NOW, "owner", 1, 2, &fewer));
    assert!(matches!(fewer, Refusal::Items(_)), "whoever wants all or nothing doesn't get less: {fewer}");
    let partial = asked(&OWNER, "on_insufficient=partial", &items);
    assert_eq!(bank.commit(&carry(NOW, "owner", 1, 2, &partial)).registers.ascending, 30);
    assert_eq!(bank.commit(&carry(NOW, "alice", 3, 3, &of_alice)).registers.ascending, 90);
    let again = refused(&mut bank, &carry(NOW, "alice", 6, 3, &of_alice));
    assert!(matches!(again, Refusal::NotProven(_)), "{again}");
    assert_eq!(bank.commit(&issue(6, &[1], ProofForm::Signature)).registers.ascending, 91);
}

#[test]
fn what_is_held_is_issued_when_its_user_draws_it() {
    let mut bank = Bank::funded(Algorithm::EdDsa, 1_000);
    let items = items_of(&[10, 20], ProofForm::Signature);
    let digest = ContentDigest::of(&items);
    let draw = |reservation, digest| {
        let statement = Statement::draw(ACCOUNT, reservation, KEY, digest);
        Proof::sign(&OWNER, &statement, NOW.0, nonce()).encode()
    };
    let held = asked(&OWNER, "hold=60", &items);
    let issue = |asked: &[u8], proof: &[u8]| {
        let drawn = Some(Drawn { reservation: 7, proof: proof.into() });
        let asked = asked.into();
        let request = Request::Issue { user: "owner", first_number: 1, count: 2, key: KEY, asked, drawn };
        Transaction::new(NOW, vec![request]).encode()
    };
    let dearer = asked(&OWNER, "hold=60", &items_of(&[10, 200], ProofForm::Signature));
    let of_batch = Asked::decode(&held).expect("what was asked").proof.encode();
    for (asked, proof) in
        [(&held, draw(8, digest)), (&dearer, draw(7, digest)), (&held, of_batch), (&held, vec![0])]
    {
        let refused = bank.commit(&issue(asked, &proof));
        assert!(matches!(refusal(&refused), Refusal::NotProven(_)));
    }
    let good = draw(7, digest);
    assert_eq!(bank.commit(&issue(&held, &good)).registers.ascending, 30);
}

/// What was signed as JSON isn't kept: the module writes it again, from the items that it would issue.
#[test]
fn nothing_is_issued_that_was_not_signed_as_json() {
    let mut bank = Bank::funded(Algorithm::EdDsa, 1_000);
    let items = items_of(&[10, 20], ProofForm::Signature);
    let text = ItemList::decode(&items).expect("a list").to_json();
    let signed = |statement: Statement<'_>| Proof::sign(&OWNER, &statement, NOW.0, nonce());
    let batch =
        |content: &str| signed(Statement::batch(ACCOUNT, "", KEY, ContentDigest::of(content.as_bytes())));
    let asked = |items: &[u8], form, proof| Asked { query: "", items: items.into(), proof, form }.encode();
    let by_owner = |asked: &[u8]| carry(NOW, "owner", 1, 2, asked);
    let refused = |bank: &mut Bank, asked: &[u8]| refusal(&bank.commit(&by_owner(asked))).clone();

    let dearer = items_of(&[10, 21], ProofForm::Signature);
    let as_tree = items_of(&[10, 20], ProofForm::Batch);
    let mut named = ItemList::decode(&items).expect("a list");
    named.items[1].holder = Some("Mallory".into());
    let named = ItemList::encode(named.proof, named.denomination, &named.items);
    for other in [&dearer, &as_tree, &named] {
        let refused = refused(&mut bank, &asked(other, ContentForm::Json, batch(&text)));
        assert!(matches!(refused, Refusal::NotProven(_)), "{refused}");
    }
    let of_cbor = signed(Statement::batch(ACCOUNT, "", KEY, ContentDigest::of(&items)));
    for (form, proof) in [
        (ContentForm::Cbor, batch(&text)),
        (ContentForm::Json, of_cbor),
        (ContentForm::Json, batch(&text.replace(':', ": "))),
        (ContentForm::Json, batch(&text.replace("signature", "batch"))),
    ] {
        let refused = refused(&mut bank, &asked(&items, form, proof));
        assert!(matches!(refused, Refusal::NotProven(_)), "{form:?}: {refused}");
    }
    for broken in [&items[..items.len() - 1], text.as_bytes(), b""] {
        let refused = refused(&mut bank, &asked(broken, ContentForm::Json, batch(&text)));
        assert!(matches!(refused, Refusal::Items(_)), "{refused}");
    }
    let good = asked(&items, ContentForm::Json, batch(&text));
    assert_eq!(bank.commit(&by_owner(&good)).registers.ascending, 30);
    let again = refusal(&bank.commit(&carry(NOW, "owner", 3, 2, &good))).clone();
    assert!(matches!(again, Refusal::NotProven(_)), "{again}");

    let draw = |content: &[u8]| signed(Statement::draw(ACCOUNT, 7, KEY, ContentDigest::of(content))).encode();
    let mut commit = |items: &[u8], proof: &[u8]| {
        let held = Statement::batch(ACCOUNT, "hold=60", KEY, ContentDigest::of(text.as_bytes()));
        let (query, proof_of_batch) = ("hold=60", signed(held));
        let asked =
            Asked { query, items: items.into(), proof: proof_of_batch, form: ContentForm::Json }.encode();
        let (asked, drawn) = (asked.as_slice().into(), Some(Drawn { reservation: 7, proof: proof.into() }));
        let request = Request::Issue { user: "owner", first_number: 3, count: 2, key: KEY, asked, drawn };
        bank.commit(&Transaction::new(NOW, vec![request]).encode())
    };
    for (items, content) in [(&items, items.as_slice()), (&dearer, text.as_bytes())] {
        let refused = commit(items, &draw(content));
        assert!(matches!(refusal(&refused), Refusal::NotProven(_)));
    }
    assert_eq!(commit(&items, &draw(text.as_bytes())).registers.ascending, 60);
}

#[test]
fn an_order_counts_once_and_only_from_who_may_give_it() {
    let mut bank = Bank::funded(Algorithm::EdDsa, 500);
    bank.orders = 0;
    let again = bank.order(OrderAction::Fund(Amount::saturating(500, denomination())));
    assert!(matches!(refusal(&bank.commit(&again)), Refusal::Order(_)), "number 1 was carried out already");

    let order = |action| Order { device: DeviceId(1), number: 2, action, at: NOW, reason: String::new() };
    let fund = order(OrderAction::Fund(Amount::saturating(500, denomination())));
    let suspend = order(OrderAction::Become(DeviceState::Suspended));
    let [ann, ben] = &*OFFICERS;
    let forged = [
        fund.sign(&key(9)),
        // Officers don't fund, providers don't decide, and nobody does either alone.
        fund.sign(ann),
        paper::join(&[fund.sign(ann), fund.sign(ben)]),
        suspend.sign(&PROVIDER),
        suspend.sign(ann),
        paper::join(&[suspend.sign(ann), suspend.sign(ann)]),
        paper::join(&[suspend.sign(ann), suspend.sign(&PROVIDER)]),
        paper::join(&[suspend.sign(ann), fund.sign(ben)]),
    ];
    for order in forged {
        let forged = Transaction::new(NOW, vec![Request::Order { order: order.as_slice().into() }]).encode();
        let done = bank.commit(&forged);
        assert!(matches!(refusal(&done), Refusal::Order(_)));
        assert_eq!((done.registers.descending, done.state), (500, DeviceState::Active));
    }
}

/// An order by which these serials become void, for so many units.
fn void(units: u64, numbers: impl IntoIterator<Item = u64>) -> OrderAction {
    let serials = Serials::new(numbers).expect("some serials");
    OrderAction::Void { amount: Amount::saturating(units, denomination()), serials }
}

#[test]
fn what_becomes_void_comes_back_and_never_more_than_was_issued() {
    let mut bank = Bank::funded(Algorithm::EdDsa, 500);
    bank.commit(&issue(1, &[100, 200, 50], ProofForm::Signature));
    let order = bank.order(void(250, [2, 3]));
    let before = bank.record.clone();
    let done = bank.commit(&order);
    let registers = Registers { ascending: 350, descending: 400, funded: 500, refunded: 0, voided: 250 };
    assert_eq!((done.registers, registers.control_total()), (registers, Some(500)));
    assert_eq!(bank.done(&before, &order), Done { replayed: true, ..done }, "a replay gives the same, once");

    let refused = |bank: &mut Bank, order: Vec<u8>| {
        bank.orders -= 1;
        let done = bank.commit(&order);
        assert_eq!(done.registers, registers, "a refusal moves nothing");
        refusal(&done).clone()
    };
    let order = bank.order(void(101, [1]));
    assert_eq!(refused(&mut bank, order), Refusal::Void { asked: 101, left: 100 });
    let order = bank.order(void(1, [3, 4]));
    let serial = "0000000001-000000000004".to_owned();
    assert!(matches!(refused(&mut bank, order), Refusal::NeverIssued(named) if named.starts_with(&serial)));
    let order = Order {
        device: DeviceId(2),
        number: bank.orders + 1,
        action: void(100, [1]),
        at: NOW,
        reason: String::new(),
    };
    bank.orders += 1;
    let order = order.sign(&PROVIDER);
    let order = Transaction::new(NOW, vec![Request::Order { order: order.as_slice().into() }]).encode();
    assert!(matches!(refused(&mut bank, order), Refusal::Order(_)), "another device's order");

    // What came back is as good as what was paid in.
    assert_eq!(bank.commit(&issue(4, &[400], ProofForm::Signature)).registers.ascending, 750);
}

#[test]
fn indicia_become_void_while_a_device_is_suspended_or_retired_but_not_while_it_is_locked() {
    for (state, may) in [
        (DeviceState::Suspended, true),
        (DeviceState::Retired, true),
        (DeviceState::Revoked, true),
        (DeviceState::Locked, false),
    ] {
        let mut bank = Bank::funded(Algorithm::EdDsa, 500);
        bank.commit(&issue(1, &[100], ProofForm::Signature));
        let order = bank.order(OrderAction::Become(state));
        bank.commit(&order);
        let order = bank.order(void(100, [1]));
        let done = bank.commit(&order);
        assert_eq!(done.registers.voided, if may { 100 } else { 0 }, "{state:?}");
        assert_eq!(may, matches!(done.requests[0], RequestAnswer::Ordered), "{state:?}");
    }
}

#[test]
fn a_suspended_device_issues_nothing_until_it_is_resumed() {
    let mut bank = Bank::funded(Algorithm::EdDsa, 500);
    let suspend = bank.order(OrderAction::Become(DeviceState::Suspended));
    assert_eq!(bank.commit(&suspend).state, DeviceState::Suspended);
    assert!(matches!(refusal(&bank.commit(&issue(1, &[1], ProofForm::Signature))), Refusal::State { .. }));
    let resume = bank.order(OrderAction::Become(DeviceState::Active));
    bank.commit(&resume);
    assert_eq!(bank.commit(&issue(1, &[1], ProofForm::Signature)).registers.ascending, 1);
}

#[test]
fn the_key_of_a_revoked_device_is_named_in_bundles_and_it_comes_back_by_no_order() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let mut bank = Bank::funded(algorithm, 500);
        let indicium = indicia_of(&bank.commit(&issue(1, &[1], ProofForm::Signature))).remove(0);
        let bundle = |bank: &Bank| {
            let bundle = bank.module.bundle(&[&bank.record], NOW, UnixTime(NOW.0 + 10)).expect("a bundle");
            TrustBundle::open(&bundle, None).expect("an open bundle")
        };
        for state in [DeviceState::Suspended, DeviceState::Retired] {
            let order = bank.order(OrderAction::Become(state));
            bank.commit(&order);
            assert!(matches!(verify(&indicium, &bundle(&bank), NOW), Verdict::Genuine(_)), "{state:?}");
        }
        let order = bank.order(OrderAction::Become(DeviceState::Revoked));
        assert_eq!(bank.commit(&order).state, DeviceState::Revoked);
        assert_eq!(verify(&indicium, &bundle(&bank), NOW), Verdict::CannotTell(Reason::KeyRevoked));
        assert_eq!(bundle(&bank).revoked().count(), 1);
        for state in [DeviceState::Active, DeviceState::Suspended, DeviceState::Locked, DeviceState::Retired]
        {
            let order = bank.order(OrderAction::Become(state));
            assert!(matches!(refusal(&bank.commit(&order)), Refusal::State { .. }), "{state:?}");
            bank.orders -= 1; // its number is free still
        }
        assert!(matches!(
            refusal(&bank.commit(&issue(2, &[1], ProofForm::Signature))),
            Refusal::State { .. }
        ));
    }
}

#[test]
fn another_modules_record_is_refused() {
    let bank = Bank::funded(Algorithm::EdDsa, 500);
    let stranger = Bank::funded(Algorithm::EdDsa, 500_000);
    let transaction = issue(1, &[100], ProofForm::Signature);
    assert!(bank.fault(&stranger.record, &transaction).is_disagreement());
    let key = MasterKey::generate().expect("randomness").derive(Purpose::Records);
    let record = SealedRecord::from_bytes(bank.record.clone()).expect("a record");
    assert!(record.open(&key).is_err());
}

/// What a model of a device is asked.
#[derive(Debug, Clone)]
enum Step {
    Fund(u64),
    Refund(u64),
    Issue(Vec<u64>),
    /// So many units back, for so many serials from the first on.
    Void(u64, u64),
    /// The last transaction once more, as after a crash before the commit.
    Replay,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0_u64..2_000).prop_map(Step::Fund),
        (0_u64..1_500).prop_map(Step::Refund),
        proptest::collection::vec(1_u64..300, 1..6).prop_map(Step::Issue),
        (0_u64..900, 1_u64..9).prop_map(|(units, count)| Step::Void(units, count)),
        Just(Step::Replay),
    ];
    proptest::collection::vec(step, 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Five numbers and a rule each are the whole truth about a device's value: invariants 1, 2 and 3.
    #[test]
    fn a_device_does_what_its_model_does(steps in steps()) {
        let mut bank = Bank::funded(Algorithm::EdDsa, 1_000);
        let (mut ascending, mut descending, mut funded, mut refunded) = (0_u64, 1_000_u64, 1_000_u64, 0_u64);
        let (mut voided, mut next_number) = (0_u64, 1);
        let mut last: Option<(Vec<u8>, Vec<u8>, Done)> = None;
        for step in steps {
            let transaction = match &step {
                Step::Fund(units) => {
                    funded += units;
                    descending += units;
                    bank.order(OrderAction::Fund(Amount::saturating(*units, denomination())))
                }
                Step::Refund(units) => {
                    let order = bank.order(OrderAction::Refund(Amount::saturating(*units, denomination())));
                    if *units <= descending {
                        descending -= units;
                        refunded += units;
                    } else {
                        bank.orders -= 1;
                    }
                    order
                }
                Step::Issue(amounts) => {
                    let transaction = issue(next_number, amounts, ProofForm::Signature);
                    let total: u64 = amounts.iter().sum();
                    if total <= descending {
                        descending -= total;
                        ascending += total;
                        next_number += amounts.len() as u64;
                    }
                    transaction
                }
                Step::Void(units, count) => {
                    let order = bank.order(void(*units, 1..=*count));
                    if *units <= ascending - voided && *count < next_number {
                        descending += units;
                        voided += units;
                    } else {
                        bank.orders -= 1;
                    }
                    order
                }
                Step::Replay => {
                    if let Some((record, transaction, done)) = &last {
                        let again = bank.done(record, transaction);
                        prop_assert_eq!(Done { replayed: true, ..done.clone() }, again);
                    }
                    continue;
                }
            };
            let before = bank.record.clone();
            let done = bank.commit(&transaction);
            let registers = done.registers;
            let expected = Registers { ascending, descending, funded, refunded, voided };
            prop_assert_eq!(registers, expected);
            prop_assert_eq!(registers.control_total(), Some(funded - refunded));
            prop_assert_eq!(ascending - voided + descending, funded - refunded);
            prop_assert_eq!(done.next_number, next_number);
            prop_assert!(funded <= MAX_UNITS);
            last = Some((before, transaction, done));
        }
    }
}
