//! What becomes of an indicium by a use: one rule, for the books and for whoever has to decide without them.

use std::fmt;

use thiserror::Error;

use crate::amount::{Amount, Denomination};
use crate::claims::Claims;
use crate::details::{Entering, EntryWindow};
use crate::presentation::{NotLive, Showing};
use crate::status::Status;
use crate::template::{Redeeming, Template};
use crate::time::UnixTime;

/// What an indicium itself says of its uses. It never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// What it was issued for.
    pub worth: Amount,
    /// Whether a use takes all of that, unless it is for several uses.
    pub redeeming: Redeeming,
    /// For how many uses it is, if for several: each takes an equal share.
    pub uses: Option<u32>,
    /// Not valid before this.
    pub not_before: Option<UnixTime>,
    /// Not valid from this on.
    pub expires: Option<UnixTime>,
    /// When it lets in, within that.
    pub entry: EntryWindow,
    /// By which entrance it lets in, if not by any.
    pub entrance: Option<String>,
    /// Whether its holder signs it again before whoever takes it.
    pub is_countersigned: bool,
    /// Whether whoever leaves may come in again.
    pub reentry: bool,
    /// Whether it is tied to its holder's device, which has to show it.
    pub is_tied: bool,
}

/// How far an indicium is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// What it is.
    pub status: Status,
    /// Units of its value that are used.
    pub units: u64,
    /// Units of these whose holders left, and may come in again.
    pub outside: u64,
}

/// Which way whoever shows an indicium goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Way {
    /// In: something of it is used, or somebody comes in again.
    #[default]
    In,
    /// Out, to come in again.
    Out,
}

/// A use that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// How much of the value; none for one share of what is for several uses, and for all that is left of anything else, or
    /// whose holder is inside.
    pub amount: Option<Amount>,
    /// Which way its holder goes.
    pub way: Way,
    /// When: what the indicium's dates are compared with.
    pub at: UnixTime,
    /// At which entrance, if it is named there.
    pub entrance: Option<&'a str>,
    /// How it was shown.
    pub showing: Showing,
    /// Whether its holder signed it just now, as he did when he bought it: whoever takes it has seen that.
    pub is_countersigned: bool,
    /// Whether it was made already, without asking: then it counts whatever was left, wherever it was, and however it was shown.
    pub is_past: bool,
}

/// How many of its uses are left of what is for several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsesLeft {
    /// How many.
    pub left: u32,
    /// Of how many.
    pub of: u32,
}

impl fmt::Display for UsesLeft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} left", self.left, self.of)
    }
}

/// What comes of a use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// How far the indicium is used after it.
    pub to: Used,
    /// Units of its value that it takes.
    pub value: u64,
    /// Units that were given for it beyond that.
    pub excess: u64,
    /// By how many units more are outside after it, or fewer.
    pub moved: i64,
}

impl Use {
    /// Units that were taken, let in again or let out by it; not those in excess.
    #[must_use]
    pub fn given(&self) -> u64 {
        self.value.saturating_add(self.moved.unsigned_abs())
    }
}

