//! What is written is read again, at every stage of a request's life.

use indicia::{DeviceId, Status, UnixTime};
use store::{
    Commit, DaySpending, DeviceLock, Draw, Ended, NewReservation, Ordinal, Plan, PlannedTransaction,
    Redemption, RequestKind, ReservationId, ReservationOutcome, Reversed, Segment, StatusChange,
    StoredRedemption, TransactionOutcome, Usage, UsePlace, VoidedTransaction,
};

use super::{
    A, B, FUNDED, Factory, Fixture, VOID, account, becomes, ending, plan, planned, proof_of, redemption,
    refused, reservation, reversal, used_up, voiding,
};

pub(crate) fn accounts_are_read_by_name_id_and_device(factory: Factory) {
    let Some(mut fixture) = factory() else { return };
    assert_eq!(fixture.reader.next_account().unwrap(), A);
    fixture.commit(Commit { accounts: vec![account(A), account(B)], ..Commit::default() }).unwrap();
    let reader = &fixture.reader;
    let new = account(B);
    let read = reader.account(B).unwrap().unwrap();
    assert_eq!(
        (read.id, &read.name, read.denomination, read.device),
        (B, &new.name, new.denomination, new.device)
    );
    assert_eq!((read.created, &read.record, read.locked.as_ref()), (new.created, &new.record, None));
    assert_eq!((read.sequence, read.next_number, read.issued), (0, 1, 0));
    assert_eq!((read.ascending, read.descending, read.funded, read.refunded), (0, 0, 0, 0));
    assert_eq!(reader.account_by_name(&new.name).unwrap().as_ref(), Some(&read));
    assert_eq!(reader.account_by_device(new.device).unwrap().as_ref(), Some(&read));
    assert_eq!(reader.account_by_name(&"nobody".parse().unwrap()).unwrap(), None);
    assert_eq!(reader.account_by_device(DeviceId(7)).unwrap(), None);
    assert_eq!(reader.next_account().unwrap().0, 3);
}

pub(crate) fn a_request_goes_through_its_life(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    let key = "key 1".parse().unwrap();
    assert_eq!(fixture.reader.reservation_by_key(A, &key).unwrap(), None);
    fixture.plan_one(1, 5);

    let new = planned(reservation(A, 1, 5), 1, 1);
    let (stored, body) = fixture.reader.reservation(A, new.id).unwrap().unwrap();
    assert_eq!(stored.outcome, ReservationOutcome::Open);
    assert_eq!((&stored.key, stored.request_digest, stored.kind), (&new.key, new.request_digest, new.kind));
    assert_eq!((stored.value, stored.count, stored.wanted_count), (50, 5, 6));
    assert_eq!((stored.user.as_str(), stored.priority, stored.created), ("box office", 3, new.created));
    assert_eq!((stored.plan, stored.expires, body.as_slice()), (new.plan, None, &*new.body));
    let open = fixture.reader.open_transaction(A).unwrap().unwrap();
    assert_eq!((open.ordinal, open.at, open.reservations.len()), (Ordinal(1), plan(A, 1).at, 1));
    assert_eq!((&open.reservations[0].body[..], open.reservations[0].plan), (&*new.body, new.plan));
    assert_eq!(fixture.reader.accounts().unwrap()[0].reserved, 50);
    assert_eq!(fixture.reader.accounts_with_open_requests().unwrap()[0].id, A);
    assert_eq!(fixture.reader.last_transaction_at(A).unwrap(), Some(plan(A, 1).at));

    let finished = fixture.finish(1, 5);
    fixture.commit(Commit { finished: vec![finished.clone()], ..Commit::default() }).unwrap();
    let stored = fixture.reader.reservation_by_key(A, &key).unwrap().unwrap();
    assert_eq!(stored.outcome, ReservationOutcome::Done { first_number: 1 });
    let account = fixture.reader.account(A).unwrap().unwrap();
    assert_eq!((account.sequence, account.next_number, account.issued), (1, 6, 5));
    assert_eq!((account.ascending, account.descending, account.funded), (50, FUNDED - 50, FUNDED));
    assert_eq!(account.record, finished.record);
    assert_eq!(fixture.reader.open_transaction(A).unwrap(), None);
    assert!(fixture.reader.accounts_with_open_requests().unwrap().is_empty());
    let mut transactions = Vec::new();
    fixture
        .reader
        .transactions(A, &mut |transaction| {
            transactions.push(transaction);
            Ok(())
        })
        .unwrap();
    let [transaction] = transactions.as_slice() else { panic!("one transaction, not {transactions:?}") };
    let TransactionOutcome::Finished(facts) = &transaction.outcome else { panic!("finished") };
    assert_eq!((transaction.ordinal, transaction.at), (Ordinal(1), plan(A, 1).at));
    assert_eq!((facts.sequence, facts.value, facts.count, facts.next_number), (1, 50, 5, 6));
    assert_eq!((facts.record_digest, facts.request_digest), ([0xd1; 32], [0xd2; 32]));
    assert_eq!(
        (facts.ascending, facts.descending, facts.funded, facts.refunded),
        (50, FUNDED - 50, FUNDED, 0)
    );
}

