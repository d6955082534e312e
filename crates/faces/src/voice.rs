//! A face in one language.

use std::collections::BTreeMap;

use crate::face::Face;
use crate::language::Language;
use crate::word::Word;
use crate::writing::Writing;

/// A face as it speaks one language.
#[derive(Debug)]
pub struct Voice<'f> {
    pub(crate) face: &'f Face,
    language: Language,
    words: BTreeMap<Word, &'f str>,
    pub(crate) writing: Writing,
}

impl<'f> Voice<'f> {
    /// In a language that the face speaks.
    pub(crate) fn new(face: &'f Face, language: &Language) -> Self {
        let chain = language.chain();
        let words = Word::ALL.into_iter().filter_map(|word| Some((word, face.word(word, &chain)?)));
        Self { face, language: language.clone(), words: words.collect(), writing: Writing::of(language) }
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
