//! What customers, providers and verifiers ask.

mod account;
mod answer;
mod batch;
pub(crate) mod batches;
mod double_uses;
pub(crate) mod events;
mod issued;
mod item_lists;
pub(crate) mod labels;
mod orders;
mod passkeys;
pub(crate) mod people;
mod personal;
mod problems;
pub(crate) mod progress;
mod redemptions;
mod reservations;
mod sessions;
mod staff;
mod statuses;
mod users;
mod verifications;

pub(crate) use account::{Account, all as all_accounts, reserved};
pub(crate) use answer::json;
pub(crate) use events::{AccountEvent, masked};
pub(crate) use redemptions::{Judged, ToJudge};
pub(crate) use staff::staff;
pub(crate) use users::inspected;
pub(crate) use verifications::verify;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::front::{method_not_allowed, name_route, not_found};
use crate::problem::ProblemBody;

/// What the document says beside the paths.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Mintage",
        description = "Issues value-bearing indicia from prepaid accounts. Requests that change value are signed as \
                       RFC 9421 says; docs/api.md shows how.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(ProblemBody)),
    modifiers(&Token),
)]
struct Document;

/// How reading is permitted.
struct Token;

impl utoipa::Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("From a signed request to the account's sessions; for an hour."))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// What every operation answers when it doesn't do what was asked.
fn add_problems(document: &mut utoipa::openapi::OpenApi) {
    let response = |description: &str| {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        ResponseBuilder::new().description(description).content("application/problem+json", content).build()
    };
    for item in document.paths.paths.values_mut() {
        let operations =
            [&mut item.get, &mut item.post, &mut item.put, &mut item.delete, &mut item.patch, &mut item.head];
        for operation in operations.into_iter().flatten() {
            let responses = &mut operation.responses.responses;
            let refused = response("Nothing was done; the type says why");
            responses.insert("4XX".into(), refused.into());
            let failed = response("Ask again with the same idempotency key");
            responses.insert("5XX".into(), failed.into());
        }
    }
}

fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(account::show))
        .routes(routes!(batches::create, batches::list))
        .routes(routes!(batches::show))
        .routes(routes!(item_lists::create))
        .routes(routes!(progress::watch))
        .routes(routes!(issued::of_batch))
        .routes(routes!(issued::show))
        .routes(routes!(labels::sheets))
        .routes(routes!(labels::zpl))
        .routes(routes!(labels::receipts))
        .routes(routes!(labels::symbol))
        .routes(routes!(reservations::list))
        .routes(routes!(reservations::draw))
        .routes(routes!(reservations::release))
        .routes(routes!(reservations::extend))
        .routes(routes!(sessions::begin, sessions::end))
        .routes(routes!(people::begin))
        .routes(routes!(people::finish))
        .routes(routes!(people::show))
        .routes(routes!(orders::create))
        .routes(routes!(verifications::create))
        .routes(routes!(verifications::bundle))
        .routes(routes!(statuses::newest))
        .routes(routes!(redemptions::create))
        .routes(routes!(redemptions::list))
        .routes(routes!(redemptions::reverse))
        .routes(routes!(double_uses::list))
        .routes(routes!(users::list, users::add))
        .routes(routes!(users::remove))
        .routes(routes!(users::add_key))
        .routes(routes!(users::remove_key))
        .routes(routes!(users::set_limits))
        .routes(routes!(personal::invite))
        .routes(routes!(personal::begin_password))
        .routes(routes!(personal::set_password))
        .routes(routes!(personal::set_second_factor))
        .routes(routes!(personal::drop_second_factor))
        .routes(routes!(passkeys::add))
        .routes(routes!(passkeys::remove))
        .routes(routes!(events::list))
        .routes(routes!(staff::begin))
        .routes(routes!(staff::list))
        .routes(routes!(staff::events))
        .routes(routes!(staff::appoint))
        .routes(routes!(staff::accounts))
        .routes(routes!(problems::show))
}

/// The public side.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let (router, mut document) = routes().split_for_parts();
    add_problems(&mut document);
    // It is the same for everybody, and written once.
    let document = document.to_pretty_json().unwrap_or_default();
    let json = [(axum::http::header::CONTENT_TYPE, "application/json")];
    router
        .route("/openapi.json", get(move || async move { (json, document) }))
        .route_layer(axum::middleware::from_fn_with_state(Arc::clone(app), name_route))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(Arc::clone(app))
}
