//! Step 1 of the main flow: which asks are reserved, and which reservations make the next transaction.

use std::sync::Arc;
use std::time::{Duration, Instant};

use asker::{OnInsufficient, Proof};
use indicia::{Amount, UnixTime};
use module::transaction::MAX_REQUESTS;
use store::{
    AccountId, Books, Draw, Ended, Ending, NewReservation, Plan, PlannedTransaction, RequestKind,
    ReservationId,
};

use crate::book::{Ask, Asked, Book, Held, Open, Planned, PlannedRequest, Waiting};
use crate::error::EngineError;
use crate::ledger::Decision;
use crate::request::Outcome;
use crate::voiding::{BecomingVoid, take_up};
use crate::worker::{Round, Worker};

/// Most items of one transaction, unless a single batch has more.
const MAX_TRANSACTION_ITEMS: u64 = 4096;

/// What became of an ask when its account was looked at.
enum Admitted {
    /// Reserved, to be processed in the next transaction.
    Planned(PlannedRequest),
    /// Reserved and held, or waiting, or answered: nothing to process now.
    Settled,
}

impl Worker {
    /// Makes the next transaction of every account that has asks and no open transaction, unless more are waited for:
    /// they can come as long as commands can.
    pub(crate) fn plan_active(&mut self, commands_open: bool, round: &mut Round) {
        if let Some(reason) = self.stopped.get().cloned() {
            return self.turn_away(&reason, round);
        }
        let (instant, now) = (Instant::now(), (self.clock)());
        for account in self.active.clone() {
            if let Some(book) = self.books.get_mut(&account)
                && book.is_free()
                && (book.gathering.is_over(book.ready(), instant) || !commands_open)
            {
                plan(book, self.store.books(), now, round);
                if book.can_run_out() {
                    self.timed.insert(account);
                }
            }
        }
    }

    /// Ends what has waited or been held for too long.
    pub(crate) fn expire(&mut self, round: &mut Round) {
        let (instant, now) = (Instant::now(), (self.clock)());
        self.timed.retain(|account| {
            let Some(book) = self.books.get_mut(account) else { return false };
            for waiting in book.waiting.extract_if(.., |waiting| waiting.until <= instant) {
                let error = waited_too_long(&book.name, book.denomination, &waiting, instant);
                round.answers.push((waiting.ask.reply, Err(error)));
            }
            let expired: Vec<Held> = book.held.extract_if(.., |held| held.expires <= now).collect();
            for held in expired {
                // Never planned, so no module has ever seen it: its value is simply free again.
                end_reservation(book, &held.request, Ended::Expired, "its time ran out", now, round);
                self.active.insert(book.id);
            }
            book.can_run_out()
        });
    }

    /// Takes a held reservation up for the next transaction.
    pub(crate) fn draw(
        &mut self,
        account: AccountId,
        id: ReservationId,
        proof: &Proof,
        reply: crate::request::Reply,
        round: &mut Round,
    ) {
        let Some(book) = self.books.get_mut(&account) else { return };
        let Some(place) = book.held.iter().position(|held| held.request.reservation == id) else {
            round.answers.push((reply, Err(EngineError::UnknownReservation(id.0))));
            return;
        };
        let mut request = book.held.swap_remove(place).request;
        request.draw = Some(proof.encode().into());
        if let Some(open) = book.open.get_mut(&request.key) {
            open.replies.push(reply);
        }
        book.drawn.push_back(request);
        self.active.insert(account);
    }
}

/// The next transaction as far as it goes, within the bounds that every transaction has.
#[derive(Default)]
struct Draft {
    requests: Vec<PlannedRequest>,
    items: u64,
    becoming_void: BecomingVoid,
}

impl Draft {
    fn has_room(&self, items: u64) -> bool {
        self.requests.is_empty()
            || (self.requests.len() < MAX_REQUESTS && self.items + items <= MAX_TRANSACTION_ITEMS)
    }

    fn add(&mut self, request: PlannedRequest) {
        self.items += u64::from(request.count);
        self.requests.push(request);
    }
}

