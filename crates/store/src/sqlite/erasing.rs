//! Puts what is left in the place of what something was erased of.

use rusqlite::{Connection, params};

use super::applying::one;
use crate::codes::int;
use crate::erasing::Erasure;
use crate::error::{Conflict, StoreError};

/// Puts all of it in its places.
pub(super) fn erase(connection: &Connection, erasure: &Erasure) -> Result<(), StoreError> {
    let account = erasure.account;
    let mut request = connection.prepare_cached(
        "UPDATE reservations AS r SET request_digest = ?3, body = ?4 WHERE r.account = ?1 AND r.reservation = ?2
         AND NOT EXISTS (SELECT 1 FROM held h WHERE h.account = ?1 AND h.reservation = ?2)
         AND NOT EXISTS (SELECT 1 FROM open_transactions o WHERE o.account = ?1 AND o.ordinal = coalesce(
             (SELECT d.ordinal FROM draws d WHERE d.account = ?1 AND d.reservation = ?2), r.ordinal))",
    )?;
    for left in &erasure.requests {
        let id = int("a reservation", left.reservation.0)?;
        let changed = request.execute(params![account, id, left.request_digest, left.body])?;
        one(changed, || Conflict::NotOver(account, left.reservation))?;
    }
    let mut segment = connection
        .prepare_cached("UPDATE segments SET bytes = ?4 WHERE account = ?1 AND first = ?2 AND count = ?3")?;
    for left in &erasure.segments {
        let first = int("a serial number", left.first)?;
        let changed = segment.execute(params![account, first, left.count, left.bytes])?;
        one(changed, || Conflict::NoSegment(account, left.first, left.count))?;
    }
    Ok(())
}
