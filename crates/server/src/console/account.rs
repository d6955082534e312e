//! The account at a glance: what is left, its registers, what was spent lately, what happened last.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use indicia::UnixTime;
use maud::{Markup, html};
use store::{Account, DaySpending, Reader};

use crate::app::App;
use crate::console::failure::Failure;
use crate::console::format::{count, day, money};
use crate::console::history::{self, Entry};
use crate::console::page::{Page, Place, document, nothing};
use crate::console::plot;
use crate::console::visitor::Visitor;
use crate::problem::Problem;
use crate::public::reserved;
use crate::sign_in::Depth;

/// Days of the plot.
const DAYS: u64 = 30;
const DAY: u64 = 86_400;
/// Entries of the history that are shown.
const LATEST: u32 = 8;

/// What is shown.
struct Glance {
    account: Account,
    reserved: u64,
    days: Vec<DaySpending>,
    today: UnixTime,
    latest: Vec<Entry>,
}

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    headers: HeaderMap,
) -> Result<Markup, Failure> {
    let visitor = Visitor::of(&app, &headers, &account, Depth::State).await?;
    let (known, now) = (Arc::clone(&visitor.account), app.now());
    let today = UnixTime(now.0 / DAY * DAY);
    let glance = app.desk.read(move |books: &Reader| {
        let account = books.account(known.id)?.ok_or_else(|| Problem::internal(&"an account is gone"))?;
        let reserved = reserved(books, &account)?;
        let since = UnixTime(today.0.saturating_sub((DAYS - 1) * DAY));
        let days = books.spending(known.id, since)?;
        let (latest, _) = history::page(books, &known, None, LATEST)?;
        Ok(Glance { account, reserved, days, today, latest })
    });
    let glance = glance.await?;
    Ok(document(
        Page::of(visitor.account.name.as_str(), &visitor).at(Place::Account),
        html! {
            div.head {
                h1 { (visitor.account.name) }
                @if visitor.is_user() { a.button.primary href=(visitor.path("/issue")) { "Issue" } }
            }
            (locked(&glance.account))
            (balance(&glance))
            (registers(&glance))
            (spending(&glance))
            (latest(&glance, &visitor))
        },
    ))
}

fn locked(account: &Account) -> Markup {
    html! {
        @if let Some(reason) = &account.locked {
            section.notice role="alert" {
                h2 { "The account is locked" }
                p { "Nothing can be issued until whoever runs this service has looked into it: " (reason) "." }
            }
        }
    }
}

fn balance(glance: &Glance) -> Markup {
    let account = &glance.account;
    let free = account.descending.saturating_sub(glance.reserved);
    html! {
        section.card.balance aria-labelledby="balance" {
            h2 #balance { "Available to spend" }
            p.figure { (money(free, account.denomination)) }
            @if glance.reserved > 0 {
                p.hint {
                    (money(glance.reserved, account.denomination)) " more is reserved for batches under way or on hold."
                }
            } @else if account.funded == 0 {
                p.hint { "No value has been paid in yet. Whoever runs this service funds the account." }
            }
        }
    }
}

fn registers(glance: &Glance) -> Markup {
    let account = &glance.account;
    let amount = |units| money(units, account.denomination);
    let control = account.ascending.saturating_sub(account.voided).saturating_add(account.descending);
    html! {
        section aria-labelledby="registers" {
            h2 #registers { "Registers" }
            dl.tiles {
                div { dt { "Spent" } dd { (amount(account.ascending)) } }
                div { dt { "Left" } dd { (amount(account.descending)) } }
                div { dt { "Control total" } dd { (amount(control)) } }
                div { dt { "Paid in" } dd { (amount(account.funded)) } }
                @if account.voided > 0 { div { dt { "Came back" } dd { (amount(account.voided)) } } }
                div { dt { "Paid back" } dd { (amount(account.refunded)) } }
                div { dt { "Items issued" } dd { (count(account.issued)) } }
            }
            p.hint {
                "Spent and left are kept inside the crypto module. Together, less what came back from void items, they are "
                "the control total: all that was paid in, less what was paid back. Serials begin with " span.serial { (account.device) } "."
            }
        }
    }
}

fn spending(glance: &Glance) -> Markup {
    let denomination = glance.account.denomination;
    let first = glance.today.0.saturating_sub((DAYS - 1) * DAY);
    let all: Vec<DaySpending> = (0..DAYS)
        .map(|number| {
            let at = UnixTime(first + number * DAY);
            let found = glance.days.iter().find(|one| one.day == at);
            found.cloned().unwrap_or(DaySpending { day: at, value: 0, count: 0 })
        })
        .collect();
    html! {
        section aria-labelledby="spending" {
            h2 #spending { "Spending, last " (DAYS) " days" }
            @if glance.days.is_empty() {
                (nothing("Nothing spent", "When items are issued, their value shows here day by day.", None))
            } @else {
                figure.card.plot {
                    (plot::bars(&all, denomination))
                    figcaption {
                        details {
                            summary { "Show as a table" }
                            div.scroll tabindex="0" role="group" aria-labelledby="spending" {
                                table {
                                    thead { tr { th scope="col" { "Day" } th.right scope="col" { "Items" }
                                        th.right scope="col" { "Spent" } } }
                                    tbody {
                                        @for one in glance.days.iter().rev() {
                                            tr {
                                                th scope="row" { (day(one.day)) }
                                                td.right { (count(one.count)) }
                                                td.right { (money(one.value, denomination)) }
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
    }
}

fn latest(glance: &Glance, visitor: &Visitor) -> Markup {
    html! {
        section aria-labelledby="latest" {
            div.head {
                h2 #latest { "Latest" }
                a href=(visitor.path("/history")) { "All history" }
            }
            @if glance.latest.is_empty() {
                @let link = visitor.path("/issue");
                (nothing("Nothing has happened yet", "Issue a first item, or many from a file.", visitor.is_user().then_some((link.as_str(), "Issue"))))
            } @else {
                (history::table(&glance.latest, visitor, "latest"))
            }
        }
    }
}
