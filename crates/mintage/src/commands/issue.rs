//! `mintage issue`

use std::time::Instant;

use asker::{BatchOptions, OnInsufficient};
use engine::Issued;
use indicia::{Denomination, Item, ItemList, ProofForm, Serial, text};
use items::Format;
use serde::Serialize;

use crate::args::{Args, InsufficientArg, IssueArgs, ProofArg};
use crate::failure::Failure;
use crate::office::{Office, parse};
use crate::{labels, output};

/// What came of a batch.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    account: String,
    reservation: u64,
    asked: u32,
    pub(crate) issued: u32,
    value: String,
    left: String,
    first_serial: String,
    last_serial: String,
    pub(crate) seconds: f64,
    idempotency_key: String,
    pub(crate) file: Option<String>,
    pages: Option<usize>,
    indicia: Vec<Option<String>>,
}

pub(crate) fn run(args: &Args, issue: &IssueArgs) -> Result<(), Failure> {
    let office = Office::open(args)?;
    let account = office.account(&issue.account)?;
    let items = read_items(issue, account.denomination)?;
    let report = issue_items(&office, issue, items, args.json)?;
    if args.json {
        output::json(&report);
        return Ok(());
    }
    println!(
        "Issued {} of {} from {} as batch {}/{}: {}, {} left; serials {} to {}.",
        report.issued,
        report.asked,
        report.account,
        report.account,
        report.reservation,
        report.value,
        report.left,
        report.first_serial,
        report.last_serial
    );
    if let (Some(file), Some(pages)) = (&report.file, report.pages) {
        println!("Wrote {file}: {pages} pages.");
    }
    Ok(())
}

/// Every row is checked before anything is reserved.
pub(crate) fn read_items(issue: &IssueArgs, denomination: Denomination) -> Result<Vec<Item>, Failure> {
    let path = &issue.items;
    let format = Format::from_path(path)
        .ok_or_else(|| Failure::Said(format!("{} is neither .csv nor .jsonl", path.display())))?;
    let bytes = std::fs::read(path).map_err(Failure::io(path))?;
    items::read_items(&bytes, format, denomination)
        .map_err(|faults| Failure::Items { path: path.display().to_string(), faults })
}

/// Issues items and prints them.
pub(crate) fn issue_items(
    office: &Office,
    issue: &IssueArgs,
    items: Vec<Item>,
    as_json: bool,
) -> Result<Report, Failure> {
    let account = office.account(&issue.account)?;
    let prepare = |out| labels::Printer::prepare(out, &issue.printing, &office.faces, &items);
    let printer = issue.out.as_deref().map(prepare).transpose()?;
    let proof = match issue.proof {
        ProofArg::Signature => ProofForm::Signature,
        ProofArg::Batch => ProofForm::Batch,
    };
    let list = ItemList { proof, denomination: account.denomination, items };
    list.check().map_err(|error| Failure::Said(error.to_string()))?;
    let on_insufficient = match issue.on_insufficient {
        InsufficientArg::Reject => OnInsufficient::Reject,
        InsufficientArg::Partial => OnInsufficient::Partial,
        InsufficientArg::Wait => OnInsufficient::Wait(issue.wait_seconds),
    };
    let key = issue.idempotency_key.as_deref().map(parse).transpose()?.unwrap_or_else(engine::new_key);
    let options = BatchOptions { on_insufficient, ..BatchOptions::default() };
    let request = office.asker(&account.name, &issue.user)?.batch(key, &options, &list);
    let began = Instant::now();
    let issued = office.engine.issue(request)?.wait()?.issued()?;
    let seconds = began.elapsed().as_secs_f64();
    let printed = printer.map(|printer| printer.print(&issued, &list.items, as_json)).transpose();
    let printed = printed.map_err(|reason| Failure::NotPrinted {
        count: issued.count,
        key: issued.key.to_string(),
        reason: Box::new(reason),
    })?;
    let serial =
        |number| Serial::new(account.device, number).map(|serial| serial.to_string()).unwrap_or_default();
    let left = office.account(&issue.account)?.descending;
    Ok(Report {
        account: account.name.to_string(),
        reservation: issued.reservation.0,
        asked: issued.asked,
        issued: issued.count,
        value: issued.value.to_string(),
        left: indicia::Amount::saturating(left, account.denomination).to_string(),
        first_serial: serial(issued.first_number),
        last_serial: serial(issued.first_number + u64::from(issued.count) - 1),
        seconds,
        idempotency_key: issued.key.to_string(),
        file: printed.as_ref().and(issue.out.as_ref()).map(|out| out.display().to_string()),
        pages: printed.map(|report| report.pages),
        indicia: if as_json { texts(&issued)? } else { Vec::new() },
    })
}

fn texts(issued: &Issued) -> Result<Vec<Option<String>>, Failure> {
    let text = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| text::to_text(bytes));
    Ok(labels::indicia_of(issued)?.iter().map(text).collect())
}
