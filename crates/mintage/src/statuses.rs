//! Status snapshots: made of the books, and read from files.

use std::path::Path;

use engine::{ModuleHost, SecureModule};
use indicia::{StatusDelta, StatusSnapshot, TrustBundle};
use store::Reader;

use crate::failure::Failure;
use crate::office;

/// All that isn't live by the books, and the keys that are revoked by a bundle that was made just now.
pub(crate) fn of_books(reader: &Reader, bundle: &TrustBundle) -> Result<StatusSnapshot, Failure> {
    Ok(engine::snapshot(&**reader, bundle, office::now())?)
}

/// A full snapshot, or what has changed since another one, signed by the module.
pub(crate) fn sign(
    snapshot: &StatusSnapshot,
    since: Option<&StatusSnapshot>,
    host: &ModuleHost,
) -> Result<Vec<u8>, Failure> {
    let claims = match since {
        Some(since) => StatusDelta::between(since, snapshot).encode(),
        None => snapshot.encode(),
    };
    Ok(host.status(&claims)?)
}

/// What a full snapshot and the deltas after it give, in the order of the files; nothing of no file.
pub(crate) fn of_files(
    files: &[impl AsRef<Path>],
    bundle: &TrustBundle,
) -> Result<Option<StatusSnapshot>, Failure> {
    let mut known: Option<StatusSnapshot> = None;
    for path in files.iter().map(AsRef::as_ref) {
        let bytes = std::fs::read(path).map_err(Failure::io(path))?;
        let newer = match &known {
            Some(older) => older.advance(&bytes, bundle),
            None => StatusSnapshot::open(&bytes, bundle),
        };
        let wrong = |error| Failure::Said(format!("{} can't be used: {error}", path.display()));
        known = Some(newer.map_err(wrong)?);
    }
    Ok(known)
}
