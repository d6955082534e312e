//! Each change is refused when it doesn't fit, and a refused commit leaves nothing behind.

use indicia::UnixTime;
use store::{
    AccountId, Commit, Conflict, DeviceLock, Draw, Ended, NewAccount, NewReservation, Ordinal, Plan,
    PrintOutcome, PrinterChange, ReservationId, Segment, StaffEvent, StatusChange, StoreError, StoredPrinter,
    Usage, VoidedTransaction,
};

use super::prints::{news, print};
use super::{
    A, B, Factory, Fixture, VOID, account, becomes, ending, erasure, plan, planned, proof_of, redemption,
    refused, reservation, reversal, used_up, voiding,
};

fn void(ordinal: u64) -> Vec<VoidedTransaction> {
    vec![VoidedTransaction { account: A, ordinal: Ordinal(ordinal) }]
}

pub(crate) fn accounts_are_unique(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    let third = account(AccountId(3));
    let mut add = |account| fixture.conflict(Commit { accounts: vec![account], ..Commit::default() });
    assert_eq!(add(NewAccount { id: A, ..third.clone() }), Conflict::AccountExists(A));
    let name = account(A).name;
    assert_eq!(add(NewAccount { name: name.clone(), ..third.clone() }), Conflict::NameTaken(name));
    let device = account(A).device;
    assert_eq!(add(NewAccount { device, ..third }), Conflict::DeviceTaken(device));
}

pub(crate) fn reservations_are_unique(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    fixture.commit(Commit { reservations: vec![reservation(A, 1, 1)], ..Commit::default() }).unwrap();
    // Other accounts have ids and keys of their own.
    fixture.commit(Commit { reservations: vec![reservation(B, 1, 1)], ..Commit::default() }).unwrap();
    let mut add = |new| fixture.conflict(Commit { reservations: vec![new], ..Commit::default() });
    let same_id = NewReservation { key: "other".parse().unwrap(), ..reservation(A, 1, 1) };
    assert_eq!(add(same_id), Conflict::ReservationExists(A, ReservationId(1)));
    let same_key = NewReservation { key: "key 1".parse().unwrap(), ..reservation(A, 2, 1) };
    assert_eq!(add(same_key), Conflict::KeyTaken(A, "key 1".parse().unwrap()));
    let nobody = AccountId(9);
    assert_eq!(add(reservation(nobody, 1, 1)), Conflict::NoAccount(nobody));
}

pub(crate) fn plans_begin_once_and_in_order(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    let begin = |ordinal| Commit { plans: vec![plan(A, ordinal)], ..Commit::default() };
    fixture.plan_one(5, 1);
    assert_eq!(fixture.conflict(begin(6)), Conflict::TransactionOpen(A));
    fixture.finish_now(5, 1);
    assert_eq!(fixture.conflict(begin(5)), Conflict::OrdinalUsed(A, Ordinal(5)));
    assert_eq!(fixture.conflict(begin(4)), Conflict::OrdinalUsed(A, Ordinal(4)));
    let both = Commit { plans: vec![plan(A, 6), plan(A, 7)], ..Commit::default() };
    assert_eq!(fixture.conflict(both), Conflict::TransactionOpen(A));
    let nobody = AccountId(9);
    let plans = vec![plan(nobody, 1)];
    assert_eq!(fixture.conflict(Commit { plans, ..Commit::default() }), Conflict::NoAccount(nobody));
    let locks = vec![DeviceLock { account: A, reason: "differs".into(), at: UnixTime(1) }];
    fixture.commit(Commit { locks, ..Commit::default() }).unwrap();
    assert_eq!(fixture.conflict(begin(6)), Conflict::Locked(A));
}

