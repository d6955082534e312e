//! Applies a commit inside one transaction. Each change checks that it fits what is stored; the first that doesn't
//! fails the whole.

use std::collections::HashMap;

use rusqlite::{Connection, ErrorCode, params};

use super::{closing, erasing, printing, using};
use crate::codes::{Coded, int, time};
use crate::commit::{
    Commit, DeviceLock, Draw, NewAccount, NewReservation, Plan, PlannedTransaction, StaffEvent,
};
use crate::error::{Conflict, StoreError};
use crate::ids::{AccountId, Ordinal, ReservationId};

/// Applies all of it. The caller commits or rolls back.
pub(super) fn apply(connection: &Connection, commit: &Commit) -> Result<(), StoreError> {
    for account in &commit.accounts {
        add_account(connection, account)?;
    }
    for (account, reservation, expires) in &commit.extensions {
        let changed = connection
            .prepare_cached("UPDATE held SET expires = ?3 WHERE account = ?1 AND reservation = ?2")?
            .execute(params![account, int("a reservation", reservation.0)?, time(*expires)])?;
        one(changed, || Conflict::NotHeld(*account, *reservation))?;
    }
    for finished in &commit.finished {
        closing::finish(connection, finished)?;
    }
    let mut voided = closing::void(connection, &commit.voided)?;
    add_plans(connection, commit)?;
    for ending in &commit.endings {
        closing::end(connection, ending, &mut voided)?;
    }
    voided.complete()?;
    for lock in &commit.locks {
        add_lock(connection, lock)?;
    }
    for status in &commit.statuses {
        using::change(connection, status)?;
    }
    for redemption in &commit.redemptions {
        using::add_redemption(connection, redemption)?;
    }
    for reversal in &commit.reversals {
        using::add_reversal(connection, reversal)?;
    }
    for StaffEvent { number, event } in &commit.staff_events {
        connection.prepare_cached("INSERT OR IGNORE INTO events VALUES (?1, ?2, ?3)")?.execute(params![
            AccountId::STAFF,
            int("an event's number", *number)?,
            event
        ])?;
    }
    for print in &commit.prints {
        printing::begin(connection, print)?;
    }
    for news in &commit.print_news {
        printing::hear(connection, news)?;
    }
    for change in &commit.printers {
        printing::change_printer(connection, change)?;
    }
    commit.erasures.iter().try_for_each(|erasure| erasing::erase(connection, erasure))
}

/// A change that must have met exactly one row.
pub(super) fn one(changed: usize, conflict: impl FnOnce() -> Conflict) -> Result<(), StoreError> {
    if changed == 1 { Ok(()) } else { Err(conflict().into()) }
}

/// An insertion that must be new: a row with the same key is this conflict.
pub(super) fn new(
    result: rusqlite::Result<usize>,
    conflict: impl FnOnce() -> Conflict,
) -> Result<(), StoreError> {
    match result {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            Err(conflict().into())
        }
        other => one(other?, conflict),
    }
}

fn add_account(connection: &Connection, new: &NewAccount) -> Result<(), StoreError> {
    let exists = |sql: &str, value: &dyn rusqlite::ToSql| connection.prepare_cached(sql)?.exists([value]);
    if exists("SELECT 1 FROM accounts WHERE account = ?1", &new.id)? {
        return Err(Conflict::AccountExists(new.id).into());
    }
    if exists("SELECT 1 FROM accounts WHERE name = ?1", &new.name.as_str())? {
        return Err(Conflict::NameTaken(new.name.clone()).into());
    }
    if exists("SELECT 1 FROM accounts WHERE device = ?1", &new.device.0)? {
        return Err(Conflict::DeviceTaken(new.device).into());
    }
    connection.prepare_cached("INSERT INTO accounts VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
        new.id,
        new.name.as_str(),
        new.denomination.to_string(),
        new.device.0,
        time(new.created)
    ])?;
    connection
        .prepare_cached("INSERT INTO devices VALUES (?1, 0, 0, 0, 0, 0, 1, 0, ?2, ?3, 0)")?
        .execute(params![new.id, new.record, int("a count", new.events.len() as u64)?])?;
    closing::add_events(connection, new.id, 0, &new.events)
}

/// A plan that is being put together.
struct Begun<'a> {
    plan: &'a PlannedTransaction,
    /// Requests so far.
    requests: u32,
    /// Least id of its reservations that weren't drawn.
    first_reservation: Option<ReservationId>,
}

/// The plans of a commit, by account: each has at most one.
type Plans<'a> = HashMap<AccountId, Begun<'a>>;

fn add_plans(connection: &Connection, commit: &Commit) -> Result<(), StoreError> {
    let mut plans = Plans::with_capacity(commit.plans.len());
    for plan in &commit.plans {
        check_plan(connection, plan)?;
        let begun = Begun { plan, requests: 0, first_reservation: None };
        if plans.insert(plan.account, begun).is_some() {
            return Err(Conflict::TransactionOpen(plan.account).into());
        }
    }
    for draw in &commit.draws {
        add_draw(connection, draw, &mut plans)?;
    }
    for reservation in &commit.reservations {
        add_reservation(connection, reservation, &mut plans)?;
    }
    for plan in &commit.plans {
        let Some(begun) = plans.get(&plan.account) else { continue };
        add_open_transaction(connection, begun)?;
    }
    Ok(())
}

