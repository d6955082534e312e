//! Reading what was issued: segments, closed transactions.

use indicia::UnixTime;
use tokio_postgres::Row;

use super::row::{digest, moment, small, unsigned, unsigned_or_none};
use super::session::Session;
use crate::codes::int;
use crate::error::StoreError;
use crate::ids::{AccountId, Ordinal};
use crate::rows::{DaySpending, FinishedFacts, StoredSegment, StoredTransaction, TransactionOutcome};

/// Hands out the segments that hold any of `count` serial numbers from `first` on, in order. The first and last may
/// begin before and end after them.
pub(super) fn segments(
    session: &Session,
    account: AccountId,
    first: u64,
    count: u64,
    each: &mut dyn FnMut(StoredSegment<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let end = first.saturating_add(count).min(i64::MAX.unsigned_abs());
    if first >= end {
        return Ok(());
    }
    session.each_row(
        "SELECT first, count, bytes FROM segments WHERE account = $1 AND first < $3 AND first + count > $2
         AND first >= coalesce(
             (SELECT first FROM segments WHERE account = $1 AND first <= $2 ORDER BY first DESC LIMIT 1), $2)
         ORDER BY first",
        &[&i64::from(account.0), &int("a serial number", first)?, &int("a serial number", end)?],
        &mut |row| {
            let bytes =
                row.try_get(2).map_err(|error| StoreError::Damaged(super::trouble::reason(&error)))?;
            each(StoredSegment { first: unsigned(row, 0)?, count: small(row, 1)?, bytes })
        },
    )
}

/// Hands out an account's closed transactions in order.
pub(super) fn transactions(
    session: &Session,
    account: AccountId,
    each: &mut dyn FnMut(StoredTransaction) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    session.each_row(
        "SELECT ordinal, at, sequence, ascending, descending, funded, refunded, next_number, value, count,
         record_digest, request_digest, voided FROM transactions WHERE account = $1 ORDER BY ordinal",
        &[&i64::from(account.0)],
        &mut |row| each(read_transaction(row)?),
    )
}

/// What was debited from the beginning of a day on, day by day. Transactions are in the order of their dates, so that only
/// those from then on are read.
pub(super) fn spending(
    session: &Session,
    account: AccountId,
    since: UnixTime,
) -> Result<Vec<DaySpending>, StoreError> {
    let mut days = Vec::new();
    session.each_row(
        "SELECT at / 86400 * 86400, sum(value)::bigint, sum(count)::bigint FROM transactions
         WHERE account = $1 AND value > 0
         AND ordinal > coalesce((SELECT ordinal FROM transactions WHERE account = $1 AND at < $2
             ORDER BY ordinal DESC LIMIT 1), 0)
         GROUP BY 1 ORDER BY 1",
        &[&i64::from(account.0), &int("a time", since.0)?],
        &mut |row| {
            let (value, count) = (unsigned(row, 1)?, unsigned(row, 2)?);
            days.push(DaySpending { day: moment(row, 0)?, value, count });
            Ok(())
        },
    )?;
    Ok(days)
}

/// The date of the account's last transaction, closed or open.
pub(super) fn last_transaction_at(
    session: &Session,
    account: AccountId,
) -> Result<Option<UnixTime>, StoreError> {
    let row = session.row(
        "SELECT coalesce((SELECT at FROM open_transactions WHERE account = $1),
             (SELECT at FROM transactions WHERE account = $1 ORDER BY ordinal DESC LIMIT 1))",
        &[&i64::from(account.0)],
    )?;
    Ok(row.map_or(Ok(None), |row| unsigned_or_none(&row, 0))?.map(UnixTime))
}

fn read_transaction(row: &Row) -> Result<StoredTransaction, StoreError> {
    let (ordinal, at) = (Ordinal(unsigned(row, 0)?), moment(row, 1)?);
    let Some(sequence) = unsigned_or_none(row, 2)? else {
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
        record_digest: digest(row, 10)?,
        request_digest: digest(row, 11)?,
    };
    Ok(StoredTransaction { ordinal, at, outcome: TransactionOutcome::Finished(Box::new(facts)) })
}
