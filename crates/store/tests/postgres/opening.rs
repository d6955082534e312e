//! Making and opening a store, in every state that its database can be in.

use store::{Commit, Place, StoreError};

use crate::suite::{A, account};
use crate::{Database, place};

/// What both ways of opening say.
fn open_errors(place: &Place) -> [StoreError; 2] {
    [place.open().unwrap_err(), place.reader().unwrap_err()]
}

#[test]
fn what_was_committed_is_there_when_opened_again() {
    let Some(database) = Database::new() else { return };
    let mut store = database.place().create().unwrap();
    store.commit(&Commit { accounts: vec![account(A)], ..Commit::default() }).unwrap();
    drop(store);
    assert_eq!(database.place().reader().unwrap().accounts().unwrap().len(), 1);
    assert_eq!(database.place().open().unwrap().books().accounts().unwrap().len(), 1);
}

#[test]
fn nothing_is_made_twice_or_over_something_else() {
    let Some(database) = Database::new() else { return };
    database
        .server
        .sql(&database.name, "CREATE TABLE version (version text); CREATE TABLE accounts (name text)");
    drop(database.place().create().unwrap());
    let again = database.place().create().unwrap_err();
    assert!(matches!(&again, StoreError::Exists(named) if *named == database.place()), "{again}");
}

#[test]
fn what_was_only_begun_is_made_anew_under_its_own_mark() {
    let Some(database) = Database::new() else { return };
    let (place, mark) = (database.place(), "00112233445566778899aabbccddeeff".parse().unwrap());
    let refused = || {
        let other = "ffeeddccbbaa99887766554433221100".parse().unwrap();
        for refused in [place.create(), place.create_marked(&other)] {
            assert!(matches!(refused.unwrap_err(), StoreError::Exists(_)));
        }
    };
    drop(place.create_marked(&mark).unwrap());
    refused();
    let store = place.create_marked(&mark).unwrap();
    assert!(matches!(place.create_marked(&mark).unwrap_err(), StoreError::InUse(_)), "it is being made");
    drop(store);
    let mut store = place.create_marked(&mark).unwrap();
    store.commit(&Commit { accounts: vec![account(A)], ..Commit::default() }).unwrap();
    drop(store);
    refused();
    assert!(matches!(place.create_marked(&mark).unwrap_err(), StoreError::Exists(_)), "it has an account");
    assert_eq!(place.reader().unwrap().accounts().unwrap().len(), 1);
}

#[test]
fn other_databases_are_no_stores() {
    let Some(database) = Database::new() else { return };
    for schema in ["SELECT 1", "CREATE TABLE version (version text)", "CREATE SCHEMA mintage"] {
        database.server.sql(&database.name, schema);
        for error in open_errors(&database.place()) {
            assert!(matches!(error, StoreError::NotAStore(_)), "{error}");
        }
    }
}

#[test]
fn other_versions_are_named() {
    let Some(database) = Database::new() else { return };
    drop(database.place().create().unwrap());
    let sql = |sql: &str| database.server.sql(&database.name, sql);
    let written: u32 = sql("SELECT version FROM mintage.version").parse().unwrap();
    sql("UPDATE mintage.version SET version = 77");
    for error in open_errors(&database.place()) {
        assert!(
            matches!(error, StoreError::NewerVersion { found: 77, known } if known == written),
            "{error}"
        );
    }
    sql("UPDATE mintage.version SET version = 0");
    let error = database.place().reader().unwrap_err();
    assert!(matches!(error, StoreError::OlderVersion { found: 0, known } if known == written), "{error}");
}

#[test]
fn what_cannot_be_reached_is_named_without_its_password() {
    let Some(database) = Database::new() else { return };
    let folder = database.server.folder();
    let url = |user: &str, name: &str| {
        let folder = folder.to_string_lossy().replace('/', "%2F");
        place(&format!("postgres://{user}@{folder}/{name}"))
    };
    let places = [
        url("clerk:s3cret", "nothing"),
        url("nobody:s3cret", &database.name),
        place("postgres://clerk:s3cret@%2Fnowhere/books"),
        place("postgres://clerk:s3cret@127.0.0.1:1/books"),
        // Without TLS a server elsewhere isn't spoken to, and this one has none.
        place("postgres://clerk:s3cret@127.0.0.1:1/books?sslmode=require"),
    ];
    for place in places {
        for error in open_errors(&place) {
            assert!(matches!(error, StoreError::CannotOpen { .. }), "{error:?}");
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
        }
    }
}

#[test]
fn a_database_of_another_encoding_is_refused() {
    let Some(database) = Database::new() else { return };
    let server = database.server;
    server.sql("postgres", "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
    let error = place(&server.url("latin")).create().unwrap_err();
    assert!(error.to_string().contains("UTF8"), "{error}");
    server.drop_database("latin");
}

#[test]
fn a_database_that_takes_no_writes_is_named() {
    let Some(database) = Database::new() else { return };
    drop(database.place().create().unwrap());
    let name = &database.name;
    database.server.sql("postgres", &format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    let error = database.place().open().unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly), "{error}");
    assert!(database.place().reader().unwrap().accounts().unwrap().is_empty());
}
