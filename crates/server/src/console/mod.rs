//! The web console: pages for people, written here and shown by any browser.
//!
//! A cookie lets a browser read what its user may read, as a token lets software; the pages read the books through the same
//! functions as the API. What changes value is asked of the API itself by the page's script, signed under a key that stays in
//! the browser: no cookie and no form can do it.

mod account;
mod batch;
mod commands;
mod cookies;
mod failure;
mod format;
mod forms;
mod history;
mod issue;
mod label;
mod overview;
mod page;
mod papers;
mod passkeys;
mod plot;
mod preview;
mod record;
mod sign_in;
mod sign_up;
mod users;
mod verify;
mod visitor;
mod you;

pub(crate) use forms::Forms;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};

use crate::app::App;
use crate::front::name_route;
use crate::public::{labels, people, progress};

/// The console's paths.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let pages = Router::new()
        .route("/", get(sign_in::home))
        .route("/sign-in", get(sign_in::show))
        .route("/sign-in/staff", get(sign_in::show_staff))
        .route("/sign-in/token", post(sign_in::keep))
        .route("/sign-out", post(sign_in::end))
        .route("/join", get(users::join))
        .route("/accounts", get(overview::accounts))
        .route("/module", get(overview::module))
        .route("/staff", get(overview::people))
        .route("/staff/record", get(record::of_staff))
        .route("/sign-up", get(sign_up::show).post(sign_up::ask))
        .route("/sign-ups", get(sign_up::list))
        .route("/sign-ups/{number}/refuse", post(sign_up::refuse))
        .route("/papers", get(papers::first))
        .route("/papers/{kind}", get(papers::show))
        .route("/papers/done", post(papers::take))
        .route("/accounts/{account}", get(account::show))
        .route("/accounts/{account}/history", get(history::show))
        .route("/accounts/{account}/issue", get(issue::one))
        .route("/accounts/{account}/issue/file", get(issue::file))
        .route("/accounts/{account}/issue/preview", post(preview::make))
        .route("/accounts/{account}/users", get(users::show))
        .route("/accounts/{account}/you", get(you::show))
        .route("/accounts/{account}/passkeys", get(passkeys::show))
        .route("/accounts/{account}/sessions/{key}", get(people::show))
        .route("/accounts/{account}/record", get(record::show))
        .route("/accounts/{account}/batches", get(batch::find))
        .route("/accounts/{account}/batches/{batch}", get(batch::show))
        .route("/accounts/{account}/batches/{batch}/state", get(batch::state))
        .route("/accounts/{account}/batches/{batch}/events", get(progress::watch))
        .route("/accounts/{account}/batches/{batch}/labels.pdf", get(labels::sheets))
        .route("/accounts/{account}/indicia/{serial}/symbol.svg", get(labels::drawing))
        .route("/verify", get(verify::show))
        .route("/verify/findings", post(verify::check))
        .layer(from_fn(for_browsers));
    pages
        .merge(api::scanner())
        .route("/assets/{name}", get(api::asset))
        .route_layer(from_fn_with_state(Arc::clone(app), name_route))
        .with_state(Arc::clone(app))
}

/// Lets the cookie stand where software has its token, and nothing else stand there; and says what a page may do.
async fn for_browsers(mut request: Request, next: Next) -> Response {
    let token = cookies::token(request.headers()).map(|token| format!("Bearer {token}"));
    request.headers_mut().remove(header::AUTHORIZATION);
    if let Some(Ok(token)) = token.map(HeaderValue::try_from) {
        request.headers_mut().insert(header::AUTHORIZATION, token);
    }
    let mut response = next.run(request).await;
    let fields = response.headers_mut();
    api::for_pages(fields);
    // What somebody saw is not to be shown to whoever comes after him.
    fields.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