pub(crate) fn requests_are_found_by_several_keys_at_once(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    let reservations = vec![reservation(A, 1, 1), reservation(A, 2, 2), reservation(B, 2, 3)];
    fixture.commit(Commit { reservations, ..Commit::default() }).unwrap();
    let keys = [1, 2, 3].map(|id| format!("key {id}").parse().unwrap());
    let found = |asked: &[(store::AccountId, &store::IdempotencyKey)]| {
        let found = fixture.reader.reservations_by_keys(asked).unwrap();
        let mut found: Vec<_> = found.iter().map(|found| (found.account, found.id.0, found.count)).collect();
        found.sort_unstable();
        found
    };
    assert_eq!(found(&[]), []);
    assert_eq!(found(&[(A, &keys[2]), (B, &keys[0])]), []);
    let all = [(B, &keys[1]), (A, &keys[1]), (A, &keys[0]), (B, &keys[2])];
    assert_eq!(found(&all), [(A, 1, 1), (A, 2, 2), (B, 2, 3)]);
}

pub(crate) fn requests_are_listed_by_kind_from_the_newest(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    let list = |fixture: &Fixture, before: Option<u64>, most| {
        let (batches, before) = (&[RequestKind::Issue], before.map(ReservationId));
        let batches = fixture.reader.requests(A, batches, before, most).unwrap();
        batches.iter().map(|batch| batch.id.0).collect::<Vec<_>>()
    };
    assert_eq!(list(&fixture, None, 10), []);
    let reservations = vec![reservation(A, 1, 1), reservation(A, 2, 2), reservation(B, 3, 3)];
    fixture.commit(Commit { reservations, ..Commit::default() }).unwrap();
    let reservations = vec![order(3), order(5), planned(reservation(A, 4, 5), 4, 1)];
    fixture.commit(Commit { plans: vec![plan(A, 4)], reservations, ..Commit::default() }).unwrap();
    assert_eq!(list(&fixture, None, 10), [4, 2, 1]);
    assert_eq!((list(&fixture, None, 2), list(&fixture, None, 0)), (vec![4, 2], vec![]));
    assert_eq!((list(&fixture, Some(4), 10), list(&fixture, Some(2), 10)), (vec![2, 1], vec![1]));
    assert_eq!((list(&fixture, Some(1), 10), list(&fixture, Some(0), 10)), (vec![], vec![]));
    assert_eq!(list(&fixture, Some(u64::MAX), 10), [4, 2, 1]);
    let kinds = |kinds: &[RequestKind]| -> Vec<u64> {
        fixture.reader.requests(A, kinds, None, 10).unwrap().iter().map(|one| one.id.0).collect()
    };
    assert_eq!(kinds(&[RequestKind::Issue, RequestKind::Fund]), [5, 4, 3, 2, 1]);
    assert_eq!((kinds(&[RequestKind::Fund]), kinds(&[RequestKind::Refund])), (vec![5, 3], vec![]));
    assert_eq!(kinds(&[]), []);
    // Each as it is read by itself.
    for batch in fixture.reader.requests(A, &[RequestKind::Issue, RequestKind::Fund], None, 10).unwrap() {
        assert_eq!(batch, fixture.reader.reservation(A, batch.id).unwrap().unwrap().0);
    }
}

