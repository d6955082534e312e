//! Indicia: one by its serial, or those of a batch, as a page or in a stream.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use indicia::{Kept, Segment, SegmentError, Serial, text};
use serde::{Deserialize, Serialize};
use store::{Reader, ReservationOutcome, StoredStatus};

use crate::accounts::Known;
use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::public::answer::{Page, accepts, json};
use crate::public::batches;
use crate::sign_in::Depth;

/// Indicia on a page, unless fewer are asked for.
const PAGE: u32 = 100;
/// Indicia on a page at most.
const MOST: u32 = 1000;

/// One indicium in a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Listed {
    /// Its serial.
    serial: String,
    /// Live, void or redeemed.
    status: &'static str,
    /// The indicium as text: what its symbol carries; not there if the holder's data was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// One indicium.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Indicium {
    /// Its serial.
    serial: String,
    /// Live, void or redeemed.
    status: &'static str,
    /// When it became so, and why, if it isn't live.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_reason: Option<String>,
    /// What it is: a ticket, for example.
    kind: String,
    /// What it is worth.
    amount: String,
    issued_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_until: Option<String>,
    /// The indicium as text: what its symbol carries; not there if the holder's data was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// Which of a batch's indicia.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// What the page before named as `next`.
    cursor: Option<u64>,
    /// How many at most, up to 1,000.
    limit: Option<u32>,
}

/// Numbers of a batch's serials from here on.
#[derive(Debug, Clone, Copy)]
struct Numbers {
    next: u64,
    end: u64,
}

/// How a stream is written.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// A line of JSON each.
    Lines,
    /// CBOR, one after the other (RFC 8742).
    Cbor,
}

