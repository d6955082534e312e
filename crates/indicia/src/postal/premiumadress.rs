//! Deutsche Post's Premiumadress label ("Maschinenlesbare Freimachungsvermerke", part 8): 15 bytes in a Data Matrix that ask for
//! what is known of the address.

use thiserror::Error;

use super::day_of_year::{DayError, DayOfYear};
use super::dv_freimachung::{CustomerNumber, DvError, POST};

const LENGTH: usize = 15;
/// The kind of franking.
const LABEL: u8 = 28;

/// Why bytes aren't a label's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PremiumadressError {
    /// Not 15 bytes.
    #[error("a Premiumadress label has {LENGTH} bytes, this has {0}")]
    Length(usize),
    /// Another post's.
    #[error("a code of Deutsche Post begins with DEA")]
    Post,
    /// Another kind of code of the same post's.
    #[error("byte 4 says kind of franking {0}, not 28 for Premiumadress")]
    Kind(u8),
    /// More than ten digits.
    #[error(transparent)]
    Customer(#[from] DvError),
    /// No day.
    #[error("the day isn't one: {0}")]
    Day(#[from] DayError),
}

/// What a label says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Premiumadress {
    /// Who asks.
    pub customer: CustomerNumber,
    /// Key of the product.
    pub product: u16,
    /// When it was made.
    pub made: DayOfYear,
    /// Number of the label.
    pub id: u16,
}

impl Premiumadress {
    /// Reads the bytes of a label.
    ///
    /// # Errors
    /// [`PremiumadressError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, PremiumadressError> {
        let bytes: [u8; LENGTH] = bytes.try_into().map_err(|_| PremiumadressError::Length(bytes.len()))?;
        let [a, b, c, kind, c1, c2, c3, c4, c5, p1, p2, d1, d2, i1, i2] = bytes;
        if [a, b, c] != POST {
            return Err(PremiumadressError::Post);
        }
        if kind != LABEL {
            return Err(PremiumadressError::Kind(kind));
        }
        Ok(Self {
            customer: CustomerNumber::new(u64::from_be_bytes([0, 0, 0, c1, c2, c3, c4, c5]))?,
            product: u16::from_be_bytes([p1, p2]),
            made: DayOfYear::of_number(u16::from_be_bytes([d1, d2]))?,
            id: u16::from_be_bytes([i1, i2]),
        })
    }
}
