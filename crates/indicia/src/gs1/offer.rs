//! (8112): a coupon of which a central file knows whether it was used, the positive offer file.

use super::{Digits, Gs1Error};

/// A serialised coupon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PositiveOffer {
    /// Format, 0 or 1.
    pub format: u8,
    /// Who pays, 6 to 12 digits.
    pub funder: String,
    /// The offer, six digits.
    pub offer: String,
    /// The coupon's own number, 6 to 15 digits.
    pub serial: String,
}

impl PositiveOffer {
    /// Reads the value of (8112).
    ///
    /// # Errors
    /// [`Gs1Error`].
    pub fn decode(value: &str) -> Result<Self, Gs1Error> {
        let mut digits = Digits::new(value)?;
        let format = digits.digit(&[0, 1], "format")?;
        let funder = digits.sized(&[0, 1, 2, 3, 4, 5, 6], 6, "funder")?.to_owned();
        let offer = digits.take(6, "offer")?.to_owned();
        let serial = digits.sized(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 6, "serial number")?.to_owned();
        digits.finish()?;
        Ok(Self { format, funder, offer, serial })
    }

    /// The value of (8112).
    ///
    /// # Errors
    /// [`Gs1Error`] for what doesn't fit.
    pub fn encode(&self) -> Result<String, Gs1Error> {
        let size = |text: &str, field| text.len().checked_sub(6).ok_or(Gs1Error::Field(field));
        let (funder, serial) = (size(&self.funder, "funder")?, size(&self.serial, "serial number")?);
        let Self { format, offer, .. } = self;
        let value = format!("{format}{funder}{}{offer}{serial}{}", self.funder, self.serial);
        // What it can't hold moves everything behind it.
        if Self::decode(&value)? == *self { Ok(value) } else { Err(Gs1Error::Field("text")) }
    }
}
