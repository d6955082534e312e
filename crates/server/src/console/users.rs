//! Who may use the account, by which keys, and for how much.
//!
//! What an owner changes here is signed by the page's script, as everything else. A new user is invited by a link to a page
//! on which his own browser makes his key; the link that he sends back has its public half, for the owner to sign.

use std::sync::Arc;

use asker::{Credential, KeyId, Role, UserName};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use indicia::{Amount, Denomination};
use maud::{Markup, html};
use module::protocol::Inspected;
use module::record::User;
use serde::Deserialize;
use store::AccountName;

use crate::app::App;
use crate::console::failure::Failure;
use crate::console::format::money;
use crate::console::page::{Page, Place, document};
use crate::console::visitor::{Person, Visitor};
use crate::problem::{Kind, Problem};
use crate::public::inspected;
use crate::sign_in::Depth;

/// What a link that came back says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Returned {
    user: Option<String>,
    ed25519: Option<String>,
}

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    returned: Result<Query<Returned>, axum::extract::rejection::QueryRejection>,
) -> Result<Markup, Failure> {
    let visitor = Visitor::of(&app, &headers, &account, Depth::State).await?;
    let Query(returned) = returned.map_err(|error| Problem::new(Kind::Malformed, error.body_text()))?;
    let record = inspected(&app, &visitor.account).await?;
    let name = visitor.person.name();
    let is_owner =
        visitor.is_user() && record.users.iter().any(|user| user.name == name && user.role == Role::Owner);
    Ok(document(
        Page::of("Users", &visitor).at(Place::Users),
        html! {
            h1 { "Users" }
            @if is_owner { (confirmation(&returned, &record)?) }
            (list(&record, &visitor, is_owner))
            @if is_owner { (new_user()) }
            (limits(&record, visitor.account.denomination, is_owner))
        },
    ))
}

/// Lets the owner sign the key that somebody's browser made.
fn confirmation(returned: &Returned, record: &Inspected) -> Result<Markup, Problem> {
    let (Some(user), Some(ed25519)) = (&returned.user, &returned.ed25519) else { return Ok(html! {}) };
    let malformed = || Problem::new(Kind::Malformed, "the link isn't whole; ask for it again");
    let mut public = [0; 32];
    let decoded = base16ct::lower::decode(ed25519, &mut public).is_ok_and(|key| key.len() == 32);
    if !decoded || !record.users.iter().any(|known| known.name == *user) {
        return Err(malformed());
    }
    let id = Credential::Ed25519(public).key_id();
    let is_known = record.keys.iter().any(|(_, known)| *known == id);
    Ok(html! {
        @if !is_known {
            section.card aria-labelledby="confirm" {
                h2 #confirm { "Let " (user) " in?" }
                p {
                    "The browser of " (user) " made a key. Ask " (user) ", by telephone for example, whether it is this one: "
                }
                p.fingerprint { (fingerprint(id)) }
                form.stack data-change="addKey" {
                    input type="hidden" name="user" value=(user);
                    input type="hidden" name="ed25519" value=(ed25519);
                    div.failure role="alert" {}
                    button.primary type="submit" { "It is: let " (user) " in" }
                }
            }
        }
    })
}

/// A key's id, as it is read out.
fn fingerprint(id: KeyId) -> String {
    let digits = id.to_string();
    let fours: Vec<&str> =
        (0..digits.len()).step_by(4).filter_map(|place| digits.get(place..place + 4)).collect();
    fours.join(" ")
}

fn list(record: &Inspected, visitor: &Visitor, is_owner: bool) -> Markup {
    html! {
        ul.people {
            @for user in &record.users {
                @let keys: Vec<KeyId> = record.keys.iter().filter(|(owner, _)| *owner == user.name).map(|(_, key)| *key).collect();
                li.card {
                    div.head {
                        h2 { (visitor.person.sees(&user.name)) }
                        span.badge.plain { (user.role.name()) }
                    }
                    @if keys.is_empty() { (invitation(user, visitor, is_owner)) }
                    @if !keys.is_empty() { (keys_of(user, &keys, is_owner)) }
                    @if is_owner && user.name != visitor.person.name() { (removal(user)) }
                }
            }
        }
    }
}

fn invitation(user: &User, visitor: &Visitor, is_owner: bool) -> Markup {
    let link = format!("/join?account={}&user={}", visitor.account.name, user.name);
    html! {
        p.hint { "Not in yet: no key." }
        @if is_owner {
            div.field {
                label for={ "link-" (user.name) } { "Invitation for " (user.name) }
                div.copy {
                    input id={ "link-" (user.name) } readonly data-absolute value=(link);
                    button type="button" data-copy={ "link-" (user.name) } { "Copy" }
                }
                p.hint { "Send it. What comes back is a link for you to open: it lets " (user.name) " in." }
            }
        }
    }
}

fn keys_of(user: &User, keys: &[KeyId], is_owner: bool) -> Markup {
    html! {
        ul.keys {
            @for key in keys {
                li {
                    span { "Key " span.serial { (key) } }
                    @if is_owner && keys.len() > 1 {
                        form data-change="removeKey" {
                            input type="hidden" name="user" value=(user.name);
                            input type="hidden" name="key" value=(key);
                            div.failure role="alert" {}
                            button.quiet type="submit" { "Remove" span.unseen { " key " (key) } }
                        }
                    }
                }
            }
        }
    }
}

