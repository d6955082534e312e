//! Making and opening a store, in every state that its file can be in.

#![allow(clippy::unwrap_used)] // a test fails by it

#[allow(dead_code, unused_macros)] // the suite has more than this needs
mod suite;

use indicia::Status;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rusqlite::Connection;
use store::{Commit, Place, ReservationOutcome, StoreError, Usage};
use suite::{A, B, account, plan, reservation};

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("books.db");
    (folder, path)
}

fn two_accounts() -> Commit {
    Commit { accounts: vec![account(A), account(B)], ..Commit::default() }
}

fn at(path: &Path) -> Place {
    Place::from(path)
}

/// What both ways of opening say.
fn open_errors(path: &Path) -> [StoreError; 2] {
    [at(path).open().unwrap_err(), at(path).reader().unwrap_err()]
}

#[test]
fn what_was_committed_is_there_when_opened_again() {
    let (_folder, path) = folder();
    let mut store = at(&path).create().unwrap();
    store.commit(&two_accounts()).unwrap();
    drop(store);
    assert_eq!(at(&path).reader().unwrap().accounts().unwrap().len(), 2);
    let store = at(&path).open().unwrap();
    assert_eq!(store.reader().unwrap().accounts().unwrap().len(), 2);
}

#[test]
fn nothing_is_overwritten() {
    let (_folder, path) = folder();
    fs::write(&path, "letters").unwrap();
    assert!(matches!(at(&path).create(), Err(StoreError::Exists(found)) if found == at(&path)));
    assert_eq!(fs::read(&path).unwrap(), b"letters");
}

#[test]
fn an_interrupted_creation_is_begun_again() {
    let (folder, path) = folder();
    for ending in ["-new", "-new-wal", "-new-shm", "-new-journal"] {
        fs::write(folder.path().join(format!("books.db{ending}")), "half").unwrap();
    }
    at(&path).create().unwrap().commit(&two_accounts()).unwrap();
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().contains("-new")), "{names:?}");
}

#[test]
fn a_missing_file_or_folder_is_named() {
    let (_folder, path) = folder();
    for error in open_errors(&path) {
        assert!(matches!(&error, StoreError::CannotOpen { place, .. } if *place == at(&path)), "{error}");
    }
    assert!(!path.exists());
    let nowhere = path.join("books.db");
    assert!(matches!(at(&nowhere).create(), Err(StoreError::CannotOpen { .. })));
}

#[test]
fn other_files_are_no_stores() {
    let (_folder, path) = folder();
    fs::write(&path, "Dear reader, this isn't a database. ".repeat(100)).unwrap();
    for error in open_errors(&path) {
        assert!(matches!(error, StoreError::NotAStore(_)), "{error}");
    }
    fs::remove_file(&path).unwrap();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE addresses (name TEXT)").unwrap();
    for error in open_errors(&path) {
        assert!(matches!(error, StoreError::NotAStore(_)), "{error}");
    }
}

/// Returns the version that stood there.
fn set_version(path: &Path, version: u32) -> u32 {
    let connection = Connection::open(path).unwrap();
    let written = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    connection.pragma_update(None, "user_version", version).unwrap();
    written
}

#[test]
fn a_newer_version_is_refused_and_left_alone() {
    let (_folder, path) = folder();
    drop(at(&path).create().unwrap());
    let written = set_version(&path, 77);
    let before = fs::read(&path).unwrap();
    for error in open_errors(&path) {
        assert!(
            matches!(error, StoreError::NewerVersion { found: 77, known } if known == written),
            "{error}"
        );
    }
    assert_eq!(fs::read(&path).unwrap(), before);
}

/// A database as version 1 wrote it.
fn version_1(path: &Path) {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(include_str!("versions/1.sql")).unwrap();
}

#[test]
fn version_1_is_brought_to_today() {
    let (_folder, path) = folder();
    version_1(&path);
    let store = at(&path).open().unwrap();
    let reader = store.reader().unwrap();
    assert_eq!(schema_of(&path), schema_of_a_new_one());
    let read = reader.account(A).unwrap().unwrap();
    assert_eq!((read.sequence, read.ascending, read.issued, read.next_number), (2, 50, 5, 6));
    assert_eq!(reader.account(B).unwrap().unwrap().locked.as_deref(), Some("differs"));
    let outcome = |id| reader.reservation(A, store::ReservationId(id)).unwrap().unwrap().0.outcome;
    assert_eq!(outcome(1), ReservationOutcome::Done { first_number: 1 });
    assert!(matches!(outcome(2), ReservationOutcome::Ended { refusal: None, .. }));
    assert_eq!(outcome(3), ReservationOutcome::Held);
    assert_eq!(outcome(4), ReservationOutcome::Open);
    assert_eq!(outcome(5), ReservationOutcome::Open);
    let open = reader.open_transaction(A).unwrap().unwrap();
    assert_eq!((open.at, open.reservations.len()), (plan(A, 3).at, 2));
    assert_eq!(open.reservations[1].body, *reservation(A, 5, 1).body);
    let usage = Usage { status: Status::Redeemed, used: 0, outside: 0, redemptions: 0 };
    assert_eq!(reader.statuses(A, 1, 5).unwrap()[0].usage, usage);
    assert_eq!(reader.segment_of(A, 5, |segment| segment.bytes.len()).unwrap(), Some(100));
    assert!(reader.find_damage().unwrap().is_empty());
}

