//! Which indicia may become void, and what is stored of them when they have.
//!
//! What an indicium is worth never changes: it is added up before an order is put into the queue. Whether it is live is
//! looked up when the order is planned. An account's transactions come one after the other, so that whatever became void or was
//! redeemed before is in the books or in the very commit that plans this, whatever becomes void together is in one
//! plan, and what is becoming void isn't redeemed any more. So the commit that finishes the transaction, with the value that
//! came back, never meets one that isn't live.

use std::collections::BTreeMap;

use indicia::{Amount, Claims, DeviceId, Segment, SegmentError, Serial, Status, UnixTime};
use module::order::{Order, OrderAction};
use module::serials::Serials;
use store::{Account, AccountId, AccountName, Books, Commit, RequestKind, StatusChange, StoreError, Usage};

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

/// Indicia that are becoming void by the transaction that is open, and what they are until then.
pub(crate) type BecomingVoid = BTreeMap<u64, Usage>;

/// Takes up what an ask makes void, if everything of it is live. Of any other ask there is nothing to be said.
pub(crate) fn take_up(
    ask: &Ask,
    account: AccountId,
    books: &dyn Books,
    becoming: &mut BecomingVoid,
    commit: &Commit,
) -> Result<(), EngineError> {
    let Asked::Plain { kind: RequestKind::Void, body, .. } = &ask.what else { return Ok(()) };
    let Some((device, serials, _)) = read(body) else { return Ok(()) };
    let usages = usages(&serials, account, books, commit)?;
    let not_live = usages.iter().find_map(|(number, usage)| {
        let why = NotVoidable::of(usage.status);
        let why = why.or_else(|| becoming.contains_key(number).then_some(NotVoidable::BecomingVoid));
        why.map(|why| not_voidable(device, *number, why))
    });
    if let Some(error) = not_live {
        return Err(error);
    }
    becoming.extend(usages);
    Ok(())
}

/// What is becoming void by requests that are planned already.
pub(crate) fn planned(
    requests: &[PlannedRequest],
    account: AccountId,
    books: &dyn Books,
) -> Result<BecomingVoid, StoreError> {
    let mut becoming = BecomingVoid::new();
    for request in requests.iter().filter(|request| request.kind == RequestKind::Void) {
        if let Some((_, serials, _)) = read(&request.body) {
            becoming.extend(usages(&serials, account, books, &Commit::default())?);
        }
    }
    Ok(becoming)
}

/// What these indicia are, after what this commit makes of them.
fn usages(
    serials: &Serials,
    account: AccountId,
    books: &dyn Books,
    commit: &Commit,
) -> Result<BecomingVoid, StoreError> {
    let mut usages: BecomingVoid = serials.numbers().map(|number| (number, Usage::default())).collect();
    for run in serials.runs() {
        let stored = books.statuses(account, run.start, run.end - run.start)?;
        usages.extend(stored.into_iter().map(|stored| (stored.number, stored.usage)));
    }
    for change in commit.statuses.iter().filter(|change| change.account == account) {
        if let Some(usage) = usages.get_mut(&change.number) {
            *usage = change.to;
        }
    }
    Ok(usages)
}

/// What is stored, in the commit that finishes it, of a request whose order the module has carried out.
pub(crate) fn voided(
    account: AccountId,
    at: UnixTime,
    request: &PlannedRequest,
    becoming: &BecomingVoid,
) -> Vec<StatusChange> {
    if request.kind != RequestKind::Void {
        return Vec::new();
    }
    let Some((_, serials, reason)) = read(&request.body) else { return Vec::new() };
    let change = |number| {
        let from = becoming.get(&number).copied().unwrap_or_default();
        let (to, reason) = (Usage { status: Status::Void, ..from }, reason.clone());
        StatusChange { account, number, from, to, at, reason }
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
    fn of(status: Status) -> Option<Self> {
        match status {
            Status::Live => None,
            Status::Void => Some(Self::Void),
            Status::RedeemedInPart => Some(Self::RedeemedInPart),
            Status::Redeemed => Some(Self::Redeemed),
        }
    }
}