pub(crate) fn a_request_is_planned_only_with_its_transaction(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    fixture.plan_one(1, 1);
    let late = Commit { reservations: vec![planned(reservation(A, 2, 1), 1, 2)], ..Commit::default() };
    let missing = Conflict::PlanMissing(A, ReservationId(2), Ordinal(1));
    assert_eq!(fixture.conflict(late), missing);
    fixture.commit(Commit { reservations: vec![reservation(A, 2, 1)], ..Commit::default() }).unwrap();
    let draw = Draw {
        account: A,
        reservation: ReservationId(2),
        plan: Plan { ordinal: Ordinal(1), first_number: 2 },
        proof: proof_of(2),
    };
    assert_eq!(fixture.conflict(Commit { draws: vec![draw], ..Commit::default() }), missing);
}

pub(crate) fn only_held_reservations_are_drawn_or_extended(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    fixture.commit(Commit { reservations: vec![reservation(A, 1, 1)], ..Commit::default() }).unwrap();
    let draw = Draw {
        account: A,
        reservation: ReservationId(1),
        plan: Plan { ordinal: Ordinal(1), first_number: 1 },
        proof: proof_of(1),
    };
    let twice =
        Commit { plans: vec![plan(A, 1)], draws: vec![draw.clone(), draw.clone()], ..Commit::default() };
    let not_held = Conflict::NotHeld(A, ReservationId(1));
    assert_eq!(fixture.conflict(twice), not_held);
    fixture.commit(Commit { plans: vec![plan(A, 1)], draws: vec![draw], ..Commit::default() }).unwrap();
    let extensions = vec![(A, ReservationId(1), UnixTime(5))];
    assert_eq!(fixture.conflict(Commit { extensions, ..Commit::default() }), not_held);
}

pub(crate) fn a_transaction_closes_once(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    fixture.plan_one(1, 1);
    let early = fixture.finish(2, 1);
    let not_open = |ordinal| Conflict::NotOpen(A, Ordinal(ordinal));
    assert_eq!(fixture.conflict(Commit { finished: vec![early], ..Commit::default() }), not_open(2));
    fixture.finish_now(1, 1);
    let again = fixture.finish(1, 1);
    assert_eq!(fixture.conflict(Commit { finished: vec![again], ..Commit::default() }), not_open(1));
    assert_eq!(fixture.conflict(Commit { voided: void(1), ..Commit::default() }), not_open(1));
    fixture.plan_one(2, 1);
    let endings = vec![ending(2, Ended::Released)];
    fixture.commit(Commit { voided: void(2), endings, ..Commit::default() }).unwrap();
    let late = fixture.finish(2, 1);
    assert_eq!(fixture.conflict(Commit { finished: vec![late], ..Commit::default() }), not_open(2));
    assert_eq!(fixture.conflict(Commit { voided: void(2), ..Commit::default() }), not_open(2));
}

pub(crate) fn a_device_makes_the_very_next_step_and_balances(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    fixture.plan_one(1, 2);
    let good = fixture.finish(1, 2);
    let mut refuse = |change: fn(&mut store::FinishedTransaction)| {
        let mut bad = good.clone();
        change(&mut bad);
        fixture.conflict(Commit { finished: vec![bad], ..Commit::default() })
    };
    let sequence = Conflict::Sequence { account: A, stored: 0, found: 2 };
    assert_eq!(refuse(|bad| bad.sequence = 2), sequence);
    assert_eq!(refuse(|bad| bad.sequence = 0), Conflict::Sequence { account: A, stored: 0, found: 0 });
    for unbalanced in [
        (|bad| bad.descending += 1) as fn(&mut store::FinishedTransaction),
        |bad| bad.funded += 1,
        |bad| bad.refunded += 1,
        |bad| bad.voided += 1,
        // More would come back than was issued.
        |bad| (bad.voided, bad.descending) = (bad.ascending + 1, bad.descending + bad.ascending + 1),
        |bad| bad.value += 1,
        |bad| (bad.ascending, bad.descending) = (bad.ascending + 1, bad.descending - 1),
    ] {
        assert_eq!(refuse(unbalanced), Conflict::Unbalanced(A));
    }
    for numbers in [
        (|bad| bad.count = 1) as fn(&mut store::FinishedTransaction),
        |bad| bad.next_number = 2,
        |bad| bad.segments[0].first = 0,
        |bad| bad.segments[0].first = u64::MAX,
        |bad| bad.segments = vec![segment(2, 1), segment(1, 1)],
        |bad| bad.segments = vec![segment(1, 1), segment(1, 1)],
        |bad| bad.segments.push(segment(3, 0)),
    ] {
        assert_eq!(refuse(numbers), Conflict::Numbers(A, Ordinal(1)));
    }
    fixture.commit(Commit { finished: vec![good], ..Commit::default() }).unwrap();
    fixture.plan_one(2, 2);
    let mut reused = fixture.finish(2, 2);
    reused.segments[0].first = 2;
    assert_eq!(
        fixture.conflict(Commit { finished: vec![reused], ..Commit::default() }),
        Conflict::Numbers(A, Ordinal(2))
    );
}

