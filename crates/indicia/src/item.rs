//! Items: what a customer asks for, before it becomes an indicium.

use thiserror::Error;

use crate::amount::Amount;
use crate::template::Template;
use crate::time::UnixTime;

/// Longest holder data in bytes of UTF-8.
pub const MAX_HOLDER: usize = 120;
/// Longest reference in bytes of UTF-8.
pub const MAX_REFERENCE: usize = 64;
/// Longest service in bytes of UTF-8.
pub const MAX_SERVICE: usize = 40;

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
        match (self.not_before, self.expires) {
            (Some(from), Some(until)) if until <= from => Err(ItemError::ExpiresBeforeValid),
            _ => Ok(()),
        }
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
