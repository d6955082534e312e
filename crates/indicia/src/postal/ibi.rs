//! Information-based indicia of the United States Postal Service: the full form, and IBI-Lite.
//!
//! The order of the first fields is that of US 7,299,210 (claim 11), widths and lengths those of US 8,046,311 (49 bytes that
//! are signed, 40 of a signature) and US 7,882,036 (IBI-Lite); the rest was found by reading indicia that people published,
//! which are the vectors in this crate's tests. The post's own tables (PCIBI-O, PCIBI-C) aren't public, and neither are those of
//! the successor, the Intelligent Mail indicia (IMI-MIN, -STD, -MAX). Since 30 June 2025 no indicium of this form is valid for
//! postage (85 FR 78234). Whoever frames real mail needs the post's certification, which is the operator's to get.
//!
//! All numbers are little-endian, all money is in mills, `USD/3`.

mod full;
mod lite;

pub use full::{Ibi, Seal, SignedIbi};
pub use lite::{IbiLite, SignedIbiLite};

use thiserror::Error;

use crate::amount::{Amount, Denomination};

/// Why bytes are no information-based indicium, or one can't be written or believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IbiError {
    /// Another length than the form has.
    #[error("an information-based indicium has {expected} bytes, this has {found}")]
    Length {
        /// How many it has.
        found: usize,
        /// How many there are.
        expected: &'static str,
    },
    /// A date that no calendar has.
    #[error("its date of mailing, {0}, isn't a date YYYYMMDD")]
    Date(u32),
    /// A value that its bytes can't hold.
    #[error("its {0} doesn't fit into the field's bytes")]
    TooLarge(&'static str),
    /// Money in something else than mills.
    #[error("its {field} is in {found}, not in USD/3")]
    Denomination {
        /// Which.
        field: &'static str,
        /// What it is in.
        found: Denomination,
    },
    /// The picture or file ended before the signature did.
    #[error("its signature is cut off after {0} of 40 bytes, so that it can't be checked")]
    Cut(usize),
    /// It doesn't verify.
    #[error("the signature doesn't verify")]
    Signature,
}

/// Mills: tenths of a cent.
#[must_use]
pub fn mills(units: u64) -> Amount {
    Amount::saturating(units, in_mills())
}

fn in_mills() -> Denomination {
    // The code is in ISO 4217 and three is an allowed scale.
    Denomination::new("USD", 3).expect("USD/3 is a denomination")
}

/// Reads a little-endian number of at most eight bytes.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

/// Writes a little-endian number into all of a field.
fn put(into: &mut [u8], value: u64, field: &'static str) -> Result<(), IbiError> {
    let bytes = value.to_le_bytes();
    let (kept, rest) = bytes.split_at(into.len());
    if rest.iter().any(|byte| *byte != 0) {
        return Err(IbiError::TooLarge(field));
    }
    into.copy_from_slice(kept);
    Ok(())
}

fn put_mills(into: &mut [u8], amount: Amount, field: &'static str) -> Result<(), IbiError> {
    if amount.denomination() != in_mills() {
        return Err(IbiError::Denomination { field, found: amount.denomination() });
    }
    put(into, amount.units(), field)
}
