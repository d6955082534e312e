//! How answers are written.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::problem::Problem;

/// A JSON document.
///
/// # Errors
/// A [`Problem`] where the value can't be written.
pub fn json(status: StatusCode, value: &impl Serialize) -> Result<Response, Problem> {
    let body = serde_json::to_vec(value).map_err(|error| Problem::internal(&error))?;
    let mut response = (status, body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// Whether whoever asks has what this tag, in quotes, stands for.
#[must_use]
pub fn same_tag(asked: &HeaderMap, tag: &str) -> bool {
    let has_it = |have: &str| have.trim().trim_start_matches("W/") == tag || have.trim() == "*";
    let have = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    have.flat_map(|value| value.split(',')).any(has_it)
}
