//! The operator's people: sign-in to read, the list of them, and the papers by which it changes.

use std::sync::Arc;

use api::{StaffSession, body, check_digest, idempotency_key, proof};
use asker::{ContentDigest, StaffErrand};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use module::protocol::StaffQuestion;
use serde::Serialize;
use store::AccountId;

use crate::app::App;
use crate::papers::{self, MOST};
use crate::problem::{Kind, Problem};
use crate::public::Account;
use crate::public::answer::json;
use crate::public::events::{Events, Which};
use crate::sign_in::{Depth, Reader};
use crate::signed::SignedFields;

/// The operator's people.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Staff {
    /// The number that the next appointment must have.
    pub(crate) next: u64,
    /// Everybody.
    pub(crate) members: Vec<StaffMember>,
}

/// One of the operator's people.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct StaffMember {
    /// The name, unique in the staff.
    pub(crate) name: String,
    /// `provider`, `officer`, `auditor` or `support`.
    pub(crate) role: &'static str,
    /// Id of the key by which he asks.
    pub(crate) key: String,
    /// The Ed25519 public key in hexadecimal digits.
    ed25519: String,
}

/// A change of the staff that was carried out.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Appointed {
    /// Who signed it.
    by: String,
}

/// Sign in as somebody of the staff, to read for an hour. Providers have nothing to read.
#[utoipa::path(
    post,
    path = "/v1/staff/sessions",
    tag = "staff",
    params(SignedFields),
    responses((status = 201, description = "Signed in", body = StaffSession)),
)]
pub(crate) async fn begin(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    if parts.uri.query().is_some() {
        return Err(Problem::new(Kind::Malformed, "this path takes no query"));
    }
    let key = idempotency_key(&parts.headers)?;
    let proof = proof(&parts.headers)?;
    app.limits.key(proof.params.key())?;
    body::read(&parts.headers, body, 0).await?;
    check_digest(&parts.headers, &ContentDigest::of(b""))?;
    let (at, params) = (app.now(), proof.params.clone());
    let said = app.desk.ask(move |engine| {
        let errand = StaffErrand::SignIn;
        let question = StaffQuestion { errand, idempotency_key: key.as_str(), proof, at: at.0 };
        Ok(engine.module().who_of_staff(question)?)
    });
    let member = said.await??;
    app.sign_ins.use_up(&params, at)?;
    let (name, role) = (member.name.to_string(), member.role.name().to_owned());
    let (token, expires) = app.sign_ins.begin(Reader::Staff(member))?;
    let session = StaffSession { token, name, role, expires: expires.to_string() };
    let mut response = json(StatusCode::CREATED, &session)?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Show who is of the staff. For officers and auditors.
#[utoipa::path(
    get,
    path = "/v1/staff",
    tag = "staff",
    security(("token" = [])),
    responses((status = 200, description = "The staff", body = Staff)),
)]
pub(crate) async fn list(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Problem> {
    app.staff(&headers, Depth::Indicia)?;
    json(StatusCode::OK, &staff(&app).await?)
}

/// Everybody, and the number of the next appointment.
pub(crate) async fn staff(app: &App) -> Result<Staff, Problem> {
    let list = app.desk.ask(|engine| Ok(engine.module().staff()?)).await?;
    let members = list.members.into_iter().map(|member| StaffMember {
        name: member.name.to_string(),
        role: member.role.name(),
        key: member.key_id().to_string(),
        ed25519: base16ct::lower::encode_string(&member.key),
    });
    Ok(Staff { next: list.number + 1, members: members.collect() })
}

/// List what is on record of the staff, the first first. For officers and auditors.
///
/// The chain is as that of an account's events.
#[utoipa::path(
    get,
    path = "/v1/staff/events",
    tag = "staff",
    params(Which),
    security(("token" = [])),
    responses((status = 200, description = "A page", body = Events)),
)]
pub(crate) async fn events(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Response, Problem> {
    app.staff(&headers, Depth::Indicia)?;
    let Query(which) = which.map_err(|error| Problem::new(Kind::Malformed, error.body_text()))?;
    let chain = app.desk.ask(|engine| Ok(engine.module().staff()?)).await?.events;
    json(StatusCode::OK, &Events::read(&app, AccountId::STAFF, None, chain, &which).await?)
}

/// Change the staff, by a paper that two officers signed.
#[utoipa::path(
    post,
    path = "/v1/staff/appointments",
    tag = "staff",
    request_body(content = Vec<u8>, content_type = "application/cose"),
    responses((status = 201, description = "Carried out, now or before", body = Appointed)),
)]
pub(crate) async fn appoint(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    if !body::media_type(&parts.headers).starts_with("application/cose") {
        return Err(Problem::new(Kind::UnsupportedMediaType, "an appointment is sent as application/cose"));
    }
    let paper = body::read(&parts.headers, body, MOST).await?;
    json(StatusCode::CREATED, &Appointed { by: papers::appoint(&app, paper).await? })
}

/// List all accounts. For officers, auditors and support.
#[utoipa::path(
    get,
    path = "/v1/accounts",
    tag = "staff",
    security(("token" = [])),
    responses((status = 200, description = "All accounts", body = Vec<Account>)),
)]
pub(crate) async fn accounts(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Problem> {
    app.staff(&headers, Depth::State)?;
    json(StatusCode::OK, &crate::public::all_accounts(&app).await?)
}
