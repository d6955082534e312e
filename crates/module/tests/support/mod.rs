//! A module in this process with one device, and the people who ask it.

#![allow(clippy::unwrap_used)] // a test fails by it

pub(crate) mod authenticator;
pub(crate) mod person;

use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use asker::{Asked, ContentDigest, ContentForm, Proof, Role, Secret as AskerSecret, Statement};
use indicia::{
    Algorithm, Amount, DeviceId, Item, ItemList, Kind, ProofForm, Segment, SegmentError, Template, UnixTime,
};
use module::order::{Order, OrderAction};
use module::permission::Permission;
use module::protocol::{Done, NewDevice, NewModule, Part, PartAnswer, RequestAnswer, Secret};
use module::record::{Limits, User};
use module::refusal::{DeviceFault, Refusal};
use module::signing::SigningKey;
use module::staff::{Authority, Member, StaffRole};
use module::transaction::{Request, Transaction};
use module::{Module, OpenError, paper};

pub(crate) const NOW: UnixTime = UnixTime(1_800_000_000);

pub(crate) fn denomination() -> indicia::Denomination {
    "EUR/2".parse().expect("a denomination")
}

pub(crate) struct Bank {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) module: Module,
    pub(crate) record: Vec<u8>,
    /// Orders signed so far.
    pub(crate) orders: u64,
}

impl Bank {
    pub(crate) fn new(algorithm: Algorithm, limits: Limits) -> Self {
        Self::with_clock(algorithm, limits, || NOW)
    }

    pub(crate) fn with_clock(algorithm: Algorithm, limits: Limits, clock: fn() -> UnixTime) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let own = folder.path().join("module");
        std::fs::create_dir(&own).expect("a folder in it");
        let new = NewModule { issuer: "Test".into(), staff: staff(), at: NOW.0 - 1000 };
        let module = Module::create(&own, &folder.path().join("anchor"), &unlock(), &new, clock);
        let module = module.expect("a module");
        let mut device =
            NewDevice::new(DeviceId(1), denomination(), algorithm, NOW, UnixTime(NOW.0 + 1_000_000));
        let user = |name: &str, role| User { name: name.into(), role };
        device.users =
            vec![user("owner", Role::Owner), user("alice", Role::Customer), user("silent", Role::Customer)];
        device.account = ACCOUNT.into();
        device.askers = vec![("owner".into(), OWNER.credential()), ("alice".into(), ALICE.credential())];
        device.limits = limits;
        let record = module.create_device(&device.sign(&PROVIDER)).expect("a device").record.to_vec();
        Self { folder, module, record, orders: 0 }
    }

    pub(crate) fn funded(algorithm: Algorithm, units: u64) -> Self {
        let mut bank = Self::new(algorithm, Limits::NONE);
        bank.fund(units);
        bank
    }

    pub(crate) fn fund(&mut self, units: u64) {
        let order = self.order(OrderAction::Fund(Amount::saturating(units, denomination())));
        self.commit(&order);
    }

    pub(crate) fn order(&mut self, action: OrderAction) -> Vec<u8> {
        self.orders += 1;
        let order =
            Order { device: DeviceId(1), number: self.orders, action, at: NOW, reason: String::new() };
        let signed = match order.action.needs() {
            Authority::Provider => order.sign(&PROVIDER),
            Authority::Officers => paper::join(&[order.sign(&OFFICERS[0]), order.sign(&OFFICERS[1])]),
        };
        Transaction::new(NOW, vec![Request::Order { order: signed.as_slice().into() }]).encode()
    }

    pub(crate) fn ask(&self, record: &[u8], transaction: &[u8]) -> PartAnswer {
        let part = Part { record: record.into(), transaction: transaction.into() };
        self.module.session(&[part], &Permission::given()).expect("a session").remove(0)
    }

    pub(crate) fn done(&self, record: &[u8], transaction: &[u8]) -> Done {
        match self.ask(record, transaction) {
            PartAnswer::Done(done) => done,
            PartAnswer::Fault(fault) => panic!("{fault}"),
        }
    }

    pub(crate) fn fault(&self, record: &[u8], transaction: &[u8]) -> DeviceFault {
        match self.ask(record, transaction) {
            PartAnswer::Fault(fault) => fault,
            PartAnswer::Done(done) => panic!("was processed: {done:?}"),
        }
    }

    /// Processes and keeps the new record, as an engine's commit does.
    pub(crate) fn commit(&mut self, transaction: &[u8]) -> Done {
        let done = self.done(&self.record, transaction);
        self.record = done.record.to_vec();
        done
    }
}

