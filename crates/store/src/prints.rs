//! What was printed, and on which printers: types of commits and of readings.

use std::ops::Range;

use indicia::UnixTime;

use crate::ids::AccountId;

/// A print's runs of serial numbers are kept in pieces of at most so many, so that those that hold a number are found by where
/// they begin.
pub(crate) const MOST_PIECE: u64 = 1024;

/// A print of indicia that begins. Those that were printed before are only printed again as a reprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPrint {
    /// The account that issued them.
    pub account: AccountId,
    /// Which of the account's prints this is: greater than all before, from 1.
    pub number: u64,
    /// Their serial numbers: runs in ascending order that don't touch, none of them empty.
    pub runs: Vec<Range<u64>>,
    /// Who prints.
    pub by: String,
    /// On which printer, by its name at the time.
    pub printer: String,
    /// By which name the printer has the job.
    pub job_name: String,
    /// Why they are printed again; nothing for the first print.
    pub reprint: Option<String>,
    /// When.
    pub at: UnixTime,
}

/// What became of a print, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrintOutcome {
    /// It has begun, and isn't over or isn't known to be.
    Open,
    /// The printer printed it.
    Printed,
    /// Somebody canceled it; some of it may be on paper.
    Canceled,
    /// The printer gave it up; some of it may be on paper.
    Failed,
    /// It surely never was on paper: its indicia can be printed as if it hadn't been.
    NotSent,
}

impl PrintOutcome {
    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Printed => "printed",
            Self::Canceled => "canceled",
            Self::Failed => "failed",
            Self::NotSent => "not sent",
        }
    }
}

/// Something is heard of an open print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintNews {
    /// The account.
    pub account: AccountId,
    /// Which print.
    pub number: u64,
    /// The job's number at the printer, once it has one.
    pub job: Option<u32>,
    /// What became of it; what is over stays as it is.
    pub outcome: PrintOutcome,
    /// What is known of it, for a person.
    pub said: String,
    /// When.
    pub at: UnixTime,
}

/// A print, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPrint {
    /// How it began.
    pub print: NewPrint,
    /// The job's number at the printer, once it has one.
    pub job: Option<u32>,
    /// What became of it.
    pub outcome: PrintOutcome,
    /// What is known of it, for a person.
    pub said: String,
    /// When it was heard of last.
    pub heard: UnixTime,
}

/// A printer that is known by a name. What its settings say, the store doesn't know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPrinter {
    /// Its name, unique.
    pub name: String,
    /// Its settings.
    pub settings: Vec<u8>,
}

/// A change of what printers are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrinterChange {
    /// It is known from now on, or has other settings.
    Keep(StoredPrinter),
    /// It isn't known any more, if it was.
    Remove(String),
}

impl NewPrint {
    /// Whether it has runs, and they ascend without touching.
    pub(crate) fn is_in_order(&self) -> bool {
        let ascend = self.runs.windows(2).all(|pair| pair[0].end < pair[1].start);
        ascend && !self.runs.is_empty() && self.runs.iter().all(|run| run.start < run.end)
    }

    /// Its runs in pieces that are small enough to be found.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = Range<u64>> {
        self.runs.iter().flat_map(|run| {
            let mut next = run.start;
            std::iter::from_fn(move || {
                let piece = next..run.end.min(next.saturating_add(MOST_PIECE));
                next = piece.end;
                (!piece.is_empty()).then_some(piece)
            })
        })
    }
}

/// Puts pieces that follow one another together again.
pub(crate) fn join(pieces: impl IntoIterator<Item = Range<u64>>) -> Vec<Range<u64>> {
    let mut runs: Vec<Range<u64>> = Vec::new();
    for piece in pieces {
        match runs.last_mut() {
            Some(last) if last.end == piece.start => last.end = piece.end,
            _ => runs.push(piece),
        }
    }
    runs
}
