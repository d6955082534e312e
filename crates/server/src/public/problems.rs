//! A page for each sort of problem.

use axum::extract::Path;
use axum::response::Html;

use crate::problem::{Kind, Problem, ProblemBody};

/// Explain a sort of problem: the place that a problem's `type` names.
#[utoipa::path(
    get,
    path = "/problems/{problem}",
    tag = "problems",
    params(("problem" = String, Path, description = "The last part of a problem's type")),
    responses(
        (status = 200, description = "A page", body = String, content_type = "text/html"),
        (status = 404, description = "No such problem", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn show(Path(problem): Path<String>) -> Result<Html<String>, Problem> {
    let kind =
        Kind::by_slug(&problem).ok_or_else(|| Problem::new(Kind::NotFound, "there is no such problem"))?;
    Ok(Html(kind.page()))
}
