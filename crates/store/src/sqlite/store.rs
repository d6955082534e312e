//! The one writer.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::applying;
use super::books::SqliteBooks;
use super::lock::{WriterLock, beside};
use super::schema;
use crate::books::Books;
use crate::commit::Commit;
use crate::error::StoreError;
use crate::place::Place;
use crate::store::Store;

/// Bytes of a page, fixed when the database is made. Measured: single requests are 2 % faster than with 8 KiB, large
/// batches as fast.
const PAGE_BYTES: u32 = 4096;
/// After so many pages in the write-ahead log they are written to their places: 16 MB, so that no commit waits for more.
const CHECKPOINT_PAGES: i64 = 4000;
/// The write-ahead log is cut back to this many bytes after a commit that needed more.
const LOG_BYTES: i64 = 64 << 20;
/// Memory for pages, in KiB.
const CACHE_KIB: i64 = 32 * 1024;
/// Statements kept ready: more than there are.
const STATEMENTS: usize = 96;
/// How long another connection's lock is waited for, in milliseconds.
const BUSY_MILLISECONDS: u64 = 5_000;

/// The books in a file, open for writing.
#[derive(Debug)]
pub(crate) struct SqliteStore {
    books: SqliteBooks,
    place: Place,
    /// Whether the write-ahead log may have pages from before something was erased: then it is cut as soon as nobody reads them. After
    /// opening nobody knows.
    log_has_erased: bool,
    /// How the disk failed: from then on only opening again shows what is durable.
    failed: Option<String>,
    _lock: WriterLock,
}

impl SqliteStore {
    pub(crate) fn create(path: &Path) -> Result<Self, StoreError> {
        let lock = WriterLock::take(path)?;
        if path.exists() {
            return Err(StoreError::Exists(path.into()));
        }
        // Made under another name: the store is there completely, or not at all.
        let unfinished = beside(path, "-new");
        remove_database(&unfinished)?;
        {
            let mut connection = Connection::open(&unfinished)?;
            connection.pragma_update(None, "page_size", PAGE_BYTES)?;
            set_up(&connection)?;
            schema::migrate(&mut connection, 0)?;
            connection.close().map_err(|(_, error)| error)?;
        }
        crash_point::crash_point!("store-before-name");
        fs::rename(&unfinished, path).and_then(|()| sync_folder(path)).map_err(disk)?;
        Self::open_locked(path, lock)
    }

    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        if !path.exists() {
            let reason = "there is no such file".to_owned();
            return Err(StoreError::CannotOpen { place: path.into(), reason });
        }
        Self::open_locked(path, WriterLock::take(path)?)
    }

    fn open_locked(path: &Path, lock: WriterLock) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        let found = schema::version(&connection, path)?;
        set_up(&connection)?;
        if found < schema::known_version() {
            schema::migrate(&mut connection, found)?;
        }
        Ok(Self {
            books: SqliteBooks { connection },
            place: path.into(),
            log_has_erased: true,
            failed: None,
            _lock: lock,
        })
    }

    /// The one transaction function: whatever changes the books goes through here.
    fn write(&mut self, commit: &Commit) -> Result<(), StoreError> {
        let connection = &self.books.connection;
        if connection.is_autocommit() {
            execute(connection, "BEGIN IMMEDIATE")?;
        }
        // What is erased is overwritten with zeros, also on pages that become free; what is merely moved from page to page costs no
        // page more.
        let erases = !commit.erasures.is_empty();
        if erases {
            secure_delete(connection, "ON")?;
        }
        let applied = applying::apply(connection, commit).and_then(|()| execute(connection, "COMMIT"));
        if erases {
            secure_delete(connection, "FAST")?;
        }
        applied?;
        self.log_has_erased |= erases;
        if self.log_has_erased {
            self.log_has_erased = !cut_log(&self.books.connection)?;
        }
        Ok(())
    }
}

impl Store for SqliteStore {
    fn place(&self) -> &Place {
        &self.place
    }

    /// Its pages are never made stale by a commit.
    fn books(&self) -> &dyn Books {
        &self.books
    }

    fn hold_still(&self) {
        if self.books.connection.is_autocommit() {
            let _ = execute(&self.books.connection, "BEGIN");
        }
    }

    fn commit(&mut self, commit: &Commit) -> Result<(), StoreError> {
        let result = match &self.failed {
            _ if commit.is_empty() => Ok(()),
            Some(reason) => Err(StoreError::Suspended(reason.clone())),
            None => self.write(commit),
        };
        if let Err(StoreError::Disk(reason)) = &result {
            // A disk that failed to sync may say yes the next time without having written.
            self.failed = Some(reason.clone());
        }
        if !self.books.connection.is_autocommit()
            && let Err(error) = execute(&self.books.connection, "ROLLBACK")
        {
            // What isn't undone must never become part of a later commit.
            self.failed.get_or_insert_with(|| error.to_string());
        }
        result
    }
}

