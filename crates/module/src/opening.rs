//! Openings: papers of a provider by which devices are made. Without one nobody makes a device, so that the owner's key in
//! it is the provider's word, not that of whoever runs the server.

use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::paper::{self, Paper, PaperError};
use crate::protocol::NewDevice;
use crate::signing::SigningKey;
use crate::staff::{Authority, Staff};

const DOMAIN: &str = "mintage-opening";

/// Why bytes are no opening that can be followed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OpeningError {
    /// The COSE around it, or its signatures.
    #[error("{0}")]
    Paper(#[from] PaperError),
    /// The content.
    #[error("its content can't be read ({0})")]
    Content(String),
}

#[derive(Encode, Decode)]
struct Content {
    #[n(0)]
    domain: String,
    #[n(1)]
    new: NewDevice,
}

impl NewDevice {
    /// Signs the description, so that a module makes the device.
    #[must_use]
    pub fn sign(&self, provider: &SigningKey) -> Vec<u8> {
        let content = Content { domain: DOMAIN.into(), new: self.clone() };
        paper::sign(&crate::wire::encode(&content), provider)
    }

    /// Reads an opening and says who signed it, if he may.
    ///
    /// # Errors
    /// [`OpeningError`].
    pub fn open(bytes: &[u8], staff: &Staff) -> Result<(Self, String), OpeningError> {
        let paper = Paper::read(bytes)?;
        let new = Self::decode_content(paper.payload())?;
        let who = staff.authorise(&paper, Authority::Provider)?;
        Ok((new, who))
    }

    /// Reads an opening without checking who signed it: to know what it would do, never to do it.
    ///
    /// # Errors
    /// [`OpeningError`].
    pub fn read(bytes: &[u8]) -> Result<Self, OpeningError> {
        Self::decode_content(Paper::read(bytes)?.payload())
    }

    fn decode_content(payload: &[u8]) -> Result<Self, OpeningError> {
        let content: Content =
            minicbor::decode(payload).map_err(|error| OpeningError::Content(error.to_string()))?;
        if content.domain != DOMAIN || !crate::wire::is_encoding(payload, &content) {
            return Err(OpeningError::Content("it is no opening in its one encoding".into()));
        }
        Ok(content.new)
    }
}
