//! Reading reservations and open transactions.

use std::cmp::Reverse;

use asker::IdempotencyKey;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::row::{
    account as account_id, coded, digest, get, moment, parsed, small, unsigned, unsigned_or_none,
};
use super::session::Session;
use crate::codes::Coded;
use crate::codes::{bound, int};
use crate::commit::{Ended, Plan, RequestKind};
use crate::error::StoreError;
use crate::ids::{AccountId, Ordinal, ReservationId};
use crate::rows::{NextIds, OpenReservation, OpenTransaction, ReservationOutcome, StoredReservation};
use indicia::UnixTime;

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

/// A reservation with all that says what became of it, and its body if that is asked for.
macro_rules! reservation_query {
    ($body:literal, $from:literal) => {
        concat!(
            columns!(
                "coalesce(h.expires, r.expires)",
                "coalesce(d.ordinal, r.ordinal)",
                "coalesce(d.first_number, r.first_number)",
                "e.how, e.reason, e.at, e.refusal, h.reservation IS NOT NULL, t.sequence IS NOT NULL, o.ordinal IS NOT NULL, "
            ),
            $body,
            $from,
            " LEFT JOIN held h ON h.account = r.account AND h.reservation = r.reservation
             LEFT JOIN draws d ON d.account = r.account AND d.reservation = r.reservation
             LEFT JOIN endings e ON e.account = r.account AND e.reservation = r.reservation
             LEFT JOIN transactions t ON t.account = r.account AND t.ordinal = coalesce(d.ordinal, r.ordinal)
             LEFT JOIN open_transactions o ON o.account = r.account AND o.ordinal = coalesce(d.ordinal, r.ordinal)"
        )
    };
}

/// The reservations that requests were made under these keys, and what became of them.
pub(super) fn reservations_by_keys(
    session: &Session,
    keys: &[(AccountId, &IdempotencyKey)],
) -> Result<Vec<StoredReservation>, StoreError> {
    let sql = reservation_query!(
        "NULL::bytea ",
        "FROM unnest($1::bigint[], $2::text[]) AS named (account, key)
         JOIN reservations r ON r.account = named.account AND r.key = named.key"
    );
    let (accounts, keys): (Vec<i64>, Vec<&str>) =
        keys.iter().map(|(account, key)| (i64::from(account.0), key.as_str())).unzip();
    session.rows(sql, &[&accounts, &keys])?.iter().map(read_reservation).collect()
}

/// At most so many of the account's requests of these kinds before an id, the greatest ids first.
pub(super) fn requests(
    session: &Session,
    account: AccountId,
    kinds: &[RequestKind],
    before: Option<ReservationId>,
    most: u32,
) -> Result<Vec<StoredReservation>, StoreError> {
    let sql = reservation_query!(
        "NULL::bytea ",
        "FROM (SELECT * FROM reservations WHERE account = $1 AND reservation < $2 AND kind = ANY($3)
               ORDER BY reservation DESC LIMIT $4) AS r"
    );
    let before = bound(before.map_or(u64::MAX, |id| id.0));
    let kinds: Vec<i16> = kinds.iter().map(|kind| kind.code()).collect();
    let most = i64::from(most);
    let rows = session.rows(sql, &[&i64::from(account.0), &before, &kinds, &most])?;
    let mut requests: Vec<StoredReservation> = rows.iter().map(read_reservation).collect::<Result<_, _>>()?;
    // What they are joined with keeps no order.
    requests.sort_unstable_by_key(|request| Reverse(request.id));
    Ok(requests)
}

/// A reservation, what became of it, and the whole request.
pub(super) fn reservation(
    session: &Session,
    account: AccountId,
    id: ReservationId,
) -> Result<Option<(StoredReservation, Vec<u8>)>, StoreError> {
    let sql = reservation_query!(
        "r.body ",
        "FROM (SELECT * FROM reservations WHERE account = $1 AND reservation = $2) AS r"
    );
    let row = session.row(sql, &[&i64::from(account.0), &int("a reservation", id.0)?])?;
    row.map(|row| Ok((read_reservation(&row)?, get(&row, 21)?))).transpose()
}

/// The account's open transaction with its requests, in order.
pub(super) fn open_transaction(
    session: &Session,
    account: AccountId,
) -> Result<Option<OpenTransaction>, StoreError> {
    session.at_one_moment(|| read_open_transaction(session, account))
}

