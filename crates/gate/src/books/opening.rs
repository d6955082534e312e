//! How the gate's file is opened: by one gate at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::{Books, Fetched};
use crate::error::GateError;

/// "MGat": tells our files from other SQLite databases.
const APPLICATION_ID: i32 = 0x4d47_6174;
/// Each brings a file one version further. They are never edited once released; new ones are added at the end.
const MIGRATIONS: [&str; 4] = [
    include_str!("../../migrations/0001_uses.sql"),
    include_str!("../../migrations/0002_shares.sql"),
    include_str!("../../migrations/0003_ways.sql"),
    include_str!("../../migrations/0004_presentations.sql"),
];
/// Bytes by which one gate's keys differ from those of all others.
const ID_BYTES: usize = 16;

/// Held for as long as the gate runs: the lock ends with the open file.
pub(crate) struct Lock(#[allow(dead_code)] File); // kept, not read

impl Books {
    /// Opens the file of a folder, which is made where it isn't there, for this gate alone.
    pub(crate) fn open(folder: &Path) -> Result<(Self, Lock), GateError> {
        let path = folder.join("gate.db");
        let failed = |reason: String| GateError::Books { path: path.clone(), reason };
        fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("gate.lock"));
        let lock = lock.map_err(|error| failed(error.to_string()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(GateError::InUse(folder.to_owned())),
            Err(TryLockError::Error(error)) => return Err(failed(error.to_string())),
        }
        let connection = open(&path).map_err(|error| failed(error.to_string()))?;
        let mut books = Self { connection, path };
        if books.fetched("gate")?.is_none() {
            let mut bytes = vec![0; ID_BYTES];
            aws_lc_rs::rand::fill(&mut bytes)
                .map_err(|_| std::io::Error::other("the system gives no randomness"))?;
            books.keep("gate", &Fetched { bytes, tag: String::new() })?;
        }
        Ok((books, Lock(lock)))
    }

    /// Opens the file of a folder to look into it, beside a gate that may run.
    pub(crate) fn look(folder: &Path) -> Result<Self, GateError> {
        let path = folder.join("gate.db");
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = Connection::open_with_flags(&path, flags)
            .map_err(|error| GateError::Books { path: path.clone(), reason: error.to_string() })?;
        Ok(Self { connection, path })
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A commit is on the disk when it returns.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.set_prepared_statement_cache_capacity(64);
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if (version, id) != (0, 0) && (version as usize > MIGRATIONS.len() || id != APPLICATION_ID) {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_NOTADB);
        let reason = "it is of another program, or of a newer version of this one".to_owned();
        return Err(rusqlite::Error::SqliteFailure(code, Some(reason)));
    }
    let transaction = connection.transaction()?;
    for migration in MIGRATIONS.iter().skip(version as usize) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX))?;
    transaction.commit()?;
    Ok(connection)
}
