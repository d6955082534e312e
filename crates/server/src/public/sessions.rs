//! Sign-in of software: a signed request gives a token, with which the account is read.

use std::sync::Arc;

use asker::Errand;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::public::answer::json;
use crate::sign_in::{Depth, Reader};
use crate::signed::{Signed, SignedFields};

/// A token.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Session {
    /// For `Authorization: Bearer`.
    token: String,
    /// What it reads.
    account: String,
    /// Whose it is.
    user: String,
    /// When it ends.
    expires: String,
}

/// Sign in, to read the account for an hour.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/sessions",
    tag = "sessions",
    params(
        ("account" = String, Path, description = "Name of the account"),
        SignedFields,
    ),
    responses(
        (status = 201, description = "Signed in", body = Session),
    ),
)]
pub(crate) async fn begin(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    if parts.uri.query().is_some() {
        return Err(Problem::new(Kind::Malformed, "this path takes no query"));
    }
    let signed = Signed::read(&app, &account, &parts, body, 0).await?;
    let user = signed.check(&app, Errand::SignIn, 0).await?;
    let (token, expires) =
        app.sign_ins.begin(Reader::User(Arc::clone(&signed.account), user.as_str().into()))?;
    let session =
        Session { token, account: signed.account.name.to_string(), user, expires: expires.to_string() };
    let mut response = json(StatusCode::CREATED, &session)?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Signed::say_left(signed.left(), &mut response);
    Ok(response)
}

/// Sign out: the token ends.
#[utoipa::path(
    delete,
    path = "/v1/accounts/{account}/sessions",
    tag = "sessions",
    params(("account" = String, Path, description = "Name of the account")),
    security(("token" = [])),
    responses(
        (status = 204, description = "Signed out"),
    ),
)]
pub(crate) async fn end(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    app.read(&headers, &account, Depth::State).await?;
    app.sign_ins.end(&headers);
    Ok(StatusCode::NO_CONTENT.into_response())
}
