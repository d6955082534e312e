//! Contents that come in: bounded in length and in time.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::kind::Kind;
use crate::problem::Problem;

/// How long may pass between two parts of a content.
const PAUSE: Duration = Duration::from_secs(10);
/// How long a whole content may take.
const WHOLE: Duration = Duration::from_secs(120);
/// Memory that is reserved because a length was announced; beyond, it grows with what comes.
const BELIEVED: usize = 64 * 1024;

/// Reads a whole content of at most so many bytes.
///
/// # Errors
/// A [`Problem`] for one that is packed, too large, too slow or broken off.
pub async fn read(headers: &HeaderMap, body: Body, most: usize) -> Result<Vec<u8>, Problem> {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(Problem::new(
            Kind::UnsupportedMediaType,
            "the content is to come without Content-Encoding",
        ));
    }
    let announced = announced(headers).unwrap_or(0);
    if announced > most {
        return Err(too_large(most));
    }
    let content = Vec::with_capacity(announced.min(BELIEVED));
    timeout(WHOLE, collect(body, content, most)).await.unwrap_or_else(|_| Err(too_slow(WHOLE)))
}

/// Reads a JSON document of at most so many bytes.
///
/// # Errors
/// A [`Problem`], as [`read`], and for what is something else.
pub async fn read_json<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
    most: usize,
) -> Result<T, Problem> {
    if media_type(headers) != "application/json" {
        return Err(Problem::new(Kind::UnsupportedMediaType, "this is sent as application/json"));
    }
    let content = read(headers, body, most).await?;
    serde_json::from_slice(&content).map_err(|error| Problem::new(Kind::Malformed, error.to_string()))
}

/// How long the content is said to be.
#[must_use]
pub fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

async fn collect(mut body: Body, mut content: Vec<u8>, most: usize) -> Result<Vec<u8>, Problem> {
    loop {
        let frame = timeout(PAUSE, body.frame()).await.map_err(|_| too_slow(PAUSE))?;
        let Some(frame) = frame else { return Ok(content) };
        let broken =
            |error| Problem::new(Kind::Malformed, format!("the content ended before its end: {error}"));
        // Trailers say nothing that is asked for.
        let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
        if content.len() + data.len() > most {
            return Err(too_large(most));
        }
        content.extend_from_slice(&data);
    }
}

/// The media type without its parameters.
#[must_use]
pub fn media_type(headers: &HeaderMap) -> &str {
    let whole = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    whole.split(';').next().unwrap_or_default().trim()
}

fn too_large(most: usize) -> Problem {
    Problem::new(Kind::TooLarge, format!("the content is larger than {most} bytes; nothing was done"))
}

fn too_slow(limit: Duration) -> Problem {
    let seconds = limit.as_secs();
    Problem::new(
        Kind::TooSlow,
        format!("nothing more of the content came within {seconds} s; nothing was done"),
    )
}
