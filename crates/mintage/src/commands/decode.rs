//! `mintage decode`

use std::path::Path;

use indicia::recognise::{Recognised, recognise, recognise_text};
use paper::Seen;
use scan::SymbolFormat;
use serde::Serialize;

use crate::args::Args;
use crate::failure::Failure;
use crate::{input, output};

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Said {
    page: Option<usize>,
    symbol: Option<&'static str>,
    /// Nothing if nobody's scheme is known to be like this.
    scheme: Option<&'static str>,
    title: Option<&'static str>,
    fields: Vec<NamedField>,
    remarks: Vec<String>,
}

/// A field, in a list since their order says something.
#[derive(Debug, Serialize)]
struct NamedField {
    name: String,
    value: String,
}

impl Said {
    fn new(page: Option<usize>, symbol: Option<SymbolFormat>, recognised: Option<Recognised>) -> Self {
        let (scheme, title) = recognised.as_ref().map(|found| (found.scheme, found.title)).unzip();
        let (fields, remarks) = recognised.map(|found| (found.fields, found.remarks)).unwrap_or_default();
        let fields = fields.into_iter().map(|(name, value)| NamedField { name, value }).collect();
        Self { page, symbol: symbol.map(name_of), scheme, title, fields, remarks }
    }
}

fn name_of(symbol: SymbolFormat) -> &'static str {
    match symbol {
        SymbolFormat::Qr => "QR code",
        SymbolFormat::DataMatrix => "Data Matrix",
        SymbolFormat::Aztec => "Aztec",
        SymbolFormat::Pdf417 => "PDF417",
    }
}

/// Says whose format something is, and what it says.
pub(crate) fn run(args: &Args, what: &str) -> Result<(), Failure> {
    // A file of that name is meant rather than a text of the same letters.
    let is_text = |text: &str| !Path::new(text).exists() && recognise_text(text).is_some();
    let seen =
        input::look(what, is_text, "text of a known format, nor bytes in hexadecimal digits", args.json)?;
    let said: Vec<Said> = seen.into_iter().flat_map(explain).collect();
    if said.is_empty() {
        return Err(Failure::Said(format!("no symbol and no text was found in {what}")));
    }
    if args.json {
        output::json(&said);
    } else {
        said.iter().for_each(say);
    }
    let is_known = said.iter().all(|one| one.scheme.is_some());
    if is_known { Ok(()) } else { Err(Failure::Unclean) }
}

/// A symbol is one thing. So is a file if it is something as a whole; otherwise each line of a text is.
fn explain(Seen { page, symbol, content }: Seen) -> Vec<Said> {
    let whole = recognise(&content);
    let lines = match std::str::from_utf8(&content) {
        Ok(lines) if symbol.is_none() && whole.is_none() => lines.lines().map(str::trim_end),
        _ => return vec![Said::new(page, symbol, whole)],
    };
    lines.filter(|line| !line.is_empty()).map(|line| Said::new(page, symbol, recognise_text(line))).collect()
}

fn say(one: &Said) {
    let place = match (one.symbol, one.page) {
        (Some(symbol), Some(page)) => format!(" ({symbol}, page {page})"),
        (Some(symbol), None) => format!(" ({symbol})"),
        (None, _) => String::new(),
    };
    println!("{}{place}", one.title.unwrap_or("No format that is known"));
    let width = one.fields.iter().map(|field| field.name.chars().count()).max().unwrap_or(0);
    for NamedField { name, value } in &one.fields {
        println!("  {name:width$}  {}", printable(value));
    }
    for remark in &one.remarks {
        println!("  Note: {remark}.");
    }
}

/// A value on one line, without characters by which a symbol could write to the terminal.
fn printable(value: &str) -> String {
    value.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}
