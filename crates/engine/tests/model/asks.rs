//! What is asked of the engine, and what is remembered of it until it is answered.

use asker::{BatchOptions, OnInsufficient, Proof};
use engine::IssueRequest;
use indicia::ProofForm;
use module::serials::Serials;
use store::ReservationId;

use crate::support::{Awaited, list, signed_draw, signed_request};

/// A user whom no device knows.
pub(crate) const STRANGER: &str = "mallory";
/// Who waits for so many seconds or longer isn't waited for unless enough is free.
const PATIENT: u64 = 1;

#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) user: &'static str,
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
        signed_request(account, self.user, key.parse().expect("a key"), &list, options)
    }

    pub(crate) fn draw(&self, account: &str, key: &str, reservation: ReservationId) -> Proof {
        signed_draw(account, self.user, key, reservation, &list(&self.prices, self.proof))
    }
}

impl Ask {
    /// Whether the engine must take both for one request. How long somebody waits or holds isn't part of it.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Order { signed, .. }, Self::Order { signed: other, .. }) => signed == other,
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

    pub(crate) fn is_order(&self) -> bool {
        matches!(self, Self::Order { .. })
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
            Self::Order { .. } | Self::Draw { .. } => 0,
        }
    }

    /// What it may bring into others' reach.
    pub(crate) fn most_given(&self) -> u64 {
        match self {
            Self::Order { change: Change::Fund(units) | Change::Void { units, .. }, .. } => *units,
            // The module refuses a stranger, and then what was held is free.
            Self::Draw { batch, .. } if batch.user == STRANGER => batch.total(),
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
    /// Another request under its key was open when it was asked.
    pub(crate) is_contested: bool,
    /// It was asked once more after an engine had stopped.
    pub(crate) is_repeated: bool,
    /// None once the engine stopped without an answer.
    pub(crate) awaited: Option<Awaited>,
}