/// Why an indicium can't be redeemed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotRedeemable {
    /// Its serial was given to nobody.
    #[error("was never issued")]
    NeverIssued,
    /// Its value went back to its account.
    #[error("is void")]
    Void,
    /// An order makes it void at this moment.
    #[error("is becoming void")]
    BecomingVoid,
    /// It is used up.
    #[error("was redeemed already")]
    Redeemed,
    /// Less is left of it.
    #[error("has {left} left")]
    Exceeds {
        /// How much.
        left: Amount,
    },
    /// Fewer of its uses are left.
    #[error("has {0}")]
    TooManyUses(UsesLeft),
    /// It is used by shares, and something in between was asked for.
    #[error("is for {uses} uses of {share} each, and is used by whole ones")]
    BetweenShares {
        /// For how many uses it is.
        uses: u32,
        /// What each takes.
        share: Amount,
    },
    /// A number of uses was asked for of what has none.
    #[error("is used by amounts, and not by numbers of uses")]
    NoUses,
    /// Nothing was asked for.
    #[error("can't be redeemed for nothing")]
    Nothing,
    /// It is of a kind that is used whole.
    #[error("is used whole, for {left}, and not in part")]
    WholeOnly {
        /// All that is left of it.
        left: Amount,
    },
    /// Its amount is in another denomination.
    #[error("is worth an amount of {0}")]
    Denomination(Denomination),
    /// Its time hasn't come.
    #[error("isn't valid before {0}")]
    NotYetValid(UnixTime),
    /// Its time is over.
    #[error("expired at {0}")]
    Expired(UnixTime),
    /// Whoever holds it is too early.
    #[error("lets nobody in before {0}")]
    TooEarlyToEnter(UnixTime),
    /// Whoever holds it is too late.
    #[error("lets nobody in from {0} on")]
    TooLateToEnter(UnixTime),
    /// It lets in by another entrance.
    #[error("is for entrance {0}")]
    OtherEntrance(String),
    /// Nobody says that its holder signed it again.
    #[error("is good once its holder has signed it again before you and both signatures are alike")]
    NotCountersigned,
    /// Whoever leaves with it doesn't come in again.
    #[error("lets nobody in again, so that nobody is let out with it")]
    NoReentry,
    /// Fewer are inside with it than are to leave, or nobody.
    #[error("let in nobody who is inside still, or fewer than are to leave")]
    NotInside,
    /// Somebody went in or out with it since.
    #[error("was shown since by somebody who left or came in again")]
    MovedSince,
    /// It isn't shown by its holder's device, or was a while ago.
    #[error(transparent)]
    NotLive(#[from] NotLive),
}

impl NotRedeemable {
    /// Whether it comes from earlier uses.
    #[must_use]
    pub fn is_from_use(&self) -> bool {
        matches!(self, Self::Redeemed | Self::Exceeds { .. } | Self::TooManyUses(_))
    }
}

impl Terms {
    /// What claims say.
    #[must_use]
    pub fn of(claims: &Claims<'_>) -> Self {
        Self {
            worth: claims.amount,
            redeeming: Template::of_claims(claims).redeeming,
            uses: claims.details.uses,
            not_before: claims.not_before,
            expires: claims.expires,
            entry: claims.details.entry,
            entrance: claims.details.entrance.as_deref().map(str::to_owned),
            is_countersigned: claims.kind.is_countersigned(),
            reentry: claims.details.reentry,
            is_tied: claims.details.key.is_some(),
        }
    }

    /// Terms by which an indicium is used at any time and anywhere, however it is shown.
    #[must_use]
    pub fn new(worth: Amount, redeeming: Redeeming) -> Self {
        let (uses, not_before, expires, entry, entrance) = (None, None, None, EntryWindow::default(), None);
        let (is_countersigned, reentry, is_tied) = (false, false, false);
        Self {
            worth,
            redeeming,
            uses,
            not_before,
            expires,
            entry,
            entrance,
            is_countersigned,
            reentry,
            is_tied,
        }
    }

    /// The same at any time.
    #[must_use]
    pub fn at_any_time(&self) -> Self {
        Self { not_before: None, expires: None, entry: EntryWindow::default(), ..self.clone() }
    }

    /// Whether its uses may leave something of it.
    #[must_use]
    pub fn is_used_in_part(&self) -> bool {
        self.redeeming == Redeeming::InPart || self.uses.is_some()
    }

    /// What one use takes, whatever is left; none where it may be any part.
    #[must_use]
    pub fn share(&self) -> Option<Amount> {
        let whole = self.worth.units();
        // Claims whose amount can't be divided are refused where they are read.
        let of = |uses: u32| Amount::saturating(whole / u64::from(uses.max(1)), self.worth.denomination());
        self.uses.map(of).or((self.redeeming == Redeeming::Whole).then_some(self.worth))
    }

