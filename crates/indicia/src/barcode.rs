//! A barcode of its trade's own that an item brings along: it stands on paper beside the indicium, which says it too.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::gs1::{ElementString, Gs1Error};
use crate::postal::imb::{Imb, ImbError, Tracking};
use crate::template::Kind;

/// Longest text of one: a serialised coupon number with a signature in (8030) has 125 characters.
const MAX_TEXT: usize = 160;

/// What the barcode says. Its text is digits only, or begins with a parenthesis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Barcode {
    /// A mail piece's Intelligent Mail barcode (USPS-B-3200): the digits of its tracking code, and of its routing code behind them.
    Imb(Imb),
    /// A coupon's or a voucher's GS1 element string, as people write it: `(8112)…`, or `(255)…`.
    Gs1(ElementString),
}

/// Why a text is no such barcode.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BarcodeError {
    /// Neither digits nor a parenthesis.
    #[error(
        "a barcode is the 20 to 31 digits of an Intelligent Mail barcode, or a GS1 element string such as (255)9501101020917"
    )]
    Form,
    /// More than any symbol beside another has room for.
    #[error("the barcode has {0} characters, {MAX_TEXT} are possible")]
    TooLong(usize),
    /// It isn't as the post has it.
    #[error("{0}")]
    Imb(#[from] ImbError),
    /// It isn't as GS1 has it.
    #[error("{0}")]
    Gs1(#[from] Gs1Error),
}

impl Barcode {
    /// Whether a symbol of this content is it. Four-state bars are in no symbol.
    #[must_use]
    pub fn is_in(&self, content: &[u8]) -> bool {
        let elements = || ElementString::decode(std::str::from_utf8(content).ok()?).ok();
        matches!(self, Self::Gs1(own) if elements().is_some_and(|elements| elements == *own))
    }

    /// Whether items of a kind have such a one.
    #[must_use]
    pub fn is_of(&self, kind: Kind) -> bool {
        match self {
            Self::Imb(_) => kind == Kind::Postage,
            Self::Gs1(_) => matches!(kind, Kind::Coupon | Kind::Voucher),
        }
    }
}

impl fmt::Display for Barcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Imb(Imb { tracking, routing }) => write!(f, "{tracking}{routing}"),
            Self::Gs1(elements) => elements.fmt(f),
        }
    }
}

impl FromStr for Barcode {
    type Err = BarcodeError;

    fn from_str(text: &str) -> Result<Self, BarcodeError> {
        if text.len() > MAX_TEXT {
            return Err(BarcodeError::TooLong(text.len()));
        }
        match text.as_bytes().first() {
            Some(b'(') => Ok(Self::Gs1(ElementString::parse(text)?)),
            Some(b'0'..=b'9') => {
                let (tracking, routing) = text.split_at_checked(Tracking::DIGITS).unwrap_or((text, ""));
                Ok(Self::Imb(Imb { tracking: tracking.parse()?, routing: routing.parse()? }))
            }
            _ => Err(BarcodeError::Form),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_as_it_was() {
        let texts = [
            "01234567094987654321",
            "0123456709498765432101234567891",
            "(255)9501101020917000000000042",
            "(8112)001234561234560123456",
        ];
        for text in texts {
            let barcode: Barcode = text.parse().expect("a barcode");
            assert_eq!(barcode.to_string(), text);
            let of = |kind| barcode.is_of(kind);
            let is_mail = !text.starts_with('(');
            assert!(
                of(Kind::Postage) == is_mail && of(Kind::Coupon) != is_mail && !of(Kind::Ticket),
                "{text}"
            );
        }
    }

    #[test]
    fn it_is_known_again_in_a_symbol() {
        let barcode: Barcode = "(255)9501101020917000000000042(10)A1".parse().expect("a barcode");
        assert!(barcode.is_in(b"2559501101020917000000000042\x1d10A1"));
        assert!(barcode.is_in(b"]d22559501101020917000000000042\x1d10A1"));
        assert!(!barcode.is_in(b"2559501101020917000000000043\x1d10A1"));
        assert!(!barcode.is_in(b"MV1:"));
        let bars: Barcode = "01234567094987654321".parse().expect("a barcode");
        assert!(!bars.is_in(b"01234567094987654321"));
    }

    #[test]
    fn whatever_is_wrong_is_said() {
        let said = |text: &str| text.parse::<Barcode>().expect_err("no barcode").to_string();
        assert!(said("").starts_with("a barcode is"));
        assert!(said("hello").starts_with("a barcode is"));
        assert!(said("0123456709498765432").contains("19 characters"));
        assert!(said("012345670949876543210123").contains("routing code has 4"));
        assert!(said("0923456709498765432101234567891").contains("second digit"));
        assert!(said("0123456709498765432é").contains('é'));
        assert!(said("(255)9501101020918").contains("should be 7"));
        assert!(said("(8112)201234561234560123456").contains("format"));
        assert!(said(&format!("(8030){}", "A".repeat(200))).contains("206 characters"));
    }
}
