//! Step 3 of the main flow: what a session brought back becomes durable, and its requests are closed.

use std::sync::Arc;

use indicia::UnixTime;
use module::protocol::{Done, Packed, PartAnswer, RequestAnswer};
use module::refusal::DeviceFault;
use module::session::MAX_PACK;
use store::{DeviceLock, Ended, Ending, FinishedTransaction, RefusedRequest, Segment, VoidedTransaction};

use crate::book::{Book, Planned, PlannedRequest};
use crate::erasing;
use crate::error::EngineError;
use crate::link::Assignment;
use crate::planning::amount;
use crate::request::{Issued, Outcome};
use crate::voiding::voided;
use crate::worker::{Round, Worker};

impl Worker {
    /// Takes over one account's part of a session.
    pub(crate) fn settle_account(&mut self, assignment: Assignment, answer: PartAnswer, round: &mut Round) {
        let now = (self.clock)();
        let Some(book) = self.books.get_mut(&assignment.account) else { return };
        book.in_session = false;
        self.active.insert(book.id);
        round.touched.insert(book.id);
        match answer {
            PartAnswer::Done(done) => {
                let planned = assignment.planned;
                let books = self.store.books();
                match erasing::erasure(books, book.id, &planned.requests, &done.requests) {
                    Ok(erasure) => {
                        round.commit.erasures.extend(erasure);
                        finish(book, planned, done, round);
                    }
                    // Without it the transaction isn't finished: it stays open for the next start.
                    Err(error) => drop(self.stopped.get_or_init(|| error.to_string())),
                }
            }
            PartAnswer::Fault(DeviceFault::Busy) => book.planned = Some(assignment.planned),
            PartAnswer::Fault(fault) if fault.is_disagreement() => {
                lock(book, assignment.planned, &fault, now, round);
            }
            PartAnswer::Fault(fault) => void(book, assignment.planned, &fault, now, round),
        }
    }
}

/// The module has debited and registered: record, indicia and registers are stored together.
fn finish(book: &mut Book, planned: Planned, done: Done, round: &mut Round) {
    let refused = planned
        .requests
        .iter()
        .zip(&done.requests)
        .filter_map(|(request, answer)| match answer {
            RequestAnswer::Refused(refusal) => Some(RefusedRequest {
                reservation: request.reservation,
                reason: refusal.to_string(),
                refusal: refusal.encode(),
            }),
            _ => None,
        })
        .collect();
    let (mut value, mut count) = (0, 0);
    for answer in &done.requests {
        if let RequestAnswer::Issued { packs, value: issued } = answer {
            value += issued;
            count += packs.iter().map(|pack| u64::from(pack.count)).sum::<u64>();
        }
    }
    book.gathering.begin(planned.requests.len(), book.ready());
    book.record = Arc::from(done.record.as_slice());
    book.ledger.set_descending(done.registers.descending);
    book.next_number = book.next_number.max(done.next_number);
    let segments = segments(&done.requests);
    for (request, answer) in planned.requests.iter().zip(&done.requests) {
        if matches!(answer, RequestAnswer::Ordered) {
            round.commit.statuses.extend(voided(book.id, planned.at, request, &book.becoming_void));
        }
    }
    book.becoming_void.clear();
    for (request, answer) in planned.requests.into_iter().zip(done.requests) {
        let outcome = outcome(book, &request, answer);
        for reply in book.close(&request) {
            round.answers.push((reply, outcome.clone()));
        }
    }
    round.commit.finished.push(FinishedTransaction {
        account: book.id,
        ordinal: planned.ordinal,
        record: done.record.into(),
        sequence: done.sequence,
        ascending: done.registers.ascending,
        descending: done.registers.descending,
        funded: done.registers.funded,
        refunded: done.registers.refunded,
        voided: done.registers.voided,
        next_number: done.next_number,
        value,
        count,
        record_digest: done.record_digest,
        request_digest: done.request_digest,
        segments,
        refused,
        events: done.events.into_iter().map(Vec::from).collect(),
    });
}

fn outcome(book: &Book, request: &PlannedRequest, answer: RequestAnswer) -> Result<Outcome, EngineError> {
    match answer {
        RequestAnswer::Issued { packs, value } => Ok(Outcome::Issued(Issued {
            account: book.id,
            reservation: request.reservation,
            key: request.key.clone(),
            first_number: request.first_number,
            count: request.count,
            asked: request.asked,
            value: amount(book, value),
            packs: packs.into(),
        })),
        RequestAnswer::Ordered => Ok(Outcome::Ordered { reservation: request.reservation }),
        RequestAnswer::Told(told) => Ok(Outcome::Told(told)),
        RequestAnswer::Changed => Ok(Outcome::Changed { reservation: request.reservation }),
        RequestAnswer::Refused(refusal) => Err(EngineError::Refused(refusal)),
    }
}

/// Packs of neighbouring serials share a row, up to the size of one full pack.
fn segments(answers: &[RequestAnswer]) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    let packs = answers.iter().flat_map(|answer| match answer {
        RequestAnswer::Issued { packs, .. } => packs.as_slice(),
        _ => &[],
    });
    for Packed { first_number, count, bytes } in packs {
        match segments.last_mut() {
            Some(last)
                if last.first + u64::from(last.count) == *first_number
                    && (last.count + count) as usize <= MAX_PACK =>
            {
                last.count += count;
                last.bytes.extend_from_slice(bytes);
            }
            _ => segments.push(Segment { first: *first_number, count: *count, bytes: bytes.to_vec() }),
        }
    }
    segments
}

/// The device disagrees with the module: nothing is closed, since what it has done is unknown.
fn lock(book: &mut Book, planned: Planned, fault: &DeviceFault, now: UnixTime, round: &mut Round) {
    let reason = fault.to_string();
    round.commit.locks.push(DeviceLock { account: book.id, reason: reason.clone(), at: now });
    let error = EngineError::Locked { account: book.name.to_string(), reason: reason.clone() };
    let replies = book
        .open
        .values_mut()
        .flat_map(|open| open.replies.drain(..))
        .chain(book.inbox.drain(..).map(|ask| ask.reply))
        .chain(book.waiting.drain(..).map(|waiting| waiting.ask.reply));
    round.answers.extend(replies.map(|reply| (reply, Err(error.clone()))));
    book.locked = Some(reason);
    book.planned = Some(planned);
}

/// The module has certainly not processed it: the plan is dropped and its value is free again.
fn void(book: &mut Book, planned: Planned, fault: &DeviceFault, now: UnixTime, round: &mut Round) {
    round.commit.voided.push(VoidedTransaction { account: book.id, ordinal: planned.ordinal });
    book.becoming_void.clear();
    for request in planned.requests {
        round.commit.endings.push(Ending {
            account: book.id,
            reservation: request.reservation,
            how: Ended::Released,
            reason: fault.to_string(),
            at: now,
        });
        for reply in book.close(&request) {
            round.answers.push((reply, Err(EngineError::Module(fault.to_string()))));
        }
    }
}