pub(crate) fn any_user_and_any_reason_is_stored(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    let user = "\u{0} zero, \u{1f39f} and \\x00";
    let new = NewReservation { user: user.into(), ..reservation(A, 1, 1) };
    fixture.commit(Commit { reservations: vec![new], ..Commit::default() }).unwrap();
    assert_eq!(fixture.reader.held_reservations(A).unwrap()[0].user, user);
    let ending = store::Ending { reason: user.into(), ..ending(1, Ended::Released) };
    fixture.commit(Commit { endings: vec![ending], ..Commit::default() }).unwrap();
    let stored = fixture.reader.reservation(A, ReservationId(1)).unwrap().unwrap().0;
    let ReservationOutcome::Ended { reason, .. } = &stored.outcome else { panic!("{:?}", stored.outcome) };
    // A person reads it: not every database has a character without a sign.
    assert!(reason.ends_with(" zero, \u{1f39f} and \\x00"), "{reason:?}");
    assert_eq!(stored.user, user);
}

pub(crate) fn a_commit_closes_one_transaction_and_plans_the_next(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    fixture.plan_one(1, 5);
    let commit = Commit {
        finished: vec![fixture.finish(1, 5)],
        plans: vec![plan(A, 2)],
        reservations: vec![planned(reservation(A, 2, 1), 2, 6)],
        ..Commit::default()
    };
    fixture.commit(commit).unwrap();
    let next = fixture.reader.next_ids(A).unwrap();
    assert_eq!((next.reservation, next.ordinal), (ReservationId(3), Ordinal(3)));
    assert_eq!(fixture.reader.open_transaction(A).unwrap().unwrap().ordinal, Ordinal(2));
}

pub(crate) fn requests_keep_the_order_of_their_plan(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    let held = (1..=3).map(|id| reservation(A, id, 1)).collect();
    fixture.commit(Commit { reservations: held, ..Commit::default() }).unwrap();
    let draw = |id: u64, first_number| Draw {
        account: A,
        reservation: ReservationId(id),
        plan: Plan { ordinal: Ordinal(4), first_number },
        proof: proof_of(id),
    };
    let commit = Commit {
        plans: vec![plan(A, 4)],
        draws: vec![draw(3, 1), draw(1, 2)],
        reservations: vec![order(9), order(7)],
        ..Commit::default()
    };
    fixture.commit(commit).unwrap();
    let open = fixture.reader.open_transaction(A).unwrap().unwrap();
    let ids: Vec<u64> = open.reservations.iter().map(|request| request.id.0).collect();
    assert_eq!(ids, [3, 1, 9, 7]);
    assert_eq!(open.reservations[1].plan.unwrap().first_number, 2);
    let draws: Vec<_> = open.reservations.iter().map(|request| request.draw.as_deref()).collect();
    assert_eq!(draws, [Some(&*proof_of(3)), Some(&*proof_of(1)), None, None]);
    let held = fixture.reader.held_reservations(A).unwrap();
    assert_eq!(held.iter().map(|held| held.id.0).collect::<Vec<_>>(), [2]);
    assert_eq!(fixture.reader.accounts().unwrap()[0].reserved, 30);
}

/// An order of the fourth transaction: no value, no serials.
fn order(id: u64) -> NewReservation {
    NewReservation { kind: RequestKind::Fund, ..planned(reservation(A, id, 0), 4, 0) }
}

pub(crate) fn a_held_reservation_is_extended_drawn_or_ended(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    let held = vec![reservation(A, 1, 2), reservation(A, 2, 3)];
    fixture.commit(Commit { reservations: held, ..Commit::default() }).unwrap();
    assert_eq!(fixture.reader.accounts().unwrap()[0].reserved, 50);
    // Of several, the last counts.
    let extensions = [7_000, 9_000].map(|at| (A, ReservationId(1), UnixTime(at))).to_vec();
    fixture.commit(Commit { extensions, ..Commit::default() }).unwrap();
    let stored = fixture.reader.reservation(A, ReservationId(1)).unwrap().unwrap().0;
    assert_eq!((stored.outcome, stored.expires), (ReservationOutcome::Held, Some(UnixTime(9_000))));
    let held = fixture.reader.held_reservations(A).unwrap();
    assert_eq!((held[0].expires, held[1].expires), (Some(UnixTime(9_000)), Some(UnixTime(2_000))));

    fixture.commit(Commit { endings: vec![ending(2, Ended::Expired)], ..Commit::default() }).unwrap();
    let stored = fixture.reader.reservation(A, ReservationId(2)).unwrap().unwrap().0;
    let ended = ReservationOutcome::Ended {
        how: Ended::Expired,
        reason: "because".into(),
        at: UnixTime(1_500),
        refusal: None,
    };
    assert_eq!(stored.outcome, ended);
    assert_eq!(fixture.reader.accounts().unwrap()[0].reserved, 20);
}

