//! Languages, and which of them somebody reads.

use std::fmt;
use std::str::FromStr;

use icu_locale_core::{LanguageIdentifier, Locale};
use icu_locale_fallback::LocaleFallbacker;
use thiserror::Error;

/// Languages of a header that are looked at: no browser sends more.
const MOST_ACCEPTED: usize = 32;

/// A language by its tag (BCP 47), perhaps of a script or a region: `de`, `de-AT`. Tags that mean the same are the same, and extensions are left out.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Language(LanguageIdentifier);

/// A text isn't a language's tag.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} isn't a language's tag, such as en, de or de-AT")]
pub struct LanguageError(String);

impl Language {
    /// This language, and then those that whoever reads it reads as well: `de-AT`, `de`.
    pub(crate) fn chain(&self) -> Vec<Self> {
        let fallbacker = LocaleFallbacker::new();
        let mut steps = fallbacker.for_config(Default::default()).fallback_for((&self.0).into());
        let mut chain = Vec::new();
        while !steps.get().is_unknown() {
            // What is written there is a tag again.
            chain.extend(steps.get().to_string().parse().map(Self));
            steps.step();
        }
        chain
    }

    pub(crate) fn locale(&self) -> Locale {
        self.0.clone().into()
    }
}

impl FromStr for Language {
    type Err = LanguageError;

    fn from_str(text: &str) -> Result<Self, LanguageError> {
        let wrong = || LanguageError(text.chars().take(40).collect());
        let tag: Locale = text.parse().map_err(|_| wrong())?;
        let language = Self(tag.id);
        // The first one is the tag without what goes without saying: en-Latn is en.
        language.chain().into_iter().next().ok_or_else(wrong)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The languages of an `Accept-Language` header (RFC 9110, 12.5.4), the dearest first. What is no language there is passed over, and so is
/// what isn't wanted (a weight of 0).
#[must_use]
pub fn accepted(header: &str) -> Vec<Language> {
    let range = |range: &str| -> Option<(u16, Language)> {
        let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
        Some((thousandths(weight.trim())?, tag.trim().parse().ok()?))
    };
    let mut languages: Vec<_> = header.split(',').take(MOST_ACCEPTED).filter_map(range).collect();
    languages.retain(|(weight, _)| *weight > 0);
    languages.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    languages.into_iter().map(|(_, language)| language).collect()
}

/// A weight from 0 to 1, of at most three decimal places, in thousandths.
fn thousandths(weight: &str) -> Option<u16> {
    let value = weight.strip_prefix("q=").or(weight.strip_prefix("Q="))?;
    let (whole, places) = value.split_once('.').unwrap_or((value, ""));
    let is_written_so = matches!(whole, "0" | "1") && places.len() <= 3;
    let digits = format!("{whole}{places:0<3}");
    let is_written_so = is_written_so && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|value| is_written_so && *value <= 1000)
}

#[cfg(test)]
mod tests {
    use super::{Language, accepted};

    #[test]
    fn languages_are_named_by_their_tags() {
        for (tag, same) in [("de", "de"), ("DE-at", "de-AT"), ("en-Latn-GB", "en-GB"), ("fr-u-nu-arab", "fr")]
        {
            assert_eq!(tag.parse::<Language>().expect(tag).to_string(), same);
        }
        for tag in ["", "und", "*", "d", "german", "de_", "de-", "i-klingon-", "\u{1b}[31m"] {
            assert!(tag.parse::<Language>().is_err(), "{tag}");
        }
        let chain = |tag: &str| {
            let language: Language = tag.parse().expect("a tag");
            language.chain().iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(chain("de-AT"), ["de-AT", "de"]);
        assert_eq!(chain("pt-AO"), ["pt-AO", "pt-PT", "pt"]);
    }

    #[test]
    fn what_is_wanted_most_comes_first() {
        let accepted = |header: &str| accepted(header).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(accepted("fr;q=0.5, de-AT, en ; q=0.8,*;q=0.1"), ["de-AT", "en", "fr"]);
        assert_eq!(accepted("fr;q=0, it;q=0.001, de;q=0.01"), ["de", "it"]);
        assert_eq!(accepted("de;q=NaN,en;q=1.001,fr;q=0.5555,it;q=+1,es;level=1"), [""; 0]);
        assert_eq!(accepted(&"x,".repeat(100_000)), [""; 0]);
    }
}
