//! Who uses a gate: the stewards that its operator names, each by his own key, as at the server.

use std::sync::Arc;

use api::{Kind, Problem, StaffSession, body, check_digest, idempotency_key, proof};
use asker::{Checker, ContentDigest, Credential, StaffErrand, UserName};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::relay::Gate;

/// Somebody who may redeem at a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steward {
    /// What he is called, unique at the gate.
    pub name: UserName,
    /// His Ed25519 public key.
    pub key: [u8; 32],
}

impl Steward {
    fn credential(&self) -> Credential {
        Credential::Ed25519(self.key)
    }
}

/// Signs a steward in, as `POST /v1/staff/sessions` of the server does.
pub(crate) async fn begin(State(gate): State<Arc<Gate>>, request: Request) -> Result<Response, Problem> {
    let (parts, content) = request.into_parts();
    if parts.uri.query().is_some() {
        return Err(Problem::new(Kind::Malformed, "this path takes no query"));
    }
    let key = idempotency_key(&parts.headers)?;
    let proof = proof(&parts.headers)?;
    body::read(&parts.headers, content, 0).await?;
    check_digest(&parts.headers, &ContentDigest::of(b""))?;
    let id = proof.params.key();
    let steward = gate.stewards.iter().find(|steward| steward.credential().key_id() == id);
    let unknown = || Problem::new(Kind::UnknownKey, format!("no steward of this gate has the key {id}"));
    let steward = steward.ok_or_else(unknown)?;
    Checker::new(&steward.credential())
        .check(&StaffErrand::SignIn.statement(key.as_str()), &proof)
        .map_err(|error| Problem::new(Kind::NotProven, error.to_string()))?;
    gate.sign_ins.use_up(&proof.params, gate.now())?;
    let (token, expires) = gate.sign_ins.begin(steward.clone())?;
    let (name, role) = (steward.name.to_string(), "steward".to_owned());
    let session = StaffSession { token, name, role, expires: expires.to_string() };
    let mut response = api::json(StatusCode::CREATED, &session)?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Who asks.
pub(crate) fn steward(gate: &Gate, headers: &HeaderMap) -> Result<Steward, Problem> {
    gate.sign_ins.reader(headers)
}