/// Read the indicia of a batch, in order.
///
/// `Accept: application/x-ndjson` streams all of them, a JSON object a line; `application/cbor-seq` streams their bytes;
/// otherwise they come page by page.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/batches/{batch}/indicia",
    tag = "indicia",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("batch" = u64, Path, description = "Number of the batch"),
        Which,
    ),
    security(("token" = [])),
    responses(
        (
            status = 200,
            description = "Indicia",
            content((Page<Listed> = "application/json"), (String = "application/x-ndjson"), (Vec<u8> = "application/cbor-seq")),
        ),
    ),
)]
pub(crate) async fn of_batch(
    State(app): State<Arc<App>>,
    Path((account, batch)): Path<(String, String)>,
    headers: HeaderMap,
    which: Result<Query<Which>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Problem> {
    let account = app.read(&headers, &account, Depth::Indicia).await?;
    let Query(which) = which.map_err(|error| Problem::new(Kind::Malformed, error.body_text()))?;
    let stored = batches::find(&app, &account, &batch).await?;
    let all = match stored.outcome {
        ReservationOutcome::Done { first_number } => {
            Numbers { next: first_number, end: first_number + u64::from(stored.count) }
        }
        _ => Numbers { next: 0, end: 0 },
    };
    let from =
        Numbers { next: which.cursor.map_or(all.next, |cursor| cursor.clamp(all.next, all.end)), ..all };
    if accepts(&headers, "application/x-ndjson") {
        return Ok(in_a_stream(app, account, from, Form::Lines));
    }
    if accepts(&headers, "application/cbor-seq") {
        return Ok(in_a_stream(app, account, from, Form::Cbor));
    }
    let limit = u64::from(which.limit.unwrap_or(PAGE).clamp(1, MOST));
    let end = from.next.saturating_add(limit).min(all.end);
    let page = app.desk.read(move |books| {
        let (mut items, mut next) = (Vec::new(), from.next);
        while next < end {
            next = listed(books, &account, Numbers { next, end }, |one| {
                items.push(one);
                Ok(())
            })?;
        }
        Ok(Page { items, next: (end < all.end).then(|| end.to_string()) })
    });
    json(StatusCode::OK, &page.await?)
}

/// Segment by segment, each read when the one before is on its way: never more than one is held.
fn in_a_stream(app: Arc<App>, account: Arc<Known>, all: Numbers, form: Form) -> Response {
    let parts = stream::try_unfold(all, move |numbers| {
        let (app, account) = (Arc::clone(&app), Arc::clone(&account));
        async move {
            if numbers.next >= numbers.end {
                return Ok::<_, Problem>(None);
            }
            let part = app.desk.read_on(move |books| part(books, &account, numbers, form));
            let (bytes, next) = part.await?;
            Ok(Some((bytes, Numbers { next, ..numbers })))
        }
    });
    let kind = match form {
        Form::Lines => "application/x-ndjson",
        Form::Cbor => "application/cbor-seq",
    };
    ([(header::CONTENT_TYPE, kind)], Body::from_stream(parts)).into_response()
}

/// What a segment has of these numbers, as it is sent, and the number after it.
fn part(books: &Reader, account: &Known, numbers: Numbers, form: Form) -> Result<(Bytes, u64), Problem> {
    let mut bytes = Vec::new();
    let next = match form {
        Form::Lines => listed(books, account, numbers, |one| {
            serde_json::to_writer(&mut bytes, &one).map_err(|error| Problem::internal(&error))?;
            bytes.push(b'\n');
            Ok(())
        })?,
        Form::Cbor => each(books, account, numbers, |_, kept| {
            bytes.extend(kept.into_whole().unwrap_or_default());
            Ok(())
        })?,
    };
    Ok((bytes.into(), next))
}

fn listed(
    books: &Reader,
    account: &Known,
    numbers: Numbers,
    mut visit: impl FnMut(Listed) -> Result<(), Problem>,
) -> Result<u64, Problem> {
    let mut dead = None::<Vec<StoredStatus>>;
    each(books, account, numbers, |number, kept| {
        let dead = match &dead {
            Some(dead) => dead,
            None => dead.insert(books.statuses(account.id, number, MOST_OF_SEGMENT)?),
        };
        let status = dead.iter().find(|dead| dead.number == number);
        visit(Listed {
            serial: account.serial(number),
            status: status.map_or("live", |dead| dead.usage.status.name()),
            text: kept.into_whole().map(|indicium| text::to_text(&indicium)),
        })
    })
}

/// A segment has at most as many indicia.
const MOST_OF_SEGMENT: u64 = module::session::MAX_PACK as u64;

/// Visits what the first number's segment has of these numbers, and says the number after it.
fn each(
    books: &Reader,
    account: &Known,
    numbers: Numbers,
    mut visit: impl FnMut(u64, Kept) -> Result<(), Problem>,
) -> Result<u64, Problem> {
    /// A segment's own error, or a visitor's.
    enum Stopped {
        Segment(SegmentError),
        Visitor(Problem),
    }
    impl From<SegmentError> for Stopped {
        fn from(error: SegmentError) -> Self {
            Self::Segment(error)
        }
    }
    let segment = books.segment_of(account.id, numbers.next, |segment| {
        (segment.first + u64::from(segment.count), segment.bytes.to_vec())
    })?;
    let (end, bytes) = segment.ok_or_else(|| Problem::internal(&"indicia of a batch aren't in the books"))?;
    let wanted = numbers.next..numbers.end.min(end);
    let read = Segment::new(&bytes).each_kept(|number, kept| {
        if wanted.contains(&number) {
            visit(number, kept).map_err(Stopped::Visitor)?;
        }
        Ok(())
    });
    match read {
        Ok(()) => Ok(wanted.end),
        Err(Stopped::Visitor(problem)) => Err(problem),
        Err(Stopped::Segment(error)) => Err(Problem::internal(&error)),
    }
}

/// One indicium of an account.
pub(crate) async fn find(app: &App, account: &Arc<Known>, serial: &str) -> Result<(Serial, Kept), Problem> {
    let unknown =
        || Problem::new(Kind::UnknownIndicium, "the account has issued no indicium with this serial");
    let serial: Serial = serial.parse().map_err(|_| unknown())?;
    if serial.device() != account.device {
        return Err(unknown());
    }
    let id = account.id;
    let found = app.desk.read(move |books| {
        let found = books.segment_of(id, serial.number(), |segment| {
            Segment::new(segment.bytes).get_kept(serial.number())
        })?;
        found.transpose().map(Option::flatten).map_err(|error| Problem::internal(&error))
    });
    Ok((serial, found.await?.ok_or_else(unknown)?))
}

/// The bytes of one indicium of an account.
pub(crate) async fn bytes(app: &App, account: &Arc<Known>, serial: &str) -> Result<Vec<u8>, Problem> {
    let (serial, kept) = find(app, account, serial).await?;
    kept.whole(serial.number()).map_err(|error| Problem::new(Kind::Erased, error.to_string()))
}

/// Show one indicium; its bytes with `Accept: application/cbor`.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/indicia/{serial}",
    tag = "indicia",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("serial" = String, Path, description = "The serial as printed"),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "It", content((Indicium = "application/json"), (Vec<u8> = "application/cbor"))),
    ),
)]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path((account, serial)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let account = app.read(&headers, &account, Depth::Indicia).await?;
    if accepts(&headers, "application/cbor") {
        let bytes = bytes(&app, &account, &serial).await?;
        return Ok(([(header::CONTENT_TYPE, "application/cbor")], bytes).into_response());
    }
    let (serial, kept) = find(&app, &account, &serial).await?;
    let id = account.id;
    let dead = app.desk.read(move |books| Ok(books.statuses(id, serial.number(), 1_u64)?)).await?;
    let claims = kept.claims().map_err(|error| Problem::internal(&error))?;
    let dead = dead.first();
    let shown = Indicium {
        serial: serial.to_string(),
        status: dead.map_or("live", |dead| dead.usage.status.name()),
        status_since: dead.map(|dead| dead.at.to_string()),
        status_reason: dead.map(|dead| dead.reason.clone()),
        kind: claims.kind.to_string(),
        amount: claims.amount.to_string(),
        issued_at: claims.issued_at.to_string(),
        valid_from: claims.not_before.map(|time| time.to_string()),
        valid_until: claims.expires.map(|time| time.to_string()),
        text: kept.into_whole().map(|bytes| text::to_text(&bytes)),
    };
    json(StatusCode::OK, &shown)
}
