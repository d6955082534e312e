//! What becomes of an indicium by a use: one rule, for the books and for whoever has to decide without them.

use thiserror::Error;

use crate::amount::{Amount, Denomination};
use crate::claims::Claims;
use crate::status::Status;
use crate::template::{Redeeming, Template};
use crate::time::UnixTime;

/// What an indicium itself says of its uses. It never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// What it was issued for.
    pub worth: Amount,
    /// Whether a use takes all of that.
    pub redeeming: Redeeming,
    /// Not valid before this.
    pub not_before: Option<UnixTime>,
    /// Not valid from this on.
    pub expires: Option<UnixTime>,
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
pub struct Wanted {
    /// How much of the value; none for all that is left.
    pub amount: Option<Amount>,
    /// When: what the indicium's dates are compared with.
    pub at: UnixTime,
    /// Whether it was made already, without asking: then it counts whatever was left.
    pub is_past: bool,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
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
}

impl Terms {
    /// What claims say.
    #[must_use]
    pub fn of(claims: &Claims<'_>) -> Self {
        Self {
            worth: claims.amount,
            redeeming: Template::of_claims(claims).redeeming,
            not_before: claims.not_before,
            expires: claims.expires,
        }
    }

    /// Whether it is valid at a time.
    ///
    /// # Errors
    /// [`NotRedeemable::NotYetValid`], [`NotRedeemable::Expired`].
    pub fn check_time(&self, at: UnixTime) -> Result<(), NotRedeemable> {
        if let Some(not_before) = self.not_before.filter(|not_before| at < *not_before) {
            return Err(NotRedeemable::NotYetValid(not_before));
        }
        match self.expires.filter(|expires| at >= *expires) {
            Some(expires) => Err(NotRedeemable::Expired(expires)),
            None => Ok(()),
        }
    }

    /// What an indicium becomes by a use.
    ///
    /// # Errors
    /// [`NotRedeemable`].
    pub fn redeem(&self, used: Used, wanted: &Wanted) -> Result<Use, NotRedeemable> {
        match used.status {
            Status::Redeemed if !wanted.is_past => return Err(NotRedeemable::Redeemed),
            Status::Void if !wanted.is_past => return Err(NotRedeemable::Void),
            _ => {}
        }
        self.check_time(wanted.at)?;
        let (worth, denomination) = (self.worth.units(), self.worth.denomination());
        let left = if used.status.is_good() { worth.saturating_sub(used.units) } else { 0 };
        // Whoever couldn't ask gave as much as he was asked for, or as it says itself.
        let most = if wanted.is_past { worth } else { left };
        let gives = match wanted.amount {
            None => most,
            Some(amount) if amount.denomination() != denomination => {
                return Err(NotRedeemable::Denomination(denomination));
            }
            Some(amount) => amount.units(),
        };
        let value = gives.min(left);
        let amount = |units| Amount::new(units, denomination).unwrap_or(self.worth); // no more than it was issued for
        if gives > most {
            return Err(NotRedeemable::Exceeds { left: amount(most) });
        }
        if gives == 0 {
            return Err(NotRedeemable::Nothing);
        }
        if gives < most && self.redeeming == Redeeming::Whole {
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