fn segment(first: u64, count: u32) -> Segment {
    Segment { first, count, bytes: vec![1] }
}

pub(crate) fn a_refusal_is_of_its_own_transaction(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    fixture.commit(Commit { reservations: vec![reservation(A, 7, 1)], ..Commit::default() }).unwrap();
    fixture.plan_one(1, 1);
    for other in [7, 8] {
        let mut finished = fixture.finish(1, 0);
        finished.refused = vec![refused(other)];
        let conflict = fixture.conflict(Commit { finished: vec![finished], ..Commit::default() });
        assert_eq!(conflict, Conflict::NotOfTransaction(A, ReservationId(other), Ordinal(1)));
    }
    let mut twice = fixture.finish(1, 0);
    twice.refused = vec![refused(1), refused(1)];
    let conflict = fixture.conflict(Commit { finished: vec![twice], ..Commit::default() });
    assert_eq!(conflict, Conflict::EndedAlready(A, ReservationId(1)));
}

pub(crate) fn only_open_reservations_end(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    let end = |id| Commit { endings: vec![ending(id, Ended::Released)], ..Commit::default() };
    let cannot = |id| Conflict::CannotEnd(A, ReservationId(id));
    assert_eq!(fixture.conflict(end(1)), cannot(1));
    fixture.plan_one(1, 1);
    // The module may have processed it already.
    assert_eq!(fixture.conflict(end(1)), cannot(1));
    fixture.finish_now(1, 1);
    assert_eq!(fixture.conflict(end(1)), cannot(1));
    fixture.commit(Commit { reservations: vec![reservation(A, 2, 1)], ..Commit::default() }).unwrap();
    fixture.commit(end(2)).unwrap();
    assert_eq!(fixture.conflict(end(2)), Conflict::EndedAlready(A, ReservationId(2)));
}

pub(crate) fn a_void_ends_all_its_reservations(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    let requests = vec![planned(reservation(A, 1, 1), 1, 1), planned(reservation(A, 2, 1), 1, 2)];
    fixture.commit(Commit { plans: vec![plan(A, 1)], reservations: requests, ..Commit::default() }).unwrap();
    let endings = vec![ending(1, Ended::Released)];
    let half = Commit { voided: void(1), endings, ..Commit::default() };
    assert_eq!(fixture.conflict(half), Conflict::EndingsMissing(A, Ordinal(1), 1));
    let endings = vec![ending(1, Ended::Released), ending(1, Ended::Released)];
    let twice = Commit { voided: void(1), endings, ..Commit::default() };
    assert_eq!(fixture.conflict(twice), Conflict::EndedAlready(A, ReservationId(1)));
}

