//! What every page has: head, navigation, and room for what it is about.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use module::staff::StaffRole;
use serde::Deserialize;

use crate::console::visitor::{Person, Visitor};

/// Where a page of a list ends, if not at the newest: before the entry of this number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Before {
    pub(crate) before: Option<u64>,
}

/// What a page's frame needs to know.
pub(crate) struct Page<'a> {
    title: &'a str,
    person: Option<&'a Person>,
    /// The account that it is about.
    account: Option<&'a str>,
    /// Which place of the navigation it is.
    here: Option<Place>,
}

/// A place of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Account,
    Issue,
    History,
    Users,
    Record,
    You,
    Accounts,
    Module,
    Staff,
    Papers,
    Scanner,
    Verify,
}

impl Place {
    /// Of an account, as its users have them, and as the staff does.
    const OF_ACCOUNT: [Self; 5] = [Self::Account, Self::Issue, Self::History, Self::Users, Self::Record];
    const SEEN_BY_STAFF: [Self; 4] = [Self::Account, Self::History, Self::Users, Self::Record];

    /// Of the operator, for somebody of this role.
    fn of_staff(role: StaffRole) -> &'static [Self] {
        match role {
            StaffRole::Provider => &[Self::Papers],
            StaffRole::Officer => &[Self::Accounts, Self::Module, Self::Staff, Self::Papers],
            StaffRole::Auditor => &[Self::Accounts, Self::Module, Self::Staff],
            StaffRole::Support => &[Self::Accounts],
            StaffRole::Steward => &[Self::Scanner],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Account => "Account",
            Self::Issue => "Issue",
            Self::History => "History",
            Self::Users => "Users",
            Self::Record => "Record",
            Self::You => "You",
            Self::Accounts => "Accounts",
            Self::Module => "Module",
            Self::Staff => "Staff",
            Self::Papers => "Papers",
            Self::Scanner => "Scanner",
            Self::Verify => "Verify",
        }
    }

    /// Its path; that of a place of an account begins with the account's.
    fn path(self) -> &'static str {
        match self {
            Self::Account => "",
            Self::Issue => "/issue",
            Self::History => "/history",
            Self::Users => "/users",
            Self::Record => "/record",
            Self::You => "/you",
            Self::Accounts => "/accounts",
            Self::Module => "/module",
            Self::Staff => "/staff",
            Self::Papers => "/papers",
            Self::Scanner => "/scanner",
            Self::Verify => "/verify",
        }
    }
}

impl<'a> Page<'a> {
    /// A page that isn't about an account.
    pub(crate) fn plain(title: &'a str, person: Option<&'a Person>) -> Self {
        Self { title, person, account: None, here: None }
    }

    /// A page about an account.
    pub(crate) fn of(title: &'a str, visitor: &'a Visitor) -> Self {
        Self {
            title,
            person: Some(&visitor.person),
            account: Some(visitor.account.name.as_str()),
            here: None,
        }
    }

    pub(crate) fn at(self, here: Place) -> Self {
        Self { here: Some(here), ..self }
    }
}

/// A whole page.
#[allow(clippy::needless_pass_by_value)] // a page is made once
pub(crate) fn document(page: Page<'_>, content: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (page.title) " · Mintage" }
                link rel="icon" href={ "/assets/" (console_assets::mark()) };
                link rel="stylesheet" href={ "/assets/" (console_assets::style()) };
                script type="module" src={ "/assets/" (console_assets::script()) } {}
            }
            body {
                a.skip href="#main" { "Skip to content" }
                (top(&page))
                main #main tabindex="-1" {
                    (places_of_account(&page))
                    (content)
                }
                footer { p { "Mintage" span aria-hidden="true" { " · " } a href="/openapi.json" { "API" } } }
            }
        }
    }
}

fn top(page: &Page<'_>) -> Markup {
    html! {
        header.top {
            div.bar {
                a.brand href="/" {
                    img src={ "/assets/" (console_assets::mark()) } alt="" width="28" height="28";
                    "Mintage"
                }
                nav aria-label="Main" { ul { (main_places(page)) } }
                @if let Some(person) = page.person {
                    form.who method="post" action="/sign-out" data-sign-out {
                        (whoever(page, person))
                        input type="hidden" name="mark" value=(person.mark);
                        button.quiet type="submit" { "Sign out" }
                    }
                }
            }
        }
    }
}

/// Whoever is signed in: users of an account have a page of their own behind it.
fn whoever(page: &Page<'_>, person: &Person) -> Markup {
    let name = html! {
        strong { (person.name()) }
        span { (standing(person)) }
    };
    html! {
        @match person.account() {
            Some(account) => {
                a.user href={ "/accounts/" (account.name) "/you" }
                    aria-current=[(page.here == Some(Place::You)).then_some("page")] { (name) }
            }
            None => span.user { (name) },
        }
    }
}

/// As whom somebody is here.
fn standing(person: &Person) -> &str {
    match (person.account(), person.staff_role()) {
        (Some(account), _) => account.name.as_str(),
        (None, role) => role.map_or("", StaffRole::name),
    }
}

fn main_places(page: &Page<'_>) -> Markup {
    let Some(person) = page.person else {
        return html! {
            (link(page, Place::Verify, ""))
            li { a href="/sign-in" { "Sign in" } }
        };
    };
    html! {
        @if let Some(account) = person.account() {
            @let account = format!("/accounts/{}", account.name);
            @for place in Place::OF_ACCOUNT { (link(page, place, &account)) }
        }
        @match person.staff_role() {
            Some(role) => { @for place in Place::of_staff(role) { (link(page, *place, "")) } }
            None => {}
        }
        (link(page, Place::Verify, ""))
    }
}

fn link(page: &Page<'_>, place: Place, before: &str) -> Markup {
    html! {
        li {
            a href={ (before) (place.path()) } aria-current=[(page.here == Some(place)).then_some("page")] {
                (place.name())
            }
        }
    }
}

/// The places of an account that somebody of the staff looks at.
fn places_of_account(page: &Page<'_>) -> Markup {
    let account = page.account.filter(|_| page.person.is_some_and(|person| person.account().is_none()));
    html! {
        @if let Some(account) = account {
            @let before = format!("/accounts/{account}");
            nav.ways aria-label={ "Account " (account) } {
                @for place in Place::SEEN_BY_STAFF {
                    a href={ (before) (place.path()) } aria-current=[(page.here == Some(place)).then_some("page")] {
                        (place.name())
                    }
                }
            }
        }
    }
}

/// A drawing that this program made itself.
pub(crate) fn drawing(svg: String) -> PreEscaped<String> {
    PreEscaped(svg)
}

/// What stands where there is nothing yet.
pub(crate) fn nothing(title: &str, text: &str, link: Option<(&str, &str)>) -> Markup {
    html! {
        div.nothing {
            h3 { (title) }
            p { (text) }
            @if let Some((href, name)) = link {
                a.button href=(href) { (name) }
            }
        }
    }
}
