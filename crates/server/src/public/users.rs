//! Who may use an account, by which keys, and for how much: shown to its users, changed by signed requests, which the
//! module checks.

use std::sync::Arc;

use asker::{Change, ChangeAsked, KeyId, Personal, Role, UserName};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use engine::{ChangeRequest, Outcome};
use indicia::{Amount, Denomination};
use module::protocol::Inspected;
use serde::{Deserialize, Serialize};
use store::IdempotencyKey;

use crate::accounts::Known;
use crate::app::App;
use crate::limits::Left;
use crate::problem::{Kind, Problem};
use crate::public::answer::json;
use crate::public::passkeys::UserPasskey;
use crate::sign_in::{Depth, end_all};
use crate::signed::{Signed, SignedFields};

/// Largest content of a change in bytes.
const MOST: usize = 4096;

/// Somebody who may use an account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct User {
    /// The name, unique in the account.
    name: String,
    /// `owner` or `customer`.
    role: &'static str,
    /// Ids of the keys by which he asks.
    keys: Vec<String>,
    /// Passkeys by which he agrees.
    passkeys: Vec<UserPasskey>,
}

/// Who may use an account, and for how much.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Users {
    /// Everybody.
    users: Vec<User>,
    limits: Limits,
    /// `new`, `active`, `suspended`, `locked` or `retired`.
    state: &'static str,
}

/// Bounds on issuing, as amounts of the account's denomination.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Limits {
    /// Largest amount of one item; none without a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    per_item: Option<String>,
    /// Largest total of one UTC day.
    #[serde(skip_serializing_if = "Option::is_none")]
    per_day: Option<String>,
    /// Most that a person's session takes at once without a passkey.
    #[serde(skip_serializing_if = "Option::is_none")]
    passkey_above: Option<String>,
}

/// A change that was carried out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Changed {
    /// Number of its reservation.
    reservation: u64,
    /// The key under which the same answer is given again.
    idempotency_key: String,
}

/// A user to be added.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
    /// 1 to 64 letters, digits, `-`, `_`, `.` and `@`.
    name: String,
    /// `owner` or `customer`.
    role: String,
}

/// A key to be added.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewKey {
    /// The public key in 64 hexadecimal digits, in lower case.
    ed25519: String,
}

/// Limits to be set, in units of the account's denomination (cents, mills); without one, as much as a register holds.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLimits {
    /// Most that a person's session takes at once without a passkey.
    passkey_above: Option<String>,
    /// Largest total of one UTC day.
    per_day: Option<String>,
    /// Largest amount of one item.
    per_item: Option<String>,
}

/// Show who may use the account, and for how much.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/users",
    tag = "users",
    params(("account" = String, Path, description = "Name of the account")),
    security(("token" = [])),
    responses((status = 200, description = "Its users and limits", body = Users)),
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let account = app.read(&headers, &account, Depth::State).await?;
    json(StatusCode::OK, &Users::of(&inspected(&app, &account).await?, account.denomination))
}

/// What the account's device record holds that is no secret.
pub(crate) async fn inspected(app: &App, account: &Known) -> Result<Inspected, Problem> {
    let id = account.id;
    let account = app.desk.read(move |books| Ok(books.account(id)?)).await?;
    let account = account.ok_or_else(|| Problem::internal(&"an account is gone"))?;
    app.desk.ask(move |engine| Ok(engine.module().inspect(&account.record)?)).await
}

impl Users {
    pub(crate) fn of(inspected: &Inspected, denomination: Denomination) -> Self {
        let limit =
            |units| (units < Amount::MAX_UNITS).then(|| Amount::saturating(units, denomination).number());
        let user = |user: &module::record::User| {
            let keys = inspected.keys.iter().filter(|(owner, _)| *owner == user.name);
            let passkeys = inspected.passkeys.iter().filter(|passkey| passkey.user == user.name);
            User {
                name: user.name.clone(),
                role: user.role.name(),
                keys: keys.map(|(_, key)| key.to_string()).collect(),
                passkeys: passkeys.map(UserPasskey::of).collect(),
            }
        };
        Self {
            users: inspected.users.iter().map(user).collect(),
            limits: Limits {
                per_item: limit(inspected.limits.per_item),
                per_day: limit(inspected.limits.per_day),
                passkey_above: inspected.limits.passkey_above.and_then(limit),
            },
            state: inspected.state.name(),
        }
    }
}

/// Add a user, who has no key yet. An owner may.
///
/// The content is exactly `{"name":"…","role":"…"}`, without spaces.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/users",
    tag = "users",
    params(("account" = String, Path, description = "Name of the account"), SignedFields),
    request_body(content = NewUser),
    responses((status = 201, description = "Added, now or before", body = Changed)),
)]
pub(crate) async fn add(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    change(&app, &account, request, |content| {
        let new: NewUser = parsed(content)?;
        let role = Role::of(&new.role).ok_or_else(|| malformed("a role is owner or customer"))?;
        Ok(Change::AddUser { name: named(&new.name)?, role })
    })
    .await
}

/// Remove a user and all keys of his. An owner may, as long as one is left.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/users/{user}/remove",
    tag = "users",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("user" = String, Path, description = "Name of the user"),
        SignedFields,
    ),
    responses((status = 201, description = "Removed, now or before", body = Changed)),
)]
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Path((account, user)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    change(&app, &account, request, |_| Ok(Change::RemoveUser { name: named(&user)? })).await
}

