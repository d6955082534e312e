//! Why a request wasn't carried out, as RFC 9457 says it.

use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::kind::Kind;

/// One answer that isn't what was asked for.
#[derive(Debug)]
pub struct Problem {
    kind: Kind,
    detail: Cow<'static, str>,
    /// After how many seconds it may be otherwise.
    retry_after: Option<u64>,
    /// What is wrong with a file of items, and how much in all.
    faults: Option<(Vec<FaultBody>, usize)>,
}

/// As it is sent.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// What sort of problem: a path of this server, with a page that explains it. It never changes its meaning.
    #[serde(rename = "type")]
    kind: String,
    /// The sort in a few words.
    title: &'static str,
    /// The status again.
    status: u16,
    /// What happened this time.
    detail: Cow<'static, str>,
    /// Of a file of items: the first thousand faults, in the order of the file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<FaultBody>,
    /// Of a file of items: how many faults there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault_count: Option<usize>,
}

/// One fault of a file of items.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Fault)]
pub struct FaultBody {
    /// The line on which the item starts, from 1, or the item's place in a JSON document; 0 for the file as a whole.
    pub row: u64,
    /// Name of the column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What stands there, shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What is wrong with it.
    pub reason: String,
}

impl Problem {
    /// A problem of this sort, with what happened this time.
    pub fn new(kind: Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        let retry_after = match kind {
            Kind::InProgress | Kind::Overloaded => Some(1),
            Kind::Stopping | Kind::StoreFailed | Kind::ModuleFailed | Kind::CutOff | Kind::OutcomeUnknown => {
                Some(5)
            }
            _ => None,
        };
        Self { kind, detail: detail.into(), retry_after, faults: None }
    }

    /// Something that can't be: it is the operator's to look into.
    pub fn internal(reason: &dyn std::fmt::Display) -> Self {
        tracing::error!(%reason, "a request failed");
        Self::new(Kind::Internal, "this can't be answered; the server's log says why")
    }

    /// It may be otherwise after so many seconds.
    #[must_use]
    pub fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// These are the first of so many faults.
    #[must_use]
    pub fn with_faults(mut self, first: Vec<FaultBody>, count: usize) -> Self {
        self.faults = Some((first, count));
        self
    }

    /// Its sort.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (faults, fault_count) =
            self.faults.map_or((Vec::new(), None), |(first, count)| (first, Some(count)));
        let body = ProblemBody {
            kind: self.kind.uri(),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            detail: self.detail,
            faults,
            fault_count,
        };
        // Strings and a number always can be written.
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (self.kind.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.kind.status() == StatusCode::UNAUTHORIZED {
            let scheme = if self.kind == Kind::SignInRequired { "Bearer" } else { "Signature" };
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
        }
        response.extensions_mut().insert(self.kind);
        response
    }
}

/// For a stream: it ends with the connection, since the answer's head is sent.
impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_has_a_place_of_its_own() {
        let places: BTreeSet<String> = Kind::ALL.iter().map(|kind| kind.uri()).collect();
        assert_eq!(places.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert!(kind.status().is_client_error() || kind.status().is_server_error(), "{kind:?}");
            assert_eq!(Kind::by_slug(kind.slug()), Some(*kind));
        }
    }
}
