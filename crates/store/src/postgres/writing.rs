//! The statements that make a checked commit: one for each table it touches, whatever the number of rows.

use std::collections::HashMap;

use super::checking::Outcome;
use super::connection::{Call, Value};
use super::erasing;
use super::picture::Picture;
use super::print_writes;
use super::row::text;
use crate::codes::{Coded, int, time};
use crate::commit::Commit;
use crate::error::StoreError;
use crate::ids::AccountId;

const ADD_ACCOUNTS: &str = "INSERT INTO accounts
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])";
const ADD_DEVICES: &str = "INSERT INTO devices
    SELECT account, 0, 0, 0, 0, 0, 1, 0, record, events
    FROM unnest($1::bigint[], $2::bytea[], $3::bigint[]) AS new (account, record, events)";
const STEP_DEVICES: &str = "UPDATE devices d SET sequence = new.sequence, ascending = new.ascending,
        descending = new.descending, funded = new.funded, refunded = new.refunded, next_number = new.next_number,
        issued = issued + new.count, record = new.record, events = d.events + new.events, voided = new.voided
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
        $8::bigint[], $9::bytea[], $10::bigint[], $11::bigint[])
        AS new (account, sequence, ascending, descending, funded, refunded, next_number, count, record, events, voided)
    WHERE d.account = new.account";
const EXTEND: &str = "UPDATE held h SET expires = new.expires
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS new (account, reservation, expires)
    WHERE h.account = new.account AND h.reservation = new.reservation";
const UNHOLD: &str =
    "DELETE FROM held h USING unnest($1::bigint[], $2::bigint[]) AS gone (account, reservation)
    WHERE h.account = gone.account AND h.reservation = gone.reservation";
const HOLD: &str = "INSERT INTO held SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])";
const CLOSE: &str = "DELETE FROM open_transactions WHERE account = ANY($1::bigint[])";
const OPEN: &str = "INSERT INTO open_transactions
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])";
const FINISH: &str = "INSERT INTO transactions
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
        $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bytea[], $13::bytea[],
        $14::bigint[])";
const VOID: &str = "INSERT INTO transactions (account, ordinal, at)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])";
const ADD_SEGMENTS: &str =
    "INSERT INTO segments SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[])";
const ADD_DRAWS: &str = "INSERT INTO draws
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[])";
const RESERVE: &str = "INSERT INTO reservations
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bytea[], $5::smallint[], $6::bytea[],
        $7::bigint[], $8::bigint[], $9::bigint[], $10::smallint[], $11::bigint[], $12::bigint[], $13::bigint[],
        $14::bigint[], $15::bigint[], $16::bytea[])";
const END: &str = "INSERT INTO endings
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::text[], $5::bigint[], $6::bytea[])";
const ADD_EVENTS: &str = "INSERT INTO events SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])";
const ADD_STAFF_EVENTS: &str = "INSERT INTO events
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) ON CONFLICT DO NOTHING";
const LOCK: &str =
    "INSERT INTO locks SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[]) ON CONFLICT DO NOTHING";
const CHANGE_STATUS: &str = "INSERT INTO statuses
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[],
        $8::bigint[], $9::bigint[])
    ON CONFLICT (account, number) DO UPDATE SET status = excluded.status, at = excluded.at, reason = excluded.reason,
        used = excluded.used, redemptions = excluded.redemptions, outside = excluded.outside,
        expires = coalesce(excluded.expires, statuses.expires)";
const REDEEM: &str = "INSERT INTO redemptions
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bytea[], $7::bigint[],
        $8::bigint[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],
        $14::bigint[])";
const REVERSE: &str = "INSERT INTO reversals
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[])";

/// All statements of a commit but those around it.
pub(super) fn statements<'a>(
    commit: &'a Commit,
    picture: &Picture,
    outcome: &'a Outcome,
) -> Result<Vec<Call<'a>>, StoreError> {
    let mut calls = Calls(Vec::new());
    add_accounts(commit, &mut calls)?;
    close(commit, outcome, &mut calls)?;
    requests(commit, picture, outcome, &mut calls)?;
    open(commit, outcome, &mut calls)?;
    end(commit, outcome, &mut calls)?;
    let events = || {
        let of_new = commit.accounts.iter().flat_map(|new| &new.events);
        of_new.chain(commit.finished.iter().flat_map(|finished| &finished.events))
    };
    calls.add(
        ADD_EVENTS,
        outcome.events.len(),
        vec![
            column(&outcome.events, |(account, _)| id(*account)),
            numbers(&outcome.events, "an event's number", |(_, number)| *number)?,
            column(events(), Vec::as_slice),
        ],
    );
    let staff_events = &commit.staff_events;
    calls.add(
        ADD_STAFF_EVENTS,
        staff_events.len(),
        vec![
            column(staff_events, |_| id(AccountId::STAFF)),
            numbers(staff_events, "an event's number", |event| event.number)?,
            column(staff_events, |event| event.event.as_slice()),
        ],
    );
    let locks = &commit.locks;
    calls.add(
        LOCK,
        locks.len(),
        vec![
            column(locks, |lock| id(lock.account)),
            column(locks, |lock| text(&lock.reason)),
            column(locks, |lock| time(lock.at)),
        ],
    );
    usage(commit, &mut calls)?;
    print_writes::add(commit, &mut calls)?;
    erasing::add(commit, &mut calls)?;
    Ok(calls.0)
}

