//! Which indicia aren't live by the books, for a status snapshot.

use indicia::{Serial, StatusError, StatusSnapshot, TrustBundle, UnixTime};
use store::{Books, StoreError};
use thiserror::Error;

/// How many indicia are read at once.
const PAGE: u64 = 10_000;

/// Seconds for which what has expired stays in snapshots. From then on whoever verifies says "expired" by himself, unless his clock is slow
/// by more than this.
pub const EXPIRED_STAYS: u64 = 7 * 86_400;

/// Why no snapshot can be made.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// The books can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is in them can't be put into one.
    #[error(transparent)]
    Status(#[from] StatusError),
}

/// All that isn't live by the books, and the keys that are revoked by the newest bundle; but not what is known to have expired long
/// ago ([`EXPIRED_STAYS`]): to a delta that is as if it had become live again. The time is that of now, taken before they are read: what happens meanwhile may be in
/// it or not.
///
/// # Errors
/// [`SnapshotError`].
pub fn snapshot(
    reader: &dyn Books,
    bundle: &TrustBundle,
    now: UnixTime,
) -> Result<StatusSnapshot, SnapshotError> {
    let snapshot = StatusSnapshot::new(bundle.issuer().to_owned(), now);
    let expired_before = UnixTime(now.0.saturating_sub(EXPIRED_STAYS));
    let mut snapshot = snapshot.with_revoked(bundle.revoked().clone());
    for account in reader.accounts()? {
        let mut next = Some(0);
        while let Some(first) = next {
            let page = reader.dead(account.id, first, PAGE, expired_before)?;
            for (number, status) in &page {
                let serial = Serial::new(account.device, *number);
                let serial = serial.map_err(|error| StoreError::Damaged(error.to_string()))?;
                snapshot.push(serial, *status)?;
            }
            next = page.last().map(|(number, _)| number + 1);
        }
    }
    Ok(snapshot)
}
