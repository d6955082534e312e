//! Reading what was issued: segments, closed transactions.

use indicia::UnixTime;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::column::{Unsigned, moment, unsigned};
use crate::codes::int;
use crate::error::StoreError;
use crate::ids::{AccountId, Ordinal};
use crate::rows::{DaySpending, FinishedFacts, StoredSegment, StoredTransaction, TransactionOutcome};

/// Hands out the segments that hold any of `count` serial numbers from `first` on, in order. The first and last may
/// begin before and end after them.
pub(super) fn segments(
    connection: &Connection,
    account: AccountId,
    first: u64,
    count: u64,
    each: &mut dyn FnMut(StoredSegment<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let end = first.saturating_add(count).min(i64::MAX.unsigned_abs());
    if first >= end {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(
        "SELECT first, count, bytes FROM segments WHERE account = ?1 AND first < ?3 AND first + count > ?2
         AND first >= coalesce(
             (SELECT first FROM segments WHERE account = ?1 AND first <= ?2 ORDER BY first DESC LIMIT 1), ?2)
         ORDER BY first",
    )?;
    let mut rows =
        statement.query(params![account, int("a serial number", first)?, int("a serial number", end)?])?;
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(2)?.as_blob().map_err(|error| StoreError::Damaged(error.to_string()))?;
        each(StoredSegment { first: unsigned(row, 0)?, count: row.get(1)?, bytes })?;
    }
    Ok(())
}

/// Hands out an account's closed transactions in order.
pub(super) fn transactions(
    connection: &Connection,
    account: AccountId,
    each: &mut dyn FnMut(StoredTransaction) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT ordinal, at, sequence, ascending, descending, funded, refunded, next_number, value, count,
         record_digest, request_digest, voided FROM transactions WHERE account = ?1 ORDER BY ordinal",
    )?;
    let mut rows = statement.query([account])?;
    while let Some(row) = rows.next()? {
        each(read_transaction(row)?)?;
    }
    Ok(())
}

/// What was debited from the beginning of a day on, day by day. Transactions are in the order of their dates, so that only
/// those from then on are read.
pub(super) fn spending(
    connection: &Connection,
    account: AccountId,
    since: UnixTime,
) -> Result<Vec<DaySpending>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT at / 86400 * 86400, sum(value), sum(count) FROM transactions WHERE account = ?1 AND value > 0
         AND ordinal > coalesce((SELECT ordinal FROM transactions WHERE account = ?1 AND at < ?2
             ORDER BY ordinal DESC LIMIT 1), 0)
         GROUP BY 1 ORDER BY 1",
    )?;
    let rows = statement.query_map(params![account, int("a time", since.0)?], |row| {
        Ok(DaySpending { day: moment(row, 0)?, value: unsigned(row, 1)?, count: unsigned(row, 2)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The date of the account's last transaction, closed or open.
pub(super) fn last_transaction_at(
    connection: &Connection,
    account: AccountId,
) -> Result<Option<UnixTime>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT at FROM open_transactions WHERE account = ?1 UNION ALL
         SELECT at FROM (SELECT at FROM transactions WHERE account = ?1 ORDER BY ordinal DESC LIMIT 1)
         LIMIT 1",
    )?;
    Ok(statement.query_row([account], |row| moment(row, 0)).optional()?)
}

fn read_transaction(row: &Row<'_>) -> rusqlite::Result<StoredTransaction> {
    let (ordinal, at) = (row.get::<_, Ordinal>(0)?, moment(row, 1)?);
    let Some(Unsigned(sequence)) = row.get(2)? else {
        return Ok(StoredTransaction { ordinal, at, outcome: TransactionOutcome::Void });
    };
    let facts = FinishedFacts {
        sequence,
        ascending: unsigned(row, 3)?,
        descending: unsigned(row, 4)?,
        funded: unsigned(row, 5)?,
        refunded: unsigned(row, 6)?,
        voided: unsigned(row, 12)?,
        next_number: unsigned(row, 7)?,
        value: unsigned(row, 8)?,
        count: unsigned(row, 9)?,
        record_digest: row.get(10)?,
        request_digest: row.get(11)?,
    };
    Ok(StoredTransaction { ordinal, at, outcome: TransactionOutcome::Finished(Box::new(facts)) })
}
