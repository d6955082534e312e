//! Signing in and out.
//!
//! Signing in is the page's script's: it signs a request to the API under the access key, and hands the token that it is
//! given to [`keep`], which makes it a cookie. The key never comes here.

use std::sync::Arc;

use api::{TOKEN_SECONDS, body};
use axum::extract::{Form, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::console::cookies::{self, Cookie};
use crate::console::failure::Failure;
use crate::console::page::{Page, document};
use crate::console::visitor::Person;
use crate::problem::{Kind, Problem};

/// Largest content in bytes.
const MOST: usize = 4 * 1024;

/// The start: one's account, or where to sign in to it.
pub(crate) async fn home(State(app): State<Arc<App>>, headers: HeaderMap) -> Redirect {
    match Person::of(&app, &headers) {
        Some(person) => Redirect::to(&person.home()),
        None => Redirect::to("/sign-in"),
    }
}

/// The page to sign in on, for an account's users.
pub(crate) async fn show(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    page(&app, &headers, false)
}

/// The page to sign in on, for the operator's staff.
pub(crate) async fn show_staff(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    page(&app, &headers, true)
}

fn page(app: &App, headers: &HeaderMap, is_staff: bool) -> Result<Response, Failure> {
    let (cookie, field) = form_cookie(app, headers)?;
    let may_ask = app.sign_ups.is_some() && !is_staff;
    let page = document(Page::plain("Sign in", None), form(&app.forms.mark(&cookie), is_staff, may_ask));
    let mut response = page.into_response();
    if let Some(field) = field {
        response.headers_mut().append(header::SET_COOKIE, field);
    }
    Ok(response)
}

/// The cookie that ties forms to a browser before anybody is signed in, and the field that sets it if it is new.
pub(crate) fn form_cookie(app: &App, headers: &HeaderMap) -> Result<(String, Option<HeaderValue>), Problem> {
    if let Some(known) = Cookie::Form.of(headers).filter(|cookie| !cookie.is_empty()) {
        return Ok((known.to_owned(), None));
    }
    let cookie = random()?;
    let field = Cookie::Form.set(&cookie, TOKEN_SECONDS, cookies::is_encrypted(&app.settings, headers));
    Ok((cookie, field))
}

fn random() -> Result<String, Problem> {
    let mut bytes = [0_u8; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Problem::internal(&"no randomness is to be had"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn form(mark: &str, is_staff: bool, may_ask: bool) -> Markup {
    html! {
        div.narrow {
            h1 { @if is_staff { "Staff sign-in" } @else { "Sign in" } }
            p.lead { "What you ask for is signed in this browser. Neither password nor key is ever sent to the server." }
            noscript { p.notice { "Signing needs JavaScript, which this browser doesn't run here." } }
            form.card data-sign-in data-mark=(mark) novalidate {
                div.failure role="alert" {}
                @if is_staff { (staff_key()) } @else { (account_and_password()) }
                button.primary.wide type="submit" { "Sign in" }
            }
            @if may_ask { p.aside { "No account yet? " a href="/sign-up" { "Ask for one" } "." } }
            p.aside { "Only want to check a ticket or label? " a href="/verify" { "Verify it" } " without signing in." }
            p.aside {
                @if is_staff { a href="/sign-in" { "Sign in to an account" } }
                @else { "Working for the operator? " a href="/sign-in/staff" { "Staff sign-in" } "." }
            }
        }
    }
}

fn staff_key() -> Markup {
    html! {
        div.field {
            label for="key" { "Access key" }
            input #key name="key" type="password" autocomplete="off" spellcheck="false"
                aria-describedby="key-hint" autofocus;
            p.hint #key-hint {
                "The seed of your Ed25519 key, 64 hexadecimal digits. Leave it empty if this browser made your key."
            }
        }
    }
}

fn account_and_password() -> Markup {
    html! {
        div.field {
            label for="account" { "Account" }
            input #account name="account" required autocomplete="organization" autocapitalize="none"
                spellcheck="false" autofocus;
        }
        div.field {
            label for="user" { "User" }
            input #user name="user" autocomplete="username" autocapitalize="none" spellcheck="false";
        }
        div.field {
            label for="password" { "Password" }
            input #password name="password" type="password" autocomplete="current-password";
        }
        div.field data-code hidden {
            label for="code" { "Code of your authenticator app" }
            input #code name="code" inputmode="numeric" autocomplete="one-time-code";
        }
        details {
            summary { "Use an access key instead" }
            div.stack {
                div.field {
                    label for="key" { "Access key" }
                    // Not a password to browsers, which would keep it for one.
                    input.secret #key name="key" autocomplete="off" autocapitalize="none" spellcheck="false"
                        aria-describedby="key-hint";
                    p.hint #key-hint { "64 hexadecimal digits, from whoever runs this service." }
                }
                div.choice {
                    input #ed25519 type="checkbox" name="ed25519";
                    label for="ed25519" { "It is the seed of an Ed25519 key" }
                }
            }
        }
    }
}

/// A token to be kept.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    token: String,
    mark: String,
}

/// Makes a token the cookie to read with.
pub(crate) async fn keep(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    if body::media_type(&parts.headers) != "application/json" {
        return Err(Problem::new(Kind::UnsupportedMediaType, "a token is sent as application/json"));
    }
    let content = body::read(&parts.headers, body, MOST).await?;
    // Only that it can't be read: the text has a token in it.
    let wanted: Wanted = serde_json::from_slice(&content)
        .map_err(|_| Problem::new(Kind::Malformed, "a token and a form's mark are expected"))?;
    app.forms.check(&parts.headers, Cookie::Form, &wanted.mark)?;
    let seconds = app.sign_ins.seconds_left(&wanted.token)?;
    let is_encrypted = cookies::is_encrypted(&app.settings, &parts.headers);
    let field = Cookie::Token.set(&wanted.token, seconds, is_encrypted);
    let field = field.ok_or_else(|| Problem::internal(&"a token can't be a cookie"))?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, field)]).into_response())
}

/// Whose form it is.
#[derive(Deserialize)]
pub(crate) struct Mark {
    pub(crate) mark: String,
}

/// Ends the token. The page's script has forgotten the session's key before.
pub(crate) async fn end(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    form: Result<Form<Mark>, axum::extract::rejection::FormRejection>,
) -> Result<Response, Failure> {
    let Ok(Form(Mark { mark })) = form else {
        return Err(Problem::new(Kind::Malformed, "the form's mark is missing").into());
    };
    // Whoever isn't signed in any more has nothing to lose.
    if let Some(person) = Person::of(&app, &headers) {
        app.forms
            .check(&headers, Cookie::Token, &mark)
            .map_err(|problem| Failure::of(problem, Some(person)))?;
        app.sign_ins.end(&headers);
    }
    let mut response = Redirect::to("/sign-in").into_response();
    let is_encrypted = cookies::is_encrypted(&app.settings, &headers);
    if let Some(field) = Cookie::Token.set("", 0, is_encrypted) {
        response.headers_mut().append(header::SET_COOKIE, field);
    }
    Ok(response)
}
