//! The database's form, and how a database of an earlier form becomes one of today's.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use crate::error::StoreError;

/// "Mint": tells our files from other SQLite databases.
const APPLICATION_ID: i32 = 0x4d69_6e74;

/// Each brings a database one version further. They are never edited once released; new ones are added at the end.
const MIGRATIONS: [&str; 10] = [
    include_str!("../../migrations/sqlite/0001_books.sql"),
    include_str!("../../migrations/sqlite/0002_draw_proofs.sql"),
    include_str!("../../migrations/sqlite/0003_events.sql"),
    include_str!("../../migrations/sqlite/0004_voided.sql"),
    include_str!("../../migrations/sqlite/0005_redemptions.sql"),
    include_str!("../../migrations/sqlite/0006_refusals.sql"),
    include_str!("../../migrations/sqlite/0007_double_uses.sql"),
    include_str!("../../migrations/sqlite/0008_prints.sql"),
    include_str!("../../migrations/sqlite/0009_erased.sql"),
    include_str!("../../migrations/sqlite/0010_outside.sql"),
];

/// The version that this program writes.
pub(super) fn known_version() -> u32 {
    // A handful.
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// Brings a database to today's version, in one transaction.
pub(super) fn migrate(connection: &mut Connection, from: u32) -> Result<(), StoreError> {
    let behavior = TransactionBehavior::Immediate;
    let transaction = connection.transaction_with_behavior(behavior)?;
    for migration in MIGRATIONS.iter().skip(usize::try_from(from).unwrap_or(usize::MAX)) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", known_version())?;
    transaction.commit()?;
    Ok(())
}

/// The version of a database, if it is one of ours and not newer than this program.
pub(super) fn version(connection: &Connection, path: &Path) -> Result<u32, StoreError> {
    let not_ours = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::NotAStore(path.into()),
        Some(ErrorCode::CannotOpen) => {
            StoreError::CannotOpen { place: path.into(), reason: error.to_string() }
        }
        _ => error.into(),
    };
    let id: i32 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(not_ours)?;
    if id != APPLICATION_ID {
        return Err(StoreError::NotAStore(path.into()));
    }
    let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = known_version();
    if found > known { Err(StoreError::NewerVersion { found, known }) } else { Ok(found) }
}
