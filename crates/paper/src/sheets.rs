//! Sheets of labels.

use std::io::Write;

use indicia::Item;
use print::{Artwork, Matrix, PdfReport, PdfSheets, SheetLayout};

use crate::PaperError;
use crate::labels::{label, symbol_content};

/// Labels made at a time: their symbols are drawn on all cores.
const LABELS: usize = 256;

/// Hears how many labels were made since it heard last.
pub type Progress<'a> = &'a mut dyn FnMut(u64);

/// Writes indicia and the items that they were made from, in the same order, as a PDF; on the first layout on which the
/// largest symbol can be read, unless one is named.
///
/// # Errors
/// [`PaperError`]; what was written is of no use then.
pub fn write_sheets<W: Write>(
    writer: W,
    layout: Option<&'static SheetLayout>,
    artwork: Option<&Artwork>,
    indicia: &[Vec<u8>],
    items: &[Item],
    progress: Progress<'_>,
) -> Result<PdfReport, PaperError> {
    let layout = match layout {
        Some(layout) => layout,
        None => readable_layout::<W>(indicia, items)?,
    };
    let mut sheets = PdfSheets::new(writer, layout, artwork)?;
    for (indicia, items) in indicia.chunks(LABELS).zip(items.chunks(LABELS)) {
        let labels = indicia.iter().zip(items).map(|(indicium, item)| label(indicium, item));
        sheets.add(&labels.collect::<Result<Vec<_>, _>>()?)?;
        progress(indicia.len() as u64);
    }
    Ok(sheets.finish()?)
}

fn readable_layout<W: Write>(
    indicia: &[Vec<u8>],
    items: &[Item],
) -> Result<&'static SheetLayout, PaperError> {
    let largest = indicia.iter().zip(items).max_by_key(|(indicium, _)| indicium.len());
    let Some((indicium, item)) = largest else { return Ok(&SheetLayout::all()[0]) };
    let matrix = Matrix::of(&symbol_content(item.template, indicium))?;
    let fits = |layout: &&'static SheetLayout| PdfSheets::<W>::fits(layout, &matrix).is_ok();
    SheetLayout::all().iter().filter(|layout| layout.is_for_labels()).find(fits).ok_or(PaperError::NoLayout)
}
