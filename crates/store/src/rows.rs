//! What readers hand out.

use std::ops::Range;

use asker::IdempotencyKey;
use indicia::{Denomination, DeviceId, UnixTime};

use crate::commit::{Ended, Plan, Redemption, RequestKind, Usage};
use crate::ids::{AccountId, Ordinal, ReservationId};
use crate::names::AccountName;

/// An account with its device as committed last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub name: AccountName,
    /// Currency and scale of its value.
    pub denomination: Denomination,
    /// Its device.
    pub device: DeviceId,
    /// When it was made.
    pub created: UnixTime,
    /// The sealed device record.
    pub record: Vec<u8>,
    /// How many transactions the device has made.
    pub sequence: u64,
    /// Units ever issued.
    pub ascending: u64,
    /// Units available.
    pub descending: u64,
    /// Units ever funded.
    pub funded: u64,
    /// Units ever refunded.
    pub refunded: u64,
    /// Units that came back since their indicia became void.
    pub voided: u64,
    /// The number that the next serial has at least.
    pub next_number: u64,
    /// Indicia ever issued.
    pub issued: u64,
    /// Why it is locked, if it is.
    pub locked: Option<String>,
}

/// An account in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSummary {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub name: AccountName,
    /// Currency and scale of its value.
    pub denomination: Denomination,
    /// Its device.
    pub device: DeviceId,
    /// When it was made.
    pub created: UnixTime,
    /// How many transactions the device has made.
    pub sequence: u64,
    /// Units ever issued.
    pub ascending: u64,
    /// Units available, reserved ones among them.
    pub descending: u64,
    /// Units ever funded.
    pub funded: u64,
    /// Units ever refunded.
    pub refunded: u64,
    /// Units that came back since their indicia became void.
    pub voided: u64,
    /// Indicia ever issued.
    pub issued: u64,
    /// Units that open reservations have set aside.
    pub reserved: u64,
    /// Why it is locked, if it is.
    pub locked: Option<String>,
}

/// Sums over all accounts of one denomination. Wide, since a sum of many accounts is more than one may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DenominationTotals {
    /// The denomination.
    pub denomination: Denomination,
    /// Accounts.
    pub accounts: u64,
    /// Indicia ever issued.
    pub issued: u64,
    /// Units ever issued.
    pub ascending: u128,
    /// Units available.
    pub descending: u128,
    /// Units ever funded.
    pub funded: u128,
    /// Units ever refunded.
    pub refunded: u128,
    /// Units that came back since their indicia became void.
    pub voided: u128,
    /// Units that open reservations have set aside.
    pub reserved: u128,
}

/// What became of a reservation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReservationOutcome {
    /// Held for its owner.
    Held,
    /// Its transaction is open.
    Open,
    /// Its transaction is finished; the serials are `count` from this number on.
    Done {
        /// Number of the first serial; 0 for a request that issues nothing.
        first_number: u64,
    },
    /// It came to nothing.
    Ended {
        /// How.
        how: Ended,
        /// Why, for a person.
        reason: String,
        /// When.
        at: UnixTime,
        /// Which refusal it was, if it was refused and that was kept.
        refusal: Option<Vec<u8>>,
    },
}

/// A reservation without the request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredReservation {
    /// The account.
    pub account: AccountId,
    /// Its id.
    pub id: ReservationId,
    /// The caller's key.
    pub key: IdempotencyKey,
    /// Digest of the request.
    pub request_digest: [u8; 32],
    /// What was asked for.
    pub kind: RequestKind,
    /// Who asked.
    pub user: String,
    /// Units set aside.
    pub value: u64,
    /// Items that it covers.
    pub count: u32,
    /// Items that were asked for.
    pub wanted_count: u32,
    /// Its priority.
    pub priority: u8,
    /// When it was reserved.
    pub created: UnixTime,
    /// Until when it is (or was to be) held.
    pub expires: Option<UnixTime>,
    /// Its transaction, once it has one.
    pub plan: Option<Plan>,
    /// What became of it.
    pub outcome: ReservationOutcome,
}

impl StoredReservation {
    /// The serial numbers that it was given; none if it issued nothing.
    #[must_use]
    pub fn issued(&self) -> Range<u64> {
        match self.outcome {
            ReservationOutcome::Done { first_number } if self.kind == RequestKind::Issue => {
                first_number..first_number + u64::from(self.count)
            }
            _ => 0..0,
        }
    }
}

