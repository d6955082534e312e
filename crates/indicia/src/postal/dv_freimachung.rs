//! Deutsche Post's DV-Freimachung, what is in its Data Matrix ("Maschinenlesbare Freimachungsvermerke", version 1.3/1.5): 42 bytes
//! by which large mailers frank.

use thiserror::Error;

pub use super::day_of_year::{DayError, DayOfYear};

/// Bytes of a code.
pub const LENGTH: usize = 42;
/// Bytes of the customer's own.
pub const CUSTOMER_DATA: usize = 19;
pub(super) const POST: [u8; 3] = *b"DEA";
/// The kind of franking.
const DV: u8 = 18;

/// Why something can't be in a code, or isn't one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DvError {
    /// Not 42 bytes.
    #[error("a DV-Freimachung has {LENGTH} bytes, this has {0}")]
    Length(usize),
    /// Another post's.
    #[error("a code of Deutsche Post begins with DEA")]
    Post,
    /// Another kind of franking of the same post's.
    #[error("byte 4 says kind of franking {0}, not 18 for DV-Freimachung")]
    Kind(u8),
    /// A number is too large for its field.
    #[error("the {field} is {value}, and goes up to {most}")]
    TooLarge {
        /// Which.
        field: &'static str,
        /// What it is.
        value: u64,
        /// How far it goes.
        most: u64,
    },
    /// No day.
    #[error("the posting date isn't one: {0}")]
    Day(#[from] DayError),
}

/// The number of a customer of Deutsche Post: ten digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CustomerNumber(u64);

impl CustomerNumber {
    /// The largest.
    pub const MOST: u64 = 9_999_999_999;

    /// Of ten digits.
    ///
    /// # Errors
    /// [`DvError::TooLarge`].
    pub fn new(value: u64) -> Result<Self, DvError> {
        within("customer number", value, Self::MOST).map(Self)
    }

    /// As a number.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }
}

/// The number of an item on its posting list: three bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ItemNumber(u32);

impl ItemNumber {
    /// The largest.
    pub const MOST: u32 = 0xFF_FFFF;

    /// Up to 16,777,215.
    ///
    /// # Errors
    /// [`DvError::TooLarge`].
    pub fn new(value: u32) -> Result<Self, DvError> {
        within("item number", value.into(), Self::MOST.into()).map(|_| Self(value))
    }

    /// The last three bytes of a number.
    pub(super) fn of_three_bytes(value: u32) -> Self {
        Self(value & Self::MOST)
    }

    /// As a number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

fn within(field: &'static str, value: u64, most: u64) -> Result<u64, DvError> {
    if value > most { Err(DvError::TooLarge { field, value, most }) } else { Ok(value) }
}

/// What the code says. Whatever is in these fields fits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DvFreimachung {
    /// Version of products and prices.
    pub version: u8,
    /// Who pays.
    pub customer: CustomerNumber,
    /// What is paid, in euro cents.
    pub cents: u16,
    /// When it is posted.
    pub posted: DayOfYear,
    /// Key of the product.
    pub product: u16,
    /// Number of the item.
    pub item: ItemNumber,
    /// Number of the participation.
    pub participation: u8,
    /// Number of the posting list (Entgeltabrechnung).
    pub list: u16,
    /// What announces the data element that follows.
    pub announcement: u8,
    /// The customer's own.
    pub customer_data: [u8; CUSTOMER_DATA],
}

impl DvFreimachung {
    /// The bytes of the code.
    #[must_use]
    pub fn encode(&self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        bytes[..3].copy_from_slice(&POST);
        bytes[3] = DV;
        bytes[4] = self.version;
        bytes[5..10].copy_from_slice(&self.customer.0.to_be_bytes()[3..]);
        bytes[10..12].copy_from_slice(&self.cents.to_be_bytes());
        bytes[12..14].copy_from_slice(&self.posted.number().to_be_bytes());
        bytes[14..16].copy_from_slice(&self.product.to_be_bytes());
        bytes[16..19].copy_from_slice(&self.item.0.to_be_bytes()[1..]);
        bytes[19] = self.participation;
        bytes[20..22].copy_from_slice(&self.list.to_be_bytes());
        bytes[22] = self.announcement;
        bytes[23..].copy_from_slice(&self.customer_data);
        bytes
    }

    /// Reads the bytes of a code.
    ///
    /// # Errors
    /// [`DvError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DvError> {
        let bytes: [u8; LENGTH] = bytes.try_into().map_err(|_| DvError::Length(bytes.len()))?;
        let [a, b, c, kind, version, fields @ ..] = bytes;
        if [a, b, c] != POST {
            return Err(DvError::Post);
        }
        if kind != DV {
            return Err(DvError::Kind(kind));
        }
        let [
            c1,
            c2,
            c3,
            c4,
            c5,
            v1,
            v2,
            d1,
            d2,
            p1,
            p2,
            i1,
            i2,
            i3,
            participation,
            l1,
            l2,
            announcement,
            customer_data @ ..,
        ] = fields;
        Ok(Self {
            version,
            customer: CustomerNumber::new(u64::from_be_bytes([0, 0, 0, c1, c2, c3, c4, c5]))?,
            cents: u16::from_be_bytes([v1, v2]),
            posted: DayOfYear::of_number(u16::from_be_bytes([d1, d2]))?,
            product: u16::from_be_bytes([p1, p2]),
            item: ItemNumber::of_three_bytes(u32::from_be_bytes([0, i1, i2, i3])),
            participation,
            list: u16::from_be_bytes([l1, l2]),
            announcement,
            customer_data,
        })
    }
}