pub(crate) fn what_was_issued_becomes_something_else_from_what_it_is(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    fixture.plan_one(1, 3);
    fixture.finish_now(1, 3);
    let set = |changes: &[StatusChange]| Commit { statuses: changes.to_vec(), ..Commit::default() };
    let live = Usage::default();
    for never in [0, 4] {
        assert_eq!(fixture.conflict(set(&[becomes(never, live, VOID)])), Conflict::NotIssued(A, never));
        assert_eq!(fixture.conflict(set(&[becomes(never, used_up(1), VOID)])), Conflict::NotIssued(A, never));
    }
    assert_eq!(fixture.conflict(set(&[becomes(3, used_up(1), VOID)])), Conflict::UsedSince(A, 3));
    fixture.commit(set(&[becomes(3, live, used_up(1))])).unwrap();
    let more = |used, redemptions| Usage { used, redemptions, ..used_up(1) };
    for from in [live, VOID, more(9, 1), more(10, 2)] {
        assert_eq!(fixture.conflict(set(&[becomes(3, from, VOID)])), Conflict::UsedSince(A, 3), "{from:?}");
    }
    let twice = [becomes(3, used_up(1), used_up(2)), becomes(3, used_up(1), VOID)];
    assert_eq!(fixture.conflict(set(&twice)), Conflict::UsedSince(A, 3));
    let after = Usage { redemptions: 2, ..Usage::default() };
    fixture.commit(set(&[becomes(3, used_up(1), used_up(2)), becomes(3, used_up(2), after)])).unwrap();
    assert_eq!(fixture.conflict(set(&[becomes(3, live, VOID)])), Conflict::UsedSince(A, 3));
    assert_eq!(fixture.reader.usages(&[(A, 3)]).unwrap(), [(A, 3, after)]);
}

pub(crate) fn a_use_is_stored_once_and_taken_back_once(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    let redeem = |redemptions: &[store::Redemption], reversals: &[store::Reversal]| Commit {
        redemptions: redemptions.to_vec(),
        reversals: reversals.to_vec(),
        ..Commit::default()
    };
    fixture.commit(redeem(&[redemption(1, 1, "gate", "k1")], &[])).unwrap();
    for other in [redemption(1, 1, "gate", "k2"), redemption(2, 1, "gate", "k1")] {
        let taken = Conflict::RedemptionExists(A, other.number, other.place);
        assert_eq!(fixture.conflict(redeem(&[other], &[])), taken);
    }
    let together = [redemption(7, 1, "gate", "k7"), redemption(8, 1, "gate", "k7")];
    assert_eq!(fixture.conflict(redeem(&together, &[])), Conflict::RedemptionExists(A, 8, 1));
    // Somebody else's key is another, and so is another account's.
    let in_b = store::Redemption { account: B, ..redemption(1, 1, "gate", "k1") };
    fixture.commit(redeem(&[redemption(1, 2, "other gate", "k1"), in_b], &[])).unwrap();
    assert_eq!(fixture.conflict(redeem(&[], &[reversal(1, 3)])), Conflict::NotReversible(A, 1, 3));
    let twice = [reversal(1, 2), reversal(1, 2)];
    assert_eq!(fixture.conflict(redeem(&[], &twice)), Conflict::NotReversible(A, 1, 2));
    fixture.commit(redeem(&[], &[reversal(1, 2)])).unwrap();
    assert_eq!(fixture.conflict(redeem(&[], &[reversal(1, 2)])), Conflict::NotReversible(A, 1, 2));
}

