//! What is asked of the engine, and what is remembered of it until it is answered.

use std::sync::Arc;

use asker::{BatchOptions, KeyId, OnInsufficient, Proof, Secret};
use engine::{ChangeRequest, IssueRequest};
use indicia::ProofForm;
use module::serials::Serials;
use store::ReservationId;

use crate::support::{Awaited, change_by, draw_by, list, nonce, request_by};
use crate::users::{GUEST, Users, secret};

/// Who waits for so many seconds or longer isn't waited for unless enough is free.
const PATIENT: u64 = 1;

/// The guest's session, as a browser keeps it.
pub(crate) struct Session {
    pub(crate) secret: Secret,
    pub(crate) key: KeyId,
    /// The first challenge of it.
    pub(crate) first: u64,
}

/// What a request in a session names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// The challenge that came last.
    Right(u64),
    /// Another one.
    Stale(u64),
    /// It isn't signed by the session's key.
    Forged,
}

/// How somebody shows who he is.
#[derive(Debug, Clone)]
pub(crate) enum By {
    /// By a key of his own.
    Key,
    /// By having signed in.
    Session(Arc<Session>, Use),
}

#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) user: &'static str,
    pub(crate) by: By,
    pub(crate) prices: Vec<u64>,
    pub(crate) on_insufficient: OnInsufficient,
    pub(crate) hold_seconds: Option<u64>,
    pub(crate) proof: ProofForm,
    pub(crate) priority: u8,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    Fund(u64),
    Refund(u64),
    /// These indicia become void, which are worth so much.
    Void {
        units: u64,
        serials: Serials,
    },
}

#[derive(Debug, Clone)]
pub(crate) enum Ask {
    Batch(Batch),
    Order {
        number: u64,
        change: Change,
        signed: Vec<u8>,
    },
    /// To change who may use the account, or for how much.
    Users {
        by: &'static str,
        change: asker::Change,
    },
    /// To process what is held of this batch.
    Draw {
        reservation: ReservationId,
        batch: Batch,
    },
}

impl Batch {
    pub(crate) fn total(&self) -> u64 {
        self.prices.iter().sum()
    }

    pub(crate) fn is_partial(&self) -> bool {
        self.on_insufficient == OnInsufficient::Partial
    }

    pub(crate) fn waits(&self) -> bool {
        matches!(self.on_insufficient, OnInsufficient::Wait(_))
    }

    pub(crate) fn request(&self, account: &str, key: &str) -> IssueRequest {
        let Self { on_insufficient, priority, hold_seconds, .. } = *self;
        let options = BatchOptions { on_insufficient, priority, hold_seconds };
        let list = list(&self.prices, self.proof);
        let key = key.parse().expect("a key");
        match &self.by {
            By::Key => request_by(&secret(self.user), nonce(), account, self.user, key, &list, options),
            By::Session(session, used) => {
                let nonce = match used {
                    Use::Right(challenge) | Use::Stale(challenge) => *challenge,
                    Use::Forged => session.first,
                };
                let mut request = request_by(&session.secret, nonce, account, GUEST, key, &list, options);
                request.proof.signature[0] ^= u8::from(*used == Use::Forged);
                request
            }
        }
    }

    pub(crate) fn draw(&self, account: &str, key: &str, reservation: ReservationId) -> Proof {
        draw_by(&secret(self.user), account, key, reservation, &list(&self.prices, self.proof))
    }
}

/// The request of a user to change something.
pub(crate) fn change(account: &str, by: &str, key: &str, change: &asker::Change) -> ChangeRequest {
    change_by(&secret(by), account, by, key.parse().expect("a key"), change.clone())
}

impl Ask {
    /// Whether the engine must take both for one request. How long somebody waits or holds isn't part of it.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Order { signed, .. }, Self::Order { signed: other, .. }) => signed == other,
            (Self::Users { by, change }, Self::Users { by: other, change: others }) => {
                (by, change) == (other, others)
            }
            (
                Self::Batch(batch) | Self::Draw { batch, .. },
                Self::Batch(other) | Self::Draw { batch: other, .. },
            ) => {
                (batch.user, &batch.prices, batch.proof, batch.is_partial())
                    == (other.user, &other.prices, other.proof, other.is_partial())
            }
            _ => false,
        }
    }

    /// Whether what comes of one hangs on what comes of the other, so that only one of them is under way in an account.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        matches!(
            (self, other),
            (Self::Order { .. }, Self::Order { .. }) | (Self::Users { .. }, Self::Users { .. })
        )
    }

    /// Whether it may stay unanswered for longer than a test takes.
    pub(crate) fn is_patient(&self) -> bool {
        matches!(self, Self::Batch(Batch { on_insufficient: OnInsufficient::Wait(seconds), .. }) if *seconds >= PATIENT)
    }

    /// What it may take out of others' reach.
    pub(crate) fn most_taken(&self) -> u64 {
        match self {
            Self::Batch(batch) => batch.total(),
            Self::Order { change: Change::Refund(units), .. } => *units,
            Self::Order { .. } | Self::Users { .. } | Self::Draw { .. } => 0,
        }
    }

    /// What it may bring into others' reach.
    pub(crate) fn most_given(&self) -> u64 {
        match self {
            Self::Order { change: Change::Fund(units) | Change::Void { units, .. }, .. } => *units,
            // The module may refuse it, and then what was held is free.
            Self::Draw { batch, .. } => batch.total(),
            _ => 0,
        }
    }
}

/// Something that was asked and whose outcome isn't known.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) key: String,
    pub(crate) ask: Ask,
    /// What was unreserved while it was looked at, at least and at most: what others, whose outcome isn't known
    /// either, did in the meantime decides.
    pub(crate) low: i128,
    pub(crate) high: i128,
    /// The users that the account had since, as far as anybody knows.
    pub(crate) seen: Vec<Users>,
    /// Another request under its key was open when it was asked.
    pub(crate) is_contested: bool,
    /// It was asked once more after an engine had stopped.
    pub(crate) is_repeated: bool,
    /// None once the engine stopped without an answer.
    pub(crate) awaited: Option<Awaited>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({})", self.key)
    }
}