fn schema_of(path: &Path) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let mut statement =
        connection.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

fn schema_of_a_new_one() -> Vec<String> {
    let (_folder, path) = folder();
    drop(at(&path).create().unwrap());
    schema_of(&path)
}

#[test]
fn an_older_version_is_migrated_before_it_is_read() {
    let (_folder, path) = folder();
    drop(at(&path).create().unwrap());
    let written = set_version(&path, 0);
    let error = at(&path).reader().unwrap_err();
    assert!(matches!(error, StoreError::OlderVersion { found: 0, known } if known == written), "{error}");
}

#[test]
fn damage_is_named() {
    let (_folder, path) = folder();
    let mut store = at(&path).create().unwrap();
    store.commit(&two_accounts()).unwrap();
    drop(store);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let error = at(&path).open().and_then(|store| store.reader()?.accounts()).unwrap_err();
    assert!(matches!(error, StoreError::Damaged(_)), "{error}");

    // Every page but the first overwritten: found in reading, too.
    let mut garbled = bytes;
    garbled[8192..].fill(0xa5);
    fs::write(&path, &garbled).unwrap();
    let error = at(&path).reader().and_then(|reader| reader.accounts()).unwrap_err();
    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
}

#[test]
fn only_one_writes() {
    let (_folder, path) = folder();
    let first = at(&path).create().unwrap();
    assert!(matches!(at(&path).open(), Err(StoreError::InUse(named)) if named == at(&path)));
    drop(first);
    at(&path).open().unwrap();
}

#[test]
fn a_database_that_another_program_locks_is_busy() {
    let (_folder, path) = folder();
    let mut store = at(&path).create().unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(store.commit(&two_accounts()), Err(StoreError::Busy)));
    other.execute_batch("ROLLBACK").unwrap();
    store.commit(&two_accounts()).unwrap();
}

/// A small file system of its own, which only root can make.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let arguments = ["-t", "tmpfs", "-o", "size=3m", "tmpfs"];
        let mount = Command::new("mount").args(arguments).arg(folder.path()).output();
        if mount.is_ok_and(|mount| mount.status.success()) {
            return Some(Self(folder));
        }
        eprintln!("left out: a disk that is really full or read-only; making one needs root");
        None
    }

    fn make_read_only(&self) {
        let mount = Command::new("mount").args(["-o", "remount,ro"]).arg(self.0.path()).status().unwrap();
        assert!(mount.success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_refuses_whole_commits_and_the_store_works_on() {
    let Some(disk) = SmallDisk::mount() else { return };
    let path = disk.0.path().join("books.db");
    let filler = disk.0.path().join("filler");
    let mut store = at(&path).create().unwrap();
    store.commit(&two_accounts()).unwrap();
    let large = |id: u64| {
        let body = vec![1; 100_000].into();
        let reservations = vec![store::NewReservation { body, ..reservation(A, id, 1) }];
        Commit { reservations, ..Commit::default() }
    };
    let reader = store.reader().unwrap();
    fs::write(&filler, vec![0; 1_500_000]).unwrap();
    let mut stored = 0;
    let error = loop {
        match store.commit(&large(stored + 1)) {
            Ok(()) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 100, "3 MB don't hold 10 MB");
    };
    assert!(matches!(error, StoreError::DiskFull), "{error}");
    assert_eq!(reader.held_reservations(A).unwrap().len() as u64, stored);
    fs::remove_file(&filler).unwrap();
    store.commit(&large(stored + 1)).unwrap();
    assert_eq!(reader.held_reservations(A).unwrap().len() as u64, stored + 1);
    assert!(reader.find_damage().unwrap().is_empty());
}

#[test]
fn a_read_only_disk_is_named() {
    let Some(disk) = SmallDisk::mount() else { return };
    let path = disk.0.path().join("books.db");
    drop(at(&path).create().unwrap());
    disk.make_read_only();
    assert!(matches!(at(&path).open(), Err(StoreError::ReadOnly)));
    assert!(matches!(at(&path.with_extension("new")).create(), Err(StoreError::ReadOnly)));
}
