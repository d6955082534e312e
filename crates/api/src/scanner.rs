//! The scanner's page, which the server has and each gate: it asks whoever it came from. Browsers keep it and start it without
//! a network. Its files are anybody's; what needs a right is asked for under a steward's token, by the page.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use console_assets::Asset;

use crate::kind::Kind;
use crate::problem::Problem;

/// What a page may do: load what its server has, talk to that, and be shown by nobody else.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Fields of every page.
const FIELDS: [(HeaderName, HeaderValue); 6] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// Says what a page may do.
pub fn for_pages(fields: &mut HeaderMap) {
    for (name, value) in FIELDS {
        fields.insert(name, value);
    }
}

/// The page, and all that belongs to it.
pub fn scanner<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/scanner", get(async || at_its_address(console_assets::scanner())))
        .route(
            "/scanner/manifest.webmanifest",
            get(async || at_its_address(console_assets::scanner_manifest())),
        )
        .route("/scanner/service-worker.js", get(service_worker))
        .route("/scanner/files/{name}", get(asset))
}

/// What keeps the page. It may do so for the page, though that isn't below its own address.
async fn service_worker() -> Response {
    let mut response = at_its_address(console_assets::scanner_service_worker());
    let field = HeaderName::from_static("service-worker-allowed");
    response.headers_mut().insert(field, HeaderValue::from_static("/scanner"));
    response
}

/// A file whose address stays: whoever has it asks whether it is still the same.
fn at_its_address(asset: &'static Asset) -> Response {
    let mut response = asset.content.into_response();
    let fields = response.headers_mut();
    for_pages(fields);
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// A page's style, script or WebAssembly. Its name says its content, so that it is never asked for twice.
///
/// # Errors
/// A [`Problem`] where there is no such file.
pub async fn asset(Path(name): Path<String>) -> Result<Response, Problem> {
    let asset = console_assets::by_name(&name);
    let asset = asset.ok_or_else(|| Problem::new(Kind::NotFound, "there is no such file"))?;
    let fields = [
        (header::CONTENT_TYPE, asset.media_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((fields, asset.content).into_response())
}
