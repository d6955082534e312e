//! Reading how far indicia are used, and by whom.

use asker::IdempotencyKey;
use indicia::{Status, UnixTime};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::column::{coded, moment, moment_or_none, parsed, unsigned};
use crate::codes::{Coded, bound, time};
use crate::commit::{Redemption, Usage};
use crate::error::StoreError;
use crate::ids::AccountId;
use crate::rows::{Reversed, StoredRedemption, StoredStatus, UsePlace};

/// What every reading of redemptions begins with.
macro_rules! redemption_query {
    ($rest:literal) => {
        concat!(
            "SELECT r.account, r.number, r.place, r.who, r.key, r.request_digest, r.value, r.used, r.gate, r.at,
             r.received, r.excess, v.who, v.reason, v.at, r.moved, r.outside FROM redemptions r
             LEFT JOIN reversals v ON v.account = r.account AND v.number = r.number AND v.place = r.place ",
            $rest
        )
    };
}

/// Those of `count` serial numbers from `first` on to which something happened, in order.
pub(super) fn statuses(
    connection: &Connection,
    account: AccountId,
    first: u64,
    count: u64,
) -> Result<Vec<StoredStatus>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT status, used, redemptions, outside, number, at, reason FROM statuses
         WHERE account = ?1 AND number >= ?2 AND number < ?3 ORDER BY number",
    )?;
    let by = params![account, bound(first), bound(first.saturating_add(count))];
    let rows = statement.query_map(by, |row| {
        let (number, usage) = (unsigned(row, 4)?, read_usage(row)?);
        Ok(StoredStatus { number, usage, at: moment(row, 5)?, reason: row.get(6)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// At most so many indicia that aren't live, from a serial number on, in order.
pub(super) fn dead(
    connection: &Connection,
    account: AccountId,
    first: u64,
    most: u64,
    expired_before: UnixTime,
) -> Result<Vec<(u64, Status)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT number, status FROM statuses
         WHERE account = ?1 AND number >= ?2 AND status <> ?3 AND (expires IS NULL OR expires >= ?5)
         ORDER BY number LIMIT ?4",
    )?;
    let by = params![account, bound(first), Status::Live.code(), bound(most), time(expired_before)];
    let rows = statement.query_map(by, |row| Ok((unsigned(row, 0)?, coded(row, 1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// How far indicia are used, of those that were ever issued.
pub(super) fn usages(
    connection: &Connection,
    indicia: &[(AccountId, u64)],
) -> Result<Vec<(AccountId, u64, Usage)>, StoreError> {
    let mut found = Vec::with_capacity(indicia.len());
    for (account, number) in indicia {
        found.extend(usage(connection, *account, *number)?.map(|usage| (*account, *number, usage)));
    }
    Ok(found)
}

/// How far an indicium is used, if it was ever issued.
pub(super) fn usage(
    connection: &Connection,
    account: AccountId,
    number: u64,
) -> Result<Option<Usage>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT coalesce(u.status, 0), coalesce(u.used, 0), coalesce(u.redemptions, 0), coalesce(u.outside, 0)
         FROM (SELECT first, count FROM segments WHERE account = ?1 AND first <= ?2
             ORDER BY first DESC LIMIT 1) AS nearest
         LEFT JOIN statuses u ON u.account = ?1 AND u.number = ?2
         WHERE ?2 < nearest.first + nearest.count",
    )?;
    Ok(statement.query_row(params![account, bound(number)], read_usage).optional()?)
}

/// The redemptions that these people made under these keys.
pub(super) fn redemptions_by_keys(
    connection: &Connection,
    keys: &[(AccountId, &str, &IdempotencyKey)],
) -> Result<Vec<StoredRedemption>, StoreError> {
    let sql = redemption_query!("WHERE r.account = ?1 AND r.who = ?2 AND r.key = ?3");
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = Vec::new();
    for (account, who, key) in keys {
        let mut rows = statement.query(params![account, who, key.as_str()])?;
        found.extend(rows.next()?.map(read_redemption).transpose()?);
    }
    Ok(found)
}

/// Hands out the redemptions of `count` serial numbers from `first` on, in order.
pub(super) fn redemptions(
    connection: &Connection,
    account: AccountId,
    first: u64,
    count: u64,
    each: &mut dyn FnMut(StoredRedemption) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = redemption_query!(
        "WHERE r.account = ?1 AND r.number >= ?2 AND r.number < ?3 ORDER BY r.number, r.place"
    );
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![account, bound(first), bound(first.saturating_add(count))])?;
    while let Some(row) = rows.next()? {
        each(read_redemption(row)?)?;
    }
    Ok(())
}

/// Hands out at most so many redemptions with an excess, from the one after a place on.
pub(super) fn double_uses(
    connection: &Connection,
    UsePlace(account, number, place): UsePlace,
    most: u64,
    each: &mut dyn FnMut(StoredRedemption) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = redemption_query!(
        "WHERE r.excess > 0 AND (r.account, r.number, r.place) > (?1, ?2, ?3)
         ORDER BY r.account, r.number, r.place LIMIT ?4"
    );
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![account, bound(number), place, bound(most)])?;
    while let Some(row) = rows.next()? {
        each(read_redemption(row)?)?;
    }
    Ok(())
}

/// A usage, in the first four columns.
fn read_usage(row: &Row<'_>) -> rusqlite::Result<Usage> {
    Ok(Usage {
        status: coded(row, 0)?,
        used: unsigned(row, 1)?,
        redemptions: row.get(2)?,
        outside: unsigned(row, 3)?,
    })
}

fn read_redemption(row: &Row<'_>) -> rusqlite::Result<StoredRedemption> {
    let redemption = Redemption {
        account: row.get(0)?,
        number: unsigned(row, 1)?,
        place: row.get(2)?,
        by: row.get(3)?,
        key: parsed(row, 4)?,
        request_digest: row.get(5)?,
        value: unsigned(row, 6)?,
        used: unsigned(row, 7)?,
        gate: row.get(8)?,
        at: moment(row, 9)?,
        received: moment(row, 10)?,
        excess: unsigned(row, 11)?,
        moved: row.get(15)?,
        outside: unsigned(row, 16)?,
    };
    let reversed = match moment_or_none(row, 14)? {
        Some(at) => Some(Reversed { by: row.get(12)?, reason: row.get(13)?, at }),
        None => None,
    };
    Ok(StoredRedemption { redemption, reversed })
}
