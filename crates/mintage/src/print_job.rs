//! A print that is on record, and its job at the printer.
//!
//! What is heard is put on record at once, and in this order: that the printer has the job, before it gets the document. So an
//! open print without a job's number never was on paper; and of one with it the printer can be asked. Nothing is sent twice.

use std::fs::File;
use std::time::{Duration, Instant};

use engine::Engine;
use printer::{About, JobId, JobState, NewJob, Printer, PrinterError};
use store::{Account, NewPrint, PrintNews, PrintOutcome};

use crate::failure::Failure;
use crate::office::now;

/// Between two questions how a job stands: at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Characters of a job's unique end after which it is told from all others: its time, to the millisecond.
const UNIQUE: usize = 13;

/// A print on record that isn't over.
pub(crate) struct PrintJob<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) printer: &'a Printer,
    pub(crate) account: &'a Account,
    pub(crate) print: &'a NewPrint,
}

/// A job that has its document, or may have it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent {
    pub(crate) job: JobId,
    /// Whether the printer may have forgotten it since and given its number to another.
    pub(crate) was_away: bool,
}

/// How far a print is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) outcome: PrintOutcome,
    /// For people.
    pub(crate) said: String,
}

/// What the printer says of a job at one time.
enum Look {
    /// It stands so.
    At(printer::Job),
    /// It knows no such job, any more.
    Forgotten,
    /// It doesn't answer.
    Away(PrinterError),
}

