//! What scanners ask a gate: the same as they would ask the server, and answered alike.

use std::sync::Arc;

use api::{DoubleUses, Kind, Problem, Redemption, Shown, Verification, Verifying, body, same_tag};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use indicia::StatusSnapshot;
use serde::Serialize;
use verifier::{Checked, Finding, Standing};

use crate::books::Fetched;
use crate::desk::{Unheard, Upstream};
use crate::error::GateError;
use crate::link::{Question, Reply};
use crate::reconciling::renew;
use crate::relay::Gate;
use crate::reporting::double_uses as double_uses_of;
use crate::shown;
use crate::sign_in::{self, steward};
use crate::trust::Trust;
use crate::uses::{Genuine, State as UseState};

/// Bytes of a redemption at most.
const MOST: usize = 16 * 1024;

/// Everything there is.
pub(crate) fn router(gate: &Arc<Gate>) -> Router {
    Router::new()
        .route("/v1/staff/sessions", post(sign_in::begin))
        .route("/v1/redemptions", post(redeem))
        .route("/v1/redemptions/{serial}", get(redemptions))
        .route("/v1/double-uses", get(double_uses))
        .route("/v1/verifications", post(verify))
        .route("/v1/status-snapshot", get(snapshot))
        .route("/v1/trust-bundle", get(bundle))
        .route("/problems/{problem}", get(problem))
        .route("/healthz", get(health))
        .route("/", get(async || Redirect::to("/scanner")))
        .merge(api::scanner())
        .fallback(|| async { Problem::new(Kind::NotFound, "a gate has nothing at this path") })
        .method_not_allowed_fallback(|| async {
            Problem::new(Kind::MethodNotAllowed, "this path isn't asked with this method")
        })
        .with_state(Arc::clone(gate))
}

/// Redeems an indicium, whole or in part: by the server, or by the gate alone.
async fn redeem(State(gate): State<Arc<Gate>>, request: Request) -> Result<Response, Problem> {
    let (parts, content) = request.into_parts();
    let steward = steward(&gate, &parts.headers)?;
    let key = api::idempotency_key(&parts.headers)?;
    let shown: Shown = body::read_json(&parts.headers, content, MOST).await?;
    let read = {
        let (steward, key, shown) = (steward.clone(), key.clone(), shown.clone());
        move |gate: &Gate| {
            let trust = gate.trust.get();
            shown::read(shown, &steward, key, &gate.name, &trust.bundle.says, gate.now())
        }
    };
    let asked = match gate.work(read.clone()).await? {
        // An account that came since the bundle was fetched is known to a newer one.
        Err(problem) if problem.kind() == Kind::CutOff && gate.desk.upstream().is_up() => {
            gate.work(move |gate| renew(gate).map_err(|_| problem).and_then(|()| read(gate))).await??
        }
        read => read?,
    };
    let done = gate.in_turn(asked.serial, move |gate| gate.desk.redeem(&asked)).await?;
    let answer = done?;
    // What was decided alone is told in a moment, if the server can be reached.
    let is_alone = serde_json::from_str::<Redemption>(&answer).is_ok_and(|made| made.alone.is_some());
    if is_alone && gate.desk.upstream().is_up() {
        gate.untold.notify_one();
    }
    Ok(document(StatusCode::CREATED, answer))
}

/// Lists the uses of an indicium: the server's list, or those that the gate has itself.
async fn redemptions(
    State(gate): State<Arc<Gate>>,
    Path(serial): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    steward(&gate, &headers)?;
    let serial = shown::printed(&serial)?;
    if let Some(reply) = asked_of_server(&gate, format!("/v1/redemptions/{serial}")).await? {
        return Ok(passed_on(reply));
    }
    let uses = gate.work(move |gate| gate.desk.books().of_serial(serial)).await?.map_err(GateError::said)?;
    let given = uses.into_iter().filter(|one| !matches!(one.state, UseState::Asked | UseState::Refused));
    let shown = given.filter_map(|one| match one.state {
        UseState::Settled => one.said,
        _ => one.answer,
    });
    let shown: Vec<Redemption> = shown.filter_map(|text| serde_json::from_str(&text).ok()).collect();
    api::json(StatusCode::OK, &shown)
}

/// Lists double uses: the server's list, or those that the gate has itself.
async fn double_uses(State(gate): State<Arc<Gate>>, request: Request) -> Result<Response, Problem> {
    steward(&gate, request.headers())?;
    let path = request.uri().path_and_query().map_or("/v1/double-uses", |path| path.as_str()).to_owned();
    if let Some(reply) = asked_of_server(&gate, path).await? {
        return Ok(passed_on(reply));
    }
    let items = gate.work(|gate| double_uses_of(&gate.desk.books())).await?.map_err(GateError::said)?;
    api::json(StatusCode::OK, &DoubleUses { items, next: None })
}