    /// What so many uses take.
    ///
    /// # Errors
    /// [`NotRedeemable::NoUses`], [`NotRedeemable::Nothing`], [`NotRedeemable::TooManyUses`].
    pub fn of_uses(&self, uses: u32) -> Result<Amount, NotRedeemable> {
        let (share, of) = (self.share().ok_or(NotRedeemable::NoUses)?, self.uses.unwrap_or(1));
        match uses {
            0 => Err(NotRedeemable::Nothing),
            uses if uses > of => Err(NotRedeemable::TooManyUses(UsesLeft { left: of, of })),
            uses => Ok(Amount::saturating(share.units() * u64::from(uses), share.denomination())),
        }
    }

    /// How many of its uses are left with so many units used, if it is for several.
    #[must_use]
    pub fn uses_left(&self, used: u64) -> Option<UsesLeft> {
        let left = self.worth.units().saturating_sub(used);
        self.uses.map(|of| UsesLeft { left: self.uses_in(left), of })
    }

    /// How many uses so many units are, where each takes the same.
    #[must_use]
    pub fn uses_in(&self, units: u64) -> u32 {
        let share = self.share().map_or(0, Amount::units);
        units.checked_div(share).and_then(|uses| u32::try_from(uses).ok()).unwrap_or(0)
    }

    /// Whether it lets in by an entrance. Names are compared as people say them: without regard to case.
    ///
    /// # Errors
    /// [`NotRedeemable::OtherEntrance`].
    pub fn check_entrance(&self, entrance: Option<&str>) -> Result<(), NotRedeemable> {
        let (Some(own), Some(here)) = (&self.entrance, entrance) else { return Ok(()) };
        if own.trim().to_lowercase() == here.trim().to_lowercase() {
            Ok(())
        } else {
            Err(NotRedeemable::OtherEntrance(own.clone()))
        }
    }

    /// Whether it is shown live at a time, if it is tied to its holder's device.
    ///
    /// # Errors
    /// [`NotRedeemable::NotLive`].
    pub fn check_live(&self, showing: Showing, at: UnixTime) -> Result<(), NotRedeemable> {
        if self.is_tied { Ok(showing.check_live(at)?) } else { Ok(()) }
    }

    /// Whether it is valid at a time, and lets in then.
    ///
    /// # Errors
    /// [`NotRedeemable::NotYetValid`], [`NotRedeemable::Expired`], [`NotRedeemable::TooEarlyToEnter`],
    /// [`NotRedeemable::TooLateToEnter`].
    pub fn check_time(&self, at: UnixTime) -> Result<(), NotRedeemable> {
        if let Some(not_before) = self.not_before.filter(|not_before| at < *not_before) {
            return Err(NotRedeemable::NotYetValid(not_before));
        }
        match self.expires.filter(|expires| at >= *expires) {
            Some(expires) => Err(NotRedeemable::Expired(expires)),
            None => self.check_entry(at),
        }
    }

    /// Whether it lets in at a time in which it is valid.
    ///
    /// # Errors
    /// [`NotRedeemable::TooEarlyToEnter`], [`NotRedeemable::TooLateToEnter`].
    pub fn check_entry(&self, at: UnixTime) -> Result<(), NotRedeemable> {
        match self.entry.at(at) {
            Entering::Open => Ok(()),
            Entering::TooEarly(from) => Err(NotRedeemable::TooEarlyToEnter(from)),
            Entering::TooLate(until) => Err(NotRedeemable::TooLateToEnter(until)),
        }
    }

    /// What it is if so much of it is used, and so much of that outside.
    #[must_use]
    pub fn status(&self, units: u64, outside: u64) -> Status {
        match units {
            0 => Status::Live,
            units if units >= self.worth.units() && outside == 0 => Status::Redeemed,
            _ => Status::RedeemedInPart,
        }
    }

