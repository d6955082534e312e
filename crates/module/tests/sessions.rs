//! Sessions of a module inside this process: debits, replays, refusals, and a model beside it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicia::{
    Algorithm, Amount, DeviceId, Item, ItemList, Kind, ProofForm, Segment, SegmentError, Template,
    TrustBundle, UnixTime, Verdict, verify,
};
use minicbor::bytes::ByteSlice;
use module::keystore::{Keystore, ProviderKey};
use module::order::{Order, OrderAction};
use module::permission::Permission;
use module::protocol::{Done, Failure, NewDevice, NewModule, Part, PartAnswer, RequestAnswer, Secret};
use module::record::{DeviceState, Limits, MAX_UNITS, Role, SealedRecord, User};
use module::refusal::{DeviceFault, Refusal};
use module::registers::Registers;
use module::sealing::{MasterKey, Purpose};
use module::session::Module;
use module::transaction::{Request, Transaction};
use proptest::prelude::*;

const NOW: UnixTime = UnixTime(1_800_000_000);

fn denomination() -> indicia::Denomination {
    "EUR/2".parse().expect("a denomination")
}

struct Bank {
    _folder: tempfile::TempDir,
    module: Module,
    provider: ProviderKey,
    record: Vec<u8>,
    orders: u64,
}

impl Bank {
    fn new(algorithm: Algorithm, limits: Limits) -> Self {
        Self::with_clock(algorithm, limits, || NOW)
    }

    fn with_clock(algorithm: Algorithm, limits: Limits, clock: fn() -> UnixTime) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let own = folder.path().join("module");
        std::fs::create_dir(&own).expect("a folder in it");
        let passphrase = "a passphrase for tests";
        let provider = ProviderKey::create(&folder.path().join("provider"), passphrase).expect("a provider");
        let new =
            NewModule { issuer: "Test".into(), provider: provider.public().to_cose_key(), at: NOW.0 - 1000 };
        let keystore =
            Keystore::create(&own, &Secret::Passphrase(passphrase.into()), &new).expect("a keystore");
        let registers =
            Registers::create(&own, &folder.path().join("anchor"), keystore.master()).expect("registers");
        let module = Module::new(keystore, registers, clock);
        let mut device =
            NewDevice::new(DeviceId(1), denomination(), algorithm, NOW, UnixTime(NOW.0 + 1_000_000));
        device.users = vec![User { name: "owner".into(), role: Role::Owner }];
        device.limits = limits;
        let record = module.create_device(&device).expect("a device").into_bytes();
        Self { _folder: folder, module, provider, record, orders: 0 }
    }

    fn funded(algorithm: Algorithm, units: u64) -> Self {
        let mut bank = Self::new(algorithm, Limits::NONE);
        bank.fund(units);
        bank
    }

    fn fund(&mut self, units: u64) {
        let order = self.order(OrderAction::Fund(Amount::saturating(units, denomination())));
        self.commit(&order);
    }

    fn order(&mut self, action: OrderAction) -> Vec<u8> {
        self.orders += 1;
        let order =
            Order { device: DeviceId(1), number: self.orders, action, at: NOW, reason: String::new() };
        let signed = self.provider.sign(&order);
        Transaction::new(NOW, vec![Request::Order { order: signed.as_slice().into() }]).encode()
    }

    fn ask(&self, record: &[u8], transaction: &[u8]) -> PartAnswer {
        let part = Part { record: record.into(), transaction: transaction.into() };
        self.module.session(&[part], &Permission::given()).expect("a session").remove(0)
    }

    fn done(&self, record: &[u8], transaction: &[u8]) -> Done {
        match self.ask(record, transaction) {
            PartAnswer::Done(done) => done,
            PartAnswer::Fault(fault) => panic!("{fault}"),
        }
    }

    fn fault(&self, record: &[u8], transaction: &[u8]) -> DeviceFault {
        match self.ask(record, transaction) {
            PartAnswer::Fault(fault) => fault,
            PartAnswer::Done(done) => panic!("was processed: {done:?}"),
        }
    }

    /// Processes and keeps the new record, as an engine's commit does.
    fn commit(&mut self, transaction: &[u8]) -> Done {
        let done = self.done(&self.record, transaction);
        self.record = done.record.to_vec();
        done
    }
}

fn issue(first_number: u64, amounts: &[u64], proof: ProofForm) -> Vec<u8> {
    let template = Template::for_kind(Kind::Postage);
    let items: Vec<_> =
        amounts.iter().map(|units| Item::new(template, Amount::saturating(*units, denomination()))).collect();
    let body = ItemList::encode(proof, denomination(), &items);
    let items: &ByteSlice = body.as_slice().into();
    Transaction::new(NOW, vec![Request::Issue { user: "owner", first_number, items }]).encode()
}

