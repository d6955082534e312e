//! What an operator's template lets be issued: rules that narrow a [`Template`], the same for everybody who reads them.

use std::collections::BTreeMap;
use std::fmt;

use thiserror::Error;

use crate::amount::{Amount, Denomination};
use crate::item::Item;
use crate::list::ItemList;
use crate::template::Template;
use crate::time::UnixTime;

/// What items may say beside what they are worth, in the words of a template's document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Whom they are made out to.
    Holder,
    /// Class of service.
    Service,
    /// Weight.
    Weight,
    /// For how many uses they are.
    Uses,
    /// What they let in to.
    Event,
    /// Where one sits there.
    Seat,
    /// By which entrance.
    Entrance,
    /// When one enters: from, until, or both.
    Entry,
    /// Date of mailing.
    Mailed,
    /// Postcode where that is.
    Origin,
    /// Postcode to which they go.
    Destination,
    /// That whoever leaves may come in again.
    Reentry,
    /// The barcode of their trade's own.
    Barcode,
    /// Key of their holder's device.
    Key,
}

impl Detail {
    /// Every one.
    pub const ALL: [Self; 14] = [
        Self::Holder,
        Self::Service,
        Self::Weight,
        Self::Uses,
        Self::Event,
        Self::Seat,
        Self::Entrance,
        Self::Entry,
        Self::Mailed,
        Self::Origin,
        Self::Destination,
        Self::Reentry,
        Self::Barcode,
        Self::Key,
    ];

    /// Its name in a document.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holder => "holder",
            Self::Service => "service",
            Self::Weight => "weight",
            Self::Uses => "uses",
            Self::Event => "event",
            Self::Seat => "seat",
            Self::Entrance => "entrance",
            Self::Entry => "entry",
            Self::Mailed => "mailed",
            Self::Origin => "origin",
            Self::Destination => "destination",
            Self::Reentry => "reentry",
            Self::Barcode => "barcode",
            Self::Key => "key",
        }
    }

    /// In a sentence.
    fn in_words(self) -> &'static str {
        match self {
            Self::Uses => "number of uses",
            Self::Entry => "time of entering",
            Self::Mailed => "date of mailing",
            Self::Reentry => "re-entry",
            Self::Key => "holder's key",
            other => other.name(),
        }
    }

    /// Whether an item says it.
    #[must_use]
    pub fn is_in(self, item: &Item) -> bool {
        let details = &item.details;
        match self {
            Self::Holder => item.holder.is_some(),
            Self::Service => item.service.is_some(),
            Self::Weight => item.weight_grams.is_some(),
            Self::Uses => details.uses.is_some(),
            Self::Event => details.event.is_some(),
            Self::Seat => details.seat.is_some(),
            Self::Entrance => details.entrance.is_some(),
            Self::Entry => details.entry.is_there(),
            Self::Mailed => details.mailed.is_some(),
            Self::Origin => details.origin.is_some(),
            Self::Destination => details.destination.is_some(),
            Self::Reentry => details.reentry,
            Self::Barcode => details.barcode.is_some(),
            Self::Key => details.key.is_some(),
        }
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.in_words())
    }
}

/// Whether items say something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Presence {
    /// They must.
    Required,
    /// They may.
    #[default]
    Optional,
    /// They mustn't.
    Never,
}

/// What items may be worth.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Price {
    /// Anything.
    #[default]
    Any,
    /// One of these: one alone is a fixed price, several are denominations.
    OneOf(Vec<Amount>),
    /// From `least` to `most`, both included, in steps from `least` on.
    Range {
        /// The least.
        least: Amount,
        /// The most.
        most: Amount,
        /// The step, more than nothing.
        step: Amount,
    },
}

/// The rules of one version of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// What they narrow.
    pub template: &'static Template,
    /// The version, from 1: a later one takes the place of an earlier one.
    pub version: u32,
    /// From which accounts it is issued; any, if none is named.
    pub accounts: Vec<String>,
    /// What items must say or mustn't; they may say all that isn't here.
    pub details: BTreeMap<Detail, Presence>,
    /// What they are worth.
    pub price: Price,
    /// No item is valid before this.
    pub not_before: Option<UnixTime>,
    /// No item is valid from this on.
    pub expires: Option<UnixTime>,
    /// No item is valid for more days than this.
    pub most_days: Option<u32>,
}