/// Neither half of a void is stored without the other, however it fails.
pub(crate) fn no_value_comes_back_without_its_indicia_becoming_void(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    fixture.plan_one(1, 3);
    fixture.finish_now(1, 3);
    fixture.plan_one(2, 0);
    let commit = voiding(&fixture, 2, &[3]);
    fixture.commit(commit).unwrap();
    fixture.plan_one(3, 0);
    let before = fixture.reader.account(A).unwrap();
    for (numbers, conflict) in [
        (&[1, 3][..], Conflict::UsedSince(A, 3)),
        (&[2, 2], Conflict::UsedSince(A, 2)),
        (&[2, 4], Conflict::NotIssued(A, 4)),
    ] {
        let commit = voiding(&fixture, 3, numbers);
        assert_eq!(fixture.conflict(commit), conflict);
        assert_eq!(fixture.reader.account(A).unwrap(), before);
        assert_eq!(fixture.reader.statuses(A, 0, 9).unwrap().len(), 1);
    }
    let mut less = voiding(&fixture, 3, &[]);
    less.finished[0].voided -= 1;
    less.finished[0].descending -= 1;
    assert_eq!(fixture.conflict(less), Conflict::Unbalanced(A), "what is void stays so");
    let commit = voiding(&fixture, 3, &[1, 2]);
    fixture.commit(commit).unwrap();
}

pub(crate) fn what_no_column_holds_is_refused(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    let huge = NewReservation { value: u64::MAX, ..reservation(A, 1, 1) };
    let result = fixture.commit(Commit { reservations: vec![huge], ..Commit::default() });
    assert!(matches!(result, Err(StoreError::TooLarge { value: u64::MAX, .. })), "{result:?}");
    // A time without end is none that needs refusing.
    let endless = NewReservation { expires: Some(UnixTime(u64::MAX)), ..reservation(A, 1, 1) };
    fixture.commit(Commit { reservations: vec![endless], ..Commit::default() }).unwrap();
    let held = fixture.reader.held_reservations(A).unwrap();
    assert_eq!(held[0].expires, Some(UnixTime(i64::MAX.unsigned_abs())));
}

pub(crate) fn only_what_is_over_loses_something(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    fixture.commit(Commit { reservations: vec![reservation(A, 1, 1)], ..Commit::default() }).unwrap();
    fixture.plan_one(2, 3);
    fixture.finish_now(2, 3);
    fixture.plan_one(3, 2);
    let before = everything(&fixture);
    let of = |erasure| Commit { erasures: vec![erasure], ..Commit::default() };
    for held_open_or_none in [1, 3, 4] {
        let conflict = fixture.conflict(of(erasure(&[2, held_open_or_none], &[])));
        assert_eq!(conflict, Conflict::NotOver(A, ReservationId(held_open_or_none)));
    }
    for (first, count) in [(1, 2), (2, 2), (4, 2)] {
        let conflict = fixture.conflict(of(erasure(&[2], &[(first, count)])));
        assert_eq!(conflict, Conflict::NoSegment(A, first, count));
    }
    assert_eq!(everything(&fixture), before);

    fixture.commit(of(erasure(&[2], &[(1, 3)]))).unwrap();
    let (stored, body) = fixture.reader.reservation(A, ReservationId(2)).unwrap().unwrap();
    assert_eq!((stored.request_digest, body), ([0xee; 32], b"left".to_vec()));
    assert_eq!(fixture.reader.segment_of(A, 2, |segment| segment.bytes.to_vec()).unwrap().unwrap(), b"left");
    let once_more = everything(&fixture);
    fixture.commit(of(erasure(&[2], &[(1, 3)]))).unwrap();
    assert_eq!(everything(&fixture), once_more);
    // A request is over in the commit that closes its transaction, and what the same commit holds isn't.
    let finished = vec![fixture.finish(3, 2)];
    let conflict =
        fixture.conflict(Commit { reservations: vec![reservation(A, 4, 1)], ..of(erasure(&[4], &[])) });
    assert!(matches!(conflict, Conflict::NotOver(..)));
    fixture.commit(Commit { finished, ..of(erasure(&[3], &[])) }).unwrap();
}

