//! What the engine keeps in memory of one account in use. Everything here can be made again from the store.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use asker::OnInsufficient;
use indicia::{BrokenRule, Denomination, UnixTime};
use store::{AccountId, AccountName, IdempotencyKey, Ordinal, RequestKind, ReservationId};

use crate::gathering::Gathering;
use crate::ledger::Ledger;
use crate::request::Reply;
use crate::voiding::{BecomingVoid, Voiding};

/// A request whose reservation is durable, on its way into a transaction.
#[derive(Debug)]
pub(crate) struct PlannedRequest {
    pub(crate) reservation: ReservationId,
    pub(crate) key: IdempotencyKey,
    pub(crate) kind: RequestKind,
    pub(crate) user: Arc<str>,
    pub(crate) body: Arc<[u8]>,
    pub(crate) first_number: u64,
    pub(crate) count: u32,
    pub(crate) asked: u32,
    pub(crate) value: u64,
    /// How its user asked to draw it, encoded, if it was held.
    pub(crate) draw: Option<Arc<[u8]>>,
    /// The requests of which it erases something, if it is an order that does; not known of one from before a restart.
    pub(crate) erases: Option<Arc<[ReservationId]>>,
}

/// A transaction as the store knows it: fixed for ever.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) ordinal: Ordinal,
    pub(crate) at: UnixTime,
    pub(crate) requests: Vec<PlannedRequest>,
}

/// A request that isn't reserved yet.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) key: IdempotencyKey,
    /// The engine made the key itself: nobody can have used it before.
    pub(crate) key_is_new: bool,
    pub(crate) digest: [u8; 32],
    pub(crate) user: Arc<str>,
    pub(crate) what: Asked,
    pub(crate) priority: u8,
    pub(crate) reply: Reply,
}

/// What is asked for.
#[derive(Debug)]
pub(crate) enum Asked {
    /// A batch.
    Batch {
        /// Units of each item.
        amounts: Box<[u64]>,
        /// The batch as it was asked for.
        body: Arc<[u8]>,
        total: u64,
        on_insufficient: OnInsufficient,
        hold_seconds: Option<u64>,
        /// The template's rule that it breaks: it is refused, unless it was carried out before there was the rule.
        broken: Option<Box<BrokenRule>>,
    },
    /// An order, a change or a step of a sign-in: what issues nothing.
    Plain {
        kind: RequestKind,
        body: Arc<[u8]>,
        /// This much must be there.
        value: u64,
        /// What it makes void, if it is an order that does.
        void: Option<Voiding>,
        /// The requests of which it erases something, if it is an order that does.
        erases: Option<Arc<[ReservationId]>>,
    },
}

impl Asked {
    /// A request that issues nothing and takes no value.
    pub(crate) fn plain(kind: RequestKind, body: Arc<[u8]>) -> Self {
        Self::Plain { kind, body, value: 0, void: None, erases: None }
    }
}

/// A batch that waits for value to become free.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) ask: Ask,
    pub(crate) since: Instant,
    pub(crate) until: Instant,
}

/// A reservation that is held until its owner draws on it.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) request: PlannedRequest,
    pub(crate) expires: UnixTime,
}

/// A reserved request that isn't closed, and who waits for it: nobody after a restart, several after repetitions.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) digest: [u8; 32],
    pub(crate) replies: Vec<Reply>,
}

/// An account in use.
#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) id: AccountId,
    pub(crate) name: AccountName,
    pub(crate) denomination: Denomination,
    /// The record as committed last.
    pub(crate) record: Arc<[u8]>,
    pub(crate) ledger: Ledger,
    pub(crate) next_reservation: u64,
    pub(crate) next_ordinal: u64,
    pub(crate) next_number: u64,
    /// Date of the last planned transaction: the next is never before it.
    pub(crate) last_at: UnixTime,
    /// Asks in order of arrival.
    pub(crate) inbox: VecDeque<Ask>,
    pub(crate) waiting: Vec<Waiting>,
    pub(crate) held: Vec<Held>,
    pub(crate) open: HashMap<IdempotencyKey, Open>,
    /// Held reservations that their owner wants processed now.
    pub(crate) drawn: VecDeque<PlannedRequest>,
    /// The durable plan that waits for its session. An account has at most one open transaction.
    pub(crate) planned: Option<Planned>,
    pub(crate) in_session: bool,
    /// What the open transaction makes void, planned or in its session.
    pub(crate) becoming_void: BecomingVoid,
    /// Whether more requests are waited for.
    pub(crate) gathering: Gathering,
    /// Why nothing more is done with this account.
    pub(crate) locked: Option<String>,
}

impl Book {
    /// Whether a new transaction may be planned: none is open.
    pub(crate) fn is_free(&self) -> bool {
        self.planned.is_none() && !self.in_session && self.locked.is_none()
    }

    /// Requests that can be planned.
    pub(crate) fn ready(&self) -> usize {
        self.inbox.len() + self.drawn.len()
    }

    /// Whether something waits or is held only for a time.
    pub(crate) fn can_run_out(&self) -> bool {
        !self.waiting.is_empty() || !self.held.is_empty()
    }

    /// Gives out the next reservation id.
    pub(crate) fn take_reservation(&mut self) -> ReservationId {
        let id = ReservationId(self.next_reservation);
        self.next_reservation += 1;
        id
    }

    /// Gives out the next ordinal.
    pub(crate) fn take_ordinal(&mut self) -> Ordinal {
        let ordinal = Ordinal(self.next_ordinal);
        self.next_ordinal += 1;
        ordinal
    }

    /// Gives out serial numbers and returns the first.
    pub(crate) fn take_numbers(&mut self, count: u32) -> u64 {
        let first = self.next_number;
        self.next_number += u64::from(count);
        first
    }

    /// A date for the next transaction: now, or the last one's if the clock went back.
    pub(crate) fn date(&mut self, now: UnixTime) -> UnixTime {
        self.last_at = self.last_at.max(now);
        self.last_at
    }

    /// Closes a reservation and returns whoever waits for it.
    pub(crate) fn close(&mut self, request: &PlannedRequest) -> Vec<Reply> {
        self.ledger.close(request.reservation);
        self.open.remove(&request.key).map(|open| open.replies).unwrap_or_default()
    }
}
