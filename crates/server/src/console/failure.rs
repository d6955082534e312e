//! Pages that say why there is nothing else to be seen.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::html;

use crate::console::page::{Page, document};
use crate::console::visitor::Person;
use crate::problem::{Kind, OnRecord, Problem};

/// Why a page isn't shown.
pub(crate) enum Failure {
    /// Nobody is signed in.
    SignInFirst,
    /// Something else, and who hears it.
    Problem(Box<(Problem, Option<Person>)>),
}

impl Failure {
    pub(crate) fn of(problem: Problem, person: Option<Person>) -> Self {
        Self::Problem(Box::new((problem, person)))
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        if problem.kind() == Kind::SignInRequired { Self::SignInFirst } else { Self::of(problem, None) }
    }
}

impl From<api::Problem> for Failure {
    fn from(problem: api::Problem) -> Self {
        Problem::from(problem).into()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (problem, person) = match self {
            Self::SignInFirst => return Redirect::to("/sign-in").into_response(),
            Self::Problem(both) => *both,
        };
        let kind = problem.kind();
        let page = document(
            Page::plain(kind.title(), person.as_ref()),
            html! {
                section.notice role="alert" {
                    h1 { (kind.title()) }
                    p.lead { (capitalised(&problem.to_string())) "." }
                    p { (kind.about()) }
                    p { a.button href="/" { "Go to the start page" } }
                }
            },
        );
        // Status, and what the server counts by, are the problem's.
        let (parts, _) = problem.into_response().into_parts();
        let mut response = page.into_response();
        *response.status_mut() = parts.status;
        if let Some(kind) = parts.extensions.get::<Kind>() {
            response.extensions_mut().insert(*kind);
        }
        if let Some(on_record) = parts.extensions.get::<OnRecord>() {
            response.extensions_mut().insert(*on_record);
        }
        response
    }
}

/// What a part of a page says instead of what was asked for.
pub(crate) fn fragment(problem: &Problem) -> Response {
    let kind = problem.kind();
    let part = html! {
        section.notice role="alert" {
            h2 { (kind.title()) }
            p { (capitalised(&problem.to_string())) "." }
        }
    };
    let status = if kind == Kind::SignInRequired { StatusCode::UNAUTHORIZED } else { kind.status() };
    let mut response = (status, part).into_response();
    response.extensions_mut().insert(kind);
    if problem.is_on_record() {
        response.extensions_mut().insert(OnRecord);
    }
    response
}

/// A sentence's beginning.
pub(crate) fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}
