//! A real pgbouncer in between, in each of its modes.

use scratch_postgres::{Pooler, Pooling};
use store::{Commit, StoreError};

use crate::faults::ends_cost_nothing;
use crate::suite::{A, B, account};
use crate::{Database, place};

fn behind(pooling: Pooling, connections: u32) -> Option<(Database, Pooler)> {
    let database = Database::new()?;
    let pooler = Pooler::start(database.server, pooling, connections)?;
    Some((database, pooler))
}

#[test]
fn in_session_mode_everything_is_as_without_it() {
    let Some((database, pooler)) = behind(Pooling::Session, 8) else { return };
    let behind = place(&pooler.url(&database.name));
    let mut store = behind.create().unwrap();
    store.commit(&Commit { accounts: vec![account(A)], ..Commit::default() }).unwrap();
    for second in [behind.open(), database.place().open()] {
        assert!(matches!(second.unwrap_err(), StoreError::InUse(_)), "there is one writer");
    }
    assert_eq!(store.reader().unwrap().accounts().unwrap().len(), 1);
    drop(store);
    assert_eq!(behind.open().unwrap().books().accounts().unwrap().len(), 1);
}

#[test]
fn connections_that_the_server_ends_behind_it_cost_nothing() {
    let Some((database, pooler)) = behind(Pooling::Session, 8) else { return };
    ends_cost_nothing(&database, &place(&pooler.url(&database.name)));
}

#[test]
fn in_transaction_mode_it_is_refused_and_nothing_is_left_behind() {
    for connections in [1, 8] {
        let Some((database, pooler)) = behind(Pooling::Transaction, connections) else { return };
        let behind = place(&pooler.url(&database.name));
        for _ in 0..3 {
            let error = behind.create().unwrap_err();
            assert!(matches!(&error, StoreError::Pooled(named) if *named == behind), "{error}");
        }
        // Neither the lock nor a setting stays with the connections that others are given.
        let mut store = database.place().create().unwrap();
        store.commit(&Commit { accounts: vec![account(A)], ..Commit::default() }).unwrap();
        let error = behind.open().unwrap_err();
        assert!(matches!(error, StoreError::Pooled(_)), "{error}");
        store.commit(&Commit { accounts: vec![account(B)], ..Commit::default() }).unwrap();
    }
}

#[test]
fn others_that_use_the_pool_meanwhile_change_nothing() {
    let Some((database, pooler)) = behind(Pooling::Transaction, 8) else { return };
    let url = pooler.url(&database.name);
    let is_over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                    let _ = place(&url).reader(); // it finds no store
                }
            });
        }
        let answers: Vec<_> = (0..20).map(|_| place(&url).create().map(drop)).collect();
        is_over.store(true, std::sync::atomic::Ordering::Relaxed);
        for answer in answers {
            assert!(matches!(answer, Err(StoreError::Pooled(_))), "{answer:?}");
        }
    });
}

#[test]
fn without_transactions_or_a_second_connection_it_is_refused_with_the_reason() {
    for (pooling, connections, says) in
        [(Pooling::Statement, 8, "statement pooling"), (Pooling::Session, 1, "a second connection")]
    {
        let Some((database, pooler)) = behind(pooling, connections) else { return };
        let error = place(&format!("{}?connect_timeout=2", pooler.url(&database.name))).create().unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}
