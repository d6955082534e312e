//! Sheets of labels: where everything stands on a label, page after page.

use std::collections::BTreeSet;
use std::io::Write;

use pdf_writer::{Chunk, Content, Filter, Finish, Name, Rect, Ref, Str};
use rayon::prelude::*;

use crate::PrintError;
use crate::artwork::Artwork;
use crate::font::Font;
use crate::label::Label;
use crate::layout::SheetLayout;
use crate::matrix::Matrix;
use crate::pdf::PdfFile;

/// PDF points of a millimetre.
const POINTS: f64 = 72.0 / 25.4;
/// White on every side of a label, in millimetres: printers and cutters are not exact.
const MARGIN: f64 = 2.0;
/// Between symbol and text.
const GAP: f64 = 1.5;
/// Smallest text that is still read, in points; longer texts end in an ellipsis.
const LEAST_SIZE: f64 = 5.0;
/// Pages of one node of the page tree.
const PAGES_PER_NODE: usize = 64;

/// What came of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PdfReport {
    /// Pages written.
    pub pages: usize,
    /// Labels written.
    pub labels: usize,
    /// Characters that the font lacks; an empty box stands for each.
    pub missing_characters: String,
}

/// A PDF of label sheets in the making.
pub struct PdfSheets<W> {
    file: PdfFile<W>,
    layout: &'static SheetLayout,
    regular: Font,
    bold: Font,
    fonts: [[Ref; 5]; 2],
    artwork: Option<(Ref, f64)>,
    tree: Ref,
    nodes: Vec<Ref>,
    node_pages: Vec<Ref>,
    content: Content,
    symbols: Vec<Ref>,
    pages: usize,
    labels: usize,
}

/// One text and how it may be changed to fit.
struct Line<'a> {
    text: &'a str,
    size: f64,
    bold: bool,
    /// The serial and the amount are made smaller, never cut.
    whole: bool,
}

