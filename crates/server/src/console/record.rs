//! What is on record of an account: every change and every refusal.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use maud::{Markup, html};
use store::{Reader, StoredEvent};

use crate::app::App;
use crate::console::failure::{Failure, capitalised};
use crate::console::format::{items, when_text};
use crate::console::page::{Before, Page, Place, document};
use crate::console::visitor::Visitor;
use crate::problem::{Kind, Problem};
use crate::public::{AccountEvent, inspected};
use crate::sign_in::Depth;

/// Events on a page.
const PAGE: u64 = 50;

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    which: Result<Query<Before>, axum::extract::rejection::QueryRejection>,
) -> Result<Markup, Failure> {
    let visitor = Visitor::of(&app, &headers, &account, Depth::State).await?;
    let Query(which) = which.map_err(|error| Problem::new(Kind::Malformed, error.body_text()))?;
    let is_masked = app.sign_ins.is_masked(&headers)?;
    let chain = inspected(&app, &visitor.account).await?.events;
    // The newest first: the last of those before a number.
    let end = which.before.unwrap_or(u64::MAX).min(chain.count.saturating_add(1));
    let after = end.saturating_sub(1).saturating_sub(PAGE);
    let known = Arc::clone(&visitor.account);
    let read = app.desk.read(move |books: &Reader| {
        let mut events = Vec::new();
        books.events(
            known.id,
            after,
            end.saturating_sub(1) - after,
            &mut |StoredEvent { number, bytes }| {
                let event = AccountEvent::of(number, bytes, Some(known.denomination));
                events.push(if is_masked { event.masked() } else { event });
                Ok(())
            },
        )?;
        events.reverse();
        Ok(events)
    });
    let events = read.await?;
    let head = base16ct::lower::encode_string(&chain.head);
    Ok(document(
        Page::of("Record", &visitor).at(Place::Record),
        html! {
            h1 #record { "Record" }
            p.lead { "Every change of the account and every refusal, each chained to the one before. The crypto module holds the "
                "end of the chain, so that nothing can be taken out or put in." }
            (table(&events))
            nav.pages aria-label="Pages" {
                @if which.before.is_some() { a href=(visitor.path("/record")) { "Newest" } }
                @if after > 0 { a href={ (visitor.path("/record")) "?before=" (after + 1) } { "Older" } }
            }
            section.card {
                h2 { "The end of the chain" }
                p { (items(chain.count, "event", "events")) " in all. SHA-256 over all of them:" }
                p.serial { (head) }
            }
        },
    ))
}

fn table(events: &[AccountEvent]) -> Markup {
    html! {
        table.stacks.card aria-labelledby="record" {
            thead {
                tr {
                    th scope="col" { "What" }
                    th scope="col" { "When" }
                    th scope="col" { "Who" }
                    th scope="col" { "Kind" }
                    th.right scope="col" { "Number" }
                }
            }
            tbody {
                @for event in events {
                    tr {
                        th scope="row" {
                            @if event.detail.is_empty() { (capitalised(event.kind)) } @else { (capitalised(&event.detail)) }
                        }
                        td data-label="When" { (when_text(&event.at)) }
                        td data-label="Who" { (event.who) }
                        td data-label="Kind" { (badge(event.kind)) }
                        td.right data-label="Number" { (event.number) }
                    }
                }
            }
        }
    }
}

fn badge(kind: &str) -> Markup {
    let class = match kind {
        "refused" => "badge wait",
        "damaged" => "badge bad",
        _ => "badge plain",
    };
    html! { span class=(class) { (kind) } }
}