fn indicia_of(done: &Done) -> Vec<Vec<u8>> {
    let mut indicia = Vec::new();
    for request in &done.requests {
        let RequestAnswer::Issued { packs, .. } = request else { continue };
        for pack in packs {
            Segment::new(&pack.bytes)
                .each(|_, bytes| {
                    indicia.push(bytes);
                    Ok::<_, SegmentError>(())
                })
                .expect("a pack");
        }
    }
    indicia
}

fn refusal(done: &Done) -> &Refusal {
    match &done.requests[0] {
        RequestAnswer::Refused(refusal) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

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
    let other = NewDevice::new(DeviceId(2), denomination(), Algorithm::EdDsa, NOW, UnixTime(NOW.0 + 1000));
    let mut bad = bank.module.create_device(&other).expect("a device").into_bytes();
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
    let mut bank = Bank::new(Algorithm::EdDsa, Limits { per_item: 100, per_day: 150 });
    let fresh = bank.done(&bank.record, &issue(1, &[10], ProofForm::Signature));
    assert!(
        matches!(refusal(&fresh), Refusal::State { .. }),
        "a device that was never funded issues nothing"
    );

    let mut bank2 = Bank::new(Algorithm::EdDsa, Limits { per_item: 100, per_day: 150 });
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

    let body = ItemList::encode(ProofForm::Signature, denomination(), &[]);
    let items: &ByteSlice = body.as_slice().into();
    let nobody =
        Transaction::new(NOW, vec![Request::Issue { user: "mallory", first_number: 2, items }]).encode();
    assert!(matches!(refusal(&bank.commit(&nobody)), Refusal::NotAuthorised { .. }));

    let future = Transaction::new(
        UnixTime(NOW.0 + 301),
        vec![Request::Issue { user: "owner", first_number: 2, items }],
    );
    assert!(matches!(bank.fault(&bank.record, &future.encode()), DeviceFault::Clock { .. }));
    let past =
        Transaction::new(UnixTime(NOW.0 - 1), vec![Request::Issue { user: "owner", first_number: 2, items }]);
    assert!(matches!(bank.fault(&bank.record, &past.encode()), DeviceFault::Clock { .. }));
}

#[test]
fn an_order_counts_once_and_only_from_the_provider() {
    let mut bank = Bank::funded(Algorithm::EdDsa, 500);
    bank.orders = 0;
    let again = bank.order(OrderAction::Fund(Amount::saturating(500, denomination())));
    assert!(matches!(refusal(&bank.commit(&again)), Refusal::Order(_)), "number 1 was carried out already");

    let folder = tempfile::tempdir().expect("a folder");
    let other = ProviderKey::create(&folder.path().join("key"), "another passphrase").expect("a key");
    let action = OrderAction::Fund(Amount::saturating(500, denomination()));
    let order = Order { device: DeviceId(1), number: 2, action, at: NOW, reason: String::new() };
    let forged = other.sign(&order);
    let forged = Transaction::new(NOW, vec![Request::Order { order: forged.as_slice().into() }]).encode();
    let done = bank.commit(&forged);
    assert!(matches!(refusal(&done), Refusal::Order(_)));
    assert_eq!(done.registers.descending, 500);
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
    /// The last transaction once more, as after a crash before the commit.
    Replay,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0_u64..2_000).prop_map(Step::Fund),
        (0_u64..1_500).prop_map(Step::Refund),
        proptest::collection::vec(1_u64..300, 1..6).prop_map(Step::Issue),
        Just(Step::Replay),
    ];
    proptest::collection::vec(step, 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Four numbers and a rule each are the whole truth about a device's value: invariants 1, 2 and 3.
    #[test]
    fn a_device_does_what_its_model_does(steps in steps()) {
        let mut bank = Bank::funded(Algorithm::EdDsa, 1_000);
        let (mut ascending, mut descending, mut funded, mut refunded) = (0_u64, 1_000_u64, 1_000_u64, 0_u64);
        let mut next_number = 1;
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
            prop_assert_eq!(
                (registers.ascending, registers.descending, registers.funded, registers.refunded),
                (ascending, descending, funded, refunded)
            );
            prop_assert_eq!(registers.ascending + registers.descending, registers.funded - registers.refunded);
            prop_assert_eq!(done.next_number, next_number);
            prop_assert!(funded <= MAX_UNITS);
            last = Some((before, transaction, done));
        }
    }
}
