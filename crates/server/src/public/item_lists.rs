//! Files of customers, made into the text that a batch is signed as. Nothing is reserved, and nothing kept.

use std::sync::Arc;

use api::body;
use asker::ContentDigest;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use indicia::{Denomination, ItemList, ProofForm};
use items::{Faults, Format, read_items, read_lenient_document};
use serde::Deserialize;

use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::public::batches::SMALL;
use crate::sign_in::Depth;
use crate::signed::place;

static DIGEST: HeaderName = HeaderName::from_static("content-digest");
static COUNT: HeaderName = HeaderName::from_static("item-count");
static VALUE: HeaderName = HeaderName::from_static("item-value");

/// A batch as it is signed: in canonical form (RFC 8785), without spaces, and with its members in this order.
#[derive(utoipa::ToSchema)]
#[schema(as = ItemList)]
#[allow(dead_code)] // it is only described: `items` reads it, and `indicia` writes it
pub(crate) struct Document {
    /// Currency and decimal places of the account.
    #[schema(example = "EUR/2")]
    denomination: String,
    items: Vec<Item>,
    /// Whether each indicium is signed by itself, or many with one signature.
    proof: Proof,
}

/// One item. What it doesn't have isn't there.
#[derive(utoipa::ToSchema)]
#[allow(dead_code)] // it is only described
struct Item {
    /// With all decimal places of the denomination.
    #[schema(example = "12.50")]
    amount: String,
    /// The barcode of its trade's own that stands beside it: a mail piece's 20 to 31 digits of an Intelligent Mail barcode, or a
    /// coupon's or voucher's GS1 element string.
    #[schema(example = "(255)9501101020917000000000042")]
    barcode: Option<String>,
    /// The postcode to which a mail piece goes, up to 20 bytes.
    destination: Option<String>,
    /// It lets nobody in before this, within the time in which it is valid.
    #[schema(example = "2026-06-01T17:00:00Z")]
    enter_from: Option<String>,
    /// It lets nobody in from this on.
    #[schema(example = "2026-06-01T19:30:00Z")]
    enter_until: Option<String>,
    /// By which entrance it lets in, up to 40 bytes.
    entrance: Option<String>,
    /// What it lets in to, up to 80 bytes.
    event: Option<String>,
    /// Who it is for, up to 120 bytes: only a salted digest of it goes into the symbol.
    holder: Option<String>,
    /// The Ed25519 key of its holder's device, which alone can show it: 64 hexadecimal digits.
    #[schema(example = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")]
    key: Option<String>,
    /// The day on which a mail piece is handed to the post.
    #[schema(example = "2026-06-01")]
    mailed: Option<String>,
    /// The postcode where that is, up to 20 bytes.
    origin: Option<String>,
    /// Whether whoever leaves with a ticket may come in again: `true`, or not there.
    reentry: Option<bool>,
    /// The customer's own name for it, up to 64 bytes.
    reference: Option<String>,
    /// Where one sits, up to 40 bytes.
    seat: Option<String>,
    /// Class of service, up to 40 bytes.
    service: Option<String>,
    template: Template,
    /// For how many uses it is, 2 to 10,000: people of a group, rides. Each takes an equal share of the amount.
    uses: Option<u32>,
    /// Not valid before this: a time in UTC, in whole seconds.
    #[schema(example = "2026-06-01T00:00:00Z")]
    valid_from: Option<String>,
    /// Not valid from this on.
    #[schema(example = "2026-07-01T00:00:00Z")]
    valid_until: Option<String>,
    /// Weight in grams.
    weight_g: Option<u32>,
}

#[derive(utoipa::ToSchema)]
#[schema(rename_all = "lowercase")]
#[allow(dead_code)] // it is only described
enum Template {
    Ticket,
    Postage,
    Coupon,
    Voucher,
    Cheque,
    Scrip,
    Gift,
}

#[derive(utoipa::ToSchema)]
#[schema(as = ProofForm, rename_all = "lowercase")]
#[allow(dead_code)] // it is only described
enum Proof {
    Signature,
    Batch,
}

