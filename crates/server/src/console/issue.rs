//! Where items are asked for: one by a form, many by a file.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use faces::{Faces, Zone};
use indicia::{Kind, Template};
use maud::{Markup, html};

use crate::app::App;
use crate::console::failure::Failure;
use crate::console::page::{Page, Place, document};
use crate::console::visitor::Visitor;

/// Issue one item.
pub(crate) async fn one(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    headers: HeaderMap,
) -> Result<Markup, Failure> {
    let visitor = Visitor::own(&app, &headers, &account).await?;
    Ok(document(
        Page::of("Issue", &visitor).at(Place::Issue),
        html! {
            h1 { "Issue" }
            (ways(&visitor, false))
            div.columns {
                form.card data-preview=(visitor.path("/issue/preview")) data-live novalidate {
                    (fields(visitor.account.denomination.code(), zone(&app.faces)))
                    button.primary type="submit" { "Review" }
                }
                div #preview aria-live="polite" {
                    div.nothing {
                        h2 { "Preview" }
                        p { "The label shows here once there is an amount." }
                    }
                }
            }
        },
    ))
}

/// Issue many from a file.
pub(crate) async fn file(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    headers: HeaderMap,
) -> Result<Markup, Failure> {
    let visitor = Visitor::own(&app, &headers, &account).await?;
    Ok(document(
        Page::of("Issue from a file", &visitor).at(Place::Issue),
        html! {
            h1 { "Issue" }
            (ways(&visitor, true))
            form.card data-preview=(visitor.path("/issue/preview")) novalidate {
                div.field {
                    label for="file" { "File of items" }
                    input #file type="file" name="file" accept=".csv,.jsonl,.ndjson,text/csv" required
                        aria-describedby="file-hint";
                    p.hint #file-hint {
                        "CSV with a header row, or a JSON object a line. Columns: kind or template, amount; and where they "
                        "apply currency, holder, reference, service, valid_from, valid_until, weight_g, uses, event, "
                        "seat, entrance, enter_from, enter_until, mailed, origin, destination, reentry, barcode, key."
                    }
                }
                button.primary type="submit" { "Review" }
            }
            div #preview aria-live="polite" {}
        },
    ))
}

fn ways(visitor: &Visitor, is_file: bool) -> Markup {
    html! {
        nav.ways aria-label="Ways to issue" {
            a href=(visitor.path("/issue")) aria-current=[(!is_file).then_some("page")] { "One item" }
            a href=(visitor.path("/issue/file")) aria-current=[is_file.then_some("page")] { "From a file" }
        }
    }
}

/// As whose clocks tickets' times of entering are typed.
pub(crate) fn zone(faces: &Faces) -> &Zone {
    &faces.of(Template::for_kind(Kind::Ticket)).time_zone
}

fn fields(code: &str, zone: &Zone) -> Markup {
    html! {
        div.row {
            div.field {
                label for="template" { "What" }
                select #template name="template" {
                    @for template in Template::all() {
                        option value=(template.name) { (template.title) }
                    }
                }
            }
            div.field {
                label for="amount" { "Amount in " (code) }
                input #amount name="amount" inputmode="decimal" autocomplete="off" required;
            }
        }
        div.field {
            label for="holder" { "Holder " span.optional { "optional" } }
            input #holder name="holder" autocomplete="off" aria-describedby="holder-hint";
            p.hint #holder-hint { "Printed on the label; the symbol has only a digest of it." }
        }
        div.field {
            label for="key" { "Key of the holder's device " span.optional { "optional" } }
            input #key name="key" autocomplete="off" spellcheck="false" aria-describedby="key-hint";
            p.hint #key-hint { "Then only that device can show it: a copy on paper or a picture isn't redeemed." }
        }
        div.field {
            label for="reference" { "Reference " span.optional { "optional" } }
            input #reference name="reference" autocomplete="off";
        }
        div.field {
            label for="service" { "Service " span.optional { "optional" } }
            input #service name="service" autocomplete="off";
        }
        div.row {
            div.field {
                label for="valid_from" { "Valid from " span.optional { "optional" } }
                input #valid_from name="valid_from" type="date";
            }
            div.field {
                label for="valid_until" { "Valid until " span.optional { "optional" } }
                input #valid_until name="valid_until" type="date";
            }
        }
        @for (name, label, mode) in OF_TICKETS {
            (only(TICKET, name, label, mode, None))
        }
        @for (name, label) in [("enter_from", "Enter from"), ("enter_until", "Enter until")] {
            (only(TICKET, name, label, "datetime-local", Some(&format!("Time zone: {}", zone.name()))))
        }
        fieldset.choice data-only=(TICKET) {
            label { input type="checkbox" name="reentry" value="yes"; " Whoever leaves may come in again" }
        }
        @for (name, label, mode) in OF_POSTAGE {
            (only("postage", name, label, mode, None))
        }
        (only("postage coupon voucher", "barcode", "Barcode beside the indicium", "text", Some(
            "Of a mail piece the 20 to 31 digits of its Intelligent Mail barcode; of a coupon or voucher GS1’s element string, such as (255)9501101020917."
        )))
    }
}

const TICKET: &str = "ticket";
/// What only tickets have: names, labels, and how each is typed.
const OF_TICKETS: [(&str, &str, &str); 4] = [
    ("event", "Event", "text"),
    ("entrance", "Entrance", "text"),
    ("seat", "Seat", "text"),
    ("uses", "For how many people or rides", "numeric"),
];
/// What only mail pieces have.
const OF_POSTAGE: [(&str, &str, &str); 4] = [
    ("weight_g", "Weight in grams", "numeric"),
    ("mailed", "Date of mailing", "date"),
    ("origin", "From postcode", "text"),
    ("destination", "To postcode", "text"),
];

/// A field that is there for some templates alone; tickets are chosen at first.
fn only(templates: &str, name: &str, label: &str, mode: &str, hint: Option<&str>) -> Markup {
    let hint_id = hint.map(|_| format!("{name}-hint"));
    html! {
        div.field data-only=(templates) hidden[templates != TICKET] {
            label for=(name) { (label) " " span.optional { "optional" } }
            @if mode.starts_with("date") {
                input id=(name) name=(name) type=(mode) aria-describedby=[hint_id.as_deref()];
            } @else {
                input id=(name) name=(name) inputmode=(mode) autocomplete="off" aria-describedby=[hint_id.as_deref()];
            }
            @if let Some((hint, id)) = hint.zip(hint_id.as_deref()) { p.hint id=(id) { (hint) } }
        }
    }
}
