//! What is on record of an account, and of the staff: every change and every refusal.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use indicia::Denomination;
use maud::{Markup, html};
use module::event::EventChain;
use store::{AccountId, Reader, StoredEvent};

use crate::app::App;
use crate::console::failure::Failure;
use crate::console::format::{items, when_text};
use crate::console::page::{Before, Page, Place, document};
use crate::console::visitor::{Person, Visitor};
use crate::problem::{Kind, Problem};
use crate::public::{AccountEvent, inspected};
use crate::sign_in::{Depth, is_masked};

/// Events on a page.
const PAGE: u64 = 50;

/// What is on record of an account.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    which: Result<Query<Before>, QueryRejection>,
) -> Result<Markup, Failure> {
    let visitor = Visitor::of(&app, &headers, &account, Depth::State).await?;
    let is_masked = is_masked(&app.sign_ins, &headers)?;
    let known = Arc::clone(&visitor.account);
    let chain = inspected(&app, &known).await?.events;
    let mut shown = Shown::read(&app, known.id, Some(known.denomination), chain, which).await?;
    if is_masked {
        shown.events = shown.events.into_iter().map(AccountEvent::masked).collect();
    }
    Ok(document(
        Page::of("Record", &visitor).at(Place::Record),
        html! {
            h1 #record { "Record" }
            p.lead { "Every change of the account and every refusal, each chained to the one before. The crypto module holds the "
                "end of the chain, so that nothing can be taken out or put in." }
            (shown.list(&visitor.path("/record")))
        },
    ))
}

/// What is on record of the staff.
pub(crate) async fn of_staff(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    which: Result<Query<Before>, QueryRejection>,
) -> Result<Markup, Failure> {
    let person = Person::of_staff(&app, &headers, Depth::Indicia)?;
    let chain = app.desk.ask(|engine| Ok(engine.module().staff()?)).await?.events;
    let shown = Shown::read(&app, AccountId::STAFF, None, chain, which).await?;
    Ok(document(
        Page::plain("Record of the staff", Some(&person)).at(Place::Staff),
        html! {
            h1 #record { "Record of the staff" }
            p.lead { "Every appointment and dismissal, and how often requests were refused that came to no transaction, each chained "
                "to the one before. The crypto module holds the end of the chain, so that nothing can be taken out or put in." }
            (shown.list("/staff/record"))
        },
    ))
}

/// A page of a chain of events, the newest first, and the end of the chain.
struct Shown {
    events: Vec<AccountEvent>,
    /// How many come before these.
    older: u64,
    is_newest: bool,
    chain: EventChain,
}

impl Shown {
    /// The last of those before a number.
    async fn read(
        app: &App,
        account: AccountId,
        denomination: Option<Denomination>,
        chain: EventChain,
        which: Result<Query<Before>, QueryRejection>,
    ) -> Result<Self, Failure> {
        let Query(which) = which.map_err(|error| Problem::new(Kind::Malformed, error.body_text()))?;
        let end = which.before.unwrap_or(u64::MAX).clamp(1, chain.count.saturating_add(1));
        let older = (end - 1).saturating_sub(PAGE);
        let read = app.desk.read(move |books: &Reader| {
            let mut events = Vec::new();
            books.events(account, older, end - 1 - older, &mut |StoredEvent { number, bytes }| {
                events.push(AccountEvent::of(number, bytes, denomination));
                Ok(())
            })?;
            events.reverse();
            Ok(events)
        });
        Ok(Self { events: read.await?, older, is_newest: which.before.is_none(), chain })
    }

    /// As a part of a page that is at this path.
    fn list(&self, path: &str) -> Markup {
        html! {
            (table(&self.events))
            nav.pages aria-label="Pages" {
                @if !self.is_newest { a href=(path) { "Newest" } }
                @if self.older > 0 { a href={ (path) "?before=" (self.older + 1) } { "Older" } }
            }
            section.card {
                h2 { "The end of the chain" }
                p { (items(self.chain.count, "event", "events")) " in all. SHA-256 over all of them:" }
                p.serial { (base16ct::lower::encode_string(&self.chain.head)) }
            }
        }
    }
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
                            // As it is, since it may begin with a name.
                            @if event.detail.is_empty() { (event.kind) } @else { (event.detail) }
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
