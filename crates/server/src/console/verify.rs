//! Verification, for anybody.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use verifier::Finding;

use crate::app::App;
use crate::console::failure::{capitalised, fragment};
use crate::console::format::items;
use crate::console::page::{Page, Place, document};
use crate::console::visitor::Person;
use crate::public::verify;

pub(crate) async fn show(State(app): State<Arc<App>>, headers: HeaderMap) -> Markup {
    let person = Person::of(&app, &headers);
    document(
        Page::plain("Verify", person.as_ref()).at(Place::Verify),
        html! {
            h1 { "Verify" }
            p.lead { "Is a ticket, stamp or voucher genuine? Choose a photo or PDF of it, or paste the text of its symbol." }
            noscript { p.notice { "This page needs JavaScript, which this browser doesn't run here." } }
            form.card data-verify="/verify/findings" novalidate {
                div.failure role="alert" {}
                div.field {
                    label for="picture" { "Photo, scan or PDF" }
                    input #picture type="file" name="picture" accept="image/png,image/jpeg,application/pdf";
                }
                p.or { "or" }
                div.field {
                    label for="text" { "Text of the symbol" }
                    textarea #text name="text" rows="3" spellcheck="false" autocomplete="off" aria-describedby="text-hint" {}
                    p.hint #text-hint { "It begins with VBI:. Several are verified at once, a line each." }
                }
                button.primary type="submit" { "Verify" }
            }
            div #findings aria-live="polite" {}
            section.card aria-labelledby="offline" {
                h2 #offline { "Without a network" }
                p { "A phone that opened the " a href="/scanner" { "scanner" } " once goes on without one. Other verifiers take two files along:" }
                ul.files {
                    li { a href="/v1/trust-bundle" download="trust.bundle" { "Trust bundle" } ", by which signatures are checked" }
                    li { a href="/v1/status-snapshot" download="status.snapshot" { "Status snapshot" } ", which says what is used or void, as of now" }
                }
            }
        },
    )
}

/// What was found, as a part of the page.
pub(crate) async fn check(State(app): State<Arc<App>>, request: Request) -> Response {
    match verify(&app, request).await {
        Ok(found) => findings(&found).into_response(),
        Err(problem) => fragment(&problem),
    }
}

fn findings(found: &[Finding]) -> Markup {
    html! {
        section aria-labelledby="found" {
            h2 #found tabindex="-1" {
                @match found.len() {
                    0 => "Nothing found",
                    number => { (items(number as u64, "item", "items")) " found" },
                }
            }
            @if found.is_empty() {
                div.nothing {
                    p { "There is no symbol to be read in this. Try a sharper photo, straight from above, in good light." }
                }
            }
            ul.findings { @for one in found { (finding(one)) } }
        }
    }
}

fn finding(one: &Finding) -> Markup {
    let (class, sign, verdict) = verdict(one);
    html! {
        li class={ "card finding " (class) } {
            p.verdict { span.sign aria-hidden="true" { (sign) } (verdict) }
            @if let Some(reason) = &one.reason { p { (capitalised(reason)) "." } }
            dl.facts {
                (fact("Kind", one.kind.as_deref()))
                (fact("Amount", one.amount.as_deref()))
                @for (name, said) in one.details.named() { (fact(&capitalised(name), Some(&said))) }
                (fact("Serial", one.serial.as_deref()))
                (fact("Issued", one.issued_at.as_deref()))
                (fact("Valid until", one.expires.as_deref()))
                @if one.has_holder { (fact("Holder", Some("It is made out to somebody: ask who"))) }
                (fact("Page", one.page.map(|page| page.to_string()).as_deref()))
            }
        }
    }
}

/// What is to be said of one: that it is genuine says little of one that was used.
fn verdict(one: &Finding) -> (&'static str, &'static str, &'static str) {
    match (one.verdict, one.status) {
        ("genuine", Some("void")) => ("bad", "✕", "Genuine, but void"),
        ("genuine", Some("redeemed")) => ("bad", "✕", "Genuine, but used already"),
        ("genuine", Some("redeemed in part")) if one.outside.is_some() => {
            ("good", "✓", "Genuine, and somebody left who may come in again")
        }
        ("genuine", Some("redeemed in part")) => ("good", "✓", "Genuine, used in part"),
        ("genuine", Some("unknown")) => ("wait", "?", "Genuine, but these books don't know it"),
        ("genuine", _) => ("good", "✓", "Genuine"),
        ("not live", _) => ("bad", "✕", "Genuine, but not shown by its holder's device now"),
        ("too early to enter", _) => ("bad", "✕", "Genuine, but too early to enter"),
        ("too late to enter", _) => ("bad", "✕", "Genuine, but too late to enter"),
        ("not genuine", _) => ("bad", "✕", "Not genuine"),
        _ => ("wait", "?", "Can't be told"),
    }
}

fn fact(name: &str, value: Option<&str>) -> Markup {
    html! { @if let Some(value) = value { div { dt { (name) } dd { (value) } } } }
}