/// Runs one of the statements around a transaction, which are kept ready like all others.
fn execute(connection: &Connection, statement: &str) -> Result<(), StoreError> {
    connection.prepare_cached(statement)?.execute([])?;
    Ok(())
}

fn secure_delete(connection: &Connection, how: &str) -> Result<(), StoreError> {
    Ok(connection.pragma_update_and_check(None, "secure_delete", how, |_| Ok(()))?)
}

/// Writes the log to its places and cuts it to nothing, unless somebody still reads in it: false then. Nobody is waited for.
fn cut_log(connection: &Connection) -> Result<bool, StoreError> {
    connection.busy_timeout(Duration::ZERO)?;
    let cut = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    connection.busy_timeout(Duration::from_millis(BUSY_MILLISECONDS))?;
    Ok(cut? == 0)
}

/// What every connection that writes is set to.
fn set_up(connection: &Connection) -> Result<(), StoreError> {
    set_up_any(connection)?;
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError::Disk("this file system has no shared memory for a write-ahead log".into()));
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    secure_delete(connection, "FAST")?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    // This pragma answers with what was set.
    connection.pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT_PAGES, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES, |_| Ok(()))?;
    Ok(())
}

/// What every connection is set to.
pub(super) fn set_up_any(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_millis(BUSY_MILLISECONDS))?;
    connection.pragma_update(None, "trusted_schema", false)?;
    // Plans don't depend on what is bound: otherwise SQLite, built to learn from statistics, compiles a statement
    // again whenever its parameters change.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

/// Removes what an interrupted creation left behind.
fn remove_database(path: &Path) -> Result<(), StoreError> {
    for ending in ["", "-wal", "-shm", "-journal"] {
        match fs::remove_file(beside(path, ending)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(disk(error)),
            _ => {}
        }
    }
    Ok(())
}

/// Makes a file's name durable.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) if folder != Path::new("") => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

#[allow(clippy::needless_pass_by_value)] // used as a function for `map_err`
fn disk(error: std::io::Error) -> StoreError {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => StoreError::DiskFull,
        std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => StoreError::ReadOnly,
        _ => StoreError::Disk(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use indicia::{DeviceId, UnixTime};

    use super::*;
    use crate::{AccountId, NewAccount};

    fn accounts(ids: std::ops::Range<u32>) -> Commit {
        let account = |id| NewAccount {
            id: AccountId(id),
            name: format!("account-{id}").parse().unwrap(),
            denomination: "USD/2".parse().unwrap(),
            device: DeviceId(id),
            created: UnixTime(1),
            record: vec![7; 5_000],
            events: Vec::new(),
        };
        Commit { accounts: ids.map(account).collect(), ..Commit::default() }
    }

    #[test]
    fn a_full_database_refuses_whole_commits_and_works_on_when_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::create(&folder.path().join("books.db")).unwrap();
        let reader = store.reader().unwrap();
        store.commit(&accounts(1..3)).unwrap();
        let pages: u32 =
            store.books.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        let limit = |store: &SqliteStore, pages: u32| {
            store
                .books
                .connection
                .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
                .unwrap();
        };
        limit(&store, pages + 4);
        assert!(matches!(store.commit(&accounts(3..40)), Err(StoreError::DiskFull)));
        assert_eq!(reader.next_account().unwrap(), AccountId(3));
        store.commit(&accounts(3..4)).unwrap();
        limit(&store, pages + 400);
        store.commit(&accounts(4..40)).unwrap();
        assert_eq!(reader.next_account().unwrap(), AccountId(40));
        assert!(reader.find_damage().unwrap().is_empty());
    }

    #[test]
    fn a_commit_ends_the_moment_that_is_held_whatever_it_comes_to() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::create(&folder.path().join("books.db")).unwrap();
        let reader = store.reader().unwrap();
        let next = |store: &SqliteStore| store.books().next_account().unwrap().0;
        store.hold_still();
        store.hold_still();
        assert_eq!(next(&store), 1);
        store.commit(&accounts(1..2)).unwrap();
        assert_eq!((next(&store), reader.next_account().unwrap().0), (2, 2));

        store.hold_still();
        // The first account of this commit is new, the second isn't.
        let mut conflicting = accounts(2..3);
        conflicting.accounts.extend(accounts(1..2).accounts);
        assert!(matches!(store.commit(&conflicting), Err(StoreError::Conflict(_))));
        assert_eq!(next(&store), 2);

        store.hold_still();
        store.commit(&Commit::default()).unwrap();
        assert!(store.books.connection.is_autocommit());
        store.commit(&accounts(2..3)).unwrap();
        assert_eq!(reader.next_account().unwrap().0, 3);
    }

    #[test]
    fn after_a_failing_disk_nothing_more_is_committed() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::create(&folder.path().join("books.db")).unwrap();
        store.failed = Some("input/output error".into());
        assert!(matches!(store.commit(&accounts(1..2)), Err(StoreError::Suspended(_))));
        assert_eq!(store.reader().unwrap().next_account().unwrap(), AccountId(1));
    }
}