    /// How far it is used if nothing but its status is known; none where that doesn't tell.
    #[must_use]
    pub fn used_by(&self, status: Status) -> Option<Used> {
        let worth = self.worth.units();
        let (units, outside) = match status {
            Status::Live | Status::Void => (0, 0),
            Status::Redeemed => (worth, 0),
            // What is used whole is used in part only while its holder is outside.
            Status::RedeemedInPart if self.reentry && !self.is_used_in_part() => (worth, worth),
            Status::RedeemedInPart => return None,
        };
        Some(Used { status, units, outside })
    }

    /// What an indicium becomes when a use is taken back that took units of its value, and by which more are outside, or fewer.
    /// What did neither, as a double use may have, is taken back whatever the indicium is.
    ///
    /// # Errors
    /// [`NotRedeemable::Void`], [`NotRedeemable::MovedSince`].
    pub fn take_back(&self, used: Used, value: u64, moved: i64) -> Result<Used, NotRedeemable> {
        if value == 0 && moved == 0 {
            return Ok(used);
        }
        if used.status == Status::Void {
            return Err(NotRedeemable::Void);
        }
        let units = used.units.saturating_sub(value);
        let outside = used.outside.checked_sub_signed(moved).filter(|outside| *outside <= units);
        let outside = outside.ok_or(NotRedeemable::MovedSince)?;
        Ok(Used { status: self.status(units, outside), units, outside })
    }

    /// What an indicium becomes by a use.
    ///
    /// # Errors
    /// [`NotRedeemable`].
    pub fn redeem(&self, used: Used, wanted: &Wanted<'_>) -> Result<Use, NotRedeemable> {
        if !wanted.is_past && used.status == Status::Void {
            return Err(NotRedeemable::Void);
        }
        match wanted.way {
            Way::In => self.let_in(used, wanted),
            Way::Out => self.let_out(used, wanted),
        }
    }

    /// Whoever comes in again comes before whoever comes in for the first time.
    fn let_in(&self, used: Used, wanted: &Wanted<'_>) -> Result<Use, NotRedeemable> {
        if !wanted.is_past && used.status == Status::Redeemed {
            return Err(NotRedeemable::Redeemed);
        }
        self.check_time(wanted.at)?;
        if !wanted.is_past {
            self.check_live(wanted.showing, wanted.at)?;
            self.check_entrance(wanted.entrance)?;
            if self.is_countersigned && !wanted.is_countersigned {
                return Err(NotRedeemable::NotCountersigned);
            }
        }
        let (worth, is_good) = (self.worth.units(), used.status.is_good());
        let (left, outside) = if is_good { (worth.saturating_sub(used.units), used.outside) } else { (0, 0) };
        // Whoever couldn't ask gave as much as he was asked for, or as it says itself.
        let most = if wanted.is_past { worth } else { left.saturating_add(outside) };
        let gives = self.asked(wanted.amount)?.unwrap_or(most);
        if gives > most {
            let too_many = self.uses_left(worth.saturating_sub(most)).map(NotRedeemable::TooManyUses);
            return Err(too_many.unwrap_or(NotRedeemable::Exceeds { left: self.amount(most) }));
        }
        if gives == 0 {
            return Err(NotRedeemable::Nothing);
        }
        if gives < most && !self.is_used_in_part() {
            return Err(NotRedeemable::WholeOnly { left: self.amount(most) });
        }
        let again = gives.min(outside);
        let value = (gives - again).min(left);
        let (units, outside) = (used.units.saturating_add(value), used.outside - again);
        let is_same = value == 0 && again == 0;
        let status = if is_same { used.status } else { self.status(units, outside) };
        let excess = gives - again - value;
        Ok(Use { to: Used { status, units, outside }, value, excess, moved: -change(again) })
    }

