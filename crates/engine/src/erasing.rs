//! Holders' data is erased from requests and indicia that are over, by an order that the module has on record.
//!
//! Which requests an order is about is looked up before it is put into the queue, by the thread that asks, since it takes a look at
//! all that the account ever asked for; what is over stays so. What is left of them is made when the module has carried the order
//! out, and is in the commit that finishes its transaction: so the event and the erasure are both there or neither. After a crash in
//! between, the transaction is finished again, and what is left is made again.

use std::collections::BTreeSet;
use std::sync::Arc;

use asker::{BatchOptions, KeptBatch, Left};
use indicia::{DeviceId, Serial};
use module::order::{self, Order, OrderAction};
use module::protocol::RequestAnswer;
use module::serials::Serials;
use store::{
    Account, AccountId, AccountName, Books, ErasedRequest, Erasure, RequestKind, ReservationId,
    ReservationOutcome, Segment, StoreError,
};

use crate::book::PlannedRequest;
use crate::error::{EngineError, NotErasable};
use crate::request::request_digest;

/// Requests that are looked through at a time.
const PAGE: u32 = 500;

/// The requests that an order is about, if the account has all of it and it is over.
pub(crate) fn requests(
    books: &dyn Books,
    name: &AccountName,
    device: DeviceId,
    erasure: &order::Erasure,
) -> Result<Arc<[ReservationId]>, EngineError> {
    let account = books.account_by_name(name)?;
    let account = account.ok_or_else(|| EngineError::UnknownAccount(name.to_string()))?;
    if device != account.device {
        return Err(EngineError::NotErasable(NotErasable::OtherAccount(device)));
    }
    let (mut found, missing) = of_serials(books, account.id, erasure.serials.as_ref())?;
    if let Some(missing) = missing {
        let serial = Serial::new(device, missing);
        let serial = serial.map_err(|error| EngineError::Invalid(error.to_string()))?;
        return Err(EngineError::NotErasable(NotErasable::NeverIssued(serial)));
    }
    for number in erasure.requests.iter().flat_map(Serials::numbers) {
        let id = ReservationId(number);
        match books.reservation(account.id, id)? {
            Some((stored, _)) if stored.kind == RequestKind::Issue => match stored.outcome {
                ReservationOutcome::Done { .. } | ReservationOutcome::Ended { .. } => found.push(id),
                ReservationOutcome::Held | ReservationOutcome::Open => {
                    return Err(EngineError::NotErasable(NotErasable::NotOver(number)));
                }
            },
            _ => return Err(EngineError::NotErasable(NotErasable::NoRequest(number))),
        }
    }
    Ok(found.into())
}

/// The requests by which these serials were issued, and the first that none has issued. Looked for from the newest.
fn of_serials(
    books: &dyn Books,
    account: AccountId,
    serials: Option<&Serials>,
) -> Result<(Vec<ReservationId>, Option<u64>), StoreError> {
    let (mut found, mut before) = (Vec::new(), None);
    let mut wanted: BTreeSet<u64> = serials.into_iter().flat_map(Serials::numbers).collect();
    while !wanted.is_empty() {
        let page = books.requests(account, &[RequestKind::Issue], before, PAGE)?;
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        for stored in &page {
            let of_it: Vec<u64> = wanted.range(stored.issued()).copied().collect();
            if !of_it.is_empty() {
                found.push(stored.id);
                for number in of_it {
                    wanted.remove(&number);
                }
            }
        }
    }
    Ok((found, wanted.first().copied()))
}

