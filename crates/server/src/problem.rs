//! Why a request wasn't carried out, as RFC 9457 says it.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use engine::EngineError;
use indicia::NotRedeemable;
use items::{DocumentError, Fault, Faults};
use module::refusal::Refusal;
use store::StoreError;

pub(crate) use api::{Kind, ProblemBody};

/// One answer that isn't what was asked for.
#[derive(Debug)]
pub(crate) struct Problem {
    said: api::Problem,
    /// Whether it is a refusal inside a transaction, and so an event of a device.
    is_on_record: bool,
}

/// In an answer: the refusal is on record of a device.
#[derive(Clone, Copy)]
pub(crate) struct OnRecord;

impl Problem {
    pub(crate) fn new(kind: Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        api::Problem::new(kind, detail).into()
    }

    /// Something that can't be: it is the operator's to look into.
    pub(crate) fn internal(reason: &dyn std::fmt::Display) -> Self {
        api::Problem::internal(reason).into()
    }

    pub(crate) fn after(self, seconds: u64) -> Self {
        Self { said: self.said.after(seconds), ..self }
    }

    pub(crate) fn kind(&self) -> Kind {
        self.said.kind()
    }

    /// Whether it is a refusal inside a transaction.
    pub(crate) fn is_on_record(&self) -> bool {
        self.is_on_record
    }
}

impl From<api::Problem> for Problem {
    fn from(said: api::Problem) -> Self {
        Self { said, is_on_record: false }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.said.into_response();
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
                let problem = Self::new(kind_of(refusal), refusal.to_string());
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
            EngineError::NotErasable(_) => Kind::NotErasable,
            EngineError::BrokenRule(_) => Kind::TemplateRule,
            EngineError::NotRedeemable { why: NotRedeemable::NotLive(_), .. } => Kind::NotLive,
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
        let body = |Fault { row, column, value, problem }| api::FaultBody {
            row,
            column,
            value,
            reason: problem.to_string(),
        };
        let first_faults = faults.faults.into_iter().map(body).collect();
        api::Problem::new(Kind::MalformedBatch, detail).with_faults(first_faults, count).into()
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
        self.said.fmt(f)
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
}

/// What a refusal of the module is called.
fn kind_of(refusal: &Refusal) -> Kind {
    match refusal {
        Refusal::NotAuthorised { .. } => Kind::NotAllowed,
        Refusal::State { .. } => Kind::DeviceState,
        Refusal::KeyExpired => Kind::KeyExpired,
        Refusal::ItemLimit { .. } => Kind::ItemLimit,
        Refusal::DayLimit { .. } => Kind::DayLimit,
        Refusal::Funds { .. } => Kind::InsufficientFunds,
        Refusal::Overflow => Kind::Overflow,
        Refusal::Denomination { .. } => Kind::WrongDenomination,
        Refusal::Serials { .. } => Kind::SerialsUsed,
        Refusal::Items(_) => Kind::MalformedBatch,
        Refusal::Order(_) => Kind::OrderRefused,
        Refusal::UnknownKey { .. } => Kind::UnknownKey,
        Refusal::NotProven(_) => Kind::NotProven,
        Refusal::Role { .. } => Kind::RoleForbids,
        Refusal::Change(_) => Kind::ChangeRefused,
        Refusal::SignIn => Kind::SignInRefused,
        Refusal::TooManyAttempts { .. } => Kind::TooManyAttempts,
        Refusal::CodeMissing => Kind::CodeRequired,
        Refusal::CodeWrong => Kind::CodeWrong,
        Refusal::PasswordReused { .. } => Kind::PasswordReused,
        Refusal::SessionEnded(_) => Kind::SessionEnded,
        Refusal::Void { .. } | Refusal::NeverIssued(_) => Kind::NotVoidable,
        Refusal::PasskeyRequired(_) => Kind::PasskeyRequired,
        Refusal::PasskeyWrong(_) => Kind::PasskeyWrong,
    }
}
