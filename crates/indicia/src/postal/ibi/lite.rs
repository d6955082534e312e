//! IBI-Lite: 14 bytes, and the first six of an HMAC over them.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::{IbiError, mills, number, put, put_mills};
use crate::amount::Amount;

/// Bytes that are signed.
const PAYLOAD: usize = 14;
/// Bytes of the HMAC that are kept.
const DIGEST: usize = 6;

/// What the indicium says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IbiLite {
    /// Version of the indicium.
    pub version: u8,
    /// The device's count of pieces.
    pub piece: u32,
    /// Vendor and model.
    pub vendor_model: u8,
    /// Serial number of the device, of three bytes.
    pub device: u32,
    /// The postage.
    pub postage: Amount,
    /// Intelligent Mail service.
    pub service: u16,
}

/// An indicium with its digest, which isn't verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIbiLite {
    /// What it says.
    pub ibi: IbiLite,
    /// The beginning of the HMAC.
    pub digest: [u8; DIGEST],
}

impl IbiLite {
    /// The bytes over which the HMAC is made.
    ///
    /// # Errors
    /// [`IbiError::TooLarge`], [`IbiError::Denomination`].
    pub fn to_be_signed(&self) -> Result<[u8; PAYLOAD], IbiError> {
        let mut bytes = [0; PAYLOAD];
        bytes[0] = self.version;
        bytes[1..5].copy_from_slice(&self.piece.to_le_bytes());
        bytes[5] = self.vendor_model;
        put(&mut bytes[6..9], self.device.into(), "PSD serial number")?;
        put_mills(&mut bytes[9..12], self.postage, "postage")?;
        bytes[12..14].copy_from_slice(&self.service.to_le_bytes());
        Ok(bytes)
    }

    /// The indicium's bytes, with the first six of the HMAC over [`IbiLite::to_be_signed`].
    ///
    /// # Errors
    /// As there.
    pub fn assemble(&self, digest: &[u8; DIGEST]) -> Result<[u8; PAYLOAD + DIGEST], IbiError> {
        let mut bytes = [0; PAYLOAD + DIGEST];
        bytes[..PAYLOAD].copy_from_slice(&self.to_be_signed()?);
        bytes[PAYLOAD..].copy_from_slice(digest);
        Ok(bytes)
    }
}

impl SignedIbiLite {
    /// Reads an indicium.
    ///
    /// # Errors
    /// [`IbiError::Length`].
    pub fn decode(bytes: &[u8]) -> Result<Self, IbiError> {
        let length = || IbiError::Length { found: bytes.len(), expected: "20" };
        let bytes: &[u8; PAYLOAD + DIGEST] = bytes.try_into().map_err(|_| length())?;
        let [version, p0, p1, p2, p3, vendor_model, device @ .., v0, v1, v2, s0, s1] = {
            let (payload, _) = bytes.split_first_chunk::<PAYLOAD>().ok_or_else(length)?;
            *payload
        };
        let (_, digest) = bytes.split_last_chunk::<DIGEST>().ok_or_else(length)?;
        let ibi = IbiLite {
            version,
            piece: u32::from_le_bytes([p0, p1, p2, p3]),
            vendor_model,
            // three bytes
            device: u32::try_from(number(&device)).unwrap_or_default(),
            postage: mills(number(&[v0, v1, v2])),
            service: u16::from_le_bytes([s0, s1]),
        };
        Ok(Self { ibi, digest: *digest })
    }

    /// Checks the digest under the secret key that maker and post share: whoever can check could make one too.
    ///
    /// The hash is SHA-1. No public text names it; it is the one of the full form and of its time, an HMAC doesn't need a hash
    /// without collisions, and of any hash's HMAC only 48 bits remain.
    ///
    /// # Errors
    /// [`IbiError::Signature`].
    pub fn verify(&self, key: &[u8]) -> Result<(), IbiError> {
        let mut mac = Hmac::<Sha1>::new_from_slice(key).map_err(|_| IbiError::Signature)?;
        mac.update(&self.ibi.to_be_signed()?);
        mac.verify_truncated_left(&self.digest).map_err(|_| IbiError::Signature)
    }
}
