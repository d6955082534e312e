//! Text in an embedded font: measured, mapped to glyphs, and only the used glyphs embedded.

use std::collections::BTreeMap;

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Chunk, Filter, Name, Rect, Ref, Str};
use subsetter::GlyphRemapper;
use ttf_parser::{Face, GlyphId};

use crate::PrintError;

const IDENTITY: SystemInfo<'_> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// One of the two fonts that are shipped, DejaVu Sans.
pub(crate) struct Font {
    data: &'static [u8],
    name: &'static str,
    face: Face<'static>,
    remapper: GlyphRemapper,
    /// New glyph numbers with the character and width of each.
    used: BTreeMap<u16, (char, f32)>,
    missing: std::collections::BTreeSet<char>,
}

impl Font {
    pub(crate) fn regular() -> Result<Self, PrintError> {
        Self::new(include_bytes!("../fonts/DejaVuSans.ttf"), "MINTAG+DejaVuSans")
    }

    pub(crate) fn bold() -> Result<Self, PrintError> {
        Self::new(include_bytes!("../fonts/DejaVuSans-Bold.ttf"), "MINTAG+DejaVuSans-Bold")
    }

    fn new(data: &'static [u8], name: &'static str) -> Result<Self, PrintError> {
        let face = Face::parse(data, 0).map_err(|error| PrintError::Font(error.to_string()))?;
        let (remapper, used) = (GlyphRemapper::new(), BTreeMap::new());
        Ok(Self { data, name, face, remapper, used, missing: std::collections::BTreeSet::new() })
    }

    /// Width of a text at size 1.
    pub(crate) fn width(&self, text: &str) -> f32 {
        text.chars().map(|character| self.advance(self.glyph(character))).sum()
    }

    /// The glyphs of a text, two bytes each, as the content stream shows them.
    pub(crate) fn encode(&mut self, text: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(text.len() * 2);
        for character in text.chars() {
            if self.face.glyph_index(character).is_none() {
                self.missing.insert(character);
            }
            let glyph = self.glyph(character);
            let new = self.remapper.remap(glyph.0);
            let width = self.advance(glyph);
            self.used.entry(new).or_insert((character, width));
            bytes.extend_from_slice(&new.to_be_bytes());
        }
        bytes
    }

    /// Characters that the font lacks and that were shown as its empty box.
    pub(crate) fn missing(&self) -> impl Iterator<Item = char> + '_ {
        self.missing.iter().copied()
    }

    fn glyph(&self, character: char) -> GlyphId {
        self.face.glyph_index(character).unwrap_or(GlyphId(0))
    }

    fn advance(&self, glyph: GlyphId) -> f32 {
        f32::from(self.face.glyph_hor_advance(glyph).unwrap_or(0)) / f32::from(self.face.units_per_em())
    }

    /// A length of the font in thousandths of its size.
    fn thousandths(&self, length: i16) -> f32 {
        f32::from(length) * 1000.0 / f32::from(self.face.units_per_em())
    }

    /// The font's five objects, each alone: a subset with widths, metrics and the way back to Unicode.
    pub(crate) fn objects(&self, refs: [Ref; 5]) -> Result<Vec<(Ref, Chunk)>, PrintError> {
        let [font, cid, descriptor, program, to_unicode] = refs;
        let subset = subsetter::subset(self.data, 0, &self.remapper);
        let subset = subset.map_err(|error| PrintError::Font(error.to_string()))?;
        let alone = |write: &dyn Fn(&mut Chunk)| {
            let mut chunk = Chunk::new();
            write(&mut chunk);
            chunk
        };
        let name = Name(self.name.as_bytes());
        Ok(vec![
            (
                font,
                alone(&|chunk| {
                    let mut object = chunk.type0_font(font);
                    object.base_font(name).encoding_predefined(Name(b"Identity-H"));
                    object.descendant_font(cid).to_unicode(to_unicode);
                }),
            ),
            (
                cid,
                alone(&|chunk| {
                    let mut object = chunk.cid_font(cid);
                    object.subtype(CidFontType::Type2).base_font(name).system_info(IDENTITY);
                    object
                        .font_descriptor(descriptor)
                        .default_width(0.0)
                        .cid_to_gid_map_predefined(Name(b"Identity"));
                    let mut widths = object.widths();
                    for (glyph, (_, width)) in &self.used {
                        widths.consecutive(*glyph, [width * 1000.0]);
                    }
                }),
            ),
            (
                descriptor,
                alone(&|chunk| {
                    let bounds = self.face.global_bounding_box();
                    let mut object = chunk.font_descriptor(descriptor);
                    object.name(name).flags(FontFlags::NON_SYMBOLIC).italic_angle(0.0).stem_v(80.0);
                    object.bbox(Rect::new(
                        self.thousandths(bounds.x_min),
                        self.thousandths(bounds.y_min),
                        self.thousandths(bounds.x_max),
                        self.thousandths(bounds.y_max),
                    ));
                    object.ascent(self.thousandths(self.face.ascender()));
                    object.descent(self.thousandths(self.face.descender()));
                    object.cap_height(self.thousandths(self.face.capital_height().unwrap_or(700)));
                    object.font_file2(program);
                }),
            ),
            (
                program,
                alone(&|chunk| {
                    let packed = miniz_oxide::deflate::compress_to_vec_zlib(&subset, 6);
                    let length = i32::try_from(subset.len()).unwrap_or(i32::MAX);
                    chunk.stream(program, &packed).filter(Filter::FlateDecode).pair(Name(b"Length1"), length);
                }),
            ),
            (
                to_unicode,
                alone(&|chunk| {
                    let mut map = UnicodeCmap::new(Name(b"Custom"), IDENTITY);
                    for (glyph, (character, _)) in &self.used {
                        map.pair(*glyph, *character);
                    }
                    chunk.cmap(to_unicode, &map.finish());
                }),
            ),
        ])
    }
}