/// Plans what fits into one transaction: drawn reservations first, then those who waited, then the inbox.
fn plan(book: &mut Book, books: &dyn Books, now: UnixTime, round: &mut Round) {
    let mut draft = Draft::default();
    let at = book.date(now);
    let ordinal = store::Ordinal(book.next_ordinal);
    while let Some(mut request) = book.drawn.pop_front_if(|next| draft.has_room(next.count.into())) {
        request.first_number = book.take_numbers(request.count);
        round.commit.draws.push(Draw {
            account: book.id,
            reservation: request.reservation,
            plan: Plan { ordinal, first_number: request.first_number },
            proof: request.draw.clone().unwrap_or_default(),
        });
        draft.add(request);
    }
    // Highest priority first, and then longest waiting.
    let mut waiting = std::mem::take(&mut book.waiting);
    waiting.sort_by_key(|waiting| (std::cmp::Reverse(waiting.ask.priority), waiting.since));
    for one in waiting {
        if one.ask.total() > book.ledger.unreserved() || !draft.has_room(one.ask.count()) {
            book.waiting.push(one);
        } else if let Admitted::Planned(request) = admit(book, one.ask, Some(ordinal), now, round) {
            draft.add(request);
        }
    }
    while let Some(ask) = book.inbox.pop_front_if(|next| draft.has_room(next.count())) {
        if let Err(error) = take_up(&ask, book.id, books, &mut draft.becoming_void, &round.commit) {
            round.answers.push((ask.reply, Err(error)));
        } else if let Admitted::Planned(request) = admit(book, ask, Some(ordinal), now, round) {
            draft.add(request);
        }
    }
    if draft.requests.is_empty() {
        return;
    }
    let ordinal = book.take_ordinal();
    round.touched.insert(book.id);
    round.commit.plans.push(PlannedTransaction { account: book.id, ordinal, at });
    book.becoming_void = draft.becoming_void;
    book.planned = Some(Planned { ordinal, at, requests: draft.requests });
}

fn admit(
    book: &mut Book,
    ask: Ask,
    ordinal: Option<store::Ordinal>,
    now: UnixTime,
    round: &mut Round,
) -> Admitted {
    match &ask.what {
        Asked::Batch { .. } => admit_batch(book, ask, ordinal, now, round),
        Asked::Plain { .. } => admit_plain(book, ask, ordinal, now, round),
    }
}

fn admit_plain(
    book: &mut Book,
    ask: Ask,
    ordinal: Option<store::Ordinal>,
    now: UnixTime,
    round: &mut Round,
) -> Admitted {
    let Asked::Plain { kind, ref body, value, ref erases, .. } = ask.what else { return Admitted::Settled };
    if value > book.ledger.unreserved() {
        round.answers.push((ask.reply, Err(insufficient(book, value))));
        return Admitted::Settled;
    }
    let request = PlannedRequest {
        reservation: book.take_reservation(),
        key: ask.key,
        kind,
        user: ask.user,
        body: Arc::clone(body),
        first_number: 0,
        count: 0,
        asked: 0,
        value,
        draw: None,
        erases: erases.clone(),
    };
    reserve(book, &request, ask.digest, ask.priority, ordinal, None, now, round);
    book.open.insert(request.key.clone(), Open { digest: ask.digest, replies: vec![ask.reply] });
    Admitted::Planned(request)
}

fn admit_batch(
    book: &mut Book,
    ask: Ask,
    ordinal: Option<store::Ordinal>,
    now: UnixTime,
    round: &mut Round,
) -> Admitted {
    let Asked::Batch { amounts, body, total, on_insufficient, hold_seconds, .. } = &ask.what else {
        return Admitted::Settled;
    };
    let asked = amounts.len();
    let (count, value) = match book.ledger.decide(amounts.iter().copied(), *total, asked, *on_insufficient) {
        Decision::Reserve { count, value } => (count, value),
        Decision::Insufficient { asked, .. } => {
            round.answers.push((ask.reply, Err(insufficient(book, asked))));
            return Admitted::Settled;
        }
        Decision::Wait => {
            wait(book, ask);
            return Admitted::Settled;
        }
    };
    let body = Arc::clone(body);
    let hold = hold_seconds.map(|seconds| UnixTime(now.0.saturating_add(seconds)));
    // `submit` refused batches of more than u32::MAX items long before
    let (count, asked) = (u32::try_from(count).unwrap_or(u32::MAX), u32::try_from(asked).unwrap_or(u32::MAX));
    let planned = if hold.is_some() { None } else { ordinal };
    let request = PlannedRequest {
        reservation: book.take_reservation(),
        key: ask.key.clone(),
        kind: RequestKind::Issue,
        user: Arc::clone(&ask.user),
        body,
        first_number: if planned.is_some() { book.take_numbers(count) } else { 0 },
        count,
        asked,
        value,
        draw: None,
        erases: None,
    };
    reserve(book, &request, ask.digest, ask.priority, planned, hold, now, round);
    let mut open = Open { digest: ask.digest, replies: Vec::new() };
    if let Some(expires) = hold {
        round.answers.push((ask.reply, held(book, &request)));
        book.open.insert(request.key.clone(), open);
        book.held.push(Held { request, expires });
        return Admitted::Settled;
    }
    open.replies.push(ask.reply);
    book.open.insert(request.key.clone(), open);
    Admitted::Planned(request)
}

