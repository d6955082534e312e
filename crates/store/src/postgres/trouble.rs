//! What can go wrong on the way to the server, and what follows from it.

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::{ErrorPosition, Severity, SqlState};

use crate::error::{Conflict, StoreError};

/// How a statement failed.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The connection is gone, and with it the transaction, unless its commit was on the way.
    Lost(String),
    /// The transaction was undone for no fault of its own, and can be tried again.
    Again(String),
    /// A row with this key is there: the table's constraint.
    NotUnique(String),
    /// It is as it is.
    Said(StoreError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Said(error)
    }
}

impl From<Conflict> for Trouble {
    fn from(conflict: Conflict) -> Self {
        Self::Said(conflict.into())
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let reason = reason(&error);
        let Some(said) = error.as_db_error() else {
            // Either there is no connection, or what came can't be read.
            let is_lost =
                error.is_closed() || error.source().is_some_and(|source| source.is::<std::io::Error>());
            return if is_lost { Self::Lost(reason) } else { Self::Said(StoreError::Damaged(reason)) };
        };
        if matches!(said.parsed_severity(), Some(Severity::Fatal | Severity::Panic)) {
            return Self::Lost(reason);
        }
        let code = said.code();
        // A pooler that lost the server says so as an error of its own (class 08), and nobody knows what was done.
        if code.code().starts_with("08") {
            return Self::Lost(reason);
        }
        if [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(code) {
            return Self::Again(reason);
        }
        if *code == SqlState::UNIQUE_VIOLATION {
            return Self::NotUnique(said.constraint().unwrap_or_default().to_owned());
        }
        Self::Said(match code {
            code if *code == SqlState::DISK_FULL => StoreError::DiskFull,
            code if *code == SqlState::LOCK_NOT_AVAILABLE => StoreError::Busy,
            code if *code == SqlState::READ_ONLY_SQL_TRANSACTION => StoreError::ReadOnly,
            code if *code == SqlState::IO_ERROR => StoreError::Disk(reason),
            code if [SqlState::DATA_CORRUPTED, SqlState::INDEX_CORRUPTED].contains(code) => {
                StoreError::Damaged(reason)
            }
            _ => StoreError::Database(reason),
        })
    }
}

impl Trouble {
    /// As it is said to somebody for whom nothing more can be tried.
    pub(super) fn into_error(self) -> StoreError {
        match self {
            Self::Lost(reason) => StoreError::Database(format!("the connection was lost: {reason}")),
            Self::Again(reason) => StoreError::Database(reason),
            Self::NotUnique(constraint) => {
                StoreError::Database(format!("a row of {constraint} is there already"))
            }
            Self::Said(error) => error,
        }
    }
}

/// What is wrong, from the outside to the inside. Never the values of a row, which the server may show besides.
pub(super) fn reason(error: &Error) -> String {
    if let Some(said) = error.as_db_error() {
        let place = match said.position() {
            Some(ErrorPosition::Original(place)) => format!(", at character {place} of the statement"),
            _ => String::new(),
        };
        return format!("{} ({}){place}", said.message(), said.code().code());
    }
    let mut text = error.to_string();
    let mut inner = error.source();
    while let Some(error) = inner {
        let more = error.to_string();
        if !text.ends_with(&more) {
            text = format!("{text}: {more}");
        }
        inner = error.source();
    }
    text
}
