//! What a gate decides by what it knows itself: no clock, no file, no network.

use indicia::{Amount, NotRedeemable, Status, Terms, UnixTime, Use, Used, Way};
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
    pub(crate) fn decide(&self, asked: &Asked, genuine: &Genuine) -> Result<Use, No> {
        let terms = &genuine.terms;
        let used = self.used(terms)?;
        let decided = terms.redeem(used, &asked.wanted(genuine)).map_err(|why| self.explain(why))?;
        match self.turned_away(terms).filter(|_| asked.way == Way::In) {
            Some(since) => Err(No::TurnedAway(since)),
            None => Ok(decided),
        }
    }

    /// How far it is used, as far as is known here.
    pub(crate) fn used(&self, terms: &Terms) -> Result<Used, No> {
        let by_the_server = self.by_the_server(terms)?;
        if by_the_server.status == Status::Void {
            return Ok(by_the_server);
        }
        let Used { mut units, mut outside, .. } = by_the_server;
        for one in self.uses.iter().filter(|one| is_beside(one)) {
            match one.way {
                Way::In => {
                    let given = given(one, terms);
                    let again = given.min(outside);
                    outside -= again;
                    units = units.saturating_add(given - again).min(terms.worth.units());
                }
                // What isn't known to be outside isn't let in.
                Way::Out if one.state == State::Asked => {}
                Way::Out => outside = outside.saturating_add(given(one, terms)).min(units),
            }
        }
        Ok(Used { status: terms.status(units, outside), units, outside })
    }

    /// How far it is used by what the server said.
    fn by_the_server(&self, terms: &Terms) -> Result<Used, No> {
        // The last thing that the server said of it has all in it that the server knew then.
        let settled = self.uses.iter().filter(|one| one.state == State::Settled);
        let last = settled.filter_map(|one| Some((one.heard?, one.at))).max_by_key(|(heard, _)| *heard);
        // Of what is over nothing comes later, unless whoever left may come in again.
        let is_later = last.is_some_and(|(_, at)| terms.reentry && at >= self.as_of);
        match (self.elsewhere, last) {
            (Some(over @ Status::Void), _) => terms.used_by(over),
            (Some(over @ Status::Redeemed), _) if !is_later => terms.used_by(over),
            (_, Some((heard, _))) => {
                let share = terms.share().map_or(0, Amount::units);
                let units = terms.worth.units().saturating_sub(heard.left);
                let outside = share.saturating_mul(heard.outside.into());
                Some(Used { status: terms.status(units, outside), units, outside })
            }
            (status, None) => terms.used_by(status.unwrap_or_default()),
        }
        .ok_or(No::InPartElsewhere)
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
        // Whoever was let out since comes in again.
        let let_out = self.uses.iter().rposition(|one| one.way == Way::Out && one.state != State::Refused);
        let since = self.uses.iter().skip(let_out.map_or(0, |place| place + 1));
        let refused = since.filter(|one| one.state == State::Refused && one.way == Way::In).filter(of_all);
        let refused = refused.filter(|one| terms.check_entrance(one.entrance.as_deref()).is_ok());
        let refused = refused.filter(|one| one.is_countersigned || !terms.is_countersigned);
        let refused = refused.filter(|one| one.said.as_deref().is_some_and(says_not_redeemable));
        let counts = |at: &UnixTime| *at >= self.as_of && terms.check_time(*at).is_ok();
        refused.map(|one| one.at).filter(counts).max()
    }
}