pub(super) struct Calls<'a>(Vec<Call<'a>>);

impl<'a> Calls<'a> {
    /// Adds a statement, unless it has no rows.
    pub(super) fn add(&mut self, sql: &'static str, rows: usize, values: Vec<Value<'a>>) {
        if rows > 0 {
            self.0.push(Call { sql, values });
        }
    }
}

pub(super) fn id(account: AccountId) -> i64 {
    account.0.into()
}

/// A column of values, as one array.
pub(super) fn column<'a, R, T>(rows: impl IntoIterator<Item = R>, value: impl Fn(R) -> T) -> Value<'a>
where
    T: tokio_postgres::types::ToSql + Sync + 'a,
{
    Box::new(rows.into_iter().map(value).collect::<Vec<T>>())
}

/// A column of numbers, if each fits.
pub(super) fn numbers<'a, R>(
    rows: impl IntoIterator<Item = R>,
    what: &'static str,
    value: impl Fn(R) -> u64,
) -> Result<Value<'a>, StoreError> {
    let numbers: Result<Vec<i64>, _> = rows.into_iter().map(|row| int(what, value(row))).collect();
    Ok(Box::new(numbers?))
}

fn add_accounts<'a>(commit: &'a Commit, calls: &mut Calls<'a>) -> Result<(), StoreError> {
    let new = &commit.accounts;
    calls.add(
        ADD_ACCOUNTS,
        new.len(),
        vec![
            column(new, |new| id(new.id)),
            column(new, |new| new.name.as_str()),
            column(new, |new| new.denomination.to_string()),
            column(new, |new| i64::from(new.device.0)),
            column(new, |new| time(new.created)),
        ],
    );
    let devices = vec![
        column(new, |new| id(new.id)),
        column(new, |new| new.record.as_slice()),
        numbers(new, "a count", |new| new.events.len() as u64)?,
    ];
    calls.add(ADD_DEVICES, new.len(), devices);
    Ok(())
}

/// Transactions that are finished or voided.
fn close<'a>(commit: &'a Commit, outcome: &Outcome, calls: &mut Calls<'a>) -> Result<(), StoreError> {
    let (finished, voided) = (&commit.finished, &commit.voided);
    let accounts = finished.iter().map(|finished| finished.account);
    let accounts = accounts.chain(voided.iter().map(|voided| voided.account));
    calls.add(CLOSE, finished.len() + voided.len(), vec![column(accounts, id)]);
    calls.add(
        STEP_DEVICES,
        finished.len(),
        vec![
            column(finished, |finished| id(finished.account)),
            numbers(finished, "a sequence", |finished| finished.sequence)?,
            numbers(finished, "an ascending register", |finished| finished.ascending)?,
            numbers(finished, "a descending register", |finished| finished.descending)?,
            numbers(finished, "a funded total", |finished| finished.funded)?,
            numbers(finished, "a refunded total", |finished| finished.refunded)?,
            numbers(finished, "a serial number", |finished| finished.next_number)?,
            numbers(finished, "a count", |finished| finished.count)?,
            column(finished, |finished| finished.record.as_slice()),
            numbers(finished, "a count", |finished| finished.events.len() as u64)?,
            numbers(finished, "a voided total", |finished| finished.voided)?,
        ],
    );
    let (finished_at, voided_at) = outcome.closed_at.split_at(finished.len());
    calls.add(
        FINISH,
        finished.len(),
        vec![
            column(finished, |finished| id(finished.account)),
            numbers(finished, "an ordinal", |finished| finished.ordinal.0)?,
            column(finished_at, |at| time(*at)),
            numbers(finished, "a sequence", |finished| finished.sequence)?,
            numbers(finished, "an ascending register", |finished| finished.ascending)?,
            numbers(finished, "a descending register", |finished| finished.descending)?,
            numbers(finished, "a funded total", |finished| finished.funded)?,
            numbers(finished, "a refunded total", |finished| finished.refunded)?,
            numbers(finished, "a serial number", |finished| finished.next_number)?,
            numbers(finished, "a value", |finished| finished.value)?,
            numbers(finished, "a count", |finished| finished.count)?,
            column(finished, |finished| finished.record_digest.as_slice()),
            column(finished, |finished| finished.request_digest.as_slice()),
            numbers(finished, "a voided total", |finished| finished.voided)?,
        ],
    );
    calls.add(
        VOID,
        voided.len(),
        vec![
            column(voided, |voided| id(voided.account)),
            numbers(voided, "an ordinal", |voided| voided.ordinal.0)?,
            column(voided_at, |at| time(*at)),
        ],
    );
    let segments = || {
        let of = |finished: &'a crate::commit::FinishedTransaction| {
            finished.segments.iter().map(move |segment| (finished.account, segment))
        };
        finished.iter().flat_map(of)
    };
    calls.add(
        ADD_SEGMENTS,
        segments().count(),
        vec![
            column(segments(), |(account, _)| id(account)),
            numbers(segments(), "a serial number", |(_, segment)| segment.first)?,
            column(segments(), |(_, segment)| i64::from(segment.count)),
            column(segments(), |(_, segment)| segment.bytes.as_slice()),
        ],
    );
    Ok(())
}

