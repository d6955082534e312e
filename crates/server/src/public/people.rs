//! Sign-in of people: two messages of OPAQUE (RFC 9807) to the module and one back, which the server carries and doesn't
//! understand.

use std::sync::Arc;

use api::body;
use asker::{KeyId, UserName};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::{Outcome, SignInRequest};
use indicia::UnixTime;
use module::signing_in::{SessionShown, SignInStep, Told};
use serde::{Deserialize, Serialize};

use crate::accounts::Known;
use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::public::answer::json;
use crate::sign_in::{Depth, Reader};
use crate::signed;

/// Largest content of a step in bytes.
const MOST: usize = 2048;
/// Longest message in bytes.
const MESSAGE: usize = 512;

/// Somebody who signs in.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Begin {
    /// Name of the user.
    user: String,
    /// KE1 in base64url without padding: 96 bytes.
    message: String,
}

/// What the browser is told.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Message {
    /// In base64url without padding.
    pub(super) message: String,
}

/// The end of a sign-in.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Finish {
    /// Name of the user.
    user: String,
    /// KE3 in base64url without padding: 64 bytes.
    message: String,
    /// Six digits that an authenticator app shows, for whom that is asked.
    code: Option<String>,
}

/// A session: its key is known to browser and module alone.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PersonSession {
    /// Whose it is.
    user: String,
    /// Id of its key, for keyid.
    key: String,
    /// What the nonce of its next request must be. Each answer to a signed request names the next in Mintage-Challenge.
    challenge: String,
    /// When it ends.
    expires: String,
    /// For `Authorization: Bearer`, to read the account for an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl PersonSession {
    fn of(shown: SessionShown, token: Option<String>) -> Self {
        Self {
            user: shown.user,
            key: shown.key.to_string(),
            challenge: shown.challenge.to_string(),
            expires: UnixTime(shown.expires).to_string(),
            token,
        }
    }
}

/// Begin to sign in with a password.
///
/// A user who isn't there is answered like any other. The browser knows from the answer whether the password is right, so
/// that each answer counts as an attempt: after five that failed there are pauses of up to 15 minutes.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/sign-in",
    tag = "sessions",
    params(("account" = String, Path, description = "Name of the account")),
    request_body(content = Begin),
    responses((status = 200, description = "KE2 in base64url: 320 bytes", body = Message)),
)]
pub(crate) async fn begin(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let Begin { user, message } = read(&app, request).await?;
    let step = SignInStep::Begin(message_of(&message)?.into());
    match take(&app, &account, &user, step).await?.1 {
        Told::Message(message) => {
            no_store(json(StatusCode::OK, &Message { message: URL_SAFE_NO_PAD.encode(&*message) })?)
        }
        Told::SignedIn(_) => Err(Problem::internal(&"a sign-in ended before its end")),
    }
}

/// End a sign-in: a session, and a token to read with.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/sign-in/finish",
    tag = "sessions",
    params(("account" = String, Path, description = "Name of the account")),
    request_body(content = Finish),
    responses((status = 201, description = "Signed in", body = PersonSession)),
)]
pub(crate) async fn finish(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let Finish { user, message, code } = read(&app, request).await?;
    let step = SignInStep::Finish { message: message_of(&message)?.into(), code };
    match take(&app, &account, &user, step).await? {
        (account, Told::SignedIn(session)) => {
            account.forget_keys();
            let (token, _) = app.sign_ins.begin(Reader::User(account, user.as_str().into()))?;
            no_store(json(StatusCode::CREATED, &PersonSession::of(session, Some(token)))?)
        }
        (_, Told::Message(_)) => Err(Problem::internal(&"a sign-in began at its end")),
    }
}

/// Show a session: whoever didn't hear an answer finds the challenge here.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/sessions/{key}",
    tag = "sessions",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("key" = String, Path, description = "Id of the session's key"),
    ),
    security(("token" = [])),
    responses((status = 200, description = "The session", body = PersonSession)),
)]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path((account, key)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let account = app.read(&headers, &account, Depth::State).await?;
    let ended = || Problem::new(Kind::NotFound, "there is no such session, or not any more");
    let key: KeyId = key.parse().map_err(|()| ended())?;
    let sessions = app.accounts.sessions(&account).await?;
    let session = sessions.into_iter().find(|session| session.key == key && session.expires >= app.now().0);
    no_store(json(StatusCode::OK, &PersonSession::of(session.ok_or_else(ended)?, None))?)
}

/// Lets the module make a step. An account that isn't there is answered like a user who isn't.
async fn take(
    app: &Arc<App>,
    account: &str,
    user: &str,
    step: SignInStep,
) -> Result<(Arc<Known>, Told), Problem> {
    let refused = || Problem::from(module::refusal::Refusal::SignIn);
    let account = match app.accounts.find(account).await {
        Err(problem) if problem.kind() == Kind::UnknownAccount => return Err(refused()),
        found => found?,
    };
    let user: UserName = user.parse().map_err(|_| refused())?;
    app.limits.sign_in(&account.name)?;
    let request = SignInRequest { account: account.name.clone(), user: user.to_string(), step };
    match app.engine.sign_in(request)?.await? {
        Outcome::Told(told) => Ok((account, told)),
        _ => Err(Problem::internal(&"a sign-in came to something else")),
    }
}

async fn read<T: for<'a> Deserialize<'a>>(app: &App, request: Request) -> Result<T, Problem> {
    let (parts, content) = request.into_parts();
    if parts.uri.query().is_some() {
        return Err(Problem::new(Kind::Malformed, "this path takes no query"));
    }
    let _place = signed::place(app, MOST)?;
    let content = body::read(&parts.headers, content, MOST).await?;
    serde_json::from_slice(&content)
        .map_err(|error| Problem::new(Kind::Malformed, format!("the content can't be read: {error}")))
}

/// The bytes of a message; whether it is one is the module's to say.
pub(super) fn message_of(text: &str) -> Result<Vec<u8>, Problem> {
    let malformed = |why: &'static str| Problem::new(Kind::Malformed, why);
    let message = URL_SAFE_NO_PAD.decode(text);
    let message = message.map_err(|_| malformed("the message is no base64url without padding"))?;
    if message.len() > MESSAGE { Err(malformed("the message is longer than any")) } else { Ok(message) }
}

fn no_store(mut response: Response) -> Result<Response, Problem> {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
