//! Sessions of people: an answer to a request of one names what the next must.

use asker::KeyId;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;

use crate::app::App;
use crate::problem::Kind;

static CHALLENGE: HeaderName = HeaderName::from_static("mintage-challenge");

/// Which account a path is about, if it is about one.
pub(crate) fn account_of(path: &str) -> Option<&str> {
    path.strip_prefix("/v1/accounts/")?.split('/').next()
}

/// By which key of which account a request says that it is signed.
pub(crate) struct SaidKey {
    account: String,
    key: KeyId,
}

impl SaidKey {
    pub(crate) fn of<B>(request: &Request<B>) -> Option<Self> {
        let input = request.headers().get("signature-input")?.to_str().ok()?;
        let (_, rest) = input.split_once("keyid=\"")?;
        let key = rest.split_once('"')?.0.parse().ok()?;
        let account = account_of(request.uri().path())?.to_owned();
        Some(Self { account, key })
    }

    /// The key.
    pub(crate) fn key(&self) -> KeyId {
        self.key
    }

    /// Names the challenge, if the key is that of a session that still is.
    pub(crate) async fn tell(&self, app: &App, response: &mut Response) {
        let Some(account) = app.accounts.known(&self.account) else { return };
        // After a change of users, done or refused, nothing is known of keys; then it is looked up for who was found to have one.
        let kind = response.extensions().get::<Kind>();
        let was_found = kind != Some(&Kind::UnknownKey) && response.status() != StatusCode::BAD_REQUEST;
        if !account.is_session(self.key).unwrap_or(was_found) {
            return;
        }
        let Ok(sessions) = app.accounts.sessions(&account).await else { return };
        match sessions.iter().find(|session| session.key == self.key) {
            Some(session) => {
                response.headers_mut().insert(CHALLENGE.clone(), HeaderValue::from(session.challenge));
            }
            None if account.is_session(self.key).is_some() => account.forget_keys(),
            None => {}
        }
    }
}
