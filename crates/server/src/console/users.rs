//! Who may use the account, by which keys, and for how much.
//!
//! What an owner changes here is signed by the page's script, as everything else. Somebody is invited by a link to a page on
//! which he sets his password; what permits that stands behind the link's `#`, which browsers keep to themselves.

use std::sync::Arc;

use asker::{KeyId, Role, UserName};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use indicia::Amount;
use maud::{Markup, html};
use module::protocol::Inspected;
use module::record::User;
use serde::Deserialize;
use store::AccountName;

use crate::app::App;
use crate::console::failure::Failure;
use crate::console::format::money;
use crate::console::page::{Page, Place, document};
use crate::console::passkeys::ids_of;
use crate::console::visitor::{Person, Visitor};
use crate::problem::{Kind, Problem};
use crate::public::inspected;
use crate::sign_in::Depth;

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    headers: HeaderMap,
) -> Result<Markup, Failure> {
    let visitor = Visitor::of(&app, &headers, &account, Depth::State).await?;
    let record = inspected(&app, &visitor.account).await?;
    let name = visitor.person.name();
    let is_owner =
        visitor.is_user() && record.users.iter().any(|user| user.name == name && user.role == Role::Owner);
    Ok(document(
        Page::of("Users", &visitor).at(Place::Users),
        html! {
            h1 { "Users" }
            (list(&record, &visitor, is_owner))
            @if is_owner { (new_user()) }
            (limits(&record, &visitor, is_owner))
        },
    ))
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
                    @if keys.is_empty() { p.hint { "No access key. Whoever was invited signs in with a password." } }
                    @if !keys.is_empty() { (keys_of(user, &keys, is_owner)) }
                    @if visitor.is_user() && user.name == visitor.person.name() {
                        p { a href=(visitor.path("/passkeys")) { "Your passkeys" } }
                    }
                    @if is_owner { (invitation(user, record, visitor)) }
                    @if is_owner && user.name != visitor.person.name() { (removal(user)) }
                }
            }
        }
    }
}

/// How long an invitation is good, in hours.
const INVITED: u16 = 72;

fn invitation(user: &User, record: &Inspected, visitor: &Visitor) -> Markup {
    let me = visitor.person.name();
    let takes_passkey = record.limits.passkey_above.is_some() && user.name != me;
    let (id, page) =
        (format!("link-{}", user.name), format!("/join?account={}&user={}", visitor.account.name, user.name));
    html! {
        form.stack data-invite=(user.name) data-hours=(INVITED) data-page=(page)
            data-passkeys=[takes_passkey.then(|| ids_of(record, me))] {
            div.failure role="alert" {}
            button type="submit" { "Invitation for " (user.name) }
            div.field hidden {
                label for=(id) { "Link for " (user.name) }
                div.copy {
                    input id=(id) readonly;
                    button type="button" data-copy=(id) { "Copy" }
                }
                p.hint {
                    "Whoever opens it first within three days sets the password of " (user.name)
                    ": send it so that nobody else sees it."
                }
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

fn limits(record: &Inspected, visitor: &Visitor, is_owner: bool) -> Markup {
    let denomination = visitor.account.denomination;
    let passkey_above = record.limits.passkey_above;
    let passkeys = passkey_above.map(|_| ids_of(record, visitor.person.name()));
    let bound = |units: u64| (units < Amount::MAX_UNITS).then_some(units);
    let all = [
        ("per_item", "Largest amount of one item", bound(record.limits.per_item)),
        ("per_day", "Largest total of one day", bound(record.limits.per_day)),
        ("passkey_above", "Most at once without a passkey", passkey_above),
    ];
    html! {
        section aria-labelledby="limits" {
            h2 #limits { "Limits" }
            @if is_owner {
                form.card data-change="setLimits" data-denomination=(denomination.to_string())
                    data-passkeys=[passkeys] novalidate {
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
                    p.hint {
                        "The crypto module holds everybody to them, owners too. Days are those of UTC. Passkeys are asked of "
                        "whoever signed in with a password, also to raise that limit; software with a key has none."
                    }
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

/// Who is invited, and where; nobody by name if he is to be of the staff.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Invited {
    account: Option<String>,
    user: Option<String>,
}

/// The page that an invitation leads to. Users of an account set a password; people of the staff get a key that this browser
/// makes and never gives away.
pub(crate) async fn join(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    invited: Result<Query<Invited>, axum::extract::rejection::QueryRejection>,
) -> Result<Markup, Failure> {
    let person = Person::of(&app, &headers);
    let malformed = |reason: String| Problem::new(Kind::Malformed, reason);
    let Query(invited) = invited.map_err(|error| malformed(error.body_text()))?;
    let content = match (invited.account, invited.user) {
        (Some(account), Some(user)) => {
            let account: AccountName =
                account.parse().map_err(|error: store::AccountNameError| malformed(error.to_string()))?;
            let user: UserName =
                user.parse().map_err(|error: asker::UserNameError| malformed(error.to_string()))?;
            password(account.as_str(), user.as_str())
        }
        (None, None) => staff_key(),
        _ => return Err(malformed("the link isn't whole; ask for it again".into()).into()),
    };
    Ok(document(
        Page::plain("Welcome", person.as_ref()),
        html! {
            div.narrow {
                (content)
                noscript { p.notice { "This needs JavaScript, which this browser doesn't run here." } }
            }
        },
    ))
}

fn password(account: &str, user: &str) -> Markup {
    html! {
        h1 { "Welcome, " (user) }
        p.lead { "Choose a password for the account " strong { (account) } ". It never leaves this browser: what is sent proves "
            "that you know it, and tells nobody what it is." }
        form.card data-join data-account=(account) data-user=(user) novalidate {
            div.failure role="alert" {}
            input.unseen name="username" value=(user) autocomplete="username" readonly tabindex="-1" aria-hidden="true";
            div.field {
                label for="new" { "Password" }
                input #new name="password" type="password" autocomplete="new-password" aria-describedby="new-hint" autofocus;
                p.hint #new-hint { "12 characters or more. A few words that don't belong together do it." }
            }
            div.field {
                label for="again" { "The same again" }
                input #again name="again" type="password" autocomplete="new-password";
            }
            button.primary.wide type="submit" { "Set password and sign in" }
        }
    }
}

fn staff_key() -> Markup {
    html! {
        h1 { "Your key" }
        p.lead { "Whoever works for the operator asks by a key. This browser makes yours now; nobody can read it out, you "
            "included. Somebody else's computer isn't the place for it." }
        form.card data-make-key {
            div.failure role="alert" {}
            button.primary.wide type="submit" { "Make my key" }
        }
        section.card #made hidden aria-labelledby="made-title" {
            h2 #made-title tabindex="-1" { "This browser has your key" }
            div.field {
                label for="public" { "Give this public key to the officers" }
                div.copy {
                    input #public readonly;
                    button type="button" data-copy="public" { "Copy" }
                }
            }
            p.hint { "They appoint you: " code { "mintage staff appoint ROLE:NAME=KEY" } ". Their list then shows this one:" }
            p.fingerprint #fingerprint {}
            p.hint { "Then " a href="/sign-in/staff" { "sign in" } ", and leave the access key empty." }
        }
    }
}
