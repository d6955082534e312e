//! Pages of a PDF, one after the other; the tree over them and the fonts are written last.

use std::io::Write;

use pdf_writer::{Chunk, Content, Filter, Finish, Name, Rect, Ref, Str};

use crate::PrintError;
use crate::archive;
use crate::design::{Area, POINTS};
use crate::embed::{self, UsedGlyphs};
use crate::font::Weight;
use crate::matrix::Matrix;
use crate::pdf::PdfFile;

/// Pages of one node of the page tree.
const PAGES_PER_NODE: usize = 64;

/// A PDF in the making.
pub(crate) struct Document<W> {
    file: PdfFile<W>,
    fonts: [[Ref; embed::OBJECTS]; 2],
    used: [UsedGlyphs; 2],
    tree: Ref,
    nodes: Vec<Ref>,
    node_pages: Vec<Ref>,
    pages: usize,
}

/// A page that is drawn. It needs no document, so that pages are drawn beside each other. Lengths are in millimetres from its upper left corner.
pub(crate) struct Page {
    size: (f64, f64),
    content: Content,
    used: [UsedGlyphs; 2],
    symbols: Vec<Matrix>,
}

/// A page as it is written.
pub(crate) struct PackedPage {
    size: (f64, f64),
    content: Vec<u8>,
    used: [UsedGlyphs; 2],
    symbols: Vec<Matrix>,
}

impl Page {
    pub(crate) fn new(size: (f64, f64)) -> Self {
        Self { size, content: Content::new(), used: Default::default(), symbols: Vec::new() }
    }

    /// Points right of, and above, the lower left corner.
    fn point(&self, (left, top): (f64, f64)) -> (f32, f32) {
        (single(left * POINTS), single((self.size.1 - top) * POINTS))
    }

    /// A line of text whose baseline begins there.
    pub(crate) fn text(&mut self, text: &str, size: f64, weight: Weight, at: (f64, f64)) {
        let (name, used) = match weight {
            Weight::Regular => (Name(b"R"), 0),
            Weight::Bold => (Name(b"B"), 1),
        };
        let glyphs = self.used[used].encode(weight.font(), text);
        let (x, y) = self.point(at);
        self.content.begin_text().set_font(name, single(size)).next_line(x, y).show(Str(&glyphs)).end_text();
    }

    /// A symbol's dark modules.
    pub(crate) fn symbol(&mut self, symbol: Matrix, area: Area) {
        self.image(&format!("S{}", self.symbols.len()), area);
        self.symbols.push(symbol);
    }

    /// The picture that the document has by this name.
    pub(crate) fn image(&mut self, name: &str, Area { at, size }: Area) {
        let (x, y) = self.point((at.0, at.1 + size.1));
        self.content
            .save_state()
            .transform([single(size.0 * POINTS), 0.0, 0.0, single(size.1 * POINTS), x, y])
            .x_object(Name(name.as_bytes()))
            .restore_state();
    }

    /// A straight line, as wide as is said.
    pub(crate) fn line(&mut self, width: f64, from: (f64, f64), to: (f64, f64)) {
        let (from, to) = (self.point(from), self.point(to));
        self.content.set_line_width(single(width * POINTS));
        self.content.move_to(from.0, from.1).line_to(to.0, to.1).stroke();
    }

    /// A black rectangle.
    pub(crate) fn bar(&mut self, Area { at, size }: Area) {
        let (x, y) = self.point((at.0, at.1 + size.1));
        self.content.rect(x, y, single(size.0 * POINTS), single(size.1 * POINTS)).fill_nonzero();
    }

    /// Most of a page's work that isn't drawing.
    pub(crate) fn pack(self) -> PackedPage {
        let Self { size, content, used, symbols } = self;
        let content = miniz_oxide::deflate::compress_to_vec_zlib(&content.finish(), 6);
        PackedPage { size, content, used, symbols }
    }
}

impl<W: Write> Document<W> {
    pub(crate) fn begin(writer: W) -> Result<Self, PrintError> {
        let mut file = PdfFile::begin(writer)?;
        let tree = file.reserve();
        let fonts = [(); 2].map(|()| [(); embed::OBJECTS].map(|()| file.reserve()));
        let (nodes, node_pages) = (Vec::new(), Vec::new());
        Ok(Self { file, fonts, used: Default::default(), tree, nodes, node_pages, pages: 0 })
    }

