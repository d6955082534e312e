//! The full form: 49 bytes, a DSA signature over them, and whatever the vendor adds.

use jiff::civil::Date;

use super::{IbiError, mills, number, put, put_mills};
use crate::amount::Amount;
use crate::dsa_key::DsaKey;

/// Bytes that are signed.
const PAYLOAD: usize = 49;
/// r and s of 20 bytes each.
const SIGNATURE: usize = 40;
/// What the symbol holds at most, by US 7,882,036.
const MOST: usize = 112;

/// What the indicium says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ibi {
    /// Version of the indicium: 5 in those of which all fields are understood.
    pub version: u8,
    /// Number of the signature's algorithm; 1 with a DSA signature.
    pub algorithm: u8,
    /// Serial number of the certificate.
    pub certificate: u32,
    /// Manufacturer of the postal security device.
    pub manufacturer: [u8; 2],
    /// Its model.
    pub model: [u8; 2],
    /// Its serial number.
    pub device: u32,
    /// Its ascending register.
    pub ascending: Amount,
    /// The postage.
    pub postage: Amount,
    /// Date of mailing.
    pub mailed_on: Date,
    /// Licensing ZIP code.
    pub origin: u32,
    /// ZIP code or delivery point of the destination, 0 if none is named.
    pub destination: u64,
    /// Which software made it.
    pub software: [u8; 6],
    /// The device's descending register.
    pub descending: Amount,
    /// Rate category.
    pub rate_category: [u8; 4],
}

/// What follows the 49 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seal {
    /// All of the signature. What the vendor adds isn't signed.
    Whole {
        /// r and s.
        signature: [u8; SIGNATURE],
        /// The reserved field.
        reserved: Vec<u8>,
    },
    /// The signature's beginning: the rest is missing.
    Cut(Vec<u8>),
}

/// An indicium with its signature, of which nothing is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIbi {
    /// What it says.
    pub ibi: Ibi,
    /// How it is signed.
    pub seal: Seal,
}

impl Ibi {
    /// The bytes that are signed: with DSA and a q of 160 bits, over their SHA-1.
    ///
    /// # Errors
    /// [`IbiError::TooLarge`], [`IbiError::Denomination`], [`IbiError::Date`].
    pub fn to_be_signed(&self) -> Result<[u8; PAYLOAD], IbiError> {
        let mut bytes = [0; PAYLOAD];
        bytes[0] = self.version;
        bytes[1] = self.algorithm;
        put(&mut bytes[2..6], self.certificate.into(), "certificate serial number")?;
        bytes[6..8].copy_from_slice(&self.manufacturer);
        bytes[8..10].copy_from_slice(&self.model);
        put(&mut bytes[10..14], self.device.into(), "PSD serial number")?;
        put_mills(&mut bytes[14..19], self.ascending, "ascending register")?;
        put_mills(&mut bytes[19..22], self.postage, "postage")?;
        put(&mut bytes[22..26], written(self.mailed_on)?.into(), "date of mailing")?;
        put(&mut bytes[26..30], self.origin.into(), "origin ZIP")?;
        put(&mut bytes[30..35], self.destination, "destination")?;
        bytes[35..41].copy_from_slice(&self.software);
        put_mills(&mut bytes[41..45], self.descending, "descending register")?;
        bytes[45..49].copy_from_slice(&self.rate_category);
        Ok(bytes)
    }

    /// The indicium's bytes, with the signature over [`Ibi::to_be_signed`].
    ///
    /// # Errors
    /// As there, and [`IbiError::TooLarge`] for what the vendor adds.
    pub fn assemble(&self, signature: &[u8; SIGNATURE], reserved: &[u8]) -> Result<Vec<u8>, IbiError> {
        let bytes = [&self.to_be_signed()?[..], signature, reserved].concat();
        if bytes.len() > MOST { Err(IbiError::TooLarge("reserved field")) } else { Ok(bytes) }
    }

    /// Reads the 49 bytes. Of version 0x50 it isn't known whether all its fields are the same.
    fn decode(bytes: &[u8; PAYLOAD]) -> Result<Self, IbiError> {
        // The widths are those of the table, so the numbers fit.
        let narrow = |range: std::ops::Range<usize>| u32::try_from(number(&bytes[range])).unwrap_or_default();
        let mut software = [0; 6];
        software.copy_from_slice(&bytes[35..41]);
        Ok(Self {
            version: bytes[0],
            algorithm: bytes[1],
            certificate: narrow(2..6),
            manufacturer: [bytes[6], bytes[7]],
            model: [bytes[8], bytes[9]],
            device: narrow(10..14),
            ascending: mills(number(&bytes[14..19])),
            postage: mills(number(&bytes[19..22])),
            mailed_on: date(narrow(22..26))?,
            origin: narrow(26..30),
            destination: number(&bytes[30..35]),
            software,
            descending: mills(number(&bytes[41..45])),
            rate_category: [bytes[45], bytes[46], bytes[47], bytes[48]],
        })
    }
}

impl SignedIbi {
    /// Reads an indicium. One whose signature was cut off is read too, and says so.
    ///
    /// # Errors
    /// [`IbiError::Length`], [`IbiError::Date`].
    pub fn decode(bytes: &[u8]) -> Result<Self, IbiError> {
        let length = || IbiError::Length { found: bytes.len(), expected: "89 to 112" };
        if bytes.len() > MOST {
            return Err(length());
        }
        let (payload, rest) = bytes.split_first_chunk().ok_or_else(length)?;
        let seal = match rest.split_first_chunk() {
            Some((signature, reserved)) => Seal::Whole { signature: *signature, reserved: reserved.to_vec() },
            None => Seal::Cut(rest.to_vec()),
        };
        Ok(Self { ibi: Ibi::decode(payload)?, seal })
    }

    /// Checks the signature. Whose key it is, the certificate's serial number says.
    ///
    /// # Errors
    /// [`IbiError::Cut`], [`IbiError::Signature`].
    pub fn verify(&self, key: &DsaKey) -> Result<(), IbiError> {
        let signature = match &self.seal {
            Seal::Whole { signature, .. } => signature,
            Seal::Cut(beginning) => return Err(IbiError::Cut(beginning.len())),
        };
        let (r, s) = signature.split_at(SIGNATURE / 2);
        if key.subgroup_bits() == 160 && key.verify(&self.ibi.to_be_signed()?, r, s) {
            Ok(())
        } else {
            Err(IbiError::Signature)
        }
    }
}

/// YYYYMMDD as a number.
fn written(date: Date) -> Result<u32, IbiError> {
    let year = u32::try_from(date.year()).map_err(|_| IbiError::TooLarge("date of mailing"))?;
    // Month and day are positive.
    Ok(year * 10_000 + u32::from(date.month().unsigned_abs()) * 100 + u32::from(date.day().unsigned_abs()))
}

fn date(number: u32) -> Result<Date, IbiError> {
    let wrong = |_| IbiError::Date(number);
    let year = i16::try_from(number / 10_000).map_err(wrong)?;
    let month = i8::try_from(number / 100 % 100).map_err(wrong)?;
    let day = i8::try_from(number % 100).map_err(wrong)?;
    Date::new(year, month, day).map_err(|_| IbiError::Date(number))
}
