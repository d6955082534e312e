//! What is left goes in the place of what something was erased of: what is asked and checked before, and the statements.

use tokio_postgres::Row;

use super::connection::Value;
use super::picture::{Picture, Questions};
use super::row::{account, small, unsigned};
use super::writing::{Calls, column, id, numbers};
use crate::codes::int;
use crate::commit::Commit;
use crate::erasing::ErasedRequest;
use crate::error::{Conflict, StoreError};

const SEGMENTS: &str = "SELECT s.account, s.first, s.count
    FROM unnest($1::bigint[], $2::bigint[]) AS named (account, first)
    JOIN segments s ON s.account = named.account AND s.first = named.first";
const ERASE_REQUESTS: &str = "UPDATE reservations r SET request_digest = new.request_digest, body = new.body
    FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[]) AS new (account, reservation, request_digest, body)
    WHERE r.account = new.account AND r.reservation = new.reservation";
const ERASE_SEGMENTS: &str = "UPDATE segments s SET bytes = new.bytes
    FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) AS new (account, first, bytes)
    WHERE s.account = new.account AND s.first = new.first";

/// Asks which runs of indicia there are.
pub(super) fn ask(commit: &Commit, questions: &mut Questions<'_>) -> Result<(), StoreError> {
    let mut runs = Vec::new();
    for erasure in &commit.erasures {
        for segment in &erasure.segments {
            runs.push((i64::from(erasure.account.0), int("a serial number", segment.first)?));
        }
    }
    questions.ask_pairs(SEGMENTS, runs, add_segment);
    Ok(())
}

fn add_segment(picture: &mut Picture, row: &Row) -> Result<(), StoreError> {
    picture.segments.insert((account(row, 0)?, unsigned(row, 1)?), small(row, 2)?);
    Ok(())
}

/// Checks erasures of a commit whose other parts fit.
pub(super) fn check(commit: &Commit, picture: &Picture) -> Result<(), Conflict> {
    for erasure in &commit.erasures {
        let account = erasure.account;
        let open = picture.accounts.get(&account).and_then(|state| state.open).map(|open| open.ordinal);
        // What this very commit takes up or plans isn't over.
        let begins = |left: &ErasedRequest| {
            let which = (account, left.reservation);
            commit.draws.iter().any(|draw| (draw.account, draw.reservation) == which)
                || commit.reservations.iter().any(|new| (new.account, new.id) == which)
        };
        for left in &erasure.requests {
            let state = picture.requests.get(&(account, left.reservation));
            let is_over = state
                .is_some_and(|state| !state.is_held && (state.ordinal.is_none() || state.ordinal != open));
            if !is_over || begins(left) {
                return Err(Conflict::NotOver(account, left.reservation));
            }
        }
        for left in &erasure.segments {
            if picture.segments.get(&(account, left.first)) != Some(&left.count) {
                return Err(Conflict::NoSegment(account, left.first, left.count));
            }
        }
    }
    Ok(())
}

/// The statements. Of several for the same row, the last counts.
pub(super) fn add<'a>(commit: &'a Commit, calls: &mut Calls<'a>) -> Result<(), StoreError> {
    let erasures = || commit.erasures.iter().rev();
    let mut requests: Vec<_> = erasures()
        .flat_map(|erasure| erasure.requests.iter().rev().map(|left| (erasure.account, left)))
        .collect();
    requests.sort_by_key(|(account, left)| (*account, left.reservation));
    requests.dedup_by_key(|(account, left)| (*account, left.reservation));
    let values: Vec<Value<'a>> = vec![
        column(&requests, |(account, _)| id(*account)),
        numbers(&requests, "a reservation", |(_, left)| left.reservation.0)?,
        column(&requests, |(_, left)| left.request_digest.as_slice()),
        column(&requests, |(_, left)| left.body.as_slice()),
    ];
    calls.add(ERASE_REQUESTS, requests.len(), values);
    let mut segments: Vec<_> = erasures()
        .flat_map(|erasure| erasure.segments.iter().rev().map(|left| (erasure.account, left)))
        .collect();
    segments.sort_by_key(|(account, left)| (*account, left.first));
    segments.dedup_by_key(|(account, left)| (*account, left.first));
    let values: Vec<Value<'a>> = vec![
        column(&segments, |(account, _)| id(*account)),
        numbers(&segments, "a serial number", |(_, left)| left.first)?,
        column(&segments, |(_, left)| left.bytes.as_slice()),
    ];
    calls.add(ERASE_SEGMENTS, segments.len(), values);
    Ok(())
}