    /// Writes an object that pages refer to.
    pub(crate) fn object(&mut self, write: impl FnOnce(Ref, &mut Chunk)) -> Result<Ref, PrintError> {
        let number = self.file.reserve();
        let mut chunk = Chunk::new();
        write(number, &mut chunk);
        self.file.object(number, &chunk)?;
        Ok(number)
    }

    /// Writes the next page, with the pictures that it names.
    pub(crate) fn page(&mut self, page: &PackedPage, images: &[(&str, Ref)]) -> Result<(), PrintError> {
        let symbols =
            page.symbols.iter().map(|symbol| self.object(|number, chunk| mask(number, chunk, symbol)));
        let symbols = symbols.collect::<Result<Vec<_>, _>>()?;
        let content = self.object(|number, chunk| {
            chunk.stream(number, &page.content).filter(Filter::FlateDecode);
        })?;
        if self.node_pages.is_empty() {
            let node = self.file.reserve();
            self.nodes.push(node);
        }
        let node = self.nodes.last().copied().unwrap_or(self.tree);
        let fonts = self.fonts;
        let number = self.object(|number, chunk| {
            let mut object = chunk.page(number);
            let (width, height) = page.size;
            object.parent(node).contents(content);
            object.media_box(Rect::new(0.0, 0.0, single(width * POINTS), single(height * POINTS)));
            let mut resources = object.resources();
            resources.fonts().pair(Name(b"R"), fonts[0][0]).pair(Name(b"B"), fonts[1][0]);
            let mut named = resources.x_objects();
            for (place, symbol) in symbols.iter().enumerate() {
                named.pair(Name(format!("S{place}").as_bytes()), *symbol);
            }
            for (name, image) in images {
                named.pair(Name(name.as_bytes()), *image);
            }
        })?;
        for (used, others) in self.used.iter_mut().zip(&page.used) {
            used.join(others);
        }
        self.pages += 1;
        self.node_pages.push(number);
        if self.node_pages.len() == PAGES_PER_NODE { self.end_node() } else { Ok(()) }
    }

    fn end_node(&mut self) -> Result<(), PrintError> {
        let Some(node) = self.nodes.last().copied().filter(|_| !self.node_pages.is_empty()) else {
            return Ok(());
        };
        let mut chunk = Chunk::new();
        let mut object = chunk.pages(node);
        object.parent(self.tree).count(length(self.node_pages.len()));
        object.kids(self.node_pages.drain(..));
        object.finish();
        self.file.object(node, &chunk)
    }

    /// Ends the file, and says how many pages it has.
    pub(crate) fn finish(mut self) -> Result<usize, PrintError> {
        self.end_node()?;
        for ((weight, refs), used) in Weight::ALL.iter().zip(self.fonts).zip(&self.used) {
            for (number, chunk) in used.objects(weight.font(), refs)? {
                self.file.object(number, &chunk)?;
            }
        }
        let mut chunk = Chunk::new();
        let mut tree = chunk.pages(self.tree);
        tree.count(length(self.pages)).kids(self.nodes.iter().copied());
        tree.finish();
        self.file.object(self.tree, &chunk)?;
        let [catalog, metadata, profile] = [(); 3].map(|()| self.file.reserve());
        for (number, chunk) in archive::objects([catalog, metadata, profile], self.tree)? {
            self.file.object(number, &chunk)?;
        }
        self.file.finish(catalog)?;
        Ok(self.pages)
    }
}

/// A symbol as a mask, which paints where its bits are dark, and nothing elsewhere.
fn mask(number: Ref, chunk: &mut Chunk, symbol: &Matrix) {
    let side = length(symbol.size());
    let mut image = chunk.image_xobject(number, symbol.bits());
    image.width(side).height(side).bits_per_component(1).image_mask(true).interpolate(false);
    image.decode([1.0, 0.0]);
}

fn length(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// PDF's numbers are single floats.
#[allow(clippy::cast_possible_truncation)] // PDF readers have no more precision
fn single(value: f64) -> f32 {
    value as f32
}