impl<W: Write> PdfSheets<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// [`PrintError`].
    pub fn new(
        writer: W,
        layout: &'static SheetLayout,
        artwork: Option<&Artwork>,
    ) -> Result<Self, PrintError> {
        let mut file = PdfFile::begin(writer)?;
        let tree = file.reserve();
        let fonts = [[(); 5]; 2].map(|font| font.map(|()| file.reserve()));
        let artwork = artwork.map(|artwork| write_artwork(&mut file, artwork)).transpose()?;
        Ok(Self {
            file,
            layout,
            regular: Font::regular()?,
            bold: Font::bold()?,
            fonts,
            artwork,
            tree,
            nodes: Vec::new(),
            node_pages: Vec::new(),
            content: Content::new(),
            symbols: Vec::new(),
            pages: 0,
            labels: 0,
        })
    }

    /// Whether a symbol can be read on a label of this layout.
    ///
    /// # Errors
    /// [`PrintError::TooSmall`] with the size it needs.
    pub fn fits(layout: &'static SheetLayout, matrix: &Matrix) -> Result<(), PrintError> {
        module_size(layout, matrix).map(drop)
    }

    /// Adds the next labels. Their symbols are made on all cores, so that hundreds at a time are best.
    ///
    /// # Errors
    /// [`PrintError::TooLong`], [`PrintError::TooSmall`], [`PrintError::Io`]; the file is of no use then.
    pub fn add(&mut self, labels: &[Label]) -> Result<(), PrintError> {
        let layout = self.layout;
        let drawn: Vec<(Matrix, f64)> = labels
            .par_iter()
            .map(|label| {
                let matrix = Matrix::of(&label.symbol)?;
                let module = module_size(layout, &matrix)?;
                Ok::<_, PrintError>((matrix, module))
            })
            .collect::<Result<_, _>>()?;
        for (label, (matrix, module)) in labels.iter().zip(drawn) {
            let symbol = self.file.reserve();
            write_symbol(&mut self.file, symbol, &matrix)?;
            let place = self.labels % self.layout.per_page();
            self.draw(label, &matrix, module, symbol, place);
            self.labels += 1;
            if self.labels.is_multiple_of(self.layout.per_page()) {
                self.end_page()?;
            }
        }
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// [`PrintError`].
    pub fn finish(mut self) -> Result<PdfReport, PrintError> {
        if !self.labels.is_multiple_of(self.layout.per_page()) || self.labels == 0 {
            self.end_page()?;
        }
        self.end_node()?;
        for (font, refs) in [&self.regular, &self.bold].into_iter().zip(self.fonts) {
            for (number, chunk) in font.objects(refs)? {
                self.file.object(number, &chunk)?;
            }
        }
        let mut chunk = Chunk::new();
        let mut tree = chunk.pages(self.tree);
        tree.count(i32::try_from(self.pages).unwrap_or(i32::MAX));
        tree.kids(self.nodes.iter().copied());
        tree.finish();
        self.file.object(self.tree, &chunk)?;
        let catalog = self.file.reserve();
        let mut chunk = Chunk::new();
        chunk.indirect(catalog).dict().pair(Name(b"Type"), Name(b"Catalog")).pair(Name(b"Pages"), self.tree);
        self.file.object(catalog, &chunk)?;
        self.file.finish(catalog)?;
        let missing: BTreeSet<char> = self.regular.missing().chain(self.bold.missing()).collect();
        Ok(PdfReport {
            pages: self.pages,
            labels: self.labels,
            missing_characters: missing.into_iter().collect(),
        })
    }

    fn draw(&mut self, label: &Label, matrix: &Matrix, module: f64, symbol: Ref, place: usize) {
        let (left, top) = self.layout.position(place);
        let (width, height) = self.layout.label;
        let outer = modules(matrix.outer_size()) * module;
        let quiet = modules(matrix.quiet()) * module;
        let portrait = height > width;
        // The symbol stands in the middle of the label's height, or of its width when the text goes below it.
        let (x, y) = if portrait {
            (left + (width - outer) / 2.0, top + MARGIN)
        } else {
            (left + MARGIN, top + (height - outer) / 2.0)
        };
        self.place_image(
            &format!("S{}", self.symbols.len()),
            (x + quiet, y + quiet),
            (modules(matrix.size()) * module, modules(matrix.size()) * module),
        );
        self.symbols.push(symbol);
        let text_left = if portrait { left + 2.0 * MARGIN } else { left + MARGIN + outer + GAP };
        let text_top = if portrait { top + MARGIN + outer + GAP } else { top + MARGIN + 1.0 };
        let text_width = left + width - MARGIN - text_left;
        self.draw_texts(label, (text_left, text_top), text_width, top + height - MARGIN - 1.0);
        self.draw_artwork((left, top), (width, height));
    }

    fn draw_texts(&mut self, label: &Label, (left, top): (f64, f64), width: f64, bottom: f64) {
        let small = 6.5;
        let mut lines = vec![
            Line { text: &label.title, size: 8.0, bold: true, whole: false },
            Line { text: &label.amount, size: 13.0, bold: true, whole: true },
        ];
        let details = label.holder.iter().map(|holder| (holder, 8.0));
        let details = details.chain(label.lines.iter().chain(&label.validity).map(|line| (line, small)));
        lines.extend(details.map(|(text, size)| Line { text, size, bold: false, whole: false }));
        let mut baseline = top;
        let serial_top = bottom - small / POINTS * 1.4;
        for line in lines {
            baseline += line.size / POINTS * 1.25;
            if baseline > serial_top {
                break; // a short label shows the first details only; the symbol has them all
            }
            self.draw_line(&line, (left, baseline), width);
        }
        let serial = Line { text: &label.serial, size: small, bold: false, whole: true };
        self.draw_line(&serial, (left, bottom), width);
    }

    fn draw_line(&mut self, line: &Line<'_>, (left, baseline): (f64, f64), width: f64) {
        let font = if line.bold { &mut self.bold } else { &mut self.regular };
        let available = width * POINTS;
        let natural = f64::from(font.width(line.text));
        let fitted = if natural > 0.0 { (available / natural).min(line.size) } else { line.size };
        let size = if line.whole { fitted } else { fitted.max(LEAST_SIZE) };
        let text = if natural * size <= available + 0.01 {
            line.text.to_owned()
        } else {
            shortened(font, line.text, available / size)
        };
        let glyphs = font.encode(&text);
        let name = if line.bold { Name(b"B") } else { Name(b"R") };
        let (x, y) = self.point(left, baseline);
        self.content.begin_text().set_font(name, single(size)).next_line(x, y).show(Str(&glyphs)).end_text();
    }

    /// The artwork's slot: the upper right corner, a quarter of the width and a third of the height.
    fn draw_artwork(&mut self, (left, top): (f64, f64), (width, height): (f64, f64)) {
        let Some((_, ratio)) = self.artwork else { return };
        let (most_width, most_height) = (width / 4.0, height / 3.0);
        let wide = most_width.min(most_height * ratio);
        let size = (wide, wide / ratio);
        self.place_image("A", (left + width - MARGIN - size.0, top + MARGIN), size);
    }

    fn place_image(&mut self, name: &str, (left, top): (f64, f64), (width, height): (f64, f64)) {
        let (x, y) = self.point(left, top + height);
        self.content
            .save_state()
            .transform([single(width * POINTS), 0.0, 0.0, single(height * POINTS), x, y])
            .x_object(Name(name.as_bytes()))
            .restore_state();
    }

    /// From millimetres below the top left corner to points above the bottom left one.
    fn point(&self, left: f64, top: f64) -> (f32, f32) {
        (single(left * POINTS), single((self.layout.page.1 - top) * POINTS))
    }

    fn end_page(&mut self) -> Result<(), PrintError> {
        if self.node_pages.is_empty() {
            let node = self.file.reserve();
            self.nodes.push(node);
        }
        let node = self.nodes.last().copied().unwrap_or(self.tree);
        let content = std::mem::replace(&mut self.content, Content::new()).finish();
        let (page, stream) = (self.file.reserve(), self.file.reserve());
        let mut chunk = Chunk::new();
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(&content, 6);
        chunk.stream(stream, &packed).filter(Filter::FlateDecode);
        self.file.object(stream, &chunk)?;

        let mut chunk = Chunk::new();
        let mut object = chunk.page(page);
        let (width, height) = self.layout.page;
        object.parent(node).contents(stream);
        object.media_box(Rect::new(0.0, 0.0, single(width * POINTS), single(height * POINTS)));
        let mut resources = object.resources();
        resources.fonts().pair(Name(b"R"), self.fonts[0][0]).pair(Name(b"B"), self.fonts[1][0]);
        let mut images = resources.x_objects();
        for (place, symbol) in self.symbols.iter().enumerate() {
            images.pair(Name(format!("S{place}").as_bytes()), *symbol);
        }
        if let Some((artwork, _)) = self.artwork {
            images.pair(Name(b"A"), artwork);
        }
        images.finish();
        resources.finish();
        object.finish();
        self.file.object(page, &chunk)?;

        self.symbols.clear();
        self.pages += 1;
        self.node_pages.push(page);
        if self.node_pages.len() == PAGES_PER_NODE { self.end_node() } else { Ok(()) }
    }

    fn end_node(&mut self) -> Result<(), PrintError> {
        let Some(node) = self.nodes.last().copied().filter(|_| !self.node_pages.is_empty()) else {
            return Ok(());
        };
        let count = self.node_pages.len();
        let mut chunk = Chunk::new();
        let mut object = chunk.pages(node);
        object.parent(self.tree).count(i32::try_from(count).unwrap_or(i32::MAX));
        object.kids(self.node_pages.drain(..));
        object.finish();
        self.file.object(node, &chunk)
    }
}

