//! What can go wrong, in sentences for a person.

use thiserror::Error;

use crate::ids::{AccountId, Ordinal, ReservationId};
use crate::place::Place;

/// Why the store couldn't do something. A failed commit has changed nothing, unless it is
/// [`StoreError::Disk`], [`StoreError::Uncertain`] or [`StoreError::Deposed`].
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A change doesn't fit what is stored.
    #[error("the books refuse a change: {0}")]
    Conflict(#[from] Conflict),
    /// A number that no column holds.
    #[error("{what} is {value}, more than the store can hold ({})", i64::MAX)]
    TooLarge {
        /// Which.
        what: &'static str,
        /// The number.
        value: u64,
    },
    /// The disk, or the quota, is full.
    #[error("the disk is full: nothing was changed; free some space and try again")]
    DiskFull,
    /// Somebody else has the database in use.
    #[error("the database is in use by another program; try again in a moment")]
    Busy,
    /// Another process writes to this store.
    #[error("{0} is in use by another process; only one may write to it at a time")]
    InUse(Place),
    /// No right to write.
    #[error("the database can't be written: it, its folder or its disk is read-only")]
    ReadOnly,
    /// The disk failed.
    #[error("the disk failed while the store was used ({0})")]
    Disk(String),
    /// The database server can't be reached.
    #[error(
        "{place} couldn't be reached for {seconds} seconds ({reason}): nothing was changed; start it and try again"
    )]
    Unreachable {
        /// Where.
        place: Place,
        /// For how long it was tried.
        seconds: u64,
        /// What was last said.
        reason: String,
    },
    /// The database server went away in the midst of a commit, and stayed away.
    #[error(
        "{place} went away while a commit was on its way ({reason}): start it, and open the store again to see what is durable"
    )]
    Uncertain {
        /// Where.
        place: Place,
        /// What was last said.
        reason: String,
    },
    /// Another process has taken the books over.
    #[error("another process has begun to write to {0} since; this one may write no more and must be ended")]
    Deposed(Place),
    /// A pooler stands in between, and no connection keeps its process.
    #[error(
        "{0} is behind a pooler that gives each transaction another connection, so that the writer's lock wouldn't hold; name \
         the server itself, or set the pooler to session mode"
    )]
    Pooled(Place),
    /// The store failed in such a way that only opening it again shows what is durable.
    #[error("the store failed earlier ({0}); open it again to see what is durable")]
    Suspended(String),
    /// Something is there already.
    #[error("{0} is there already; nothing was changed")]
    Exists(Place),
    /// Nothing is there, or it can't be opened.
    #[error("there is no store that can be opened at {place}: {reason}")]
    CannotOpen {
        /// Where.
        place: Place,
        /// Why not.
        reason: String,
    },
    /// The file is something else.
    #[error("{0} isn't a store of Mintage")]
    NotAStore(Place),
    /// Made by a newer version of the program.
    #[error(
        "the store has version {found}, this program knows versions up to {known}; use the newer program"
    )]
    NewerVersion {
        /// Version of the file.
        found: u32,
        /// Latest known version.
        known: u32,
    },
    /// Made by an older version, and opened for reading only.
    #[error(
        "the store has version {found} and must be opened for writing once, to be brought to version {known}"
    )]
    OlderVersion {
        /// Version of the file.
        found: u32,
        /// Latest known version.
        known: u32,
    },
    /// What is stored can't be right.
    #[error("the database is damaged ({0}); put a backup back")]
    Damaged(String),
    /// Anything else that the database says.
    #[error("the database failed: {0}")]
    Database(String),
}

