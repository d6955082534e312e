//! Applies what becomes of indicia after they were issued.

use rusqlite::{Connection, params};

use super::applying::{new, one};
use super::usage_reads::is_issued;
use crate::codes::{int, time};
use crate::commit::{Redemption, Reversal, StatusChange, Usage};
use crate::error::{Conflict, StoreError};

/// An indicium becomes something else, if it is still what it was. One to which nothing has happened has no row.
pub(super) fn change(connection: &Connection, change: &StatusChange) -> Result<(), StoreError> {
    let StatusChange { account, number, from, to, .. } = *change;
    let column = int("a serial number", number)?;
    let (used, at) = (int("a used value", to.used)?, time(change.at));
    if !is_issued(connection, account, number)? {
        return Err(Conflict::NotIssued(account, number).into());
    }
    if from == Usage::default() {
        let inserted = connection
            .prepare_cached("INSERT INTO statuses VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute(params![account, column, to.status, at, change.reason, used, to.redemptions]);
        return new(inserted, || Conflict::UsedSince(account, number));
    }
    let updated = connection
        .prepare_cached(
            "UPDATE statuses SET status = ?3, at = ?4, reason = ?5, used = ?6, redemptions = ?7
             WHERE account = ?1 AND number = ?2 AND status = ?8 AND used = ?9 AND redemptions = ?10",
        )?
        .execute(params![
            account,
            column,
            to.status,
            at,
            change.reason,
            used,
            to.redemptions,
            from.status,
            int("a used value", from.used)?,
            from.redemptions
        ])?;
    one(updated, || Conflict::UsedSince(account, number))
}

pub(super) fn add_redemption(connection: &Connection, redemption: &Redemption) -> Result<(), StoreError> {
    let Redemption { account, number, place, .. } = *redemption;
    let inserted = connection
        .prepare_cached(
            "INSERT INTO redemptions
             VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            account,
            int("a serial number", number)?,
            place,
            redemption.by,
            redemption.key.as_str(),
            redemption.request_digest,
            int("a redeemed value", redemption.value)?,
            int("a used value", redemption.used)?,
            redemption.gate,
            time(redemption.at),
            time(redemption.received)
        ]);
    new(inserted, || Conflict::RedemptionExists(account, number, place))
}

pub(super) fn add_reversal(connection: &Connection, reversal: &Reversal) -> Result<(), StoreError> {
    let Reversal { account, number, place, .. } = *reversal;
    let column = int("a serial number", number)?;
    let not_reversible = || Conflict::NotReversible(account, number, place);
    let exists = connection
        .prepare_cached("SELECT 1 FROM redemptions WHERE account = ?1 AND number = ?2 AND place = ?3")?
        .exists(params![account, column, place])?;
    if !exists {
        return Err(not_reversible().into());
    }
    let inserted = connection
        .prepare_cached("INSERT INTO reversals VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![account, column, place, reversal.by, reversal.reason, time(reversal.at)]);
    new(inserted, not_reversible)
}
