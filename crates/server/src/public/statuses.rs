//! Status snapshots, for anybody: what is used, used up or void, without a network.

use std::sync::Arc;

use api::same_tag;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::statuses::parse;

/// What whoever asks has already.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Since {
    /// SHA-256 of the payload of the snapshot that is to be brought up to date, in hexadecimal digits.
    since: Option<String>,
}

/// The status snapshot: what is used, used up or void as of a time, at most a minute ago.
///
/// With `since`, only what has changed since that snapshot, if it is one of the last two hours and the server has it still;
/// else all of it.
#[utoipa::path(
    get,
    path = "/v1/status-snapshot",
    tag = "verification",
    params(Since),
    responses(
        (status = 200, description = "A full snapshot, or a delta", body = Vec<u8>, content_type = "application/cose"),
        (status = 304, description = "It is as If-None-Match says"),
    ),
)]
pub(crate) async fn newest(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    since: Result<Query<Since>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Problem> {
    let Query(Since { since }) = since.map_err(|error| Problem::new(Kind::Malformed, error.body_text()))?;
    let wrong = || Problem::new(Kind::Malformed, "`since` is a snapshot's digest, of 64 hexadecimal digits");
    let since = since.map(|text| parse(&text).ok_or_else(wrong)).transpose()?;
    let office = Arc::clone(&app);
    let make = move |books: &store::Reader| {
        let trust = office.trust.current()?;
        office.statuses.since(since, books, &trust.opened, office.now())
    };
    let sent = app.desk.draw(make).await?;
    let mut response = if same_tag(&headers, &sent.tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/cose")], sent.bytes.to_vec()).into_response()
    };
    if let Ok(tag) = HeaderValue::try_from(sent.tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
    Ok(response)
}
