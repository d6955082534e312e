//! A load in the form that the engine gives it: each commit closes the transactions of the one before and plans new
//! ones.

use std::time::{Duration, Instant};

use indicia::{DeviceId, UnixTime};
use store::{
    AccountId, Commit, FinishedTransaction, IdempotencyKey, NewAccount, NewReservation, Ordinal, Plan,
    PlannedTransaction, RequestKind, ReservationId, Segment, Store, StoreError,
};

/// Bytes of one indicium.
const INDICIUM: usize = 250;
/// Bytes of one item in a request.
const ITEM: usize = 60;
/// Bytes of a device record.
const RECORD: usize = 600;
const FUNDED: u64 = 1 << 50;

/// What one commit holds.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// Accounts with a transaction each.
    pub(crate) accounts: u32,
    /// Requests of each transaction.
    pub(crate) requests: u32,
    /// Items of each request.
    pub(crate) items: u32,
}

impl Shape {
    pub(crate) fn indicia(self) -> u64 {
        u64::from(self.accounts * self.requests * self.items)
    }
}

/// An account's books as the load keeps them.
#[derive(Clone, Copy)]
struct Book {
    next_reservation: u64,
    sequence: u64,
    next_number: u64,
    ascending: u64,
}

pub(crate) struct Load {
    store: Box<dyn Store>,
    books: Vec<Book>,
    /// The account that is used next.
    turn: usize,
    key: u128,
    issued: u64,
}

impl Load {
    pub(crate) fn new(mut store: Box<dyn Store>, accounts: u32) -> Result<Self, StoreError> {
        let mut commit = Commit::default();
        for id in 1..=accounts {
            commit.accounts.push(NewAccount {
                id: AccountId(id),
                name: format!("account-{id}").parse().expect("letters and digits"),
                denomination: "USD/2".parse().expect("as it should be"),
                device: DeviceId(id),
                created: UnixTime(1_800_000_000),
                record: vec![7; RECORD],
                events: Vec::new(),
            });
        }
        store.commit(&commit)?;
        let book = Book { next_reservation: 1, sequence: 0, next_number: 1, ascending: 0 };
        let books = vec![book; accounts as usize];
        // the millisecond of a UUID of version 7, and then what is random
        Ok(Self { store, books, turn: 0, key: 0x0195_a3c4_d5e6_7000 << 64, issued: 0 })
    }

    pub(crate) fn issued(&self) -> u64 {
        self.issued
    }

    /// So many commits; returns the time of the slowest.
    pub(crate) fn run(&mut self, shape: Shape, commits: u32) -> Result<Duration, StoreError> {
        let mut slowest = Duration::ZERO;
        let mut open: Vec<FinishedTransaction> = Vec::new();
        for _ in 0..commits {
            let mut commit = Commit { finished: std::mem::take(&mut open), ..Commit::default() };
            for _ in 0..shape.accounts {
                open.push(self.plan(shape, &mut commit));
            }
            let start = Instant::now();
            self.store.commit(&commit)?;
            slowest = slowest.max(start.elapsed());
            self.issued += shape.indicia();
        }
        self.store.commit(&Commit { finished: open, ..Commit::default() })?;
        Ok(slowest)
    }

    /// Plans a transaction for the account whose turn it is, and says how it will be finished.
    fn plan(&mut self, shape: Shape, commit: &mut Commit) -> FinishedTransaction {
        self.turn = (self.turn + 1) % self.books.len();
        // One hot account if there is only one in a commit.
        let place = if shape.accounts == 1 { 0 } else { self.turn };
        let book = &mut self.books[place];
        let account = AccountId(u32::try_from(place).expect("a few hundred") + 1);
        book.sequence += 1;
        let (ordinal, first) = (Ordinal(book.sequence), book.next_number);
        let at = UnixTime(1_800_000_000);
        commit.plans.push(PlannedTransaction { account, ordinal, at });
        for _ in 0..shape.requests {
            // Sorted by time and random after that, as keys of UUIDs are.
            self.key = (self.key + (1 << 66)) ^ (self.key >> 3 & 0xffff_ffff_ffff);
            commit.reservations.push(NewReservation {
                account,
                id: ReservationId(book.next_reservation),
                key: IdempotencyKey::from_uuid(self.key),
                request_digest: [3; 32],
                kind: RequestKind::Issue,
                user: "box-office".into(),
                body: vec![5; ITEM * shape.items as usize].into(),
                value: u64::from(shape.items),
                count: shape.items,
                wanted_count: shape.items,
                priority: 0,
                created: at,
                expires: None,
                plan: Some(Plan { ordinal, first_number: book.next_number }),
            });
            book.next_reservation += 1;
            book.next_number += u64::from(shape.items);
        }
        let count = shape.requests * shape.items;
        book.ascending += u64::from(count);
        FinishedTransaction {
            account,
            ordinal,
            record: vec![7; RECORD],
            sequence: book.sequence,
            ascending: book.ascending,
            descending: FUNDED - book.ascending,
            funded: FUNDED,
            refunded: 0,
            voided: 0,
            next_number: book.next_number,
            value: u64::from(count),
            count: u64::from(count),
            record_digest: [1; 32],
            request_digest: [2; 32],
            segments: vec![Segment { first, count, bytes: vec![9; INDICIUM * count as usize] }],
            refused: Vec::new(),
            events: Vec::new(),
        }
    }

    /// The average time of looking one serial up.
    pub(crate) fn lookup(&self, times: u32) -> Result<Duration, StoreError> {
        let reader = self.store.reader()?;
        let mut found = 0;
        let start = Instant::now();
        for time in 0..times {
            // Strides that meet accounts and numbers in no order.
            let place = (time as usize * 37) % self.books.len();
            let account = AccountId(u32::try_from(place).expect("a few hundred") + 1);
            let number = 1 + (u64::from(time) * 7919) % (self.books[place].next_number - 1).max(1);
            found += reader.segment_of(account, number, |segment| segment.bytes.len())?.unwrap_or(0);
        }
        assert!(found > 0, "what was issued is there");
        Ok(start.elapsed() / times)
    }
}