/// Which rule an item breaks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RuleError {
    /// The account isn't among those that issue it.
    #[error("it isn't issued from account {account}, but from {allowed}")]
    Account {
        /// The account.
        account: String,
        /// Those that may.
        allowed: String,
    },
    /// Something is missing.
    #[error("it must name its {0}")]
    Missing(Detail),
    /// Something mustn't be there.
    #[error("it mustn't name any {0}")]
    Needless(Detail),
    /// The account is in another denomination than the prices.
    #[error("it is issued in {0}")]
    Denomination(Denomination),
    /// None of the prices.
    #[error("it is worth {allowed}, not {amount}")]
    NotOneOf {
        /// What was asked for.
        amount: Amount,
        /// What there is.
        allowed: String,
    },
    /// Outside of the range, or between two steps.
    #[error("it is worth {least} to {most} in steps of {step}, not {amount}")]
    OutOfRange {
        /// What was asked for.
        amount: Amount,
        /// The least.
        least: Amount,
        /// The most.
        most: Amount,
        /// The step.
        step: Amount,
    },
    /// Valid too early.
    #[error("it must name a day from which it is valid, {0} or later")]
    TooEarly(UnixTime),
    /// Valid too long.
    #[error("it must name a day until which it is valid, and end at {0} at the latest")]
    TooLate(UnixTime),
    /// Valid for too long.
    #[error("it must name the days from which and until which it is valid, {0} at the most")]
    TooLong(u32),
}

impl Rules {
    /// Checks an item of this template that is to be issued from an account.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(&self, account: &str, item: &Item) -> Result<(), RuleError> {
        if !self.accounts.is_empty() && !self.accounts.iter().any(|allowed| allowed == account) {
            let (account, allowed) = (account.to_owned(), self.accounts.join(", "));
            return Err(RuleError::Account { account, allowed });
        }
        self.details.iter().try_for_each(|(detail, presence)| presence.check(*detail, item))?;
        self.price.check(item.amount)?;
        // An item that names no time is valid at any.
        if let Some(from) = self.not_before.filter(|from| item.not_before.is_none_or(|time| time < *from)) {
            return Err(RuleError::TooEarly(from));
        }
        if let Some(until) = self.expires.filter(|until| item.expires.is_none_or(|time| time > *until)) {
            return Err(RuleError::TooLate(until));
        }
        let Some(most) = self.most_days else { return Ok(()) };
        let seconds = match (item.not_before, item.expires) {
            (Some(from), Some(until)) => until.0.saturating_sub(from.0),
            _ => u64::MAX,
        };
        if seconds <= u64::from(most) * DAY { Ok(()) } else { Err(RuleError::TooLong(most)) }
    }
}

/// Seconds of a day: times are in UTC, which has no other days here.
const DAY: u64 = 86_400;

impl Presence {
    fn check(self, detail: Detail, item: &Item) -> Result<(), RuleError> {
        match (self, detail.is_in(item)) {
            (Self::Required, false) => Err(RuleError::Missing(detail)),
            (Self::Never, true) => Err(RuleError::Needless(detail)),
            _ => Ok(()),
        }
    }
}

impl Price {
    fn check(&self, amount: Amount) -> Result<(), RuleError> {
        let same = |known: &Amount| {
            let denomination = known.denomination();
            if amount.denomination() == denomination {
                Ok(())
            } else {
                Err(RuleError::Denomination(denomination))
            }
        };
        match self {
            Self::Any => Ok(()),
            Self::OneOf(prices) => {
                prices.first().map_or(Ok(()), same)?;
                if prices.contains(&amount) {
                    return Ok(());
                }
                let allowed: Vec<_> = prices.iter().map(Amount::to_string).collect();
                Err(RuleError::NotOneOf { amount, allowed: allowed.join(" or ") })
            }
            Self::Range { least, most, step } => {
                same(least)?;
                let units = amount.units();
                let is_inside = (least.units()..=most.units()).contains(&units);
                if is_inside && (units - least.units()).is_multiple_of(step.units()) {
                    return Ok(());
                }
                Err(RuleError::OutOfRange { amount, least: *least, most: *most, step: *step })
            }
        }
    }
}

/// The rules of all templates that have some.
#[derive(Debug, Clone, Default)]
pub struct RuleBook(BTreeMap<u16, Rules>);

/// Which item of a batch breaks which rule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("item {item} breaks a rule of template {template}, version {version}: {error}")]
pub struct BrokenRule {
    /// 1-based place in the list.
    pub item: usize,
    /// Name of the template.
    pub template: &'static str,
    /// Which version of it.
    pub version: u32,
    /// The rule.
    pub error: RuleError,
}

impl FromIterator<Rules> for RuleBook {
    /// Of several rules of the same template the last ones count.
    fn from_iter<T: IntoIterator<Item = Rules>>(all: T) -> Self {
        Self(all.into_iter().map(|rules| (rules.template.id.0, rules)).collect())
    }
}

impl RuleBook {
    /// Checks all items that are to be issued together from an account.
    ///
    /// # Errors
    /// [`BrokenRule`] with the first fault.
    pub fn check(&self, account: &str, list: &ItemList) -> Result<(), BrokenRule> {
        // Most operators have none, and a batch has a million items.
        if self.0.is_empty() {
            return Ok(());
        }
        for (item, place) in list.items.iter().zip(1..) {
            let Some(rules) = self.0.get(&item.template.id.0) else { continue };
            rules.check(account, item).map_err(|error| BrokenRule {
                item: place,
                template: item.template.name,
                version: rules.version,
                error,
            })?;
        }
        Ok(())
    }
}