/// How the items are to be signed.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct How {
    /// signature (the default) for a signature in each indicium, or batch for one over many.
    proof: Option<String>,
}

/// What customers' files are.
#[derive(Debug, Clone, Copy)]
enum Source {
    File(Format),
    Document,
}

/// Make a file into the text that a batch is signed as.
///
/// Takes CSV with a header row, lines of JSON, or a document whose items are as such lines: amounts may be numbers, kinds
/// stand for templates, and days for times. Answers the document in its canonical form, to be looked at, signed and sent as
/// a batch; or all faults of the file. Nothing is reserved.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/item-lists",
    tag = "batches",
    params(("account" = String, Path, description = "Name of the account"), How),
    security(("token" = [])),
    request_body(content(
        (String = "text/csv"),
        (String = "application/x-ndjson"),
        (Document = "application/json"),
    )),
    responses(
        (
            status = 200,
            description = "The document",
            body = Document,
            headers(
                ("Content-Digest" = String, description = "Of the document (RFC 9530), as the request of its batch has it"),
                ("Item-Count" = u64, description = "How many items there are"),
                ("Item-Value" = String, description = "What they cost together, in the account's denomination"),
            ),
        ),
    ),
)]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    how: Result<Query<How>, axum::extract::rejection::QueryRejection>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let account = app.read(&parts.headers, &account, Depth::State).await?;
    let Query(how) = how.map_err(|error| Problem::new(Kind::Malformed, error.body_text()))?;
    let proof = how.proof.as_deref().map(proof_form).transpose()?;
    let source = source(&parts.headers)?;
    let most = app.settings.batch_bytes;
    let _place = place(&app, body::announced(&parts.headers).unwrap_or(most).min(most))?;
    let content = body::read(&parts.headers, body, most).await?;
    let is_small = content.len() <= SMALL;
    let write = move || answer(&read(source, proof, &content, account.denomination)?, most);
    if is_small { write() } else { app.desk.draw(move |_| write()).await }
}

fn source(headers: &HeaderMap) -> Result<Source, Problem> {
    match body::media_type(headers) {
        "text/csv" => Ok(Source::File(Format::Csv)),
        "application/x-ndjson" => Ok(Source::File(Format::Jsonl)),
        "application/json" => Ok(Source::Document),
        _ => {
            let detail = "items are text/csv, application/x-ndjson or application/json";
            Err(Problem::new(Kind::UnsupportedMediaType, detail))
        }
    }
}

fn proof_form(name: &str) -> Result<ProofForm, Problem> {
    let unknown = || format!("{name:?} is no form of proof; there are signature and batch");
    ProofForm::by_name(name).ok_or_else(|| Problem::new(Kind::Malformed, unknown()))
}

/// What the request says of the proof counts before what the document does.
fn read(
    source: Source,
    proof: Option<ProofForm>,
    content: &[u8],
    denomination: Denomination,
) -> Result<ItemList, Faults> {
    let (said, items) = match source {
        Source::File(format) => (None, read_items(content, format, denomination)?),
        Source::Document => read_lenient_document(content, denomination)?,
    };
    Ok(ItemList { proof: proof.or(said).unwrap_or_default(), denomination, items })
}

fn answer(list: &ItemList, most: usize) -> Result<Response, Problem> {
    // `items` has reckoned the total already.
    let total = list.total().map_err(|error| Problem::internal(&error))?;
    let count = list.items.len();
    let document = list.to_json();
    if document.len() > most {
        let bytes = document.len();
        let detail = format!("the document would have {bytes} bytes, and a batch may have {most}; divide it");
        return Err(Problem::new(Kind::TooLarge, detail));
    }
    let digest = ContentDigest::of(document.as_bytes()).to_string();
    let value = |text: String| HeaderValue::try_from(text).map_err(|error| Problem::internal(&error));
    let mut response = document.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(DIGEST.clone(), value(digest)?);
    headers.insert(COUNT.clone(), HeaderValue::from(count));
    headers.insert(VALUE.clone(), value(total.number())?);
    Ok(response)
}
