//! What a gate decides by what it knows itself: no clock, no file, no network.

use indicia::{Amount, NotRedeemable, Status, Terms, UnixTime, Use, Used, Wanted};
use thiserror::Error;

use crate::uses::{Asked, Genuine, Kept, State};

/// Why a gate doesn't let an indicium be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum No {
    /// The rule that the books have, too.
    #[error("{0}")]
    NotRedeemable(NotRedeemable),
    /// Another use of it may have been made.
    #[error("is being redeemed at {gate}, and what came of that isn't known yet")]
    Held { gate: String },
    /// How much of it is left only the server knows.
    #[error("was redeemed in part elsewhere, and how much is left isn't known here")]
    InPartElsewhere,
    /// The server turned it away, and nothing newer is known.
    #[error("was turned away by the server at {0}")]
    TurnedAway(UnixTime),
}

/// What is known of an indicium: what the status snapshot says, of when, and the gate's own uses of it.
pub(crate) struct Known<'a> {
    pub(crate) elsewhere: Option<Status>,
    pub(crate) as_of: UnixTime,
    pub(crate) uses: &'a [Kept],
}

impl Known<'_> {
    /// Decides about a use.
    pub(crate) fn decide(&self, genuine: &Genuine, asked: &Asked) -> Result<Use, No> {
        let Genuine { terms, amount, .. } = genuine;
        let used = self.used(terms)?;
        let entrance = asked.entrance.as_deref();
        let Asked { at, showing, .. } = *asked;
        let wanted = Wanted { amount: *amount, at, entrance, showing, is_past: false };
        let decided = terms.redeem(used, &wanted).map_err(|why| self.explain(why))?;
        match self.turned_away(terms) {
            Some(since) => Err(No::TurnedAway(since)),
            None => Ok(decided),
        }
    }

    /// How far it is used, as far as is known here.
    pub(crate) fn used(&self, terms: &Terms) -> Result<Used, No> {
        let worth = terms.worth.units();
        match self.elsewhere {
            Some(Status::Void) => return Ok(Used { status: Status::Void, units: 0 }),
            Some(Status::Redeemed) => return Ok(Used { status: Status::Redeemed, units: worth }),
            _ => {}
        }
        // The last thing that the server said of it has all in it that the server knew then.
        let last =
            self.uses.iter().filter(|one| one.state == State::Settled).filter_map(|one| one.heard).max();
        if last.is_none() && self.elsewhere == Some(Status::RedeemedInPart) {
            return Err(No::InPartElsewhere);
        }
        let heard = last.map_or(0, |(_, left)| worth.saturating_sub(left));
        // Of a part that a scanner gave alone the amount is known as it was typed; all else that isn't known may be all.
        let given = |one: &Kept| {
            let is_part = one.state == State::Alone && terms.is_used_in_part();
            let part = is_part.then(|| part_of(one, terms)).flatten();
            one.given.or(part.map(Amount::units)).unwrap_or(worth)
        };
        let own = self.uses.iter().filter(|one| is_beside(one)).map(given);
        let units = own.fold(heard, u64::saturating_add).min(worth);
        let status = match units {
            0 => Status::Live,
            units if units >= worth => Status::Redeemed,
            _ => Status::RedeemedInPart,
        };
        Ok(Used { status, units })
    }

    /// What isn't known to be used, but may be, isn't called used.
    fn explain(&self, why: NotRedeemable) -> No {
        let held = self.uses.iter().find(|one| one.state == State::Asked);
        match held {
            Some(held) if why.is_from_use() => No::Held { gate: held.gate.clone() },
            _ => No::NotRedeemable(why),
        }
    }

    /// When the server last said of all of it, within its time, that it isn't good, if no snapshot is newer.
    fn turned_away(&self, terms: &Terms) -> Option<UnixTime> {
        let of_all = |one: &&Kept| one.amount.is_none() && one.uses.is_none_or(|uses| uses == 1);
        let refused = self.uses.iter().filter(|one| one.state == State::Refused).filter(of_all);
        let refused = refused.filter(|one| terms.check_entrance(one.entrance.as_deref()).is_ok());
        let refused = refused.filter(|one| one.said.as_deref().is_some_and(says_not_redeemable));
        let counts = |at: &UnixTime| *at >= self.as_of && terms.check_time(*at).is_ok();
        refused.map(|one| one.at).filter(counts).max()
    }
}

/// Whether a use comes on top of what the server said.
fn is_beside(one: &Kept) -> bool {
    matches!(one.state, State::Asked | State::Alone | State::Disputed)
}

fn says_not_redeemable(said: &str) -> bool {
    let said: serde_json::Value = serde_json::from_str(said).unwrap_or_default();
    said["type"] == api::Kind::NotRedeemable.uri()
}

/// What a scanner gave alone, as far as it said so.
fn part_of(one: &Kept, terms: &Terms) -> Option<Amount> {
    match (&one.amount, one.uses) {
        (Some(text), _) => Amount::parse(text, terms.worth.denomination()).ok(),
        (None, Some(uses)) => terms.of_uses(uses).ok(),
        (None, None) => terms.share(),
    }
}

/// What a use takes here as well as there, if the server knows of it: then it is one use, wherever it is decided. None where that
/// depends on what is left.
pub(crate) fn same_everywhere(genuine: &Genuine) -> Option<Amount> {
    genuine.amount.or_else(|| genuine.terms.share())
}
