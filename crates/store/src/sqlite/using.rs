//! Applies what becomes of indicia after they were issued.

use rusqlite::{Connection, params};

use super::applying::new;
use super::usage_reads::usage;
use crate::codes::{Coded, int, time};
use crate::commit::{Redemption, Reversal, StatusChange};
use crate::error::{Conflict, StoreError};

/// An indicium becomes something else, if it is still what it was.
pub(super) fn change(connection: &Connection, change: &StatusChange) -> Result<(), StoreError> {
    let StatusChange { account, number, from, to, .. } = *change;
    let stored = usage(connection, account, number)?.ok_or(Conflict::NotIssued(account, number))?;
    if stored != from {
        return Err(Conflict::UsedSince(account, number).into());
    }
    connection
        .prepare_cached(
            "INSERT INTO statuses VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (account, number) DO UPDATE SET status = excluded.status, at = excluded.at,
                 reason = excluded.reason, used = excluded.used, redemptions = excluded.redemptions,
                 expires = coalesce(excluded.expires, expires), outside = excluded.outside",
        )?
        .execute(params![
            account,
            int("a serial number", number)?,
            to.status.code(),
            time(change.at),
            change.reason,
            int("a used value", to.used)?,
            to.redemptions,
            change.expires.map(time),
            int("a value outside", to.outside)?
        ])?;
    Ok(())
}

pub(super) fn add_redemption(connection: &Connection, redemption: &Redemption) -> Result<(), StoreError> {
    let Redemption { account, number, place, .. } = *redemption;
    let inserted = connection
        .prepare_cached(
            "INSERT INTO redemptions
             VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
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
            time(redemption.received),
            int("a value in excess", redemption.excess)?,
            redemption.moved,
            int("a value outside", redemption.outside)?
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
