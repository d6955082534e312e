//! Railway tickets by the UIC's leaflet 918.3 (IRS 90918-9): the static frame `#UT`, and the records in it.
//!
//! `#UT`, a version, the issuer's number, the key's, a signature, a length, and records compressed by zlib, over whose compressed
//! form the signature is. The layout is that of the UIC's own `StaticFrame.java` and of KDE's KItinerary (`uic9183header.cpp`).

mod key;
mod record;

pub use key::FrameKey;
pub use record::{Head, Layout, LayoutText, Record};

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_zlib_with_limit};
use thiserror::Error;

/// Records of a ticket at most, inflated: four digits of length say no more of any record, and tickets have five or six.
const MOST_INFLATED: usize = 65_536;
/// Compressed at most: what four digits of length say.
const MOST_COMPRESSED: usize = 9_999;
/// `#UT`, version, issuer, key.
const BEFORE_SIGNATURE: usize = 14;

/// Why bytes are no ticket, or one can't be written or believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UicError {
    /// No frame.
    #[error("it isn't a frame that begins with #UT01 or #UT02")]
    Frame,
    /// A field has what it can't have.
    #[error("its {0} isn't as the frame has it")]
    Field(&'static str),
    /// It ends too early.
    #[error("it ends in the middle of its {0}")]
    Cut(&'static str),
    /// Something stands where nothing may.
    #[error("{0} bytes are left over at its end")]
    Trailing(usize),
    /// Not zlib.
    #[error("its records can't be inflated")]
    Compression,
    /// More than any ticket has.
    #[error("its records inflate to more than {MOST_INFLATED} bytes")]
    TooLarge,
    /// It doesn't verify.
    #[error("the signature doesn't verify")]
    Signature,
}

/// The signature of a frame, which also says the frame's version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrameSignature {
    /// Version 1: DSA in DER, filled up with zeros.
    Der([u8; 50]),
    /// Version 2: r and s of 32 bytes each, big-endian.
    Raw([u8; 64]),
}

impl FrameSignature {
    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Der(bytes) => bytes,
            Self::Raw(bytes) => bytes,
        }
    }
}

/// What is signed, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsigned {
    issuer: [u8; 4],
    key: [u8; 5],
    compressed: Vec<u8>,
}

impl Unsigned {
    /// Compresses records for an issuer's number and one of its keys, both filled up with zeros in front.
    ///
    /// # Errors
    /// [`UicError::Field`] for numbers too large or records too long; [`UicError::TooLarge`].
    pub fn new(issuer: u16, key: u32, records: &[Record]) -> Result<Self, UicError> {
        let issuer = format!("{issuer:04}").into_bytes().try_into().map_err(|_| UicError::Field("issuer"))?;
        let key = format!("{key:05}").into_bytes().try_into().map_err(|_| UicError::Field("key"))?;
        let mut plain = Vec::new();
        records.iter().try_for_each(|record| record.encode_into(&mut plain))?;
        let compressed = compress_to_vec_zlib(&plain, 9);
        if plain.len() > MOST_INFLATED || compressed.len() > MOST_COMPRESSED {
            return Err(UicError::TooLarge);
        }
        Ok(Self { issuer, key, compressed })
    }

    /// The bytes to sign, by ECDSA or DSA with SHA-256.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.compressed
    }

    /// The ticket, in a frame of version 2, with r and s.
    #[must_use]
    pub fn assemble(self, signature: [u8; 64]) -> StaticFrame {
        StaticFrame { version: *b"02", signed: self, signature: FrameSignature::Raw(signature) }
    }
}

/// A ticket in its frame, of which nothing is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaticFrame {
    version: [u8; 2],
    signed: Unsigned,
    signature: FrameSignature,
}

