//! Why a request wasn't carried out, as RFC 9457 says it.

use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::EngineError;
use items::{DocumentError, Fault, Faults};
use module::refusal::Refusal;
use serde::Serialize;
use store::StoreError;

mod kinds;

pub(crate) use kinds::Kind;

/// One answer that isn't what was asked for.
#[derive(Debug)]
pub(crate) struct Problem {
    kind: Kind,
    detail: Cow<'static, str>,
    /// After how many seconds it may be otherwise.
    retry_after: Option<u64>,
    /// What is wrong with a file of items.
    faults: Option<Box<Faults>>,
    /// Whether it is a refusal inside a transaction, and so an event of a device.
    is_on_record: bool,
}

/// In an answer: the refusal is on record of a device.
#[derive(Clone, Copy)]
pub(crate) struct OnRecord;

/// As it is sent.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
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
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Fault)]
struct FaultBody {
    /// The line on which the item starts, from 1, or the item's place in a JSON document; 0 for the file as a whole.
    row: u64,
    /// Name of the column.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<String>,
    /// What stands there, shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    /// What is wrong with it.
    reason: String,
}

impl From<Fault> for FaultBody {
    fn from(fault: Fault) -> Self {
        let Fault { row, column, value, problem } = fault;
        Self { row, column, value, reason: problem.to_string() }
    }
}

impl Problem {
    pub(crate) fn new(kind: Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        let retry_after = match kind {
            Kind::InProgress | Kind::Overloaded => Some(1),
            Kind::Stopping | Kind::StoreFailed | Kind::ModuleFailed => Some(5),
            _ => None,
        };
        Self { kind, detail: detail.into(), retry_after, faults: None, is_on_record: false }
    }

    pub(crate) fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether it is a refusal inside a transaction.
    pub(crate) fn is_on_record(&self) -> bool {
        self.is_on_record
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let faults = self.faults.map(|faults| *faults);
        let body = ProblemBody {
            kind: self.kind.uri(),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            detail: self.detail,
            fault_count: faults.as_ref().map(|faults| faults.faults.len() + faults.more),
            faults: faults
                .map_or_else(Vec::new, |faults| faults.faults.into_iter().map(Into::into).collect()),
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
        if self.is_on_record {
            response.extensions_mut().insert(OnRecord);
        }
        response
    }
}

/// The one place where every error of the engine becomes a problem.
impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        let kind = match &error {
            EngineError::UnknownAccount(name) => {
                return Self::new(Kind::UnknownAccount, format!("there is no account named {name}"));
            }
            EngineError::Insufficient { asked, unreserved, .. } => {
                let detail = format!("this takes {asked}, and {unreserved} is unreserved in the account");
                return Self::new(Kind::InsufficientFunds, detail);
            }
            EngineError::Refused(Refusal::TooManyAttempts { seconds }) => {
                let problem = Self::new(Kind::TooManyAttempts, error.to_string()).after(*seconds);
                return Self { is_on_record: true, ..problem };
            }
            EngineError::Refused(refusal) => {
                let problem = Self::new(Kind::of_refusal(refusal), refusal.to_string());
                return Self { is_on_record: true, ..problem };
            }
            // Their details are the operator's, who finds them in the log.
            EngineError::Store(reason) => return Self::store_failed(reason),
            EngineError::Module(reason) => return Self::module_failed(reason),
            EngineError::Stopped(_) => {
                let detail = "no more requests are carried out until the server has started again; what was reserved \
                              is finished then";
                return Self::new(Kind::Stopping, detail);
            }
            EngineError::AccountExists(_) => Kind::AccountExists,
            EngineError::Appointment(_) => Kind::AppointmentRefused,
            EngineError::AccountNumber { .. } => Kind::OpeningRefused,
            EngineError::WaitedTooLong { .. } => Kind::WaitedTooLong,
            EngineError::KeyReused(_) => Kind::KeyReused,
            EngineError::InProgress => Kind::InProgress,
            EngineError::Closed(_) => Kind::Closed,
            EngineError::Invalid(_) => Kind::Malformed,
            EngineError::Locked { .. } => Kind::AccountLocked,
            EngineError::UnknownReservation(_) => Kind::UnknownReservation,
            EngineError::NotVoidable { .. } | EngineError::VoidWorth { .. } => Kind::NotVoidable,
            EngineError::BrokenRule(_) => Kind::TemplateRule,
            EngineError::NotRedeemable { .. } => Kind::NotRedeemable,
            EngineError::NotReversible { .. } => Kind::NotReversible,
            EngineError::UnknownRedemption { .. } => Kind::UnknownRedemption,
            EngineError::ReversedAlready { .. } => Kind::ReversedAlready,
            EngineError::QueueFull(_) => Kind::Overloaded,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        // The module said it outside of any transaction.
        Self { is_on_record: false, ..EngineError::Refused(refusal).into() }
    }
}

impl From<DocumentError> for Problem {
    fn from(error: DocumentError) -> Self {
        let kind = match &error {
            DocumentError::Fault { .. } => Kind::Malformed,
            DocumentError::NotCanonical { .. } => Kind::NotCanonical,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<Faults> for Problem {
    fn from(faults: Faults) -> Self {
        let count = faults.faults.len() + faults.more;
        let first = faults.faults.first().map(ToString::to_string).unwrap_or_default();
        let detail = if count == 1 { first } else { format!("{count} faults, the first: {first}") };
        Self { faults: Some(Box::new(faults)), ..Self::new(Kind::MalformedBatch, detail) }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::store_failed(&error.to_string())
    }
}

impl From<module::client::ClientError> for Problem {
    fn from(error: module::client::ClientError) -> Self {
        Self::module_failed(&error.to_string())
    }
}

/// For a stream: it ends with the connection, since the answer's head is sent.
impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Problem {}

impl Problem {
    fn store_failed(reason: &str) -> Self {
        tracing::error!(reason, "the store failed");
        Self::new(
            Kind::StoreFailed,
            "the books can't be used at this moment; nothing that was answered is lost",
        )
    }

    fn module_failed(reason: &str) -> Self {
        tracing::error!(reason, "the crypto module failed");
        Self::new(
            Kind::ModuleFailed,
            "the crypto module can't be used at this moment; ask again with the same key",
        )
    }

    /// Something that can't be: it is the operator's to look into.
    pub(crate) fn internal(reason: &dyn std::fmt::Display) -> Self {
        tracing::error!(%reason, "a request failed");
        Self::new(Kind::Internal, "this can't be answered; the server's log says why")
    }
}

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