pub(crate) fn a_refusal_ends_one_request_and_a_void_all(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    fixture.plan_one(1, 5);
    let mut finished = fixture.finish(1, 0);
    finished.refused = vec![refused(1)];
    fixture.commit(Commit { finished: vec![finished], ..Commit::default() }).unwrap();
    let outcome = fixture.reader.reservation(A, ReservationId(1)).unwrap().unwrap().0.outcome;
    let (how, refusal) = (Ended::Refused, Some(b"no 1".to_vec()));
    let refused = ReservationOutcome::Ended { how, reason: "no".into(), at: plan(A, 1).at, refusal };
    assert_eq!(outcome, refused);

    fixture.plan_one(2, 5);
    let voided = vec![VoidedTransaction { account: A, ordinal: Ordinal(2) }];
    let endings = vec![ending(2, Ended::Released)];
    fixture.commit(Commit { voided, endings, ..Commit::default() }).unwrap();
    let outcome = fixture.reader.reservation(A, ReservationId(2)).unwrap().unwrap().0.outcome;
    assert!(matches!(outcome, ReservationOutcome::Ended { how: Ended::Released, refusal: None, .. }));
    let mut last = None;
    fixture
        .reader
        .transactions(A, &mut |transaction| {
            last = Some(transaction);
            Ok(())
        })
        .unwrap();
    assert_eq!(last.unwrap().outcome, TransactionOutcome::Void);
    assert_eq!(fixture.reader.account(A).unwrap().unwrap().sequence, 1);
}

pub(crate) fn segments_are_found_by_any_of_their_numbers(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    fixture.plan_one(1, 5);
    let mut finished = fixture.finish(1, 5);
    // 1, 2 | (3 and 4 never issued) | 5, 6, 7
    finished.next_number = 8;
    finished.segments =
        vec![Segment { first: 1, count: 2, bytes: vec![1] }, Segment { first: 5, count: 3, bytes: vec![2] }];
    fixture.commit(Commit { finished: vec![finished], ..Commit::default() }).unwrap();
    let reader = &fixture.reader;
    let of = |number| {
        reader.segment_of(A, number, |segment| (segment.first, segment.count, segment.bytes[0])).unwrap()
    };
    assert_eq!((of(0), of(1), of(2)), (None, Some((1, 2, 1)), Some((1, 2, 1))));
    assert_eq!((of(3), of(4), of(5)), (None, None, Some((5, 3, 2))));
    assert_eq!((of(7), of(8), of(u64::MAX)), (Some((5, 3, 2)), None, None));
    assert_eq!(reader.segment_of(B, 1, |_| ()).unwrap(), None);
    let firsts = |first: u64, count: u32| {
        let mut firsts = Vec::new();
        reader
            .segments(A, first, count.into(), &mut |segment| {
                firsts.push(segment.first);
                Ok(())
            })
            .unwrap();
        firsts
    };
    assert_eq!(firsts(1, 7), [1, 5]);
    assert_eq!((firsts(2, 1), firsts(3, 2), firsts(3, 3)), (vec![1], vec![], vec![5]));
    assert_eq!((firsts(7, u32::MAX), firsts(1, 0)), (vec![5], vec![]));
}

