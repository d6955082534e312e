//! The text form for QR and Aztec: a prefix and Base45 (RFC 9285), all in QR's alphanumeric mode.

use thiserror::Error;

/// What every text begins with: eleven bits in a QR code for each two characters of it.
pub const PREFIX: &str = "VBI:";

/// Why a text is no indicium's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TextError {
    /// Another prefix.
    #[error("the text doesn't begin with {PREFIX}")]
    Prefix,
    /// Not Base45, or not the one way to write it.
    #[error("what follows {PREFIX} isn't Base45")]
    Base45,
}

/// The text of an indicium's bytes.
#[must_use]
pub fn to_text(bytes: &[u8]) -> String {
    format!("{PREFIX}{}", base45::encode(bytes))
}

/// The bytes of an indicium's text.
///
/// # Errors
/// [`TextError`].
pub fn from_text(text: &str) -> Result<Vec<u8>, TextError> {
    let encoded = text.strip_prefix(PREFIX).ok_or(TextError::Prefix)?;
    let bytes = base45::decode(encoded).map_err(|_| TextError::Base45)?;
    // Some decoders take more than encoders write: lower case, for example.
    if base45::encode(&bytes) == encoded { Ok(bytes) } else { Err(TextError::Base45) }
}
