//! An engine over a module inside this process and a store in a temporary folder, for tests.

#![allow(dead_code)] // each test uses a part of it

pub(crate) mod clock;
pub(crate) mod gated;
pub(crate) mod person;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use asker::{BatchOptions, Change, ChangeAsked, ContentDigest, ContentForm, Proof, Role, Statement};
use engine::{
    AuditReport, ChangeRequest, Engine, EngineError, IssueRequest, OrderRequest, Outcome, SecureModule,
    Ticket, audit,
};
use indicia::{
    Algorithm, Amount, Denomination, DeviceId, Item, ItemList, Kind, ProofForm, Template, TrustBundle,
    UnixTime,
};
use module::order::{Order, OrderAction};
use module::protocol::{NewDevice, NewModule, Secret};
use module::record::User;
use module::signing::SigningKey;
use module::staff::{Authority, Member, StaffRole};
use module::{Module, paper};
use store::{AccountId, AccountName, IdempotencyKey, Place, Reader, ReservationId};

use gated::GatedModule;

/// Longer than anything takes that isn't stuck.
pub(crate) const STUCK: Duration = Duration::from_secs(60);
const PASSPHRASE: &str = "a passphrase for tests";
/// Nine years: a device's key isn't certified beyond its issuer's certificate, which holds for ten.
const KEY_SECONDS: u64 = 9 * 365 * 86_400;

/// What a ticket came to.
pub(crate) type Answer = Result<Outcome, EngineError>;

pub(crate) fn denomination() -> Denomination {
    "EUR/2".parse().expect("a denomination")
}

pub(crate) fn units(units: u64) -> Amount {
    Amount::saturating(units, denomination())
}

pub(crate) fn name(account: &str) -> AccountName {
    account.parse().expect("a name")
}

/// A ticket that can be waited for with a limit.
#[derive(Debug)]
pub(crate) struct Awaited(Receiver<Answer>);

impl Awaited {
    pub(crate) fn new(ticket: Ticket) -> Self {
        let (sender, receiver) = channel();
        std::thread::spawn(move || sender.send(ticket.wait()));
        Self(receiver)
    }

    /// The answer; a test that would hang fails instead.
    pub(crate) fn wait(&self) -> Answer {
        self.0.recv_timeout(STUCK).expect("an answer: nobody waits for ever")
    }

    /// The answer if it comes within this time.
    pub(crate) fn wait_for(&self, limit: Duration) -> Option<Answer> {
        self.0.recv_timeout(limit).ok()
    }
}

/// A key of somebody of the staff.
fn key(seed: u8) -> SigningKey {
    SigningKey::from_secret(Algorithm::EdDsa, &[seed; 32]).expect("any 32 bytes are an Ed25519 seed")
}

static PROVIDER: LazyLock<SigningKey> = LazyLock::new(|| key(1));
static OFFICERS: LazyLock<[SigningKey; 2]> = LazyLock::new(|| [key(2), key(3)]);

fn staff() -> Vec<Member> {
    let member = |name: &str, role, key: &SigningKey| Member {
        name: name.parse().expect("a name"),
        role,
        key: key.ed25519().expect("an Ed25519 key"),
    };
    vec![
        member("pay", StaffRole::Provider, &PROVIDER),
        member("ann", StaffRole::Officer, &OFFICERS[0]),
        member("ben", StaffRole::Officer, &OFFICERS[1]),
    ]
}

/// Everything that issues, in one process.
pub(crate) struct Bank {
    engine: Option<Engine>,
    pub(crate) module: Arc<GatedModule>,
    pub(crate) reader: Reader,
    pub(crate) place: Place,
    _folder: tempfile::TempDir,
}

impl Bank {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place::Sqlite(folder.path().join("books.db"));
        Self::in_folder(folder, place)
    }

    /// With its books there.
    pub(crate) fn at(place: Place) -> Self {
        Self::in_folder(tempfile::tempdir().expect("a folder"), place)
    }

    fn in_folder(folder: tempfile::TempDir, place: Place) -> Self {
        let own = folder.path().join("module");
        std::fs::create_dir(&own).expect("a folder in it");
        let new = NewModule { issuer: "Test".into(), staff: staff(), at: clock::now().0 };
        let unlock = Secret::Passphrase(PASSPHRASE.into());
        let module = Module::create(&own, &folder.path().join("anchor"), &unlock, &new, clock::now);
        let module = Arc::new(GatedModule::new(module.expect("a module")));
        drop(place.create().expect("a store"));
        let reader = place.reader().expect("a reader");
        let mut bank = Self { engine: None, module, reader, place, _folder: folder };
        bank.start().expect("an engine");
        bank
    }

    pub(crate) fn engine(&self) -> &Engine {
        self.engine.as_ref().expect("a running engine")
    }

    pub(crate) fn stop(&mut self) {
        self.module.open_gate();
        self.engine = None;
    }

    pub(crate) fn start(&mut self) -> Result<(), EngineError> {
        let store = self.place.open().expect("the store");
        let module: Arc<dyn SecureModule> = Arc::clone(&self.module) as Arc<dyn SecureModule>;
        self.engine = Some(Engine::start(store, module, clock::now)?);
        Ok(())
    }

    /// Makes an account with these users.
    pub(crate) fn create_account(&self, account: &str, algorithm: Algorithm, users: &[&str]) -> AccountId {
        // The first one owns it.
        let role = |place| if place == 0 { Role::Owner } else { Role::Customer };
        let user = |(place, name): (usize, &&str)| User { name: (*name).to_owned(), role: role(place) };
        let (id, at) = (self.engine().next_account().expect("a number"), clock::now());
        let device = DeviceId(id.0);
        let mut new = NewDevice::new(device, denomination(), algorithm, at, UnixTime(at.0 + KEY_SECONDS));
        account.clone_into(&mut new.account);
        new.users = users.iter().enumerate().map(user).collect();
        new.askers = users.iter().map(|user| ((*user).to_owned(), asker(user).credential())).collect();
        self.engine().create_account(new.sign(&PROVIDER)).expect("an account")
    }

    /// Funds a new account with its first order.
    pub(crate) fn fund(&self, account: &str, id: AccountId, value: u64) {
        let order = signed_order(DeviceId(id.0), 1, OrderAction::Fund(units(value)));
        let request = OrderRequest { account: name(account), key: None, order };
        self.engine().order(request).expect("a ticket").wait().expect("a funded account");
    }

    /// The audit of everything, with the faults it finds.
    pub(crate) fn audit(&self) -> AuditReport {
        audit(&*self.reader, self.module.as_ref(), &self.bundle(), |_| {}).expect("an audit")
    }

    /// A trust bundle that knows every account.
    pub(crate) fn bundle(&self) -> TrustBundle {
        let accounts = self.reader.accounts().expect("accounts");
        let records: Vec<Vec<u8>> = accounts
            .iter()
            .filter_map(|account| self.reader.account(account.id).expect("an account"))
            .map(|account| account.record)
            .collect();
        let records: Vec<&[u8]> = records.iter().map(Vec::as_slice).collect();
        let at = clock::now().0;
        let bundle = self.module.bundle(&records, at, at + 1000).expect("a bundle");
        TrustBundle::open(&bundle, None).expect("an open bundle")
    }
}

