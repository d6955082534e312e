//! A face in one language.

use std::collections::BTreeMap;

use indicia::{Item, Template};
use print::SheetLayout;

use crate::face::{Face, Faces};
use crate::language::Language;
use crate::word::Word;
use crate::writing::Writing;

/// A face as it speaks one language.
#[derive(Debug)]
pub struct Voice<'f> {
    pub(crate) face: &'f Face,
    language: Language,
    words: BTreeMap<Word, &'f str>,
    pub(crate) writing: Writing<'f>,
}

impl<'f> Voice<'f> {
    /// In a language that the face speaks.
    pub(crate) fn new(face: &'f Face, language: &Language) -> Self {
        let chain = language.chain();
        let words = Word::ALL.into_iter().filter_map(|word| Some((word, face.word(word, &chain)?)));
        let writing = Writing::of(language, &face.time_zone);
        Self { face, language: language.clone(), words: words.collect(), writing }
    }

    /// Which language it is.
    #[must_use]
    pub fn language(&self) -> &Language {
        &self.language
    }

    pub(crate) fn word(&self, word: Word) -> Option<&'f str> {
        self.words.get(&word).copied()
    }

    /// A word around what an item says.
    pub(crate) fn around(&self, word: Word, said: &str) -> String {
        self.word(word).unwrap_or("{}").replacen("{}", said, 1)
    }
}

/// All templates' faces, each as it speaks to somebody who reads some languages.
#[derive(Debug)]
pub struct Voices<'f>(Vec<Voice<'f>>);

impl Faces {
    /// As they speak to somebody who reads these languages, the dearest first; each in its own where it has none of them.
    #[must_use]
    pub fn voices(&self, wanted: &[Language]) -> Voices<'_> {
        Voices(self.all().map(|face| face.voice(wanted)).collect())
    }
}

impl Voices<'_> {
    /// That of a template.
    #[must_use]
    pub fn of(&self, template: &'static Template) -> &Voice<'_> {
        let voice = self.0.iter().find(|voice| voice.face.template == template);
        voice.expect("all templates there are have a face, and each face one voice")
    }

    /// The languages of some items' labels, in the order in which they come first.
    #[must_use]
    pub fn languages(&self, items: &[Item]) -> Vec<&Language> {
        let mut languages = Vec::new();
        for item in items {
            let language = self.of(item.template).language();
            if !languages.contains(&language) {
                languages.push(language);
            }
        }
        languages
    }

    /// What items' labels are printed on where nobody says otherwise: what their faces name, if all of them name the same.
    #[must_use]
    pub fn layout(&self, items: &[Item]) -> Option<&'static SheetLayout> {
        let mut layouts = items.iter().map(|item| self.of(item.template).face.layout);
        let first = layouts.next()??;
        layouts.all(|layout| layout == Some(first)).then_some(first)
    }
}
