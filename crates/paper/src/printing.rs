//! Labels of a batch.

use std::io::Write;

use faces::Voices;
use indicia::{Barcode, Item};
use print::{Alignment, Artwork, Format, PrintReport, Printout, Setup, SheetLayout};

use crate::PaperError;
use crate::labels::{beside, label};

/// Labels made at a time: they are drawn on all cores.
const LABELS: usize = 256;

/// Hears how many labels were made since it heard last.
pub type Progress<'a> = &'a mut dyn FnMut(u64);

/// How a batch is to be printed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Printing<'a> {
    /// On what: by default on what the items' faces name, or else on the first layout, that has room for the largest symbol, and all of which the printer
    /// reaches.
    pub layout: Option<&'static SheetLayout>,
    /// The printer's language.
    pub format: Format,
    /// The printer's peculiarities.
    pub alignment: Alignment,
    /// A picture for every label.
    pub artwork: Option<&'a Artwork>,
}

impl Printing<'_> {
    /// Whether items can be printed like this, as far as that can be told before they are issued: whether all of their texts can be drawn, the
    /// layout printed on, and has room for their barcodes.
    ///
    /// # Errors
    /// [`PaperError::Item`], [`PaperError::NoLayout`], [`PaperError::Print`].
    pub fn check(&self, items: &[Item], voices: &Voices<'_>) -> Result<(), PaperError> {
        match self.layout {
            Some(layout) => {
                let setup = self.setup(layout);
                setup.check()?;
                longest(items).try_for_each(|barcode| setup.has_room_for(&beside(barcode)))?;
            }
            None => drop(self.setups(None).next().ok_or(PaperError::NoLayout)?),
        }
        for (place, item) in items.iter().enumerate() {
            let checked = voices.of(item.template).lettering(item).all().try_for_each(print::check_text);
            checked.map_err(|reason| PaperError::Item { number: place + 1, reason })?;
        }
        Ok(())
    }

    /// Writes indicia and the items that they were made from, in the same order, as the printer wants them.
    ///
    /// # Errors
    /// [`PaperError`]; what was written is of no use then.
    pub fn write<W: Write>(
        &self,
        writer: W,
        indicia: &[Vec<u8>],
        items: &[Item],
        voices: &Voices<'_>,
        progress: Progress<'_>,
    ) -> Result<PrintReport, PaperError> {
        self.check(items, voices)?;
        let setup = match self.layout {
            Some(layout) => self.setup(layout),
            None => self.readable(indicia, items, voices)?,
        };
        let mut printout = Printout::begin(writer, setup, self.artwork)?;
        for (indicia, items) in indicia.chunks(LABELS).zip(items.chunks(LABELS)) {
            let labels = indicia.iter().zip(items).map(|(indicium, item)| label(indicium, item, voices));
            printout.add(&labels.collect::<Result<Vec<_>, _>>()?)?;
            progress(indicia.len() as u64);
        }
        Ok(printout.finish()?)
    }

    fn setup(&self, layout: &'static SheetLayout) -> Setup {
        Setup { layout, format: self.format, alignment: self.alignment }
    }

    /// What may be printed on when no layout is named, that which faces name first.
    fn setups(&self, face: Option<&'static SheetLayout>) -> impl Iterator<Item = Setup> {
        let suggested = SheetLayout::all().iter().filter(|layout| self.format.suggests(layout));
        let layouts = face.into_iter().chain(suggested);
        layouts.map(|layout| self.setup(layout)).filter(|setup| setup.check().is_ok())
    }

    fn readable(
        &self,
        indicia: &[Vec<u8>],
        items: &[Item],
        voices: &Voices<'_>,
    ) -> Result<Setup, PaperError> {
        // What has a barcode beside it needs room for that too, and is another sort.
        let largest = [true, false].into_iter().filter_map(|is_beside| {
            let all = indicia.iter().zip(items);
            let sort = all.filter(|(_, item)| item.details.barcode.is_some() == is_beside);
            sort.max_by_key(|(indicium, _)| indicium.len())
        });
        let largest = largest.map(|(indicium, item)| label(indicium, item, voices));
        let largest = largest.collect::<Result<Vec<_>, _>>()?;
        let fits = |setup: &Setup| largest.iter().all(|label| setup.fits(label).is_ok());
        self.setups(voices.layout(items)).find(fits).ok_or(PaperError::NoLayout)
    }
}

/// The longest barcode of each sort that items bring along: others need no more room.
fn longest(items: &[Item]) -> impl Iterator<Item = &Barcode> {
    [true, false].into_iter().filter_map(|is_mail| {
        let barcodes = items.iter().filter_map(|item| item.details.barcode.as_ref());
        let sort = barcodes.filter(|barcode| matches!(barcode, Barcode::Imb(_)) == is_mail);
        sort.max_by_key(|barcode| barcode.to_string().len())
    })
}