/// A key of somebody of the staff.
pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_secret(Algorithm::EdDsa, &[seed; 32]).expect("any 32 bytes are an Ed25519 seed")
}

pub(crate) fn member(name: &str, role: StaffRole, key: &SigningKey) -> Member {
    Member { name: name.parse().expect("a name"), role, key: key.ed25519().expect("an Ed25519 key") }
}

pub(crate) fn staff() -> Vec<Member> {
    vec![
        member("pay", StaffRole::Provider, &PROVIDER),
        member("ann", StaffRole::Officer, &OFFICERS[0]),
        member("ben", StaffRole::Officer, &OFFICERS[1]),
    ]
}

pub(crate) static PROVIDER: LazyLock<SigningKey> = LazyLock::new(|| key(1));
pub(crate) static OFFICERS: LazyLock<[SigningKey; 2]> = LazyLock::new(|| [key(2), key(3)]);

pub(crate) const ACCOUNT: &str = "bank";
pub(crate) const KEY: &str = "key";
pub(crate) static OWNER: LazyLock<AskerSecret> = LazyLock::new(|| AskerSecret::hmac([7; 32]));
pub(crate) static ALICE: LazyLock<AskerSecret> = LazyLock::new(|| AskerSecret::ed25519(&[8; 32]));

/// A number that no request had before.
pub(crate) fn nonce() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

pub(crate) fn items_of(amounts: &[u64], proof: ProofForm) -> Vec<u8> {
    let template = Template::for_kind(Kind::Postage);
    let items: Vec<_> =
        amounts.iter().map(|units| Item::new(template, Amount::saturating(*units, denomination()))).collect();
    ItemList::encode(proof, denomination(), &items)
}

/// What a user asks for, signed now.
pub(crate) fn asked(secret: &AskerSecret, query: &str, items: &[u8]) -> Vec<u8> {
    let statement = Statement::batch(ACCOUNT, query, KEY, ContentDigest::of(items));
    let proof = Proof::sign(secret, &statement, NOW.0, nonce());
    Asked { query, items: items.into(), proof, form: ContentForm::Cbor }.encode()
}

/// A transaction of what one user is said to have asked for.
pub(crate) fn carry(at: UnixTime, user: &str, first_number: u64, count: usize, asked: &[u8]) -> Vec<u8> {
    let count = u32::try_from(count).expect("few");
    let request = Request::Issue { user, first_number, count, key: KEY, asked: asked.into(), drawn: None };
    Transaction::new(at, vec![request]).encode()
}

pub(crate) fn issue(first_number: u64, amounts: &[u64], proof: ProofForm) -> Vec<u8> {
    carry(NOW, "owner", first_number, amounts.len(), &asked(&OWNER, "", &items_of(amounts, proof)))
}

pub(crate) fn indicia_of(done: &Done) -> Vec<Vec<u8>> {
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

pub(crate) fn refusal(done: &Done) -> &Refusal {
    match &done.requests[0] {
        RequestAnswer::Refused(refusal) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn unlock() -> Secret {
    Secret::Passphrase("a passphrase for tests".into())
}

/// The module of a folder, after the one that had it ended.
pub(crate) fn open_again(folder: &Path) -> Result<Module, OpenError> {
    Module::open(&folder.join("module"), &folder.join("anchor"), &unlock(), || NOW)
}
