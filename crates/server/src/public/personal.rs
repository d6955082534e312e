//! Ways to sign in: invitations, passwords, second factors. They are signed changes like others of users.

use std::sync::Arc;

use asker::{Change, Personal};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::Outcome;
use module::signing_in::Told;
use serde::Deserialize;

use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::public::answer::json;
use crate::public::people::{Message, message_of};
use crate::public::users::{Changed, carry_out, change, ed25519_of, malformed, named, parsed};
use crate::signed::{Signed, SignedFields};

/// An invitation.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewInvitation {
    /// The public key of the link's secret, in 64 hexadecimal digits, in lower case.
    ed25519: String,
    /// For how long, 1 to 744.
    hours: u16,
}

/// A message of a browser that sets a password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordMessage {
    /// In base64url without padding: 32 bytes to begin, 192 to set it.
    message: String,
}

/// A code of an authenticator app.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSecondFactor {
    /// Six digits.
    code: String,
}

/// Invite a user to set a password, or another one. An owner may, and everybody himself.
///
/// The content is exactly `{"ed25519":"…","hours":…}`, without spaces. Whoever has the secret key may set the user's
/// password with it, once; a later invitation takes its place.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/users/{user}/invitation",
    tag = "users",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("user" = String, Path, description = "Name of the user"),
        SignedFields,
    ),
    request_body(content = NewInvitation),
    responses((status = 201, description = "Invited, now or before", body = Changed)),
)]
pub(crate) async fn invite(
    State(app): State<Arc<App>>,
    Path((account, user)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    change(&app, &account, request, |content| {
        let new: NewInvitation = parsed(content)?;
        personal(&user, Personal::Invite { ed25519: ed25519_of(&new.ed25519)?, hours: new.hours })
    })
    .await
}

/// Begin to set one's own password, signed by a session, an invitation or another key of the user.
///
/// The content is exactly `{"message":"…"}`, without spaces. Each answer counts as an attempt to sign in.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/users/{user}/password/begin",
    tag = "users",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("user" = String, Path, description = "Name of the user"),
        SignedFields,
    ),
    request_body(content = PasswordMessage),
    responses((status = 200, description = "The module's answer: 64 bytes", body = Message)),
)]
pub(crate) async fn begin_password(
    State(app): State<Arc<App>>,
    Path((account, user)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let done = carry_out(&app, &account, request, |content| {
        let PasswordMessage { message } = parsed(content)?;
        personal(&user, Personal::BeginPassword(message_of(&message)?))
    });
    let done = done.await?;
    match done.outcome {
        Outcome::Told(Told::Message(message)) => {
            let message = Message { message: URL_SAFE_NO_PAD.encode(&*message) };
            let mut response = json(StatusCode::OK, &message)?;
            Signed::say_left(done.left, &mut response);
            Ok(response)
        }
        Outcome::Changed { .. } => {
            Err(Problem::new(Kind::Closed, "this step was answered before; begin again under another key"))
        }
        _ => Err(Problem::internal(&"the first step to a password came to something else")),
    }
}

/// Set one's own password. All sessions but the one that signs end, and the invitation, and all tokens.
///
/// The content is exactly `{"message":"…"}`, without spaces.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/users/{user}/password",
    tag = "users",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("user" = String, Path, description = "Name of the user"),
        SignedFields,
    ),
    request_body(content = PasswordMessage),
    responses((status = 201, description = "Set, now or before", body = Changed)),
)]
pub(crate) async fn set_password(
    State(app): State<Arc<App>>,
    Path((account, user)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    change(&app, &account, request, |content| {
        let PasswordMessage { message } = parsed(content)?;
        personal(&user, Personal::SetPassword(message_of(&message)?))
    })
    .await
}

/// Ask for a code of an authenticator app from now on, signed by a session.
///
/// The content is exactly `{"code":"…"}`, without spaces. The app's secret follows from the session's key and the nonce of
/// this request; the server never sees it.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/users/{user}/second-factor",
    tag = "users",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("user" = String, Path, description = "Name of the user"),
        SignedFields,
    ),
    request_body(content = NewSecondFactor),
    responses((status = 201, description = "Set, now or before", body = Changed)),
)]
pub(crate) async fn set_second_factor(
    State(app): State<Arc<App>>,
    Path((account, user)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    change(&app, &account, request, |content| {
        let NewSecondFactor { code } = parsed(content)?;
        personal(&user, Personal::SetSecondFactor(code))
    })
    .await
}

/// Ask for no code any more. An owner may, and everybody for himself.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/users/{user}/second-factor/remove",
    tag = "users",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("user" = String, Path, description = "Name of the user"),
        SignedFields,
    ),
    responses((status = 201, description = "Dropped, now or before", body = Changed)),
)]
pub(crate) async fn drop_second_factor(
    State(app): State<Arc<App>>,
    Path((account, user)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    change(&app, &account, request, |_| personal(&user, Personal::DropSecondFactor)).await
}

pub(super) fn personal(user: &str, what: Personal) -> Result<Change, Problem> {
    let change = Change::Personal { user: named(user)?, what };
    change.check().map_err(|why| malformed(&why))?;
    Ok(change)
}
