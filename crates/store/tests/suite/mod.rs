//! What every store must do, whatever is behind it: functions over a store that a factory makes.

/// Makes a test of each function of the suite, over what a factory makes.
macro_rules! whole_suite {
    ($factory:path) => {
        suite! { $factory;
            flow:
                accounts_are_read_by_name_id_and_device,
                a_request_goes_through_its_life,
                requests_are_found_by_several_keys_at_once,
                requests_are_listed_by_kind_from_the_newest,
                any_user_and_any_reason_is_stored,
                a_commit_closes_one_transaction_and_plans_the_next,
                requests_keep_the_order_of_their_plan,
                a_held_reservation_is_extended_drawn_or_ended,
                a_refusal_ends_one_request_and_a_void_all,
                segments_are_found_by_any_of_their_numbers,
                statuses_and_locks_are_shown,
                what_is_voided_is_shown_with_its_value,
                uses_are_found_by_indicium_and_by_key,
                events_are_numbered_as_they_come,
                what_was_spent_is_summed_by_days,
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
                what_was_issued_becomes_something_else_from_what_it_is,
                a_use_is_stored_once_and_taken_back_once,
                no_value_comes_back_without_its_indicia_becoming_void,
                what_no_column_holds_is_refused,
                only_what_is_over_loses_something,
                a_commit_is_whole_or_not_at_all,
                an_empty_commit_does_nothing;
            prints:
                a_print_begins_once_and_ends_once,
                only_a_reprint_prints_again,
                what_is_not_good_is_not_printed,
                printers_are_kept_by_name;
            model:
                random_commits_read_as_in_the_model;
        }
    };
}

macro_rules! suite {
    ($factory:path; $($module:ident: $($test:ident),+;)+) => {
        $($(#[test]
        fn $test() {
            $module::$test($factory);
        })+)+
    };
}

pub(crate) mod flow;
pub(crate) mod guards;
pub(crate) mod model;
pub(crate) mod prints;

use std::any::Any;
use std::sync::Arc;

use indicia::{DeviceId, Status, UnixTime};
use store::{
    AccountId, Commit, Conflict, Ended, Ending, ErasedRequest, Erasure, FinishedTransaction, NewAccount,
    NewReservation, Ordinal, Plan, PlannedTransaction, Reader, Redemption, RefusedRequest, RequestKind,
    ReservationId, Reversal, Segment, StatusChange, Store, StoreError, Usage,
};

/// A new, empty store.
pub(crate) struct Fixture {
    pub(crate) store: Box<dyn Store>,
    pub(crate) reader: Reader,
    /// What is removed when the test ends.
    pub(crate) _kept: Box<dyn Any>,
}

/// Makes one, unless what it needs isn't there.
pub(crate) type Factory = fn() -> Option<Fixture>;

pub(crate) const A: AccountId = AccountId(1);
pub(crate) const B: AccountId = AccountId(2);
pub(crate) const FUNDED: u64 = 1_000_000;

#[allow(clippy::needless_pass_by_value)] // a commit is made for the call
impl Fixture {
    /// A store with the accounts A and B.
    pub(crate) fn with_accounts(factory: Factory) -> Option<Self> {
        let mut fixture = factory()?;
        fixture
            .store
            .commit(&Commit { accounts: vec![account(A), account(B)], ..Commit::default() })
            .unwrap();
        Some(fixture)
    }

    pub(crate) fn commit(&mut self, commit: Commit) -> Result<(), StoreError> {
        self.store.commit(&commit)
    }

    /// Commits what must be refused.
    pub(crate) fn conflict(&mut self, commit: Commit) -> Conflict {
        match self.store.commit(&commit) {
            Err(StoreError::Conflict(conflict)) => conflict,
            other => panic!("a conflict was expected, not {other:?}"),
        }
    }

    /// Plans a transaction of one request with the same id and ordinal.
    pub(crate) fn plan_one(&mut self, number: u64, count: u32) {
        let first = self.reader.account(A).unwrap().unwrap().next_number;
        let reservation = planned(reservation(A, number, count), number, first);
        let plans = vec![plan(A, number)];
        self.commit(Commit { plans, reservations: vec![reservation], ..Commit::default() }).unwrap();
    }

    /// What the module would make of an open transaction of A that issues this many.
    pub(crate) fn finish(&self, ordinal: u64, count: u32) -> FinishedTransaction {
        let account = self.reader.account(A).unwrap().unwrap();
        let (first, value) = (account.next_number, u64::from(count) * 10);
        let bytes = vec![0xb0 + u8::try_from(ordinal % 16).unwrap(); count as usize * 20];
        FinishedTransaction {
            account: A,
            ordinal: Ordinal(ordinal),
            record: vec![0x5e, u8::try_from(ordinal % 256).unwrap()],
            sequence: account.sequence + 1,
            ascending: account.ascending + value,
            descending: FUNDED - account.ascending - value,
            funded: FUNDED,
            refunded: 0,
            voided: 0,
            next_number: first + u64::from(count),
            value,
            count: u64::from(count),
            record_digest: [0xd1; 32],
            request_digest: [0xd2; 32],
            segments: if count == 0 { Vec::new() } else { vec![Segment { first, count, bytes }] },
            refused: Vec::new(),
            events: Vec::new(),
        }
    }

