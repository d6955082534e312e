//! `mintage quickstart`: from nothing to printed, verified indicia in one command.

use std::path::{Path, PathBuf};
use std::time::Instant;

use indicia::{Amount, Denomination};
use module::order::OrderAction;
use serde::Serialize;

use crate::args::{Args, InsufficientArg, IssueArgs, ProofArg};
use crate::commands::{audit, issue, verify};
use crate::failure::Failure;
use crate::folder::{DataFolder, FolderError};
use crate::office::{BUNDLE_DAYS, NewOffice, Office, parse};
use crate::opening::Opening;
use crate::output;
use crate::printing::PrintingArgs;
use crate::user::OWNER;

/// One of the shipped batches.
struct Sample {
    account: &'static str,
    denomination: &'static str,
    funds: &'static str,
    file: &'static str,
    content: &'static str,
    pdf: &'static str,
}

const SAMPLES: [Sample; 2] = [
    Sample {
        account: "harbour-theatre",
        denomination: "EUR/2",
        funds: "20000.00",
        file: "tickets.csv",
        content: include_str!("../../../../samples/tickets.csv"),
        pdf: "tickets.pdf",
    },
    Sample {
        account: "mail-room",
        denomination: "USD/3",
        funds: "1500.000",
        file: "mail.csv",
        content: include_str!("../../../../samples/mail.csv"),
        pdf: "mail.pdf",
    },
];

/// What came of one sample.
#[derive(Debug, Serialize)]
struct Row {
    account: String,
    issued: u32,
    spent: String,
    left: String,
    control_total: String,
    verified: usize,
    seconds: f64,
    per_second: f64,
    file: String,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let began = Instant::now();
    let office = match DataFolder::open(&args.dir) {
        Ok(_) => Office::open(args)?,
        Err(FolderError::Missing(_)) => {
            Office::init(args, &NewOffice { issuer: "Mintage demo", ..NewOffice::default() })?
        }
        Err(error) => return Err(error.into()),
    };
    let rows =
        SAMPLES.iter().map(|sample| run_sample(args, &office, sample)).collect::<Result<Vec<_>, _>>()?;
    let report = audit::audit(&office, args.json)?;
    if args.json {
        output::json(&serde_json::json!({
            "dir": args.dir, "batches": rows, "audit_clean": report.is_clean(), "audit_faults": report.faults,
            "seconds": began.elapsed().as_secs_f64(),
        }));
    } else {
        say(args, rows, &report, began);
    }
    if report.is_clean() { Ok(()) } else { Err(Failure::Unclean) }
}

fn run_sample(args: &Args, office: &Office, sample: &Sample) -> Result<Row, Failure> {
    let denomination: Denomination = parse(sample.denomination)?;
    let name = sample.account;
    if office.account(name).is_err() {
        office.create_account(Opening {
            origin: "quickstart".into(),
            key_seconds: 3 * 366 * 86_400,
            ..Opening::new(parse(name)?, denomination)
        })?;
        office.renew_bundle(BUNDLE_DAYS)?;
    }
    let funds =
        Amount::parse(sample.funds, denomination).map_err(|error| Failure::Said(error.to_string()))?;
    office.order(&office.account(name)?, OrderAction::Fund(funds), "quickstart", None)?;

    let items = args.dir.join(sample.file);
    std::fs::write(&items, sample.content).map_err(Failure::io(&items))?;
    let out = args.dir.join(sample.pdf);
    let request = request(name, items, out.clone());
    let items = issue::read_items(&request, denomination)?;
    let report = issue::issue_items(office, &request, items, args.json)?;
    let verified = read_back(office, &out, report.issued, args.json)?;

    let account = office.account(name)?;
    let amount = |units| Amount::saturating(units, denomination).to_string();
    Ok(Row {
        account: name.to_owned(),
        issued: report.issued,
        spent: amount(account.ascending),
        left: amount(account.descending),
        control_total: amount(account.ascending - account.voided + account.descending),
        verified,
        seconds: report.seconds,
        per_second: f64::from(report.issued) / report.seconds,
        file: out.display().to_string(),
    })
}

fn request(account: &str, items: PathBuf, out: PathBuf) -> IssueArgs {
    IssueArgs {
        account: account.to_owned(),
        items,
        out: Some(out),
        printing: PrintingArgs::pdf(),
        idempotency_key: None,
        on_insufficient: InsufficientArg::Reject,
        wait_seconds: 0,
        proof: ProofArg::Signature,
        user: OWNER.into(),
    }
}

/// Draws the pages, reads every symbol from them and verifies it: what was printed is what was paid for.
fn read_back(office: &Office, pdf: &Path, issued: u32, as_json: bool) -> Result<usize, Failure> {
    let mut serials = verify::genuine_serials(pdf, &office.bundle()?, as_json)?;
    serials.sort();
    serials.dedup();
    if serials.len() == issued as usize {
        return Ok(serials.len());
    }
    Err(Failure::Said(format!(
        "{} of the {issued} symbols of {} could be read back and verified",
        serials.len(),
        pdf.display()
    )))
}

fn say(args: &Args, rows: Vec<Row>, report: &engine::AuditReport, began: Instant) {
    let cells = |row: Row| {
        vec![
            row.account,
            row.issued.to_string(),
            row.spent,
            row.left,
            row.control_total,
            row.verified.to_string(),
            format!("{:.3}", row.seconds),
            format!("{:.0}", row.per_second),
            row.file,
        ]
    };
    output::table(
        &[
            "account",
            "issued",
            "spent",
            "left",
            "control total",
            "read back",
            "seconds",
            "per second",
            "file",
        ],
        rows.into_iter().map(cells),
    );
    for fault in &report.faults {
        println!("FAULT: {fault}");
    }
    if report.is_clean() {
        println!("Audited {} indicia: the books balance to the last one.", report.indicia);
    }
    println!(
        "All in {:.1} s. What to try next, with --dir {}:",
        began.elapsed().as_secs_f64(),
        args.dir.display()
    );
    println!("  mintage verify {}", args.dir.join("tickets.pdf").display());
    println!("  mintage account show harbour-theatre");
    println!(
        "  mintage issue --account mail-room --items {} --out more.pdf --proof batch",
        args.dir.join("mail.csv").display()
    );
    println!("  mintage audit");
}
