//! Templates: papers of a provider that say what may be issued. The module holds nobody to them; whoever loads one checks by
//! the signature that it is the provider's word.

use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::paper::{self, Paper, PaperError};
use crate::signing::SigningKey;
use crate::staff::{Authority, Staff};

const DOMAIN: &str = "mintage-template";

/// Why bytes are no template that counts.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TemplateError {
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
    document: String,
}

/// Signs a document as it stands.
#[must_use]
pub fn sign(document: &str, provider: &SigningKey) -> Vec<u8> {
    let content = Content { domain: DOMAIN.into(), document: document.to_owned() };
    paper::sign(&crate::wire::encode(&content), provider)
}

/// Reads a signed document and says who signed it, if he may.
///
/// # Errors
/// [`TemplateError`].
pub fn open(bytes: &[u8], staff: &Staff) -> Result<(String, String), TemplateError> {
    let paper = Paper::read(bytes)?;
    let content: Content =
        minicbor::decode(paper.payload()).map_err(|error| TemplateError::Content(error.to_string()))?;
    if content.domain != DOMAIN || !crate::wire::is_encoding(paper.payload(), &content) {
        return Err(TemplateError::Content("it is no template in its one encoding".into()));
    }
    let who = staff.authorise(&paper, Authority::Provider)?;
    Ok((content.document, who))
}