    /// Whoever leaves does so at any time, and by any door.
    fn let_out(&self, used: Used, wanted: &Wanted<'_>) -> Result<Use, NotRedeemable> {
        if !self.reentry {
            return Err(NotRedeemable::NoReentry);
        }
        if !wanted.is_past {
            self.check_live(wanted.showing, wanted.at)?;
        }
        let is_good = used.status != Status::Void;
        let inside = if is_good { used.units.saturating_sub(used.outside) } else { 0 };
        let asked = self.asked(wanted.amount)?;
        let leaves = match asked.unwrap_or(inside) {
            // Where he left, nobody could know who was inside.
            leaves if wanted.is_past => leaves.min(inside),
            0 if asked.is_some() => return Err(NotRedeemable::Nothing),
            leaves if leaves == 0 || leaves > inside => return Err(NotRedeemable::NotInside),
            leaves => leaves,
        };
        let (units, outside) = (used.units, used.outside.saturating_add(leaves));
        let status = if leaves == 0 { used.status } else { self.status(units, outside) };
        let to = Used { status, units, outside };
        Ok(Use { to, value: 0, excess: 0, moved: change(leaves) })
    }

    /// Units that are asked for, or one share of what is used by shares; none if that is all that there is.
    fn asked(&self, amount: Option<Amount>) -> Result<Option<u64>, NotRedeemable> {
        let denomination = self.worth.denomination();
        let units = match amount {
            None => return Ok(self.uses.and(self.share()).map(Amount::units)),
            Some(amount) if amount.denomination() != denomination => {
                return Err(NotRedeemable::Denomination(denomination));
            }
            Some(amount) => amount.units(),
        };
        match self.uses.zip(self.share()) {
            Some((uses, share)) if !units.is_multiple_of(share.units().max(1)) => {
                Err(NotRedeemable::BetweenShares { uses, share })
            }
            _ => Ok(Some(units)),
        }
    }

    /// Never more than it was issued for.
    fn amount(&self, units: u64) -> Amount {
        Amount::new(units, self.worth.denomination()).unwrap_or(self.worth)
    }
}

