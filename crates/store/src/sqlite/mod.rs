//! The books in one file of SQLite.

mod account_reads;
mod applying;
mod books;
mod closing;
mod column;
mod erasing;
mod lock;
mod print_reads;
mod printing;
mod request_reads;
mod schema;
mod segment_reads;
mod store;
mod usage_reads;
mod using;

pub(crate) use books::SqliteBooks;
pub(crate) use store::SqliteStore;

use rusqlite::ErrorCode;

use crate::error::StoreError;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error;
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::SystemIoFailure) => Self::Disk(error.to_string()),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error.to_string()),
            _ => match error {
                Error::FromSqlConversionFailure(..)
                | Error::IntegralValueOutOfRange(..)
                | Error::InvalidColumnType(..)
                | Error::Utf8Error(..) => Self::Damaged(error.to_string()),
                error => Self::Database(error.to_string()),
            },
        }
    }
}