/// An open reservation with the whole request, to be taken up again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenReservation {
    /// The account.
    pub account: AccountId,
    /// Its id.
    pub id: ReservationId,
    /// The caller's key.
    pub key: IdempotencyKey,
    /// Digest of the request.
    pub request_digest: [u8; 32],
    /// What is asked for.
    pub kind: RequestKind,
    /// Who asks.
    pub user: String,
    /// The whole request.
    pub body: Vec<u8>,
    /// How its user asked to draw it, if it was held.
    pub draw: Option<Vec<u8>>,
    /// Units set aside.
    pub value: u64,
    /// Items that it covers.
    pub count: u32,
    /// Items that were asked for.
    pub wanted_count: u32,
    /// Its priority.
    pub priority: u8,
    /// When it was reserved.
    pub created: UnixTime,
    /// Until when it is held, extensions included.
    pub expires: Option<UnixTime>,
    /// Its transaction; none for a held one.
    pub plan: Option<Plan>,
}

/// An open transaction with its requests, in the order in which they were planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenTransaction {
    /// The account.
    pub account: AccountId,
    /// Its ordinal.
    pub ordinal: Ordinal,
    /// Its date.
    pub at: UnixTime,
    /// Its requests.
    pub reservations: Vec<OpenReservation>,
}

/// Least ids that an account hasn't used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextIds {
    /// For its next reservation.
    pub reservation: ReservationId,
    /// For its next transaction.
    pub ordinal: Ordinal,
}

/// A closed transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTransaction {
    /// Its ordinal.
    pub ordinal: Ordinal,
    /// Its date.
    pub at: UnixTime,
    /// How it closed.
    pub outcome: TransactionOutcome,
}

/// What a day's finished transactions debited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaySpending {
    /// When the day began, in UTC.
    pub day: UnixTime,
    /// Units debited.
    pub value: u64,
    /// Indicia made.
    pub count: u64,
}

/// How a transaction closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransactionOutcome {
    /// The module never processed it.
    Void,
    /// The module processed it.
    Finished(Box<FinishedFacts>),
}

/// What a finished transaction left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishedFacts {
    /// The device's sequence after it.
    pub sequence: u64,
    /// Ascending register after it.
    pub ascending: u64,
    /// Descending register after it.
    pub descending: u64,
    /// All value ever funded.
    pub funded: u64,
    /// All value ever refunded.
    pub refunded: u64,
    /// All value that came back since its indicia became void.
    pub voided: u64,
    /// The number that the next serial has at least.
    pub next_number: u64,
    /// Units debited by it.
    pub value: u64,
    /// Indicia made by it.
    pub count: u64,
    /// Digest of the device record after it.
    pub record_digest: [u8; 32],
    /// Digest of the whole transaction as the module got it.
    pub request_digest: [u8; 32],
}

/// A run of indicia, its bytes still where SQLite has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredSegment<'a> {
    /// Number of the first serial.
    pub first: u64,
    /// How many.
    pub count: u32,
    /// The indicia.
    pub bytes: &'a [u8],
}

/// Something that is on record of a device, its bytes still where the database has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredEvent<'a> {
    /// Its number in the account, from 1.
    pub number: u64,
    /// What the module said.
    pub bytes: &'a [u8],
}

/// An indicium to which something happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStatus {
    /// Number of its serial.
    pub number: u64,
    /// What it has become.
    pub usage: Usage,
    /// When, last.
    pub at: UnixTime,
    /// Why, for a person.
    pub reason: String,
}

/// A use of an indicium, and whether it was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRedemption {
    /// The use.
    pub redemption: Redemption,
    /// How it was taken back.
    pub reversed: Option<Reversed>,
}

/// Where a redemption stands among all: its account, the number of its indicium, and which of that one's it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsePlace(pub AccountId, pub u64, pub u32);

impl UsePlace {
    /// Before all of them.
    pub const START: Self = Self(AccountId(0), 0, 0);
}

/// That a redemption was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reversed {
    /// By whom.
    pub by: String,
    /// Why, for a person.
    pub reason: String,
    /// When.
    pub at: UnixTime,
}
