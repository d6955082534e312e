//! One batch: how far it is, and its labels to print.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use faces::Voices;
use indicia::{Denomination, Item};
use maud::{Markup, html};
use print::SheetLayout;
use serde::Deserialize;
use store::{IdempotencyKey, Reader, ReservationId, ReservationOutcome, StoredReservation};

use crate::app::App;
use crate::console::failure::{Failure, capitalised, fragment};
use crate::console::format::{count, items, money, when};
use crate::console::history::State as Stage;
use crate::console::label::Label;
use crate::console::page::{Page, Place, document};
use crate::console::visitor::Visitor;
use crate::problem::{Kind, Problem};
use crate::public::{batches, labels};
use crate::sign_in::Depth;

/// Labels that the page shows itself.
const LABELS: u32 = 6;

/// A batch, and its first labels if it is issued.
struct Shown {
    stored: StoredReservation,
    labels: Vec<(String, Item)>,
    serials: Option<(String, String)>,
}

/// The whole page.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path((account, batch)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Markup, Failure> {
    let visitor = Visitor::of(&app, &headers, &account, Depth::State).await?;
    let shown = read(&app, &visitor, &batch).await?;
    let title = format!("Batch {}", shown.stored.id.0);
    Ok(document(
        Page::of(&title, &visitor).at(Place::History),
        html! {
            div #batch aria-live="polite" data-events=[is_under_way(&shown).then(|| visitor.path(&format!("/batches/{batch}")))] {
                (content(&shown, &visitor, &app.faces.voices(&labels::languages(&headers))))
            }
        },
    ))
}

/// The part of it that changes.
pub(crate) async fn state(
    State(app): State<Arc<App>>,
    Path((account, batch)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let Ok(visitor) = Visitor::of(&app, &headers, &account, Depth::State).await else {
        return fragment(&Problem::new(Kind::SignInRequired, "you are signed out; sign in again"));
    };
    match read(&app, &visitor, &batch).await {
        Ok(shown) => {
            content(&shown, &visitor, &app.faces.voices(&labels::languages(&headers))).into_response()
        }
        Err(problem) => fragment(&problem),
    }
}

/// Under which key a batch was asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    idempotency_key: String,
}

