//! What is to be verified, and what is said of it.

use axum::extract::Request;
use axum::http::header;
use serde::{Deserialize, Serialize};
use verifier::Finding;

use crate::body;
use crate::kind::Kind;
use crate::problem::Problem;

/// Largest picture, PDF or text in bytes.
const MOST: usize = 10 * 1024 * 1024;
/// Contents of more bytes take a processor for long.
const SMALL: usize = 16 * 1024;
/// What can be verified.
const TYPES: [&str; 7] = [
    "application/json",
    "text/plain",
    "application/cbor",
    "application/octet-stream",
    "image/png",
    "image/jpeg",
    "application/pdf",
];

/// What is to be verified.
#[derive(Debug)]
pub struct Verifying {
    /// Text, bytes, a picture or a PDF.
    pub content: Vec<u8>,
    /// To whom it should be made out.
    pub holder: Option<String>,
    /// Whether it takes a processor for a moment only.
    pub is_small: bool,
}

impl Verifying {
    /// Reads a request.
    ///
    /// # Errors
    /// A [`Problem`] for what can't be verified, or is too large or slow.
    pub async fn read(request: Request) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        if !TYPES.contains(&body::media_type(&parts.headers)) {
            let detail = format!("what can be verified is {}", TYPES.join(", "));
            return Err(Problem::new(Kind::UnsupportedMediaType, detail));
        }
        let content = body::read(&parts.headers, body, MOST).await?;
        let (content, holder) = if body::media_type(&parts.headers) == "application/json" {
            let read = serde_json::from_slice(&content);
            let Held { indicium, holder } =
                read.map_err(|error| Problem::new(Kind::Malformed, error.to_string()))?;
            (indicium.into_bytes(), holder)
        } else {
            (content, None)
        };
        let is_picture = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| {
            [b"image/".as_slice(), b"application/pdf"].iter().any(|start| kind.as_bytes().starts_with(start))
        });
        let is_small = content.len() <= SMALL && !is_picture;
        Ok(Self { content, holder, is_small })
    }
}

/// A text, and who is said to hold it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// The indicium's text, or what its holder's device shows of it.
    pub indicium: String,
    /// To whom it should be made out, letter by letter as it is printed on it.
    pub holder: Option<String>,
}

/// What was found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Verification {
    /// Nothing, if there is neither text nor symbol.
    pub found: Vec<Finding>,
}
