//! What one commit changes.

use std::sync::Arc;

use asker::IdempotencyKey;
use indicia::{Denomination, DeviceId, Status, UnixTime, Used};

use crate::erasing::Erasure;
use crate::ids::{AccountId, Ordinal, ReservationId};
use crate::names::AccountName;
use crate::prints::{NewPrint, PrintNews, PrinterChange};

/// A set of changes that becomes durable together, or not at all.
///
/// They are applied in the order of these fields, whatever the order in which they came about: so a commit can close
/// an account's transaction and plan its next one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commit {
    /// Accounts that are new.
    pub accounts: Vec<NewAccount>,
    /// Later (or earlier) expiries of held reservations.
    pub extensions: Vec<(AccountId, ReservationId, UnixTime)>,
    /// Open transactions that the module has processed.
    pub finished: Vec<FinishedTransaction>,
    /// Open transactions that the module never processed.
    pub voided: Vec<VoidedTransaction>,
    /// Transactions that begin; their requests are all in this same commit, in `draws` and `reservations`.
    pub plans: Vec<PlannedTransaction>,
    /// Held reservations that a transaction takes up. They come first in it, in this order.
    pub draws: Vec<Draw>,
    /// Requests that are reserved. They come after the draws of their transaction, in this order.
    pub reservations: Vec<NewReservation>,
    /// Reservations that come to nothing: held ones, and those of transactions voided in this same commit.
    pub endings: Vec<Ending>,
    /// Accounts whose device disagrees with the module.
    pub locks: Vec<DeviceLock>,
    /// Indicia that become something else. Of several changes of one, each begins where the one before it ended.
    pub statuses: Vec<StatusChange>,
    /// Uses of indicia; what the indicia become by them stands in `statuses`.
    pub redemptions: Vec<Redemption>,
    /// Uses that are taken back; likewise.
    pub reversals: Vec<Reversal>,
    /// What is on record of the staff; one that is there stays as it is.
    pub staff_events: Vec<StaffEvent>,
    /// Prints of indicia that begin.
    pub prints: Vec<NewPrint>,
    /// What is heard of open prints.
    pub print_news: Vec<PrintNews>,
    /// Printers that are known from now on, or no more.
    pub printers: Vec<PrinterChange>,
    /// What is left of requests and indicia after something of them was erased.
    pub erasures: Vec<Erasure>,
}

/// Something on record of the operator's staff. It is read as an event of [`AccountId::STAFF`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffEvent {
    /// Its number, from 1.
    pub number: u64,
    /// What the module said.
    pub event: Vec<u8>,
}

impl Commit {
    /// Whether nothing is changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self {
            accounts,
            extensions,
            finished,
            voided,
            plans,
            draws,
            reservations,
            endings,
            locks,
            statuses,
            redemptions,
            reversals,
            staff_events,
            prints,
            print_news,
            printers,
            erasures,
        } = self;
        accounts.is_empty()
            && extensions.is_empty()
            && finished.is_empty()
            && voided.is_empty()
            && plans.is_empty()
            && draws.is_empty()
            && reservations.is_empty()
            && endings.is_empty()
            && locks.is_empty()
            && statuses.is_empty()
            && redemptions.is_empty()
            && reversals.is_empty()
            && staff_events.is_empty()
            && prints.is_empty()
            && print_news.is_empty()
            && printers.is_empty()
            && erasures.is_empty()
    }
}

/// An account with its device: sequence 0, empty registers, first serial number 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// Its id, unique.
    pub id: AccountId,
    /// Its name, unique.
    pub name: AccountName,
    /// Currency and scale of its value.
    pub denomination: Denomination,
    /// Its device, unique.
    pub device: DeviceId,
    /// When it was made.
    pub created: UnixTime,
    /// The sealed device record.
    pub record: Vec<u8>,
    /// What is on record of the device already.
    pub events: Vec<Vec<u8>>,
}

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestKind {
    /// A batch of items.
    Issue,
    /// Value to be added.
    Fund,
    /// Value to be given back.
    Refund,
    /// Indicia to become void, and their value to come back.
    Void,
    /// Holders' data to be erased.
    Erase,
    /// Another state of the device.
    State,
    /// Other users, keys or limits.
    Change,
    /// A step of a sign-in.
    SignIn,
}

/// Where a request stands in the account's history: in which transaction, and from which serial number on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The transaction; planned in the same commit.
    pub ordinal: Ordinal,
    /// Number of the first serial; 0 for a request that issues nothing.
    pub first_number: u64,
}

/// A request with the value that is set aside for it, fixed for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReservation {
    /// The account.
    pub account: AccountId,
    /// Its id; later ones of an account are greater.
    pub id: ReservationId,
    /// The caller's key, unique in the account for ever.
    pub key: IdempotencyKey,
    /// Tells a repetition from another request under the same key.
    pub request_digest: [u8; 32],
    /// What is asked for.
    pub kind: RequestKind,
    /// Who asks.
    pub user: String,
    /// The whole request.
    pub body: Arc<[u8]>,
    /// Units set aside.
    pub value: u64,
    /// Items that it covers.
    pub count: u32,
    /// Items that were asked for.
    pub wanted_count: u32,
    /// Highest goes first.
    pub priority: u8,
    /// When it was reserved.
    pub created: UnixTime,
    /// Until when it is held.
    pub expires: Option<UnixTime>,
    /// Its transaction; a reservation without one is held.
    pub plan: Option<Plan>,
}

/// A held reservation is taken up by a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    /// The account.
    pub account: AccountId,
    /// The held reservation.
    pub reservation: ReservationId,
    /// Its transaction.
    pub plan: Plan,
    /// How its user asked for it.
    pub proof: Arc<[u8]>,
}