/// What is left after those of a transaction's orders that the module has carried out, of all that they erase together.
pub(crate) fn erasure(
    books: &dyn Books,
    account: AccountId,
    planned: &[PlannedRequest],
    answers: &[RequestAnswer],
) -> Result<Option<Erasure>, StoreError> {
    let (mut numbers, mut unissued) = (BTreeSet::new(), BTreeSet::new());
    let (mut runs, mut requests) = (Vec::new(), BTreeSet::new());
    for (request, answer) in planned.iter().zip(answers) {
        if request.kind != RequestKind::Erase || !matches!(answer, RequestAnswer::Ordered) {
            continue;
        }
        // It was read before it was taken; of bytes that are changed in the store, the module carries nothing out.
        let Ok(Order { action: OrderAction::Erase(ordered), .. }) = Order::read(&request.body) else {
            continue;
        };
        match &request.erases {
            Some(found) => requests.extend(found.iter().copied()),
            // It was planned before a crash.
            None => {
                requests.extend(of_serials(books, account, ordered.serials.as_ref())?.0);
                requests.extend(ordered.requests.iter().flat_map(Serials::numbers).map(ReservationId));
            }
        }
        unissued.extend(ordered.requests.iter().flat_map(Serials::numbers));
        if let Some(serials) = &ordered.serials {
            numbers.extend(serials.numbers());
            runs.extend(serials.runs().iter().cloned());
        }
    }
    let mut erasure = Erasure { account, requests: Vec::new(), segments: Vec::new() };
    for id in requests {
        erasure.requests.extend(left_of_request(books, account, id, &numbers, unissued.contains(&id.0))?);
    }
    for run in runs {
        books.segments(account, run.start, run.end - run.start, &mut |stored| {
            let known = erasure.segments.iter().any(|segment| segment.first == stored.first);
            if known {
                return Ok(());
            }
            let left = indicia::Segment::new(stored.bytes).erase(|number| numbers.contains(&number));
            let left = left.map_err(|error| StoreError::Damaged(error.to_string()))?;
            let segment = |bytes| Segment { first: stored.first, count: stored.count, bytes };
            erasure.segments.extend(left.map(segment));
            Ok(())
        })?;
    }
    let is_something = !erasure.requests.is_empty() || !erasure.segments.is_empty();
    Ok(is_something.then_some(erasure))
}

/// What is left of a request without the holders of these numbers and, if that is asked for, of what wasn't issued.
fn left_of_request(
    books: &dyn Books,
    account: AccountId,
    id: ReservationId,
    numbers: &BTreeSet<u64>,
    unissued: bool,
) -> Result<Option<ErasedRequest>, StoreError> {
    let damaged = |error: &dyn std::fmt::Display| {
        StoreError::Damaged(format!("request {id} of account {account}: {error}"))
    };
    let (stored, body) = books.reservation(account, id)?.ok_or_else(|| damaged(&"it is gone"))?;
    let kept = KeptBatch::decode(&body).map_err(|error| damaged(&error))?;
    let issued = stored.issued();
    let is_one = |place: usize| {
        let number = issued.start + place as u64;
        if issued.contains(&number) { numbers.contains(&number) } else { unissued }
    };
    let Some(Left { body, items }) = kept.erase(is_one).map_err(|error| damaged(&error))? else {
        return Ok(None);
    };
    let options = BatchOptions::from_query(kept.query()).map_err(|error| damaged(&error))?;
    let request_digest = request_digest(&stored.user, options.on_insufficient, &items);
    Ok(Some(ErasedRequest { reservation: id, request_digest, body }))
}

/// Indicia and requests of an account that are of somebody: what an order to erase it names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Belonging {
    /// Serial numbers, ascending.
    pub numbers: Vec<u64>,
    /// Requests by which something wasn't issued that was to be his, ascending.
    pub requests: Vec<u64>,
}

/// Looks through all that an account ever asked for, for items with this holder or this reference, letter by letter. What was
/// erased isn't found; nor is what is held or being carried out at this moment.
///
/// # Errors
/// As all reading of the store.
pub fn belonging(
    books: &dyn Books,
    account: &Account,
    is_his: impl Fn(&indicia::Item) -> bool,
) -> Result<Belonging, StoreError> {
    let (mut belonging, mut before) = (Belonging::default(), None);
    loop {
        let page = books.requests(account.id, &[RequestKind::Issue], before, PAGE)?;
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        for stored in &page {
            if matches!(stored.outcome, ReservationOutcome::Held | ReservationOutcome::Open) {
                continue;
            }
            let Some((_, body)) = books.reservation(account.id, stored.id)? else { continue };
            let damaged = |error: &dyn std::fmt::Display| StoreError::Damaged(error.to_string());
            let kept = KeptBatch::decode(&body).map_err(|error| damaged(&error))?;
            let list = kept.items().map_err(|error| damaged(&error))?;
            let issued = stored.issued();
            for (number, _) in (issued.start..).zip(&list.items).filter(|(_, item)| is_his(item)) {
                if issued.contains(&number) {
                    belonging.numbers.push(number);
                } else if belonging.requests.last() != Some(&stored.id.0) {
                    belonging.requests.push(stored.id.0);
                }
            }
        }
    }
    belonging.numbers.sort_unstable();
    belonging.requests.sort_unstable();
    Ok(belonging)
}
