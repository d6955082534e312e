//! What is done for every request, whatever it asks: a name, limits, counting.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use tower_service::Service;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use crate::app::App;
use crate::challenge::{SaidKey, account_of};
use crate::limits::{Asker, Left};
use crate::problem::{Kind, OnRecord, Problem};

/// The target of spans: what is traced, and never logged.
pub const TRACED: &str = "server::traced";

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// One of the two sides from which the server is asked.
pub(crate) struct Front {
    app: Arc<App>,
    router: Router,
    is_public: bool,
    /// Names requests: no two of one run are the same, and hardly two of different runs.
    next: AtomicU64,
    elsewhere: Arc<str>,
}

impl Front {
    /// Customers ask here.
    pub(crate) fn public(app: Arc<App>, router: Router) -> Self {
        Self::new(app, router, true)
    }

    /// The operator asks here.
    pub(crate) fn private(app: Arc<App>, router: Router) -> Self {
        Self::new(app, router, false)
    }

    fn new(app: Arc<App>, router: Router, is_public: bool) -> Self {
        let mut first = [0; 8];
        // Without randomness names begin at 0, which harms nothing.
        let _ = aws_lc_rs::rand::fill(&mut first);
        let next = AtomicU64::new(u64::from_ne_bytes(first));
        Self { app, router, is_public, next, elsewhere: "".into() }
    }

    async fn route(&self, request: Request<Incoming>) -> Response {
        let answer = self.router.clone().call(request.map(Body::new)).await;
        answer.unwrap_or_else(|never| match never {})
    }
}

impl api::Front for Front {
    /// A connection begins or ends.
    fn connected(&self, change: i64) {
        if self.is_public {
            self.app.metrics.connections.inc_by(change);
        }
    }

    /// Answers one request.
    async fn answer(&self, peer: IpAddr, mut request: Request<Incoming>) -> Response {
        let began = Instant::now();
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        request.extensions_mut().insert(RequestId(number));
        let id = format!("{number:016x}");
        let left = if self.is_public {
            let asker = self.app.settings.trusted_proxies.asker(peer, request.headers());
            request.extensions_mut().insert(Asker(asker));
            self.app.limits.address(asker).map(Some)
        } else {
            Ok(None)
        };
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let said = if self.is_public && left.is_ok() { SaidKey::of(&request) } else { None };
        let mut response = match left {
            Ok(left) => {
                let mut response = self.route(request).await;
                if let Some(said) = &said {
                    said.tell(&self.app, &mut response).await;
                }
                if let Some(left) = response.extensions_mut().remove::<Left>().or(left) {
                    self.app.limits.say(left, response.headers_mut());
                }
                response
            }
            Err(problem) => {
                let mut response = problem.into_response();
                self.app.limits.say_policy(response.headers_mut());
                response
            }
        };
        let route = response.extensions_mut().remove::<Route>();
        let route = route.map_or_else(|| Arc::clone(&self.elsewhere), |route| route.0);
        let kind = response.extensions_mut().remove::<Kind>();
        if let Some(kind) = kind {
            self.app.metrics.problem(kind.slug());
            let is_on_record = response.extensions_mut().remove::<OnRecord>().is_some();
            if kind.is_refusal() && !is_on_record {
                let account = account_of(&path).and_then(|account| self.app.accounts.known(account));
                let user = account.as_ref().zip(said).and_then(|(account, said)| account.user(said.key()));
                self.app.refusals.count(kind, account.as_ref().map(|account| &account.name), user);
            }
        }
        let (status, seconds) = (response.status(), began.elapsed().as_secs_f64());
        self.app.metrics.answered(route, status, seconds);
        if matches!(kind, Some(Kind::Internal | Kind::StoreFailed | Kind::ModuleFailed)) {
            // The reason was logged where it was known.
            tracing::warn!(id, %method, path, status = status.as_u16(), seconds, "failed");
        } else {
            tracing::debug!(id, %method, path, status = status.as_u16(), seconds, "answered");
        }
        if let Ok(id) = HeaderValue::try_from(id) {
            response.headers_mut().insert(REQUEST_ID.clone(), id);
        }
        response
    }
}

/// Which route an answer came from: what requests are counted by.
#[derive(Clone)]
struct Route(Arc<str>);

/// A request's name, for its traces.
#[derive(Clone, Copy)]
struct RequestId(u64);

/// Lets an answer say where it comes from, and traces the request, if anybody wants that.
pub(crate) async fn name_route(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| Route(path.as_str().into()));
    let Some(route) = route else { return next.run(request).await };
    let span = span(&request, &route);
    if !span.is_disabled() {
        (app.continue_trace)(&span, request.headers());
    }
    let mut response = next.run(request).instrument(span.clone()).await;
    if !span.is_disabled() {
        span.record("http.response.status_code", i64::from(response.status().as_u16()));
        if let Some(kind) = response.extensions().get::<Kind>() {
            span.record("error.type", kind.slug());
        }
        if response.status().is_server_error() {
            span.record("otel.status_code", "ERROR");
        }
    }
    response.extensions_mut().insert(route);
    response
}

/// A request as it is traced, in the words of OpenTelemetry's conventions.
fn span(request: &Request, Route(route): &Route) -> Span {
    tracing::info_span!(
        target: TRACED,
        "request",
        otel.name = %format_args!("{} {route}", request.method()),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = request.method().as_str(),
        url.path = request.uri().path(),
        http.route = &**route,
        http.response.status_code = Empty,
        error.type = Empty,
        mintage.request_id = request.extensions().get().map(|RequestId(id)| format!("{id:016x}")),
    )
}

/// The answer where there is nothing.
pub(crate) async fn not_found() -> Problem {
    Problem::new(Kind::NotFound, "there is nothing at this path; /openapi.json lists what there is")
}

/// The answer where there is something, but not with this method.
pub(crate) async fn method_not_allowed() -> Problem {
    Problem::new(Kind::MethodNotAllowed, "this path isn't asked with this method")
}