/// A transaction begins. An account has at most one open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedTransaction {
    /// The account.
    pub account: AccountId,
    /// Greater than every earlier one of the account.
    pub ordinal: Ordinal,
    /// Its date.
    pub at: UnixTime,
}

/// A run of indicia of neighbouring serial numbers, as one piece of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Number of the first serial.
    pub first: u64,
    /// How many.
    pub count: u32,
    /// The indicia.
    pub bytes: Vec<u8>,
}

/// What the module made of an open transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishedTransaction {
    /// The account.
    pub account: AccountId,
    /// The open transaction.
    pub ordinal: Ordinal,
    /// The device's next sealed record.
    pub record: Vec<u8>,
    /// Its sequence: one more than before.
    pub sequence: u64,
    /// Ascending register: `value` more than before.
    pub ascending: u64,
    /// Descending register: with the ascending one less `voided` it makes `funded` less `refunded`.
    pub descending: u64,
    /// All value ever funded.
    pub funded: u64,
    /// All value ever refunded.
    pub refunded: u64,
    /// All value that came back since its indicia became void; never less than before.
    pub voided: u64,
    /// The number that the next serial has at least; never less than before.
    pub next_number: u64,
    /// Units debited.
    pub value: u64,
    /// Indicia made: as many as the segments hold.
    pub count: u64,
    /// Digest of the new record.
    pub record_digest: [u8; 32],
    /// Digest of the whole transaction as the module got it.
    pub request_digest: [u8; 32],
    /// The indicia, ascending, with numbers that the device has never used.
    pub segments: Vec<Segment>,
    /// Requests of this transaction that the module refused. Their endings carry the transaction's date.
    pub refused: Vec<RefusedRequest>,
    /// What is to be put on record of the device. Events are numbered in the order in which they come.
    pub events: Vec<Vec<u8>>,
}

/// The module said no to a request of a finished transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRequest {
    /// Which.
    pub reservation: ReservationId,
    /// Why, for a person.
    pub reason: String,
    /// Which refusal it was, as whoever asks again is told.
    pub refusal: Vec<u8>,
}

/// An open transaction is dropped. All its reservations have their ending in the same commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoidedTransaction {
    /// The account.
    pub account: AccountId,
    /// The open transaction.
    pub ordinal: Ordinal,
}

/// How a reservation came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ended {
    /// The module said no.
    Refused,
    /// It was held for too long.
    Expired,
    /// It was given back.
    Released,
}

/// A reservation comes to nothing, and its value is free again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// The account.
    pub account: AccountId,
    /// The reservation: held, or of a transaction that is voided in the same commit.
    pub reservation: ReservationId,
    /// How it ended.
    pub how: Ended,
    /// Why, for a person.
    pub reason: String,
    /// When.
    pub at: UnixTime,
}

/// The account's device disagrees with the module: no more transactions are planned. Of several, the first stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceLock {
    /// The account.
    pub account: AccountId,
    /// The disagreement, for a person.
    pub reason: String,
    /// When it was found.
    pub at: UnixTime,
}

/// How far an indicium is used; the default is that of one to which nothing has happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Usage {
    /// What it is.
    pub status: Status,
    /// Units of its value that are used.
    pub used: u64,
    /// Units of these whose holders left, and may come in again.
    pub outside: u64,
    /// How often it was ever redeemed, reversed redemptions among them.
    pub redemptions: u32,
}

impl Usage {
    /// So far used, by so many redemptions.
    #[must_use]
    pub fn new(used: Used, redemptions: u32) -> Self {
        let Used { status, units, outside } = used;
        Self { status, used: units, outside, redemptions }
    }
}

impl From<Usage> for Used {
    fn from(usage: Usage) -> Self {
        Self { status: usage.status, units: usage.used, outside: usage.outside }
    }
}

/// An indicium becomes something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusChange {
    /// The account.
    pub account: AccountId,
    /// Number of its serial.
    pub number: u64,
    /// What it is before.
    pub from: Usage,
    /// What it becomes.
    pub to: Usage,
    /// When.
    pub at: UnixTime,
    /// Why, for a person.
    pub reason: String,
    /// When it expires by itself, if that is known: of several changes, the last one that says so counts.
    pub expires: Option<UnixTime>,
}

/// A use of an indicium, or of a part of its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redemption {
    /// The account that issued it.
    pub account: AccountId,
    /// Number of its serial.
    pub number: u64,
    /// Which of its redemptions this is, from 1.
    pub place: u32,
    /// Who redeemed it: somebody of the operator's staff, by name.
    pub by: String,
    /// What he called this use; unique for him in the account, for ever.
    pub key: IdempotencyKey,
    /// Tells a repetition from another use under the same key.
    pub request_digest: [u8; 32],
    /// Units of its value that it took.
    pub value: u64,
    /// Units of its value that were used after it.
    pub used: u64,
    /// Units that were given for it beyond what was left of it: a double use, by a gate that had no network. Otherwise 0.
    pub excess: u64,
    /// By how many units it changed how much of that is outside: more by whoever left, less by whoever came in again.
    pub moved: i64,
    /// Units that were outside after it.
    pub outside: u64,
    /// Where.
    pub gate: String,
    /// When, as whoever redeemed it says.
    pub at: UnixTime,
    /// When it was taken into the books.
    pub received: UnixTime,
}

/// A redemption is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reversal {
    /// The account.
    pub account: AccountId,
    /// Number of the indicium's serial.
    pub number: u64,
    /// Which of its redemptions.
    pub place: u32,
    /// Who took it back.
    pub by: String,
    /// Why, for a person.
    pub reason: String,
    /// When.
    pub at: UnixTime,
}