impl StaticFrame {
    /// Reads a frame that is all there is in these bytes. Some tickets say version 2 and have a signature of version 1:
    /// which it is, is told by where the compressed records begin.
    ///
    /// # Errors
    /// [`UicError`], never about the signature or the records.
    pub fn decode(bytes: &[u8]) -> Result<Self, UicError> {
        let (head, rest) = bytes.split_first_chunk::<BEFORE_SIGNATURE>().ok_or(UicError::Frame)?;
        let [b'#', b'U', b'T', v0, v1, i0, i1, i2, i3, key @ ..] = *head else { return Err(UicError::Frame) };
        let (version, issuer) = ([v0, v1], [i0, i1, i2, i3]);
        if !matches!(&version, b"01" | b"02") {
            return Err(UicError::Frame);
        }
        if !issuer.iter().all(u8::is_ascii_digit) {
            return Err(UicError::Field("issuer"));
        }
        if !key.iter().all(u8::is_ascii_alphanumeric) {
            return Err(UicError::Field("key"));
        }
        let begins_after = |signature: usize| is_zlib(rest.get(signature + 4..).unwrap_or_default());
        let is_der = if &version == b"02" {
            !begins_after(64) && begins_after(50)
        } else {
            !begins_after(64) || begins_after(50)
        };
        let cut = UicError::Cut("signature");
        let (signature, rest) = if is_der {
            let (signature, rest) = rest.split_first_chunk().ok_or(cut)?;
            (FrameSignature::Der(*signature), rest)
        } else {
            let (signature, rest) = rest.split_first_chunk().ok_or(cut)?;
            (FrameSignature::Raw(*signature), rest)
        };
        let (length, rest) = rest.split_first_chunk::<4>().ok_or(UicError::Cut("length"))?;
        let length = digits(length).ok_or(UicError::Field("length"))?;
        let compressed = rest.get(..length).ok_or(UicError::Cut("records"))?;
        if rest.len() > length {
            return Err(UicError::Trailing(rest.len() - length));
        }
        let signed = Unsigned { issuer, key, compressed: compressed.to_vec() };
        Ok(Self { version, signed, signature })
    }

    /// The ticket's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let Unsigned { issuer, key, compressed } = &self.signed;
        let length = format!("{:04}", compressed.len());
        let parts: [&[u8]; 7] =
            [b"#UT", &self.version, issuer, key, self.signature.as_bytes(), length.as_bytes(), compressed];
        parts.concat()
    }

    /// The version that it says.
    #[must_use]
    pub fn version(&self) -> &str {
        std::str::from_utf8(&self.version).unwrap_or_default() // digits, as it was read
    }

    /// The issuer's number at the UIC (RICS).
    #[must_use]
    pub fn issuer(&self) -> &str {
        std::str::from_utf8(&self.signed.issuer).unwrap_or_default() // digits
    }

    /// The name of the issuer's key.
    #[must_use]
    pub fn key(&self) -> &str {
        std::str::from_utf8(&self.signed.key).unwrap_or_default() // ASCII
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &FrameSignature {
        &self.signature
    }

    /// Whether its signature is of another version than it says.
    #[must_use]
    pub fn is_mislabelled(&self) -> bool {
        let is_raw = matches!(self.signature, FrameSignature::Raw(_));
        is_raw != (&self.version == b"02")
    }

    /// Its records, inflated up to a bound.
    ///
    /// # Errors
    /// [`UicError::TooLarge`], [`UicError::Compression`], and what is wrong with a record.
    pub fn records(&self) -> Result<Vec<Record>, UicError> {
        let plain = decompress_to_vec_zlib_with_limit(&self.signed.compressed, MOST_INFLATED);
        let mut plain = &*plain.map_err(|error| match error.status {
            TINFLStatus::HasMoreOutput => UicError::TooLarge,
            _ => UicError::Compression,
        })?;
        let mut records = Vec::new();
        while !plain.is_empty() {
            let (record, rest) = Record::decode(plain)?;
            records.push(record);
            plain = rest;
        }
        Ok(records)
    }

    /// Checks the signature under the issuer's key.
    ///
    /// # Errors
    /// [`UicError::Signature`].
    pub fn verify(&self, key: &FrameKey) -> Result<(), UicError> {
        let is_right = key.verify(&self.signed.compressed, &self.signature);
        if is_right { Ok(()) } else { Err(UicError::Signature) }
    }
}

/// Whether bytes begin as zlib's do: deflate with a window of 32 KiB, and a header that divides by 31 (RFC 1950).
fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [0x78, flags, ..] if (0x7800 | u16::from(*flags)) % 31 == 0)
}

/// A number in decimal digits.
fn digits(text: &[u8]) -> Option<usize> {
    let is_number = text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| is_number)?.parse().ok()
}
