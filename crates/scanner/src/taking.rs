//! What is taken of an indicium where nobody can be asked, and whom it is made out to.

use std::collections::HashMap;

use indicia::{
    Amount, AmountError, Barcode, HolderDigest, HolderMatch, NotRedeemable, Serial, Showing, Status, Terms,
    UnixTime, Wanted, Way,
};
use serde::Serialize;
use thiserror::Error;

use crate::finding::Finding;
use crate::knowledge::{Knowledge, Use};
use crate::post::TooOld;

/// Why nothing is taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TakingError {
    /// It wasn't judged here.
    #[error("scan it once more")]
    NotSeen,
    /// No amount.
    #[error("the amount {0:?}: {1}")]
    Amount(String, AmountError),
    /// The rule that the books have, too.
    #[error("it {0}")]
    NotRedeemable(#[from] NotRedeemable),
    /// Too much may have been used elsewhere.
    #[error("{0}: connect it to the network")]
    TooOld(#[from] TooOld),
}

/// How much is to be taken of an indicium.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Part<'a> {
    /// One use of what is for several, and all that is left of anything else.
    #[default]
    Unsaid,
    /// An amount, as it was typed.
    Amount(&'a str),
    /// So many uses of what is for several.
    Uses(u32),
}

/// A use that is to be made, as the steward says it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taking<'a> {
    /// How much of it.
    pub part: Part<'a>,
    /// Which way its holder goes.
    pub way: Way,
    /// Whether the steward saw it signed again.
    pub is_countersigned: bool,
}

/// What was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// How much was taken, let out or let in again, without its currency.
    pub amount: String,
    /// How much is left, as far as is known.
    pub left: String,
    /// How many are outside who may come in again, as far as is known.
    pub outside: u32,
}

/// Indicia that were judged a while ago at most.
const MOST_SEEN: usize = 4_096;

/// A scanner: what it knows, and what it has before it.
#[derive(Debug, Default)]
pub struct Desk {
    /// What it knows.
    pub knowledge: Knowledge,
    seen: HashMap<Serial, Seen>,
}

#[derive(Debug, Clone)]
struct Seen {
    terms: Terms,
    holder: Option<HolderDigest>,
    status: Option<Status>,
    showing: Showing,
}

impl Desk {
    /// Judges the contents of all symbols of a frame. What one of them says to stand beside it is nobody else's, and passed over.
    pub fn judge_frame(&mut self, contents: &[&[u8]], now: UnixTime) -> Vec<Finding> {
        let judged: Vec<_> = contents.iter().map(|content| (self.judge_one(content, now), content)).collect();
        let beside: Vec<_> = judged.iter().filter_map(|((_, barcode), _)| barcode.clone()).collect();
        let is_beside = |content: &[u8]| beside.iter().any(|barcode| barcode.is_in(content));
        let others = judged.into_iter().filter(|(_, content)| !is_beside(content));
        others.map(|((finding, _), _)| finding).collect()
    }

    /// Judges a symbol's content.
    pub fn judge(&mut self, content: &[u8], now: UnixTime) -> Finding {
        self.judge_one(content, now).0
    }

    /// Also what it says to stand beside it.
    fn judge_one(&mut self, content: &[u8], now: UnixTime) -> (Finding, Option<Barcode>) {
        let (finding, claims) = self.knowledge.judge(content, now);
        let mut beside = None;
        if let Some((claims, showing)) = claims {
            beside.clone_from(&claims.details.barcode);
            if self.seen.len() >= MOST_SEEN {
                self.seen.clear();
            }
            let status = self
                .knowledge
                .statuses()
                .and_then(|statuses| statuses.status(claims.serial, claims.issued_at));
            let (serial, holder) = (claims.serial, claims.holder);
            let terms = Terms::of(&claims);
            // What was seen live needn't be live still when it is taken.
            let showing = if terms.check_live(showing, now).is_ok() { Showing::Vouched } else { showing };
            self.seen.insert(serial, Seen { terms, holder, status, showing });
        }
        (finding, beside)
    }

    /// Judges what was typed or what a hardware scanner typed: a text, or a serial as it is printed.
    pub fn judge_text(&mut self, text: &str, now: UnixTime) -> Finding {
        match text.parse() {
            Ok(serial) => self.knowledge.judge_serial(serial),
            Err(_) => self.judge(text.as_bytes(), now),
        }
    }

    /// Takes a part of an indicium that was judged, and notes that; what has to be signed again was, if the steward says so.
    ///
    /// # Errors
    /// [`TakingError`]; nothing is noted then.
    pub fn take(
        &mut self,
        serial: Serial,
        taking: Taking<'_>,
        at: UnixTime,
        gate: String,
    ) -> Result<Taken, TakingError> {
        let Taking { part, way, is_countersigned } = taking;
        let Seen { terms, status, showing, .. } = self.seen.get(&serial).ok_or(TakingError::NotSeen)?;
        let denomination = terms.worth.denomination();
        let wrong = |text: &str, error| TakingError::Amount(text.to_owned(), error);
        let amount = match part {
            Part::Unsaid => None,
            Part::Amount(text) => {
                Some(Amount::parse(text.trim(), denomination).map_err(|error| wrong(text, error))?)
            }
            Part::Uses(uses) => Some(terms.of_uses(uses)?),
        };
        let used = self.knowledge.used(serial, terms, *status);
        let entrance = self.knowledge.post.entrance.as_deref();
        let showing = *showing;
        let wanted = Wanted { amount, way, at, entrance, showing, is_countersigned, is_past: false };
        let made = terms.redeem(used, &wanted)?;
        self.knowledge.check_age(at)?;
        let left = terms.worth.units().saturating_sub(made.to.units);
        let outside = terms.uses_in(made.to.outside);
        self.knowledge.note(serial, Use { left, outside, at, gate, settled: None });
        let amount_of = |units| Amount::saturating(units, denomination);
        Ok(Taken { amount: amount_of(made.given()).number(), left: amount_of(left).to_string(), outside })
    }

    /// Whether an indicium that was judged is made out to the one who is said to hold it.
    #[must_use]
    pub fn is_held_by(&self, serial: Serial, holder: &str) -> Option<HolderMatch> {
        self.seen.get(&serial).map(|seen| HolderMatch::of(seen.holder.as_ref(), holder))
    }
}
