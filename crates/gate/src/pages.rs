//! Pages of other origins may ask a gate, the server's scanner among them: who asks is proven by signature and token, and no
//! browser adds either by itself (Fetch Standard, CORS protocol).

use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// The answer to a browser that asks whether a page may ask; none, if it asks something else.
pub(crate) fn preflight<B>(request: &Request<B>) -> Option<Response> {
    let asks = request.method() == Method::OPTIONS
        && request.headers().contains_key("access-control-request-method");
    asks.then(|| {
        let fields = [
            ("access-control-allow-methods", "GET, POST"),
            (
                "access-control-allow-headers",
                "authorization, content-type, content-digest, idempotency-key, if-none-match, signature, signature-input",
            ),
            // From a page of the internet to a machine of the site.
            ("access-control-allow-private-network", "true"),
            ("access-control-max-age", "600"),
        ];
        (StatusCode::NO_CONTENT, fields).into_response()
    })
}

/// Lets the page read an answer.
pub(crate) fn allow(response: &mut Response) {
    let fields = response.headers_mut();
    fields.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    fields.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("etag, retry-after"));
}