fn removal(user: &User) -> Markup {
    html! {
        details {
            summary { "Remove " (user.name) }
            form.stack data-change="removeUser" {
                p { (user.name) " then can't sign in or ask for anything any more. What was issued stays." }
                input type="hidden" name="name" value=(user.name);
                div.failure role="alert" {}
                button.danger type="submit" { "Remove " (user.name) " now" }
            }
        }
    }
}

fn new_user() -> Markup {
    html! {
        form.card data-change="addUser" novalidate {
            h2 { "Invite somebody" }
            div.row {
                div.field {
                    label for="name" { "Name" }
                    input #name name="name" autocomplete="off" autocapitalize="none" spellcheck="false"
                        aria-describedby="name-hint";
                    p.hint #name-hint { "Letters, digits, - _ . and @; an address of mail will do." }
                }
                div.field {
                    label for="role" { "Role" }
                    select #role name="role" {
                        option value="customer" { "Customer: issues" }
                        option value="owner" { "Owner: issues, invites, sets limits" }
                    }
                }
            }
            div.failure role="alert" {}
            button.primary type="submit" { "Invite" }
        }
    }
}

fn limits(record: &Inspected, denomination: Denomination, is_owner: bool) -> Markup {
    let bound = |units: u64| (units < Amount::MAX_UNITS).then_some(units);
    let all = [
        ("per_item", "Largest amount of one item", bound(record.limits.per_item)),
        ("per_day", "Largest total of one day", bound(record.limits.per_day)),
    ];
    html! {
        section aria-labelledby="limits" {
            h2 #limits { "Limits" }
            @if is_owner {
                form.card data-change="setLimits" data-denomination=(denomination.to_string()) novalidate {
                    div.row {
                        @for (name, label, units) in all {
                            div.field {
                                label for=(name) { (label) ", in " (denomination.code()) }
                                input id=(name) name=(name) inputmode="decimal" autocomplete="off"
                                    placeholder="no limit"
                                    value=[units.map(|units| Amount::saturating(units, denomination).number())];
                            }
                        }
                    }
                    p.hint { "The crypto module holds everybody to them, owners too. Days are those of UTC." }
                    div.failure role="alert" {}
                    button.primary type="submit" { "Set limits" }
                }
            } @else {
                dl.facts.card {
                    @for (_, label, units) in all {
                        div {
                            dt { (label) }
                            dd { @match units { Some(units) => (money(units, denomination)), None => "no limit" } }
                        }
                    }
                }
            }
        }
    }
}

/// Who is invited, and where.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Invited {
    /// Not for somebody of the staff.
    account: Option<String>,
    user: Option<String>,
}

/// The page that an invitation leads to: it makes a key in this browser, which never leaves it.
pub(crate) async fn join(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    invited: Result<Query<Invited>, axum::extract::rejection::QueryRejection>,
) -> Result<Markup, Failure> {
    let person = Person::of(&app, &headers);
    let Query(invited) = invited.map_err(|error| Problem::new(Kind::Malformed, error.body_text()))?;
    let user: Option<UserName> = invited
        .user
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|error: asker::UserNameError| Problem::new(Kind::Malformed, error.to_string()))?;
    let account: Option<AccountName> = invited
        .account
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|error: store::AccountNameError| Problem::new(Kind::Malformed, error.to_string()))?;
    let account = account.as_ref().map(AccountName::as_str);
    let back = account
        .zip(user.as_ref())
        .map(|(account, user)| format!("/accounts/{account}/users?user={user}&ed25519="));
    Ok(document(
        Page::plain("Your key", person.as_ref()),
        html! {
            div.narrow {
                h1 { "Your key" }
                p.lead {
                    @if let Some(account) = account { "You are invited to the account " strong { (account) } ". " }
                    "What you ask for will be signed by a key that this browser makes now. It never leaves this browser; nobody "
                    "can read it out, you included. Somebody else's computer isn't the place for it."
                }
                noscript { p.notice { "This needs JavaScript, which this browser doesn't run here." } }
                form.card data-join data-account=(account.unwrap_or_default()) data-back=(back.as_deref().unwrap_or_default()) {
                    div.failure role="alert" {}
                    button.primary.wide type="submit" { "Make my key" }
                }
                section.card #made hidden aria-labelledby="made-title" {
                    h2 #made-title tabindex="-1" { "This browser has your key" }
                    p { "Its fingerprint, should you be asked: " }
                    p.fingerprint #fingerprint {}
                    div.field {
                        label for="back" {
                            @if back.is_some() { "Send this link back to whoever invited you" }
                            @else { "Give this public key to the officers" }
                        }
                        div.copy {
                            input #back readonly;
                            button type="button" data-copy="back" { "Copy" }
                        }
                    }
                    p.hint {
                        "Once you are let in, "
                        a href=(if account.is_some() { "/sign-in" } else { "/sign-in/staff" }) { "sign in" }
                        ", and leave the access key empty."
                    }
                }
            }
        },
    ))
}
