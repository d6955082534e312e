//! `mintage audit`

use engine::AuditReport;

use crate::args::Args;
use crate::failure::Failure;
use crate::office::Office;
use crate::output;

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let office = Office::open(args)?;
    let report = audit(&office, args.json)?;
    if args.json {
        output::json(&serde_json::json!({
            "clean": report.is_clean(), "accounts": report.accounts, "transactions": report.transactions,
            "reservations": report.reservations, "indicia": report.indicia, "void": report.void,
            "redemptions": report.redemptions, "events": report.events, "faults": report.faults,
        }));
    } else {
        println!(
            "Audited {} accounts, {} transactions, {} reservations, {} indicia ({} of them void), {} redemptions, {} events.",
            report.accounts,
            report.transactions,
            report.reservations,
            report.indicia,
            report.void,
            report.redemptions,
            report.events
        );
        for fault in &report.faults {
            println!("FAULT: {fault}");
        }
        if report.is_clean() {
            println!("The books balance to the last indicium.");
        }
    }
    if report.is_clean() { Ok(()) } else { Err(Failure::Unclean) }
}

/// Audits an open folder.
pub(crate) fn audit(office: &Office, as_json: bool) -> Result<AuditReport, Failure> {
    let total = office.reader.accounts()?.iter().map(|account| account.issued).sum();
    let bar = output::progress("auditing", total, as_json);
    let report =
        engine::audit(&*office.reader, office.host(), &office.bundle()?, |done| bar.set_position(done))?;
    bar.finish_and_clear();
    Ok(report)
}
