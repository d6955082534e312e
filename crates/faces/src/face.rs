//! How a template's labels look, and what stands on them.

use indicia::Template;
use print::{FacingMark, SheetLayout};

use crate::language::Language;
use crate::voice::Voice;
use crate::word::{Word, Words};
use crate::zone::Zone;

/// Lines to sign on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Signatures {
    /// None.
    #[default]
    None,
    /// One.
    One,
    /// Two: the second, for the countersignature, is compared with the first.
    Two,
}

impl Signatures {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::None, Self::One, Self::Two];

    /// Its name in a document.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::One => "one",
            Self::Two => "two",
        }
    }

    /// What stands below the lines.
    pub(crate) const fn words(self) -> &'static [Word] {
        match self {
            Self::None => &[],
            Self::One => &[Word::Signature],
            Self::Two => &[Word::Signature, Word::Countersignature],
        }
    }
}

/// The face of one template.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    /// Whose.
    pub template: &'static Template,
    /// What its labels are printed on where nobody says otherwise.
    pub layout: Option<&'static SheetLayout>,
    /// In which language, where nobody says otherwise.
    pub language: Language,
    /// Lines to sign on.
    pub signatures: Signatures,
    /// The mark by which the post's machines turn a mail piece the right way.
    pub facing_mark: Option<FacingMark>,
    /// Where its items are used: times of entering are typed and written as clocks there show them.
    pub time_zone: Zone,
    texts: Vec<(Language, Words)>,
}

impl Face {
    /// A face that says nothing but the template's English title.
    #[must_use]
    pub fn plain(template: &'static Template) -> Self {
        let english: Language = "en".parse().expect("a language's tag");
        let words = Words::from([(Word::Title, template.title.to_owned())]);
        let texts = vec![(english.clone(), words)];
        Self {
            template,
            layout: None,
            language: english,
            signatures: Signatures::None,
            facing_mark: None,
            time_zone: Zone::UTC,
            texts,
        }
    }

    /// Words in a language take the place of those that it has.
    pub fn say(&mut self, language: Language, words: Words) {
        match self.texts.iter_mut().find(|(known, _)| *known == language) {
            Some((_, known)) => known.extend(words),
            None => self.texts.push((language, words)),
        }
    }

    /// The languages that it has words of its own in.
    pub fn languages(&self) -> impl Iterator<Item = &Language> {
        self.texts.iter().map(|(language, _)| language)
    }

    /// The words that a label in a language couldn't do without, and which neither it nor those that are read with it have.
    #[must_use]
    pub fn missing(&self, language: &Language) -> Vec<Word> {
        let chain = language.chain();
        let is_missing = |word: &Word| word.is_needed() && self.word(*word, &chain).is_none();
        Word::ALL.into_iter().filter(is_missing).collect()
    }

    /// It as it speaks to somebody who reads some languages, the dearest first; its own language to whoever reads none that it has.
    #[must_use]
    pub fn voice(&self, wanted: &[Language]) -> Voice<'_> {
        let speaks = |language: &&Language| self.missing(language).is_empty();
        let language = wanted.iter().find(speaks).unwrap_or(&self.language);
        Voice::new(self, language)
    }

    /// A word in the first of some languages that has it.
    pub(crate) fn word(&self, word: Word, chain: &[Language]) -> Option<&str> {
        chain.iter().find_map(|language| {
            let own = self.texts.iter().find(|(known, _)| known == language);
            let own = own.and_then(|(_, words)| words.get(&word)).map(String::as_str);
            own.or_else(|| word.shipped(language))
        })
    }
}

/// The faces of all templates, one of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Faces(Vec<Face>);

impl Faces {
    /// Each template's, as somebody says.
    pub fn new(face: impl FnMut(&'static Template) -> Face) -> Self {
        Self(Template::all().iter().map(face).collect())
    }

    /// Takes a face in the place of the one that its template had.
    pub fn put(&mut self, face: Face) {
        if let Some(known) = self.0.iter_mut().find(|known| known.template == face.template) {
            *known = face;
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Face> {
        self.0.iter()
    }

    /// The face of a template.
    #[must_use]
    pub fn of(&self, template: &'static Template) -> &Face {
        self.0.iter().find(|face| face.template == template).expect("all templates there are have one")
    }
}
