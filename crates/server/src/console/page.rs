//! What every page has: head, navigation, and room for what it is about.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::console::visitor::Visitor;

/// What a page's frame needs to know.
pub(crate) struct Page<'a> {
    title: &'a str,
    visitor: Option<&'a Visitor>,
    /// Which place of the navigation it is.
    here: Option<Place>,
}

/// A place of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Account,
    Issue,
    History,
    Verify,
}

impl Place {
    const ALL: [Self; 4] = [Self::Account, Self::Issue, Self::History, Self::Verify];

    fn name(self) -> &'static str {
        match self {
            Self::Account => "Account",
            Self::Issue => "Issue",
            Self::History => "History",
            Self::Verify => "Verify",
        }
    }

    fn path(self, visitor: &Visitor) -> String {
        match self {
            Self::Account => visitor.path(""),
            Self::Issue => visitor.path("/issue"),
            Self::History => visitor.path("/history"),
            Self::Verify => "/verify".to_owned(),
        }
    }
}

impl<'a> Page<'a> {
    pub(crate) fn new(title: &'a str, visitor: Option<&'a Visitor>) -> Self {
        Self { title, visitor, here: None }
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
                main #main tabindex="-1" { (content) }
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
                @match page.visitor {
                    Some(visitor) => {
                        nav aria-label="Main" {
                            ul {
                                @for place in Place::ALL {
                                    li {
                                        a href=(place.path(visitor))
                                            aria-current=[(page.here == Some(place)).then_some("page")] {
                                            (place.name())
                                        }
                                    }
                                }
                            }
                        }
                        form.who method="post" action="/sign-out" data-sign-out {
                            span.user {
                                strong { (visitor.account.name) }
                                span { (visitor.user) }
                            }
                            input type="hidden" name="mark" value=(visitor.mark);
                            button.quiet type="submit" { "Sign out" }
                        }
                    }
                    None => {
                        nav aria-label="Main" {
                            ul {
                                li {
                                    a href="/verify"
                                        aria-current=[(page.here == Some(Place::Verify)).then_some("page")] {
                                        "Verify"
                                    }
                                }
                                li { a href="/sign-in" { "Sign in" } }
                            }
                        }
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
