//! Between our types and columns.

use indicia::UnixTime;
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, Type, ValueRef};

use crate::commit::{Ended, RequestKind, Status};
use crate::error::StoreError;
use crate::ids::{AccountId, Ordinal, ReservationId};

/// A number as a column holds it.
pub(crate) fn int(what: &'static str, value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::TooLarge { what, value })
}

/// A time as a column holds it: one beyond 2^63 seconds is as good as the last one before.
pub(crate) fn time(at: UnixTime) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

/// A number that is never negative.
pub(crate) struct Unsigned(pub(crate) u64);

impl FromSql for Unsigned {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        u64::try_from(number).map(Self).map_err(|_| FromSqlError::OutOfRange(number))
    }
}

/// A column's number.
pub(crate) fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, Unsigned>(column)?.0)
}

/// A column's time.
pub(crate) fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<UnixTime> {
    unsigned(row, column).map(UnixTime)
}

/// A column's time, if there is one.
pub(crate) fn moment_or_none(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<UnixTime>> {
    Ok(row.get::<_, Option<Unsigned>>(column)?.map(|seconds| UnixTime(seconds.0)))
}

/// A column's text, read as something.
pub(crate) fn parsed<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: std::str::FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let text = row.get_ref(column)?.as_str()?;
    let failure =
        |error: T::Err| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error));
    text.parse().map_err(failure)
}

impl ToSql for AccountId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for AccountId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        u32::column_result(value).map(Self)
    }
}

impl FromSql for ReservationId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Unsigned::column_result(value).map(|id| Self(id.0))
    }
}

impl FromSql for Ordinal {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Unsigned::column_result(value).map(|ordinal| Self(ordinal.0))
    }
}

/// Gives an enumeration fixed codes in the database.
macro_rules! codes {
    ($name:ident { $($variant:ident = $code:literal),+ }) => {
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                let code: i64 = match self { $(Self::$variant => $code),+ };
                Ok(ToSqlOutput::from(code))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                match value.as_i64()? {
                    $($code => Ok(Self::$variant),)+
                    other => Err(FromSqlError::OutOfRange(other)),
                }
            }
        }
    };
}

codes!(RequestKind { Issue = 1, Fund = 2, Refund = 3, State = 4 });
codes!(Ended { Refused = 1, Expired = 2, Released = 3 });
codes!(Status { Void = 1, Redeemed = 2 });
