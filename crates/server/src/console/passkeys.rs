//! One's own passkeys: by them a person agrees to what a session alone isn't enough for.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use indicia::UnixTime;
use maud::{Markup, html};
use module::protocol::{Inspected, PasskeyShown};

use crate::app::App;
use crate::console::failure::Failure;
use crate::console::format::{day, money};
use crate::console::page::{Page, document};
use crate::console::visitor::Visitor;
use crate::public::inspected;

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    headers: HeaderMap,
) -> Result<Markup, Failure> {
    let visitor = Visitor::own(&app, &headers, &account).await?;
    let record = inspected(&app, &visitor.account).await?;
    let user = visitor.person.name();
    let ids = ids_of(&record, user);
    let above = record.limits.passkey_above.map(|units| money(units, visitor.account.denomination));
    Ok(document(
        Page::of("Passkeys", &visitor),
        html! {
            h1 { "Your passkeys" }
            p.lead {
                "With a passkey you agree to a request by your fingerprint, your face or a PIN. "
                @match &above {
                    Some(above) => { "In this account more than " (above) " at once takes one." }
                    None => "No owner of this account asks for one so far."
                }
            }
            @if ids.is_empty() {
                div.nothing {
                    h2 { "No passkey yet" }
                    p { "This device can keep one, and so can your phone or a security key." }
                }
            } @else {
                ul.people {
                    @for passkey in record.passkeys.iter().filter(|passkey| passkey.user == user) {
                        (one(passkey, &ids))
                    }
                }
            }
            form.card data-add-passkey=(user) data-passkeys=(ids) {
                h2 { @if ids.is_empty() { "Add a passkey" } @else { "Add another one" } }
                p.hint {
                    "It counts at this address only. You must have signed in with your password within 15 minutes"
                    @if !ids.is_empty() { ", and are asked for a passkey that you have" }
                    "."
                }
                div.failure role="alert" {}
                button.primary type="submit" { "Add a passkey" }
            }
        },
    ))
}

fn one(passkey: &PasskeyShown, ids: &str) -> Markup {
    html! {
        li.card {
            div.head {
                h2 { "Passkey " span.serial { (passkey.name) } }
                span.badge.plain { "since " (day(UnixTime(passkey.added))) }
            }
            p.hint { "For " (passkey.origin) }
            form.stack data-change="removePasskey" data-passkeys=(ids) {
                input type="hidden" name="user" value=(passkey.user);
                input type="hidden" name="passkey" value=(passkey.name);
                div.failure role="alert" {}
                button.quiet type="submit" { "Remove" span.unseen { " passkey " (passkey.name) } }
            }
        }
    }
}

/// The ids of a user's passkeys, for the page's script.
pub(crate) fn ids_of(record: &Inspected, user: &str) -> String {
    let of_user = record.passkeys.iter().filter(|passkey| passkey.user == user);
    of_user.map(|passkey| STANDARD.encode(&*passkey.id)).collect::<Vec<_>>().join(" ")
}
