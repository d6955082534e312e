//! Reading how far indicia are used, and by whom.

use asker::IdempotencyKey;
use tokio_postgres::Row;

use super::row::{
    account as account_id, coded, digest, flag, get, moment, parsed, small, unsigned, unsigned_or_none,
};
use super::session::Session;
use crate::codes::{Coded, bound, time};
use crate::commit::{Redemption, Usage};
use crate::error::StoreError;
use crate::ids::AccountId;
use crate::rows::{Reversed, StoredRedemption, StoredStatus, UsePlace};
use indicia::{Status, UnixTime};

/// What every reading of redemptions begins with.
macro_rules! redemption_query {
    ($from:literal, $rest:literal) => {
        concat!(
            "SELECT r.account, r.number, r.place, r.who, r.key, r.request_digest, r.value, r.used, r.gate, r.at,
             r.received, r.excess, v.who, v.reason, v.at, r.moved, r.outside FROM ",
            $from,
            " LEFT JOIN reversals v ON v.account = r.account AND v.number = r.number AND v.place = r.place ",
            $rest
        )
    };
}

/// How far indicia are used, each with account, number, and whether it was ever issued.
pub(super) const USAGES: &str = "SELECT coalesce(u.status, 0::smallint), coalesce(u.used, 0), coalesce(u.redemptions, 0),
        coalesce(u.outside, 0), named.account, named.number,
        EXISTS (SELECT FROM (SELECT first, count FROM segments s
                WHERE s.account = named.account AND s.first <= named.number ORDER BY first DESC LIMIT 1) AS nearest
            WHERE named.number < first + count)
    FROM unnest($1::bigint[], $2::bigint[]) AS named (account, number)
    LEFT JOIN statuses u ON u.account = named.account AND u.number = named.number";

/// Those of `count` serial numbers from `first` on to which something happened, in order.
pub(super) fn statuses(
    session: &Session,
    account: AccountId,
    first: u64,
    count: u64,
) -> Result<Vec<StoredStatus>, StoreError> {
    let rows = session.rows(
        "SELECT status, used, redemptions, outside, number, at, reason FROM statuses
         WHERE account = $1 AND number >= $2 AND number < $3 ORDER BY number",
        &[&i64::from(account.0), &bound(first), &bound(first.saturating_add(count))],
    )?;
    let read = |row: &Row| {
        let (number, usage) = (unsigned(row, 4)?, read_usage(row)?);
        Ok(StoredStatus { number, usage, at: moment(row, 5)?, reason: get(row, 6)? })
    };
    rows.iter().map(read).collect()
}

/// At most so many indicia that aren't live, from a serial number on, in order.
pub(super) fn dead(
    session: &Session,
    account: AccountId,
    first: u64,
    most: u64,
    expired_before: UnixTime,
) -> Result<Vec<(u64, Status)>, StoreError> {
    let rows = session.rows(
        "SELECT number, status FROM statuses
         WHERE account = $1 AND number >= $2 AND status <> $3 AND (expires IS NULL OR expires >= $5)
         ORDER BY number LIMIT $4",
        &[&i64::from(account.0), &bound(first), &Status::Live.code(), &bound(most), &time(expired_before)],
    )?;
    rows.iter().map(|row| Ok((unsigned(row, 0)?, coded(row, 1, Status::from_code)?))).collect()
}

/// How far indicia are used, of those that were ever issued.
pub(super) fn usages(
    session: &Session,
    indicia: &[(AccountId, u64)],
) -> Result<Vec<(AccountId, u64, Usage)>, StoreError> {
    let (accounts, numbers): (Vec<i64>, Vec<i64>) =
        indicia.iter().map(|(account, number)| (i64::from(account.0), bound(*number))).unzip();
    let mut found = Vec::with_capacity(indicia.len());
    for row in session.rows(USAGES, &[&accounts, &numbers])? {
        if flag(&row, 6)? {
            found.push((account_id(&row, 4)?, unsigned(&row, 5)?, read_usage(&row)?));
        }
    }
    Ok(found)
}

/// The redemptions that these people made under these keys.
pub(super) fn redemptions_by_keys(
    session: &Session,
    keys: &[(AccountId, &str, &IdempotencyKey)],
) -> Result<Vec<StoredRedemption>, StoreError> {
    let sql = redemption_query!(
        "unnest($1::bigint[], $2::text[], $3::text[]) AS named (account, who, key)
         JOIN redemptions r ON r.account = named.account AND r.who = named.who AND r.key = named.key",
        ""
    );
    let accounts: Vec<i64> = keys.iter().map(|(account, ..)| i64::from(account.0)).collect();
    let who: Vec<&str> = keys.iter().map(|(_, who, _)| *who).collect();
    let keys: Vec<&str> = keys.iter().map(|(.., key)| key.as_str()).collect();
    session.rows(sql, &[&accounts, &who, &keys])?.iter().map(read_redemption).collect()
}

/// Hands out the redemptions of `count` serial numbers from `first` on, in order.
pub(super) fn redemptions(
    session: &Session,
    account: AccountId,
    first: u64,
    count: u64,
    each: &mut dyn FnMut(StoredRedemption) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = redemption_query!(
        "redemptions r",
        "WHERE r.account = $1 AND r.number >= $2 AND r.number < $3 ORDER BY r.number, r.place"
    );
    let by: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
        [&i64::from(account.0), &bound(first), &bound(first.saturating_add(count))];
    session.each_row(sql, &by, &mut |row| each(read_redemption(row)?))
}

/// Hands out at most so many redemptions with an excess, from the one after a place on.
pub(super) fn double_uses(
    session: &Session,
    UsePlace(account, number, place): UsePlace,
    most: u64,
    each: &mut dyn FnMut(StoredRedemption) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = redemption_query!(
        "redemptions r",
        "WHERE r.excess > 0 AND (r.account, r.number, r.place) > ($1, $2, $3)
         ORDER BY r.account, r.number, r.place LIMIT $4"
    );
    let by: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
        [&i64::from(account.0), &bound(number), &i64::from(place), &bound(most)];
    session.each_row(sql, &by, &mut |row| each(read_redemption(row)?))
}

/// A usage, in the first four columns.
pub(super) fn read_usage(row: &Row) -> Result<Usage, StoreError> {
    Ok(Usage {
        status: coded(row, 0, Status::from_code)?,
        used: unsigned(row, 1)?,
        redemptions: small(row, 2)?,
        outside: unsigned(row, 3)?,
    })
}

fn read_redemption(row: &Row) -> Result<StoredRedemption, StoreError> {
    let redemption = Redemption {
        account: account_id(row, 0)?,
        number: unsigned(row, 1)?,
        place: small(row, 2)?,
        by: get(row, 3)?,
        key: parsed(row, 4)?,
        request_digest: digest(row, 5)?,
        value: unsigned(row, 6)?,
        used: unsigned(row, 7)?,
        gate: get(row, 8)?,
        at: moment(row, 9)?,
        received: moment(row, 10)?,
        excess: unsigned(row, 11)?,
        moved: get(row, 15)?,
        outside: unsigned(row, 16)?,
    };
    let reversed = match unsigned_or_none(row, 14)? {
        Some(at) => Some(Reversed { by: get(row, 12)?, reason: get(row, 13)?, at: UnixTime(at) }),
        None => None,
    };
    Ok(StoredRedemption { redemption, reversed })
}
