//! The books: accounts, device records, reservations, transactions, indicia. In a file of SQLite, or in PostgreSQL.
//!
//! One [`Store`] writes, any number of [`Reader`]s read beside it; [`Place`] says where, and opens them. Everything that
//! changes value goes through [`Store::commit`]: one guarded transaction, durable when it returns, all or nothing. The
//! store knows no cryptography and no module; records, requests and segments are bytes to it.
//!
//! What is written of a request is written once. Whether it is open, done or ended follows from rows that are made
//! later, so closing a transaction costs the same whatever the number of requests in it.

mod books;
mod codes;
mod commit;
mod erasing;
mod error;
mod ids;
mod mark;
mod names;
mod place;
mod postgres;
mod prints;
mod rows;
mod sqlite;
mod step;
mod store;

pub use asker::{IdempotencyKey, IdempotencyKeyError};
pub use books::{Books, Reader};
pub use commit::{
    Commit, DeviceLock, Draw, Ended, Ending, FinishedTransaction, NewAccount, NewReservation, Plan,
    PlannedTransaction, Redemption, RefusedRequest, RequestKind, Reversal, Segment, StaffEvent, StatusChange,
    Usage, VoidedTransaction,
};
pub use erasing::{ErasedRequest, Erasure};
pub use error::{Conflict, StoreError};
pub use ids::{AccountId, Ordinal, ReservationId};
pub use mark::{Mark, MarkError};
pub use names::{AccountName, AccountNameError};
pub use place::Place;
pub use postgres::{DatabaseUrl, DatabaseUrlError};
pub use prints::{NewPrint, PrintNews, PrintOutcome, PrinterChange, StoredPrint, StoredPrinter};
pub use rows::{
    Account, AccountSummary, DaySpending, DenominationTotals, FinishedFacts, NextIds, OpenReservation,
    OpenTransaction, ReservationOutcome, Reversed, StoredEvent, StoredRedemption, StoredReservation,
    StoredSegment, StoredStatus, StoredTransaction, TransactionOutcome, UsePlace,
};
pub use store::Store;
