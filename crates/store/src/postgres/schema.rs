//! The database's form, and how one of an earlier form becomes one of today's. All of it is in a schema of its own.

use super::connection::Connection;
use super::trouble::Trouble;
use super::url::DatabaseUrl;
use crate::error::StoreError;
use crate::mark::Mark;

/// Each brings a database one version further. They are never edited once released; new ones are added at the end.
const MIGRATIONS: [&str; 9] = [
    include_str!("../../migrations/postgres/0001_books.sql"),
    include_str!("../../migrations/postgres/0002_events.sql"),
    include_str!("../../migrations/postgres/0003_voided.sql"),
    include_str!("../../migrations/postgres/0004_redemptions.sql"),
    include_str!("../../migrations/postgres/0005_refusals.sql"),
    include_str!("../../migrations/postgres/0006_double_uses.sql"),
    include_str!("../../migrations/postgres/0007_prints.sql"),
    include_str!("../../migrations/postgres/0008_erased.sql"),
    include_str!("../../migrations/postgres/0009_outside.sql"),
];

/// The version that this program writes.
pub(super) fn known_version() -> u32 {
    // A handful.
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// Makes the schema where none is: all of it, or nothing. One that was only begun under the same mark is made anew.
pub(super) fn create(connection: &Connection, url: &DatabaseUrl, mark: Option<&Mark>) -> Result<(), Trouble> {
    let is_there = connection.row("SELECT FROM pg_namespace WHERE nspname = 'mintage'", &[])?.is_some();
    if is_there && !is_begun(connection, mark)? {
        return Err(StoreError::Exists(url.clone().into()).into());
    }
    let encoding = connection.row("SELECT current_setting('server_encoding')", &[])?;
    let encoding: String = encoding.map_or(Ok(String::new()), |row| row.try_get(0))?;
    if encoding != "UTF8" {
        let reason = format!("its encoding is {encoding}, and must be UTF8");
        return Err(StoreError::CannotOpen { place: url.clone().into(), reason }.into());
    }
    let schema = "CREATE SCHEMA mintage; CREATE TABLE version (version bigint NOT NULL); INSERT INTO version VALUES (0)";
    // A mark has digits only.
    let marked = mark.map(|mark| format!("COMMENT ON SCHEMA mintage IS '{}'", comment(mark)));
    let all = migrations(0);
    let remove = is_there.then_some("DROP SCHEMA mintage CASCADE");
    let steps: Vec<_> = remove.into_iter().chain([schema, &all]).chain(marked.as_deref()).collect();
    crash_point::crash_point!("store-before-schema");
    in_transaction(connection, &steps)?;
    crash_point::crash_point!("store-after-schema");
    Ok(())
}

/// Whether the schema was made under this mark and there is no account yet: what else there is, is of a module that was never
/// finished.
fn is_begun(connection: &Connection, mark: Option<&Mark>) -> Result<bool, Trouble> {
    let Some(mark) = mark else { return Ok(false) };
    let said =
        "SELECT FROM pg_namespace WHERE nspname = 'mintage' AND obj_description(oid, 'pg_namespace') = $1";
    if connection.row(said, &[&comment(mark)])?.is_none() {
        return Ok(false);
    }
    Ok(connection.row("SELECT FROM accounts LIMIT 1", &[])?.is_none())
}

/// How a mark is kept. It stays: once there is an account it opens nothing.
fn comment(mark: &Mark) -> String {
    format!("begun by mintage under the mark {mark}")
}

/// Brings a database to today's version.
pub(super) fn bring_to_today(connection: &Connection, url: &DatabaseUrl) -> Result<(), Trouble> {
    let found = version(connection, url)?;
    if found < known_version() { in_transaction(connection, &[&migrations(found)]) } else { Ok(()) }
}

/// What brings a database from this version to today's.
fn migrations(from: u32) -> String {
    let steps = MIGRATIONS.iter().skip(usize::try_from(from).unwrap_or(usize::MAX));
    let version = format!("UPDATE version SET version = {};", known_version());
    steps.copied().chain([version.as_str()]).collect()
}

fn in_transaction(connection: &Connection, steps: &[&str]) -> Result<(), Trouble> {
    let all = format!("BEGIN; {}; COMMIT", steps.join("; "));
    connection.batch(&all).inspect_err(|_| {
        // A connection that can't even do this is of no more use.
        let _ = connection.batch("ROLLBACK");
    })
}

/// The version of a database, if its schema is ours and not newer than this program.
pub(super) fn version(connection: &Connection, url: &DatabaseUrl) -> Result<u32, Trouble> {
    let not_ours = || StoreError::NotAStore(url.clone().into());
    if connection.row("SELECT FROM pg_class WHERE oid = to_regclass('mintage.version')", &[])?.is_none() {
        return Err(not_ours().into());
    }
    let found = connection.row("SELECT version::bigint FROM version", &[])?.ok_or_else(not_ours)?;
    let found = u32::try_from(found.try_get::<_, i64>(0)?).map_err(|_| not_ours())?;
    let known = known_version();
    if found > known { Err(StoreError::NewerVersion { found, known }.into()) } else { Ok(found) }
}
