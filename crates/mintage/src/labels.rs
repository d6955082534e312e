//! From indicia to labels, and sheets of them.

use std::fs::{File, Permissions};
use std::io::BufWriter;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use engine::Issued;
use indicia::{Indicium, Item, Segment, SegmentError, Symbol, Template, UnixTime, text};
use print::{Artwork, Label, Matrix, PdfReport, PdfSheets, SheetLayout, SymbolContent};
use tempfile::NamedTempFile;

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

/// Labels made at a time: their symbols are drawn on all cores.
const LABELS: usize = 256;

/// Everything that printing needs, so that what is wrong with it is said before anything is issued.
pub(crate) struct Printer {
    out: PathBuf,
    file: NamedTempFile,
    layout: Option<&'static SheetLayout>,
    artwork: Option<Artwork>,
}

impl Printer {
    /// Finds the layout, reads the artwork, and begins a file beside the one to be written.
    pub(crate) fn prepare(out: &Path, layout: Option<&str>, artwork: Option<&Path>) -> Result<Self, Failure> {
        let by_name = |name: &str| {
            SheetLayout::by_name(name).ok_or_else(|| {
                Failure::Said(format!("there is no layout named {name}; see `mintage issue --help`"))
            })
        };
        let read = |path: &Path| -> Result<Artwork, Failure> {
            Ok(Artwork::from_png(&std::fs::read(path).map_err(Failure::io(path))?)?)
        };
        if out.metadata().is_ok_and(|there| !there.is_file()) {
            let path = out.display();
            return Err(Failure::Said(format!(
                "{path} is there and is no file, so it can't be written as one"
            )));
        }
        let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
        let file = tempfile::Builder::new()
            .prefix(".mintage-")
            .permissions(Permissions::from_mode(0o666)) // less what the user's umask takes away
            .tempfile_in(folder.unwrap_or(Path::new(".")));
        Ok(Self {
            layout: layout.map(by_name).transpose()?,
            artwork: artwork.map(read).transpose()?,
            file: file.map_err(Failure::io(out))?,
            out: out.to_owned(),
        })
    }

    /// Prints a batch on sheets; the file is there whole, or not at all.
    pub(crate) fn print(self, issued: &Issued, items: &[Item], as_json: bool) -> Result<PdfReport, Failure> {
        let indicia = indicia_of(issued)?;
        let layout = match self.layout {
            Some(layout) => layout,
            None => readable_layout(&indicia, items)?,
        };
        let bar = output::progress("printing", indicia.len() as u64, as_json);
        let mut sheets = PdfSheets::new(BufWriter::new(self.file.as_file()), layout, self.artwork.as_ref())?;
        for (indicia, items) in indicia.chunks(LABELS).zip(items.chunks(LABELS)) {
            let labels = indicia.iter().zip(items).map(|(indicium, item)| label(indicium, item));
            sheets.add(&labels.collect::<Result<Vec<_>, _>>()?)?;
            bar.inc(indicia.len() as u64);
        }
        let report = sheets.finish()?;
        bar.finish_and_clear();
        self.file.persist(&self.out).map_err(|error| Failure::io(&self.out)(error.error))?;
        Ok(report)
    }
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
