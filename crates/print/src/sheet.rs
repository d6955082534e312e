//! Sheets of labels as PDF.

use std::io::Write;

use pdf_writer::{Chunk, Filter, Ref};
use rayon::prelude::*;

use crate::PrintError;
use crate::artwork::Artwork;
use crate::design::{Area, Design, modules};
use crate::document::{Document, PackedPage, Page};
use crate::label::Label;
use crate::printout::{PrintReport, Setup};

/// What pages call the artwork.
const ARTWORK: &str = "A";

/// A PDF of label sheets in the making.
pub(crate) struct PdfSheets<W> {
    document: Document<W>,
    setup: Setup,
    artwork: Option<(Ref, f64)>,
    /// Those of a page that isn't full.
    waiting: Vec<Label>,
    labels: usize,
}

impl<W: Write> PdfSheets<W> {
    pub(crate) fn begin(writer: W, setup: Setup, artwork: Option<&Artwork>) -> Result<Self, PrintError> {
        let mut document = Document::begin(writer)?;
        let artwork = artwork
            .map(|artwork| Ok::<_, PrintError>((write_artwork(&mut document, artwork)?, artwork.ratio())))
            .transpose()?;
        Ok(Self { document, setup, artwork, waiting: Vec::new(), labels: 0 })
    }

    /// Adds the next labels, drawn on all cores.
    pub(crate) fn add(&mut self, labels: &[Label]) -> Result<(), PrintError> {
        self.labels += labels.len();
        let per_page = self.setup.layout.per_page();
        // Those that wait and as many of the new ones as fill their page; then whole pages.
        let missing = if self.waiting.is_empty() { 0 } else { per_page - self.waiting.len() };
        let (first, others) = labels.split_at(missing.min(labels.len()));
        self.waiting.extend_from_slice(first);
        if self.waiting.len() == per_page {
            let page = std::mem::take(&mut self.waiting);
            self.write(&page)?;
        }
        let whole = others.len() / per_page * per_page;
        let (whole, rest) = others.split_at(whole);
        self.write(whole)?;
        self.waiting.extend_from_slice(rest);
        Ok(())
    }

    /// Ends the file.
    pub(crate) fn finish(mut self) -> Result<PrintReport, PrintError> {
        let rest = std::mem::take(&mut self.waiting);
        if rest.is_empty() && self.labels == 0 {
            self.document.page(&Page::new(self.setup.layout.page).pack(), &[])?;
        }
        self.write(&rest)?;
        Ok(PrintReport { pages: self.document.finish()?, labels: self.labels })
    }

    fn write(&mut self, labels: &[Label]) -> Result<(), PrintError> {
        let (setup, artwork) = (self.setup, self.artwork.map(|(_, ratio)| ratio));
        let pages = labels.par_chunks(setup.layout.per_page()).map(|labels| draw(setup, artwork, labels));
        let pages = pages.collect::<Result<Vec<_>, _>>()?;
        let images: Vec<_> = self.artwork.iter().map(|(image, _)| (ARTWORK, *image)).collect();
        pages.iter().try_for_each(|page| self.document.page(page, &images))
    }
}

/// One page with at most as many labels as it has places.
fn draw(setup: Setup, artwork: Option<f64>, labels: &[Label]) -> Result<PackedPage, PrintError> {
    let layout = setup.layout;
    let mut page = Page::new(layout.page);
    for (place, label) in labels.iter().enumerate() {
        let design = Design::of(label, layout, layout.dots_per_mm, artwork)?;
        let (left, top) = layout.position(place);
        let (left, top) = (left + setup.alignment.offset.right, top + setup.alignment.offset.down);
        let on_page = |(x, y): (f64, f64)| (left + x, top + y);
        for symbol in design.symbols {
            let side = modules(symbol.matrix.size()) * f64::from(symbol.dots) / layout.dots_per_mm;
            page.symbol(symbol.matrix, Area { at: on_page(symbol.at), size: (side, side) });
        }
        for text in &design.texts {
            page.text(&text.text, text.size, text.weight, on_page(text.at));
        }
        for bar in design.bars {
            page.bar(Area { at: on_page(bar.at), ..bar });
        }
        if let Some(area) = design.artwork {
            page.image(ARTWORK, Area { at: on_page(area.at), ..area });
        }
    }
    Ok(page.pack())
}

fn write_artwork<W: Write>(document: &mut Document<W>, artwork: &Artwork) -> Result<Ref, PrintError> {
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(&artwork.rgb, 6);
    let length = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
    document.object(|number, chunk: &mut Chunk| {
        let mut image = chunk.image_xobject(number, &packed);
        image.filter(Filter::FlateDecode);
        image.width(length(artwork.width)).height(length(artwork.height));
        image.color_space().device_rgb();
        image.bits_per_component(8);
    })
}
