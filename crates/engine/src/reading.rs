//! What can be read of the books at any time, beside the worker.

use std::sync::Arc;

use indicia::{Indicium, Kept, Segment, Serial, Used};
use module::protocol::Packed;
use store::{AccountId, Books, StoreError};

use crate::error::EngineError;

/// The packs that cover a batch, as the store has them; neighbours of the batch may be in the same pack.
pub(crate) fn packs(
    books: &dyn Books,
    account: AccountId,
    first: u64,
    count: u32,
) -> Result<Arc<[Packed]>, EngineError> {
    let mut packs = Vec::new();
    books.segments(account, first, count.into(), &mut |segment| {
        packs.push(Packed {
            first_number: segment.first,
            count: segment.count,
            bytes: segment.bytes.to_vec().into(),
        });
        Ok(())
    })?;
    Ok(packs.into())
}

/// How far an indicium is used, by the books; nothing, if they don't have its serial.
///
/// # Errors
/// As all reading.
pub fn used(books: &dyn Books, serial: Serial) -> Result<Option<Used>, StoreError> {
    let account = books.account_by_device(serial.device())?;
    let Some(account) = account.filter(|account| serial.number() < account.next_number) else {
        return Ok(None);
    };
    let dead = books.statuses(account.id, serial.number(), 1)?;
    Ok(Some(dead.first().map(|dead| dead.usage.into()).unwrap_or_default()))
}

/// Whether the books have an indicium with this serial that says the same.
///
/// # Errors
/// As all reading.
pub fn was_issued(books: &dyn Books, indicium: &Indicium<'_>) -> Result<bool, StoreError> {
    let claims = indicium.claims();
    let Some(account) = books.account_by_device(claims.serial.device())? else { return Ok(false) };
    let (number, mut is_there) = (claims.serial.number(), false);
    books.segments(account.id, number, 1, &mut |segment| {
        let damaged = |error: &dyn std::fmt::Display| StoreError::Damaged(error.to_string());
        let stored = Segment::new(segment.bytes).get_kept(number).map_err(|error| damaged(&error))?;
        is_there = match stored {
            None => false,
            Some(Kept::Erased(erased)) => erased.is_of(indicium),
            Some(whole) => whole.claims().map_err(|error| damaged(&error))? == *claims,
        };
        Ok(())
    })?;
    Ok(is_there)
}
