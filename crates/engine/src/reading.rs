//! What can be read of the books at any time, beside the worker.

use std::sync::Arc;

use module::protocol::Packed;
use store::{AccountId, Books};

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
