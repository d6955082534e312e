//! Deutsche Post's Frankier-ID: what is printed beside a DV-Freimachung, 20 hexadecimal digits, so that the item can be named
//! where its Data Matrix can't be read.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::crc::crc;
use super::dv_freimachung::{CustomerNumber, DvFreimachung, ItemNumber};

const DIGITS: usize = 20;

/// Why a text is no Frankier-ID.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FrankierIdError {
    /// Not 20 digits.
    #[error("a Frankier-ID has 20 hexadecimal digits, this has {0}")]
    Length(usize),
    /// Something that isn't a hexadecimal digit.
    #[error("{found:?} at place {place} isn't a hexadecimal digit")]
    Digit {
        /// What stands there.
        found: char,
        /// 1-based.
        place: usize,
    },
    /// Eight decimal digits.
    #[error("the customer number without its last two digits is {0}, and goes up to 99999999")]
    Customer(u32),
    /// A digit is wrong.
    #[error("the check digit is {found:X}, and {expected:X} would fit")]
    Check {
        /// What stands there.
        found: u16,
        /// What would fit.
        expected: u16,
    },
}

/// Which item it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrankierId {
    participation: u8,
    customer: u32,
    list: u16,
    item: ItemNumber,
}

impl FrankierId {
    const MOST_CUSTOMER: u32 = 99_999_999;

    /// The one of an item that is franked.
    #[must_use]
    pub fn of(franked: &DvFreimachung) -> Self {
        Self::new(franked.participation, franked.customer, franked.list, franked.item)
    }

    /// Of its numbers.
    #[must_use]
    pub fn new(participation: u8, customer: CustomerNumber, list: u16, item: ItemNumber) -> Self {
        // Of ten digits eight are left.
        let customer = u32::try_from(customer.get() / 100).unwrap_or(Self::MOST_CUSTOMER);
        Self { participation, customer, list, item }
    }

    /// Number of the participation.
    #[must_use]
    pub fn participation(self) -> u8 {
        self.participation
    }

    /// Number of the customer without its last two digits.
    #[must_use]
    pub fn customer(self) -> u32 {
        self.customer
    }

    /// Number of the posting list.
    #[must_use]
    pub fn list(self) -> u16 {
        self.list
    }

    /// Number of the item.
    #[must_use]
    pub fn item(self) -> ItemNumber {
        self.item
    }
}

/// The check digit is over the text of those before it, not over what they mean.
fn check_digit(text: &str) -> u16 {
    let bits = text.bytes().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1));
    crc(4, 0b0011, 0, bits)
}

impl fmt::Display for FrankierId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { participation, customer, list, item } = self;
        let text = format!("{participation:02X}{customer:07X}{list:04X}{:06X}", item.get());
        write!(f, "{text}{:X}", check_digit(&text))
    }
}

impl FromStr for FrankierId {
    type Err = FrankierIdError;

    /// Small letters count as capital ones, and spaces for nothing.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut digits = String::with_capacity(DIGITS);
        for (place, found) in text.chars().enumerate().filter(|(_, found)| *found != ' ') {
            if !found.is_ascii_hexdigit() {
                return Err(FrankierIdError::Digit { found, place: place + 1 });
            }
            digits.push(found.to_ascii_uppercase());
        }
        if digits.len() != DIGITS {
            return Err(FrankierIdError::Length(digits.len()));
        }
        let (numbers, check) = digits.split_at(DIGITS - 1);
        // Hexadecimal digits, which were looked at, and no more than there is room for.
        let small = |digits| u16::from_str_radix(digits, 16).unwrap_or_default();
        let large = |digits| u32::from_str_radix(digits, 16).unwrap_or_default();
        let (found, expected) = (small(check), check_digit(numbers));
        if found != expected {
            return Err(FrankierIdError::Check { found, expected });
        }
        let participation = u8::from_str_radix(&numbers[..2], 16).unwrap_or_default();
        let item = ItemNumber::of_three_bytes(large(&numbers[13..]));
        let customer = large(&numbers[2..9]);
        if customer > Self::MOST_CUSTOMER {
            return Err(FrankierIdError::Customer(customer));
        }
        Ok(Self { participation, customer, list: small(&numbers[9..13]), item })
    }
}