/// Requests that are extended, drawn, reserved, held.
fn requests<'a>(
    commit: &'a Commit,
    picture: &Picture,
    outcome: &Outcome,
    calls: &mut Calls<'a>,
) -> Result<(), StoreError> {
    // Of several for the same reservation, the last counts.
    let mut extensions = commit.extensions.clone();
    extensions.reverse();
    extensions.sort_by_key(|(account, reservation, _)| (*account, *reservation));
    extensions.dedup_by_key(|(account, reservation, _)| (*account, *reservation));
    calls.add(
        EXTEND,
        extensions.len(),
        vec![
            column(&extensions, |(account, ..)| id(*account)),
            numbers(&extensions, "a reservation", |(_, reservation, _)| reservation.0)?,
            column(&extensions, |(.., expires)| time(*expires)),
        ],
    );
    let unheld = &outcome.unheld;
    calls.add(
        UNHOLD,
        unheld.len(),
        vec![
            column(unheld, |(account, _)| id(*account)),
            numbers(unheld, "a reservation", |(_, reservation)| reservation.0)?,
        ],
    );
    let draws = &commit.draws;
    calls.add(
        ADD_DRAWS,
        draws.len(),
        vec![
            column(draws, |draw| id(draw.account)),
            numbers(draws, "a reservation", |draw| draw.reservation.0)?,
            numbers(draws, "an ordinal", |draw| draw.plan.ordinal.0)?,
            column(&outcome.draw_places, |place| i64::from(*place)),
            numbers(draws, "a serial number", |draw| draw.plan.first_number)?,
            column(draws, |draw| draw.proof.as_ref()),
        ],
    );
    reserve(commit, outcome, calls)?;
    let is_held = |new: &&crate::commit::NewReservation| {
        let state = picture.requests.get(&(new.account, new.id));
        new.plan.is_none() && state.is_some_and(|state| state.is_held)
    };
    let held: Vec<_> = commit.reservations.iter().filter(is_held).collect();
    calls.add(
        HOLD,
        held.len(),
        vec![
            column(&held, |new| id(new.account)),
            numbers(&held, "a reservation", |new| new.id.0)?,
            column(&held, |new| new.expires.map(time)),
        ],
    );
    Ok(())
}

fn reserve<'a>(commit: &'a Commit, outcome: &Outcome, calls: &mut Calls<'a>) -> Result<(), StoreError> {
    let new = &commit.reservations;
    let (mut ordinals, mut firsts) = (Vec::with_capacity(new.len()), Vec::with_capacity(new.len()));
    let (mut places, mut next_place) = (Vec::with_capacity(new.len()), outcome.reservation_places.iter());
    for plan in new.iter().map(|new| new.plan) {
        ordinals.push(plan.map(|plan| int("an ordinal", plan.ordinal.0)).transpose()?);
        firsts.push(plan.map(|plan| int("a serial number", plan.first_number)).transpose()?);
        places.push(plan.and_then(|_| next_place.next()).map(|place| i64::from(*place)));
    }
    calls.add(
        RESERVE,
        new.len(),
        vec![
            column(new, |new| id(new.account)),
            numbers(new, "a reservation", |new| new.id.0)?,
            column(new, |new| new.key.as_str()),
            column(new, |new| new.request_digest.as_slice()),
            column(new, |new| new.kind.code()),
            column(new, |new| new.user.as_bytes()),
            numbers(new, "a reserved value", |new| new.value)?,
            column(new, |new| i64::from(new.count)),
            column(new, |new| i64::from(new.wanted_count)),
            column(new, |new| i16::from(new.priority)),
            column(new, |new| time(new.created)),
            column(new, |new| new.expires.map(time)),
            Box::new(ordinals),
            Box::new(places),
            Box::new(firsts),
            column(new, |new| new.body.as_ref()),
        ],
    );
    Ok(())
}

