//! Verification, for anybody: whether something is genuine, and what the books say of it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use indicia::{HolderMatch, Indicium};
use serde::{Deserialize, Serialize};
use store::Reader;
use verifier::Checked;

use crate::app::App;
use crate::body;
use crate::problem::{Kind, Problem};
use crate::public::answer::{json, same_tag};

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

/// A text, and who is said to hold it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Held {
    /// The indicium's text.
    indicium: String,
    /// To whom it should be made out, letter by letter as it is printed on it.
    holder: Option<String>,
}

/// What was found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Verification {
    /// Nothing, if there is neither text nor symbol.
    found: Vec<Finding>,
}

/// One text or symbol. What an indicium says is said only of a genuine one.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Finding {
    /// genuine, not genuine, or can't tell.
    pub(crate) verdict: &'static str,
    /// Why it isn't genuine, or why that can't be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// What the books say of a genuine one: live, redeemed in part, redeemed, void; unknown if they don't have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) serial: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) issued_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<String>,
    /// Whether it is made out to somebody.
    pub(crate) has_holder: bool,
    /// Whether it is made out to the holder that was named: matches, differs, made out to nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) holder: Option<&'static str>,
    /// Page of a PDF, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) page: Option<usize>,
}

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
            Finding::new(page, checked, holder.as_deref(), books)
        });
        found.collect()
    };
    if is_small { app.desk.read(verify).await } else { app.desk.draw(verify).await }
}

impl Finding {
    fn new(
        page: Option<usize>,
        checked: Checked,
        holder: Option<&str>,
        books: &Reader,
    ) -> Result<Self, Problem> {
        let holder = holder.and_then(|holder| checked.is_held_by(holder));
        let mut status = None;
        if let Some(serial) = checked.serial {
            let account = books.account_by_device(serial.device())?;
            status = Some("unknown");
            if let Some(account) = account.filter(|account| serial.number() < account.next_number) {
                let dead = books.statuses(account.id, serial.number(), 1_u64)?;
                status = Some(dead.first().map_or("live", |dead| dead.usage.status.name()));
            }
        }
        Ok(Self {
            verdict: checked.judgement.name(),
            reason: checked.reason,
            status,
            serial: checked.serial.map(|serial| serial.to_string()),
            kind: checked.kind,
            amount: checked.amount,
            issued_at: checked.issued_at.map(|time| time.to_string()),
            expires: checked.expires.map(|time| time.to_string()),
            has_holder: checked.holder.is_some(),
            holder: holder.map(HolderMatch::name),
            page,
        })
    }
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
