//! Whoever is signed in: how he signs in, and out.
//!
//! The page's script asks for the password first where one is changed that he signs in with, since the module takes such a change
//! from a session only that has just begun; and a second factor's secret follows from the session's key, which this browser can't
//! read any more once it keeps it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use maud::{Markup, html};
use module::protocol::Inspected;

use crate::app::App;
use crate::console::failure::Failure;
use crate::console::format::items;
use crate::console::page::{Page, Place, document};
use crate::console::visitor::Visitor;
use crate::public::inspected;

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    headers: HeaderMap,
) -> Result<Markup, Failure> {
    let visitor = Visitor::own(&app, &headers, &account).await?;
    let record = inspected(&app, &visitor.account).await?;
    let name = visitor.person.name();
    let person = record.people.iter().find(|person| person.user == name);
    Ok(document(
        Page::of("You", &visitor).at(Place::You),
        html! {
            h1 { "You" }
            (facts(&record, &visitor))
            div.columns {
                (password(&visitor, person.is_some()))
                @if let Some(person) = person { (second_factor(&visitor, person.has_second_factor)) }
            }
            (signing_out(&visitor))
        },
    ))
}

fn facts(record: &Inspected, visitor: &Visitor) -> Markup {
    let name = visitor.person.name();
    let user = record.users.iter().find(|user| user.name == name);
    let is_session = |key| record.sessions.iter().any(|session| session.key == key);
    let keys = record.keys.iter().filter(|(owner, key)| owner == name && !is_session(*key));
    let person = record.people.iter().find(|person| person.user == name);
    let sessions = record.sessions.iter().filter(|session| session.user == name).count();
    let passkeys = record.passkeys.iter().filter(|passkey| passkey.user == name).count();
    html! {
        dl.facts.card {
            div { dt { "Name" } dd { (name) } }
            div { dt { "Account" } dd { (visitor.account.name) } }
            @if let Some(user) = user { div { dt { "Role" } dd { (user.role.name()) } } }
            div {
                dt { "Password" }
                dd {
                    @match person {
                        None => "none",
                        Some(person) if person.has_second_factor => "with a code of an authenticator app",
                        Some(_) => "alone",
                    }
                }
            }
            div {
                dt { "Passkeys" }
                dd { a href=(visitor.path("/passkeys")) { (items(passkeys as u64, "passkey", "passkeys")) } }
            }
            @for (_, key) in keys { div { dt { "Access key" } dd.serial { (key) } } }
            @if sessions > 0 { div { dt { "Signed in with the password" } dd { (items(sessions as u64, "time", "times")) " at present" } } }
        }
    }
}

fn password(visitor: &Visitor, has_one: bool) -> Markup {
    let name = visitor.person.name();
    html! {
        form.card data-password=(name) data-account=(visitor.account.name) novalidate {
            h2 { @if has_one { "Another password" } @else { "A password" } }
            p.hint {
                @if has_one { "With it you are signed out everywhere else." }
                @else { "You sign in by an access key so far. With a password this browser keeps no such key." }
            }
            (username(name))
            @if has_one { (present("password")) }
            div.field {
                label for="new" { "New password" }
                input #new name="password" type="password" autocomplete="new-password" aria-describedby="new-hint";
                p.hint #new-hint { "12 characters or more. A few words that don't belong together do it." }
            }
            div.field {
                label for="again" { "The same again" }
                input #again name="again" type="password" autocomplete="new-password";
            }
            // After the passwords: browsers take a text between them for the name of another user.
            @if has_one { (code("password")) }
            div.failure role="alert" {}
            p.done role="status" {}
            button.primary type="submit" { "Set password" }
        }
    }
}

/// For what browsers keep passwords by.
fn username(name: &str) -> Markup {
    html! {
        input.unseen name="username" value=(name) autocomplete="username" readonly tabindex="-1" aria-hidden="true";
    }
}

/// The first field by which somebody signs in again; [`code`] is the other.
fn present(form: &str) -> Markup {
    let id = format!("{form}-current");
    html! {
        div.field {
            label for=(id) { "Present password" }
            input id=(id) name="current" type="password" autocomplete="current-password";
        }
    }
}

fn code(form: &str) -> Markup {
    let code = format!("{form}-code");
    html! {
        div.field data-code hidden {
            label for=(code) { "Code of your authenticator app" }
            input id=(code) name="code" inputmode="numeric" autocomplete="one-time-code";
        }
    }
}

fn second_factor(visitor: &Visitor, has_one: bool) -> Markup {
    let (name, account) = (visitor.person.name(), &visitor.account.name);
    html! {
        section.card.stack aria-labelledby="second-factor" {
            div.head {
                h2 #second-factor { "Second factor" }
                @if has_one { span.badge.good { "On" } } @else { span.badge.plain { "Off" } }
            }
            @if has_one {
                p.hint { "Signing in takes your password and a code of your authenticator app." }
                form.stack data-drop-factor=(name) data-account=(account) novalidate {
                    (username(name))
                    (present("factor"))
                    (code("factor"))
                    div.failure role="alert" {}
                    button.danger type="submit" { "Ask for no code any more" }
                }
            } @else {
                p.hint { "An app on your phone shows a code that signing in then takes beside your password: somebody who has seen "
                    "you type it can't sign in with it." }
                form.stack data-begin-factor=(name) data-account=(account) novalidate {
                    (username(name))
                    (present("factor"))
                    (code("factor"))
                    div.failure role="alert" {}
                    button type="submit" { "Set it up" }
                }
                (new_factor(account.as_str()))
            }
        }
    }
}

/// Shown once the script knows the secret, which no server ever does.
fn new_factor(account: &str) -> Markup {
    html! {
        form.stack #new-factor data-factor data-account=(account) novalidate hidden {
            h3 #factor-title tabindex="-1" { "Add it to your app" }
            p { "Scan this with the authenticator app, or " a #factor-link href="#factor-secret" { "open it on this device" } "." }
            img.symbol #factor-symbol alt="QR code of the secret that is written below";
            div.field {
                label for="factor-secret" { "Or type this secret" }
                div.copy {
                    textarea #factor-secret readonly rows="2" {}
                    button type="button" data-copy="factor-secret" { "Copy" }
                }
            }
            div.field {
                label for="new-code" { "Code that the app shows now" }
                input #new-code name="code" inputmode="numeric" autocomplete="one-time-code";
            }
            div.failure role="alert" {}
            button.primary type="submit" { "Turn it on" }
        }
    }
}

fn signing_out(visitor: &Visitor) -> Markup {
    html! {
        section aria-labelledby="signing-out" {
            h2 #signing-out { "Sign out" }
            p.hint { "Here, it ends what this browser may do. Another password signs you out everywhere else. An access key is taken "
                "away by an owner, under Users." }
            form method="post" action="/sign-out" data-sign-out {
                input type="hidden" name="mark" value=(visitor.person.mark);
                button type="submit" { "Sign out here" }
            }
        }
    }
}
