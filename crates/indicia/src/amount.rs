//! Money: integers at a scale, with the ISO 4217 code. Never floating point.

use std::fmt;
use std::str::FromStr;

use iso_currency::Currency;
use thiserror::Error;

/// Decimal places at most.
const MAX_SCALE: u8 = 6;

/// A currency and how many decimal places its integers have: `USD/2` cents, `USD/3` mills, `JPY/0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Denomination {
    currency: Currency,
    scale: u8,
}

/// Why a text is no denomination.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DenominationError {
    /// Not of the form `CODE/SCALE`.
    #[error("{0:?} isn't of the form USD/2: an ISO 4217 code, a slash, and the number of decimal places")]
    Form(String),
    /// No such currency.
    #[error("{0:?} is no currency code of ISO 4217")]
    Currency(String),
    /// Too many places.
    #[error("a scale of {0} decimal places is more than {MAX_SCALE}")]
    Scale(u8),
}

impl Denomination {
    /// A currency with a number of decimal places, 0 to 6.
    ///
    /// # Errors
    /// [`DenominationError`].
    pub fn new(code: &str, scale: u8) -> Result<Self, DenominationError> {
        let currency =
            Currency::from_code(code).ok_or_else(|| DenominationError::Currency(code.to_owned()))?;
        if scale > MAX_SCALE {
            return Err(DenominationError::Scale(scale));
        }
        Ok(Self { currency, scale })
    }

    /// The ISO 4217 code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.currency.code()
    }

    /// Decimal places.
    #[must_use]
    pub fn scale(self) -> u8 {
        self.scale
    }
}

impl Denomination {
    /// `USD/2` without an allocation: it is written into every indicium.
    pub(crate) fn text(self) -> DenominationText {
        let mut text = [b'/'; 5];
        text[..3].copy_from_slice(&self.code().as_bytes()[..3]);
        text[4] = b'0' + self.scale;
        DenominationText(text)
    }
}

/// Three letters, a slash, a digit.
pub(crate) struct DenominationText([u8; 5]);

impl DenominationText {
    pub(crate) fn as_str(&self) -> &str {
        // It was made of ASCII above.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Denomination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text().as_str())
    }
}

impl FromStr for Denomination {
    type Err = DenominationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || DenominationError::Form(text.to_owned());
        let (code, scale) = text.split_once('/').ok_or_else(form)?;
        if scale.len() != 1 {
            return Err(form());
        }
        Self::new(code, scale.parse().map_err(|_| form())?)
    }
}

/// Why an amount isn't one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AmountError {
    /// Nothing there.
    #[error("the amount is empty")]
    Empty,
    /// A minus sign.
    #[error("the amount is negative")]
    Negative,
    /// Something else than digits and one point.
    #[error("{0:?} isn't an amount: digits and at most one decimal point are expected")]
    NotANumber(String),
    /// More decimal places than the denomination has.
    #[error("the amount has {found} decimal places, {denomination} has {expected}")]
    OverPrecise {
        /// Places found.
        found: usize,
        /// Places of the denomination.
        expected: u8,
        /// The denomination.
        denomination: Denomination,
    },
    /// Beyond a signed 64-bit integer.
    #[error("the amount is larger than {0}, the largest possible")]
    TooLarge(Amount),
    /// Two denominations.
    #[error("{0} and {1} can't be reckoned together")]
    Denominations(Denomination, Denomination),
    /// Below zero.
    #[error("the result would be below zero")]
    Underflow,
}

/// An amount of money: 0 to 2^63 − 1 units of its denomination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Amount {
    units: u64,
    denomination: Denomination,
}

impl Amount {
    /// Most units of an amount: what a signed 64-bit column holds.
    pub const MAX_UNITS: u64 = i64::MAX as u64;

    /// So many units of a denomination.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`].
    pub fn new(units: u64, denomination: Denomination) -> Result<Self, AmountError> {
        let amount = Self::saturating(units, denomination);
        if amount.units == units { Ok(amount) } else { Err(AmountError::TooLarge(amount)) }
    }

    /// So many units, or the most there can be.
    #[must_use]
    pub fn saturating(units: u64, denomination: Denomination) -> Self {
        Self { units: units.min(Self::MAX_UNITS), denomination }
    }

    /// How many units.
    #[must_use]
    pub fn units(self) -> u64 {
        self.units
    }

    /// Of what.
    #[must_use]
    pub fn denomination(self) -> Denomination {
        self.denomination
    }

    /// The sum of two amounts of one denomination.
    ///
    /// # Errors
    /// [`AmountError::Denominations`], [`AmountError::TooLarge`].
    pub fn checked_add(self, other: Self) -> Result<Self, AmountError> {
        self.same(other)?;
        // Both are below 2^63.
        Self::new(self.units + other.units, self.denomination)
    }

    /// The difference of two amounts of one denomination.
    ///
    /// # Errors
    /// [`AmountError::Denominations`], [`AmountError::Underflow`].
    pub fn checked_sub(self, other: Self) -> Result<Self, AmountError> {
        self.same(other)?;
        let units = self.units.checked_sub(other.units).ok_or(AmountError::Underflow)?;
        Ok(Self { units, ..self })
    }

    fn same(self, other: Self) -> Result<(), AmountError> {
        if self.denomination == other.denomination {
            return Ok(());
        }
        Err(AmountError::Denominations(self.denomination, other.denomination))
    }

    /// Reads `12`, `12.5` or `12.50` as an amount of a denomination with at least as many places.
    ///
    /// # Errors
    /// [`AmountError`].
    pub fn parse(text: &str, denomination: Denomination) -> Result<Self, AmountError> {
        let not_a_number = || AmountError::NotANumber(text.chars().take(40).collect());
        if text.is_empty() {
            return Err(AmountError::Empty);
        }
        if let Some(rest) = text.strip_prefix(['-', '\u{2212}']) {
            let is_number = rest.starts_with(|first: char| first.is_ascii_digit());
            return Err(if is_number { AmountError::Negative } else { not_a_number() });
        }
        let (whole, places) = text.split_once('.').unwrap_or((text, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(places) || text.ends_with('.') {
            return Err(not_a_number());
        }
        let scale = usize::from(denomination.scale);
        if places.len() > scale {
            let expected = denomination.scale;
            return Err(AmountError::OverPrecise { found: places.len(), expected, denomination });
        }
        let digits = format!("{whole}{places:0<scale$}");
        let too_large = || AmountError::TooLarge(Self::saturating(u64::MAX, denomination));
        Self::new(digits.parse().map_err(|_| too_large())?, denomination)
    }

    /// The number alone, with all its decimal places: `12.50`.
    #[must_use]
    pub fn number(self) -> String {
        let scale = usize::from(self.denomination.scale);
        let digits = format!("{:0>width$}", self.units, width = scale + 1);
        let (whole, places) = digits.split_at(digits.len() - scale);
        if scale == 0 { whole.to_owned() } else { format!("{whole}.{places}") }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number(), self.denomination.code())
    }
}