/// Transactions that begin.
fn open<'a>(commit: &'a Commit, outcome: &Outcome, calls: &mut Calls<'a>) -> Result<(), StoreError> {
    let plans = &commit.plans;
    let firsts = outcome.begun.iter().map(|(_, first)| {
        // All were drawn: none has this one.
        first.map_or(Ok(i64::MAX), |first| int("a reservation", first.0))
    });
    let firsts: Vec<i64> = firsts.collect::<Result<_, _>>()?;
    calls.add(
        OPEN,
        plans.len(),
        vec![
            column(plans, |plan| id(plan.account)),
            numbers(plans, "an ordinal", |plan| plan.ordinal.0)?,
            column(plans, |plan| time(plan.at)),
            column(&outcome.begun, |(requests, _)| i64::from(*requests)),
            Box::new(firsts),
        ],
    );
    Ok(())
}

/// Reservations that come to nothing.
fn end<'a>(commit: &'a Commit, outcome: &'a Outcome, calls: &mut Calls<'a>) -> Result<(), StoreError> {
    let endings = || outcome.refusals.iter().chain(&commit.endings);
    let refused = commit.finished.iter().flat_map(|finished| &finished.refused);
    let refusals = refused.map(|refused| Some(refused.refusal.as_slice()));
    calls.add(
        END,
        outcome.refusals.len() + commit.endings.len(),
        vec![
            column(endings(), |ending| id(ending.account)),
            numbers(endings(), "a reservation", |ending| ending.reservation.0)?,
            column(endings(), |ending| ending.how.code()),
            column(endings(), |ending| text(&ending.reason)),
            column(endings(), |ending| time(ending.at)),
            column(refusals.chain(commit.endings.iter().map(|_| None)), |refusal| refusal),
        ],
    );
    Ok(())
}

/// What becomes of indicia.
fn usage<'a>(commit: &'a Commit, calls: &mut Calls<'a>) -> Result<(), StoreError> {
    // Of several changes of the same indicium, the last counts.
    let expiries = commit.statuses.iter();
    let expiries = expiries.filter_map(|change| Some(((change.account, change.number), change.expires?)));
    let expiries: HashMap<_, _> = expiries.collect();
    let mut statuses: Vec<_> = commit.statuses.iter().rev().collect();
    statuses.sort_by_key(|change| (change.account, change.number));
    statuses.dedup_by_key(|change| (change.account, change.number));
    calls.add(
        CHANGE_STATUS,
        statuses.len(),
        vec![
            column(&statuses, |change| id(change.account)),
            numbers(&statuses, "a serial number", |change| change.number)?,
            column(&statuses, |change| change.to.status.code()),
            column(&statuses, |change| time(change.at)),
            column(&statuses, |change| text(&change.reason)),
            numbers(&statuses, "a used value", |change| change.to.used)?,
            column(&statuses, |change| i64::from(change.to.redemptions)),
            column(&statuses, |change| expiries.get(&(change.account, change.number)).map(|at| time(*at))),
            numbers(&statuses, "a value outside", |change| change.to.outside)?,
        ],
    );
    let made = &commit.redemptions;
    calls.add(
        REDEEM,
        made.len(),
        vec![
            column(made, |made| id(made.account)),
            numbers(made, "a serial number", |made| made.number)?,
            column(made, |made| i64::from(made.place)),
            column(made, |made| made.by.as_str()),
            column(made, |made| made.key.as_str()),
            column(made, |made| made.request_digest.as_slice()),
            numbers(made, "a redeemed value", |made| made.value)?,
            numbers(made, "a used value", |made| made.used)?,
            column(made, |made| text(&made.gate)),
            column(made, |made| time(made.at)),
            column(made, |made| time(made.received)),
            numbers(made, "a value in excess", |made| made.excess)?,
            column(made, |made| made.moved),
            numbers(made, "a value outside", |made| made.outside)?,
        ],
    );
    let gone = &commit.reversals;
    calls.add(
        REVERSE,
        gone.len(),
        vec![
            column(gone, |gone| id(gone.account)),
            numbers(gone, "a serial number", |gone| gone.number)?,
            column(gone, |gone| i64::from(gone.place)),
            column(gone, |gone| gone.by.as_str()),
            column(gone, |gone| text(&gone.reason)),
            column(gone, |gone| time(gone.at)),
        ],
    );
    Ok(())
}