impl Drop for Bank {
    /// Or a failed test would wait at its own gate.
    fn drop(&mut self) {
        self.stop();
    }
}

/// A batch of tickets at these prices.
pub(crate) fn list(amounts: &[u64], proof: ProofForm) -> ItemList {
    let template = Template::for_kind(Kind::Ticket);
    let items = amounts.iter().map(|price| Item::new(template, units(*price))).collect();
    ItemList { proof, denomination: denomination(), items }
}

/// A request of one user for a batch, rejected when there isn't enough.
pub(crate) fn request(account: &str, user: &str, amounts: &[u64]) -> IssueRequest {
    request_with(account, user, amounts, BatchOptions::default())
}

/// The same, wanted otherwise.
pub(crate) fn request_with(
    account: &str,
    user: &str,
    amounts: &[u64],
    options: BatchOptions,
) -> IssueRequest {
    signed_request(account, user, engine::new_key(), &list(amounts, ProofForm::Signature), options)
}

/// A user's request, signed now.
pub(crate) fn signed_request(
    account: &str,
    user: &str,
    key: IdempotencyKey,
    list: &ItemList,
    options: BatchOptions,
) -> IssueRequest {
    request_by(&asker(user), nonce(), account, user, key, list, options)
}

/// The same by any key that is a user's, with a number that it takes.
pub(crate) fn request_by(
    secret: &asker::Secret,
    nonce: u64,
    account: &str,
    user: &str,
    key: IdempotencyKey,
    list: &ItemList,
    options: BatchOptions,
) -> IssueRequest {
    let query = options.to_query();
    let items = ItemList::encode(list.proof, list.denomination, &list.items);
    let statement = Statement::batch(account, &query, key.as_str(), ContentDigest::of(&items));
    let proof = Proof::sign(secret, &statement, clock::now().0, nonce);
    IssueRequest {
        account: name(account),
        user: user.to_owned(),
        key,
        query,
        items,
        form: ContentForm::Cbor,
        proof,
    }
}

/// A user's request to issue what was held of this list.
pub(crate) fn signed_draw(
    account: &str,
    user: &str,
    key: &str,
    reservation: ReservationId,
    list: &ItemList,
) -> Proof {
    draw_by(&asker(user), account, key, reservation, list)
}

/// The same by any key that is a user's.
pub(crate) fn draw_by(
    secret: &asker::Secret,
    account: &str,
    key: &str,
    reservation: ReservationId,
    list: &ItemList,
) -> Proof {
    let items = ItemList::encode(list.proof, list.denomination, &list.items);
    let statement = Statement::draw(account, reservation.0, key, ContentDigest::of(&items));
    Proof::sign(secret, &statement, clock::now().0, nonce())
}

/// A user's request to change users, keys or limits, signed now.
pub(crate) fn signed_change(account: &str, user: &str, change: Change) -> ChangeRequest {
    change_by(&asker(user), account, user, engine::new_key(), change)
}

/// The same by any key that is a user's.
pub(crate) fn change_by(
    secret: &asker::Secret,
    account: &str,
    user: &str,
    key: IdempotencyKey,
    change: Change,
) -> ChangeRequest {
    let proof = Proof::sign(secret, &change.statement(account, key.as_str()), clock::now().0, nonce());
    let asked = ChangeAsked { change, proof };
    ChangeRequest { account: name(account), user: user.to_owned(), key, asked }
}

/// An order, signed by who may give it.
pub(crate) fn signed_order(device: DeviceId, number: u64, action: OrderAction) -> Vec<u8> {
    let order = Order { device, number, action, at: clock::now(), reason: String::new() };
    match order.action.needs() {
        Authority::Provider => order.sign(&PROVIDER),
        Authority::Officers => paper::join(&OFFICERS.each_ref().map(|officer| order.sign(officer))),
    }
}

/// The key by which a user asks.
pub(crate) fn asker(user: &str) -> asker::Secret {
    asker::Secret::hmac([user.as_bytes()[0]; 32])
}

/// A number that no request had before.
pub(crate) fn nonce() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
