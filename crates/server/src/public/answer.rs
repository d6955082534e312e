//! How answers are written.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::problem::Problem;

/// A JSON document.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Result<Response, Problem> {
    let body = serde_json::to_vec(value).map_err(|error| Problem::internal(&error))?;
    let mut response = (status, body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// A JSON document that changes only together with its tag, and isn't sent to whoever has it.
pub(crate) fn tagged(asked: &HeaderMap, tag: &str, value: &impl Serialize) -> Result<Response, Problem> {
    let tag = format!("\"{tag}\"");
    let mut response = if same_tag(asked, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        json(StatusCode::OK, value)?
    };
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

/// Whether whoever asks has what this tag, in quotes, stands for.
pub(crate) fn same_tag(asked: &HeaderMap, tag: &str) -> bool {
    let has_it = |have: &str| have.trim().trim_start_matches("W/") == tag || have.trim() == "*";
    let have = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    have.flat_map(|value| value.split(',')).any(has_it)
}

/// Whether `Accept` names a type, by itself.
pub(crate) fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .any(|one| one.split(';').next().is_some_and(|one| one.trim().eq_ignore_ascii_case(media_type)))
}

/// One page of a list.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Page<T> {
    /// What is on it.
    pub(crate) items: Vec<T>,
    /// What to ask for as `cursor` to go on; none after the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}
