//! One writer at a time, in all the world that reaches this database.
//!
//! A lock that belongs to a connection keeps a second writer away. It can be lost with the connection, though, and
//! somebody else may have it when the connection is made again: so each writer that opens the books also takes the next
//! epoch, and each of its commits begins by naming it. A writer of an earlier epoch commits nothing more.

use std::thread;
use std::time::{Duration, Instant};

use super::connection::{Call, Connection};
use super::trouble::Trouble;
use super::url::DatabaseUrl;
use crate::error::StoreError;

/// "Mint": the advisory lock of the writer.
const LOCK: i64 = 0x4d69_6e74;
/// How long a writer that is just ending is waited for.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(20);

/// What a writer is known by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Epoch(i64);

/// Takes the lock, or says who is in the way.
pub(super) fn lock(connection: &Connection, url: &DatabaseUrl) -> Result<(), Trouble> {
    let start = Instant::now();
    while !try_lock(connection)? {
        if start.elapsed() >= PATIENCE {
            return Err(StoreError::InUse(url.clone().into()).into());
        }
        thread::sleep(PAUSE);
    }
    Ok(())
}

fn try_lock(connection: &Connection) -> Result<bool, Trouble> {
    let row = connection.row("SELECT pg_try_advisory_lock($1)", &[&LOCK])?;
    Ok(row.map_or(Ok(false), |row| row.try_get(0))?)
}

/// Takes the next epoch, with the lock. From here on no earlier writer commits anything.
pub(super) fn take(connection: &Connection) -> Result<(Epoch, u64), Trouble> {
    let row = connection.row("UPDATE writer SET epoch = epoch + 1 RETURNING epoch, commits", &[])?;
    let row = row.ok_or_else(|| StoreError::Damaged("nothing says who writes".into()))?;
    let epoch = Epoch(row.try_get(0)?);
    name(connection, epoch)?;
    Ok((epoch, number(row.try_get(1)?)?))
}

/// Takes the lock again over a new connection, and says how many commits were made: with the lock, none of the old
/// connection is still on its way.
pub(super) fn retake(connection: &Connection, url: &DatabaseUrl, epoch: Epoch) -> Result<u64, Trouble> {
    let start = Instant::now();
    loop {
        let row = connection.row("SELECT epoch, commits FROM writer", &[])?;
        let row = row.ok_or_else(|| StoreError::Damaged("nothing says who writes".into()))?;
        if row.try_get::<_, i64>(0)? != epoch.0 {
            return Err(StoreError::Deposed(url.clone().into()).into());
        }
        if try_lock(connection)? {
            break;
        }
        if start.elapsed() >= url.patience() {
            return Err(StoreError::InUse(url.clone().into()).into());
        }
        // The server may not have noticed that our old connection is gone.
        let end_old = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = $1 AND pid <> pg_backend_pid()";
        connection.rows(end_old, &[&application_name(epoch)])?;
        thread::sleep(PAUSE);
    }
    name(connection, epoch)?;
    // Only now: somebody else may have come and gone before the lock was ours.
    let row = connection.row("SELECT epoch, commits FROM writer", &[])?;
    let row = row.ok_or_else(|| StoreError::Damaged("nothing says who writes".into()))?;
    if row.try_get::<_, i64>(0)? == epoch.0 {
        Ok(number(row.try_get(1)?)?)
    } else {
        Err(StoreError::Deposed(url.clone().into()).into())
    }
}

/// What each commit begins with, in its transaction: it leaves its number, and answers with a row only to the last
/// writer. Nobody else can begin to write before the transaction ends.
pub(super) fn claim(epoch: Epoch, commit: i64) -> Call<'static> {
    let sql = "UPDATE writer SET commits = $2 WHERE epoch = $1 AND commits = $2::bigint - 1 RETURNING epoch";
    Call { sql, values: vec![Box::new(epoch.0), Box::new(commit)] }
}

/// A writer's connections show its epoch.
fn name(connection: &Connection, epoch: Epoch) -> Result<(), Trouble> {
    let set = "SELECT set_config('application_name', $1, false)";
    connection.rows(set, &[&application_name(epoch)]).map(|_| ())
}

fn application_name(Epoch(epoch): Epoch) -> String {
    format!("mintage writer {epoch}")
}

fn number(column: i64) -> Result<u64, StoreError> {
    u64::try_from(column).map_err(|_| StoreError::Damaged(format!("{column} commits")))
}
