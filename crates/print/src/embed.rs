//! A font in a PDF: only the glyphs that are used, with widths, metrics and the way back to Unicode.

use std::collections::BTreeMap;

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Chunk, Filter, Name, Rect, Ref, Str};
use subsetter::GlyphRemapper;
use ttf_parser::GlyphId;

use crate::PrintError;
use crate::font::Font;

const IDENTITY: SystemInfo<'_> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// Objects of one font.
pub(crate) const OBJECTS: usize = 6;

/// The glyphs of a font that a document shows, each with its character. Texts name glyphs by their numbers in the whole font, so that pages can
/// be made beside each other; the font's map leads from these to their numbers in the subset.
#[derive(Debug, Default)]
pub(crate) struct UsedGlyphs(BTreeMap<u16, char>);

impl UsedGlyphs {
    /// The glyphs of a text, two bytes each, as a page shows them.
    pub(crate) fn encode(&mut self, font: &Font, text: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(text.len() * 2);
        for (character, glyph) in font.glyphs(text) {
            self.0.entry(glyph.id).or_insert(character);
            bytes.extend_from_slice(&glyph.id.to_be_bytes());
        }
        bytes
    }

    pub(crate) fn join(&mut self, others: &Self) {
        for (glyph, character) in &others.0 {
            self.0.entry(*glyph).or_insert(*character);
        }
    }

    /// The font's objects, each alone.
    pub(crate) fn objects(&self, font: &Font, refs: [Ref; OBJECTS]) -> Result<Vec<(Ref, Chunk)>, PrintError> {
        let [whole, cid, descriptor, program, to_unicode, to_subset] = refs;
        let mut remapper = GlyphRemapper::new();
        let mut map = Vec::new();
        for glyph in self.0.keys() {
            map.resize(usize::from(*glyph) * 2, 0);
            map.extend_from_slice(&remapper.remap(*glyph).to_be_bytes());
        }
        let subset = subsetter::subset(font.data, 0, &remapper);
        let subset = subset.map_err(|error| PrintError::Font(error.to_string()))?;
        let name = Name(font.name.as_bytes());
        Ok(vec![
            alone(whole, |chunk| {
                let mut object = chunk.type0_font(whole);
                object.base_font(name).encoding_predefined(Name(b"Identity-H"));
                object.descendant_font(cid).to_unicode(to_unicode);
            }),
            alone(cid, |chunk| {
                let mut object = chunk.cid_font(cid);
                object.subtype(CidFontType::Type2).base_font(name).system_info(IDENTITY);
                object.font_descriptor(descriptor).default_width(0.0).cid_to_gid_map_stream(to_subset);
                let mut widths = object.widths();
                for glyph in self.0.keys() {
                    let advance = font.face.glyph_hor_advance(GlyphId(*glyph)).unwrap_or(0);
                    widths.consecutive(*glyph, [thousandths(font, f32::from(advance))]);
                }
            }),
            alone(descriptor, |chunk| {
                let face = &font.face;
                let of = |length: i16| thousandths(font, f32::from(length));
                let bounds = face.global_bounding_box();
                let mut object = chunk.font_descriptor(descriptor);
                object.name(name).flags(FontFlags::NON_SYMBOLIC).italic_angle(0.0).stem_v(80.0);
                object.bbox(Rect::new(
                    of(bounds.x_min),
                    of(bounds.y_min),
                    of(bounds.x_max),
                    of(bounds.y_max),
                ));
                object.ascent(of(face.ascender())).descent(of(face.descender()));
                object.cap_height(of(face.capital_height().unwrap_or(0))).font_file2(program);
            }),
            alone(program, |chunk| {
                let packed = miniz_oxide::deflate::compress_to_vec_zlib(&subset, 6);
                let length = i32::try_from(subset.len()).unwrap_or(i32::MAX);
                chunk.stream(program, &packed).filter(Filter::FlateDecode).pair(Name(b"Length1"), length);
            }),
            alone(to_unicode, |chunk| {
                let mut map = UnicodeCmap::new(Name(b"Custom"), IDENTITY);
                for (glyph, character) in &self.0 {
                    map.pair(*glyph, *character);
                }
                chunk.cmap(to_unicode, &map.finish());
            }),
            alone(to_subset, |chunk| {
                let packed = miniz_oxide::deflate::compress_to_vec_zlib(&map, 6);
                chunk.stream(to_subset, &packed).filter(Filter::FlateDecode);
            }),
        ])
    }
}

fn alone(number: Ref, write: impl FnOnce(&mut Chunk)) -> (Ref, Chunk) {
    let mut chunk = Chunk::new();
    write(&mut chunk);
    (number, chunk)
}

/// A length of the font in thousandths of its size.
fn thousandths(font: &Font, length: f32) -> f32 {
    length * 1000.0 / f32::from(font.face.units_per_em())
}