impl PrintJob<'_> {
    /// What it is called: ACCOUNT/NUMBER.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.account.name, self.print.number)
    }

    /// Makes the job and gives it its document. What surely isn't printed is on record as that; an answer that didn't come is
    /// none.
    pub(crate) fn send(
        &self,
        about: &About,
        new: &NewJob<'_>,
        document: File,
        length: u64,
    ) -> Result<Sent, Failure> {
        let job = match self.printer.make(about, new) {
            Ok(job) => job,
            Err(error) => return Err(self.not_sent(error)),
        };
        self.hear(Some(job), PrintOutcome::Open, "the printer has the job, and waits for its document")?;
        crash_point::crash_point!("print-job-made");
        let was_away = match self.printer.send(job, new.user, document, length) {
            Ok(_) => false,
            // Whether it is printed, the printer is asked.
            Err(PrinterError::Lost { .. } | PrinterError::NoPrinter { .. }) => true,
            Err(error) => {
                // An empty job is of no use to anybody, and would be given up in a minute.
                let _ = self.printer.cancel(job, new.user);
                return Err(self.not_sent(error));
            }
        };
        crash_point::crash_point!("print-sent");
        let said =
            if was_away { "the printer may have the document" } else { "the printer has the document" };
        self.hear(Some(job), PrintOutcome::Open, said)?;
        Ok(Sent { job, was_away })
    }

    fn not_sent(&self, error: PrinterError) -> Failure {
        match self.hear(None, PrintOutcome::NotSent, &error.to_string()) {
            Ok(_) => error.into(),
            Err(failure) => failure,
        }
    }

    /// Asks how it stands until it is over, it was followed for as long as it was to be, or the printer has been away for so long,
    /// and puts that on record. `told` hears what is new, for people.
    pub(crate) fn follow(
        &self,
        Sent { mut job, mut was_away }: Sent,
        patience: Duration,
        until: Option<Instant>,
        mut told: impl FnMut(&str),
    ) -> Result<Heard, Failure> {
        let (mut away, mut last, mut pause) = (None, String::new(), FIRST_PAUSE);
        loop {
            let said = match self.look(job, was_away) {
                Look::At(found) if found.state.is_over() => return self.ended(&found),
                Look::At(found) => {
                    (away, job) = (None, found.id);
                    let said = self.sentence(&found);
                    if until.is_some_and(|until| Instant::now() >= until) {
                        return self.hear(Some(job), PrintOutcome::Open, &said);
                    }
                    said
                }
                Look::Forgotten => {
                    return self.hear(
                        Some(job),
                        PrintOutcome::Open,
                        "the printer doesn't know the job any more",
                    );
                }
                Look::Away(error) => {
                    was_away = true;
                    let since = *away.get_or_insert_with(Instant::now);
                    if since.elapsed() >= patience {
                        return self.hear(Some(job), PrintOutcome::Open, &error.to_string());
                    }
                    error.to_string()
                }
            };
            if said != last {
                told(&said);
                last = said;
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Asks once how it stands, and puts that on record.
    pub(crate) fn ask(&self, job: Option<u32>) -> Result<Heard, Failure> {
        let Some(job) = job.and_then(|job| i32::try_from(job).ok()).map(JobId) else {
            return self.hear(
                None,
                PrintOutcome::NotSent,
                "it was broken off before the printer had a document",
            );
        };
        match self.look(job, true) {
            Look::At(found) if found.state.is_over() => self.ended(&found),
            Look::At(found) => self.hear(Some(found.id), PrintOutcome::Open, &self.sentence(&found)),
            Look::Forgotten => {
                self.hear(Some(job), PrintOutcome::Open, "the printer doesn't know the job any more")
            }
            Look::Away(error) => self.hear(Some(job), PrintOutcome::Open, &error.to_string()),
        }
    }

    /// The job of this number. A printer that was away may have forgotten its jobs and given their numbers to others: then its
    /// name says whether it is ours.
    fn look(&self, job: JobId, was_away: bool) -> Look {
        let (name, user) = (&self.print.job_name, &self.print.by);
        let is_ours = |found: &printer::Job| found.name.as_deref().is_none_or(|found| is_name(found, name));
        let found = match self.printer.job(job, user) {
            Ok(Some(found)) if !was_away || is_ours(&found) => Ok(Some(found)),
            Ok(_) => self.printer.find(|found| is_name(found, name), user),
            Err(error) => Err(error),
        };
        match found {
            Ok(Some(found)) => Look::At(found),
            Ok(None) => Look::Forgotten,
            Err(error) => Look::Away(error),
        }
    }

    fn ended(&self, job: &printer::Job) -> Result<Heard, Failure> {
        let outcome = match job.state {
            JobState::Completed => PrintOutcome::Printed,
            JobState::Canceled => PrintOutcome::Canceled,
            _ => PrintOutcome::Failed,
        };
        self.hear(Some(job.id), outcome, &job.sentence())
    }

    /// How a job stands, and what the printer says of itself meanwhile.
    fn sentence(&self, job: &printer::Job) -> String {
        let reasons = self.printer.reasons().unwrap_or_default();
        if reasons.is_empty() {
            job.sentence()
        } else {
            format!("{} ({})", job.sentence(), reasons.join(", "))
        }
    }

    /// Puts something on record.
    fn hear(&self, job: Option<JobId>, outcome: PrintOutcome, said: &str) -> Result<Heard, Failure> {
        self.engine.hear_of_print(PrintNews {
            account: self.print.account,
            number: self.print.number,
            job: job.and_then(|job| u32::try_from(job.0).ok()),
            outcome,
            said: said.to_owned(),
            at: now(),
        })?;
        Ok(Heard { outcome, said: said.to_owned() })
    }
}

/// Whether a printer's name of a job is ours: all of it, or cut after as much as tells it from all others.
fn is_name(found: &str, ours: &str) -> bool {
    let until_unique = ours.rfind(' ').map_or(ours.len(), |space| space + 1 + UNIQUE);
    ours == found || (found.len() >= until_unique && ours.starts_with(found))
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn a_name_may_be_cut_but_not_be_anothers() {
        let ours = "Mintage a/1 0195a3c4-d5e6-7f80-91a2-b3c4d5e6f708";
        assert!(is_name(ours, ours) && is_name(&ours[..40], ours));
        for other in ["", "Mintage a/1", &ours[..20], "Mintage a/1 0195a3c4-d5e6-7f80-91a2-b3c4d5e6f709"] {
            assert!(!is_name(other, ours), "{other}");
        }
    }
}