fn read_open_transaction(
    session: &Session,
    account: AccountId,
) -> Result<Option<OpenTransaction>, StoreError> {
    let id = i64::from(account.0);
    let sql = "SELECT ordinal, at, requests, first_reservation FROM open_transactions WHERE account = $1";
    let Some(row) = session.row(sql, &[&id])? else { return Ok(None) };
    let (ordinal, at, requests) = (get::<i64>(&row, 0)?, moment(&row, 1)?, unsigned(&row, 2)?);
    let mut reservations = open_reservations(
        session,
        columns!(
            "r.expires",
            "d.ordinal",
            "d.first_number",
            "r.body, d.proof
            FROM draws d JOIN reservations r ON r.account = d.account AND r.reservation = d.reservation
            WHERE d.account = $1 AND d.ordinal = $2 ORDER BY d.place"
        ),
        &[&id, &ordinal],
    )?;
    reservations.extend(open_reservations(
        session,
        columns!("r.expires", "r.ordinal", "r.first_number", "r.body, NULL::bytea
            FROM reservations r WHERE r.account = $1 AND r.reservation >= $3 AND r.ordinal = $2 ORDER BY r.place"),
        &[&id, &ordinal, &get::<i64>(&row, 3)?],
    )?);
    if reservations.len() as u64 != requests {
        let found = reservations.len();
        let what = format!("transaction {ordinal} of account {account} has {found} requests, not {requests}");
        return Err(StoreError::Damaged(what));
    }
    Ok(Some(OpenTransaction { account, ordinal: Ordinal(unsigned(&row, 0)?), at, reservations }))
}

/// The account's held reservations, in the order of their ids.
pub(super) fn held_reservations(
    session: &Session,
    account: AccountId,
) -> Result<Vec<OpenReservation>, StoreError> {
    open_reservations(
        session,
        columns!(
            "h.expires",
            "NULL::bigint",
            "NULL::bigint",
            "r.body, NULL::bytea
            FROM held h JOIN reservations r ON r.account = h.account AND r.reservation = h.reservation
            WHERE h.account = $1 ORDER BY h.reservation"
        ),
        &[&i64::from(account.0)],
    )
}

fn open_reservations(
    session: &Session,
    sql: &'static str,
    by: &[&(dyn ToSql + Sync)],
) -> Result<Vec<OpenReservation>, StoreError> {
    session.rows(sql, by)?.iter().map(read_open).collect()
}

/// The account's least unused ids.
pub(super) fn next_ids(session: &Session, account: AccountId) -> Result<NextIds, StoreError> {
    let row = session.row(
        "SELECT (SELECT max(reservation) FROM reservations WHERE account = $1),
                greatest((SELECT max(ordinal) FROM transactions WHERE account = $1),
                         (SELECT ordinal FROM open_transactions WHERE account = $1))",
        &[&i64::from(account.0)],
    )?;
    let after = |column: usize| {
        let last = row.as_ref().map_or(Ok(None), |row| unsigned_or_none(row, column))?;
        // What fits in a column has a successor in u64.
        Ok::<_, StoreError>(last.map_or(1, |last| last + 1))
    };
    Ok(NextIds { reservation: ReservationId(after(0)?), ordinal: Ordinal(after(1)?) })
}

fn read_plan(row: &Row) -> Result<Option<Plan>, StoreError> {
    let Some(ordinal) = unsigned_or_none(row, 12)? else { return Ok(None) };
    Ok(Some(Plan { ordinal: Ordinal(ordinal), first_number: unsigned(row, 13)? }))
}

fn read_user(row: &Row) -> Result<String, StoreError> {
    String::from_utf8(get(row, 5)?).map_err(|error| StoreError::Damaged(error.to_string()))
}

fn read_priority(row: &Row) -> Result<u8, StoreError> {
    coded(row, 9, |code| u8::try_from(code).ok())
}

fn read_open(row: &Row) -> Result<OpenReservation, StoreError> {
    Ok(OpenReservation {
        account: account_id(row, 0)?,
        id: ReservationId(unsigned(row, 1)?),
        key: parsed(row, 2)?,
        request_digest: digest(row, 3)?,
        kind: coded(row, 4, RequestKind::from_code)?,
        user: read_user(row)?,
        value: unsigned(row, 6)?,
        count: small(row, 7)?,
        wanted_count: small(row, 8)?,
        priority: read_priority(row)?,
        created: moment(row, 10)?,
        expires: unsigned_or_none(row, 11)?.map(UnixTime),
        plan: read_plan(row)?,
        body: get(row, 14)?,
        draw: get(row, 15)?,
    })
}

fn read_reservation(row: &Row) -> Result<StoredReservation, StoreError> {
    let plan = read_plan(row)?;
    Ok(StoredReservation {
        account: account_id(row, 0)?,
        id: ReservationId(unsigned(row, 1)?),
        key: parsed(row, 2)?,
        request_digest: digest(row, 3)?,
        kind: coded(row, 4, RequestKind::from_code)?,
        user: read_user(row)?,
        value: unsigned(row, 6)?,
        count: small(row, 7)?,
        wanted_count: small(row, 8)?,
        priority: read_priority(row)?,
        created: moment(row, 10)?,
        expires: unsigned_or_none(row, 11)?.map(UnixTime),
        outcome: read_outcome(row, plan)?,
        plan,
    })
}

/// What became of it follows from the rows that were made after it.
fn read_outcome(row: &Row, plan: Option<Plan>) -> Result<ReservationOutcome, StoreError> {
    if get::<Option<i16>>(row, 14)?.is_some() {
        let how = coded(row, 14, Ended::from_code)?;
        let (reason, at, refusal) = (get(row, 15)?, moment(row, 16)?, get(row, 17)?);
        return Ok(ReservationOutcome::Ended { how, reason, at, refusal });
    }
    let is_there = |column: usize| get::<bool>(row, column);
    match plan {
        None if is_there(18)? => Ok(ReservationOutcome::Held),
        Some(Plan { first_number, .. }) if is_there(19)? => Ok(ReservationOutcome::Done { first_number }),
        Some(_) if is_there(20)? => Ok(ReservationOutcome::Open),
        _ => {
            let (account, id) = (account_id(row, 0)?, unsigned(row, 1)?);
            let what = format!("nothing says what became of reservation {id} of account {account}");
            Err(StoreError::Damaged(what))
        }
    }
}
