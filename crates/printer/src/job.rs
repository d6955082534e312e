//! Jobs, and where they stand.

use std::fmt;

use crate::answer::Attributes;
use crate::reasons;

/// A job's number at its printer, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub i32);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a job stands (RFC 8011, section 5.3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Its turn hasn't come.
    Pending,
    /// It waits for something: for its document, or for somebody to release it.
    Held,
    /// It is being printed.
    Processing,
    /// It is being printed, and the printer has stopped.
    Stopped,
    /// Somebody canceled it.
    Canceled,
    /// The printer gave it up.
    Aborted,
    /// It is printed.
    Completed,
}

impl JobState {
    pub(crate) fn of(number: i32) -> Option<Self> {
        Some(match number {
            3 => Self::Pending,
            4 => Self::Held,
            5 => Self::Processing,
            6 => Self::Stopped,
            7 => Self::Canceled,
            8 => Self::Aborted,
            9 => Self::Completed,
            _ => return None,
        })
    }

    /// Whether nothing more comes of it.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Canceled | Self::Aborted | Self::Completed)
    }

    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "waiting",
            Self::Held => "held",
            Self::Processing => "printing",
            Self::Stopped => "stopped",
            Self::Canceled => "canceled",
            Self::Aborted => "given up by the printer",
            Self::Completed => "printed",
        }
    }
}

/// A job as its printer tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// Its name, if the printer tells it.
    pub name: Option<String>,
    /// Where it stands.
    pub state: JobState,
    /// Why it does, as keywords of IPP.
    pub reasons: Vec<String>,
    /// What the printer says of it to people.
    pub message: Option<String>,
    /// Sides that came out, if the printer counts them.
    pub sides: Option<u32>,
}

impl Job {
    /// What is asked of a job.
    pub(crate) const WANTED: [&str; 6] = [
        "job-id",
        "job-name",
        "job-state",
        "job-state-reasons",
        "job-state-message",
        "job-impressions-completed",
    ];

    /// A job of which a printer told at least number and state.
    pub(crate) fn of(attributes: Attributes<'_>) -> Option<Self> {
        let mut reasons = attributes.texts("job-state-reasons");
        reasons.retain(|reason| reason != "none");
        Some(Self {
            id: JobId(attributes.number("job-id")?),
            name: attributes.text("job-name"),
            state: JobState::of(attributes.number("job-state")?)?,
            reasons,
            message: attributes.text("job-state-message"),
            sides: attributes.number("job-impressions-completed").and_then(|sides| u32::try_from(sides).ok()),
        })
    }

    /// Where it stands and why, in one sentence without an end.
    #[must_use]
    pub fn sentence(&self) -> String {
        let reasons: Vec<String> = self.reasons.iter().map(|reason| reasons::of_job(reason)).collect();
        if reasons.is_empty() {
            self.state.name().into()
        } else {
            format!("{}: {}", self.state.name(), reasons.join(", "))
        }
    }
}
