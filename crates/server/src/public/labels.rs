//! Batches on sheets of labels, and single symbols.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom};
use std::sync::Arc;

use asker::KeptBatch;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use faces::{Language, Voices};
use futures_util::stream;
use indicia::{Indicium, Item, ItemList, Kept, Segment, SegmentError, Template};
use paper::Printing;
use print::{Alignment, AlignmentError, Format, Matrix, Resolution, SheetLayout};
use serde::Deserialize;
use store::{Reader, ReservationId, ReservationOutcome, StoreError, StoredReservation};

use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::public::{batches, issued};
use crate::sign_in::Depth;

/// Bytes of a file that are sent at a time.
const PART: usize = 64 * 1024;
/// Pixels of a symbol's module.
const SCALE: u8 = 8;

/// How to print.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct How {
    /// Name of the layout, or a maker's number; by default the first of its kind on which the symbols can be read.
    layout: Option<String>,
    /// Millimetres by which everything is moved to the right and down, for a printer that needs it: `-0.5,1.2`.
    offset: Option<String>,
    /// Millimetres at each edge of the page that the printer can't print on: what would stand there is refused.
    margin: Option<String>,
}

/// How to print on a label printer.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct RollHow {
    /// Name of the layout; by default the first label on which the symbols can be read.
    layout: Option<String>,
    /// Millimetres by which everything is moved to the right and down, for a printer that needs it: `-0.5,1.2`.
    offset: Option<String>,
    /// Millimetres at each edge of the label that the printer can't print on: what would stand there is refused.
    margin: Option<String>,
    /// Dots an inch of the printer: 203, which is the default, 300 or 600.
    dpi: Option<u16>,
}

impl How {
    /// A form's empty choice is none.
    fn printing(&self, format: Format) -> Result<Printing<'static>, Problem> {
        let layout = self.layout.as_deref().filter(|name| !name.is_empty()).map(layout).transpose()?;
        let wrong = |error: AlignmentError| Problem::new(Kind::Malformed, error.to_string());
        let offset = self.offset.as_deref().map(str::parse).transpose().map_err(wrong)?;
        let margin = self.margin.as_deref().map(str::parse).transpose().map_err(wrong)?;
        let alignment = Alignment { offset: offset.unwrap_or_default(), margin: margin.unwrap_or_default() };
        Ok(Printing { layout, format, alignment, artwork: None })
    }
}

/// In which languages labels are read.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code)] // described; `languages` reads it
pub(crate) struct Reading {
    /// Labels speak the dearest of these languages that their templates have, and else those that the templates name; `Content-Language` says which.
    #[param(rename = "Accept-Language")]
    accept_language: Option<String>,
}

/// The languages in which somebody reads labels, the dearest first.
pub(crate) fn languages(headers: &HeaderMap) -> Vec<Language> {
    let said = headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
    faces::accepted(&said.collect::<Vec<_>>().join(","))
}

/// Which languages some items' labels speak.
fn spoken(voices: &Voices<'_>, items: &[Item]) -> Result<HeaderValue, Problem> {
    let languages: Vec<_> = voices.languages(items).iter().map(ToString::to_string).collect();
    HeaderValue::from_str(&languages.join(", ")).map_err(|error| Problem::internal(&error))
}

/// What a query says.
type Asking<T> = Result<Query<T>, axum::extract::rejection::QueryRejection>;

fn asked<T>(query: Asking<T>) -> Result<T, Problem> {
    let Query(how) = query.map_err(|error| Problem::new(Kind::Malformed, error.body_text()))?;
    Ok(how)
}

/// Print a batch on sheets of labels, as PDF.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/batches/{batch}/labels.pdf",
    tag = "labels",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("batch" = u64, Path, description = "Number of the batch"),
        How,
        Reading,
    ),
    security(("token" = [])),
    responses((status = 200, description = "The sheets, PDF/A-2b", body = Vec<u8>, content_type = "application/pdf")),
)]
pub(crate) async fn sheets(
    State(app): State<Arc<App>>,
    Path(place): Path<(String, String)>,
    headers: HeaderMap,
    how: Asking<How>,
) -> Result<Response, Problem> {
    let printing = asked(how).and_then(|how| how.printing(Format::Pdf));
    printed(&app, &place, &headers, printing, "application/pdf").await
}

