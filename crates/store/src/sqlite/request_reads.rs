//! Reading reservations and open transactions.

use asker::IdempotencyKey;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::books::consistently;
use super::column::{Code, Unsigned, coded, moment, moment_or_none, parsed, unsigned};
use crate::codes::{Coded, bound, int};
use crate::commit::{Plan, RequestKind};
use crate::error::StoreError;
use crate::ids::{AccountId, Ordinal, ReservationId};
use crate::rows::{NextIds, OpenReservation, OpenTransaction, ReservationOutcome, StoredReservation};

/// The columns that every reading of a reservation begins with; the last are those asked for.
macro_rules! columns {
    ($expires:literal, $ordinal:literal, $first_number:literal, $rest:literal) => {
        concat!(
            "SELECT r.account, r.reservation, r.key, r.request_digest, r.kind, r.user, r.value, r.count,
             r.wanted_count, r.priority, r.created, ",
            $expires,
            ", ",
            $ordinal,
            ", ",
            $first_number,
            ", ",
            $rest,
            " "
        )
    };
}

/// A reservation with all that says what became of it; a NULL body if only that is asked for.
macro_rules! reservation_query {
    ($body:literal, $condition:literal) => {
        concat!(
            columns!(
                "coalesce(h.expires, r.expires)",
                "coalesce(d.ordinal, r.ordinal)",
                "coalesce(d.first_number, r.first_number)",
                "e.how, e.reason, e.at, e.refusal, h.reservation, t.sequence, o.ordinal, "
            ),
            $body,
            "FROM reservations r
             LEFT JOIN held h ON h.account = r.account AND h.reservation = r.reservation
             LEFT JOIN draws d ON d.account = r.account AND d.reservation = r.reservation
             LEFT JOIN endings e ON e.account = r.account AND e.reservation = r.reservation
             LEFT JOIN transactions t ON t.account = r.account AND t.ordinal = coalesce(d.ordinal, r.ordinal)
             LEFT JOIN open_transactions o ON o.account = r.account AND o.ordinal = coalesce(d.ordinal, r.ordinal) ",
            $condition
        )
    };
}

/// The reservations that requests were made under these keys, and what became of them.
pub(super) fn reservations_by_keys(
    connection: &Connection,
    keys: &[(AccountId, &IdempotencyKey)],
) -> Result<Vec<StoredReservation>, StoreError> {
    let sql = reservation_query!("NULL ", "WHERE r.account = ?1 AND r.key = ?2");
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = Vec::new();
    for (account, key) in keys {
        let mut rows = statement.query(params![account, key.as_str()])?;
        found.extend(rows.next()?.map(read_reservation).transpose()?);
    }
    Ok(found)
}

/// At most so many of the account's requests of these kinds before an id, the greatest ids first.
pub(super) fn requests(
    connection: &Connection,
    account: AccountId,
    kinds: &[RequestKind],
    before: Option<ReservationId>,
    most: u32,
) -> Result<Vec<StoredReservation>, StoreError> {
    let sql = reservation_query!(
        "NULL ",
        "WHERE r.account = ?1 AND r.reservation < ?2 AND (?3 >> r.kind) & 1 ORDER BY r.reservation DESC LIMIT ?4"
    );
    let mut statement = connection.prepare_cached(sql)?;
    let before = bound(before.map_or(u64::MAX, |id| id.0));
    // A bit for each kind: a statement has no list for a value.
    let kinds = kinds.iter().fold(0_i64, |kinds, kind| kinds | 1 << kind.code());
    let mut rows = statement.query(params![account, before, kinds, most])?;
    let mut requests = Vec::new();
    while let Some(row) = rows.next()? {
        requests.push(read_reservation(row)?);
    }
    Ok(requests)
}

/// A reservation, what became of it, and the whole request.
pub(super) fn reservation(
    connection: &Connection,
    account: AccountId,
    id: ReservationId,
) -> Result<Option<(StoredReservation, Vec<u8>)>, StoreError> {
    let sql = reservation_query!("r.body ", "WHERE r.account = ?1 AND r.reservation = ?2");
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![account, int("a reservation", id.0)?])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some((read_reservation(row)?, row.get(21)?)))
}

/// The account's open transaction with its requests, in order.
pub(super) fn open_transaction(
    connection: &Connection,
    account: AccountId,
) -> Result<Option<OpenTransaction>, StoreError> {
    consistently(connection, || read_open_transaction(connection, account))
}

