//! GS1 element strings, and what GS1 has for coupons: application identifiers 255, 8110, 8112, and 8030 for a signature.
//!
//! The rules are those of GS1's Barcode Syntax Dictionary (gs1/gs1-syntax-dictionary: `lint_couponcode.c`,
//! `lint_couponposoffer.c`, `gs1-syntax-dictionary.txt`). Only as much of GS1 as coupons need: an identifier that isn't in the table
//! below is taken with any value that a symbol can hold.

mod coupon;
mod elements;
mod offer;

pub use coupon::{Coupon, Purchase, Requirement, Saving};
pub use elements::{Element, ElementString};
pub use offer::PositiveOffer;

use thiserror::Error;

/// Separates an element of variable length from the next: FNC1, as readers give it.
pub const SEPARATOR: char = '\u{1d}';

/// Why a text is no element string, or an element isn't as GS1 has it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Gs1Error {
    /// No application identifier where one must be.
    #[error("no application identifier begins at character {0}")]
    Identifier(usize),
    /// A value with a wrong length or wrong characters.
    #[error("the value of ({0}) isn't as GS1 has it")]
    Value(String),
    /// A check digit is wrong.
    #[error("the check digit of ({ai}) is {found}, and should be {expected}")]
    CheckDigit {
        /// Of which.
        ai: String,
        /// What it is.
        found: u8,
        /// What it should be.
        expected: u8,
    },
    /// The same identifier with two values.
    #[error("({0}) is there twice with different values")]
    Twice(String),
    /// A signature over nothing that identifies one thing.
    #[error("(8030) signs one item, and no serialised identifier is beside it")]
    Unserialised,
    /// A coupon ends too early.
    #[error("the coupon ends in the middle of its {0}")]
    Cut(&'static str),
    /// A coupon's field.
    #[error("the coupon's {0} isn't as GS1 has it")]
    Field(&'static str),
    /// Something stands where nothing may.
    #[error("{0} digits are left over at the coupon's end")]
    Trailing(usize),
}

/// Digits of a coupon, read one field after the other.
struct Digits<'a>(&'a str);

impl<'a> Digits<'a> {
    fn new(text: &'a str) -> Result<Self, Gs1Error> {
        let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
        if is_digits && text.len() <= 70 { Ok(Self(text)) } else { Err(Gs1Error::Field("text")) }
    }

    fn take(&mut self, count: usize, field: &'static str) -> Result<&'a str, Gs1Error> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Gs1Error::Cut(field))?;
        self.0 = rest;
        Ok(taken)
    }

    fn digit(&mut self, allowed: &[u8], field: &'static str) -> Result<u8, Gs1Error> {
        let digit = self.take(1, field)?.as_bytes()[0] - b'0';
        if allowed.contains(&digit) { Ok(digit) } else { Err(Gs1Error::Field(field)) }
    }

    /// A digit that says how many follow, and those.
    fn sized(&mut self, allowed: &[u8], more: usize, field: &'static str) -> Result<&'a str, Gs1Error> {
        let size = self.digit(allowed, field)?;
        self.take(usize::from(size) + more, field)
    }

    fn finish(&self) -> Result<(), Gs1Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Gs1Error::Trailing(self.0.len())) }
    }
}

/// GS1's check digit over the digits before it: weights 3 and 1 from the right.
#[must_use]
pub fn check_digit(digits: &str) -> Option<u8> {
    let weighted = digits.bytes().rev().enumerate().map(|(place, digit)| {
        let digit = digit.is_ascii_digit().then(|| u32::from(digit - b'0'))?;
        Some(if place % 2 == 0 { digit * 3 } else { digit })
    });
    let sum = weighted.sum::<Option<u32>>()?;
    u8::try_from((10 - sum % 10) % 10).ok()
}