/// Leads to the batch that was asked for under a key; 204 as long as there is none.
pub(crate) async fn find(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    which: Result<Query<Which>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Failure> {
    let visitor = Visitor::of(&app, &headers, &account, Depth::State).await?;
    let Query(which) = which.map_err(|error| Problem::new(Kind::Malformed, error.body_text()))?;
    let key: Result<IdempotencyKey, _> = which.idempotency_key.parse();
    let key =
        key.map_err(|error: store::IdempotencyKeyError| Problem::new(Kind::KeyMalformed, error.to_string()))?;
    let id = visitor.account.id;
    let found = app.desk.read(move |books: &Reader| Ok(books.reservation_by_key(id, &key)?)).await?;
    Ok(match found {
        Some(found) => Redirect::to(&visitor.path(&format!("/batches/{}", found.id.0))).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

async fn read(app: &Arc<App>, visitor: &Visitor, batch: &str) -> Result<Shown, Problem> {
    let stored = batches::find(app, &visitor.account, batch).await?;
    let ReservationOutcome::Done { first_number } = stored.outcome else {
        return Ok(Shown { stored, labels: Vec::new(), serials: None });
    };
    let known = Arc::clone(&visitor.account);
    let shows_labels = visitor.sees_indicia();
    let read = app.desk.read(move |books: &Reader| {
        let shown = if shows_labels { stored.count.min(LABELS) } else { 0 };
        let made = labels::with_items(books, known.id, &stored, first_number, shown)?;
        let labels = made.into_iter().map(|(number, _, item)| (known.serial(number), item)).collect();
        let last = known.serial(first_number + u64::from(stored.count.max(1)) - 1);
        let first = known.serial(first_number);
        Ok(Shown { stored, labels, serials: Some((first, last)) })
    });
    read.await
}

fn is_under_way(shown: &Shown) -> bool {
    matches!(shown.stored.outcome, ReservationOutcome::Held | ReservationOutcome::Open)
}

fn content(shown: &Shown, visitor: &Visitor, voices: &Voices<'_>) -> Markup {
    let (stored, denomination) = (&shown.stored, visitor.account.denomination);
    let stage = Stage::of(stored);
    html! {
        div.head {
            h1 tabindex="-1" { (headline(stored, &stage, denomination)) }
            (stage.badge())
        }
        (progress(&stage, stored))
        @if stage == Stage::Done && visitor.sees_indicia() { (printing(stored.id, visitor)) }
        (facts(shown, visitor))
        @if !shown.labels.is_empty() {
            section aria-labelledby="labels" {
                h2 #labels { "Labels" }
                div.labels {
                    @for (serial, item) in &shown.labels {
                        @let symbol = html! {
                            img src=(visitor.path(&format!("/indicia/{serial}/symbol.svg"))) alt="" loading="lazy";
                        };
                        (Label { item, voice: voices.of(item.template), serial, symbol }.draw())
                    }
                }
                @let more = u64::from(stored.count).saturating_sub(shown.labels.len() as u64);
                @if more > 0 { p.hint { "and " (count(more)) " more on the sheets, but for those whose holders' data was erased." } }
            }
        }
    }
}

fn headline(stored: &StoredReservation, stage: &Stage, denomination: Denomination) -> Markup {
    html! {
        @match stage {
            Stage::Done => (items(stored.count.into(), "item", "items")),
            _ => (items(stored.wanted_count.into(), "item", "items")),
        }
        " for " (money(stored.value, denomination))
    }
}

fn progress(stage: &Stage, stored: &StoredReservation) -> Markup {
    html! {
        @match stage {
            Stage::Open => section.card aria-labelledby="progress" {
                h2 #progress { "Being issued" }
                progress aria-labelledby="progress" aria-describedby="done" max=(stored.count) value="0" {}
                // A batch is one transaction of the module: there is no moment at which some of it is issued.
                p #done { "0 of " (items(stored.count.into(), "item is", "items are")) " issued." }
                p.hint { "All of them are issued at once, or none. You can leave this page; it goes on all the same." }
            },
            Stage::Held => section.card {
                h2 { "On hold" }
                p {
                    "Its value is set aside"
                    @if let Some(until) = stored.expires { " until " (when(until)) }
                    ". The software that holds it draws or releases it."
                }
            },
            Stage::Ended(reason) => section.notice role="alert" {
                h2 { "Nothing was issued" }
                p { (capitalised(reason)) ". Its value is back in the account." }
            },
            Stage::Done => {}
        }
    }
}

fn printing(batch: ReservationId, visitor: &Visitor) -> Markup {
    html! {
        section.card aria-labelledby="print" {
            h2 #print { "Print" }
            form.row.print method="get" action=(visitor.path(&format!("/batches/{}/labels.pdf", batch.0))) {
                div.field {
                    label for="layout" { "Sheet" }
                    select #layout name="layout" {
                        option value="" { "First that fits" }
                        @for layout in SheetLayout::all() {
                            option value=(layout.name) { (layout.name) " (" (layout.description()) ")" }
                        }
                    }
                }
                button.primary type="submit" { "Open PDF" }
            }
        }
    }
}

fn facts(shown: &Shown, visitor: &Visitor) -> Markup {
    let stored = &shown.stored;
    html! {
        section aria-labelledby="facts" {
            h2 #facts { "Details" }
            dl.facts.card {
                div { dt { "Batch" } dd { (stored.id.0) } }
                div { dt { "Asked for by" } dd { (visitor.person.sees(&stored.user)) } }
                div { dt { "When" } dd { (when(stored.created)) } }
                @if stored.count < stored.wanted_count {
                    div { dt { "Items" } dd { (stored.count) " of " (stored.wanted_count) " that were asked for" } }
                }
                @if let Some((first, last)) = &shown.serials {
                    div { dt { "First serial" } dd.serial { (first) } }
                    @if last != first { div { dt { "Last serial" } dd.serial { (last) } } }
                }
                @if visitor.sees_indicia() { div { dt { "Request key" } dd.serial { (stored.key) } } }
            }
        }
    }
}
