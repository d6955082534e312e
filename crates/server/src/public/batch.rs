//! A batch as it is shown.

use engine::{Issued, Outcome};
use indicia::{Amount, Kept, Segment, SegmentError, text};
use serde::Serialize;
use store::{ReservationOutcome, StoredReservation};

use crate::accounts::Known;
use crate::problem::Problem;
use crate::public::events::masked;

/// Indicia that an answer carries itself; those of larger batches are read by themselves.
pub(crate) const MOST_INSIDE: u32 = 1000;

/// A batch.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Batch {
    /// Its number within the account; that of its reservation too.
    pub(crate) batch: u64,
    pub(crate) state: State,
    /// The key under which the same answer is given again.
    pub(crate) idempotency_key: String,
    /// How many items were asked for.
    pub(crate) asked: u32,
    /// How many of them are reserved or issued.
    pub(crate) count: u32,
    /// What these cost, in the account's denomination.
    pub(crate) value: String,
    /// Currency and decimal places.
    pub(crate) denomination: String,
    /// Who asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    /// When it was reserved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created: Option<String>,
    /// Until when it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) held_until: Option<String>,
    /// Why it came to nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// The first serial, once issued; the others follow without gaps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first_serial: Option<String>,
    /// The last serial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_serial: Option<String>,
    /// The indicia as text, in order, if they were issued just now and are at most 1,000; null for one of which the holder's data
    /// was erased since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) indicia: Option<Vec<Option<String>>>,
}

/// How far a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// Its value is set aside until it is drawn, released, or its time is over.
    Held,
    /// Being issued.
    Open,
    /// Issued, durably.
    Issued,
    /// It came to nothing.
    Ended,
}

impl State {
    /// Whether it stays so.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Issued | Self::Ended)
    }
}

impl Batch {
    /// What the engine came to.
    pub(crate) fn of_outcome(account: &Known, outcome: Outcome, key: &str) -> Result<Self, Problem> {
        let batch = |batch, state, asked, count, value: Amount| Self {
            batch,
            state,
            idempotency_key: key.to_owned(),
            asked,
            count,
            value: value.number(),
            denomination: account.denomination.to_string(),
            user: None,
            created: None,
            held_until: None,
            reason: None,
            first_serial: None,
            last_serial: None,
            indicia: None,
        };
        match outcome {
            Outcome::Issued(issued) => {
                let mut batch =
                    batch(issued.reservation.0, State::Issued, issued.asked, issued.count, issued.value);
                batch.set_serials(account, issued.first_number, issued.count);
                if issued.count <= MOST_INSIDE {
                    batch.indicia = Some(texts(&issued)?);
                }
                Ok(batch)
            }
            Outcome::Held { reservation, count, value } => {
                Ok(batch(reservation.0, State::Held, count, count, value))
            }
            Outcome::Ordered { .. } | Outcome::Changed { .. } | Outcome::Told(_) | Outcome::Redeemed(_) => {
                Err(Problem::internal(&"a batch came to something else"))
            }
        }
    }

    /// Without the names of people and keys of theirs.
    pub(crate) fn masked(self) -> Self {
        let user = self.user.as_deref().map(masked);
        Self { user, idempotency_key: String::new(), indicia: None, ..self }
    }

    /// What the books say.
    pub(crate) fn of_stored(account: &Known, stored: &StoredReservation) -> Self {
        let mut batch = Self {
            batch: stored.id.0,
            state: State::Open,
            idempotency_key: stored.key.to_string(),
            asked: stored.wanted_count,
            count: stored.count,
            value: Amount::saturating(stored.value, account.denomination).number(),
            denomination: account.denomination.to_string(),
            user: Some(stored.user.clone()),
            created: Some(stored.created.to_string()),
            held_until: None,
            reason: None,
            first_serial: None,
            last_serial: None,
            indicia: None,
        };
        match &stored.outcome {
            ReservationOutcome::Held => {
                batch.state = State::Held;
                batch.held_until = stored.expires.map(|time| time.to_string());
            }
            ReservationOutcome::Open => {}
            ReservationOutcome::Done { first_number } => {
                batch.state = State::Issued;
                batch.set_serials(account, *first_number, stored.count);
            }
            ReservationOutcome::Ended { reason, .. } => {
                batch.state = State::Ended;
                batch.reason = Some(reason.clone());
            }
        }
        batch
    }

    fn set_serials(&mut self, account: &Known, first: u64, count: u32) {
        self.first_serial = Some(account.serial(first));
        self.last_serial = Some(account.serial(first + u64::from(count.max(1)) - 1));
    }

    /// Changes whenever anything of it does.
    pub(crate) fn tag(&self) -> String {
        let held_until = self.held_until.as_deref().unwrap_or_default();
        format!("{}-{:?}-{}-{held_until}", self.batch, self.state, self.count)
    }
}

/// The texts of a batch's own indicia, in order: a pack may have neighbours of it too.
fn texts(issued: &Issued) -> Result<Vec<Option<String>>, Problem> {
    let text = |kept: Kept| kept.into_whole().map(|bytes| text::to_text(&bytes));
    let range = issued.first_number..issued.first_number + u64::from(issued.count);
    let mut texts = Vec::with_capacity(issued.count as usize);
    for pack in issued.packs.iter() {
        let read = if issued.count == 1 {
            // One of a pack needn't have its neighbours made too.
            let found = Segment::new(&pack.bytes).get_kept(issued.first_number);
            found.map(|found| texts.extend(found.map(text)))
        } else {
            Segment::new(&pack.bytes).each_kept(|number, kept| {
                if range.contains(&number) {
                    texts.push(text(kept));
                }
                Ok::<_, SegmentError>(())
            })
        };
        read.map_err(|error| Problem::internal(&error))?;
    }
    Ok(texts)
}
