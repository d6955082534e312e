//! Random sequences of commits, against a plain model in memory: the same are refused, and all reads are equal.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use indicia::{Status, UnixTime};
use proptest::prelude::*;
use store::{
    AccountId, Commit, DeviceLock, Draw, Ended, Ending, Erasure, FinishedTransaction, NewPrint, Ordinal,
    Plan, PrintNews, PrintOutcome, Redemption, RefusedRequest, ReservationId, ReservationOutcome, Reversal,
    Segment, StatusChange, StoreError, StoredRedemption, TransactionOutcome, Usage, VoidedTransaction,
};

use super::{
    A, B, FUNDED, Factory, Fixture, VOID, becomes, plan, planned, prints, proof_of, redemption, reservation,
    reversal, used_up,
};

/// One thing that a commit does, with choices that are made real when it is known what is there.
#[derive(Debug, Clone)]
enum Move {
    /// Hold a reservation: a new one, or the id of an old one.
    Hold { b: bool, back: u64, count: u32 },
    /// Begin a transaction with some of those held and some new.
    Plan { b: bool, back: u64, drawn: usize, new: u64, count: u32 },
    /// Finish the open transaction, or one beside it; refuse the first requests of it.
    Finish { b: bool, beside: bool, count: u32, refused: usize, leap: bool },
    /// Void the open transaction and end its requests but some.
    Void { b: bool, beside: bool, left: usize },
    /// End any reservation.
    End { b: bool, id: u64 },
    /// Extend any reservation.
    Extend { b: bool, id: u64, to: u64 },
    /// An indicium becomes something else, from what it is or from something that it isn't.
    Become { b: bool, number: u64, is_right: bool, to: Usage },
    /// Use an indicium.
    Redeem { b: bool, number: u64, place: u32, key: u8 },
    /// Take a use back.
    Reverse { b: bool, number: u64, place: u32 },
    /// Print a run of indicia.
    Print { b: bool, back: u64, first: u64, count: u64, again: bool },
    /// Hear of a print.
    Hear { b: bool, number: u64, outcome: PrintOutcome },
    /// Erase something of a request and a run.
    Erase { b: bool, id: u64, first: u64 },
    /// Lock.
    Lock { b: bool },
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Book {
    reservations: BTreeMap<u64, Reserved>,
    held: BTreeMap<u64, u64>,
    open: Option<(u64, Vec<u64>)>,
    closed: BTreeMap<u64, bool>,
    sequence: u64,
    ascending: u64,
    next_number: u64,
    segments: Vec<(u64, u32)>,
    usages: BTreeMap<u64, Usage>,
    /// Keys by number and place, and whether they were taken back.
    redemptions: BTreeMap<(u64, u32), (String, bool)>,
    /// The run of each print, and what became of it.
    prints: BTreeMap<u64, (Range<u64>, PrintOutcome)>,
    /// Requests and runs of which something was erased.
    erased: BTreeSet<u64>,
    erased_runs: BTreeSet<u64>,
    locked: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct Reserved {
    value: u64,
    ordinal: Option<u64>,
    ended: Option<Ended>,
}

type Books = BTreeMap<AccountId, Book>;

/// Whether a commit fits. The books are only good if it does.
fn apply(books: &mut Books, commit: &Commit) -> Option<()> {
    for (account, id, expires) in &commit.extensions {
        *books.get_mut(account)?.held.get_mut(&id.0)? = expires.0;
    }
    for finished in &commit.finished {
        finish(books.get_mut(&finished.account)?, finished)?;
    }
    let mut left = BTreeSet::new();
    for VoidedTransaction { account, ordinal } in &commit.voided {
        let book = books.get_mut(account)?;
        let (open, requests) = book.open.take()?;
        (open == ordinal.0).then_some(())?;
        book.closed.insert(open, false);
        left.extend(requests.into_iter().map(|id| (*account, id)));
    }
    begin(books, commit)?;
    for ending in &commit.endings {
        let (account, id) = (ending.account, ending.reservation.0);
        let book = books.get_mut(&account)?;
        (book.held.remove(&id).is_some() || left.remove(&(account, id))).then_some(())?;
        book.reservations.get_mut(&id)?.ended = Some(ending.how);
    }
    left.is_empty().then_some(())?;
    for lock in &commit.locks {
        books.get_mut(&lock.account)?.locked = true;
    }
    for change in &commit.statuses {
        let book = books.get_mut(&change.account)?;
        let issued =
            |(first, count): &(u64, u32)| (*first..first + u64::from(*count)).contains(&change.number);
        book.segments.iter().any(issued).then_some(())?;
        let usage = book.usages.entry(change.number).or_default();
        (*usage == change.from).then_some(())?;
        *usage = change.to;
    }
    for made in &commit.redemptions {
        let book = books.entry(made.account).or_default();
        let key = made.key.as_str().to_owned();
        book.redemptions.values().all(|(other, _)| *other != key).then_some(())?;
        book.redemptions.insert((made.number, made.place), (key, false)).is_none().then_some(())?;
    }
    for gone in &commit.reversals {
        let (_, is_reversed) =
            books.get_mut(&gone.account)?.redemptions.get_mut(&(gone.number, gone.place))?;
        (!std::mem::replace(is_reversed, true)).then_some(())?;
    }
    for print in &commit.prints {
        begin_print(books.get_mut(&print.account)?, print)?;
    }
    for news in &commit.print_news {
        let (_, outcome) = books.get_mut(&news.account)?.prints.get_mut(&news.number)?;
        (std::mem::replace(outcome, news.outcome) == PrintOutcome::Open).then_some(())?;
    }
    for erasure in &commit.erasures {
        let book = books.get_mut(&erasure.account)?;
        for left in &erasure.requests {
            let id = left.reservation.0;
            let is_open = book.open.as_ref().is_some_and(|(_, requests)| requests.contains(&id));
            (book.reservations.contains_key(&id) && !book.held.contains_key(&id) && !is_open).then_some(())?;
            book.erased.insert(id);
        }
        for left in &erasure.segments {
            book.segments.contains(&(left.first, left.count)).then_some(())?;
            book.erased_runs.insert(left.first);
        }
    }
    Some(())
}

fn begin_print(book: &mut Book, print: &NewPrint) -> Option<()> {
    book.prints.keys().next_back().is_none_or(|last| print.number > *last).then_some(())?;
    let [run] = print.runs.as_slice() else { return None };
    for number in run.clone() {
        let holds = |(first, count): &(u64, u32)| (*first..first + u64::from(*count)).contains(&number);
        let is_good = book.usages.get(&number).is_none_or(|usage| usage.status.is_good());
        let may_be_on_paper = |(run, outcome): &(Range<u64>, PrintOutcome)| {
            run.contains(&number) && *outcome != PrintOutcome::NotSent
        };
        let is_new = print.reprint.is_some() || !book.prints.values().any(may_be_on_paper);
        (book.segments.iter().any(holds) && is_good && is_new).then_some(())?;
    }
    book.prints.insert(print.number, (run.clone(), PrintOutcome::Open));
    Some(())
}

fn finish(book: &mut Book, finished: &FinishedTransaction) -> Option<()> {
    let (open, requests) = book.open.take()?;
    (open == finished.ordinal.0 && finished.sequence == book.sequence + 1).then_some(())?;
    book.closed.insert(open, true);
    book.sequence += 1;
    book.ascending = finished.ascending;
    book.next_number = finished.next_number;
    book.segments.extend(finished.segments.iter().map(|segment| (segment.first, segment.count)));
    for RefusedRequest { reservation: id, .. } in &finished.refused {
        requests.contains(&id.0).then_some(())?;
        book.reservations.get_mut(&id.0)?.ended.replace(Ended::Refused).is_none().then_some(())?;
    }
    Some(())
}

fn begin(books: &mut Books, commit: &Commit) -> Option<()> {
    let mut begun: BTreeMap<AccountId, (u64, Vec<u64>)> = BTreeMap::new();
    for plan in &commit.plans {
        let book = books.get_mut(&plan.account)?;
        let is_new = book.closed.keys().next_back().is_none_or(|last| plan.ordinal.0 > *last);
        (is_new && book.open.is_none() && !book.locked).then_some(())?;
        begun.insert(plan.account, (plan.ordinal.0, Vec::new())).is_none().then_some(())?;
    }
    let mut place = |account: AccountId, id: u64, ordinal: Ordinal| {
        let (begun, requests) = begun.get_mut(&account)?;
        requests.push(id);
        (*begun == ordinal.0).then_some(())
    };
    for draw in &commit.draws {
        let (book, id) = (books.get_mut(&draw.account)?, draw.reservation.0);
        place(draw.account, id, draw.plan.ordinal)?;
        book.held.remove(&id)?;
        book.reservations.get_mut(&id)?.ordinal = Some(draw.plan.ordinal.0);
    }
    for new in &commit.reservations {
        let (book, id) = (books.get_mut(&new.account)?, new.id.0);
        let ordinal = new.plan.map(|plan| plan.ordinal);
        match ordinal {
            Some(ordinal) => place(new.account, id, ordinal)?,
            None => {
                book.held.insert(id, new.expires.map_or(0, |at| at.0));
            }
        }
        let reserved = Reserved { value: new.value, ordinal: ordinal.map(|ordinal| ordinal.0), ended: None };
        // The id makes the key, so both are new or neither.
        book.reservations.insert(id, reserved).is_none().then_some(())?;
    }
    for (account, open) in begun {
        books.get_mut(&account)?.open = Some(open);
    }
    Some(())
}

/// Makes a commit of moves, most of them such as fit.
fn commit_of(books: &Books, moves: &[Move]) -> Commit {
    let mut commit = Commit::default();
    for step in moves {
        add(books, step, &mut commit);
    }
    commit
}

fn add(books: &Books, step: &Move, commit: &mut Commit) {
    let which = |b: bool| if b { B } else { A };
    let next = |book: &Book| book.reservations.keys().next_back().map_or(1, |last| last + 1);
    match *step {
        Move::Hold { b, back, count } => {
            let id = next(&books[&which(b)]).saturating_sub(back).max(1);
            commit.reservations.push(reservation(which(b), id, count));
        }
        Move::Plan { b, back, drawn, new, count } => {
            let (account, book) = (which(b), &books[&which(b)]);
            let last = book.closed.keys().next_back().copied().unwrap_or(0);
            let ordinal = last.max(book.open.as_ref().map_or(0, |open| open.0)) + 1 - back.min(last);
            let first_number = book.next_number;
            let with = Plan { ordinal: Ordinal(ordinal), first_number };
            commit.plans.push(plan(account, ordinal));
            let drawn = book.held.keys().rev().take(drawn);
            commit.draws.extend(drawn.map(|id| Draw {
                account,
                reservation: ReservationId(*id),
                plan: with,
                proof: proof_of(*id),
            }));
            let ids = next(book)..next(book) + new;
            let new = ids.map(|id| planned(reservation(account, id, count), ordinal, first_number));
            commit.reservations.extend(new);
        }
        Move::Finish { b, beside, count, refused, leap } => {
            let (account, book) = (which(b), &books[&which(b)]);
            commit.finished.push(finished(account, book, (beside, leap), count, refused));
        }
        Move::Void { b, beside, left } => {
            let (account, book) = (which(b), &books[&which(b)]);
            let (ordinal, requests) = book.open.clone().unwrap_or_default();
            let ordinal = Ordinal(ordinal + u64::from(beside));
            commit.voided.push(VoidedTransaction { account, ordinal });
            commit.endings.extend(requests.into_iter().skip(left).map(|id| end(account, id)));
        }
        Move::End { b, id } => commit.endings.push(end(which(b), id)),
        Move::Extend { b, id, to } => commit.extensions.push((which(b), ReservationId(id), UnixTime(to))),
        Move::Become { b, number, is_right, to } => {
            let account = which(b);
            let mut changes = commit.statuses.iter().rev();
            let now = changes.find(|change| (change.account, change.number) == (account, number));
            let now = now.map(|change| change.to).or_else(|| books[&account].usages.get(&number).copied());
            let from = if is_right { now.unwrap_or_default() } else { Usage { used: 77, ..to } };
            commit.statuses.push(StatusChange { account, ..becomes(number, from, to) });
        }
        Move::Redeem { b, number, place, key } => {
            let made = redemption(number, place, "gate", &format!("k{key}"));
            commit.redemptions.push(Redemption { account: which(b), ..made });
        }
        Move::Reverse { b, number, place } => {
            commit.reversals.push(Reversal { account: which(b), ..reversal(number, place) });
        }
        Move::Print { b, back, first, count, again } => {
            let account = which(b);
            let before = commit.prints.iter().filter(|print| print.account == account).count() as u64;
            let last = books[&account].prints.keys().next_back().copied().unwrap_or(0);
            let number = (last + before + 1).saturating_sub(back).max(1);
            let reprint = again.then(|| "again".to_owned());
            let run = first..first + count;
            commit.prints.push(NewPrint {
                account,
                reprint,
                ..prints::print(number, std::slice::from_ref(&run))
            });
        }
        Move::Hear { b, number, outcome } => {
            commit.print_news.push(PrintNews { account: which(b), ..prints::news(number, outcome) });
        }
        Move::Erase { b, id, first } => {
            let account = which(b);
            let runs = books[&account].segments.iter().filter(|(start, _)| *start == first);
            let runs: Vec<_> = runs.copied().collect();
            commit.erasures.push(Erasure { account, ..super::erasure(&[id], &runs) });
        }
        Move::Lock { b } => {
            commit.locks.push(DeviceLock { account: which(b), reason: "differs".into(), at: UnixTime(1) });
        }
    }
}

fn end(account: AccountId, id: u64) -> Ending {
    let reservation = ReservationId(id);
    Ending { account, reservation, how: Ended::Released, reason: String::new(), at: UnixTime(1) }
}

fn finished(
    account: AccountId,
    book: &Book,
    (beside, leap): (bool, bool),
    count: u32,
    refused: usize,
) -> FinishedTransaction {
    let (ordinal, requests) = book.open.clone().unwrap_or_default();
    let (first, value) = (book.next_number, u64::from(count) * 10);
    let segment = Segment { first, count, bytes: vec![1; 9] };
    let refused = requests.into_iter().take(refused);
    FinishedTransaction {
        account,
        ordinal: Ordinal(ordinal + u64::from(beside)),
        record: vec![u8::try_from(book.sequence % 256).unwrap()],
        sequence: book.sequence + 1 + u64::from(leap),
        ascending: book.ascending + value,
        descending: FUNDED - book.ascending - value,
        funded: FUNDED,
        refunded: 0,
        voided: 0,
        next_number: first + u64::from(count),
        value,
        count: u64::from(count),
        record_digest: [1; 32],
        request_digest: [2; 32],
        segments: if count == 0 { Vec::new() } else { vec![segment] },
        refused: refused.map(super::refused).collect(),
        events: Vec::new(),
    }
}

/// Anything that an indicium becomes.
fn any_usage() -> impl Strategy<Value = Usage> {
    prop_oneof![Just(VOID), Just(used_up(1)), Just(used_up(2))]
}

/// Anything that is heard of a print.
fn any_outcome() -> impl Strategy<Value = PrintOutcome> {
    prop_oneof![Just(PrintOutcome::Open), Just(PrintOutcome::Printed), Just(PrintOutcome::NotSent)]
}

/// Compares all that can be read of an account.
fn compare(fixture: &Fixture, account: AccountId, book: &Book) {
    let reader = &fixture.reader;
    let stored = reader.account(account).unwrap().unwrap();
    let issued: u64 = book.segments.iter().map(|(_, count)| u64::from(*count)).sum();
    assert_eq!((stored.sequence, stored.ascending, stored.issued), (book.sequence, book.ascending, issued));
    assert_eq!((stored.next_number, stored.locked.is_some()), (book.next_number, book.locked));
    let open = reader.open_transaction(account).unwrap();
    let open =
        open.map(|open| (open.ordinal.0, open.reservations.iter().map(|request| request.id.0).collect()));
    assert_eq!(open, book.open);
    let held = reader.held_reservations(account).unwrap();
    let held: BTreeMap<u64, u64> = held.iter().map(|held| (held.id.0, held.expires.unwrap().0)).collect();
    assert_eq!(held, book.held);
    let next = reader.next_ids(account).unwrap();
    assert_eq!(next.reservation.0, book.reservations.keys().next_back().map_or(1, |last| last + 1));
    let last = book.open.as_ref().map(|open| open.0).max(book.closed.keys().next_back().copied());
    assert_eq!(next.ordinal.0, last.unwrap_or(0) + 1);
    compare_outcomes(fixture, account, book);
    let mut closed = BTreeMap::new();
    reader
        .transactions(account, &mut |one| {
            closed.insert(one.ordinal.0, matches!(one.outcome, TransactionOutcome::Finished(_)));
            Ok(())
        })
        .unwrap();
    assert_eq!(closed, book.closed);
    let mut segments = Vec::new();
    reader
        .segments(account, 0, u64::MAX, &mut |segment| {
            segments.push((segment.first, segment.count));
            assert_eq!(segment.bytes == b"left", book.erased_runs.contains(&segment.first));
            Ok(())
        })
        .unwrap();
    assert_eq!(segments, book.segments);
    let statuses = reader.statuses(account, 0, u64::MAX).unwrap();
    assert!(statuses.iter().map(|status| (status.number, status.usage)).eq(book.usages.clone()));
    let dead = book.usages.iter().filter(|(_, usage)| usage.status != Status::Live);
    let dead: Vec<_> = dead.map(|(number, usage)| (*number, usage.status)).collect();
    assert_eq!(reader.dead(account, 0, u64::MAX, UnixTime(0)).unwrap(), dead);
    let mut redemptions = BTreeMap::new();
    let each = &mut |StoredRedemption { redemption: made, reversed }| {
        redemptions.insert((made.number, made.place), (made.key.as_str().to_owned(), reversed.is_some()));
        Ok(())
    };
    reader.redemptions(account, 0, u64::MAX, each).unwrap();
    assert_eq!(redemptions, book.redemptions);
    let prints = reader.prints(account, None, 99).unwrap().into_iter();
    let prints: BTreeMap<_, _> =
        prints.map(|stored| (stored.print.number, (stored.print.runs[0].clone(), stored.outcome))).collect();
    assert_eq!(prints, book.prints);
}

fn compare_outcomes(fixture: &Fixture, account: AccountId, book: &Book) {
    let mut reserved = 0;
    for (id, expected) in &book.reservations {
        let key = reservation(account, *id, 1).key;
        let stored = fixture.reader.reservation_by_key(account, &key).unwrap().unwrap();
        assert_eq!((stored.id.0, stored.value), (*id, expected.value));
        assert_eq!(stored.request_digest == [0xee; 32], book.erased.contains(id));
        assert_eq!(stored.plan.map(|plan| plan.ordinal.0), expected.ordinal);
        let is_open = book.open.as_ref().map(|open| open.0);
        let fits = match (&stored.outcome, expected.ended, expected.ordinal) {
            (ReservationOutcome::Ended { how, .. }, Some(ended), _) => *how == ended,
            (ReservationOutcome::Held, None, None) => true,
            (ReservationOutcome::Open, None, Some(ordinal)) => is_open == Some(ordinal),
            (ReservationOutcome::Done { .. }, None, Some(ordinal)) => {
                book.closed.get(&ordinal) == Some(&true)
            }
            _ => false,
        };
        assert!(fits, "reservation {id}: {:?} for {expected:?}", stored.outcome);
        if matches!(stored.outcome, ReservationOutcome::Held | ReservationOutcome::Open) {
            reserved += stored.value;
        }
    }
    let accounts = fixture.reader.accounts().unwrap();
    let summary = accounts.iter().find(|summary| summary.id == account).unwrap();
    assert_eq!(summary.reserved, reserved);
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let b = any::<bool>();
    // Mostly such as fit: what is wrong with a move is chosen rarely.
    let rarely = || prop::bool::weighted(0.1);
    let back = || prop_oneof![8 => Just(0_u64), 1 => Just(1_u64)];
    let left = prop_oneof![4 => Just(0_usize), 1 => Just(1_usize)];
    let one = prop_oneof![
        3 => (b, back(), 0..4_u32).prop_map(|(b, back, count)| Move::Hold { b, back, count }),
        6 => (b, back(), 0..3_usize, 0..3_u64, 0..4_u32)
            .prop_map(|(b, back, drawn, new, count)| Move::Plan { b, back, drawn, new, count }),
        5 => (b, rarely(), 0..4_u32, 0..2_usize, rarely())
            .prop_map(|(b, beside, count, refused, leap)| Move::Finish { b, beside, count, refused, leap }),
        2 => (b, rarely(), left).prop_map(|(b, beside, left)| Move::Void { b, beside, left }),
        1 => (b, 1..12_u64).prop_map(|(b, id)| Move::End { b, id }),
        1 => (b, 1..12_u64, 1..99_u64).prop_map(|(b, id, to)| Move::Extend { b, id, to }),
        2 => (b, 0..12_u64, prop::bool::weighted(0.8), any_usage())
            .prop_map(|(b, number, is_right, to)| Move::Become { b, number, is_right, to }),
        1 => (b, 0..4_u64, 1..4_u32, 0..30_u8)
            .prop_map(|(b, number, place, key)| Move::Redeem { b, number, place, key }),
        1 => (b, 0..4_u64, 1..4_u32).prop_map(|(b, number, place)| Move::Reverse { b, number, place }),
        2 => (b, back(), 1..9_u64, 1..4_u64, rarely())
            .prop_map(|(b, back, first, count, again)| Move::Print { b, back, first, count, again }),
        1 => (b, 1..4_u64, any_outcome()).prop_map(|(b, number, outcome)| Move::Hear { b, number, outcome }),
        2 => (b, 1..8_u64, 1..9_u64).prop_map(|(b, id, first)| Move::Erase { b, id, first }),
        1 => (prop::bool::weighted(0.3)).prop_map(|b| Move::Lock { b: !b }),
    ];
    prop::collection::vec(one, 1..4)
}

pub(crate) fn random_commits_read_as_in_the_model(factory: Factory) {
    let config = ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(commits in prop::collection::vec(moves(), 1..30))| {
        let Some(mut fixture) = Fixture::with_accounts(factory) else { return Ok(()) };
        let book = Book { next_number: 1, ..Book::default() };
        let mut books = Books::from([(A, book.clone()), (B, book)]);
        for moves in commits {
            let commit = commit_of(&books, &moves);
            let mut after = books.clone();
            let fits = apply(&mut after, &commit).is_some();
            let result = fixture.store.commit(&commit);
            prop_assert!(matches!(result, Ok(()) | Err(StoreError::Conflict(_))), "{result:?}");
            prop_assert_eq!(result.is_ok(), fits, "{:?} of {:?}", result, commit);
            if fits {
                books = after;
            }
        }
        for (account, book) in &books {
            compare(&fixture, *account, book);
        }
        prop_assert!(fixture.reader.find_damage().unwrap().is_empty());
    });
}
