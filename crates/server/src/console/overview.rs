//! What the operator's staff sees: all accounts, the crypto module, and each other.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use maud::{Markup, html};
use store::{AccountSummary, Reader};

use crate::app::App;
use crate::console::failure::Failure;
use crate::console::format::{count, items, money, when};
use crate::console::page::{Page, Place, document, nothing};
use crate::console::visitor::Person;
use crate::public::staff;
use crate::sign_in::Depth;

/// All accounts with their devices.
pub(crate) async fn accounts(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Markup, Failure> {
    let person = Person::of_staff(&app, &headers, Depth::State)?;
    let all = app.desk.read(|books: &Reader| Ok(books.accounts()?)).await?;
    Ok(document(
        Page::plain("Accounts", Some(&person)).at(Place::Accounts),
        html! {
            h1 #accounts { "Accounts" }
            @if all.is_empty() {
                (nothing("No account yet", "A provider opens one: mintage account create NAME --currency EUR/2", None))
            } @else { (table(&all)) }
        },
    ))
}

fn table(all: &[AccountSummary]) -> Markup {
    html! {
        table.stacks.card aria-labelledby="accounts" {
            thead {
                tr {
                    th scope="col" { "Account" }
                    th scope="col" { "Device" }
                    th.right scope="col" { "Issued" }
                    th.right scope="col" { "Spent" }
                    th.right scope="col" { "Left" }
                    th.right scope="col" { "Reserved" }
                    th scope="col" { "State" }
                }
            }
            tbody {
                @for one in all {
                    @let amount = |units| money(units, one.denomination);
                    tr {
                        th scope="row" { a href={ "/accounts/" (one.name) } { (one.name) } }
                        td.serial data-label="Device" { (one.device) }
                        td.right data-label="Issued" { (count(one.issued)) }
                        td.right data-label="Spent" { (amount(one.ascending)) }
                        td.right data-label="Left" { (amount(one.descending)) }
                        td.right data-label="Reserved" { (amount(one.reserved)) }
                        td data-label="State" { (state(one)) }
                    }
                }
            }
        }
    }
}

fn state(one: &AccountSummary) -> Markup {
    html! {
        @if let Some(reason) = &one.locked {
            span.badge.bad { "Locked" }
            span.hint { (reason) }
        } @else if one.funded == 0 { span.badge.wait { "New" } }
        @else { span.badge.good { "In use" } }
    }
}

/// The crypto module, and what the books hold together.
pub(crate) async fn module(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Markup, Failure> {
    let person = Person::of_staff(&app, &headers, Depth::Indicia)?;
    let module = (app.module)();
    let (is_running, waiting) = (app.engine.stopped().is_none(), app.engine.waiting() as u64);
    let office = Arc::clone(&app);
    let (totals, trust) =
        app.desk.read(move |books: &Reader| Ok((books.totals()?, office.trust.current()?))).await?;
    Ok(document(
        Page::plain("Module", Some(&person)).at(Place::Module),
        html! {
            div.head {
                h1 { "Crypto module" }
                @if is_running { span.badge.good { "At work" } } @else { span.badge.bad { "Stopped" } }
            }
            dl.facts.card {
                div { dt { "Issuer" } dd { (module.issuer) } }
                div { dt { "Module" } dd.serial { (base16ct::lower::encode_string(&module.module)) } }
                div { dt { "Devices in its registers" } dd { (count(module.devices)) } }
                div { dt { "Epoch of registers and anchor" } dd { (count(module.epoch)) } }
                div { dt { "Requests waiting" } dd { (count(waiting)) } }
                div { dt { "Trust bundle" } dd { "of " (when(trust.opened.issued_at())) } }
                @if module.torn_bytes > 0 {
                    div { dt { "Cut off when it was opened" } dd { (items(module.torn_bytes, "byte", "bytes")) } }
                }
            }
            section aria-labelledby="sandbox" {
                h2 #sandbox { "How its process is locked in" }
                ul.plain.card {
                    @for phrase in &module.sandbox { li { (crate::console::failure::capitalised(phrase)) } }
                }
            }
            section aria-labelledby="books" {
                h2 #books { "The books" }
                table.stacks.card aria-labelledby="books" {
                    thead {
                        tr {
                            th scope="col" { "Currency" }
                            th.right scope="col" { "Accounts" }
                            th.right scope="col" { "Issued" }
                            th.right scope="col" { "Spent" }
                            th.right scope="col" { "Left" }
                            th.right scope="col" { "Paid in" }
                        }
                    }
                    tbody {
                        @for total in &totals {
                            @let amount = |units: u128| money(u64::try_from(units).unwrap_or(u64::MAX), total.denomination);
                            tr {
                                th scope="row" { (total.denomination.to_string()) }
                                td.right data-label="Accounts" { (count(total.accounts)) }
                                td.right data-label="Issued" { (count(total.issued)) }
                                td.right data-label="Spent" { (amount(total.ascending)) }
                                td.right data-label="Left" { (amount(total.descending)) }
                                td.right data-label="Paid in" { (amount(total.funded)) }
                            }
                        }
                    }
                }
            }
        },
    ))
}

/// The operator's people.
pub(crate) async fn people(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Markup, Failure> {
    let person = Person::of_staff(&app, &headers, Depth::Indicia)?;
    let staff = staff(&app).await?;
    Ok(document(
        Page::plain("Staff", Some(&person)).at(Place::Staff),
        html! {
            h1 #staff { "Staff" }
            p.lead { "Two officers together appoint and dismiss, by a paper that both sign: mintage staff appoint. The next has the "
                "number " (staff.next) ". Whoever is to come makes a key on " a href="/join" { "this page" } ". All that was done is on " a href="/staff/record" { "record" } "." }
            table.stacks.card aria-labelledby="staff" {
                thead { tr { th scope="col" { "Name" } th scope="col" { "Role" } th scope="col" { "Key" } } }
                tbody {
                    @for member in &staff.members {
                        tr {
                            th scope="row" { (member.name) }
                            td data-label="Role" { span.badge.plain { (member.role) } }
                            td.serial data-label="Key" { (member.key) }
                        }
                    }
                }
            }
        },
    ))
}