/// Units that a use took, let out or let in again. Of a part that a scanner gave alone the amount is known as it was typed; all
/// else that isn't known may be all.
fn given(one: &Kept, terms: &Terms) -> u64 {
    let is_part = one.state == State::Alone && terms.is_used_in_part();
    let part = is_part.then(|| part_of(one, terms)).flatten();
    one.given.or(part.map(Amount::units)).unwrap_or(terms.worth.units())
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

#[cfg(test)]
mod tests {
    use indicia::{DeviceId, NotLive, Redeeming, Serial};

    use super::*;
    use crate::uses::Heard;

    const AS_OF: UnixTime = UnixTime(100);

    fn genuine(uses: Option<u32>) -> Genuine {
        let worth = Amount::saturating(100, "EUR/2".parse().expect("a denomination"));
        let terms = Terms { uses, reentry: true, ..Terms::new(worth, Redeeming::Whole) };
        Genuine { terms, issued_at: UnixTime(1), amount: None }
    }

    fn asked(way: Way) -> Asked {
        Asked {
            steward: "gil".into(),
            key: "k".parse().expect("a key"),
            serial: Serial::new(DeviceId(1), 1).expect("a serial"),
            genuine: None,
            amount: None,
            uses: None,
            way,
            gate: "North".into(),
            entrance: None,
            showing: indicia::Showing::Bare,
            is_countersigned: false,
            at: UnixTime(200),
            is_past: false,
        }
    }

    /// A use of all, at a time.
    fn kept(way: Way, state: State, at: u64) -> Kept {
        Kept {
            steward: "gil".into(),
            key: at.to_string(),
            digest: [0; 32],
            serial: asked(way).serial,
            amount: None,
            uses: None,
            way,
            gate: "North".into(),
            entrance: None,
            is_countersigned: false,
            is_seen_live: false,
            at: UnixTime(at),
            state,
            given: Some(100),
            heard: None,
            answer: None,
            said: None,
        }
    }

    fn settled(way: Way, place: u32, outside: u32, at: u64) -> Kept {
        Kept { heard: Some(Heard { place, left: 0, outside }), ..kept(way, State::Settled, at) }
    }

    fn decide(elsewhere: Option<Status>, uses: &[Kept], way: Way) -> Result<i64, No> {
        let known = Known { elsewhere, as_of: AS_OF, uses };
        known.decide(&asked(way), &genuine(None)).map(|made| made.moved)
    }

    #[test]
    fn whoever_was_let_out_comes_in_again_at_a_gate_that_is_cut_off() {
        use State::{Alone, Asked};
        use Way::{In, Out};
        let (used, not_inside) = (
            Err(No::NotRedeemable(NotRedeemable::Redeemed)),
            Err(No::NotRedeemable(NotRedeemable::NotInside)),
        );
        let live = Some(Status::Live);
        assert_eq!(decide(live, &[], Out), not_inside);
        let came = kept(In, Alone, 150);
        let inside = [came.clone()];
        assert_eq!(decide(live, &inside, Out), Ok(100));
        assert_eq!(decide(live, &inside, In), used);
        let left = [came.clone(), kept(Out, Alone, 160)];
        assert_eq!(decide(live, &left, In), Ok(-100));
        assert_eq!(decide(live, &left, Out), not_inside);
        // Whether he left isn't known: then he is let in by the server only.
        let held = Err(No::Held { gate: "North".into() });
        assert_eq!(decide(live, &[came, kept(Out, Asked, 160)], In), held);
    }

    #[test]
    fn what_was_seen_live_when_its_answer_was_lost_need_not_be_live_still() {
        let mut tied = genuine(None);
        tied.terms.is_tied = true;
        let known = Known { elsewhere: Some(Status::Live), as_of: AS_OF, uses: &[] };
        let again = |before: Option<&Kept>| {
            known.decide(&asked(Way::In).as_seen(before), &tied).map(|made| made.value)
        };
        let copy = Err(No::NotRedeemable(NotRedeemable::NotLive(NotLive::Copy)));
        let unseen = kept(Way::In, State::Asked, 150);
        assert_eq!(again(None), copy);
        assert_eq!(again(Some(&unseen)), copy);
        assert_eq!(again(Some(&Kept { is_seen_live: true, ..unseen })), Ok(100));
    }

    #[test]
    fn of_snapshot_and_what_the_server_said_of_a_use_the_later_one_counts() {
        use Way::{In, Out};
        let used = Err(No::NotRedeemable(NotRedeemable::Redeemed));
        let redeemed = Some(Status::Redeemed);
        let out = |at| [settled(In, 1, 0, 10), settled(Out, 2, 1, at)];
        assert_eq!(decide(redeemed, &out(150), In), Ok(-100));
        assert_eq!(decide(redeemed, &out(50), In), used, "he came in elsewhere since");
        assert_eq!(decide(redeemed, &out(50), Out), Ok(100));
        // A snapshot says of a ticket that is used whole that its holder is outside.
        assert_eq!(decide(Some(Status::RedeemedInPart), &[], In), Ok(-100));
        let group = genuine(Some(4));
        let known = Known { elsewhere: Some(Status::RedeemedInPart), as_of: AS_OF, uses: &[] };
        assert_eq!(known.decide(&asked(In), &group), Err(No::InPartElsewhere));
        // What the server said before he was let out says nothing of it.
        let mut refused = kept(In, State::Refused, 150);
        refused.said = Some(format!("{{\"type\":\"{}\"}}", api::Kind::NotRedeemable.uri()));
        let came = settled(In, 1, 0, 140);
        assert_eq!(decide(redeemed, &[came.clone(), refused.clone()], In), used);
        let let_out = [came, refused, kept(Out, State::Alone, 160)];
        assert_eq!(decide(redeemed, &let_out, In), Ok(-100));
    }
}
