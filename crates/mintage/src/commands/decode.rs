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

/// A symbol is one thing. Of a text each line is, if the first one is something by itself; otherwise all of it, if it is something.
fn explain(Seen { page, symbol, content }: Seen) -> Vec<Said> {
    let text = std::str::from_utf8(&content).ok().filter(|_| symbol.is_none());
    let lines: Vec<&str> = text
        .map(|text| text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect())
        .unwrap_or_default();
    let is_of_lines = lines.first().is_some_and(|first| recognise_text(first).is_some());
    match recognise(&content) {
        whole if lines.is_empty() => vec![Said::new(page, symbol, whole)],
        Some(whole) if !is_of_lines => vec![Said::new(page, symbol, Some(whole))],
        _ => lines.into_iter().map(|line| Said::new(page, symbol, recognise_text(line))).collect(),
    }
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