fn read_open_transaction(
    connection: &Connection,
    account: AccountId,
) -> Result<Option<OpenTransaction>, StoreError> {
    let open = connection
        .prepare_cached(
            "SELECT ordinal, at, requests, first_reservation FROM open_transactions WHERE account = ?1",
        )?
        .query_row([account], |row| {
            Ok((row.get::<_, i64>(0)?, moment(row, 1)?, unsigned(row, 2)?, row.get::<_, i64>(3)?))
        })
        .optional()?;
    let Some((ordinal, at, requests, first)) = open else { return Ok(None) };
    let mut reservations = open_reservations(
        connection,
        columns!(
            "r.expires",
            "d.ordinal",
            "d.first_number",
            "r.body, d.proof
            FROM draws d JOIN reservations r ON r.account = d.account AND r.reservation = d.reservation
            WHERE d.account = ?1 AND d.ordinal = ?2 ORDER BY d.place"
        ),
        params![account, ordinal],
    )?;
    reservations.extend(open_reservations(
        connection,
        columns!("r.expires", "r.ordinal", "r.first_number", "r.body, NULL
            FROM reservations r WHERE r.account = ?1 AND r.reservation >= ?3 AND r.ordinal = ?2 ORDER BY r.place"),
        params![account, ordinal, first],
    )?);
    if reservations.len() as u64 != requests {
        let found = reservations.len();
        let what = format!("transaction {ordinal} of account {account} has {found} requests, not {requests}");
        return Err(StoreError::Damaged(what));
    }
    let damaged = |_| StoreError::Damaged(format!("{ordinal} as an ordinal"));
    let ordinal = u64::try_from(ordinal).map(Ordinal).map_err(damaged)?;
    Ok(Some(OpenTransaction { account, ordinal, at, reservations }))
}

/// The account's held reservations, in the order of their ids.
pub(super) fn held_reservations(
    connection: &Connection,
    account: AccountId,
) -> Result<Vec<OpenReservation>, StoreError> {
    open_reservations(
        connection,
        columns!(
            "h.expires",
            "NULL",
            "NULL",
            "r.body, NULL
            FROM held h JOIN reservations r ON r.account = h.account AND r.reservation = h.reservation
            WHERE h.account = ?1 ORDER BY h.reservation"
        ),
        params![account],
    )
}

fn open_reservations(
    connection: &Connection,
    sql: &str,
    by: impl Params,
) -> Result<Vec<OpenReservation>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(by, read_open)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The account's least unused ids.
pub(super) fn next_ids(connection: &Connection, account: AccountId) -> Result<NextIds, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT (SELECT max(reservation) FROM reservations WHERE account = ?1),
                (SELECT max(ordinal) FROM transactions WHERE account = ?1),
                (SELECT ordinal FROM open_transactions WHERE account = ?1)",
    )?;
    let after = |row: &Row<'_>, column: usize| -> rusqlite::Result<u64> {
        // What fits in a column has a successor in u64.
        Ok(row.get::<_, Option<Unsigned>>(column)?.map_or(1, |last| last.0 + 1))
    };
    let next = statement.query_row([account], |row| {
        let ordinal = after(row, 1)?.max(after(row, 2)?);
        Ok(NextIds { reservation: ReservationId(after(row, 0)?), ordinal: Ordinal(ordinal) })
    })?;
    Ok(next)
}

fn read_plan(row: &Row<'_>) -> rusqlite::Result<Option<Plan>> {
    let Some(ordinal) = row.get::<_, Option<Ordinal>>(12)? else { return Ok(None) };
    Ok(Some(Plan { ordinal, first_number: unsigned(row, 13)? }))
}

fn read_open(row: &Row<'_>) -> rusqlite::Result<OpenReservation> {
    Ok(OpenReservation {
        account: row.get(0)?,
        id: row.get(1)?,
        key: parsed(row, 2)?,
        request_digest: row.get(3)?,
        kind: coded(row, 4)?,
        user: row.get(5)?,
        value: unsigned(row, 6)?,
        count: row.get(7)?,
        wanted_count: row.get(8)?,
        priority: row.get(9)?,
        created: moment(row, 10)?,
        expires: moment_or_none(row, 11)?,
        plan: read_plan(row)?,
        body: row.get(14)?,
        draw: row.get(15)?,
    })
}

fn read_reservation(row: &Row<'_>) -> Result<StoredReservation, StoreError> {
    let plan = read_plan(row)?;
    Ok(StoredReservation {
        account: row.get(0)?,
        id: row.get(1)?,
        key: parsed(row, 2)?,
        request_digest: row.get(3)?,
        kind: coded(row, 4)?,
        user: row.get(5)?,
        value: unsigned(row, 6)?,
        count: row.get(7)?,
        wanted_count: row.get(8)?,
        priority: row.get(9)?,
        created: moment(row, 10)?,
        expires: moment_or_none(row, 11)?,
        outcome: read_outcome(row, plan)?,
        plan,
    })
}

/// What became of it follows from the rows that were made after it.
fn read_outcome(row: &Row<'_>, plan: Option<Plan>) -> Result<ReservationOutcome, StoreError> {
    if let Some(Code(how)) = row.get(14)? {
        let (reason, at, refusal) = (row.get(15)?, moment(row, 16)?, row.get(17)?);
        return Ok(ReservationOutcome::Ended { how, reason, at, refusal });
    }
    let is_there = |column: usize| Ok::<_, StoreError>(row.get::<_, Option<Unsigned>>(column)?.is_some());
    match plan {
        None if is_there(18)? => Ok(ReservationOutcome::Held),
        Some(Plan { first_number, .. }) if is_there(19)? => Ok(ReservationOutcome::Done { first_number }),
        Some(_) if is_there(20)? => Ok(ReservationOutcome::Open),
        _ => {
            let (account, id): (AccountId, ReservationId) = (row.get(0)?, row.get(1)?);
            let what = format!("nothing says what became of reservation {id} of account {account}");
            Err(StoreError::Damaged(what))
        }
    }
}
