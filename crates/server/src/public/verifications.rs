//! Verification, for anybody: whether something is genuine, and what the books say of it.

use std::sync::Arc;

use api::{Held, Verification, Verifying, same_tag};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use indicia::Indicium;
use store::Reader;
use verifier::{Finding, Standing};

use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::public::answer::json;

/// Verify text (a line each), bytes, a picture or a PDF; or one text and its holder, as JSON.
#[utoipa::path(
    post,
    path = "/v1/verifications",
    tag = "verification",
    request_body(content(
        (Held = "application/json"),
        (String = "text/plain"),
        (Vec<u8> = "application/cbor"),
        (Vec<u8> = "application/octet-stream"),
        (Vec<u8> = "image/png"),
        (Vec<u8> = "image/jpeg"),
        (Vec<u8> = "application/pdf"),
    )),
    responses((status = 200, description = "What was found", body = Verification)),
)]
pub(crate) async fn create(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    json(StatusCode::OK, &Verification { found: verify(&app, request).await? })
}

/// What is found in a request's content.
pub(crate) async fn verify(app: &Arc<App>, request: Request) -> Result<Vec<Finding>, Problem> {
    let Verifying { content, holder, is_small } = Verifying::read(request).await?;
    let office = Arc::clone(app);
    let verify = move |books: &Reader| {
        let trust = office.trust.current()?;
        let candidates = paper::find(content, |_, _| ());
        let candidates = candidates.map_err(|error| Problem::new(Kind::Malformed, error.to_string()))?;
        let now = office.now();
        let was_issued = |indicium: &Indicium<'_>| engine::was_issued(&**books, indicium);
        let checked = paper::check_by_books(candidates, &trust.opened, now, was_issued);
        let found = checked.map(|checked| {
            let (page, checked) = checked?;
            let used = checked.serial.map(|serial| engine::used(&**books, serial)).transpose()?;
            let standing = used.map(Standing::Now).unwrap_or_default();
            Ok(Finding::new(page, checked, standing, &trust.opened, holder.as_deref()))
        });
        found.collect()
    };
    if is_small { app.desk.read(verify).await } else { app.desk.draw(verify).await }
}

/// The trust bundle: what a verifier needs without a network.
#[utoipa::path(
    get,
    path = "/v1/trust-bundle",
    tag = "verification",
    responses(
        (status = 200, description = "The newest", body = Vec<u8>, content_type = "application/cose"),
        (status = 304, description = "It is as If-None-Match says"),
    ),
)]
pub(crate) async fn bundle(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Problem> {
    let office = Arc::clone(&app);
    let trust = app.desk.read(move |_| office.trust.current()).await?;
    // Within a second accounts and revoked keys only become more.
    let opened = &trust.opened;
    let (made, devices) = (opened.issued_at().0, opened.device_count());
    let tag = format!("\"{made}-{devices}-{}\"", opened.revoked().count());
    let mut response = if same_tag(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/cose")], trust.bytes.clone()).into_response()
    };
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
    Ok(response)
}
