//! Commits of which each would show if it were missing or made twice, and a model of what they come to.

use store::{AccountId, Books, Commit, Place, ReservationId, ReservationOutcome, Store, StoreError};

use crate::suite::{A, B, FUNDED, account, plan, planned, reservation};

/// Requests of a commit.
const REQUESTS: u64 = 3;

/// A store in which each commit finishes what the one before planned, and plans as much again.
pub(crate) struct Ledger {
    store: Box<dyn Store>,
    /// How many commits were acknowledged.
    pub(crate) made: u64,
}

impl Ledger {
    pub(crate) fn create(place: &Place) -> Self {
        let mut store = place.create().unwrap();
        let accounts = vec![account(A), account(B)];
        store.commit(&Commit { accounts, ..Commit::default() }).unwrap();
        Self { store, made: 0 }
    }

    /// Makes the next commit.
    pub(crate) fn step(&mut self) -> Result<(), StoreError> {
        self.store.commit(&commit(self.made + 1))?;
        self.made += 1;
        Ok(())
    }

    pub(crate) fn books(&self) -> &dyn Books {
        self.store.books()
    }
}

/// The commit with this number: the first one is 1.
fn commit(number: u64) -> Commit {
    let ids = |number: u64| (number - 1) * REQUESTS + 1..=number * REQUESTS;
    let one = |id| planned(reservation(A, id, 1), number, id);
    let finished = (number > 1).then(|| finished(number - 1));
    Commit {
        finished: finished.into_iter().collect(),
        plans: vec![plan(A, number)],
        reservations: ids(number).map(one).collect(),
        ..Commit::default()
    }
}

fn finished(number: u64) -> store::FinishedTransaction {
    let ascending = number * REQUESTS * 10;
    store::FinishedTransaction {
        account: A,
        ordinal: store::Ordinal(number),
        record: number.to_be_bytes().to_vec(),
        sequence: number,
        ascending,
        descending: FUNDED - ascending,
        funded: FUNDED,
        refunded: 0,
        voided: 0,
        next_number: number * REQUESTS + 1,
        value: REQUESTS * 10,
        count: REQUESTS,
        record_digest: [1; 32],
        request_digest: [2; 32],
        segments: vec![store::Segment { first: (number - 1) * REQUESTS + 1, count: 3, bytes: vec![7; 3000] }],
        refused: Vec::new(),
        events: Vec::new(),
    }
}

/// Every commit up to this one is there, once, and none after it.
pub(crate) fn check(books: &dyn Books, made: u64) {
    let stored = books.account(A).unwrap().unwrap();
    let done = made.saturating_sub(1);
    assert_eq!((stored.sequence, stored.issued), (done, done * REQUESTS));
    assert_eq!(stored.ascending, done * REQUESTS * 10);
    let next = books.next_ids(A).unwrap();
    assert_eq!((next.ordinal.0, next.reservation.0), (made + 1, made * REQUESTS + 1));
    let open = books.open_transaction(A).unwrap();
    assert_eq!(open.map(|open| (open.ordinal.0, open.reservations.len())), (made > 0).then_some((made, 3)));
    for id in 1..=made * REQUESTS {
        let outcome = books.reservation(A, ReservationId(id)).unwrap().unwrap().0.outcome;
        let is_done = outcome == ReservationOutcome::Done { first_number: id };
        assert!(
            is_done || (id > done * REQUESTS && outcome == ReservationOutcome::Open),
            "{id}: {outcome:?}"
        );
    }
    let (mut transactions, mut numbers) = (Vec::new(), Vec::new());
    books
        .transactions(A, &mut |one| {
            transactions.push(one.ordinal.0);
            Ok(())
        })
        .unwrap();
    books
        .segments(A, 0, u64::MAX, &mut |segment| {
            assert_eq!(segment.bytes, vec![7; 3000]);
            numbers.extend(segment.first..segment.first + u64::from(segment.count));
            Ok(())
        })
        .unwrap();
    assert!(transactions.into_iter().eq(1..=done) && numbers.into_iter().eq(1..=done * REQUESTS));
    assert_eq!(books.next_account().unwrap(), AccountId(3));
    assert!(books.find_damage().unwrap().is_empty());
}
