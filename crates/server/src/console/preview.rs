//! What would be issued: read from a form or a file, shown with its faults, and made ready to be signed.
//!
//! The items are sent back in the one encoding that is signed, reserved and issued, so that what was looked at is what is
//! asked for.

use std::sync::Arc;

use api::body;
use axum::extract::{Path, Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use faces::{Voices, Zone};
use indicia::{Amount, Denomination, Item, ItemList, ProofForm};
use items::{Fault, Faults, Format};
use maud::{Markup, html};
use store::Reader;

use crate::app::App;
use crate::console::failure::{Failure, capitalised, fragment};
use crate::console::format::{count, items as so_many, money};
use crate::console::issue::zone;
use crate::console::label::{Label, specimen};
use crate::console::passkeys::ids_of;
use crate::console::visitor::Visitor;
use crate::problem::{Kind, Problem};
use crate::public::labels::languages;
use crate::public::{inspected, reserved};
use crate::signed::place;

/// Rows of a file that are shown: of a good one, and of one with faults.
const SHOWN: usize = 6;
const SHOWN_WITH_FAULTS: usize = 100;
/// Items whose symbols would be bare signatures, before one for all is worth it.
const MANY: usize = 100;

/// What was sent to be looked at.
enum Source {
    /// The fields of the form for one item.
    Form(Vec<(String, String)>),
    /// A file.
    File(Vec<u8>, Format),
}

/// What a session takes only with a passkey, and those there are.
struct Agreement {
    /// More than so many units at once.
    above: u64,
    passkeys: String,
    /// Where more are added.
    page: String,
}

/// What an account has to spend.
struct Funds {
    denomination: Denomination,
    /// Units that aren't reserved.
    free: u64,
    agreement: Option<Agreement>,
}

/// The preview, as a part of the page.
pub(crate) async fn make(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    match preview(&app, &account, &headers, request).await {
        Ok(preview) => preview.into_response(),
        Err(Failure::SignInFirst) => {
            fragment(&Problem::new(Kind::SignInRequired, "you are signed out; sign in again"))
        }
        Err(Failure::Problem(both)) => fragment(&both.0),
    }
}

async fn preview(
    app: &Arc<App>,
    account: &str,
    headers: &HeaderMap,
    request: Request,
) -> Result<Markup, Failure> {
    let visitor = Visitor::own(app, headers, account).await?;
    let (parts, body) = request.into_parts();
    let most = app.settings.batch_bytes;
    let _place = place(app, body::announced(&parts.headers).unwrap_or(most).min(most))?;
    let content = body::read(&parts.headers, body, most).await?;
    let source = Source::new(body::media_type(&parts.headers), content)?;
    let denomination = visitor.account.denomination;
    let id = visitor.account.id;
    let record = inspected(app, &visitor.account).await?;
    let above = record.limits.passkey_above;
    let agreement = above.map(|above| Agreement {
        above,
        passkeys: ids_of(&record, visitor.person.name()),
        page: visitor.path("/passkeys"),
    });
    let (faces, wanted) = (Arc::clone(&app.faces), languages(headers));
    let made = app.desk.draw(move |books: &Reader| {
        let read = match &source {
            Source::Form(fields) => {
                items::read_items(&line(fields, zone(&faces)), Format::Jsonl, denomination)
            }
            Source::File(bytes, format) => items::read_items(bytes, *format, denomination),
        };
        match (read, &source) {
            (Ok(list), source) => {
                let account = books.account(id)?.ok_or_else(|| Problem::internal(&"an account is gone"))?;
                let free = account.descending.saturating_sub(reserved(books, &account)?);
                let is_file = matches!(source, Source::File(..));
                let so_far = Funds { denomination, free, agreement };
                ready(&list, so_far, is_file, &faces.voices(&wanted))
            }
            (Err(faults), Source::Form(_)) => Ok(of_form(&faults)),
            (Err(faults), Source::File(bytes, format)) => Ok(of_file(&faults, bytes, *format)),
        }
    });
    Ok(made.await?)
}

impl Source {
    fn new(media_type: &str, content: Vec<u8>) -> Result<Self, Problem> {
        match media_type {
            "application/x-www-form-urlencoded" => {
                let fields = form_urlencoded::parse(&content).into_owned();
                Ok(Self::Form(fields.filter(|(_, value)| !value.is_empty()).collect()))
            }
            "text/csv" => Ok(Self::File(content, Format::Csv)),
            "application/x-ndjson" => Ok(Self::File(content, Format::Jsonl)),
            _ => Err(Problem::new(
                Kind::UnsupportedMediaType,
                "items are read from a form, CSV, or lines of JSON",
            )),
        }
    }
}

/// The form's fields as one line of a file, so that they are read as every other item is. What can't be changed into what
/// files have stays, and is found fault with there.
fn line(fields: &[(String, String)], zone: &Zone) -> Vec<u8> {
    let field = |(name, value): &(String, String)| {
        let as_in_files: Option<serde_json::Value> = match name.as_str() {
            "weight_g" => value.parse::<u64>().ok().map(Into::into),
            "enter_from" | "enter_until" => zone.time(value).map(|time| time.to_string().into()),
            _ => None,
        };
        (name.clone(), as_in_files.unwrap_or_else(|| value.clone().into()))
    };
    let object: serde_json::Map<_, _> = fields.iter().map(field).collect();
    serde_json::Value::Object(object).to_string().into_bytes()
}

/// What may be issued, with the button that does it.
fn ready(
    items: &[Item],
    Funds { denomination, free, agreement }: Funds,
    is_file: bool,
    voices: &Voices<'_>,
) -> Result<Markup, Problem> {
    let Some(first) = items.first() else { return Err(Problem::internal(&"a list without items was read")) };
    // They were summed up when they were read.
    let total = items.iter().fold(0_u64, |sum, item| sum.saturating_add(item.amount.units()));
    let encoded = |proof| STANDARD.encode(ItemList::encode(proof, denomination, items));
    let voice = voices.of(first.template);
    let label = Label { item: first, voice, serial: "serial follows", symbol: specimen(first.template)? };
    let left = free.checked_sub(total);
    let agreement = agreement.filter(|agreement| total > agreement.above);
    let how_many = items.len() as u64;
    Ok(html! {
        form.ready.card data-batch data-items=(encoded(ProofForm::Signature))
            data-items-batch=[(items.len() >= MANY).then(|| encoded(ProofForm::Batch))]
            data-passkeys=[agreement.as_ref().map(|agreement| agreement.passkeys.as_str())] {
            h2 tabindex="-1" { "Ready to issue" }
            (label.draw())
            dl.facts {
                div { dt { "Items" } dd { (count(how_many)) } }
                div { dt { "Total" } dd { (money(total, denomination)) } }
                div {
                    dt { "Left afterwards" }
                    dd { @match left { Some(left) => (money(left, denomination)), None => "not enough" } }
                }
            }
            @if left.is_none() {
                p.warning {
                    "The account has " (money(free, denomination)) " to spend, "
                    (money(total - free, denomination)) " too little."
                }
            }
            @if let Some(Agreement { above, passkeys, page }) = &agreement {
                p.hint {
                    "More than " (money(*above, denomination)) " at once takes a passkey of whoever signed in with a password. "
                    @if passkeys.is_empty() { a href=(page) { "Add one" } " first." } @else { "Yours is asked for." }
                }
            }
            @if is_file { (choices(left.is_none() && how_many > 1, items.len() >= MANY)) }
            div.failure role="alert" {}
            button.primary.wide type="submit" disabled[left.is_none() && how_many == 1] {
                span { "Issue " (so_many(how_many, "item", "items")) " for " (money(total, denomination)) }
            }
        }
        @if is_file { (first_rows(items, voices)) }
    })
}

fn choices(is_short: bool, are_many: bool) -> Markup {
    html! {
        @if is_short {
            fieldset {
                legend { "As there isn't enough" }
                div.choice {
                    input #partial type="radio" name="query" value="on_insufficient=partial" checked;
                    label for="partial" { "Issue as many as there is value for, in order" }
                }
                div.choice {
                    input #wait type="radio" name="query" value="on_insufficient=wait&wait=300";
                    label for="wait" { "Wait up to five minutes for value to be paid in" }
                }
            }
        }
        @if are_many {
            div.choice {
                input #one-signature type="checkbox" name="batch";
                label for="one-signature" { "One signature for all: issued faster, symbols somewhat larger" }
            }
        }
    }
}

fn first_rows(items: &[Item], voices: &Voices<'_>) -> Markup {
    html! {
        section aria-labelledby="first" {
            h2 #first { "The first of " (so_many(items.len() as u64, "item", "items")) }
            div.scroll.card tabindex="0" role="group" aria-labelledby="first" {
                table {
                    thead {
                        tr {
                            th scope="col" { "What" }
                            th.right scope="col" { "Amount" }
                            th scope="col" { "Holder" }
                            th scope="col" { "Reference" }
                            th scope="col" { "Service" }
                            th scope="col" { "Valid" }
                        }
                    }
                    tbody {
                        @for item in items.iter().take(SHOWN) {
                            tr {
                                th scope="row" { (item.template.title) }
                                td.right { (Amount::to_string(&item.amount)) }
                                td { (item.holder.as_deref().unwrap_or_default()) }
                                td { (item.reference.as_deref().unwrap_or_default()) }
                                td { (item.service.as_deref().unwrap_or_default()) }
                                td { (voices.of(item.template).validity(item.not_before, item.expires).unwrap_or_default()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The faults of the form: the page marks the fields that they are of.
fn of_form(faults: &Faults) -> Markup {
    let field = |fault: &Fault| match fault.column.as_deref() {
        Some("kind") | None => "template".to_owned(),
        Some("currency") => "amount".to_owned(),
        Some(column) => column.to_owned(),
    };
    html! {
        section.notice role="alert" {
            h2 tabindex="-1" { (so_many(faults.faults.len() as u64, "thing", "things")) " to put right" }
            ul.faults {
                @for fault in &faults.faults {
                    li data-fault=(field(fault)) {
                        a href={ "#" (field(fault)) } { (capitalised(&fault.problem.to_string())) "." }
                    }
                }
            }
        }
    }
}

/// The faults of a file, in the rows where they are.
fn of_file(faults: &Faults, bytes: &[u8], format: Format) -> Markup {
    let all = faults.faults.len() + faults.more;
    let of_all = |fault: &&Fault| fault.row <= 1 || format != Format::Csv;
    html! {
        section.notice role="alert" {
            h2 tabindex="-1" { "The file has " (so_many(all as u64, "fault", "faults")) }
            p { "Nothing was issued. Put them right in the file, and choose it again." }
            ul.faults {
                @for fault in faults.faults.iter().filter(of_all).take(SHOWN_WITH_FAULTS) {
                    li { (where_it_is(fault)) (capitalised(&fault.problem.to_string())) "." }
                }
            }
        }
        @if format == Format::Csv { (marked(faults, bytes)) }
    }
}

fn where_it_is(fault: &Fault) -> Markup {
    html! {
        @if fault.row > 0 { strong { "Row " (fault.row) } ": " }
        @if let Some(column) = &fault.column { code { (column) } ": " }
        @if let Some(value) = &fault.value { q { (value) } ": " }
    }
}

/// The rows of a table that have faults, with the cells marked.
fn marked(faults: &Faults, bytes: &[u8]) -> Markup {
    let mut numbers: Vec<u64> = faults.faults.iter().map(|fault| fault.row).filter(|row| *row > 1).collect();
    numbers.dedup();
    let rows = items::csv_rows(bytes, |row| numbers.contains(&row), SHOWN_WITH_FAULTS);
    let of_row = |row: u64| faults.faults.iter().filter(move |fault| fault.row == row);
    html! {
        @if !rows.rows.is_empty() {
            div.scroll.card tabindex="0" role="group" aria-label="Rows with faults" {
                table.marked {
                    thead {
                        tr {
                            th scope="col" { "Row" }
                            @for name in &rows.header { th scope="col" { (name) } }
                        }
                    }
                    tbody {
                        @for (number, cells) in &rows.rows {
                            tr {
                                th scope="row" { (number) }
                                @for (place, cell) in cells.iter().enumerate() {
                                    @let name = rows.header.get(place).map(String::as_str);
                                    @let is_faulty = of_row(*number).any(|fault| name.is_some() && fault.column.as_deref() == name);
                                    td.faulty[is_faulty] { (cell) }
                                }
                            }
                            @for fault in of_row(*number) {
                                tr.why {
                                    td {}
                                    td colspan=(rows.header.len()) {
                                        @if let Some(column) = &fault.column { code { (column) } ": " }
                                        (capitalised(&fault.problem.to_string())) "."
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
