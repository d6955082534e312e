//! What is printed is on record before it is on paper, and is printed again only by those who say so.
//!
//! Whoever prints puts the print on record first ([`Engine::print`](crate::Engine::print)), and then what he hears of it. So a
//! crash in between leaves an open print, which counts as one that may be on paper; only what surely never was there, as its
//! printer never got it, can be printed as if nothing had been.

use std::ops::Range;

use indicia::{DeviceId, Serial, Status, UnixTime};
use store::{
    Account, AccountName, Books, Commit, NewPrint, PrintNews, PrintOutcome, PrinterChange, StoredPrint,
};
use thiserror::Error;

use crate::error::EngineError;
use crate::worker::Worker;

/// Indicia that are to be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintRequest {
    /// The account that issued them.
    pub account: AccountName,
    /// Their serial numbers: runs in ascending order that don't touch, none of them empty.
    pub runs: Vec<Range<u64>>,
    /// Who prints.
    pub by: String,
    /// On which printer, by its name.
    pub printer: String,
    /// Why they may be printed again, if any of them was printed before.
    pub reprint: Option<String>,
}

/// Why indicia aren't printed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PrintError {
    /// One of them is no good.
    #[error("{serial} {}, and isn't printed any more; nothing was printed", not_good(*status))]
    NotGood {
        /// Which.
        serial: Serial,
        /// What it is.
        status: Status,
    },
    /// An order makes one of them void at this moment.
    #[error("{0} is becoming void; nothing was printed")]
    BecomingVoid(Serial),
    /// One of them was printed before.
    #[error(
        "{serial} was printed before, on {printer} at {at} (print {print}, {outcome}); print it again with --reprint and a \
         --reason, or make it void with `mintage void`; nothing was printed"
    )]
    Before {
        /// Which.
        serial: Serial,
        /// By which print of the account.
        print: u64,
        /// On which printer.
        printer: String,
        /// When.
        at: UnixTime,
        /// What came of it.
        outcome: &'static str,
    },
    /// A reprint without a reason.
    #[error("a reprint needs a reason, which stays on record; nothing was printed")]
    NoReason,
    /// Anything else.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

fn not_good(status: Status) -> &'static str {
    match status {
        Status::Void => "is void",
        _ => "was redeemed",
    }
}

impl From<store::StoreError> for PrintError {
    fn from(error: store::StoreError) -> Self {
        Self::Engine(error.into())
    }
}

/// Whether these indicia of an account may be printed, as far as the books know; and if so, whether any of them may be on paper
/// already. [`Engine::print`](crate::Engine::print) asks once more.
///
/// # Errors
/// [`PrintError`].
pub fn check_print(
    books: &dyn Books,
    account: &Account,
    runs: &[Range<u64>],
    reprint: Option<&str>,
) -> Result<bool, PrintError> {
    if reprint.is_some_and(|reason| reason.trim().is_empty()) {
        return Err(PrintError::NoReason);
    }
    let mut before = None;
    for run in runs {
        let count = run.end.saturating_sub(run.start);
        let stored = books.statuses(account.id, run.start, count)?;
        if let Some(found) = stored.iter().find(|stored| !stored.usage.status.is_good()) {
            let (serial, status) = (serial(account.device, found.number)?, found.usage.status);
            return Err(PrintError::NotGood { serial, status });
        }
        if before.is_none() {
            before = first_before(books.prints_of(account.id, run.start, count)?, run);
        }
    }
    match (before, reprint) {
        (Some((number, stored)), None) => Err(PrintError::Before {
            serial: serial(account.device, number)?,
            print: stored.print.number,
            printer: stored.print.printer,
            at: stored.print.at,
            outcome: stored.outcome.name(),
        }),
        (before, _) => Ok(before.is_some()),
    }
}

impl Worker {
    /// Puts a print on record, if it may begin.
    pub(crate) fn print(&mut self, request: PrintRequest) -> Result<NewPrint, PrintError> {
        if let Some(reason) = self.stopped.get() {
            return Err(EngineError::Stopped(reason.clone()).into());
        }
        let id = self.find(&request.account)?;
        let books = self.store.books();
        let account = books.account(id)?;
        let account = account.ok_or_else(|| EngineError::UnknownAccount(request.account.to_string()))?;
        let is_again = check_print(books, &account, &request.runs, request.reprint.as_deref())?;
        let becoming = self.books.get(&id).map(|book| &book.becoming_void);
        let mut becoming = becoming.into_iter().flat_map(|becoming| becoming.keys());
        if let Some(number) = becoming.find(|number| request.runs.iter().any(|run| run.contains(number))) {
            return Err(PrintError::BecomingVoid(serial(account.device, *number)?));
        }
        let last = books.prints(id, None, 1)?;
        let number = last.first().map_or(0, |last| last.print.number) + 1;
        let print = NewPrint {
            account: id,
            number,
            job_name: format!("Mintage {}/{number} {}", request.account, crate::new_key()),
            runs: request.runs,
            by: request.by,
            printer: request.printer,
            // What is printed for the first time is no reprint, whatever it is called.
            reprint: request.reprint.filter(|_| is_again),
            at: (self.clock)(),
        };
        self.commit(&Commit { prints: vec![print.clone()], ..Commit::default() })?;
        Ok(print)
    }

    /// Puts on record what is heard of an open print.
    pub(crate) fn hear_of_print(&mut self, news: PrintNews) -> Result<(), EngineError> {
        Ok(self.commit(&Commit { print_news: vec![news], ..Commit::default() })?)
    }

    /// Changes what printers are known.
    pub(crate) fn change_printers(&mut self, printers: Vec<PrinterChange>) -> Result<(), EngineError> {
        Ok(self.commit(&Commit { printers, ..Commit::default() })?)
    }
}

/// The first number of a run that a print before may have brought on paper, and that print.
fn first_before(prints: Vec<StoredPrint>, run: &Range<u64>) -> Option<(u64, StoredPrint)> {
    let sent = prints.into_iter().filter(|stored| stored.outcome != PrintOutcome::NotSent);
    let first = |stored: &StoredPrint| {
        let held = stored.print.runs.iter().find(|held| held.start < run.end && run.start < held.end)?;
        Some(held.start.max(run.start))
    };
    let found = sent.filter_map(|stored| Some((first(&stored)?, stored)));
    found.min_by_key(|(number, stored)| (*number, stored.print.number))
}

fn serial(device: DeviceId, number: u64) -> Result<Serial, EngineError> {
    Serial::new(device, number).map_err(|error| EngineError::Invalid(error.to_string()))
}
