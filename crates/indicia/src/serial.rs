//! Serials: which device made an indicium, and its number there; printed with check digits.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A device, unique within an issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId(pub u32);

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:010}", self.0)
    }
}

/// The serial of one indicium: unique for ever within an issuer.
///
/// Printed as `0000000042-000000004711-35`: ten digits of device, twelve of number, two check digits by
/// ISO/IEC 7064 MOD 97-10 over the 22 before. Ten is of order 96 modulo 97, so within 24 digits each single wrong
/// digit and each swap of two digits, neighbours or not, is caught.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial {
    device: DeviceId,
    number: u64,
}

/// Why a text or a number is no serial.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SerialError {
    /// Beyond twelve digits.
    #[error("serial numbers go up to {}", Serial::MAX_NUMBER)]
    Number,
    /// Not 24 digits.
    #[error("a serial has 24 digits, this has {0}")]
    Length(usize),
    /// Something that isn't a digit.
    #[error("{found:?} at place {place} isn't a digit")]
    Character {
        /// What stands there.
        found: char,
        /// 1-based place in the text.
        place: usize,
    },
    /// The device's digits are more than any device has.
    #[error("the first ten digits name no device")]
    Device,
    /// A digit is wrong, or two are swapped.
    #[error("the check digits don't fit: a digit is wrong or two are swapped")]
    CheckDigits,
}

const DEVICE_DIGITS: u128 = 10_000_000_000;
const NUMBER_DIGITS: u128 = 1_000_000_000_000;

impl Serial {
    /// Largest number of a device's indicia.
    pub const MAX_NUMBER: u64 = 999_999_999_999;

    /// The serial with this number of this device.
    ///
    /// # Errors
    /// [`SerialError::Number`].
    pub fn new(device: DeviceId, number: u64) -> Result<Self, SerialError> {
        if number > Self::MAX_NUMBER {
            return Err(SerialError::Number);
        }
        Ok(Self { device, number })
    }

    /// The device.
    #[must_use]
    pub fn device(self) -> DeviceId {
        self.device
    }

    /// The number, 0 to [`Serial::MAX_NUMBER`].
    #[must_use]
    pub fn number(self) -> u64 {
        self.number
    }

    /// Device and number, big-endian: the claim `cti`.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 12] {
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&self.device.0.to_be_bytes());
        bytes[4..].copy_from_slice(&self.number.to_be_bytes());
        bytes
    }

    /// Reads the claim `cti`.
    ///
    /// # Errors
    /// [`SerialError::Number`].
    pub fn from_bytes(bytes: [u8; 12]) -> Result<Self, SerialError> {
        let [a, b, c, d, rest @ ..] = bytes;
        Self::new(DeviceId(u32::from_be_bytes([a, b, c, d])), u64::from_be_bytes(rest))
    }

    fn digits(self) -> u128 {
        u128::from(self.device.0) * NUMBER_DIGITS + u128::from(self.number)
    }
}

/// MOD 97-10: the two digits that make the whole number 1 modulo 97.
fn check_digits(digits: u128) -> u128 {
    98 - digits * 100 % 97
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:012}-{:02}", self.device, self.number, check_digits(self.digits()))
    }
}

impl FromStr for Serial {
    type Err = SerialError;

    /// Spaces and hyphens count for nothing.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut value: u128 = 0;
        let mut count = 0;
        for (place, found) in text.chars().enumerate() {
            match found.to_digit(10) {
                Some(digit) => {
                    count += 1;
                    if count <= 24 {
                        value = value * 10 + u128::from(digit);
                    }
                }
                None if matches!(found, ' ' | '-') => {}
                None => return Err(SerialError::Character { found, place: place + 1 }),
            }
        }
        if count != 24 {
            return Err(SerialError::Length(count));
        }
        let digits = value / 100;
        if check_digits(digits) != value % 100 {
            return Err(SerialError::CheckDigits);
        }
        let device =
            u32::try_from(digits / NUMBER_DIGITS % DEVICE_DIGITS).map_err(|_| SerialError::Device)?;
        let number = u64::try_from(digits % NUMBER_DIGITS).map_err(|_| SerialError::Number)?;
        Self::new(DeviceId(device), number)
    }
}