pub(crate) fn statuses_and_locks_are_shown(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    fixture.plan_one(1, 5);
    fixture.finish_now(1, 5);
    let live = Usage::default();
    let statuses = vec![becomes(2, live, used_up(1)), becomes(4, live, VOID)];
    let lock = |reason: &str| DeviceLock { account: B, reason: reason.into(), at: UnixTime(8) };
    let locks = vec![lock("first"), lock("second")];
    fixture.commit(Commit { statuses, locks, ..Commit::default() }).unwrap();
    let read = fixture.reader.statuses(A, 1, 5).unwrap();
    let short: Vec<_> = read.iter().map(|status| (status.number, status.usage)).collect();
    assert_eq!(short, [(2, used_up(1)), (4, VOID)]);
    assert_eq!((read[0].at, read[0].reason.as_str()), (UnixTime(7), "used"));
    assert!(fixture.reader.statuses(A, 3, 1).unwrap().is_empty());
    let dead = |first, most| fixture.reader.dead(A, first, most, UnixTime(0)).unwrap();
    assert_eq!(dead(1, 9), [(2, Status::Redeemed), (4, Status::Void)]);
    assert_eq!((dead(1, 1), dead(3, 1)), (vec![(2, Status::Redeemed)], vec![(4, Status::Void)]));
    assert_eq!(fixture.reader.dead(B, 0, 9, UnixTime(0)).unwrap(), []);
    // What has expired is named no more, and never forgets when it does.
    let expires = Some(UnixTime(500));
    let used = StatusChange { expires, ..becomes(3, live, used_up(1)) };
    let back = becomes(3, used_up(1), used_up(2));
    fixture.commit(Commit { statuses: vec![used, back], ..Commit::default() }).unwrap();
    let dead = |expired_before| fixture.reader.dead(A, 3, 9, UnixTime(expired_before)).unwrap();
    assert_eq!(dead(500), [(3, Status::Redeemed), (4, Status::Void)]);
    assert_eq!(dead(501), [(4, Status::Void)]);
    assert_eq!(fixture.reader.account(B).unwrap().unwrap().locked.as_deref(), Some("first"));
    assert_eq!(fixture.reader.accounts().unwrap()[1].locked.as_deref(), Some("first"));
}

pub(crate) fn uses_are_found_by_indicium_and_by_key(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    fixture.plan_one(1, 5);
    fixture.finish_now(1, 5);
    let part = |redemptions: u32| Usage {
        status: Status::RedeemedInPart,
        used: 4 * u64::from(redemptions),
        outside: u64::from(redemptions) - 1,
        redemptions,
    };
    let made = [
        redemption(2, 1, "gate 1", "k1"),
        Redemption { excess: 3, moved: -2, outside: 1, ..redemption(2, 2, "gate 2", "k1") },
        Redemption { excess: 1, ..redemption(5, 1, "gate 1", "k2") },
    ];
    fixture
        .commit(Commit {
            // Each begins where the one before it ended.
            statuses: vec![
                becomes(2, Usage::default(), part(1)),
                becomes(5, Usage::default(), part(1)),
                becomes(2, part(1), part(2)),
            ],
            redemptions: made.to_vec(),
            reversals: vec![reversal(5, 1)],
            ..Commit::default()
        })
        .unwrap();
    let reader = &fixture.reader;
    let mut usages = reader.usages(&[(A, 2), (A, 5), (A, 3), (B, 2)]).unwrap();
    usages.sort_by_key(|(_, number, _)| *number);
    assert_eq!(usages, [(A, 2, part(2)), (A, 3, Usage::default()), (A, 5, part(1))]);
    let issued = |account, number| !reader.usages(&[(account, number)]).unwrap().is_empty();
    assert_eq!([0, 1, 5, 6, u64::MAX].map(|number| issued(A, number)), [false, true, true, false, false]);
    assert!(!issued(B, 1));
    let mut read = Vec::new();
    let each = &mut |stored| {
        read.push(stored);
        Ok(())
    };
    reader.redemptions(A, 2, 4, each).unwrap();
    let short = |stored: &StoredRedemption| (stored.redemption.number, stored.redemption.place);
    assert_eq!(read.iter().map(short).collect::<Vec<_>>(), [(2, 1), (2, 2), (5, 1)]);
    for (stored, made) in read.iter().zip(&made) {
        // One database has a character less for the gate than the other.
        assert_eq!(Redemption { gate: made.gate.clone(), ..stored.redemption.clone() }, *made);
        assert!(stored.redemption.gate.starts_with("North"));
    }
    assert_eq!((&read[0].reversed, &read[1].reversed), (&None, &None));
    let reversed = Reversed { by: "olga".into(), reason: "wrong door".into(), at: UnixTime(80) };
    assert_eq!(read[2].reversed, Some(reversed));
    let (k1, k2) = ("k1".parse().unwrap(), "k2".parse().unwrap());
    let keys = [(A, "gate 2", &k1), (A, "gate 1", &k2), (A, "gate 2", &k2), (B, "gate 1", &k1)];
    let mut found = reader.redemptions_by_keys(&keys).unwrap();
    found.sort_by_key(short);
    assert_eq!(found, read[1..]);
    // For two of them more was given than there was.
    let doubles = |after, most| {
        let mut doubles = Vec::new();
        let each = &mut |stored| {
            doubles.push(stored);
            Ok(())
        };
        reader.double_uses(after, most, each).unwrap();
        doubles
    };
    assert_eq!(doubles(UsePlace::START, 9), read[1..]);
    assert_eq!(doubles(UsePlace::START, 1), read[1..2]);
    for after in [UsePlace(A, 2, 2), UsePlace(A, 5, 0)] {
        assert_eq!(doubles(after, 9), read[2..]);
    }
    assert_eq!(doubles(UsePlace(A, 5, 1), 9), []);
}

