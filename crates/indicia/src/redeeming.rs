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
}

/// A use that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// How much of the value; none for one share of what is for several uses, and for all that is left of anything else.
    pub amount: Option<Amount>,
    /// When: what the indicium's dates are compared with.
    pub at: UnixTime,
    /// At which entrance, if it is named there.
    pub entrance: Option<&'a str>,
    /// How it was shown.
    pub showing: Showing,
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
            is_tied: claims.details.key.is_some(),
        }
    }

    /// Terms by which an indicium is used at any time and anywhere, however it is shown.
    #[must_use]
    pub fn new(worth: Amount, redeeming: Redeeming) -> Self {
        let (uses, not_before, expires, entry, entrance) = (None, None, None, EntryWindow::default(), None);
        Self { worth, redeeming, uses, not_before, expires, entry, entrance, is_tied: false }
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

    /// What an indicium becomes by a use.
    ///
    /// # Errors
    /// [`NotRedeemable`].
    pub fn redeem(&self, used: Used, wanted: &Wanted<'_>) -> Result<Use, NotRedeemable> {
        match used.status {
            Status::Redeemed if !wanted.is_past => return Err(NotRedeemable::Redeemed),
            Status::Void if !wanted.is_past => return Err(NotRedeemable::Void),
            _ => {}
        }
        self.check_time(wanted.at)?;
        if !wanted.is_past {
            self.check_live(wanted.showing, wanted.at)?;
            self.check_entrance(wanted.entrance)?;
        }
        let (worth, denomination) = (self.worth.units(), self.worth.denomination());
        let left = if used.status.is_good() { worth.saturating_sub(used.units) } else { 0 };
        // Whoever couldn't ask gave as much as he was asked for, or as it says itself.
        let most = if wanted.is_past { worth } else { left };
        let gives = match wanted.amount {
            None => self.uses.and(self.share()).map_or(most, Amount::units),
            Some(amount) if amount.denomination() != denomination => {
                return Err(NotRedeemable::Denomination(denomination));
            }
            Some(amount) => amount.units(),
        };
        let value = gives.min(left);
        let amount = |units| Amount::new(units, denomination).unwrap_or(self.worth); // no more than it was issued for
        if let Some((uses, share)) = self.uses.zip(self.share())
            && !gives.is_multiple_of(share.units().max(1))
        {
            return Err(NotRedeemable::BetweenShares { uses, share });
        }
        if gives > most {
            let too_many = self.uses_left(worth - most).map(NotRedeemable::TooManyUses);
            return Err(too_many.unwrap_or(NotRedeemable::Exceeds { left: amount(most) }));
        }
        if gives == 0 {
            return Err(NotRedeemable::Nothing);
        }
        if gives < most && !self.is_used_in_part() {
            return Err(NotRedeemable::WholeOnly { left: amount(most) });
        }
        let units = used.units.saturating_add(value);
        let status = match used.status {
            status if value == 0 => status,
            _ if units >= worth => Status::Redeemed,
            _ => Status::RedeemedInPart,
        };
        Ok(Use { to: Used { status, units }, value, excess: gives - value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn euros(units: u64) -> Amount {
        Amount::saturating(units, "EUR/2".parse().expect("a denomination"))
    }

    fn at(time: u64) -> Wanted<'static> {
        Wanted { amount: None, at: UnixTime(time), entrance: None, showing: Showing::Bare, is_past: false }
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
        let half = Used { status: Status::RedeemedInPart, units: 50 };
        let asked = |units| terms.redeem(half, &Wanted { amount: Some(euros(units)), ..at(0) });
        assert_eq!(asked(75), Err(NotRedeemable::TooManyUses(UsesLeft { left: 2, of: 4 })));
        assert_eq!(asked(30), Err(NotRedeemable::BetweenShares { uses: 4, share: euros(25) }));
        assert_eq!(asked(50).map(|made| made.to.status), Ok(Status::Redeemed));
        assert_eq!(terms.of_uses(3), Ok(euros(75)));
        assert_eq!(Terms::new(euros(9), Redeeming::InPart).of_uses(1), Err(NotRedeemable::NoUses));
    }
}
