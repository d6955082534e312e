//! Closes transactions and reservations: finished, void, ended.

use std::collections::HashMap;

use indicia::UnixTime;
use rusqlite::{Connection, OptionalExtension, params};

use super::applying::{new, one, unhold};
use super::column::{Unsigned, moment, unsigned};
use crate::codes::{Coded, int, time};
use crate::commit::{Ended, Ending, FinishedTransaction, VoidedTransaction};
use crate::error::{Conflict, StoreError};
use crate::ids::{AccountId, Ordinal, ReservationId};
use crate::step::Standing;

/// Stores what the module made of an open transaction.
pub(super) fn finish(connection: &Connection, finished: &FinishedTransaction) -> Result<(), StoreError> {
    let FinishedTransaction { account, ordinal, .. } = *finished;
    let (at, _) = close_open(connection, account, ordinal)?;
    step_device(connection, finished)?;
    insert_finished(connection, finished, at)?;
    let mut insert = connection.prepare_cached("INSERT INTO segments VALUES (NULL, ?1, ?2, ?3, ?4)")?;
    for segment in &finished.segments {
        let first = int("a serial number", segment.first)?;
        let inserted = insert.execute(params![account, first, segment.count, segment.bytes]);
        new(inserted, || Conflict::Numbers(account, ordinal))?;
    }
    for refused in &finished.refused {
        let reservation = refused.reservation;
        if planned_for(connection, account, reservation)? != Some(ordinal) {
            return Err(Conflict::NotOfTransaction(account, reservation, ordinal).into());
        }
        let (how, reason) = (Ended::Refused, refused.reason.clone());
        add_ending(connection, &Ending { account, reservation, how, reason, at }, Some(&refused.refusal))?;
    }
    Ok(())
}

/// Takes an account's open transaction away and says its date and number of requests.
fn close_open(
    connection: &Connection,
    account: AccountId,
    ordinal: Ordinal,
) -> Result<(UnixTime, u64), StoreError> {
    let closed = connection
        .prepare_cached(
            "DELETE FROM open_transactions WHERE account = ?1 AND ordinal = ?2 RETURNING at, requests",
        )?
        .query_row(params![account, int("an ordinal", ordinal.0)?], |row| {
            Ok((moment(row, 0)?, unsigned(row, 1)?))
        })
        .optional()?;
    closed.ok_or_else(|| Conflict::NotOpen(account, ordinal).into())
}

/// Brings the device one step further, if it is the very next step and balances.
fn step_device(connection: &Connection, finished: &FinishedTransaction) -> Result<(), StoreError> {
    let account = finished.account;
    let before = connection
        .prepare_cached(
            "SELECT sequence, ascending, next_number, events, voided FROM devices WHERE account = ?1",
        )?
        .query_row([account], |row| {
            let (sequence, ascending) = (unsigned(row, 0)?, unsigned(row, 1)?);
            let (next_number, events, voided) = (unsigned(row, 2)?, unsigned(row, 3)?, unsigned(row, 4)?);
            Ok(Standing { sequence, ascending, voided, next_number, events })
        })
        .optional()?
        .ok_or(Conflict::NoAccount(account))?;
    before.check_step(finished)?;
    let changed = connection
        .prepare_cached(
            "UPDATE devices SET sequence = ?2, ascending = ?3, descending = ?4, funded = ?5, refunded = ?6,
             next_number = ?7, issued = issued + ?8, record = ?9, events = events + ?10, voided = ?11 WHERE account = ?1",
        )?
        .execute(params![
            account,
            int("a sequence", finished.sequence)?,
            int("an ascending register", finished.ascending)?,
            int("a descending register", finished.descending)?,
            int("a funded total", finished.funded)?,
            int("a refunded total", finished.refunded)?,
            int("a serial number", finished.next_number)?,
            int("a count", finished.count)?,
            finished.record,
            int("a count", finished.events.len() as u64)?,
            int("a voided total", finished.voided)?
        ])?;
    one(changed, || Conflict::NoAccount(account))?;
    add_events(connection, account, before.events, &finished.events)
}

/// Puts events on record, after so many.
pub(super) fn add_events(
    connection: &Connection,
    account: AccountId,
    after: u64,
    events: &[Vec<u8>],
) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let mut insert = connection.prepare_cached("INSERT INTO events VALUES (?1, ?2, ?3)")?;
    for (number, event) in (after + 1..).zip(events) {
        insert.execute(params![account, int("an event's number", number)?, event])?;
    }
    Ok(())
}

