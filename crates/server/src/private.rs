//! What the operator and his monitoring ask. Whoever reaches this listener may do everything here.

mod accounts;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::app::App;
use crate::front::{method_not_allowed, name_route, not_found};
use crate::problem::{Kind, Problem};

/// The private side.
pub(crate) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/accounts", get(accounts::list))
        .route("/openings", post(accounts::open))
        .route("/openings/next", get(accounts::next))
        .route("/staff", get(staff))
        .route("/accounts/{account}", get(accounts::show))
        .route_layer(axum::middleware::from_fn_with_state(Arc::clone(app), name_route))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(Arc::clone(app))
}

/// Whether requests are carried out: not while stopping, nor when engine or books can't be used.
async fn ready(State(app): State<Arc<App>>) -> Result<&'static str, Problem> {
    if let Some(error) = app.engine.stopped() {
        return Err(Problem::new(Kind::Stopping, error.to_string()));
    }
    if *app.stop.borrow() {
        return Err(Problem::new(Kind::Stopping, "no more requests are carried out"));
    }
    app.desk.read(|books| Ok(books.next_account()?)).await?;
    Ok("ready\n")
}

/// Who is of the staff, and the number of the next appointment.
async fn staff(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    crate::public::json(StatusCode::OK, &crate::public::staff(&app).await?)
}

async fn metrics(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    // The other figures matter most while the books can't be read; that was logged.
    let totals = app.desk.read(|books| Ok(books.totals()?)).await.unwrap_or_default();
    // For a picture of the whole, the digits that are lost here don't matter.
    #[allow(clippy::cast_precision_loss)]
    let reserved = totals.into_iter().map(|total| (total.denomination.to_string(), total.reserved as f64));
    let under_way = app.settings.waiting.saturating_sub(app.waiting.available_permits());
    let text = app.metrics.text(app.engine.waiting(), under_way, (app.module_restarts)(), reserved.collect());
    let text = text.map_err(|error| Problem::internal(&error))?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, kind)], text).into_response())
}
