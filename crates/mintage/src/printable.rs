//! Indicia that are to be printed, found by their batch or serials, with the items that they were made from.

use std::collections::BTreeMap;
use std::ops::Range;

use asker::KeptBatch;
use indicia::{Item, Kept, Segment, SegmentError, Serial};
use store::{Account, Reader, RequestKind, ReservationId, StoreError};

use crate::failure::Failure;
use crate::office::{find_account, parse};

/// Batches that are looked through at a time.
const PAGE: u32 = 500;

/// Indicia of one account in the order of their numbers, with their items.
pub(crate) struct Printable {
    pub(crate) account: Account,
    pub(crate) runs: Vec<Range<u64>>,
    pub(crate) indicia: Vec<Vec<u8>>,
    pub(crate) items: Vec<Item>,
}

impl Printable {
    /// What was typed: batches as ACCOUNT/NUMBER, serials, and runs of them as FIRST..LAST, all of one account.
    pub(crate) fn named(books: &Reader, texts: &[String]) -> Result<Self, Failure> {
        let mut account: Option<Account> = None;
        let mut runs = Vec::with_capacity(texts.len());
        for text in texts {
            let (of, run) = one(books, text)?;
            if account.as_ref().is_some_and(|account| account.id != of.id) {
                let reason =
                    format!("{text} isn't of the same account as the first: print each account's by itself");
                return Err(Failure::Said(reason));
            }
            account = Some(of);
            runs.push(run);
        }
        let account =
            account.ok_or_else(|| Failure::Said("nothing is named that could be printed".into()))?;
        let runs = in_order(runs, &account)?;
        let items = items(books, &account, &runs)?;
        let kept = indicia(books, &account, &runs)?;
        if kept.len() != items.len() {
            return Err(StoreError::Damaged("a batch has other indicia than items".into()).into());
        }
        // Nobody can make the symbols again whose holders' data was erased: all others are printed.
        let mut printable = Self { account, runs: Vec::new(), indicia: Vec::new(), items: Vec::new() };
        let mut erased = None;
        for ((number, kept), item) in kept.into_iter().zip(items) {
            match kept.whole(number) {
                Ok(indicium) => {
                    match printable.runs.last_mut() {
                        Some(last) if last.end == number => last.end += 1,
                        _ => printable.runs.push(number..number + 1),
                    }
                    printable.indicia.push(indicium);
                    printable.items.push(item);
                }
                Err(error) => erased = Some(error),
            }
        }
        match erased.filter(|_| printable.runs.is_empty()) {
            Some(error) => Err(error.into()),
            None => Ok(printable),
        }
    }
}

/// The serial of an account's indicium, for people.
pub(crate) fn serial(account: &Account, number: u64) -> String {
    Serial::new(account.device, number).map(|serial| serial.to_string()).unwrap_or_default()
}

/// What one word names.
fn one(books: &Reader, text: &str) -> Result<(Account, Range<u64>), Failure> {
    if let Some((name, number)) = text.rsplit_once('/') {
        let account = find_account(books, name)?;
        let number: u64 = number.parse().map_err(|_| {
            Failure::Said(format!("{text:?} is no batch: one is written ACCOUNT/NUMBER, as theatre/12"))
        })?;
        let unknown = || Failure::Said(format!("{} has no issued batch {number}", account.name));
        let (stored, _) = books.reservation(account.id, ReservationId(number))?.ok_or_else(unknown)?;
        let run = stored.issued();
        return if run.is_empty() { Err(unknown()) } else { Ok((account, run)) };
    }
    let serial = |text: &str| -> Result<Serial, Failure> {
        text.parse()
            .map_err(|error| Failure::Said(format!("{text:?} is neither a batch nor a serial: {error}")))
    };
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (first, last) = (serial(first)?, serial(last)?);
    if first.device() != last.device() || first > last {
        return Err(Failure::Said(format!("{text:?} isn't a run of one account's serials, in order")));
    }
    let account = books.account_by_device(first.device())?;
    let account = account
        .ok_or_else(|| Failure::Said(format!("no account's serials begin with {}", first.device())))?;
    Ok((account, first.number()..last.number() + 1))
}

/// The runs in order, those that touch as one; each number once.
fn in_order(mut runs: Vec<Range<u64>>, account: &Account) -> Result<Vec<Range<u64>>, Failure> {
    runs.sort_by_key(|run| run.start);
    let mut ordered: Vec<Range<u64>> = Vec::with_capacity(runs.len());
    for run in runs {
        match ordered.last_mut() {
            Some(last) if run.start < last.end => {
                return Err(Failure::Said(format!("{} is named twice", serial(account, run.start))));
            }
            Some(last) if run.start == last.end => last.end = run.end,
            _ => ordered.push(run),
        }
    }
    Ok(ordered)
}

/// What the indicia were made from: looked for among the account's batches, from the newest.
fn items(books: &Reader, account: &Account, runs: &[Range<u64>]) -> Result<Vec<Item>, Failure> {
    let wanted: u64 = runs.iter().map(|run| run.end - run.start).sum();
    let mut found: BTreeMap<u64, Item> = BTreeMap::new();
    let mut before = None;
    while (found.len() as u64) < wanted {
        let page = books.requests(account.id, &[RequestKind::Issue], before, PAGE)?;
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        for stored in page {
            let batch = stored.issued();
            let parts: Vec<Range<u64>> = runs
                .iter()
                .map(|run| run.start.max(batch.start)..run.end.min(batch.end))
                .filter(|part| !part.is_empty())
                .collect();
            if !parts.is_empty() {
                let of_batch = (batch.start..).zip(batch_items(books, account, stored.id)?);
                found.extend(of_batch.filter(|(number, _)| parts.iter().any(|part| part.contains(number))));
            }
        }
    }
    if let Some(missing) = runs.iter().cloned().flatten().find(|number| !found.contains_key(number)) {
        return Err(Failure::Said(format!(
            "{} was never issued; nothing was printed",
            serial(account, missing)
        )));
    }
    Ok(found.into_values().collect())
}

fn batch_items(books: &Reader, account: &Account, batch: ReservationId) -> Result<Vec<Item>, Failure> {
    let damaged = |error: &dyn std::fmt::Display| {
        StoreError::Damaged(format!("batch {batch} of {} can't be read: {error}", account.name))
    };
    let (_, body) = books.reservation(account.id, batch)?.ok_or_else(|| damaged(&"it is gone"))?;
    let kept = KeptBatch::decode(&body).map_err(|error| damaged(&error))?;
    Ok(kept.items().map_err(|error| damaged(&error))?.items)
}

fn indicia(books: &Reader, account: &Account, runs: &[Range<u64>]) -> Result<Vec<(u64, Kept)>, Failure> {
    let mut found = Vec::new();
    for run in runs {
        books.segments(account.id, run.start, run.end - run.start, &mut |segment| {
            let read = Segment::new(segment.bytes).each_kept(|number, kept| {
                if run.contains(&number) {
                    found.push((number, kept));
                }
                Ok::<_, SegmentError>(())
            });
            read.map_err(|error| StoreError::Damaged(error.to_string()))
        })?;
    }
    Ok(found)
}

/// A print as it is named: ACCOUNT/NUMBER.
pub(crate) fn print_named(books: &Reader, text: &str) -> Result<(Account, u64), Failure> {
    let form = || Failure::Said(format!("{text:?} is no print: one is written ACCOUNT/NUMBER, as theatre/3"));
    let (name, number) = text.rsplit_once('/').ok_or_else(form)?;
    Ok((find_account(books, name)?, parse(number).map_err(|_| form())?))
}
