//! `mintage printer …`: printers by name, and what they were given to print.

mod jobs;

use std::path::PathBuf;

use clap::Subcommand;
use printer::About;
use store::PrinterChange;

use crate::args::Args;
use crate::failure::Failure;
use crate::folder::DataFolder;
use crate::office::Office;
use crate::output;
use crate::printers::{self, Known, Settings};

#[derive(Debug, Subcommand)]
pub(crate) enum PrinterCommand {
    /// Make a printer known by a name, or change what is known of it.
    #[command(after_help = "Example: mintage printer add desk ipp://192.0.2.7/ipp/print --layout L7160\n\n\
        With TLS, by the certificate that the printer made for itself: mintage printer add desk \
        ipps://desk.example/ipp/print --certificate desk.pem")]
    Add {
        /// Its name.
        name: String,
        #[command(flatten)]
        settings: Settings,
    },
    /// List the printers that are known.
    #[command(after_help = "Example: mintage printer list --json")]
    List,
    /// Ask a printer what it is, how it is, and what it prints on.
    #[command(after_help = "Example: mintage printer show desk")]
    Show {
        /// Its name.
        name: String,
    },
    /// Forget a printer; what it printed stays on record.
    #[command(after_help = "Example: mintage printer remove desk")]
    Remove {
        /// Its name.
        name: String,
    },
    /// Make all printers of a file known, or none.
    #[command(after_help = "Example: mintage printer import printers.toml\n\n\
        In TOML each printer is a table [[printer]], in CSV a row, with name, uri, layout, media, resolution, offset, margin and \
        certificate, as `mintage printer add` takes them.")]
    Import {
        /// The file, .toml or .csv.
        file: PathBuf,
    },
    /// Listen for printers that announce themselves in the local network.
    #[command(after_help = "Example: mintage printer discover --seconds 5")]
    Discover {
        /// For how long.
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=60))]
        seconds: u64,
    },
    /// Ask printers what became of what isn't over, and put it on record; or show all prints of an account.
    #[command(after_help = "Example: mintage printer jobs\n\nmintage printer jobs --account theatre --json")]
    Jobs {
        /// Those of one printer.
        #[arg(long, value_name = "NAME")]
        printer: Option<String>,
        /// The last 1000 prints of an account, over or not.
        #[arg(long, value_name = "NAME")]
        account: Option<String>,
    },
    /// Cancel a print that isn't over; what is on paper stays there.
    #[command(after_help = "Example: mintage printer cancel theatre/3")]
    Cancel {
        /// Which: ACCOUNT/NUMBER.
        print: String,
        /// For how many seconds to wait until it is: a printer ends what it has begun.
        #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(..=86_400))]
        patience: u64,
    },
}

pub(crate) fn run(args: &Args, command: PrinterCommand) -> Result<(), Failure> {
    match command {
        PrinterCommand::Add { name, settings } => add(args, &name, settings),
        PrinterCommand::List => list(args),
        PrinterCommand::Show { name } => show(args, &name),
        PrinterCommand::Remove { name } => remove(args, &name),
        PrinterCommand::Import { file } => {
            let all = printers::read(&file)?;
            keep(args, &all)?;
            said(args, &format!("{} printers are known from now on.", all.len()), &all);
            Ok(())
        }
        PrinterCommand::Discover { seconds } => discover(args, seconds),
        PrinterCommand::Jobs { printer, account } => jobs::list(args, printer.as_deref(), account.as_deref()),
        PrinterCommand::Cancel { print, patience } => {
            jobs::cancel(args, &print, std::time::Duration::from_secs(patience))
        }
    }
}

fn keep(args: &Args, known: &[Known]) -> Result<(), Failure> {
    let changes = known.iter().map(|known| PrinterChange::Keep(known.stored())).collect();
    Ok(Office::open(args)?.engine.change_printers(changes)?)
}

fn said(args: &Args, sentence: &str, value: &impl serde::Serialize) {
    if args.json {
        output::json(value);
    } else {
        println!("{sentence}");
    }
}

fn add(args: &Args, name: &str, settings: Settings) -> Result<(), Failure> {
    let known = Known::described(name, settings)?;
    keep(args, std::slice::from_ref(&known))?;
    said(
        args,
        &format!("{name} is known from now on; `mintage printer show {name}` asks it what it is."),
        &known,
    );
    Ok(())
}

