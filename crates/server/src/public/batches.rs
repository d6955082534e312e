//! Batches: asked for by signed requests, read by whoever signed in.

use std::sync::Arc;
use std::time::Instant;

use api::body;
use asker::ContentForm;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use engine::{Engine, IssueRequest, Outcome, Ticket};
use indicia::ItemList;
use serde::Deserialize;
use store::{IdempotencyKey, Reader, RequestKind, ReservationId, StoredReservation};
use tracing::Instrument;

use crate::accounts::Known;
use crate::app::App;
use crate::front::TRACED;
use crate::limits::Left;
use crate::problem::{Kind, Problem};
use crate::public::answer::{Page, json, tagged};
use crate::public::batch::Batch;
use crate::public::item_lists::Document;
use crate::sign_in::{Depth, is_masked};
use crate::signed::{Signed, SignedFields};

/// Contents of more bytes, and answers of more indicia, are read and written beside the threads that carry requests.
pub(crate) const SMALL: usize = 16 * 1024;
/// Batches on a page.
const PAGE: u32 = 50;

/// Issue a batch, or hold its value.
///
/// The content is a list of items as canonical JSON (RFC 8785), which item-lists gives, or in its one CBOR encoding; it is
/// signed with the rest. It is answered when the batch is issued, durably; `hold` answers when its value is set aside.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/batches",
    tag = "batches",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("on_insufficient" = Option<String>, Query, description = "reject (the default), partial or wait"),
        ("wait" = Option<u64>, Query, description = "With on_insufficient=wait: longest wait in seconds"),
        ("priority" = Option<u8>, Query, description = "Who waits goes in order of priority, highest first"),
        ("hold" = Option<u64>, Query, description = "Hold the value for so many seconds instead of issuing"),
        SignedFields,
    ),
    request_body(content((Document = "application/json"), (Vec<u8> = "application/cbor"))),
    responses(
        (status = 201, description = "Issued", body = Batch),
        (status = 202, description = "Held", body = Batch),
    ),
)]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let form = match body::media_type(&parts.headers) {
        "application/cbor" => ContentForm::Cbor,
        "application/json" => ContentForm::Json,
        _ => {
            let detail =
                "a batch is sent as application/json or application/cbor; item-lists takes other files";
            return Err(Problem::new(Kind::UnsupportedMediaType, detail));
        }
    };
    let signed = Signed::read(&app, &account, &parts, body, app.settings.batch_bytes).await?;
    let left = signed.left();
    let Signed { account, user, key, proof, content, place: _place, .. } = signed;
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let is_small = content.len() <= SMALL;
    let (name, user, same_key) = (account.name.clone(), (*user).to_owned(), key.clone());
    let issue = move |engine: &Engine| {
        let items = as_kept(form, content)?;
        let request = IssueRequest { account: name, user, key: same_key, query, items, form, proof };
        Ok(engine.issue(request)?)
    };
    let began = Instant::now();
    let ticket = if is_small { issue(&app.engine)? } else { app.desk.ask(issue).await? };
    outcome(&app, &account, &key, ticket, began, left).await
}

/// The items as they are kept. What was signed is in one form whichever it is, and the module makes it again.
fn as_kept(form: ContentForm, content: Vec<u8>) -> Result<Vec<u8>, Problem> {
    match form {
        ContentForm::Cbor => Ok(content),
        ContentForm::Json => {
            let list = items::read_document(&content)?;
            Ok(ItemList::encode(list.proof, list.denomination, &list.items))
        }
    }
}

