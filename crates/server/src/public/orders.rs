//! Orders of the provider: the only way by which value comes into an account, or leaves it unissued; and by which it comes back
//! from indicia that become void.

use std::sync::Arc;

use api::{body, idempotency_key};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::app::App;
use crate::papers::{self, MOST};
use crate::problem::{Kind, Problem};
use crate::public::answer::json;

/// A carried-out order.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Ordered {
    /// Number of its reservation.
    reservation: u64,
    /// The key under which the same answer is given again.
    idempotency_key: String,
}

/// Carry out an order that the provider signed: fund, refund, make indicia void, or change the account's state.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/orders",
    tag = "orders",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("Idempotency-Key" = String, Header, description = "A string in quotes: the same gives the same answer"),
    ),
    request_body(content = Vec<u8>, content_type = "application/cose"),
    responses(
        (status = 201, description = "Carried out, now or before", body = Ordered),
    ),
)]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    if !body::media_type(&parts.headers).starts_with("application/cose") {
        return Err(Problem::new(Kind::UnsupportedMediaType, "an order is sent as application/cose"));
    }
    let key = idempotency_key(&parts.headers)?;
    let order = body::read(&parts.headers, body, MOST).await?;
    papers::check_order(&app, order.clone()).await?;
    let account = app.accounts.find(&account).await?;
    let reservation = papers::order(&app, account.name.clone(), key.clone(), order).await?;
    json(StatusCode::CREATED, &Ordered { reservation: reservation.0, idempotency_key: key.to_string() })
}