/// Print a batch on a label printer that understands ZPL II.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/batches/{batch}/labels.zpl",
    tag = "labels",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("batch" = u64, Path, description = "Number of the batch"),
        RollHow,
        Reading,
    ),
    security(("token" = [])),
    responses((status = 200, description = "The labels, to be sent to the printer as they are", body = String, content_type = "text/plain")),
)]
pub(crate) async fn zpl(
    State(app): State<Arc<App>>,
    Path(place): Path<(String, String)>,
    headers: HeaderMap,
    how: Asking<RollHow>,
) -> Result<Response, Problem> {
    let printing = asked(how).and_then(|RollHow { layout, offset, margin, dpi }| {
        let wrong = || Problem::new(Kind::Malformed, "label printers have 203, 300 or 600 dots an inch");
        let resolution = Resolution::of_dpi(dpi.unwrap_or(203)).ok_or_else(wrong)?;
        How { layout, offset, margin }.printing(Format::Zpl(resolution))
    });
    printed(&app, &place, &headers, printing, "text/plain; charset=us-ascii").await
}

/// Print a batch on a receipt printer that understands ESC/POS.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/batches/{batch}/labels.escpos",
    tag = "labels",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("batch" = u64, Path, description = "Number of the batch"),
        How,
        Reading,
    ),
    security(("token" = [])),
    responses((
        status = 200,
        description = "The receipts, to be sent to the printer as they are",
        body = Vec<u8>,
        content_type = "application/octet-stream",
    )),
)]
pub(crate) async fn receipts(
    State(app): State<Arc<App>>,
    Path(place): Path<(String, String)>,
    headers: HeaderMap,
    how: Asking<How>,
) -> Result<Response, Problem> {
    let printing = asked(how).and_then(|how| how.printing(Format::EscPos));
    printed(&app, &place, &headers, printing, "application/octet-stream").await
}

/// A batch as a printer wants it. Who may not read it isn't told what is wrong with how it was to be printed.
async fn printed(
    app: &Arc<App>,
    (account, batch): &(String, String),
    headers: &HeaderMap,
    printing: Result<Printing<'static>, Problem>,
    content_type: &'static str,
) -> Result<Response, Problem> {
    let account = app.read(headers, account, Depth::Indicia).await?;
    let printing = printing?;
    let stored = batches::find(app, &account, batch).await?;
    let ReservationOutcome::Done { first_number } = stored.outcome else {
        return Err(Problem::new(Kind::NotFound, "the batch isn't issued, and has no labels"));
    };
    let (faces, wanted) = (Arc::clone(&app.faces), languages(headers));
    let drawn = app.desk.draw(move |books| {
        let voices = faces.voices(&wanted);
        let all = with_items(books, account.id, &stored, first_number, stored.count)?;
        let (made, items): (Vec<_>, Vec<_>) = all.into_iter().map(|(_, bytes, item)| (bytes, item)).unzip();
        if made.is_empty() {
            let detail =
                "the holders' data of all of its indicia was erased, and with it what their symbols say";
            return Err(Problem::new(Kind::Erased, detail));
        }
        let mut file = tempfile::tempfile().map_err(|error| Problem::internal(&error))?;
        printing
            .write(BufWriter::new(&file), &made, &items, &voices, &mut |_| ())
            .map_err(|error| Problem::new(Kind::Malformed, error.to_string()))?;
        file.seek(SeekFrom::Start(0)).map_err(|error| Problem::internal(&error))?;
        Ok((file, spoken(&voices, &items)?))
    });
    let (file, language) = drawn.await?;
    let about = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CONTENT_LANGUAGE, language),
        (header::VARY, HeaderValue::from_static("accept-language")),
    ];
    Ok((about, in_parts(app, file)).into_response())
}

fn layout(name: &str) -> Result<&'static SheetLayout, Problem> {
    let all = || SheetLayout::all().iter().map(|layout| layout.name).collect::<Vec<_>>().join(", ");
    SheetLayout::by_name(name).ok_or_else(|| {
        Problem::new(Kind::Malformed, format!("there is no layout {name:?}; there are {}", all()))
    })
}

