//! The scanner: a page of its own, that a browser keeps and starts without a network. Its files are anybody's; what needs a right is
//! asked of the API under a steward's token, by the page.

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use console_assets::Asset;

/// The page.
pub(crate) async fn show() -> Response {
    at_its_address(console_assets::scanner())
}

/// What makes it an application.
pub(crate) async fn manifest() -> Response {
    at_its_address(console_assets::scanner_manifest())
}

/// What keeps it. It may do so for the page, though that isn't below its own address.
pub(crate) async fn service_worker() -> Response {
    let mut response = at_its_address(console_assets::scanner_service_worker());
    let field = HeaderName::from_static("service-worker-allowed");
    response.headers_mut().insert(field, HeaderValue::from_static("/scanner"));
    response
}

/// A file whose address stays: whoever has it asks whether it is still the same.
fn at_its_address(asset: &'static Asset) -> Response {
    let fields = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (fields, asset.content).into_response()
}
