//! What columns hold, as our types. What can't be one is damage.

use indicia::{DeviceId, UnixTime};
use tokio_postgres::Row;
use tokio_postgres::types::FromSqlOwned;

use crate::error::StoreError;
use crate::ids::AccountId;

fn damaged(column: usize, what: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged(format!("column {column} of a row: {what}"))
}

/// A column's value, of a type that it can have.
pub(super) fn get<T: FromSqlOwned>(row: &Row, column: usize) -> Result<T, StoreError> {
    row.try_get(column).map_err(|error| damaged(column, super::trouble::reason(&error)))
}

/// A column's yes or no.
pub(super) fn flag(row: &Row, column: usize) -> Result<bool, StoreError> {
    get(row, column)
}

/// A column's number, which is never negative.
pub(super) fn unsigned(row: &Row, column: usize) -> Result<u64, StoreError> {
    let number: i64 = get(row, column)?;
    u64::try_from(number).map_err(|_| damaged(column, number))
}

/// A column's number, if there is one.
pub(super) fn unsigned_or_none(row: &Row, column: usize) -> Result<Option<u64>, StoreError> {
    let number: Option<i64> = get(row, column)?;
    number.map(|number| u64::try_from(number).map_err(|_| damaged(column, number))).transpose()
}

/// A column's number of 32 bits.
pub(super) fn small(row: &Row, column: usize) -> Result<u32, StoreError> {
    let number = unsigned(row, column)?;
    u32::try_from(number).map_err(|_| damaged(column, number))
}

/// A column's time.
pub(super) fn moment(row: &Row, column: usize) -> Result<UnixTime, StoreError> {
    unsigned(row, column).map(UnixTime)
}

pub(super) fn account(row: &Row, column: usize) -> Result<AccountId, StoreError> {
    small(row, column).map(AccountId)
}

pub(super) fn device(row: &Row, column: usize) -> Result<DeviceId, StoreError> {
    small(row, column).map(DeviceId)
}

/// A column's text, read as something.
pub(super) fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
    row: &Row,
    column: usize,
) -> Result<T, StoreError> {
    get::<String>(row, column)?.parse().map_err(|error: T::Err| damaged(column, error))
}

/// A column's code of an enumeration.
pub(super) fn coded<T>(row: &Row, column: usize, from: fn(i64) -> Option<T>) -> Result<T, StoreError> {
    let code: i16 = get(row, column)?;
    from(code.into()).ok_or_else(|| damaged(column, code))
}

/// A column's 32 bytes.
pub(super) fn digest(row: &Row, column: usize) -> Result<[u8; 32], StoreError> {
    let bytes: Vec<u8> = get(row, column)?;
    bytes.try_into().map_err(|bytes: Vec<u8>| damaged(column, format_args!("{} bytes", bytes.len())))
}

/// A text that a column can hold: this database has one character less than others.
pub(super) fn text(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
