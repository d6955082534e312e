//! What happened in an account: batches, and orders of its provider.

use std::sync::Arc;

use axum::extract::{Path, Query, State as Of};
use axum::http::HeaderMap;
use indicia::{Denomination, UnixTime};
use maud::{Markup, html};
use module::order::{Order, OrderAction};
use store::{Reader, RequestKind, ReservationId, ReservationOutcome, StoredReservation};

use crate::accounts::Known;
use crate::app::App;
use crate::console::failure::{Failure, capitalised};
use crate::console::format::{items, money, when};
use crate::console::page::{Before, Page, Place, document, nothing};
use crate::console::visitor::Visitor;
use crate::problem::{Kind, Problem};
use crate::sign_in::Depth;

/// Entries on a page.
const PAGE: u32 = 50;
/// What is shown. The record says who signed in.
const SHOWN: [RequestKind; 7] = [
    RequestKind::Issue,
    RequestKind::Fund,
    RequestKind::Refund,
    RequestKind::Void,
    RequestKind::Erase,
    RequestKind::State,
    RequestKind::Change,
];

/// Something that happened.
pub(crate) struct Entry {
    number: u64,
    at: UnixTime,
    user: String,
    what: What,
    state: State,
}

enum What {
    Batch {
        asked: u32,
        count: u32,
        value: u64,
    },
    PaidIn {
        value: u64,
        reason: String,
    },
    PaidBack {
        value: u64,
        reason: String,
    },
    Voided {
        count: u64,
        value: u64,
        reason: String,
    },
    Erased {
        reason: String,
    },
    Became {
        state: &'static str,
    },
    /// The record says what.
    Changed,
    Unreadable,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    Held,
    Open,
    Done,
    Ended(String),
}

impl State {
    pub(crate) fn of(stored: &StoredReservation) -> Self {
        match &stored.outcome {
            ReservationOutcome::Held => Self::Held,
            ReservationOutcome::Open => Self::Open,
            ReservationOutcome::Done { .. } => Self::Done,
            ReservationOutcome::Ended { reason, .. } => Self::Ended(reason.clone()),
        }
    }

    /// In a word, and never by colour alone.
    pub(crate) fn badge(&self) -> Markup {
        let (class, word) = match self {
            Self::Held => ("badge wait", "On hold"),
            Self::Open => ("badge wait", "Under way"),
            Self::Done => ("badge good", "Done"),
            Self::Ended(_) => ("badge bad", "Not issued"),
        };
        html! { span class=(class) { (word) } }
    }
}

impl Entry {
    fn new(stored: &StoredReservation, body: &[u8]) -> Self {
        Self {
            number: stored.id.0,
            at: stored.created,
            user: stored.user.clone(),
            what: What::of(stored, body),
            state: State::of(stored),
        }
    }
}

impl What {
    fn of(stored: &StoredReservation, body: &[u8]) -> Self {
        if stored.kind == RequestKind::Issue {
            return Self::Batch { asked: stored.wanted_count, count: stored.count, value: stored.value };
        }
        if stored.kind == RequestKind::Change {
            return Self::Changed;
        }
        // It was checked when it was carried out.
        let Ok(order) = Order::read(body) else { return Self::Unreadable };
        match order.action {
            OrderAction::Fund(amount) => Self::PaidIn { value: amount.units(), reason: order.reason },
            OrderAction::Refund(amount) => Self::PaidBack { value: amount.units(), reason: order.reason },
            OrderAction::Void { amount, serials } => {
                Self::Voided { count: serials.count(), value: amount.units(), reason: order.reason }
            }
            OrderAction::Erase(_) => Self::Erased { reason: order.reason },
            OrderAction::Become(state) => Self::Became { state: state.name() },
            OrderAction::Invite { .. } => Self::Changed,
        }
    }
}