/// Side of a module in millimetres: as large as the label allows, in whole dots, so that none is wider than its neighbour.
fn module_size(layout: &'static SheetLayout, matrix: &Matrix) -> Result<f64, PrintError> {
    let (width, height) = layout.label;
    // Text stands beside the symbol and needs two fifths of the width, or below it.
    let available =
        if height > width { width - 2.0 * MARGIN } else { (height - 2.0 * MARGIN).min(width * 0.6) };
    let outer = modules(matrix.outer_size());
    let dot = 1.0 / layout.dots_per_mm;
    // A symbol of a metre helps nobody: one millimetre a module is enough for any reader.
    let dots = ((available / outer).min(1.0) / dot).floor();
    let module = dots * dot;
    if module + 1e-9 < matrix.least_module() {
        let needed = outer * (matrix.least_module() / dot).ceil() * dot;
        return Err(PrintError::TooSmall { layout: layout.name, available, needed });
    }
    Ok(module)
}

/// The longest beginning that fits with an ellipsis behind it, at size 1.
fn shortened(font: &Font, text: &str, width: f64) -> String {
    let mut kept = String::new();
    for character in text.chars() {
        kept.push(character);
        if f64::from(font.width(&kept) + font.width("…")) > width {
            kept.pop();
            break;
        }
    }
    kept.push('…');
    kept
}

