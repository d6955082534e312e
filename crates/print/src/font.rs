//! The fonts of labels: which glyph a character has, how wide it is, and what can't be drawn at all.

use std::sync::LazyLock;

use ttf_parser::{Face, GlyphId};

use crate::PrintError;

/// The first characters, which nearly all texts are made of, are looked up once.
const COMMON: u32 = 0x180;

/// The two fonts that are shipped, DejaVu Sans.
static REGULAR: LazyLock<Font> =
    LazyLock::new(|| Font::new(include_bytes!("../fonts/DejaVuSans.ttf"), "MINTAG+DejaVuSans"));
static BOLD: LazyLock<Font> =
    LazyLock::new(|| Font::new(include_bytes!("../fonts/DejaVuSans-Bold.ttf"), "MINTAG+DejaVuSans-Bold"));

/// How heavy a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

impl Weight {
    pub(crate) const ALL: [Self; 2] = [Self::Regular, Self::Bold];

    pub(crate) fn font(self) -> &'static Font {
        match self {
            Self::Regular => &REGULAR,
            Self::Bold => &BOLD,
        }
    }
}

/// One character's picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Glyph {
    /// Its number in the font.
    pub(crate) id: u16,
    /// From its place to that of the next one, at size 1.
    pub(crate) advance: f32,
}

pub(crate) struct Font {
    /// The file.
    pub(crate) data: &'static [u8],
    /// Its name, behind the six letters that every subset of a font has.
    pub(crate) name: &'static str,
    pub(crate) face: Face<'static>,
    common: Vec<Option<Glyph>>,
}

impl Font {
    fn new(data: &'static [u8], name: &'static str) -> Self {
        let face = Face::parse(data, 0).expect("what is shipped is a font");
        let mut font = Self { data, name, face, common: Vec::new() };
        let common = (0..COMMON).map(|code| font.look_up(char::from_u32(code)?));
        font.common = common.collect();
        font
    }

    fn look_up(&self, character: char) -> Option<Glyph> {
        let GlyphId(id) = self.face.glyph_index(character).filter(|_| is_drawn_alone(character))?;
        let advance = self.face.glyph_hor_advance(GlyphId(id)).unwrap_or(0);
        Some(Glyph { id, advance: f32::from(advance) / f32::from(self.face.units_per_em()) })
    }

    /// The glyph of a character, if it can be drawn.
    pub(crate) fn glyph(&self, character: char) -> Option<Glyph> {
        let common = usize::try_from(u32::from(character)).ok().and_then(|code| self.common.get(code));
        common.copied().unwrap_or_else(|| self.look_up(character))
    }

    /// The glyphs of a text; what can't be drawn has none.
    pub(crate) fn glyphs<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (char, Glyph)> + 'a {
        text.chars().filter_map(|character| Some((character, self.glyph(character)?)))
    }

    /// Width of a text at size 1.
    pub(crate) fn width(&self, text: &str) -> f64 {
        self.glyphs(text).map(|(_, glyph)| f64::from(glyph.advance)).sum()
    }
}

/// Whether a character looks the same whatever stands beside it. Hebrew, Arabic and their neighbours are written from right to left, and
/// many of their letters join: the font has them, but put down one after the other they would be another text.
fn is_drawn_alone(character: char) -> bool {
    !matches!(u32::from(character), 0x0590..=0x08ff | 0x200e..=0x200f | 0x202a..=0x202e | 0xfb1d..=0xfdff | 0xfe70..=0xfeff | 0x10800..=0x10fff | 0x1e800..=0x1efff)
        && !character.is_control()
}

/// Whether a text can stand on a label.
///
/// # Errors
/// [`PrintError::Undrawable`] with the characters that can't.
pub fn check_text(text: &str) -> Result<(), PrintError> {
    let is_drawn =
        |character: &char| Weight::ALL.iter().all(|weight| weight.font().glyph(*character).is_some());
    let mut characters: Vec<char> = text.chars().filter(|character| !is_drawn(character)).collect();
    if characters.is_empty() {
        return Ok(());
    }
    characters.sort_unstable();
    characters.dedup();
    let characters = characters.iter().map(|character| named(*character)).collect::<Vec<_>>().join(", ");
    Err(PrintError::Undrawable { text: text.chars().map(visible).collect(), characters })
}

/// A character as an error says it.
fn named(character: char) -> String {
    let code = u32::from(character);
    if visible(character) == character {
        format!("{character} (U+{code:04X})")
    } else {
        format!("U+{code:04X}")
    }
}

/// A character that does nothing to the terminal that an error is shown on.
fn visible(character: char) -> char {
    let is_format =
        matches!(u32::from(character), 0x200b..=0x200f | 0x2028..=0x202e | 0x2066..=0x2069 | 0xfeff);
    if character.is_control() || is_format { '\u{fffd}' } else { character }
}

#[cfg(test)]
mod tests {
    use super::check_text;

    #[test]
    fn what_cant_be_drawn_is_named() {
        for good in
            ["", "Zoë Müller", "Łukasz Żółć", "Ελένη Παπαδοπούλου", "Дмитрий", "12,50 €", "Nguyễn Thị"]
        {
            check_text(good).unwrap_or_else(|error| panic!("{good}: {error}"));
        }
        for (bad, named) in [
            ("山田 太郎", "太 (U+592A), 山 (U+5C71), 田 (U+7530), 郎 (U+90CE)"),
            ("דוד", "U+05D3"),
            ("محمد", "U+062D"),
            ("two\nlines", "U+000A"),
            ("red \u{1b}[31m", "U+001B"),
            ("\u{202e}reversed", "U+202E"),
        ] {
            let error = check_text(bad).expect_err(bad).to_string();
            assert!(error.contains(named) && !error.contains(['\n', '\u{1b}', '\u{202e}']), "{error}");
        }
    }
}