pub(crate) fn what_is_voided_is_shown_with_its_value(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    fixture.plan_one(1, 5);
    fixture.finish_now(1, 5);
    fixture.plan_one(2, 0);
    let commit = voiding(&fixture, 2, &[2, 4]);
    fixture.commit(commit).unwrap();
    let account = fixture.reader.account(A).unwrap().unwrap();
    assert_eq!((account.ascending, account.voided, account.descending), (50, 20, FUNDED - 30));
    assert_eq!(fixture.reader.accounts().unwrap()[0].voided, 20);
    assert_eq!(fixture.reader.totals().unwrap()[0].voided, 20);
    let statuses = fixture.reader.statuses(A, 0, u64::MAX).unwrap();
    assert!(statuses.iter().map(|status| status.number).eq([2, 4]));
    let mut voided = Vec::new();
    let each = &mut |transaction: store::StoredTransaction| {
        let TransactionOutcome::Finished(facts) = transaction.outcome else { panic!("it is finished") };
        voided.push(facts.voided);
        Ok(())
    };
    fixture.reader.transactions(A, each).unwrap();
    assert_eq!(voided, [0, 20]);
}

pub(crate) fn totals_add_up_by_denomination(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    let yen = store::NewAccount { denomination: "JPY/0".parse().unwrap(), ..account(store::AccountId(3)) };
    fixture.commit(Commit { accounts: vec![yen], ..Commit::default() }).unwrap();
    fixture.plan_one(1, 5);
    fixture.finish_now(1, 5);
    fixture.commit(Commit { reservations: vec![reservation(B, 1, 4)], ..Commit::default() }).unwrap();
    let totals = fixture.reader.totals().unwrap();
    assert_eq!(totals.len(), 2);
    assert_eq!(
        (totals[0].denomination.to_string(), totals[0].accounts, totals[0].issued),
        ("JPY/0".into(), 1, 0)
    );
    let usd = &totals[1];
    assert_eq!((usd.accounts, usd.issued, usd.reserved), (2, 5, 40));
    assert_eq!((usd.ascending, usd.descending, usd.funded), (50, u128::from(FUNDED) - 50, FUNDED.into()));
}

pub(crate) fn a_consistent_reading_sees_one_moment(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    let Fixture { store, reader, .. } = &mut fixture;
    let seen = reader.consistently(|reader| {
        let before = reader.next_account()?;
        store.commit(&Commit { accounts: vec![account(store::AccountId(3))], ..Commit::default() })?;
        Ok((before, reader.next_account()?))
    });
    let (before, during) = seen.unwrap();
    assert_eq!(before, during);
    assert_eq!(reader.next_account().unwrap().0, before.0 + 1);
}

