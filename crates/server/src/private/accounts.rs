//! Accounts as the operator sees and makes them.

use std::sync::Arc;

use api::body;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::app::App;
use crate::papers::{self, MOST_OPENING};
use crate::problem::{Kind, Problem};
use crate::public::{Account, all_accounts, json, reserved};

/// An account, and what its provider needs to know for the next order.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    account: Account,
    state: &'static str,
    device: u32,
    next_order: u64,
    users: Vec<ShownUser>,
}

#[derive(Serialize)]
struct ShownUser {
    name: String,
    role: &'static str,
    keys: Vec<String>,
}

/// What the next opening must say.
#[derive(Serialize)]
struct Next {
    /// Number of the account and its device.
    number: u32,
}

/// The number that the next account will have.
pub(crate) async fn next(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let next = app.desk.ask(|engine| Ok(engine.next_account()?)).await?;
    json(StatusCode::OK, &Next { number: next.0 })
}

/// Opens an account as a provider signed it.
pub(crate) async fn open(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    if !body::media_type(&parts.headers).starts_with("application/cose") {
        return Err(Problem::new(Kind::UnsupportedMediaType, "an opening is sent as application/cose"));
    }
    let opening = body::read(&parts.headers, body, MOST_OPENING).await?;
    let account = papers::open_account(&app, opening).await?;
    json(StatusCode::CREATED, &shown(&app, account.as_str()).await?)
}

pub(crate) async fn list(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    json(StatusCode::OK, &all_accounts(&app).await?)
}

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
) -> Result<Response, Problem> {
    json(StatusCode::OK, &shown(&app, &account).await?)
}

async fn shown(app: &Arc<App>, name: &str) -> Result<Shown, Problem> {
    let id = app.accounts.find(name).await?.id;
    let (account, reserved) = app
        .desk
        .read(move |books| {
            let account = books.account(id)?.ok_or_else(|| Problem::internal(&"an account is gone"))?;
            let reserved = reserved(books, &account)?;
            Ok((account, reserved))
        })
        .await?;
    let shown = app.desk.ask(move |engine| {
        let inspected = engine.module().inspect(&account.record)?;
        let keys = |user: &str| {
            let of_user = inspected.keys.iter().filter(|(owner, _)| owner == user);
            of_user.map(|(_, key)| key.to_string()).collect()
        };
        let users = inspected.users.iter();
        Ok(Shown {
            state: inspected.state.name(),
            device: account.device.0,
            next_order: inspected.last_order + 1,
            users: users
                .map(|user| ShownUser {
                    name: user.name.clone(),
                    role: user.role.name(),
                    keys: keys(&user.name),
                })
                .collect(),
            account: Account::of(&account, reserved),
        })
    });
    shown.await
}