    pub(crate) fn finish_now(&mut self, ordinal: u64, count: u32) {
        let finished = vec![self.finish(ordinal, count)];
        self.commit(Commit { finished, ..Commit::default() }).unwrap();
    }
}

pub(crate) const VOID: Usage = Usage { status: Status::Void, used: 0, outside: 0, redemptions: 0 };

/// A used up indicium, after so many redemptions.
pub(crate) fn used_up(redemptions: u32) -> Usage {
    Usage { status: Status::Redeemed, used: 10, outside: 0, redemptions }
}

/// An indicium of A becomes something else.
pub(crate) fn becomes(number: u64, from: Usage, to: Usage) -> StatusChange {
    StatusChange { account: A, number, from, to, at: UnixTime(7), reason: "used".into(), expires: None }
}

/// A use of an indicium of A.
pub(crate) fn redemption(number: u64, place: u32, by: &str, key: &str) -> Redemption {
    Redemption {
        account: A,
        number,
        place,
        by: by.into(),
        key: key.parse().unwrap(),
        request_digest: [9; 32],
        value: 4,
        used: 4 * u64::from(place),
        excess: 0,
        moved: 0,
        outside: 0,
        gate: "North\0 3".into(),
        at: UnixTime(70),
        received: UnixTime(71),
    }
}

/// A use of an indicium of A is taken back.
pub(crate) fn reversal(number: u64, place: u32) -> Reversal {
    let (by, reason) = ("olga".to_owned(), "wrong door".to_owned());
    Reversal { account: A, number, place, by, reason, at: UnixTime(80) }
}

/// Something is erased of these requests and runs of A.
pub(crate) fn erasure(requests: &[u64], segments: &[(u64, u32)]) -> Erasure {
    let request = |id: &u64| ErasedRequest {
        reservation: ReservationId(*id),
        request_digest: [0xee; 32],
        body: b"left".to_vec(),
    };
    let segment =
        |(first, count): &(u64, u32)| Segment { first: *first, count: *count, bytes: b"left".to_vec() };
    Erasure {
        account: A,
        requests: requests.iter().map(request).collect(),
        segments: segments.iter().map(segment).collect(),
    }
}

/// What the module would make of an open transaction of A by which these serials of ten units become void.
pub(crate) fn voiding(fixture: &Fixture, ordinal: u64, numbers: &[u64]) -> Commit {
    let account = fixture.reader.account(A).unwrap().unwrap();
    let back = numbers.len() as u64 * 10;
    let (voided, descending) = (account.voided + back, account.descending + back);
    let finished = FinishedTransaction { voided, descending, ..fixture.finish(ordinal, 0) };
    let at = UnixTime(1_200 + ordinal);
    let become_void = |number: &u64| StatusChange {
        at,
        reason: "misprint".into(),
        ..becomes(*number, Usage::default(), VOID)
    };
    let statuses = numbers.iter().map(become_void).collect();
    Commit { finished: vec![finished], statuses, ..Commit::default() }
}

pub(crate) fn account(id: AccountId) -> NewAccount {
    NewAccount {
        id,
        name: format!("account-{id}").parse().unwrap(),
        denomination: "USD/2".parse().unwrap(),
        device: DeviceId(100 + id.0),
        created: UnixTime(1_000),
        record: vec![0x5e, 0],
        events: Vec::new(),
    }
}

/// A held reservation of ten units an item.
pub(crate) fn reservation(account: AccountId, id: u64, count: u32) -> NewReservation {
    NewReservation {
        account,
        id: ReservationId(id),
        key: format!("key {id}").parse().unwrap(),
        request_digest: [u8::try_from(id % 256).unwrap(); 32],
        kind: RequestKind::Issue,
        user: "box office".into(),
        body: vec![u8::try_from(id % 256).unwrap(); 40].into(),
        value: u64::from(count) * 10,
        count,
        wanted_count: count + 1,
        priority: 3,
        created: UnixTime(1_100),
        expires: Some(UnixTime(2_000)),
        plan: None,
    }
}

/// How a reservation is drawn: bytes that mean nothing to a store.
pub(crate) fn proof_of(id: u64) -> Arc<[u8]> {
    format!("proof of {id}").into_bytes().into()
}

pub(crate) fn planned(reservation: NewReservation, ordinal: u64, first_number: u64) -> NewReservation {
    let plan = Some(Plan { ordinal: Ordinal(ordinal), first_number });
    NewReservation { plan, expires: None, ..reservation }
}

pub(crate) fn plan(account: AccountId, ordinal: u64) -> PlannedTransaction {
    PlannedTransaction { account, ordinal: Ordinal(ordinal), at: UnixTime(1_200 + ordinal) }
}

/// The module said no to a request; the refusal's bytes mean nothing to a store.
pub(crate) fn refused(id: u64) -> RefusedRequest {
    let refusal = format!("no {id}").into_bytes();
    RefusedRequest { reservation: ReservationId(id), reason: "no".into(), refusal }
}

pub(crate) fn ending(id: u64, how: Ended) -> Ending {
    Ending { account: A, reservation: ReservationId(id), how, reason: "because".into(), at: UnixTime(1_500) }
}
