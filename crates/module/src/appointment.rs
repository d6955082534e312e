//! Appointments: papers of two officers by which the staff changes.

use asker::UserName;
use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::paper::{self, Paper, PaperError};
use crate::signing::SigningKey;
use crate::staff::{Authority, Member, Staff, StaffError};

const DOMAIN: &str = "mintage-appointment";

/// What changes in the staff.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum StaffChange {
    /// Somebody more is of it.
    #[n(0)]
    Appoint(#[n(0)] Member),
    /// Somebody isn't any more.
    #[n(1)]
    Dismiss(#[n(0)] UserName),
}

/// One change of the staff.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Appointment {
    #[n(0)]
    domain: String,
    /// One more than the last appointment: none is carried out twice.
    #[n(1)]
    pub number: u64,
    /// What changes.
    #[n(2)]
    pub change: StaffChange,
    /// When it was signed, seconds since 1970.
    #[n(3)]
    pub at: u64,
    /// Why.
    #[n(4)]
    pub reason: String,
}

/// Why an appointment isn't carried out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AppointmentError {
    /// The COSE around it, or its signatures.
    #[error("{0}")]
    Paper(#[from] PaperError),
    /// The content.
    #[error("its content can't be read ({0})")]
    Content(String),
    /// Not the next.
    #[error("it has number {found}, the next is {next}")]
    Number {
        /// Its number.
        found: u64,
        /// The next one.
        next: u64,
    },
    /// What it would come to.
    #[error(transparent)]
    Staff(#[from] StaffError),
}

impl Appointment {
    /// An appointment to be signed.
    #[must_use]
    pub fn new(number: u64, change: StaffChange, at: u64, reason: String) -> Self {
        Self { domain: DOMAIN.into(), number, change, at, reason }
    }

    /// Signs it; see [`paper::join`], since it needs two.
    #[must_use]
    pub fn sign(&self, officer: &SigningKey) -> Vec<u8> {
        paper::sign(&crate::wire::encode(self), officer)
    }

    /// Reads an appointment without checking who signed it.
    ///
    /// # Errors
    /// [`AppointmentError`].
    pub fn read(bytes: &[u8]) -> Result<Self, AppointmentError> {
        Self::decode(Paper::read(bytes)?.payload())
    }

    /// The staff after an appointment, after `number` others, who signed it, and what it says.
    ///
    /// # Errors
    /// [`AppointmentError`].
    pub fn follow(
        bytes: &[u8],
        staff: &Staff,
        number: u64,
    ) -> Result<(Staff, String, Self), AppointmentError> {
        let paper = Paper::read(bytes)?;
        let appointment = Self::decode(paper.payload())?;
        let who = staff.authorise(&paper, Authority::Officers)?;
        let next = number + 1;
        if appointment.number != next {
            return Err(AppointmentError::Number { found: appointment.number, next });
        }
        let staff = match &appointment.change {
            StaffChange::Appoint(member) => staff.with(member.clone())?,
            StaffChange::Dismiss(name) => staff.without(name)?,
        };
        Ok((staff, who, appointment))
    }

    fn decode(payload: &[u8]) -> Result<Self, AppointmentError> {
        let appointment: Self =
            minicbor::decode(payload).map_err(|error| AppointmentError::Content(error.to_string()))?;
        if appointment.domain != DOMAIN || !crate::wire::is_encoding(payload, &appointment) {
            return Err(AppointmentError::Content("it is no appointment in its one encoding".into()));
        }
        if let StaffChange::Appoint(Member { name, .. }) = &appointment.change {
            name.as_str()
                .parse::<UserName>()
                .map_err(|error| AppointmentError::Content(error.to_string()))?;
        }
        Ok(appointment)
    }
}