#[allow(clippy::too_many_arguments)]
fn reserve(
    book: &mut Book,
    request: &PlannedRequest,
    digest: [u8; 32],
    priority: u8,
    ordinal: Option<store::Ordinal>,
    expires: Option<UnixTime>,
    now: UnixTime,
    round: &mut Round,
) {
    let reserved = book.ledger.reserve(request.reservation, request.value);
    debug_assert!(reserved, "the decision was made on this very ledger");
    round.touched.insert(book.id);
    round.commit.reservations.push(NewReservation {
        account: book.id,
        id: request.reservation,
        key: request.key.clone(),
        request_digest: digest,
        kind: request.kind,
        user: request.user.to_string(),
        body: Arc::clone(&request.body),
        value: request.value,
        count: request.count,
        wanted_count: request.asked,
        priority,
        created: now,
        expires,
        plan: ordinal.map(|ordinal| Plan { ordinal, first_number: request.first_number }),
    });
}

/// Ends a reservation that no module has processed, and tells whoever waits for it.
pub(crate) fn end_reservation(
    book: &mut Book,
    request: &PlannedRequest,
    how: Ended,
    reason: &str,
    now: UnixTime,
    round: &mut Round,
) {
    round.touched.insert(book.id);
    round.commit.endings.push(Ending {
        account: book.id,
        reservation: request.reservation,
        how,
        reason: reason.to_owned(),
        at: now,
    });
    for reply in book.close(request) {
        round.answers.push((reply, Err(EngineError::Closed(reason.to_owned()))));
    }
}

pub(crate) fn held(book: &Book, request: &PlannedRequest) -> Result<Outcome, EngineError> {
    let value = amount(book, request.value);
    Ok(Outcome::Held { reservation: request.reservation, count: request.count, value })
}

fn wait(book: &mut Book, ask: Ask) {
    let Asked::Batch { on_insufficient: OnInsufficient::Wait(seconds), .. } = ask.what else { return };
    let since = Instant::now();
    // A limit beyond what a clock can say is as good as a day.
    let until =
        since.checked_add(Duration::from_secs(seconds)).unwrap_or(since + Duration::from_secs(86_400));
    book.waiting.push(Waiting { ask, since, until });
}

pub(crate) fn amount(book: &Book, units: u64) -> Amount {
    Amount::saturating(units, book.denomination)
}

fn insufficient(book: &Book, asked: u64) -> EngineError {
    EngineError::Insufficient {
        account: book.name.to_string(),
        asked: amount(book, asked),
        unreserved: amount(book, book.ledger.unreserved()),
    }
}

fn waited_too_long(
    name: &store::AccountName,
    denomination: indicia::Denomination,
    waiting: &Waiting,
    now: Instant,
) -> EngineError {
    EngineError::WaitedTooLong {
        account: name.to_string(),
        asked: Amount::saturating(waiting.ask.total(), denomination),
        waited: now.duration_since(waiting.since).as_secs(),
    }
}

impl Ask {
    /// Items asked for.
    fn count(&self) -> u64 {
        match &self.what {
            Asked::Batch { amounts, .. } => amounts.len() as u64,
            Asked::Plain { .. } => 0,
        }
    }

    /// Units asked for.
    pub(crate) fn total(&self) -> u64 {
        match self.what {
            Asked::Batch { total, .. } => total,
            Asked::Plain { value, .. } => value,
        }
    }
}
