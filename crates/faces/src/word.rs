//! The words of labels, in the languages that are shipped.

use std::collections::BTreeMap;

use crate::language::Language;

/// What a label says beside what its item says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// What it is: "Ticket".
    Title,
    /// Its terms, in a short line; none, if it is empty.
    Terms,
    /// By which entrance one enters.
    Entrance,
    /// Where one sits.
    Seat,
    /// From when until when one enters.
    Enter,
    /// From when on.
    EnterFrom,
    /// Until when.
    EnterUntil,
    /// For how many uses it is, two or more.
    Uses,
    /// Whoever leaves may come in again.
    Reentry,
    /// Weight in grams.
    Weight,
    /// When a piece is handed to the post.
    Mailed,
    /// From which postcode it goes, when that alone is known.
    Origin,
    /// To which, when that alone is known.
    Destination,
    /// From which day until which day it is valid.
    Valid,
    /// From which day on.
    ValidFrom,
    /// Until which day.
    ValidUntil,
    /// Stands below the line for the signature.
    Signature,
    /// Stands below the line for the second one.
    Countersignature,
}

/// The words of one language.
pub type Words = BTreeMap<Word, String>;

/// The languages in which all words are shipped.
const SHIPPED: [&str; 5] = ["en", "de", "fr", "es", "it"];

impl Word {
    /// Every one.
    pub const ALL: [Self; 18] = [
        Self::Title,
        Self::Terms,
        Self::Entrance,
        Self::Seat,
        Self::Enter,
        Self::EnterFrom,
        Self::EnterUntil,
        Self::Uses,
        Self::Reentry,
        Self::Weight,
        Self::Mailed,
        Self::Origin,
        Self::Destination,
        Self::Valid,
        Self::ValidFrom,
        Self::ValidUntil,
        Self::Signature,
        Self::Countersignature,
    ];

    /// Its name in a document.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Terms => "terms",
            Self::Entrance => "entrance",
            Self::Seat => "seat",
            Self::Enter => "enter",
            Self::EnterFrom => "enter_from",
            Self::EnterUntil => "enter_until",
            Self::Uses => "uses",
            Self::Reentry => "reentry",
            Self::Weight => "weight",
            Self::Mailed => "mailed",
            Self::Origin => "origin",
            Self::Destination => "destination",
            Self::Valid => "valid",
            Self::ValidFrom => "valid_from",
            Self::ValidUntil => "valid_until",
            Self::Signature => "signature",
            Self::Countersignature => "countersignature",
        }
    }

    /// Whether it is written around what the item says, whose place is `{}`.
    #[must_use]
    pub const fn has_place(self) -> bool {
        !matches!(self, Self::Title | Self::Terms | Self::Reentry | Self::Signature | Self::Countersignature)
    }

    /// Most characters that it may have.
    #[must_use]
    pub const fn most(self) -> usize {
        if matches!(self, Self::Terms) { 120 } else { 40 }
    }

    /// Whether every label has to have it.
    #[must_use]
    pub const fn is_needed(self) -> bool {
        !matches!(self, Self::Terms)
    }

    /// It in all the languages that are shipped, as far as it isn't the template's to say.
    const fn everywhere(self) -> Option<[&'static str; SHIPPED.len()]> {
        Some(match self {
            Self::Title | Self::Terms => return None,
            Self::Entrance => ["Entrance {}", "Eingang {}", "Entrée {}", "Puerta {}", "Ingresso {}"],
            Self::Seat => ["Seat {}", "Platz {}", "Place {}", "Asiento {}", "Posto {}"],
            Self::Enter => ["Enter {}", "Einlass {}", "Accès : {}", "Acceso: {}", "Accesso: {}"],
            Self::EnterFrom => {
                ["Enter from {}", "Einlass ab {}", "Accès dès le {}", "Acceso desde el {}", "Accesso da: {}"]
            }
            Self::EnterUntil => [
                "Enter until {}",
                "Einlass bis {}",
                "Accès jusqu’au {}",
                "Acceso hasta el {}",
                "Accesso fino a: {}",
            ],
            Self::Uses => ["{} uses", "{} Nutzungen", "{} utilisations", "{} usos", "{} utilizzi"],
            Self::Reentry => [
                "Re-entry",
                "Wiedereinlass",
                "Sortie et retour possibles",
                "Reingreso permitido",
                "Rientro consentito",
            ],
            Self::Weight => ["{} g"; SHIPPED.len()],
            Self::Mailed => ["Mailed {}", "Einlieferung {}", "Déposé le {}", "Depósito {}", "Spedito: {}"],
            Self::Origin => ["From {}", "Von {}", "De {}", "De {}", "Da {}"],
            Self::Destination => ["To {}", "Nach {}", "Vers {}", "A {}", "A {}"],
            Self::Valid => ["Valid {}", "Gültig {}", "Validité : {}", "Validez: {}", "Validità: {}"],
            Self::ValidFrom => [
                "Valid from {}",
                "Gültig ab {}",
                "Valable dès le {}",
                "Validez: desde el {}",
                "Validità da: {}",
            ],
            Self::ValidUntil => [
                "Valid until {}",
                "Gültig bis {}",
                "Valable jusqu’au {}",
                "Validez: hasta el {}",
                "Validità fino a: {}",
            ],
            Self::Signature => ["Signature", "Unterschrift", "Signature", "Firma", "Firma"],
            Self::Countersignature => {
                ["Countersignature", "Gegenunterschrift", "Contresignature", "Contrafirma", "Controfirma"]
            }
        })
    }

    /// It in a language that is shipped.
    pub(crate) fn shipped(self, language: &Language) -> Option<&'static str> {
        let tag = language.to_string();
        let place = SHIPPED.iter().position(|shipped| *shipped == tag)?;
        self.everywhere().map(|all| all[place])
    }
}

#[cfg(test)]
mod tests {
    use super::{SHIPPED, Word};

    #[test]
    fn shipped_words_are_what_a_document_might_say() {
        for word in Word::ALL {
            for text in word.everywhere().into_iter().flatten() {
                assert_eq!(text.matches("{}").count(), usize::from(word.has_place()), "{text}");
                assert!(text.chars().count() <= word.most(), "{text}");
                print::check_text(text).expect("it can be drawn");
            }
        }
        for tag in SHIPPED {
            assert!(Word::Seat.shipped(&tag.parse().expect("a tag")).is_some(), "{tag}");
        }
    }
}
