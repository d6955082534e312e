//! Uses of indicia: how they are asked for, and what is said of them.

use indicia::{Amount, Serial, Showing, Terms, UnixTime, UnixTimeError, Use, Way};
use serde::{Deserialize, Serialize};

use crate::kind::Kind;
use crate::problem::Problem;

/// Characters of a gate's name and of a reason at most.
const MOST_TEXT: usize = 200;
/// Seconds by which the clock of whoever tells of a use may be ahead.
const CLOCK_DIFFERENCE: u64 = 300;

/// What is redeemed: an indicium as it was read, or the serial that is printed on it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// The indicium's text, or what its holder's device shows of it. The signatures are checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indicium: Option<String>,
    /// The serial, where no indicium can be read. Only the books say what it is then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// How much of its value, in its own denomination: `1.50`. If nothing is said, one use of what is for several, and all that is
    /// left of anything else. Only a voucher, and what is for several uses, is used in part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// How many of its uses, instead of an amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
    /// Whether its holder leaves, to come in again: of what is for several uses one, or as many as `uses` says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leaves: bool,
    /// Where: a gate, a counter, a vehicle.
    pub gate: String,
    /// At which entrance that is, as tickets name it: one that is for another is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entrance: Option<String>,
    /// Whether its holder signed it just now before the steward, and both signatures are alike: a traveller's cheque isn't
    /// redeemed otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub countersigned: bool,
    /// Of a serial, whether whoever asks saw that the indicium's holder's device showed it live. A gate says so, which checks that
    /// itself and asks with serials. With an indicium's text it counts for nothing: that shows it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub seen_live: bool,
    /// When, if it was used without a network: it is put on record then, whatever was left of it. RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_at: Option<String>,
}

/// A use of an indicium.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Redemption {
    /// The serial as printed.
    pub serial: String,
    /// Which of the indicium's redemptions it is, from 1. A gate that decided alone doesn't know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redemption: Option<u32>,
    /// How much of its value this took.
    pub amount: String,
    /// How much of its value was left after it.
    pub left: String,
    /// For how many uses it is, if for several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
    /// How many of them this took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses_taken: Option<u32>,
    /// How many of them were left after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses_left: Option<u32>,
    /// How many left with it by this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub let_out: Option<u32>,
    /// How many of those who had left came in again by this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub came_again: Option<u32>,
    /// How many were outside after it who may come in again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside: Option<u32>,
    /// What it was after it: redeemed, or redeemed in part, which it is also while somebody is outside who may come in again.
    pub status: String,
    /// What was given beyond what was left, by a gate without a network: a double use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excess: Option<String>,
    /// Where.
    pub gate: String,
    /// The steward.
    pub by: String,
    /// When.
    pub at: String,
    /// How it was taken back, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reversed: Option<Reversed>,
    /// Why a gate decided this alone, and until when it knows what was used elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alone: Option<String>,
}

/// That a redemption was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Reversed {
    /// The provider.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: String,
}

/// A page of double uses.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DoubleUses {
    /// What is on it.
    pub items: Vec<DoubleUse>,
    /// The cursor of the next page, if there is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A use for which more was given than was left of an indicium.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DoubleUse {
    /// The use.
    pub r#use: Redemption,
    /// What else was made of the same indicium, wherever and whenever.
    pub others: Vec<Redemption>,
}

impl Redemption {
    /// What is said of a use.
    #[must_use]
    pub fn new(serial: Serial, terms: &Terms, made: &Use) -> Self {
        let left = terms.worth.units().saturating_sub(made.to.units);
        let amount = |units| Amount::saturating(units, terms.worth.denomination()).to_string();
        let people = |units: u64| Some(terms.uses_in(units)).filter(|people| *people > 0);
        let moved = |moved: i64| people(u64::try_from(moved).unwrap_or(0));
        Self {
            serial: serial.to_string(),
            redemption: None,
            amount: amount(made.value),
            left: amount(left),
            uses: terms.uses,
            uses_taken: terms.uses.map(|_| terms.uses_in(made.value)),
            uses_left: terms.uses.map(|_| terms.uses_in(left)),
            let_out: moved(made.moved),
            came_again: moved(-made.moved),
            outside: people(made.to.outside),
            status: made.to.status.name().to_owned(),
            excess: (made.excess > 0).then(|| amount(made.excess)),
            gate: String::new(),
            by: String::new(),
            at: String::new(),
            reversed: None,
            alone: None,
        }
    }
}

/// A text that a person wrote: a gate's name, a reason.
///
/// # Errors
/// A [`Problem`] where it is empty, too long, or has characters of control.
pub fn said(what: &str, text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MOST_TEXT || text.contains(char::is_control) {
        let detail = format!("the {what} has 1 to {MOST_TEXT} characters, and none of control");
        return Err(Problem::new(Kind::Malformed, detail));
    }
    Ok(text.to_owned())
}

impl Shown {
    /// How much is to be redeemed of an indicium with this serial and these terms, if that is said.
    ///
    /// # Errors
    /// A [`Problem`] where that is no amount of its denomination, or more uses than it is for.
    pub fn part(&self, serial: Serial, terms: &Terms) -> Result<Option<Amount>, Problem> {
        self.check_part()?;
        if let Some(uses) = self.uses {
            let refused =
                |why| Problem::new(Kind::NotRedeemable, format!("{serial} {why}; nothing was redeemed"));
            return terms.of_uses(uses).map(Some).map_err(refused);
        }
        let Some(text) = &self.amount else { return Ok(None) };
        let wrong = |error| Problem::new(Kind::Malformed, format!("the amount {text:?}: {error}"));
        Amount::parse(text, terms.worth.denomination()).map(Some).map_err(wrong)
    }

    /// Checks that how much is to be redeemed is said in one way.
    ///
    /// # Errors
    /// A [`Problem`].
    pub fn check_part(&self) -> Result<(), Problem> {
        let is_twice = self.amount.is_some() && self.uses.is_some();
        let twice = || Problem::new(Kind::Malformed, "either an amount or a number of uses is redeemed");
        if is_twice { Err(twice()) } else { Ok(()) }
    }

    /// Which way its holder goes.
    #[must_use]
    pub fn way(&self) -> Way {
        if self.leaves { Way::Out } else { Way::In }
    }

    /// How what has a serial alone was shown.
    #[must_use]
    pub fn showing_of_serial(&self) -> Showing {
        if self.seen_live { Showing::Vouched } else { Showing::Bare }
    }

    /// At which entrance it is shown, if that is said.
    ///
    /// # Errors
    /// A [`Problem`] where the name is empty, too long, or has characters of control.
    pub fn entrance(&self) -> Result<Option<String>, Problem> {
        self.entrance.as_deref().map(|entrance| said("entrance", entrance)).transpose()
    }
}

/// When something was used, as whoever had no network then says.
///
/// # Errors
/// A [`Problem`] where that is no time, or one to come.
pub fn past(text: &str, now: UnixTime) -> Result<UnixTime, Problem> {
    let malformed = |reason: String| Problem::new(Kind::Malformed, format!("used_at {text:?} {reason}"));
    let at: UnixTime = text.parse().map_err(|error: UnixTimeError| malformed(error.to_string()))?;
    if at.0 > now.0.saturating_add(CLOCK_DIFFERENCE) {
        return Err(malformed(format!("is in the future: here it is {now}; set the gate's clock")));
    }
    Ok(at)
}
