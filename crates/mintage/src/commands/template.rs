//! `mintage template …`: what may be issued, as documents that a provider signs.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use faces::Face;
use indicia::{Rules, Template};
use items::TemplateDocument;

use crate::args::Args;
use crate::failure::Failure;
use crate::office::Office;
use crate::{output, templates};

#[derive(Debug, Subcommand)]
pub(crate) enum TemplateCommand {
    /// Show all templates, and whether they are shipped or the operator's own.
    #[command(after_help = "Example: mintage template list")]
    List,
    /// Show a template's document: the operator's own, or else the shipped one.
    #[command(after_help = "Example: mintage template show ticket > ticket.toml")]
    Show {
        /// Its name.
        name: String,
    },
    /// Say all that is wrong with a document. No data folder is needed.
    #[command(after_help = "Example: mintage template check ticket.toml")]
    Check {
        /// The document, in TOML.
        document: PathBuf,
    },
    /// Put a template into use that a provider signed, see `mintage sign template`. A server obeys it when it is started again.
    #[command(after_help = "Example: mintage template install ticket.template")]
    Install {
        /// The signed document.
        paper: PathBuf,
    },
}

pub(crate) fn run(args: &Args, command: &TemplateCommand) -> Result<(), Failure> {
    match command {
        TemplateCommand::List => list(args),
        TemplateCommand::Show { name } => show(args, name),
        TemplateCommand::Check { document } => {
            let (_, read) = read(document)?;
            say(args, "is as it should be", &read.rules, &read.face);
            Ok(())
        }
        TemplateCommand::Install { paper } => install(args, paper),
    }
}

/// A document as it stands, if nothing is wrong with it.
pub(crate) fn read(path: &Path) -> Result<(String, TemplateDocument), Failure> {
    let bytes = std::fs::read(path).map_err(Failure::io(path))?;
    let faults = |faults| Failure::Template { path: path.display().to_string(), faults };
    let read = items::read_template(&bytes).map_err(faults)?;
    // It was read as UTF-8 a moment ago.
    Ok((String::from_utf8_lossy(&bytes).into_owned(), read))
}

fn say(args: &Args, what: &str, rules: &Rules, face: &Face) {
    let (name, version) = (rules.template.name, rules.version);
    let language = face.language.to_string();
    let languages: Vec<_> = face.languages().map(ToString::to_string).collect();
    if args.json {
        output::json(&serde_json::json!({
            "template": name, "version": version, "layout": face.layout.map(|layout| layout.name), "language": language,
            "languages": languages, "time_zone": face.time_zone.name(),
        }));
    } else {
        println!("Template {name}, version {version}, {what}. Its labels speak {}.", languages.join(", "));
    }
}

fn list(args: &Args) -> Result<(), Failure> {
    let office = Office::open(args)?;
    let own = templates::load(&office.folder, office.host())?;
    let rows = Template::all().iter().map(|template| {
        let own = own.iter().find(|own| own.rules.template == template);
        let version = own.map_or(1, |own| own.rules.version);
        let by = own.map_or_else(|| "shipped".to_owned(), |own| own.by.clone());
        (template, version, by)
    });
    if args.json {
        let row = |(template, version, by): (&Template, u32, String)| {
            serde_json::json!({
                "template": template.name, "version": version, "by": by, "kind": template.kind.name(),
                "symbol": template.symbol.name(), "redemption": template.redeeming.name(),
            })
        };
        output::json(&rows.map(row).collect::<Vec<_>>());
        return Ok(());
    }
    let row = |(template, version, by): (&Template, u32, String)| {
        let sides = [template.kind.name(), template.symbol.name(), template.redeeming.name()];
        let [kind, symbol, redemption] = sides.map(str::to_owned);
        vec![template.name.to_owned(), version.to_string(), by, kind, symbol, redemption]
    };
    output::table(&["template", "version", "by", "kind", "symbol", "redeemed"], rows.map(row));
    Ok(())
}

fn show(args: &Args, name: &str) -> Result<(), Failure> {
    let unknown = || Failure::Said(format!("there is no template {name}; `mintage template list` shows all"));
    let template = Template::by_name(name).ok_or_else(unknown)?;
    let office = Office::open(args)?;
    let own = templates::load(&office.folder, office.host())?;
    let own = own.into_iter().find(|own| own.rules.template == template).map(|own| own.document);
    let document = own.or(items::shipped_template(template).map(str::to_owned)).ok_or_else(unknown)?;
    if args.json {
        output::json(&serde_json::json!({ "template": name, "document": document }));
    } else {
        print!("{document}");
    }
    Ok(())
}

fn install(args: &Args, paper: &Path) -> Result<(), Failure> {
    let office = Office::open(args)?;
    let bytes = std::fs::read(paper).map_err(Failure::io(paper))?;
    let new = templates::open(paper, &bytes, &templates::staff(office.host())?)?;
    let name = new.rules.template.name;
    let in_use = templates::load(&office.folder, office.host())?;
    let in_use = in_use.into_iter().find(|own| own.rules.template == new.rules.template);
    if let Some(in_use) = in_use.filter(|in_use| in_use.rules.version >= new.rules.version) {
        return Err(Failure::Said(format!(
            "template {name} is in use as version {}, and this is version {}; only a later one takes its place",
            in_use.rules.version, new.rules.version
        )));
    }
    let path = office.folder.template(name);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(Failure::io(folder))?;
    }
    office.folder.write_private(&path, &bytes)?;
    say(args, &format!("signed by {}, is in use", new.by), &new.rules, &new.face);
    Ok(())
}