/// The entries before a number, the newest first, and where to go on.
pub(crate) fn page(
    books: &Reader,
    account: &Known,
    before: Option<u64>,
    most: u32,
) -> Result<(Vec<Entry>, Option<u64>), Problem> {
    // One more, which is only to show that there are others.
    let before = before.map(ReservationId);
    let mut requests = books.requests(account.id, &SHOWN, before, most.saturating_add(1))?;
    let goes_on = requests.len() > most as usize;
    requests.truncate(most as usize);
    let next = requests.last().filter(|_| goes_on).map(|last| last.id.0);
    let entries = requests.iter().map(|stored| {
        // What an order says is in it; of everything else there is enough beside it.
        let body = match stored.kind {
            RequestKind::Fund
            | RequestKind::Refund
            | RequestKind::Void
            | RequestKind::Erase
            | RequestKind::State => {
                books.reservation(account.id, stored.id)?.map(|(_, body)| body).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        Ok::<_, Problem>(Entry::new(stored, &body))
    });
    Ok((entries.collect::<Result<_, _>>()?, next))
}

pub(crate) async fn show(
    Of(app): Of<Arc<App>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    which: Result<Query<Before>, axum::extract::rejection::QueryRejection>,
) -> Result<Markup, Failure> {
    let visitor = Visitor::of(&app, &headers, &account, Depth::State).await?;
    let Query(which) = which.map_err(|error| Problem::new(Kind::Malformed, error.body_text()))?;
    let known = Arc::clone(&visitor.account);
    let read = app.desk.read(move |books: &Reader| page(books, &known, which.before, PAGE));
    let (entries, next) = read.await?;
    Ok(document(
        Page::of("History", &visitor).at(Place::History),
        html! {
            h1 #history { "History" }
            @if entries.is_empty() {
                @let link = visitor.path("/issue");
                (nothing("Nothing has happened yet", "Payments and everything that is issued are listed here.",
                    visitor.is_user().then_some((link.as_str(), "Issue"))))
            } @else {
                (table(&entries, &visitor, "history"))
            }
            nav.pages aria-label="Pages" {
                @if which.before.is_some() { a href=(visitor.path("/history")) { "Newest" } }
                @if let Some(next) = next {
                    a href={ (visitor.path("/history")) "?before=" (next) } { "Older" }
                }
            }
        },
    ))
}

/// Entries as a table; on a narrow screen each becomes a card.
pub(crate) fn table(entries: &[Entry], visitor: &Visitor, heading: &str) -> Markup {
    let denomination = visitor.account.denomination;
    html! {
        table.stacks.card aria-labelledby=(heading) {
            thead {
                tr {
                    th scope="col" { "What" }
                    th scope="col" { "When" }
                    th scope="col" { "By" }
                    th scope="col" { "State" }
                    th.right scope="col" { "Amount" }
                }
            }
            tbody {
                @for entry in entries {
                    tr {
                        th scope="row" { (what(entry, visitor)) }
                        td data-label="When" { (when(entry.at)) }
                        td data-label="By" { (visitor.person.sees(&entry.user)) }
                        td data-label="State" { (entry.state.badge()) }
                        td.right data-label="Amount" { (amount(entry, denomination)) }
                    }
                }
            }
        }
    }
}

fn what(entry: &Entry, visitor: &Visitor) -> Markup {
    let because = |reason: &str| if reason.is_empty() { String::new() } else { format!(": {reason}") };
    html! {
        @match &entry.what {
            What::Batch { asked, count, .. } => {
                a href=(visitor.path(&format!("/batches/{}", entry.number))) {
                    (items((*count).into(), "item", "items"))
                }
                @if count < asked { " of " (asked) }
                @if let State::Ended(reason) = &entry.state { span.hint { (capitalised(reason)) } }
            }
            What::PaidIn { reason, .. } => { "Paid in" (because(reason)) }
            What::PaidBack { reason, .. } => { "Paid back" (because(reason)) }
            What::Voided { count, reason, .. } => { (items(*count, "item", "items")) " became void" (because(reason)) }
            What::Erased { reason } => { "Holders' data erased" (because(reason)) }
            What::Became { state } => { "Account became " (state) }
            What::Changed => a href=(visitor.path("/record")) { "Users, keys or limits changed" },
            What::Unreadable => { "An order" }
        }
    }
}

fn amount(entry: &Entry, denomination: Denomination) -> Markup {
    html! {
        @match &entry.what {
            _ if matches!(entry.state, State::Ended(_)) => span.hint { "none" },
            What::Batch { value, .. } | What::PaidBack { value, .. } => { "−" (money(*value, denomination)) }
            What::PaidIn { value, .. } | What::Voided { value, .. } => { "+" (money(*value, denomination)) }
            What::Erased { .. } | What::Became { .. } | What::Changed | What::Unreadable => span.hint { "none" },
        }
    }
}
