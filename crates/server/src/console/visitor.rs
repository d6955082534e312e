//! Who looks at a page.

use std::sync::Arc;

use axum::http::HeaderMap;

use crate::accounts::Known;
use crate::app::App;
use crate::console::cookies;
use crate::console::failure::Failure;
use crate::problem::Kind;

/// Somebody who is signed in.
pub(crate) struct Visitor {
    pub(crate) account: Arc<Known>,
    pub(crate) user: Arc<str>,
    /// The mark of his forms.
    pub(crate) mark: String,
}

impl Visitor {
    /// Whoever the cookie says, if he may see this account.
    pub(crate) fn of(app: &App, headers: &HeaderMap, account: &str) -> Result<Self, Failure> {
        match app.sign_ins.of(headers, account) {
            Ok(found) => Ok(Self::new(app, headers, found.account, found.user)),
            Err(problem) if problem.kind() == Kind::SignInRequired => Err(Failure::SignInFirst),
            Err(problem) => Err(Failure::of(problem, Self::any(app, headers))),
        }
    }

    /// Whoever the cookie says, for pages that everybody may see.
    pub(crate) fn any(app: &App, headers: &HeaderMap) -> Option<Self> {
        let found = app.sign_ins.who(headers).ok()?;
        Some(Self::new(app, headers, found.account, found.user))
    }

    fn new(app: &App, headers: &HeaderMap, account: Arc<Known>, user: Arc<str>) -> Self {
        let mark = app.forms.mark(cookies::token(headers).unwrap_or_default());
        Self { account, user, mark }
    }

    /// The path of something in the account.
    pub(crate) fn path(&self, place: &str) -> String {
        format!("/accounts/{}{place}", self.account.name)
    }
}