fn check_plan(connection: &Connection, plan: &PlannedTransaction) -> Result<(), StoreError> {
    let (account, ordinal) = (plan.account, int("an ordinal", plan.ordinal.0)?);
    check_account(connection, account)?;
    let mut locked = connection.prepare_cached("SELECT 1 FROM locks WHERE account = ?1")?;
    if locked.exists([account])? {
        return Err(Conflict::Locked(account).into());
    }
    let mut later = connection
        .prepare_cached("SELECT 1 FROM transactions WHERE account = ?1 AND ordinal >= ?2 LIMIT 1")?;
    if later.exists(params![account, ordinal])? {
        return Err(Conflict::OrdinalUsed(account, plan.ordinal).into());
    }
    Ok(())
}

pub(super) fn check_account(connection: &Connection, account: AccountId) -> Result<(), StoreError> {
    let exists = connection.prepare_cached("SELECT 1 FROM devices WHERE account = ?1")?.exists([account])?;
    if exists { Ok(()) } else { Err(Conflict::NoAccount(account).into()) }
}

fn add_open_transaction(connection: &Connection, begun: &Begun<'_>) -> Result<(), StoreError> {
    let plan = begun.plan;
    let first = begun.first_reservation.map_or(Ok(i64::MAX), |id| int("a reservation", id.0))?;
    let inserted =
        connection.prepare_cached("INSERT INTO open_transactions VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(
            params![plan.account, int("an ordinal", plan.ordinal.0)?, time(plan.at), begun.requests, first],
        );
    new(inserted, || Conflict::TransactionOpen(plan.account))
}

/// Takes the next place in the transaction that a request is planned for.
fn take_place<'b, 'a>(
    plans: &'b mut Plans<'a>,
    account: AccountId,
    reservation: ReservationId,
    ordinal: Ordinal,
) -> Result<(&'b mut Begun<'a>, u32), StoreError> {
    match plans.get_mut(&account) {
        Some(begun) if begun.plan.ordinal == ordinal => {
            let place = begun.requests;
            begun.requests += 1;
            Ok((begun, place))
        }
        _ => Err(Conflict::PlanMissing(account, reservation, ordinal).into()),
    }
}

fn add_draw(connection: &Connection, draw: &Draw, plans: &mut Plans<'_>) -> Result<(), StoreError> {
    let Draw { account, reservation, plan: Plan { ordinal, first_number }, ref proof } = *draw;
    let (_, place) = take_place(plans, account, reservation, ordinal)?;
    let id = int("a reservation", reservation.0)?;
    if !unhold(connection, account, id)? {
        return Err(Conflict::NotHeld(account, reservation).into());
    }
    connection.prepare_cached("INSERT INTO draws VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
        account,
        id,
        int("an ordinal", ordinal.0)?,
        place,
        int("a serial number", first_number)?,
        proof.as_ref()
    ])?;
    Ok(())
}

/// Takes a reservation off those held; false if it isn't one of them.
pub(super) fn unhold(
    connection: &Connection,
    account: AccountId,
    reservation: i64,
) -> Result<bool, StoreError> {
    let removed = connection
        .prepare_cached("DELETE FROM held WHERE account = ?1 AND reservation = ?2")?
        .execute(params![account, reservation])?;
    Ok(removed == 1)
}

fn add_reservation(
    connection: &Connection,
    reservation: &NewReservation,
    plans: &mut Plans<'_>,
) -> Result<(), StoreError> {
    let NewReservation { account, id, plan, .. } = *reservation;
    let number = int("a reservation", id.0)?;
    let expires = reservation.expires.map(time);
    let Some(Plan { ordinal, first_number }) = plan else {
        check_account(connection, account)?;
        insert_reservation(connection, reservation, None)?;
        connection
            .prepare_cached("INSERT INTO held VALUES (?1, ?2, ?3)")?
            .execute(params![account, number, expires])?;
        return Ok(());
    };
    let (begun, place) = take_place(plans, account, id, ordinal)?;
    begun.first_reservation = Some(begun.first_reservation.map_or(id, |first| first.min(id)));
    let ordinal = int("an ordinal", ordinal.0)?;
    let first_number = int("a serial number", first_number)?;
    insert_reservation(connection, reservation, Some((ordinal, place, first_number)))
}

fn insert_reservation(
    connection: &Connection,
    new: &NewReservation,
    planned: Option<(i64, u32, i64)>,
) -> Result<(), StoreError> {
    let inserted = connection
        .prepare_cached(
            "INSERT INTO reservations VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        )?
        .execute(params![
            new.account,
            int("a reservation", new.id.0)?,
            new.key.as_str(),
            new.request_digest.as_slice(),
            new.kind.code(),
            new.user,
            int("a reserved value", new.value)?,
            new.count,
            new.wanted_count,
            new.priority,
            time(new.created),
            new.expires.map(time),
            planned.map(|(ordinal, _, _)| ordinal),
            planned.map(|(_, place, _)| place),
            planned.map(|(_, _, first_number)| first_number),
            new.body.as_ref()
        ]);
    match inserted {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            Err(which_is_taken(connection, new)?.into())
        }
        other => one(other?, || Conflict::ReservationExists(new.account, new.id)),
    }
}

/// Whether it is the id or the key that isn't new.
fn which_is_taken(connection: &Connection, new: &NewReservation) -> Result<Conflict, StoreError> {
    let mut same_id =
        connection.prepare_cached("SELECT 1 FROM reservations WHERE account = ?1 AND reservation = ?2")?;
    if same_id.exists(params![new.account, int("a reservation", new.id.0)?])? {
        return Ok(Conflict::ReservationExists(new.account, new.id));
    }
    Ok(Conflict::KeyTaken(new.account, new.key.clone()))
}

/// Of several locks of an account, the first stands.
fn add_lock(connection: &Connection, lock: &DeviceLock) -> Result<(), StoreError> {
    check_account(connection, lock.account)?;
    connection
        .prepare_cached("INSERT INTO locks VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
        .execute(params![lock.account, lock.reason, time(lock.at)])?;
    Ok(())
}