/// The first of a batch's own indicia, each with its number and the item that it was made from. Those whose holders' data was
/// erased aren't among them: nobody can make their symbols again.
pub(crate) fn with_items(
    books: &Reader,
    account: store::AccountId,
    batch: &StoredReservation,
    first: u64,
    count: u32,
) -> Result<Vec<(u64, Vec<u8>, Item)>, Problem> {
    let list = items(books, account, batch.id)?;
    let whole = |((number, kept), item): ((u64, Kept), Item)| Some((number, kept.into_whole()?, item));
    Ok(indicia_of(books, account, first, count)?.into_iter().zip(list.items).filter_map(whole).collect())
}

/// What was asked for, as far as it is kept.
fn items(books: &Reader, account: store::AccountId, batch: ReservationId) -> Result<ItemList, Problem> {
    let gone = || Problem::internal(&"a batch is gone");
    let (_, body) = books.reservation(account, batch)?.ok_or_else(gone)?;
    let kept = KeptBatch::decode(&body).map_err(|error| Problem::internal(&error))?;
    kept.items().map_err(|error| Problem::internal(&error))
}

/// The batch's own indicia, in order: a segment may have neighbours of it too.
fn indicia_of(
    books: &Reader,
    account: store::AccountId,
    first: u64,
    count: u32,
) -> Result<Vec<(u64, Kept)>, Problem> {
    let range = first..first + u64::from(count);
    let mut all = Vec::with_capacity(count as usize);
    books.segments(account, first, u64::from(count), &mut |segment| {
        let read = Segment::new(segment.bytes).each_kept(|number, kept| {
            if range.contains(&number) {
                all.push((number, kept));
            }
            Ok::<_, SegmentError>(())
        });
        read.map_err(|error| StoreError::Damaged(error.to_string()))
    })?;
    Ok(all)
}

/// Sends a file as it is read.
fn in_parts(app: &Arc<App>, file: File) -> Body {
    let desk = Arc::clone(&app.desk);
    Body::from_stream(stream::try_unfold(file, move |mut file| {
        let desk = Arc::clone(&desk);
        async move {
            let part = desk.read_on(move |_| {
                let mut part = Vec::with_capacity(PART);
                let read = (&mut file).take(PART as u64).read_to_end(&mut part);
                read.map_err(|error| Problem::internal(&error))?;
                Ok((part, file))
            });
            let (part, file) = part.await?;
            Ok::<_, Problem>((!part.is_empty()).then(|| (Bytes::from(part), file)))
        }
    }))
}

/// Draw the symbol of one indicium, as PNG.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/indicia/{serial}/symbol.png",
    tag = "labels",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("serial" = String, Path, description = "The serial as printed"),
    ),
    security(("token" = [])),
    responses((status = 200, description = "The symbol", body = Vec<u8>, content_type = "image/png")),
)]
pub(crate) async fn symbol(
    State(app): State<Arc<App>>,
    Path((account, serial)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let account = app.read(&headers, &account, Depth::Indicia).await?;
    let bytes = issued::bytes(&app, &account, &serial).await?;
    let picture = app.desk.draw(move |_| {
        let picture = print::png(&matrix(&bytes)?, SCALE);
        picture.map_err(|error| Problem::internal(&error))
    });
    Ok(([(header::CONTENT_TYPE, "image/png")], picture.await?).into_response())
}

/// Draws the symbol of one indicium, as SVG: for pages, which show it at any size.
pub(crate) async fn drawing(
    State(app): State<Arc<App>>,
    Path((account, serial)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let account = app.read(&headers, &account, Depth::Indicia).await?;
    let bytes = issued::bytes(&app, &account, &serial).await?;
    let drawing = app.desk.draw(move |_| Ok(print::svg(&matrix(&bytes)?))).await?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], drawing).into_response())
}

fn matrix(bytes: &[u8]) -> Result<Matrix, Problem> {
    let opened = Indicium::decode(bytes).map_err(|error| Problem::internal(&error))?;
    let claims = opened.claims();
    let template = Template::by_id(claims.template).unwrap_or(Template::for_kind(claims.kind));
    Matrix::of(&paper::symbol_content(template, bytes)).map_err(|error| Problem::internal(&error))
}
