//! `mintage printer jobs` and `cancel`

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use store::{Account, AccountId, NewPrint, PrintOutcome, Reader, StoredPrint};

use crate::args::Args;
use crate::failure::Failure;
use crate::folder::DataFolder;
use crate::office::{Office, find_account};
use crate::print_job::{PrintJob, Sent};
use crate::printable::{print_named, serial};
use crate::{output, printers};

/// Prints that are listed at most.
const MOST: u32 = 1000;

pub(super) fn list(args: &Args, printer: Option<&str>, account: Option<&str>) -> Result<(), Failure> {
    let is_wanted = |stored: &StoredPrint| printer.is_none_or(|name| stored.print.printer == name);
    let (accounts, mut prints) = match account {
        Some(name) => {
            let books = DataFolder::open(&args.dir)?.books()?.reader()?;
            let account = find_account(&books, name)?;
            let prints = books.prints(account.id, None, MOST)?;
            (HashMap::from([(account.id, account)]), prints)
        }
        None => settle(&Office::open(args)?, is_wanted)?,
    };
    prints.retain(is_wanted);
    let rows: Vec<(String, &StoredPrint)> = prints
        .iter()
        .filter_map(|stored| Some((accounts.get(&stored.print.account)?, stored)))
        .map(|(account, stored)| (format!("{}/{}", account.name, stored.print.number), stored))
        .collect();
    if args.json {
        let of =
            |(name, stored): &(String, &StoredPrint)| shown(name, stored, &accounts[&stored.print.account]);
        output::json(&rows.iter().map(of).collect::<Vec<_>>());
        return Ok(());
    }
    let row = |(name, stored): (String, &StoredPrint)| {
        let StoredPrint { print, outcome, said, .. } = stored;
        let count: u64 = print.runs.iter().map(|run| run.end - run.start).sum();
        let labels = if print.reprint.is_some() { format!("{count} (again)") } else { count.to_string() };
        vec![name, print.at.to_string(), print.printer.clone(), labels, outcome.name().into(), said.clone()]
    };
    output::table(
        &["Print", "Begun", "Printer", "Labels", "Outcome", "What is known"],
        rows.into_iter().map(row),
    );
    Ok(())
}

type Settled = (HashMap<AccountId, Account>, Vec<StoredPrint>);

/// Asks the printers of all open prints how those stand.
fn settle(office: &Office, is_wanted: impl Fn(&StoredPrint) -> bool) -> Result<Settled, Failure> {
    let mut accounts = HashMap::new();
    let mut prints = office.reader.open_prints(MOST)?;
    prints.retain(is_wanted);
    for stored in &mut prints {
        let id = stored.print.account;
        let account = match office.reader.account(id)? {
            Some(account) => accounts.entry(id).or_insert(account),
            None => continue,
        };
        let heard =
            match printers::named(&office.reader, &stored.print.printer).and_then(|known| known.reach()) {
                Ok(printer) => {
                    let job =
                        PrintJob { engine: &office.engine, printer: &printer, account, print: &stored.print };
                    job.ask(stored.job)?
                }
                // It was forgotten; the print stays open for people to decide.
                Err(error) => {
                    stored.said = error.to_string();
                    continue;
                }
            };
        (stored.outcome, stored.said) = (heard.outcome, heard.said);
    }
    Ok((accounts, prints))
}

fn shown(name: &str, stored: &StoredPrint, account: &Account) -> Value {
    let NewPrint { runs, by, printer, job_name, reprint, at, .. } = &stored.print;
    let runs = runs.iter().map(|run| [serial(account, run.start), serial(account, run.end - 1)]);
    json!({
        "print": name, "printer": printer, "by": by, "begun": at.to_string(), "reprint": reprint,
        "serials": runs.collect::<Vec<_>>(), "job": stored.job, "job_name": job_name,
        "outcome": stored.outcome.name(), "said": stored.said, "heard": stored.heard.to_string(),
    })
}

pub(super) fn cancel(args: &Args, print: &str, patience: Duration) -> Result<(), Failure> {
    let office = Office::open(args)?;
    let (account, stored) = find(&office.reader, print)?;
    if stored.outcome != PrintOutcome::Open {
        return Err(Failure::Said(format!(
            "print {print} is over: {} ({})",
            stored.outcome.name(),
            stored.said
        )));
    }
    let printer = printers::named(&office.reader, &stored.print.printer)?.reach()?;
    let job = PrintJob { engine: &office.engine, printer: &printer, account: &account, print: &stored.print };
    let heard = match stored.job.and_then(|id| i32::try_from(id).ok()).map(printer::JobId) {
        None => job.ask(None)?,
        Some(id) => {
            // One that is over by now says so when it is asked.
            let refused = printer.cancel(id, &stored.print.by).err();
            if let Some(error) =
                refused.filter(|error| !matches!(error, printer::PrinterError::Refused { .. }))
            {
                return Err(error.into());
            }
            job.follow(Sent { job: id, was_away: true }, patience, Some(Instant::now() + patience), |_| {})?
        }
    };
    if args.json {
        output::json(&json!({ "print": print, "outcome": heard.outcome.name(), "said": heard.said }));
    } else {
        println!("Print {print}: {} ({}).", heard.outcome.name(), heard.said);
    }
    Ok(())
}

fn find(books: &Reader, text: &str) -> Result<(Account, StoredPrint), Failure> {
    let (account, number) = print_named(books, text)?;
    let found = books.prints(account.id, number.checked_add(1), 1)?;
    let found = found.into_iter().find(|stored| stored.print.number == number);
    Ok((account, found.ok_or_else(|| Failure::Said(format!("there is no print {text}")))?))
}
