//! From indicia to labels, and sheets of them.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use engine::Issued;
use indicia::{Indicium, Item, Segment, SegmentError, Symbol, Template, UnixTime, text};
use print::{Artwork, Label, Matrix, PdfReport, PdfSheets, SheetLayout, SymbolContent};

use crate::failure::Failure;
use crate::output;

/// What a symbol carries for an indicium of a template.
pub(crate) fn symbol_content(template: &Template, bytes: &[u8]) -> SymbolContent {
    match template.symbol {
        Symbol::Qr => SymbolContent::Qr(text::to_text(bytes)),
        Symbol::DataMatrix => SymbolContent::DataMatrix(bytes.to_vec()),
    }
}

/// The label of an indicium and the item that it was made from.
fn label(indicium: &[u8], item: &Item) -> Result<Label, Failure> {
    let read = Indicium::decode(indicium).map_err(|error| Failure::Said(error.to_string()))?;
    let claims = read.claims();
    let weight = item.weight_grams.map(|grams| format!("{grams} g"));
    let lines = [item.service.clone(), weight, item.reference.clone()];
    Ok(Label {
        symbol: symbol_content(item.template, indicium),
        title: item.template.title.to_owned(),
        amount: claims.amount.to_string(),
        serial: claims.serial.to_string(),
        holder: item.holder.clone(),
        validity: validity(item.not_before, item.expires),
        lines: lines.into_iter().flatten().collect(),
    })
}

/// The day that a time is on; an end at midnight belongs to the day before.
fn validity(from: Option<UnixTime>, until: Option<UnixTime>) -> Option<String> {
    let day = |time: UnixTime| time.to_string().chars().take(10).collect::<String>();
    let last = |until: UnixTime| day(UnixTime(until.0.saturating_sub(1)));
    match (from, until) {
        (Some(from), Some(until)) => Some(format!("{} – {}", day(from), last(until))),
        (Some(from), None) => Some(format!("from {}", day(from))),
        (None, Some(until)) => Some(format!("until {}", last(until))),
        (None, None) => None,
    }
}

/// Prints a batch on sheets.
pub(crate) fn print_batch(
    issued: &Issued,
    items: &[Item],
    out: &Path,
    layout: Option<&str>,
    artwork: Option<&Path>,
    as_json: bool,
) -> Result<PdfReport, Failure> {
    let indicia = indicia_of(issued)?;
    let layout = match layout {
        Some(name) => SheetLayout::by_name(name).ok_or_else(|| {
            Failure::Said(format!("there is no layout named {name}; see `mintage issue --help`"))
        })?,
        None => readable_layout(&indicia, items)?,
    };
    let artwork = match artwork {
        Some(path) => Some(Artwork::from_png(&std::fs::read(path).map_err(Failure::io(path))?)?),
        None => None,
    };
    let temporary = out.with_extension("pdf.part");
    let file = File::create(&temporary).map_err(Failure::io(out))?;
    let bar = output::progress("printing", indicia.len() as u64, as_json);
    let mut sheets = PdfSheets::new(BufWriter::new(file), layout, artwork.as_ref())?;
    for (indicium, item) in indicia.iter().zip(items) {
        sheets.add(&label(indicium, item)?)?;
        bar.inc(1);
    }
    let report = sheets.finish()?;
    bar.finish_and_clear();
    std::fs::rename(&temporary, out).map_err(Failure::io(out))?;
    Ok(report)
}

/// The batch's own indicia, in order: a pack may have neighbours of it too.
pub(crate) fn indicia_of(issued: &Issued) -> Result<Vec<Vec<u8>>, Failure> {
    let range = issued.first_number..issued.first_number + u64::from(issued.count);
    let mut indicia = Vec::with_capacity(issued.count as usize);
    for pack in issued.packs.iter() {
        Segment::new(&pack.bytes).each(|number, bytes| {
            if range.contains(&number) {
                indicia.push(bytes);
            }
            Ok::<_, SegmentError>(())
        })?;
    }
    Ok(indicia)
}

/// The first layout on which the largest symbol of the batch can be read.
fn readable_layout(indicia: &[Vec<u8>], items: &[Item]) -> Result<&'static SheetLayout, Failure> {
    let largest = indicia.iter().zip(items).max_by_key(|(indicium, _)| indicium.len());
    let Some((indicium, item)) = largest else { return Ok(&SheetLayout::all()[0]) };
    let matrix = Matrix::of(&symbol_content(item.template, indicium))?;
    let fits = |layout: &&'static SheetLayout| PdfSheets::<File>::fits(layout, &matrix).is_ok();
    SheetLayout::all()
        .iter()
        .find(fits)
        .ok_or_else(|| Failure::Said("the symbols of this batch are too large for every layout".into()))
}
