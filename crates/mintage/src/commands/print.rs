//! `mintage print`

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use engine::PrintRequest;
use faces::{Language, Voices};
use paper::Printing;
use print::{Artwork, Format};
use printer::NewJob;
use serde::Serialize;
use store::PrintOutcome;

use crate::args::Args;
use crate::failure::Failure;
use crate::office::Office;
use crate::print_job::{Heard, PrintJob};
use crate::printable::{Printable, serial};
use crate::{output, printers};

#[derive(Debug, clap::Args)]
pub(crate) struct PrintArgs {
    /// Batches as ACCOUNT/NUMBER, serials as printed, or runs of them as FIRST..LAST, all of one account.
    #[arg(required = true, value_name = "BATCH|SERIAL|FIRST..LAST")]
    what: Vec<String>,
    /// On which printer: a name that `mintage printer add` gave.
    #[arg(long, value_name = "NAME")]
    printer: String,
    /// Layout or maker's number, instead of the printer's own.
    #[arg(long, value_name = "NAME")]
    layout: Option<String>,
    /// In which language labels speak, such as de or de-AT; several as de,fr, the dearest first [default: what the template says].
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    language: Vec<Language>,
    /// PNG picture for every label.
    #[arg(long, value_name = "FILE.png")]
    artwork: Option<PathBuf>,
    /// Print also what was printed before. Nothing is debited by it.
    #[arg(long)]
    reprint: bool,
    /// Why it is printed again, for the record.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Who prints, for the record.
    #[arg(long, default_value = "owner")]
    user: String,
    /// Don't wait for the end: `mintage printer jobs` tells of it.
    #[arg(long)]
    no_wait: bool,
    /// For how many seconds the printer may be away while it prints, before it is given up.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    patience: u64,
}

#[derive(Serialize)]
struct Report {
    print: String,
    printer: String,
    labels: usize,
    pages: usize,
    medium: String,
    job: i32,
    outcome: &'static str,
    said: String,
    reprint: Option<String>,
    first_serial: String,
    last_serial: String,
}

pub(crate) fn run(args: &Args, print: &PrintArgs) -> Result<(), Failure> {
    let reprint = print.reprint()?;
    let office = Office::open(args)?;
    let known = printers::named(&office.reader, &print.printer)?;
    let layout = known.layout(print.layout.as_deref())?;
    let printable = Printable::named(&office.reader, &print.what)?;
    // Once more when it is put on record: now so that nobody waits for what isn't printed anyway.
    engine::check_print(&*office.reader, &printable.account, &printable.runs, reprint.as_deref())?;
    let printer = known.reach()?;
    let about = printer.about()?;
    printer.check(&about)?;
    let medium = known.medium(&about, layout)?;
    let resolution = known.resolution(&about)?;
    let artwork = print.artwork.as_deref().map(read_artwork).transpose()?;
    let alignment = known.alignment(medium)?;
    let printing =
        Printing { layout: Some(layout), format: Format::Pdf, alignment, artwork: artwork.as_ref() };
    let voices = office.faces.voices(&print.language);
    let (document, sheets) = draw(&printing, &printable, &voices, args.json)?;
    let length = document.metadata().map_err(Failure::io(Path::new("a temporary file")))?.len();
    let on_record = office.engine.print(PrintRequest {
        account: printable.account.name.clone(),
        runs: printable.runs.clone(),
        by: print.user.clone(),
        printer: known.name.clone(),
        reprint,
    })?;
    crash_point::crash_point!("print-on-record");
    let job = PrintJob {
        engine: &office.engine,
        printer: &printer,
        account: &printable.account,
        print: &on_record,
    };
    let new = NewJob { name: &on_record.job_name, user: &print.user, medium, page: layout.page, resolution };
    let sent = job.send(&about, &new, document, length)?;
    let heard = if print.no_wait {
        Heard { outcome: PrintOutcome::Open, said: "the printer has the document".into() }
    } else {
        let bar = output::progress("printing", 1, args.json);
        let patience = Duration::from_secs(print.patience);
        let heard = job.follow(sent, patience, None, |said| bar.println(format!("{}: {said}", known.name)));
        bar.finish_and_clear();
        ended(&job.name(), heard?)?
    };
    let (first, last) = (printable.runs.first(), printable.runs.last());
    let report = Report {
        print: job.name(),
        printer: known.name.clone(),
        labels: sheets.labels,
        pages: sheets.pages,
        medium: medium.name.clone().unwrap_or_else(|| medium.to_string()),
        job: sent.job.0,
        outcome: heard.outcome.name(),
        said: heard.said,
        reprint: on_record.reprint.clone(),
        first_serial: first.map(|run| serial(&printable.account, run.start)).unwrap_or_default(),
        last_serial: last.map(|run| serial(&printable.account, run.end - 1)).unwrap_or_default(),
    };
    say(args, &report);
    Ok(())
}

fn say(args: &Args, report: &Report) {
    if args.json {
        output::json(report);
        return;
    }
    let Report { print, printer, labels, pages, medium, outcome, said, .. } = report;
    println!("Print {print}: {labels} labels on {pages} pages of {medium}, {outcome} on {printer} ({said}).");
}

impl PrintArgs {
    fn reprint(&self) -> Result<Option<String>, Failure> {
        match (self.reprint, &self.reason) {
            (false, None) => Ok(None),
            (true, Some(reason)) if !reason.trim().is_empty() => Ok(Some(reason.clone())),
            (true, _) => Err(engine::PrintError::NoReason.into()),
            (false, Some(_)) => {
                Err(Failure::Said("a --reason is for what is printed again; say --reprint too".into()))
            }
        }
    }
}

/// What became of a print, or why it isn't known to be on paper.
pub(crate) fn ended(print: &str, heard: Heard) -> Result<Heard, Failure> {
    let said = &heard.said;
    let what_then = "print them again with --reprint and a --reason, or make them void with `mintage void`";
    match heard.outcome {
        PrintOutcome::Printed => Ok(heard),
        PrintOutcome::Open => Err(Failure::Said(format!(
            "whether print {print} is on paper isn't known ({said}); nothing is sent again by itself: look at the printer, and \
             at `mintage printer jobs`, and then {what_then}"
        ))),
        PrintOutcome::Canceled | PrintOutcome::Failed => Err(Failure::Said(format!(
            "print {print} isn't all on paper ({said}), though some of it may be: {what_then}"
        ))),
        PrintOutcome::NotSent => Err(Failure::Said(format!("print {print} isn't on paper ({said})"))),
    }
}

fn read_artwork(path: &Path) -> Result<Artwork, Failure> {
    Ok(Artwork::from_png(&std::fs::read(path).map_err(Failure::io(path))?)?)
}

/// The sheets in a file that nobody else sees.
fn draw(
    printing: &Printing<'_>,
    printable: &Printable,
    voices: &Voices<'_>,
    as_json: bool,
) -> Result<(File, print::PrintReport), Failure> {
    let io = |error| Failure::io(Path::new("a temporary file"))(error);
    let mut file = tempfile::tempfile().map_err(io)?;
    let bar = output::progress("drawing", printable.indicia.len() as u64, as_json);
    let progress = &mut |count| bar.inc(count);
    let Printable { indicia, items, .. } = printable;
    let report = printing.write(BufWriter::new(&file), indicia, items, voices, progress)?;
    bar.finish_and_clear();
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    Ok((file, report))
}