fn insert_finished(
    connection: &Connection,
    finished: &FinishedTransaction,
    at: UnixTime,
) -> Result<(), StoreError> {
    let inserted = connection
        .prepare_cached(
            "INSERT INTO transactions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute(params![
            finished.account,
            int("an ordinal", finished.ordinal.0)?,
            time(at),
            int("a sequence", finished.sequence)?,
            int("an ascending register", finished.ascending)?,
            int("a descending register", finished.descending)?,
            int("a funded total", finished.funded)?,
            int("a refunded total", finished.refunded)?,
            int("a serial number", finished.next_number)?,
            int("a value", finished.value)?,
            int("a count", finished.count)?,
            finished.record_digest.as_slice(),
            finished.request_digest.as_slice(),
            int("a voided total", finished.voided)?
        ]);
    new(inserted, || Conflict::NotOpen(finished.account, finished.ordinal))
}

/// Transactions voided in this commit, with how many of their reservations still need an ending.
#[derive(Default)]
pub(super) struct Voided(HashMap<(AccountId, Ordinal), u64>);

impl Voided {
    /// Checks that no reservation of a voided transaction is left without an ending.
    pub(super) fn complete(self) -> Result<(), StoreError> {
        match self.0.into_iter().find(|(_, missing)| *missing > 0) {
            Some(((account, ordinal), missing)) => {
                Err(Conflict::EndingsMissing(account, ordinal, missing).into())
            }
            None => Ok(()),
        }
    }
}

/// Drops open transactions.
pub(super) fn void(connection: &Connection, voided: &[VoidedTransaction]) -> Result<Voided, StoreError> {
    let mut left = Voided::default();
    for &VoidedTransaction { account, ordinal } in voided {
        let (at, requests) = close_open(connection, account, ordinal)?;
        let inserted = connection
            .prepare_cached("INSERT INTO transactions (account, ordinal, at) VALUES (?1, ?2, ?3)")?
            .execute(params![account, int("an ordinal", ordinal.0)?, time(at)]);
        new(inserted, || Conflict::NotOpen(account, ordinal))?;
        left.0.insert((account, ordinal), requests);
    }
    Ok(left)
}

/// Ends a reservation that is held, or whose transaction is being voided.
pub(super) fn end(connection: &Connection, ending: &Ending, voided: &mut Voided) -> Result<(), StoreError> {
    let Ending { account, reservation, .. } = *ending;
    let id = int("a reservation", reservation.0)?;
    if unhold(connection, account, id)? {
        return add_ending(connection, ending, None);
    }
    let ordinal = planned_for(connection, account, reservation)?;
    match ordinal.and_then(|ordinal| voided.0.get_mut(&(account, ordinal))) {
        Some(missing) => {
            add_ending(connection, ending, None)?;
            // Each request has one ending at most, so this never goes below zero.
            *missing = missing.saturating_sub(1);
            Ok(())
        }
        None if is_ended(connection, account, id)? => {
            Err(Conflict::EndedAlready(account, reservation).into())
        }
        None => Err(Conflict::CannotEnd(account, reservation).into()),
    }
}

fn is_ended(connection: &Connection, account: AccountId, reservation: i64) -> Result<bool, StoreError> {
    let mut ended =
        connection.prepare_cached("SELECT 1 FROM endings WHERE account = ?1 AND reservation = ?2")?;
    Ok(ended.exists(params![account, reservation])?)
}

fn add_ending(connection: &Connection, ending: &Ending, refusal: Option<&[u8]>) -> Result<(), StoreError> {
    let inserted =
        connection.prepare_cached("INSERT INTO endings VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
            ending.account,
            int("a reservation", ending.reservation.0)?,
            ending.how.code(),
            ending.reason,
            time(ending.at),
            refusal
        ]);
    new(inserted, || Conflict::EndedAlready(ending.account, ending.reservation))
}

/// The transaction that a reservation is or was planned for.
fn planned_for(
    connection: &Connection,
    account: AccountId,
    reservation: ReservationId,
) -> Result<Option<Ordinal>, StoreError> {
    let ordinal = connection
        .prepare_cached(
            "SELECT coalesce(d.ordinal, r.ordinal) FROM reservations r
             LEFT JOIN draws d ON d.account = r.account AND d.reservation = r.reservation
             WHERE r.account = ?1 AND r.reservation = ?2",
        )?
        .query_row(params![account, int("a reservation", reservation.0)?], |row| {
            row.get::<_, Option<Unsigned>>(0)
        })
        .optional()?;
    Ok(ordinal.flatten().map(|ordinal| Ordinal(ordinal.0)))
}