/// Waits for what becomes of a batch, and answers it.
pub(crate) async fn outcome(
    app: &Arc<App>,
    account: &Arc<Known>,
    key: &IdempotencyKey,
    ticket: Ticket,
    began: Instant,
    left: Left,
) -> Result<Response, Problem> {
    let outcome = ticket.instrument(tracing::info_span!(target: TRACED, "engine")).await?;
    let (status, count) = match &outcome {
        Outcome::Issued(issued) => {
            app.metrics.batch(issued.count, began.elapsed().as_secs_f64());
            (StatusCode::CREATED, issued.count)
        }
        _ => (StatusCode::ACCEPTED, 0),
    };
    let (known, key) = (Arc::clone(account), key.clone());
    let write = move || {
        let batch = Batch::of_outcome(&known, outcome, key.as_str())?;
        Ok::<_, Problem>((json(status, &batch)?, batch.batch))
    };
    let (mut response, batch) = if count <= 16 { write()? } else { app.desk.ask(move |_| write()).await? };
    if let Ok(place) = HeaderValue::try_from(format!("/v1/accounts/{}/batches/{batch}", account.name)) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Signed::say_left(left, &mut response);
    Ok(response)
}

/// Where a list goes on.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// What the page before named as `next`.
    cursor: Option<u64>,
    /// Only the batch that was asked for under this key.
    idempotency_key: Option<String>,
}

/// List batches, the newest first.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/batches",
    tag = "batches",
    params(("account" = String, Path, description = "Name of the account"), Which),
    security(("token" = [])),
    responses(
        (status = 200, description = "A page", body = Page<Batch>),
    ),
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    which: Result<Query<Which>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Problem> {
    let account = app.read(&headers, &account, Depth::State).await?;
    let Query(which) = which.map_err(|error| Problem::new(Kind::Malformed, error.body_text()))?;
    let key: Option<IdempotencyKey> =
        which.idempotency_key.as_deref().map(str::parse).transpose().map_err(
            |error: store::IdempotencyKeyError| Problem::new(Kind::KeyMalformed, error.to_string()),
        )?;
    let page = app.desk.read(move |books| match key {
        Some(key) => {
            let found = books.reservation_by_key(account.id, &key)?.filter(is_batch);
            let items = found.iter().map(|stored| Batch::of_stored(&account, stored)).collect();
            Ok(Page { items, next: None })
        }
        None => page(books, &account, which.cursor),
    });
    let mut page = page.await?;
    if is_masked(&app.sign_ins, &headers)? {
        page.items = page.items.into_iter().map(Batch::masked).collect();
    }
    json(StatusCode::OK, &page)
}

/// The batches before a number, the newest first.
fn page(books: &Reader, account: &Known, before: Option<u64>) -> Result<Page<Batch>, Problem> {
    // One more, which is only to show that the list goes on.
    let mut stored =
        books.requests(account.id, &[RequestKind::Issue], before.map(ReservationId), PAGE + 1)?;
    let goes_on = stored.len() > PAGE as usize;
    stored.truncate(PAGE as usize);
    let next = stored.last().filter(|_| goes_on).map(|last| last.id.0.to_string());
    Ok(Page { items: stored.iter().map(|stored| Batch::of_stored(account, stored)).collect(), next })
}

fn is_batch(stored: &StoredReservation) -> bool {
    stored.kind == RequestKind::Issue
}

/// A batch of an account, or the problem that there is none.
pub(crate) async fn find(app: &App, account: &Arc<Known>, batch: &str) -> Result<StoredReservation, Problem> {
    let unknown = || Problem::new(Kind::UnknownBatch, "the account has no such batch");
    let number: u64 = batch.parse().map_err(|_| unknown())?;
    let (id, after) = (account.id, number.checked_add(1).ok_or_else(unknown)?);
    let found = app
        .desk
        .read(move |books| Ok(books.requests(id, &[RequestKind::Issue], Some(ReservationId(after)), 1)?))
        .await?;
    found.into_iter().next().filter(|found| found.id.0 == number).ok_or_else(unknown)
}

/// Show one batch.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/batches/{batch}",
    tag = "batches",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("batch" = u64, Path, description = "Number of the batch"),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "The batch", body = Batch),
        (status = 304, description = "It is as If-None-Match says"),
    ),
)]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path((account, batch)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let account = app.read(&headers, &account, Depth::State).await?;
    let mut batch = Batch::of_stored(&account, &find(&app, &account, &batch).await?);
    if is_masked(&app.sign_ins, &headers)? {
        batch = batch.masked();
    }
    tagged(&headers, &batch.tag(), &batch)
}