pub(crate) fn events_are_numbered_as_they_come(factory: Factory) {
    let Some(mut fixture) = factory() else { return };
    let opened = store::NewAccount { events: vec![b"opened".to_vec()], ..account(A) };
    fixture.commit(Commit { accounts: vec![opened, account(B)], ..Commit::default() }).unwrap();
    let read = |fixture: &Fixture, account, after, most| {
        let mut events = Vec::new();
        let mut each = |event: store::StoredEvent<'_>| {
            events.push((event.number, String::from_utf8(event.bytes.to_vec()).unwrap()));
            Ok(())
        };
        fixture.reader.events(account, after, most, &mut each).unwrap();
        events
    };
    let event = |number: u64, text: &str| (number, text.to_owned());
    fixture.plan_one(1, 1);
    let mut finished = fixture.finish(1, 1);
    finished.events = vec![b"second".to_vec(), b"third".to_vec()];
    fixture.commit(Commit { finished: vec![finished], ..Commit::default() }).unwrap();
    fixture.plan_one(2, 1);
    fixture.finish_now(2, 1);
    fixture.plan_one(3, 1);
    let mut finished = fixture.finish(3, 1);
    finished.events = vec![b"fourth".to_vec()];
    fixture.commit(Commit { finished: vec![finished], ..Commit::default() }).unwrap();
    let all = vec![event(1, "opened"), event(2, "second"), event(3, "third"), event(4, "fourth")];
    assert_eq!(read(&fixture, A, 0, u64::MAX), all);
    assert_eq!(read(&fixture, A, 1, 2), all[1..3]);
    assert!(read(&fixture, A, u64::MAX, 5).is_empty() && read(&fixture, B, 0, 5).is_empty());
    // What is on record of the staff is nobody's account, and kept once.
    let of_staff = |number, text: &str| Commit {
        staff_events: vec![store::StaffEvent { number, event: text.as_bytes().to_vec() }],
        ..Commit::default()
    };
    for (number, text) in [(1, "made"), (1, "made"), (2, "appointed"), (1, "other")] {
        fixture.commit(of_staff(number, text)).unwrap();
    }
    let staff = vec![event(1, "made"), event(2, "appointed")];
    assert_eq!(read(&fixture, store::AccountId::STAFF, 0, u64::MAX), staff);
    // A commit that fails puts nothing on record.
    let mut early = fixture.finish(9, 0);
    early.events = vec![b"never".to_vec()];
    fixture.conflict(Commit { finished: vec![early], ..Commit::default() });
    assert_eq!(read(&fixture, A, 0, u64::MAX), all);
}

pub(crate) fn what_was_spent_is_summed_by_days(factory: Factory) {
    let Some(mut fixture) = Fixture::with_accounts(factory) else { return };
    const DAY: u64 = 86_400;
    // The third issues nothing; the fourth is void.
    let made = [(DAY - 1, 3), (DAY, 4), (DAY, 0), (2 * DAY - 1, 5), (2 * DAY - 1, 1), (3 * DAY + 7, 2)];
    for ((at, count), number) in made.into_iter().zip(1..) {
        let first = fixture.reader.account(A).unwrap().unwrap().next_number;
        let plans = vec![PlannedTransaction { at: UnixTime(at), ..plan(A, number) }];
        let reservations = vec![planned(reservation(A, number, count.max(1)), number, first)];
        fixture.commit(Commit { plans, reservations, ..Commit::default() }).unwrap();
        if number == 4 {
            let voided = vec![VoidedTransaction { account: A, ordinal: Ordinal(number) }];
            let endings = vec![ending(number, Ended::Released)];
            fixture.commit(Commit { voided, endings, ..Commit::default() }).unwrap();
        } else {
            fixture.finish_now(number, count);
        }
    }
    let day = |number: u64, count| DaySpending { day: UnixTime(number * DAY), value: count * 10, count };
    let spent = |since| fixture.reader.spending(A, UnixTime(since)).unwrap();
    assert_eq!(spent(0), [day(0, 3), day(1, 5), day(3, 2)]);
    assert_eq!(spent(DAY), [day(1, 5), day(3, 2)]);
    assert_eq!(spent(2 * DAY), [day(3, 2)]);
    assert_eq!(spent(4 * DAY), []);
    assert_eq!(fixture.reader.spending(B, UnixTime(0)).unwrap(), []);
}
