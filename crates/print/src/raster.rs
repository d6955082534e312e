//! A label as the dots of its printer.

use ab_glyph_rasterizer::{Point, Rasterizer, point};
use ttf_parser::{GlyphId, OutlineBuilder};

use crate::PrintError;
use crate::alignment::Offset;
use crate::artwork::Artwork;
use crate::bitmap::Bitmap;
use crate::design::{Area, Design, POINTS, Symbol, Text};
use crate::label::Label;
use crate::printout::Setup;

/// A dot of which so much is covered by a letter is black.
const COVERED: f32 = 0.45;
/// Which of 64 shades of grey make a dot black, dot by dot of a square of eight: an order in which shades look even (Bayer 1973).
const SHADES: [[u8; 8]; 8] = [
    [0, 32, 8, 40, 2, 34, 10, 42],
    [48, 16, 56, 24, 50, 18, 58, 26],
    [12, 44, 4, 36, 14, 46, 6, 38],
    [60, 28, 52, 20, 62, 30, 54, 22],
    [3, 35, 11, 43, 1, 33, 9, 41],
    [51, 19, 59, 27, 49, 17, 57, 25],
    [15, 47, 7, 39, 13, 45, 5, 37],
    [63, 31, 55, 23, 61, 29, 53, 21],
];

/// Draws a label of its own, with nothing around it.
pub(crate) fn draw(label: &Label, setup: Setup, artwork: Option<&Artwork>) -> Result<Bitmap, PrintError> {
    let dots_per_mm = setup.dots_per_mm();
    let design = Design::of(label, setup.layout, dots_per_mm, artwork.map(Artwork::ratio))?;
    let (width, height) = setup.layout.label;
    let length = |length: f64| usize::try_from(whole((length * dots_per_mm).floor())).unwrap_or_default();
    let mut canvas = Canvas {
        bitmap: Bitmap::new(length(width), length(height)),
        dots_per_mm,
        offset: setup.alignment.offset,
    };
    for symbol in &design.symbols {
        canvas.symbol(symbol);
    }
    for text in &design.texts {
        canvas.text(text);
    }
    for bar in &design.bars {
        canvas.bar(*bar);
    }
    if let (Some(artwork), Some(area)) = (artwork, design.artwork) {
        canvas.artwork(artwork, area);
    }
    Ok(canvas.bitmap)
}

struct Canvas {
    bitmap: Bitmap,
    dots_per_mm: f64,
    offset: Offset,
}

impl Canvas {
    /// The dot that is nearest to a place.
    fn dot(&self, (x, y): (f64, f64)) -> (i32, i32) {
        let dot = |length: f64| whole((length * self.dots_per_mm).round());
        (dot(x + self.offset.right), dot(y + self.offset.down))
    }

    fn symbol(&mut self, symbol: &Symbol) {
        let (left, top) = self.dot(symbol.at);
        let side = i32::try_from(symbol.dots).unwrap_or(1);
        let size = symbol.matrix.size();
        for (row, y) in (0..size).zip((top..).step_by(symbol.dots as usize)) {
            for (column, x) in (0..size).zip((left..).step_by(symbol.dots as usize)) {
                if symbol.matrix.is_dark(column, row) {
                    self.bitmap.square((x, y), side);
                }
            }
        }
    }

    /// A black rectangle, at least a dot wide and high.
    fn bar(&mut self, Area { at, size }: Area) {
        let (left, top) = self.dot(at);
        let dots = |length: f64| whole((length * self.dots_per_mm).round()).max(1);
        let (width, height) = (dots(size.0), dots(size.1));
        for y in top..top + height {
            for x in left..left + width {
                self.bitmap.blacken(x, y);
            }
        }
    }

    fn text(&mut self, text: &Text) {
        let font = text.weight.font();
        let em = text.size / POINTS * self.dots_per_mm;
        // Room for whatever hangs over.
        let (side, above, below) = (em / 2.0, em * 1.5, em * 0.75);
        let width = font.width(&text.text) * em + 2.0 * side;
        let length = |length: f64| usize::try_from(whole(length.ceil())).unwrap_or_default();
        let mut outline = Outline {
            rasterizer: Rasterizer::new(length(width), length(above.ceil() + below)),
            scale: single(em) / f32::from(font.face.units_per_em()),
            origin: point(single(side.ceil()), single(above.ceil())),
            first: point(0.0, 0.0),
            last: point(0.0, 0.0),
        };
        for (_, glyph) in font.glyphs(&text.text) {
            font.face.outline_glyph(GlyphId(glyph.id), &mut outline);
            outline.origin.x += glyph.advance * single(em);
        }
        let (x, y) = self.dot(text.at);
        let (left, top) = (x - whole(side.ceil()), y - whole(above.ceil()));
        let bitmap = &mut self.bitmap;
        outline.rasterizer.for_each_pixel_2d(|x, y, covered| {
            if let (true, Ok(x), Ok(y)) = (covered >= COVERED, i32::try_from(x), i32::try_from(y)) {
                bitmap.blacken(left + x, top + y);
            }
        });
    }

    /// Each dot is the picture's pixel that is nearest.
    fn artwork(&mut self, artwork: &Artwork, area: Area) {
        let (left, top) = self.dot(area.at);
        let columns = whole((area.size.0 * self.dots_per_mm).round());
        let rows = whole((area.size.1 * self.dots_per_mm).round());
        for (row, shades) in (0..rows).zip(SHADES.iter().cycle()) {
            for (column, shade) in (0..columns).zip(shades.iter().cycle()) {
                let along = |place: i32, all: i32| (f64::from(place) + 0.5) / f64::from(all);
                if artwork.lightness(along(column, columns), along(row, rows)) / 4 <= *shade {
                    self.bitmap.blacken(left + column, top + row);
                }
            }
        }
    }
}

/// Lines and curves of glyphs, from the font's units to dots.
struct Outline {
    rasterizer: Rasterizer,
    scale: f32,
    origin: Point,
    first: Point,
    last: Point,
}

impl Outline {
    fn at(&self, x: f32, y: f32) -> Point {
        point(self.origin.x + x * self.scale, self.origin.y - y * self.scale)
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.first = self.at(x, y);
        self.last = self.first;
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let to = self.at(x, y);
        self.rasterizer.draw_line(self.last, to);
        self.last = to;
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (by, to) = (self.at(x1, y1), self.at(x, y));
        self.rasterizer.draw_quad(self.last, by, to);
        self.last = to;
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (first, second, to) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.rasterizer.draw_cubic(self.last, first, second, to);
        self.last = to;
    }

    fn close(&mut self) {
        self.rasterizer.draw_line(self.last, self.first);
        self.last = self.first;
    }
}

/// A number that was rounded, of dots of a label.
#[allow(clippy::cast_possible_truncation)] // floats saturate
fn whole(value: f64) -> i32 {
    value as i32
}

/// Glyphs are drawn with single floats.
#[allow(clippy::cast_possible_truncation)] // a part of a dot is all that is lost
fn single(value: f64) -> f32 {
    value as f32
}
