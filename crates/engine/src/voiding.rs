//! Which indicia may become void, and what is stored of them when they have.
//!
//! What an indicium was issued for never changes: it is added up before an order is put into the queue. How far it is used is
//! looked up when the order is planned, and what comes back is the rest. An account's transactions come one after the other, so
//! that whatever became void or was redeemed before is in the books or in the very commit that plans this, whatever becomes
//! void together is in one plan, and of what is becoming void nothing is redeemed or taken back any more. So the commit that
//! finishes the transaction, with the value that came back, never meets one of which another rest is left.

use std::collections::BTreeMap;

use indicia::{Amount, Claims, Denomination, DeviceId, Segment, SegmentError, Serial, Status, UnixTime};
use module::order::{Order, OrderAction};
use module::serials::Serials;
use store::{Account, AccountId, AccountName, Books, Commit, RequestKind, StatusChange, StoreError, Usage};

use crate::book::{Ask, Asked, PlannedRequest};
use crate::error::{EngineError, NotVoidable};

/// What is left of these indicia of an account together, or was when they became void.
///
/// # Errors
/// [`EngineError::NotVoidable`] for one that was never issued, and as all reading of the store.
pub fn rest(books: &dyn Books, account: &Account, serials: &Serials) -> Result<Amount, EngineError> {
    let worth = worth(books, account, serials)?;
    let usages = usages(serials, account.id, books, &Commit::default())?;
    left(worth, &usages, account.denomination)
}

/// What is left of what was worth so much together and is used so far.
fn left(worth: u64, usages: &BecomingVoid, denomination: Denomination) -> Result<Amount, EngineError> {
    let used = usages.values().fold(0, |sum: u64, one| sum.saturating_add(one.usage.used));
    let left = Amount::new(worth.saturating_sub(used), denomination);
    left.map_err(|error| EngineError::Invalid(error.to_string()))
}

/// Units that these indicia of an account were issued for together.
fn worth(books: &dyn Books, account: &Account, serials: &Serials) -> Result<u64, EngineError> {
    let mut sum: u64 = 0;
    let missing = each_of(books, account.id, serials, &mut |_, claims| {
        let too_much = || SegmentError::Damaged("its amounts are more than there can be".to_owned());
        sum = sum.checked_add(claims.amount.units()).ok_or_else(too_much)?;
        Ok(())
    })?;
    match missing {
        Some(missing) => Err(not_voidable(account.device, missing, NotVoidable::NeverIssued)),
        None => Ok(sum),
    }
}

/// Hands out what each of these indicia says, in order, until one stands nowhere, whose number is returned: serials that were
/// planned for what was then refused are used.
fn each_of(
    books: &dyn Books,
    account: AccountId,
    serials: &Serials,
    each: &mut dyn FnMut(u64, &Claims<'_>) -> Result<(), SegmentError>,
) -> Result<Option<u64>, StoreError> {
    for run in serials.runs() {
        let mut next = run.start;
        books.segments(account, run.start, run.end - run.start, &mut |segment| {
            let read = Segment::new(segment.bytes).each_claims(|number, claims| {
                if run.contains(&number) && number == next {
                    let damaged = |error: &dyn std::fmt::Display| SegmentError::Damaged(error.to_string());
                    each(number, &Claims::decode(claims).map_err(|error| damaged(&error))?)?;
                    next += 1;
                }
                Ok::<_, SegmentError>(())
            });
            read.map_err(|error| StoreError::Damaged(error.to_string()))
        })?;
        if next < run.end {
            return Ok(Some(next));
        }
    }
    Ok(None)
}

/// What an order makes void.
#[derive(Debug)]
pub(crate) struct Voiding {
    device: DeviceId,
    serials: Serials,
    /// What comes back by the order's word.
    said: Amount,
    /// Units that they were issued for together.
    worth: u64,
}

impl Voiding {
    /// Adds up what the indicia that an order makes void were issued for, if they are the account's.
    pub(crate) fn new(
        books: &dyn Books,
        name: &AccountName,
        device: DeviceId,
        said: Amount,
        serials: Serials,
    ) -> Result<Self, EngineError> {
        let account = books.account_by_name(name)?;
        let account = account.ok_or_else(|| EngineError::UnknownAccount(name.to_string()))?;
        if device != account.device {
            let first = serials.numbers().next().unwrap_or_default();
            return Err(not_voidable(device, first, NotVoidable::OtherAccount));
        }
        let worth = worth(books, &account, &serials)?;
        Ok(Self { device, serials, said, worth })
    }
}

/// Indicia that are becoming void by the transaction that is open.
pub(crate) type BecomingVoid = BTreeMap<u64, Becoming>;

/// One of them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Becoming {
    /// How far it is used.
    usage: Usage,
    /// When it expires by itself.
    expires: Option<UnixTime>,
}