/// Units as a change; amounts have fewer digits than a change can have.
fn change(units: u64) -> i64 {
    i64::try_from(units).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn euros(units: u64) -> Amount {
        Amount::saturating(units, "EUR/2".parse().expect("a denomination"))
    }

    fn at(time: u64) -> Wanted<'static> {
        Wanted {
            amount: None,
            way: Way::In,
            at: UnixTime(time),
            entrance: None,
            showing: Showing::Bare,
            is_countersigned: false,
            is_past: false,
        }
    }

    #[test]
    fn one_enters_in_the_window_within_the_time_of_validity() {
        let (from, until) = (UnixTime(20), UnixTime(30));
        let terms = Terms {
            not_before: Some(UnixTime(10)),
            expires: Some(UnixTime(40)),
            entry: EntryWindow { from: Some(from), until: Some(until) },
            ..Terms::new(euros(100), Redeeming::Whole)
        };
        let redeemed = |time| terms.redeem(Used::default(), &at(time)).map(|made| made.value);
        for (time, expected) in [
            (9, Err(NotRedeemable::NotYetValid(UnixTime(10)))),
            (19, Err(NotRedeemable::TooEarlyToEnter(from))),
            (20, Ok(100)),
            (29, Ok(100)),
            (30, Err(NotRedeemable::TooLateToEnter(until))),
            (40, Err(NotRedeemable::Expired(UnixTime(40)))),
        ] {
            assert_eq!(redeemed(time), expected, "{time}");
        }
        assert!(terms.at_any_time().redeem(Used::default(), &at(0)).is_ok());
    }

    #[test]
    fn an_entrance_counts_where_both_name_one_unless_it_is_told_later() {
        let terms = Terms { entrance: Some("Nord".into()), ..Terms::new(euros(1), Redeeming::Whole) };
        let redeemed = |wanted: Wanted<'_>| terms.redeem(Used::default(), &wanted).err();
        for here in [None, Some("Nord"), Some(" NORD ")] {
            assert_eq!(redeemed(Wanted { entrance: here, ..at(0) }), None);
        }
        let south = Wanted { entrance: Some("Sud"), ..at(0) };
        assert_eq!(redeemed(south), Some(NotRedeemable::OtherEntrance("Nord".into())));
        assert_eq!(redeemed(Wanted { is_past: true, ..south }), None);
        let anywhere = Terms::new(euros(1), Redeeming::Whole);
        assert!(anywhere.redeem(Used::default(), &south).is_ok());
    }

    #[test]
    fn a_cheque_is_taken_once_it_was_signed_again() {
        let terms = Terms { is_countersigned: true, ..Terms::new(euros(5_000), Redeeming::Whole) };
        let redeemed = |wanted: &Wanted<'_>| terms.redeem(Used::default(), wanted).map(|made| made.value);
        assert_eq!(redeemed(&at(0)), Err(NotRedeemable::NotCountersigned));
        assert_eq!(redeemed(&Wanted { is_countersigned: true, ..at(0) }), Ok(5_000));
        assert_eq!(redeemed(&Wanted { is_past: true, ..at(0) }), Ok(5_000));
        let used = Used { status: Status::Redeemed, units: 5_000, outside: 0 };
        assert_eq!(terms.redeem(used, &at(0)), Err(NotRedeemable::Redeemed));
    }

    #[test]
    fn whoever_leaves_comes_in_again_and_nobody_else_does() {
        let terms = Terms { reentry: true, ..Terms::new(euros(100), Redeeming::Whole) };
        let out = Wanted { way: Way::Out, ..at(0) };
        assert_eq!(terms.redeem(Used::default(), &out), Err(NotRedeemable::NotInside));
        let inside = terms.redeem(Used::default(), &at(0)).expect("it is live").to;
        assert_eq!(terms.redeem(inside, &at(0)), Err(NotRedeemable::Redeemed));
        let left = terms.redeem(inside, &out).expect("he is inside");
        assert_eq!((left.value, left.moved, left.to.status), (0, 100, Status::RedeemedInPart));
        assert_eq!(terms.redeem(left.to, &out), Err(NotRedeemable::NotInside));
        let again = terms.redeem(left.to, &at(0)).expect("he left");
        assert_eq!((again.value, again.moved, again.to), (0, -100, inside));
        let once = Terms { reentry: false, ..terms };
        assert_eq!(once.redeem(inside, &out), Err(NotRedeemable::NoReentry));
    }

    #[test]
    fn a_use_is_taken_back_unless_it_would_leave_more_outside_than_came_in_or_fewer_than_none() {
        let terms = Terms { reentry: true, ..Terms::new(euros(100), Redeeming::Whole) };
        let state = |status, units, outside| Used { status, units, outside };
        let (live, inside) = (Used::default(), state(Status::Redeemed, 100, 0));
        let left = state(Status::RedeemedInPart, 100, 100);
        assert_eq!(terms.take_back(inside, 100, 0), Ok(live));
        assert_eq!(terms.take_back(left, 0, 100), Ok(inside));
        assert_eq!(terms.take_back(inside, 0, -100), Ok(left));
        assert_eq!(terms.take_back(left, 100, 0), Err(NotRedeemable::MovedSince));
        assert_eq!(terms.take_back(inside, 0, 100), Err(NotRedeemable::MovedSince));
        let void = state(Status::Void, 0, 0);
        assert_eq!(terms.take_back(void, 100, 0), Err(NotRedeemable::Void));
        assert_eq!(terms.take_back(void, 0, 0), Ok(void));
    }

    #[test]
    fn a_status_tells_how_far_what_is_used_whole_is_used() {
        let known = |terms: &Terms, status| terms.used_by(status).map(|used| (used.units, used.outside));
        let ticket = Terms { reentry: true, ..Terms::new(euros(100), Redeeming::Whole) };
        assert_eq!(known(&ticket, Status::Live), Some((0, 0)));
        assert_eq!(known(&ticket, Status::Redeemed), Some((100, 0)));
        assert_eq!(known(&ticket, Status::RedeemedInPart), Some((100, 100)));
        for other in [
            Terms { reentry: false, ..ticket.clone() },
            Terms { uses: Some(4), ..ticket.clone() },
            Terms { redeeming: Redeeming::InPart, ..ticket },
        ] {
            assert_eq!(known(&other, Status::RedeemedInPart), None);
        }
    }

    #[test]
    fn of_a_group_those_who_left_come_in_before_those_who_never_did() {
        let terms = Terms { uses: Some(4), reentry: true, ..Terms::new(euros(100), Redeeming::Whole) };
        let shares = |uses: u64| Some(euros(uses * 25));
        let mut used = Used::default();
        // Which way, how many, and then: how many never came in, how many are outside.
        for (way, uses, left, outside) in [
            (Way::In, 3, 1, 0),
            (Way::Out, 2, 1, 2),
            (Way::In, 1, 1, 1),
            (Way::In, 2, 0, 0),
            (Way::Out, 4, 0, 4),
        ] {
            used = terms.redeem(used, &Wanted { amount: shares(uses), way, ..at(0) }).expect("as many").to;
            assert_eq!((used.units, used.outside), ((4 - left) * 25, outside * 25), "{way:?} {uses}");
        }
        let five = Wanted { amount: shares(5), ..at(0) };
        assert_eq!(
            terms.redeem(used, &five),
            Err(NotRedeemable::TooManyUses(UsesLeft { left: 4, of: 4 })),
            "who is outside counts as one who may come"
        );
    }

    #[test]
    fn what_is_tied_to_a_device_is_used_where_that_shows_it_unless_it_is_told_later() {
        let terms = Terms { is_tied: true, ..Terms::new(euros(1), Redeeming::Whole) };
        let now = 1_000;
        let why = |showing| terms.redeem(Used::default(), &Wanted { showing, ..at(now) }).err();
        let not_live = |why| Some(NotRedeemable::NotLive(why));
        let by_device = |time| Showing::ByDevice(UnixTime(time));
        assert_eq!(why(Showing::Bare), not_live(NotLive::Copy));
        assert_eq!(why(Showing::Vouched), None);
        for (time, expected) in [
            (0, not_live(NotLive::Past(UnixTime(0)))),
            (now - 46, not_live(NotLive::Past(UnixTime(now - 46)))),
            (now - 45, None),
            (now, None),
            (now + 30, None),
            (now + 31, not_live(NotLive::Future(UnixTime(now + 31)))),
            (u64::MAX, not_live(NotLive::Future(UnixTime(u64::MAX)))),
        ] {
            assert_eq!(why(by_device(time)), expected, "{time}");
        }
        let told = Wanted { is_past: true, ..at(now) };
        assert!(terms.redeem(Used::default(), &told).is_ok());
        let anybody = Terms::new(euros(1), Redeeming::Whole);
        assert!(anybody.redeem(Used::default(), &at(now)).is_ok());
    }

    #[test]
    fn what_is_for_several_uses_is_used_by_shares_until_none_is_left() {
        let terms = Terms { uses: Some(4), ..Terms::new(euros(100), Redeeming::Whole) };
        let mut used = Used::default();
        for left in [3, 2, 1, 0] {
            let made = terms.redeem(used, &at(0)).expect("a share is left");
            assert_eq!((made.value, terms.uses_left(made.to.units)), (25, Some(UsesLeft { left, of: 4 })));
            used = made.to;
        }
        assert_eq!(
            (used.status, terms.redeem(used, &at(0))),
            (Status::Redeemed, Err(NotRedeemable::Redeemed))
        );
        let half = Used { status: Status::RedeemedInPart, units: 50, outside: 0 };
        let asked = |units| terms.redeem(half, &Wanted { amount: Some(euros(units)), ..at(0) });
        assert_eq!(asked(75), Err(NotRedeemable::TooManyUses(UsesLeft { left: 2, of: 4 })));
        assert_eq!(asked(30), Err(NotRedeemable::BetweenShares { uses: 4, share: euros(25) }));
        assert_eq!(asked(50).map(|made| made.to.status), Ok(Status::Redeemed));
        assert_eq!(terms.of_uses(3), Ok(euros(75)));
        assert_eq!(Terms::new(euros(9), Redeeming::InPart).of_uses(1), Err(NotRedeemable::NoUses));
    }
}