/// A change that was made for another state than the one that is stored.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Conflict {
    /// Id of an account taken.
    #[error("there is an account {0} already")]
    AccountExists(AccountId),
    /// Name of an account taken.
    #[error("there is an account named {0} already")]
    NameTaken(crate::AccountName),
    /// Device taken.
    #[error("device {0} belongs to another account already")]
    DeviceTaken(indicia::DeviceId),
    /// No such account.
    #[error("there is no account {0}")]
    NoAccount(AccountId),
    /// The account is locked.
    #[error("account {0} is locked")]
    Locked(AccountId),
    /// Id of a reservation taken.
    #[error("account {0} has a reservation {1} already")]
    ReservationExists(AccountId, ReservationId),
    /// Idempotency key taken.
    #[error("account {0} has a request with the idempotency key {1} already")]
    KeyTaken(AccountId, crate::IdempotencyKey),
    /// Not a held reservation.
    #[error("reservation {1} of account {0} isn't held")]
    NotHeld(AccountId, ReservationId),
    /// Not an open reservation that may end.
    #[error(
        "reservation {1} of account {0} can't end: it is neither held nor of a transaction that is being voided"
    )]
    CannotEnd(AccountId, ReservationId),
    /// Ended before.
    #[error("reservation {1} of account {0} has ended already")]
    EndedAlready(AccountId, ReservationId),
    /// A reservation's plan names a transaction that doesn't begin in the same commit.
    #[error("reservation {1} of account {0} is planned for transaction {2}, which doesn't begin with it")]
    PlanMissing(AccountId, ReservationId, Ordinal),
    /// An open transaction stands in the way.
    #[error("account {0} has an open transaction already")]
    TransactionOpen(AccountId),
    /// The ordinal isn't new.
    #[error("account {0} has had a transaction {1} or later already")]
    OrdinalUsed(AccountId, Ordinal),
    /// Not open.
    #[error("account {0} has no open transaction {1}")]
    NotOpen(AccountId, Ordinal),
    /// A refusal for a reservation of another transaction.
    #[error("reservation {1} of account {0} isn't one of transaction {2}")]
    NotOfTransaction(AccountId, ReservationId, Ordinal),
    /// A voided transaction's reservations without endings.
    #[error("transaction {1} of account {0} is voided, but {2} of its reservations have no ending")]
    EndingsMissing(AccountId, Ordinal, u64),
    /// A sequence that doesn't follow.
    #[error("the device of account {account} made transaction {found} after {stored}")]
    Sequence {
        /// The account.
        account: AccountId,
        /// Stored sequence.
        stored: u64,
        /// The one that was to follow.
        found: u64,
    },
    /// The registers don't balance.
    #[error("the registers of account {0} don't balance: nothing like that may be stored")]
    Unbalanced(AccountId),
    /// Serial numbers used before, out of order or miscounted.
    #[error("the serial numbers of transaction {1} of account {0} aren't new, ascending and complete")]
    Numbers(AccountId, Ordinal),
    /// A status for a serial that was never issued.
    #[error("account {0} has issued no indicium with the number {1}")]
    NotIssued(AccountId, u64),
    /// It has become something else since.
    #[error(
        "the indicium with the number {1} of account {0} isn't any more what it was when the change was made"
    )]
    UsedSince(AccountId, u64),
    /// A place or a key that a redemption has already.
    #[error(
        "the indicium with the number {1} of account {0} has redemption {2} already, or its key is taken"
    )]
    RedemptionExists(AccountId, u64, u32),
    /// No such redemption, or one that was taken back.
    #[error("the indicium with the number {1} of account {0} has no redemption {2} that could be taken back")]
    NotReversible(AccountId, u64, u32),
    /// A print of a serial that was never issued.
    #[error("not all of the numbers {1} to {2} of account {0} are issued, so that they can't be printed")]
    NotAllIssued(AccountId, u64, u64),
    /// A print of what is void or used up.
    #[error("the indicium with the number {1} of account {0} is void or used up, and isn't printed any more")]
    NotPrintable(AccountId, u64),
    /// A print of what was printed before, which doesn't say that it is a reprint.
    #[error("some of the numbers {1} to {2} of account {0} were printed before, by its print {3}")]
    PrintedBefore(AccountId, u64, u64, u64),
    /// A print's number that is taken, or runs of numbers that aren't in order.
    #[error("print {1} of account {0} is there already, or its runs of numbers aren't in order")]
    PrintExists(AccountId, u64),
    /// A request that isn't there or isn't over.
    #[error("account {0} has no request {1} that is over, so that something of it could be erased")]
    NotOver(AccountId, ReservationId),
    /// A run of indicia that isn't there, or not as long.
    #[error("account {0} has no run of {2} indicia from the number {1} on")]
    NoSegment(AccountId, u64, u32),
    /// News of a print that isn't there, or is over.
    #[error("account {0} has no print {1} that isn't over")]
    NoOpenPrint(AccountId, u64),
}
