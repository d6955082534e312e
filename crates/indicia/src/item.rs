//! Items: what a customer asks for, before it becomes an indicium.

use thiserror::Error;

use crate::amount::Amount;
use crate::details::{Details, EntryWindow};
use crate::template::{Kind, Template};
use crate::time::UnixTime;

/// Longest holder data in bytes of UTF-8.
pub const MAX_HOLDER: usize = 120;
/// Longest reference in bytes of UTF-8.
pub const MAX_REFERENCE: usize = 64;
/// Longest service in bytes of UTF-8.
pub const MAX_SERVICE: usize = 40;
/// Longest event in bytes of UTF-8.
pub const MAX_EVENT: usize = 80;
/// Longest seat and longest entrance in bytes of UTF-8.
pub const MAX_PLACE: usize = 40;
/// Longest postcode in bytes of UTF-8.
pub const MAX_POSTCODE: usize = 20;
/// Most uses that an item may be for.
pub const MAX_USES: u32 = 10_000;

/// One item that was asked for. [`Item::check`] says whether it can be issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// How it is made; the kind follows from it.
    pub template: &'static Template,
    /// What it is worth.
    pub amount: Amount,
    /// Who it is for: only a salted digest of it goes into the symbol.
    pub holder: Option<String>,
    /// The customer's own name for it; never in the symbol.
    pub reference: Option<String>,
    /// Not valid before this.
    pub not_before: Option<UnixTime>,
    /// Not valid from this on.
    pub expires: Option<UnixTime>,
    /// Weight in grams, of a mail piece.
    pub weight_grams: Option<u32>,
    /// Class of service, of a mail piece or a ride.
    pub service: Option<String>,
    /// What else it says, of a ticket or of a mail piece.
    pub details: Details<'static>,
}

/// Why an item can't be issued.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ItemError {
    /// Worth nothing.
    #[error("the amount is zero")]
    Zero,
    /// Too much text.
    #[error("the {field} has {length} bytes, {most} are possible")]
    TooLong {
        /// Which text.
        field: &'static str,
        /// Its length in bytes.
        length: usize,
        /// The most.
        most: usize,
    },
    /// Empty text where there should be some or nothing at all.
    #[error("the {0} is empty")]
    Empty(&'static str),
    /// Characters that can't be printed.
    #[error("the {0} has a control character")]
    ControlCharacter(&'static str),
    /// Ends before it begins.
    #[error("it expires before it is valid")]
    ExpiresBeforeValid,
    /// For one use, which is what all items are for, or for too many.
    #[error("it is for {0} uses; 2 to {MAX_USES} are possible, or nothing for one")]
    Uses(u32),
    /// Uses that can't take equal shares.
    #[error("{amount} can't be divided into {uses} equal shares")]
    Shares {
        /// What it is worth.
        amount: Amount,
        /// For how many uses.
        uses: u32,
    },
    /// It isn't a ticket, and nobody enters with it.
    #[error("only a ticket lets in again whoever left")]
    Reentry,
    /// Mail pieces have their post's barcodes, coupons and vouchers GS1's.
    #[error(
        "a {0} has no such barcode: postage has the digits of an Intelligent Mail barcode, a coupon or voucher a GS1 element string"
    )]
    Barcode(&'static str),
    /// Entering begins when it isn't valid.
    #[error("entering begins outside of the time in which it is valid")]
    EnterFrom,
    /// Entering ends when it isn't valid.
    #[error("entering ends outside of the time in which it is valid")]
    EnterUntil,
    /// Nobody can ever enter.
    #[error("entering ends before it begins")]
    NeverEntered,
}

impl Item {
    /// An item of a template with nothing but an amount.
    #[must_use]
    pub fn new(template: &'static Template, amount: Amount) -> Self {
        Self {
            template,
            amount,
            holder: None,
            reference: None,
            not_before: None,
            expires: None,
            weight_grams: None,
            service: None,
            details: Details::default(),
        }
    }

    /// Checks everything that can be seen of one item alone.
    ///
    /// # Errors
    /// The first fault found.
    pub fn check(&self) -> Result<(), ItemError> {
        if self.amount.units() == 0 {
            return Err(ItemError::Zero);
        }
        check_text("holder", self.holder.as_deref(), MAX_HOLDER)?;
        check_text("reference", self.reference.as_deref(), MAX_REFERENCE)?;
        check_text("service", self.service.as_deref(), MAX_SERVICE)?;
        let details = &self.details;
        check_text("event", details.event.as_deref(), MAX_EVENT)?;
        check_text("seat", details.seat.as_deref(), MAX_PLACE)?;
        check_text("entrance", details.entrance.as_deref(), MAX_PLACE)?;
        check_text("origin", details.origin.as_deref(), MAX_POSTCODE)?;
        check_text("destination", details.destination.as_deref(), MAX_POSTCODE)?;
        self.check_uses()?;
        if details.reentry && self.template.kind != Kind::Ticket {
            return Err(ItemError::Reentry);
        }
        let kind = self.template.kind;
        if details.barcode.as_ref().is_some_and(|barcode| !barcode.is_of(kind)) {
            return Err(ItemError::Barcode(kind.name()));
        }
        match (self.not_before, self.expires) {
            (Some(from), Some(until)) if until <= from => Err(ItemError::ExpiresBeforeValid),
            _ => self.check_entry(),
        }
    }

    fn check_uses(&self) -> Result<(), ItemError> {
        match self.details.uses {
            Some(uses) if !(2..=MAX_USES).contains(&uses) => Err(ItemError::Uses(uses)),
            Some(uses) if !self.amount.units().is_multiple_of(uses.into()) => {
                Err(ItemError::Shares { amount: self.amount, uses })
            }
            _ => Ok(()),
        }
    }

    fn check_entry(&self) -> Result<(), ItemError> {
        let EntryWindow { from, until } = self.details.entry;
        // An item that names no time is valid at any.
        let (valid, over) = (self.not_before.unwrap_or_default(), self.expires.unwrap_or(UnixTime(u64::MAX)));
        if from.is_some_and(|from| from < valid || from >= over) {
            return Err(ItemError::EnterFrom);
        }
        if until.is_some_and(|until| until <= valid || until > over) {
            return Err(ItemError::EnterUntil);
        }
        if from.zip(until).is_some_and(|(from, until)| until <= from) {
            return Err(ItemError::NeverEntered);
        }
        Ok(())
    }
}

fn check_text(field: &'static str, text: Option<&str>, most: usize) -> Result<(), ItemError> {
    let Some(text) = text else { return Ok(()) };
    if text.is_empty() {
        return Err(ItemError::Empty(field));
    }
    if text.len() > most {
        return Err(ItemError::TooLong { field, length: text.len(), most });
    }
    if text.chars().any(char::is_control) { Err(ItemError::ControlCharacter(field)) } else { Ok(()) }
}