pub(crate) fn a_commit_is_whole_or_not_at_all(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    fixture.commit(Commit { reservations: vec![reservation(A, 1, 1)], ..Commit::default() }).unwrap();
    fixture.plan_one(2, 3);
    fixture.finish_now(2, 3);
    fixture.plan_one(3, 3);
    let before = everything(&fixture);
    let wrong = becomes(99, Usage::default(), VOID);
    let commit = Commit {
        accounts: vec![account(AccountId(3))],
        extensions: vec![(A, ReservationId(1), UnixTime(77))],
        finished: vec![fixture.finish(3, 3)],
        voided: Vec::new(),
        plans: vec![plan(A, 4), plan(B, 1)],
        draws: vec![Draw {
            account: A,
            reservation: ReservationId(1),
            plan: Plan { ordinal: Ordinal(4), first_number: 7 },
            proof: proof_of(1),
        }],
        reservations: vec![reservation(A, 5, 1), planned(reservation(B, 1, 1), 1, 1)],
        endings: vec![ending(5, Ended::Released)],
        locks: vec![DeviceLock { account: B, reason: "differs".into(), at: UnixTime(1) }],
        statuses: vec![StatusChange { number: 1, ..wrong.clone() }, wrong],
        redemptions: vec![redemption(2, 1, "gate", "k1")],
        reversals: vec![reversal(2, 1)],
        staff_events: vec![StaffEvent { number: 1, event: vec![1] }],
        prints: vec![print(1, std::slice::from_ref(&(3..4)))],
        print_news: vec![news(1, PrintOutcome::Printed)],
        printers: vec![PrinterChange::Keep(StoredPrinter { name: "desk".into(), settings: vec![1] })],
        erasures: vec![erasure(&[2], &[(1, 3)])],
    };
    assert_eq!(fixture.conflict(commit.clone()), Conflict::NotIssued(A, 99));
    assert_eq!(everything(&fixture), before);
    // All but its last part is fine.
    fixture.commit(Commit { statuses: commit.statuses[..1].to_vec(), ..commit }).unwrap();
    assert_ne!(everything(&fixture), before);
}

/// All that can be read, as text.
pub(crate) fn everything(fixture: &Fixture) -> String {
    use std::fmt::Write;
    let reader = &fixture.reader;
    let mut text = String::new();
    for summary in reader.accounts().unwrap() {
        let id = summary.id;
        writeln!(text, "{summary:?} {:?}", reader.account(id).unwrap()).unwrap();
        writeln!(text, "{:?} {:?}", reader.next_ids(id).unwrap(), reader.last_transaction_at(id).unwrap())
            .unwrap();
        writeln!(text, "{:?}", reader.open_transaction(id).unwrap()).unwrap();
        writeln!(text, "{:?}", reader.held_reservations(id).unwrap()).unwrap();
        let next = reader.next_ids(id).unwrap().reservation.0;
        for reservation in 1..next {
            writeln!(text, "{:?}", reader.reservation(id, ReservationId(reservation)).unwrap()).unwrap();
        }
        reader
            .transactions(id, &mut |transaction| {
                writeln!(text, "{transaction:?}").unwrap();
                Ok(())
            })
            .unwrap();
        reader
            .segments(id, 0, u64::MAX, &mut |segment| {
                writeln!(text, "{segment:?}").unwrap();
                Ok(())
            })
            .unwrap();
        writeln!(text, "{:?}", reader.statuses(id, 0, u64::MAX).unwrap()).unwrap();
        let redemption = &mut |stored| {
            writeln!(text, "{stored:?}").unwrap();
            Ok(())
        };
        reader.redemptions(id, 0, u64::MAX, redemption).unwrap();
        writeln!(text, "{:?}", reader.prints(id, None, 99).unwrap()).unwrap();
    }
    writeln!(text, "{:?}", reader.printers().unwrap()).unwrap();
    text
}

pub(crate) fn an_empty_commit_does_nothing(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    let before = everything(&fixture);
    assert!(Commit::default().is_empty());
    fixture.commit(Commit::default()).unwrap();
    assert_eq!(everything(&fixture), before);
}
