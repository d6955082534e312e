//! Connections that break in the midst of commits, servers that stay away, and writers that meet.

use std::thread;
use std::time::Duration;

use store::{Commit, Place, StoreError};

use crate::Database;
use crate::ledger::{Ledger, check};
use crate::proxy::{Cut, Proxy};
use crate::suite::{A, B, account};

/// A database behind something that can cut its connections.
fn behind_a_proxy(options: &str) -> Option<(Database, Proxy, Place)> {
    let database = Database::new()?;
    let proxy = Proxy::to(database.server.folder());
    let place = proxy.place(&database.name, options);
    Some((database, proxy, place))
}

/// At every message of a commit: those of a new connection, those that ask, and those that write.
#[test]
fn a_commit_whose_connection_breaks_anywhere_is_made_once() {
    for cut in [Cut::Before, Cut::After] {
        let Some((_database, proxy, place)) = behind_a_proxy("") else { return };
        let mut ledger = Ledger::create(&place);
        ledger.step().unwrap();
        let mut messages = 0;
        loop {
            let before = proxy.cuts();
            proxy.cut_after(messages, cut, false);
            ledger.step().unwrap();
            if proxy.cuts() == before {
                break;
            }
            messages += 1;
        }
        proxy.unblock();
        assert!(messages >= 2, "{cut:?}: only {messages} messages were cut");
        let made = ledger.made;
        check(ledger.books(), made);
        drop(ledger);
        check(&*place.reader().unwrap(), made);
    }
}

#[test]
fn reading_goes_on_over_another_connection() {
    let Some((_database, proxy, place)) = behind_a_proxy("") else { return };
    let mut ledger = Ledger::create(&place);
    ledger.step().unwrap();
    let reader = place.reader().unwrap();
    for cut in [Cut::Before, Cut::After] {
        for books in [&*reader, ledger.books()] {
            proxy.cut_after(0, cut, false);
            check(books, 1);
        }
    }
    assert_eq!(proxy.cuts(), 4);
    // What was to be read at one moment isn't read at two.
    let torn = reader.consistently(|reader| {
        proxy.cut_after(0, Cut::Before, false);
        reader.account(A)
    });
    assert!(matches!(torn, Err(StoreError::Database(_))), "{torn:?}");
    check(&*reader, 1);
}

#[test]
fn a_server_that_stays_away_is_named_and_nothing_is_half_done() {
    let Some((_database, proxy, place)) = behind_a_proxy("?connect_timeout=1") else { return };
    let mut ledger = Ledger::create(&place);
    ledger.step().unwrap();
    proxy.block();
    let error = ledger.step().unwrap_err();
    assert!(matches!(&error, StoreError::Unreachable { place: named, .. } if *named == place), "{error}");
    assert!(matches!(ledger.books().accounts(), Err(StoreError::Unreachable { .. })));
    proxy.unblock();
    ledger.step().unwrap();
    check(ledger.books(), 2);
}

#[test]
fn a_commit_that_nobody_knows_of_stops_the_writer_until_it_is_opened_again() {
    let Some((database, proxy, place)) = behind_a_proxy("?connect_timeout=1") else { return };
    let mut ledger = Ledger::create(&place);
    ledger.step().unwrap();
    ledger.step().unwrap();
    // The first message asks, the second writes.
    proxy.cut_after(1, Cut::After, true);
    let error = ledger.step().unwrap_err();
    assert!(matches!(&error, StoreError::Uncertain { place: named, .. } if *named == place), "{error}");
    proxy.unblock();
    assert!(matches!(ledger.step(), Err(StoreError::Suspended(_))));
    drop(ledger);
    check(database.place().open().unwrap().books(), 3);
}

#[test]
fn only_one_writes() {
    let Some(database) = Database::new() else { return };
    let place = database.place();
    let first = place.create().unwrap();
    let error = place.open().unwrap_err();
    assert!(matches!(&error, StoreError::InUse(named) if *named == place), "{error}");
    drop(first);
    place.open().unwrap();
}

#[test]
fn a_writer_whose_place_was_taken_commits_nothing_more() {
    for is_gone_again in [false, true] {
        let Some((database, proxy, place)) = behind_a_proxy("") else { return };
        let mut ledger = Ledger::create(&place);
        ledger.step().unwrap();
        proxy.block();
        // The server ends what was cut off; somebody else comes.
        let mut other = database.place().open().unwrap();
        let accounts =
            vec![store::NewAccount { name: "new".parse().unwrap(), ..account(store::AccountId(3)) }];
        other.commit(&Commit { accounts, ..Commit::default() }).unwrap();
        let other = (!is_gone_again).then_some(other);
        proxy.unblock();
        let error = ledger.step().unwrap_err();
        assert!(matches!(&error, StoreError::Deposed(named) if *named == place), "{error}");
        assert!(matches!(ledger.step(), Err(StoreError::Suspended(_))));
        let reader = place.reader().unwrap();
        assert_eq!((reader.account(B).unwrap().unwrap().sequence, reader.next_account().unwrap().0), (0, 4));
        assert_eq!(reader.next_ids(A).unwrap().ordinal.0, 2);
        drop(other);
    }
}

/// Even one whose connection is still there, which the lock alone can't keep from it.
#[test]
fn an_earlier_epoch_commits_nothing_more() {
    let Some(database) = Database::new() else { return };
    let mut ledger = Ledger::create(&database.place());
    ledger.step().unwrap();
    database.server.sql(&database.name, "UPDATE mintage.writer SET epoch = epoch + 1");
    assert!(matches!(ledger.step(), Err(StoreError::Deposed(_))));
    check(&*database.place().reader().unwrap(), 1);
}

#[test]
fn connections_that_the_server_ends_during_commits_cost_nothing() {
    let Some(database) = Database::new() else { return };
    ends_cost_nothing(&database, &database.place());
}

/// Commits, while the server ends the writer's connection again and again.
pub(crate) fn ends_cost_nothing(database: &Database, place: &Place) {
    let mut ledger = Ledger::create(place);
    let end = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE datname = '{}' AND application_name LIKE 'mintage writer%'",
        database.name
    );
    let mut ended = 0;
    thread::scope(|scope| {
        let writer = scope.spawn(|| (0..400).for_each(|_| ledger.step().unwrap()));
        while !writer.is_finished() {
            ended += database.server.sql("postgres", &end).parse::<u32>().unwrap();
            thread::sleep(Duration::from_millis(3));
        }
    });
    assert!(ended > 5, "only {ended} were ended");
    check(ledger.books(), ledger.made);
}

/// A transaction that the server undoes by itself is tried again.
#[test]
fn serialization_failures_and_deadlocks_are_tried_again() {
    let Some(database) = Database::new() else { return };
    let mut ledger = Ledger::create(&database.place());
    // Every second transaction that plans is refused, by turns for the one and for the other reason.
    database.server.sql(
        &database.name,
        "SET search_path = mintage; CREATE SEQUENCE turn;
         CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             CASE nextval('mintage.turn') % 4 WHEN 0 THEN RAISE serialization_failure;
                 WHEN 2 THEN RAISE deadlock_detected; ELSE NULL; END CASE;
             RETURN NULL; END $$;
         CREATE TRIGGER refuse AFTER INSERT ON open_transactions EXECUTE FUNCTION refuse()",
    );
    for _ in 0..8 {
        ledger.step().unwrap();
    }
    check(ledger.books(), 8);
    let turns: u32 =
        database.server.sql(&database.name, "SELECT last_value FROM mintage.turn").parse().unwrap();
    assert!(turns > 12, "only {turns} tries for 8 commits");
}