/// Verifies by bundle, snapshot and the gate's own uses: anybody may ask, so that the server isn't asked for it.
async fn verify(State(gate): State<Arc<Gate>>, request: Request) -> Result<Response, Problem> {
    let Verifying { content, holder, .. } = Verifying::read(request).await?;
    let check = move |gate: &Gate| {
        let candidates = paper::find(content, |_, _| ());
        let candidates = candidates.map_err(|error| Problem::new(Kind::Malformed, error.to_string()))?;
        let trust = gate.trust.get();
        let checked = paper::check(candidates, &trust.bundle.says, gate.now());
        let found = checked.map(|(page, one)| {
            let standing = standing(gate, &one, &trust.snapshot.says)?;
            Ok(Finding::new(page, one, standing, &trust.bundle.says, holder.as_deref()))
        });
        found.collect()
    };
    let found: Result<Vec<Finding>, Problem> = gate.work(check).await?;
    api::json(StatusCode::OK, &Verification { found: found? })
}

/// What a genuine one is by the gate's own uses, and by those elsewhere as of the snapshot.
fn standing(gate: &Gate, checked: &Checked, snapshot: &StatusSnapshot) -> Result<Standing, Problem> {
    let known = checked.serial.zip(checked.terms.clone()).zip(checked.issued_at);
    let Some(((serial, terms), issued_at)) = known else { return Ok(Standing::Unsaid) };
    let status = gate.desk.status(serial, &Genuine { terms, issued_at, amount: None });
    Ok(Standing::AsOf(snapshot.at(), Some(status.map_err(GateError::said)?)))
}

/// The trust bundle, as the server signed it.
async fn bundle(State(gate): State<Arc<Gate>>, headers: HeaderMap) -> Response {
    signed(&headers, &gate.trust.get().bundle.signed)
}

/// The status snapshot, as the server signed it: all of it, since what has changed since another one only the server can sign.
async fn snapshot(State(gate): State<Arc<Gate>>, headers: HeaderMap) -> Response {
    signed(&headers, &gate.trust.get().snapshot.signed)
}

fn signed(asked: &HeaderMap, fetched: &Fetched) -> Response {
    let mut response = if !fetched.tag.is_empty() && same_tag(asked, &fetched.tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/cose")], fetched.bytes.clone()).into_response()
    };
    if let Ok(tag) = HeaderValue::try_from(&fetched.tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=30"));
    response
}

/// The page that explains a problem.
async fn problem(Path(problem): Path<String>) -> Result<Html<String>, Problem> {
    let kind = Kind::by_slug(&problem);
    kind.map(|kind| Html(kind.page())).ok_or_else(|| Problem::new(Kind::NotFound, "there is no such problem"))
}

/// How a gate is: for whoever watches it. It says nothing of anybody.
#[derive(Serialize)]
struct Health {
    gate: String,
    connected: bool,
    /// Why it isn't.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Uses of which the server hasn't heard.
    untold: u64,
    snapshot_at: String,
    bundle_expires: String,
}

async fn health(State(gate): State<Arc<Gate>>) -> Result<Response, Problem> {
    let untold = gate.work(|gate| {
        let books = gate.desk.books();
        Ok(books.count(UseState::Asked)? + books.count(UseState::Alone)?)
    });
    let untold = untold.await?.map_err(GateError::said)?;
    let reason = gate.desk.upstream().down().borrow().clone();
    let trust: Arc<Trust> = gate.trust.get();
    let health = Health {
        gate: gate.name.clone(),
        connected: reason.is_none(),
        reason,
        untold,
        snapshot_at: trust.snapshot.says.at().to_string(),
        bundle_expires: trust.bundle.says.expires().to_string(),
    };
    api::json(StatusCode::OK, &health)
}

/// What the server answers at a path, if it can be reached.
async fn asked_of_server(gate: &Arc<Gate>, path: String) -> Result<Option<Reply>, Problem> {
    if !gate.desk.upstream().is_up() {
        return Ok(None);
    }
    let ask = move |gate: &Gate| {
        gate.desk.upstream().ask(&Question { method: "GET", path: &path, fields: &[], body: b"" })
    };
    match gate.work(ask).await? {
        Ok(reply) => Ok(Some(reply)),
        Err(Unheard::Lost { .. }) => Ok(None),
        Err(Unheard::Refused(detail)) => Err(Problem::new(Kind::GateRefused, detail)),
    }
}

fn passed_on(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut response = (status, Body::from(reply.body)).into_response();
    let fields = [(header::CONTENT_TYPE, Some(reply.media_type)), (header::ETAG, reply.tag)];
    for (name, value) in fields {
        if let Some(Ok(value)) = value.map(HeaderValue::try_from) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn document(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