/// Add a key of a user. An owner may, and everybody for himself.
///
/// The content is exactly `{"ed25519":"…"}`, without spaces.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/users/{user}/keys",
    tag = "users",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("user" = String, Path, description = "Name of the user"),
        SignedFields,
    ),
    request_body(content = NewKey),
    responses((status = 201, description = "Added, now or before", body = Changed)),
)]
pub(crate) async fn add_key(
    State(app): State<Arc<App>>,
    Path((account, user)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    change(&app, &account, request, |content| {
        let new: NewKey = parsed(content)?;
        Ok(Change::AddKey { user: named(&user)?, ed25519: ed25519_of(&new.ed25519)? })
    })
    .await
}

/// Remove a key of a user. An owner may, and everybody for himself.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/users/{user}/keys/{key}/remove",
    tag = "users",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("user" = String, Path, description = "Name of the user"),
        ("key" = String, Path, description = "Id of the key"),
        SignedFields,
    ),
    responses((status = 201, description = "Removed, now or before", body = Changed)),
)]
pub(crate) async fn remove_key(
    State(app): State<Arc<App>>,
    Path((account, user, key)): Path<(String, String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    change(&app, &account, request, |_| {
        let key: KeyId = key.parse().map_err(|()| malformed("a key's id is 16 hexadecimal digits"))?;
        Ok(Change::RemoveKey { user: named(&user)?, key })
    })
    .await
}

/// Set the account's limits. An owner may.
///
/// The content is `{"passkey_above":"…","per_day":"…","per_item":"…"}` in this order, without spaces; what is left out has no limit.
/// A session that raises what it takes without a passkey does so with Mintage-Passkey.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/limits",
    tag = "users",
    params(("account" = String, Path, description = "Name of the account"), SignedFields),
    request_body(content = NewLimits),
    responses((status = 201, description = "Set, now or before", body = Changed)),
)]
pub(crate) async fn set_limits(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    change(&app, &account, request, |content| {
        let new: NewLimits = parsed(content)?;
        let units = |text: Option<String>| {
            let parse = |text: String| {
                text.parse().map_err(|_| malformed("a limit is a number of units, as a string"))
            };
            text.map(parse).transpose()
        };
        let (per_item, per_day) = (units(new.per_item)?, units(new.per_day)?);
        Ok(Change::SetLimits { per_item, per_day, passkey_above: units(new.passkey_above)? })
    })
    .await
}

/// A change that was carried out, with what its answer says beside.
pub(super) struct Done {
    pub(super) outcome: Outcome,
    pub(super) left: Left,
    key: IdempotencyKey,
}

/// Reads a signed change, lets it be carried out, and answers that it is.
pub(super) async fn change(
    app: &Arc<App>,
    account: &str,
    request: Request,
    change: impl FnOnce(&[u8]) -> Result<Change, Problem>,
) -> Result<Response, Problem> {
    let Done { outcome, left, key } = carry_out(app, account, request, change).await?;
    match outcome {
        Outcome::Changed { reservation } => {
            let changed = Changed { reservation: reservation.0, idempotency_key: key.to_string() };
            let mut response = json(StatusCode::CREATED, &changed)?;
            Signed::say_left(left, &mut response);
            Ok(response)
        }
        _ => Err(Problem::internal(&"a change came to something else")),
    }
}

/// Reads a signed change and lets it be carried out.
pub(super) async fn carry_out(
    app: &Arc<App>,
    account: &str,
    request: Request,
    change: impl FnOnce(&[u8]) -> Result<Change, Problem>,
) -> Result<Done, Problem> {
    let (parts, body) = request.into_parts();
    if parts.uri.query().is_some() {
        return Err(Problem::new(Kind::Malformed, "this path takes no query"));
    }
    let signed = Signed::read(app, account, &parts, body, MOST).await?;
    let change = change(&signed.content)?;
    // What is signed is the one text that a change has: another would only be refused later, and with less of a reason.
    if signed.content != change.content().as_bytes() {
        let detail = format!("the content is to be {}, and nothing else", change.content());
        return Err(Problem::new(Kind::Malformed, detail));
    }
    // Whoever has signed in as he is now, or was, isn't to read on.
    let signed_out = match &change {
        Change::RemoveUser { name }
        | Change::RemoveKey { user: name, .. }
        | Change::Personal { user: name, what: Personal::SetPassword(_) } => Some(name.clone()),
        _ => None,
    };
    let left = signed.left();
    let Signed { account, user, key, proof, place: _place, .. } = signed;
    let request = ChangeRequest {
        account: account.name.clone(),
        user: (*user).to_owned(),
        key: key.clone(),
        asked: ChangeAsked { change, proof },
    };
    let ticket = app.engine.change(request)?;
    // Whose keys are whose may be otherwise then, also when nobody waits for the answer any more.
    let office = Arc::clone(app);
    let done = tokio::spawn(async move {
        let outcome = ticket.await;
        account.forget_keys();
        if let (Ok(_), Some(user)) = (&outcome, signed_out) {
            end_all(&office.sign_ins, &account, user.as_str());
        }
        outcome
    });
    let outcome = done.await.map_err(|error| Problem::internal(&error))??;
    Ok(Done { outcome, left, key })
}

/// An Ed25519 public key.
pub(super) fn ed25519_of(text: &str) -> Result<[u8; 32], Problem> {
    let mut key = [0; 32];
    if base16ct::lower::decode(text, &mut key).is_ok_and(|key| key.len() == 32) {
        Ok(key)
    } else {
        Err(malformed("a key is 64 hexadecimal digits in lower case"))
    }
}

pub(super) fn parsed<T: for<'a> Deserialize<'a>>(content: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(content).map_err(|error| malformed(&format!("the content can't be read: {error}")))
}

pub(super) fn named(name: &str) -> Result<UserName, Problem> {
    name.parse().map_err(|error: asker::UserNameError| malformed(&error.to_string()))
}

pub(super) fn malformed(detail: &str) -> Problem {
    Problem::new(Kind::Malformed, detail.to_owned())
}
