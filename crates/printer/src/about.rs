//! What a printer says of itself.

use std::fmt;

use ipp::model::Operation;
use ipp::prelude::IppValue;

use crate::answer::Attributes;
use crate::media::Media;
use crate::reasons;

/// Whether a printer is at work (RFC 8011, section 5.4.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrinterState {
    /// It has nothing to do.
    Idle,
    /// It prints.
    Processing,
    /// It doesn't print until somebody does something.
    Stopped,
}

impl PrinterState {
    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Processing => "printing",
            Self::Stopped => "stopped",
        }
    }
}

/// Dots an inch, across and along the way of the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolution {
    /// Across.
    pub across: u32,
    /// Along.
    pub along: u32,
}

impl Resolution {
    /// As a printer tells it, in dots an inch or a centimetre.
    fn of(value: &IppValue) -> Option<Self> {
        let IppValue::Resolution { cross_feed, feed, units } = value else { return None };
        let dots = |number: i32| {
            let number = u32::try_from(number).ok()?;
            match units {
                3 => Some(number),
                4 => number.checked_mul(254)?.checked_add(50).map(|tenths| tenths / 100),
                _ => None,
            }
        };
        Some(Self { across: dots(*cross_feed)?, along: dots(*feed)? })
    }

    /// As a printer is asked for it.
    pub(crate) fn ask(self) -> IppValue {
        let number = |dots: u32| i32::try_from(dots).unwrap_or(i32::MAX);
        IppValue::Resolution { cross_feed: number(self.across), feed: number(self.along), units: 3 }
    }
}

impl fmt::Display for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.across == self.along {
            write!(f, "{} dpi", self.across)
        } else {
            write!(f, "{} × {} dpi", self.across, self.along)
        }
    }
}

/// How labels are printed, where a printer has the choice: at their size, on one side, and without a page before them.
const PLAIN: [(&str, &str, &str); 3] = [
    ("print-scaling", "print-scaling-supported", "none"),
    ("sides", "sides-supported", "one-sided"),
    ("job-sheets", "job-sheets-supported", "none"),
];

/// What a printer says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// What it is called, for people.
    pub name: Option<String>,
    /// Where it stands.
    pub location: Option<String>,
    /// Who made it, and what it is.
    pub make_and_model: Option<String>,
    /// Whether it is at work.
    pub state: PrinterState,
    /// Why, as keywords of IPP.
    pub reasons: Vec<String>,
    /// What it says of that itself.
    pub message: Option<String>,
    /// Whether it takes jobs.
    pub is_accepting_jobs: bool,
    /// Media types of documents that it takes.
    pub formats: Vec<String>,
    /// What it prints on.
    pub media: Media,
    /// How finely it can print.
    pub resolutions: Vec<Resolution>,
    /// What it must be asked for, since its own choice may be another, as attribute and value.
    pub(crate) plain: Vec<(&'static str, &'static str)>,
    operations: Vec<i32>,
}

impl About {
    /// What a printer is asked about itself.
    pub(crate) const WANTED: [&str; 18] = [
        "printer-info",
        "printer-name",
        "printer-location",
        "printer-make-and-model",
        "printer-state",
        "printer-state-reasons",
        "printer-state-message",
        "printer-is-accepting-jobs",
        "document-format-supported",
        "operations-supported",
        "media-supported",
        "media-ready",
        "media-col-database",
        "media-col-ready",
        "printer-resolution-supported",
        "print-scaling-supported",
        "sides-supported",
        "job-sheets-supported",
    ];

    /// What a printer told, if it told its state.
    pub(crate) fn of(printer: Attributes<'_>) -> Option<Self> {
        let state = match printer.number("printer-state")? {
            3 => PrinterState::Idle,
            4 => PrinterState::Processing,
            5 => PrinterState::Stopped,
            _ => return None,
        };
        let mut reasons = printer.texts("printer-state-reasons");
        reasons.retain(|reason| reason != "none");
        let can = |supported: &str, value: &str| printer.texts(supported).iter().any(|known| known == value);
        let plain = PLAIN.into_iter().filter(|(_, supported, value)| can(supported, value));
        let plain = plain.map(|(attribute, _, value)| (attribute, value));
        Some(Self {
            name: printer.text("printer-info").or_else(|| printer.text("printer-name")),
            location: printer.text("printer-location"),
            make_and_model: printer.text("printer-make-and-model"),
            state,
            reasons,
            message: printer.text("printer-state-message"),
            is_accepting_jobs: printer.flag("printer-is-accepting-jobs").unwrap_or(true),
            formats: printer.texts("document-format-supported"),
            media: Media::of(printer),
            resolutions: printer
                .values("printer-resolution-supported")
                .iter()
                .filter_map(Resolution::of)
                .collect(),
            plain: plain.collect(),
            operations: printer
                .values("operations-supported")
                .iter()
                .filter_map(crate::answer::number)
                .collect(),
        })
    }

    /// Whether it takes documents of a type.
    #[must_use]
    pub fn takes(&self, format: &str) -> bool {
        self.formats.iter().any(|known| known.eq_ignore_ascii_case(format))
    }

    pub(crate) fn can(&self, operation: Operation) -> bool {
        self.operations.contains(&(operation as i32))
    }

    /// How it is and why, in one sentence without an end.
    #[must_use]
    pub fn sentence(&self) -> String {
        let reasons: Vec<String> = self.reasons.iter().map(|reason| reasons::of_printer(reason)).collect();
        if reasons.is_empty() {
            self.state.name().into()
        } else {
            format!("{}: {}", self.state.name(), reasons.join(", "))
        }
    }
}
