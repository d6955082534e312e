//! Style, script and WebAssembly.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::problem::{Kind, Problem};

/// Sends a file. Its name says its content, so that it is never asked for twice.
pub(crate) async fn send(Path(name): Path<String>) -> Result<Response, Problem> {
    let asset = console_assets::by_name(&name);
    let asset = asset.ok_or_else(|| Problem::new(Kind::NotFound, "there is no such file"))?;
    let fields = [
        (header::CONTENT_TYPE, asset.media_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((fields, asset.content).into_response())
}
