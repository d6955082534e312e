//! The books: accounts, device records, reservations, transactions, indicia. SQLite, in one file.
//!
//! One [`Store`] writes, any number of [`Reader`]s read beside it. Everything that changes value goes through
//! [`Store::commit`]: one guarded transaction, durable when it returns, all or nothing. The store knows no
//! cryptography and no module; records, requests and segments are bytes to it.
//!
//! What is written of a request is written once. Whether it is open, done or ended follows from rows that are made
//! later, so closing a transaction costs the same whatever the number of requests in it.

mod applying;
mod closing;
mod column;
mod commit;
mod error;
mod ids;
mod lock;
mod names;
mod reader;
mod request_reads;
mod rows;
mod schema;
mod segment_reads;
mod store;

pub use commit::{
    Commit, DeviceLock, Draw, Ended, Ending, FinishedTransaction, NewAccount, NewReservation, Plan,
    PlannedTransaction, RequestKind, Segment, Status, StatusChange, VoidedTransaction,
};
pub use error::{Conflict, StoreError};
pub use ids::{AccountId, Ordinal, ReservationId};
pub use names::{AccountName, AccountNameError, IdempotencyKey, IdempotencyKeyError};
pub use reader::Reader;
pub use rows::{
    Account, AccountSummary, DenominationTotals, FinishedFacts, NextIds, OpenReservation, OpenTransaction,
    ReservationOutcome, StoredReservation, StoredSegment, StoredStatus, StoredTransaction,
    TransactionOutcome,
};
pub use store::Store;