/// Takes up what an ask makes void, if something is left of all of it, and together as much as the order says. Of any other
/// ask there is nothing to be said.
pub(crate) fn take_up(
    ask: &Ask,
    account: AccountId,
    books: &dyn Books,
    becoming: &mut BecomingVoid,
    commit: &Commit,
) -> Result<(), EngineError> {
    let Asked::Plain { void: Some(void), .. } = &ask.what else { return Ok(()) };
    let Voiding { device, serials, said, worth } = void;
    let usages = usages(serials, account, books, commit)?;
    let used_up = usages.iter().find_map(|(number, one)| {
        let why = NotVoidable::of(&one.usage);
        let why = why.or_else(|| becoming.contains_key(number).then_some(NotVoidable::BecomingVoid));
        why.map(|why| not_voidable(*device, *number, why))
    });
    if let Some(error) = used_up {
        return Err(error);
    }
    let worth = left(*worth, &usages, said.denomination())?;
    if worth != *said {
        return Err(EngineError::VoidWorth { said: *said, worth });
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
        if let Some((serials, _)) = read(&request.body) {
            becoming.extend(usages(&serials, account, books, &Commit::default())?);
        }
    }
    Ok(becoming)
}

/// What these indicia are, after what this commit makes of them, and when they expire.
fn usages(
    serials: &Serials,
    account: AccountId,
    books: &dyn Books,
    commit: &Commit,
) -> Result<BecomingVoid, StoreError> {
    let mut all: BecomingVoid = serials.numbers().map(|number| (number, Becoming::default())).collect();
    each_of(books, account, serials, &mut |number, claims| {
        all.entry(number).and_modify(|one| one.expires = claims.expires);
        Ok(())
    })?;
    for run in serials.runs() {
        for stored in books.statuses(account, run.start, run.end - run.start)? {
            all.entry(stored.number).and_modify(|one| one.usage = stored.usage);
        }
    }
    for change in commit.statuses.iter().filter(|change| change.account == account) {
        all.entry(change.number).and_modify(|one| one.usage = change.to);
    }
    Ok(all)
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
    let Some((serials, reason)) = read(&request.body) else { return Vec::new() };
    let change = |number| {
        let Becoming { usage: from, expires } = becoming.get(&number).copied().unwrap_or_default();
        let (to, reason) = (Usage { status: Status::Void, ..from }, reason.clone());
        StatusChange { account, number, from, to, at, reason, expires }
    };
    serials.numbers().map(change).collect()
}

/// The indicia that a request makes void, and why. It was read before it was taken, so that this finds what it found; of
/// bytes that are changed in the store, the module carries nothing out.
fn read(body: &[u8]) -> Option<(Serials, String)> {
    match Order::read(body) {
        Ok(Order { action: OrderAction::Void { serials, .. }, reason, .. }) => Some((serials, reason)),
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
    fn of(usage: &Usage) -> Option<Self> {
        match usage.status {
            _ if usage.outside > 0 => Some(Self::Outside),
            Status::Live | Status::RedeemedInPart => None,
            Status::Void => Some(Self::Void),
            Status::Redeemed => Some(Self::Redeemed),
        }
    }
}
