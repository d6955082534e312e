//! Which indicia may become void, and what is stored of them when they have.
//!
//! What an indicium is worth never changes: it is added up before an order is put into the queue. Whether it is live is
//! looked up when the order is planned. An account's transactions come one after the other, so that whatever became void (or
//! anything else) before is in the books or in the very commit that plans this, and whatever becomes void together is in one
//! plan. So the commit that finishes the transaction, with the value that came back, never meets one that isn't live.

use indicia::{Amount, Claims, DeviceId, Segment, SegmentError, Serial, UnixTime};
use module::order::{Order, OrderAction};
use module::serials::Serials;
use store::{Account, AccountId, AccountName, Books, Commit, RequestKind, Status, StatusChange, StoreError};

use crate::book::{Ask, Asked, PlannedRequest};
use crate::error::{EngineError, NotVoidable};

/// What these indicia of an account are worth together.
///
/// # Errors
/// [`EngineError::NotVoidable`] for one that was never issued, and as all reading of the store.
pub fn worth(books: &dyn Books, account: &Account, serials: &Serials) -> Result<Amount, EngineError> {
    let mut sum: u64 = 0;
    for run in serials.runs() {
        // Serials that were planned for what was then refused are used, and stand nowhere.
        let mut missing = run.start;
        books.segments(account.id, run.start, run.end - run.start, &mut |segment| {
            let read = Segment::new(segment.bytes).each_claims(|number, claims| {
                if run.contains(&number) && number == missing {
                    let damaged = |error: &dyn std::fmt::Display| SegmentError::Damaged(error.to_string());
                    let claims = Claims::decode(claims).map_err(|error| damaged(&error))?;
                    let more = sum.checked_add(claims.amount.units());
                    sum = more.ok_or_else(|| damaged(&"its amounts are more than there can be"))?;
                    missing += 1;
                }
                Ok::<_, SegmentError>(())
            });
            read.map_err(|error| StoreError::Damaged(error.to_string()))
        })?;
        if missing < run.end {
            return Err(not_voidable(account.device, missing, NotVoidable::NeverIssued));
        }
    }
    Amount::new(sum, account.denomination).map_err(|error| EngineError::Invalid(error.to_string()))
}

/// Whether the indicia that an order makes void are the account's, and worth what is to come back.
pub(crate) fn check_worth(
    books: &dyn Books,
    name: &AccountName,
    device: DeviceId,
    said: Amount,
    serials: &Serials,
) -> Result<(), EngineError> {
    let account = books.account_by_name(name)?;
    let account = account.ok_or_else(|| EngineError::UnknownAccount(name.to_string()))?;
    if device != account.device {
        let first = serials.numbers().next().unwrap_or_default();
        return Err(not_voidable(device, first, NotVoidable::OtherAccount));
    }
    let worth = worth(books, &account, serials)?;
    if worth == said { Ok(()) } else { Err(EngineError::VoidWorth { said, worth }) }
}

/// Whether everything is live that an ask makes void; `with` are the requests of the transaction that is being planned.
/// Of any other ask there is nothing to be said.
pub(crate) fn check_live(
    ask: &Ask,
    account: AccountId,
    books: &dyn Books,
    with: &[PlannedRequest],
    commit: &Commit,
) -> Result<(), EngineError> {
    let Asked::Plain { kind: RequestKind::Void, body, .. } = &ask.what else { return Ok(()) };
    let Some((device, serials, _)) = read(body) else { return Ok(()) };
    let not_live = |number, why| Err(not_voidable(device, number, why));
    for run in serials.runs() {
        if let Some(dead) = books.statuses(account, run.start, run.end - run.start)?.first() {
            return not_live(dead.number, NotVoidable::of(dead.status));
        }
    }
    let mut finished_now = commit.statuses.iter().filter(|change| change.account == account);
    if let Some(dead) = finished_now.find(|change| serials.contains(change.number)) {
        return not_live(dead.number, NotVoidable::of(dead.status));
    }
    for other in with.iter().filter(|other| other.kind == RequestKind::Void) {
        let Some((_, others, _)) = read(&other.body) else { continue };
        if let Some(number) = others.numbers().find(|number| serials.contains(*number)) {
            return not_live(number, NotVoidable::BecomingVoid);
        }
    }
    Ok(())
}

/// What is stored, in the commit that finishes it, of a request whose order the module has carried out.
pub(crate) fn voided(account: AccountId, at: UnixTime, request: &PlannedRequest) -> Vec<StatusChange> {
    if request.kind != RequestKind::Void {
        return Vec::new();
    }
    let Some((_, serials, reason)) = read(&request.body) else { return Vec::new() };
    let change = |number| {
        let (status, reason) = (Status::Void, reason.clone());
        StatusChange { account, number, status, at, reason }
    };
    serials.numbers().map(change).collect()
}

/// The indicia that a request makes void, and why. It was read before it was taken, so that this finds what it found; of
/// bytes that are changed in the store, the module carries nothing out.
fn read(body: &[u8]) -> Option<(DeviceId, Serials, String)> {
    match Order::read(body) {
        Ok(Order { device, action: OrderAction::Void { serials, .. }, reason, .. }) => {
            Some((device, serials, reason))
        }
        _ => None,
    }
}

fn not_voidable(device: DeviceId, number: u64, why: NotVoidable) -> EngineError {
    match Serial::new(device, number) {
        Ok(serial) => EngineError::NotVoidable { serial, why },
        Err(error) => EngineError::Invalid(error.to_string()),
    }
}

impl NotVoidable {
    fn of(status: Status) -> Self {
        match status {
            Status::Void => Self::Void,
            Status::Redeemed => Self::Redeemed,
        }
    }
}
