//! The store's suite, run over SQLite.

#![allow(clippy::unwrap_used)] // a test fails by it

mod suite;

use store::Store;
use suite::{Fixture, flow, guards, model};

fn sqlite() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("books.db");
    let store = Store::create(&path).unwrap();
    Fixture { reader: store.reader().unwrap(), store, _folder: folder }
}

macro_rules! suite {
    ($($module:ident: $($test:ident),+;)+) => {
        $($(#[test]
        fn $test() {
            $module::$test(sqlite);
        })+)+
    };
}

suite! {
    flow:
        accounts_are_read_by_name_id_and_device,
        a_request_goes_through_its_life,
        a_commit_closes_one_transaction_and_plans_the_next,
        requests_keep_the_order_of_their_plan,
        a_held_reservation_is_extended_drawn_or_ended,
        a_refusal_ends_one_request_and_a_void_all,
        segments_are_found_by_any_of_their_numbers,
        statuses_and_locks_are_shown,
        totals_add_up_by_denomination,
        a_consistent_reading_sees_one_moment;
    guards:
        accounts_are_unique,
        reservations_are_unique,
        plans_begin_once_and_in_order,
        a_request_is_planned_only_with_its_transaction,
        only_held_reservations_are_drawn_or_extended,
        a_transaction_closes_once,
        a_device_makes_the_very_next_step_and_balances,
        a_refusal_is_of_its_own_transaction,
        only_open_reservations_end,
        a_void_ends_all_its_reservations,
        a_status_is_set_once_on_what_was_issued,
        what_no_column_holds_is_refused,
        a_commit_is_whole_or_not_at_all,
        an_empty_commit_does_nothing;
    model:
        random_commits_read_as_in_the_model;
}