fn list(args: &Args) -> Result<(), Failure> {
    let all = printers::all(&DataFolder::open(&args.dir)?.books()?.reader()?)?;
    if args.json {
        output::json(&all);
        return Ok(());
    }
    let or_any = |setting: &Option<String>| setting.clone().unwrap_or_else(|| "–".into());
    let rows = all.iter().map(|Known { name, settings }| {
        vec![name.clone(), settings.uri.clone(), or_any(&settings.layout), or_any(&settings.media)]
    });
    output::table(&["Name", "URI", "Layout", "Paper"], rows);
    Ok(())
}

fn remove(args: &Args, name: &str) -> Result<(), Failure> {
    let office = Office::open(args)?;
    let known = printers::named(&office.reader, name)?;
    office.engine.change_printers(vec![PrinterChange::Remove(name.to_owned())])?;
    said(args, &format!("{name} is forgotten."), &known);
    Ok(())
}

fn show(args: &Args, name: &str) -> Result<(), Failure> {
    let known = printers::named(&DataFolder::open(&args.dir)?.books()?.reader()?, name)?;
    let printer = known.reach()?;
    let about = printer.about()?;
    let trouble = printer.check(&about).err().map(|error| error.to_string());
    if args.json {
        output::json(&as_json(&known, &about, trouble.as_deref()));
        return Ok(());
    }
    let mut rows = vec![("name", known.name.clone()), ("uri", known.settings.uri.clone())];
    rows.extend(about.name.clone().map(|name| ("called", name)));
    rows.extend(about.make_and_model.clone().map(|model| ("model", model)));
    rows.extend(about.location.clone().map(|place| ("place", place)));
    rows.push(("state", about.sentence()));
    rows.extend(trouble.map(|trouble| ("trouble", trouble)));
    rows.extend(known.settings.layout.clone().map(|layout| ("layout", layout)));
    rows.push(("documents", about.formats.join(", ")));
    let resolutions: Vec<String> = about.resolutions.iter().map(ToString::to_string).collect();
    rows.push(("resolution", resolutions.join(", ")));
    for medium in about.media.all() {
        let name = medium.name.clone().unwrap_or_else(|| "any size".into());
        let ready = if medium.is_ready { ", in the printer" } else { "" };
        rows.push(("paper", format!("{name}: {medium}{ready}")));
    }
    output::sheet(rows);
    Ok(())
}

fn discover(args: &Args, seconds: u64) -> Result<(), Failure> {
    let found = printer::discover(std::time::Duration::from_secs(seconds))?;
    if args.json {
        let one = |found: &printer::Found| {
            serde_json::json!({
                "name": found.name, "uri": found.uri, "addresses": found.addresses, "model": found.model,
                "location": found.location, "formats": found.formats,
            })
        };
        output::json(&found.iter().map(one).collect::<Vec<_>>());
        return Ok(());
    }
    let row = |found: printer::Found| {
        let takes_pdf = found.formats.iter().any(|format| format == printer::PDF);
        let addresses: Vec<String> = found.addresses.iter().map(ToString::to_string).collect();
        let pdf = if takes_pdf { "yes" } else { "no" };
        vec![found.name, found.uri, addresses.join(", "), found.model.unwrap_or_default(), pdf.into()]
    };
    output::table(&["Name", "URI", "Addresses", "Model", "PDF"], found.into_iter().map(row));
    Ok(())
}

fn as_json(known: &Known, about: &About, trouble: Option<&str>) -> serde_json::Value {
    let hundredths = |length: u32| f64::from(length) / 100.0;
    let media = about.media.all().iter().map(|medium| {
        let range =
            |range: &std::ops::RangeInclusive<u32>| [hundredths(*range.start()), hundredths(*range.end())];
        let margins = medium
            .margins
            .map(|margins| [margins.top, margins.right, margins.bottom, margins.left].map(hundredths));
        serde_json::json!({
            "name": medium.name, "width_mm": range(&medium.width), "height_mm": range(&medium.height),
            "margins_mm": margins, "is_ready": medium.is_ready,
        })
    });
    let resolutions = about.resolutions.iter().map(|resolution| [resolution.across, resolution.along]);
    serde_json::json!({
        "name": known.name, "settings": known.settings, "called": about.name, "model": about.make_and_model,
        "location": about.location, "state": about.state.name(), "reasons": about.reasons, "message": about.message,
        "said": about.sentence(), "is_accepting_jobs": about.is_accepting_jobs, "trouble": trouble,
        "formats": about.formats, "media": media.collect::<Vec<_>>(), "resolutions_dpi": resolutions.collect::<Vec<_>>(),
    })
}