fn write_symbol<W: Write>(file: &mut PdfFile<W>, number: Ref, matrix: &Matrix) -> Result<(), PrintError> {
    let bits = matrix.bits();
    let side = i32::try_from(matrix.size()).unwrap_or(i32::MAX);
    let mut chunk = Chunk::new();
    let mut image = chunk.image_xobject(number, &bits);
    image.width(side).height(side).bits_per_component(1).image_mask(true).interpolate(false);
    // A mask paints where its bits are dark, and nothing elsewhere.
    image.decode([1.0, 0.0]);
    image.finish();
    file.object(number, &chunk)
}

fn write_artwork<W: Write>(file: &mut PdfFile<W>, artwork: &Artwork) -> Result<(Ref, f64), PrintError> {
    let number = file.reserve();
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(&artwork.rgb, 6);
    let mut chunk = Chunk::new();
    let mut image = chunk.image_xobject(number, &packed);
    let length = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
    image.filter(Filter::FlateDecode);
    image.width(length(artwork.width)).height(length(artwork.height));
    image.color_space().device_rgb();
    image.bits_per_component(8);
    image.finish();
    file.object(number, &chunk)?;
    Ok((number, f64::from(artwork.width) / f64::from(artwork.height)))
}

/// A count of modules as a length.
#[allow(clippy::cast_precision_loss)] // a symbol has at most 185 modules a side
fn modules(count: usize) -> f64 {
    count as f64
}

/// PDF's numbers are single floats.
#[allow(clippy::cast_possible_truncation)]
fn single(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::module_size;
    use crate::{Matrix, PrintError, SheetLayout, SymbolContent};

    #[test]
    fn modules_are_whole_dots_and_no_wider_than_a_millimetre() {
        let of = |length: usize| Matrix::of(&SymbolContent::Qr("A".repeat(length))).expect("a symbol");
        let (small, large) = (of(10), of(1_500));
        let mut refused = 0;
        for layout in SheetLayout::all() {
            for matrix in [&small, &large] {
                let module = match module_size(layout, matrix) {
                    Ok(module) => module,
                    Err(PrintError::TooSmall { needed, available, .. }) => {
                        assert!(needed > available, "{}", layout.name);
                        refused += 1;
                        continue;
                    }
                    Err(error) => panic!("{error}"),
                };
                let dots = module * layout.dots_per_mm;
                assert!((dots - dots.round()).abs() < 1e-6, "{}: {dots} dots", layout.name);
                assert!(module <= 1.0 && module + 1e-9 >= matrix.least_module(), "{}: {module}", layout.name);
            }
        }
        assert!(refused > 0 && refused < SheetLayout::all().len(), "{refused} are refused");
    }
}
