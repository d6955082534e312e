//! Accounts as the operator sees and makes them.

use std::sync::Arc;

use asker::Credential;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use engine::NewAccount;
use indicia::{Algorithm, Amount, Denomination};
use module::record::{Limits, Role, User};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::body;
use crate::problem::{Kind, Problem};
use crate::public::{Account, json, reserved};

/// Largest description of an account in bytes.
const MOST: usize = 1024 * 1024;
const DAY: u64 = 86_400;

/// An account to be made.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    name: String,
    /// As EUR/2.
    denomination: String,
    #[serde(default)]
    origin: String,
    #[serde(default)]
    algorithm: AlgorithmName,
    limit_item: Option<String>,
    limit_day: Option<String>,
    #[serde(default = "three_years")]
    key_days: u64,
    users: Vec<WantedUser>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedUser {
    name: String,
    role: RoleName,
    keys: Vec<Key>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum AlgorithmName {
    #[default]
    Eddsa,
    Es256,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RoleName {
    Owner,
    Customer,
}

/// A key in 64 hexadecimal digits: a public one, or one that both sides have.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Key {
    Ed25519(String),
    Hmac(String),
}

fn three_years() -> u64 {
    1095
}

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
    keys: Vec<String>,
}

pub(crate) async fn create(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let content = body::read(&parts.headers, body, MOST).await?;
    // Only the kind of error and its place: the text has keys in it.
    let wanted: Wanted = serde_json::from_slice(&content).map_err(|error| {
        malformed(&format!("the description can't be read: line {}, column {}", error.line(), error.column()))
    })?;
    let name = wanted.name.clone();
    let new = wanted.into_new()?;
    app.desk.ask(move |engine| Ok(engine.create_account(new)?)).await?;
    app.trust.expire();
    json(StatusCode::CREATED, &shown(&app, &name).await?)
}

pub(crate) async fn list(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let accounts = app.desk.read(|books| {
        let summaries = books.accounts()?;
        let mut accounts = Vec::with_capacity(summaries.len());
        for summary in summaries {
            if let Some(account) = books.account(summary.id)? {
                accounts.push(Account::of(&account, summary.reserved));
            }
        }
        Ok(accounts)
    });
    json(StatusCode::OK, &accounts.await?)
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
            users: users.map(|user| ShownUser { name: user.name.clone(), keys: keys(&user.name) }).collect(),
            account: Account::of(&account, reserved),
        })
    });
    shown.await
}

impl Wanted {
    fn into_new(self) -> Result<NewAccount, Problem> {
        let denomination: Denomination =
            self.denomination.parse().map_err(|_| malformed("no such denomination; they are as EUR/2"))?;
        let limit = |text: Option<String>| match text {
            None => Ok(Amount::MAX_UNITS),
            Some(text) => Amount::parse(&text, denomination)
                .map(Amount::units)
                .map_err(|error| malformed(&format!("{text:?} can't be used as a limit: {error}"))),
        };
        let mut askers = Vec::new();
        for user in &self.users {
            for key in &user.keys {
                askers.push((user.name.clone(), key.credential()?));
            }
        }
        let role = |role: &RoleName| match role {
            RoleName::Owner => Role::Owner,
            RoleName::Customer => Role::Customer,
        };
        let name = self.name.parse();
        Ok(NewAccount {
            name: name.map_err(|error: store::AccountNameError| malformed(&error.to_string()))?,
            denomination,
            algorithm: match self.algorithm {
                AlgorithmName::Eddsa => Algorithm::EdDsa,
                AlgorithmName::Es256 => Algorithm::Es256,
            },
            origin: self.origin,
            users: self
                .users
                .iter()
                .map(|user| User { name: user.name.clone(), role: role(&user.role) })
                .collect(),
            askers,
            limits: Limits { per_item: limit(self.limit_item)?, per_day: limit(self.limit_day)? },
            key_seconds: self.key_days.saturating_mul(DAY),
        })
    }
}

impl Key {
    fn credential(&self) -> Result<Credential, Problem> {
        let bytes = |text: &str| {
            let mut key = [0; 32];
            let decoded = base16ct::mixed::decode(text, &mut key).is_ok_and(|key| key.len() == 32);
            decoded.then_some(key).ok_or_else(|| malformed("a key is 64 hexadecimal digits"))
        };
        match self {
            Self::Ed25519(text) => Ok(Credential::Ed25519(bytes(text)?)),
            Self::Hmac(text) => Ok(Credential::Hmac(bytes(text)?)),
        }
    }
}

fn malformed(detail: &str) -> Problem {
    Problem::new(Kind::Malformed, detail.to_owned())
}
