//! An item as its label says it.

use indicia::{Barcode, Details, Item, UnixTime};
use print::FacingMark;

use crate::voice::Voice;
use crate::word::Word;

/// All that stands on a label but its symbol and its serial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lettering {
    /// What it is.
    pub title: String,
    /// What it is worth.
    pub amount: String,
    /// For whom.
    pub holder: Option<String>,
    /// What else it says, a line each.
    pub lines: Vec<String>,
    /// When it is valid.
    pub validity: Option<String>,
    /// Its terms.
    pub terms: Option<String>,
    /// What stands below each line to sign on.
    pub signatures: Vec<String>,
    /// The facing mark.
    pub facing_mark: Option<FacingMark>,
    /// The barcode of its trade's own.
    pub barcode: Option<Barcode>,
}

impl Lettering {
    /// All of its texts.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        let Self { title, amount, holder, lines, validity, terms, signatures, facing_mark: _, barcode: _ } =
            self;
        let maybe = [holder, validity, terms].into_iter().flatten();
        [title, amount].into_iter().chain(maybe).chain(lines).chain(signatures).map(String::as_str)
    }
}

impl Voice<'_> {
    /// What the label of an item says.
    #[must_use]
    pub fn lettering(&self, item: &Item) -> Lettering {
        let title = self.word(Word::Title).unwrap_or(self.face.template.title);
        let weight = item.weight_grams.map(|grams| self.around(Word::Weight, &self.writing.number(grams)));
        let first = [item.service.clone(), weight].into_iter().flatten();
        let signatures = self.face.signatures.words().iter().filter_map(|word| self.word(*word));
        Lettering {
            title: title.to_owned(),
            amount: self.writing.amount(item.amount),
            holder: item.holder.clone(),
            lines: first.chain(self.details(&item.details)).chain(item.reference.clone()).collect(),
            validity: self.validity(item.not_before, item.expires),
            terms: self.word(Word::Terms).filter(|terms| !terms.is_empty()).map(str::to_owned),
            signatures: signatures.map(str::to_owned).collect(),
            facing_mark: self.face.facing_mark,
            barcode: item.details.barcode.clone(),
        }
    }

    /// What a ticket says of where and when it lets in whom, and a mail piece of its way: a line each.
    fn details(&self, details: &Details<'_>) -> impl Iterator<Item = String> {
        let Details { uses, event, seat, entrance, entry, mailed, origin, destination, reentry, .. } =
            details;
        // GS1 wants what its symbols hold in letters beside them.
        let elements = match &details.barcode {
            Some(Barcode::Gs1(elements)) => Some(elements.to_string()),
            Some(Barcode::Imb(_)) | None => None,
        };
        let entry = match (entry.from, entry.until) {
            (Some(from), Some(until)) => Some((Word::Enter, self.writing.minutes(from, until))),
            (Some(from), None) => Some((Word::EnterFrom, self.writing.minute(from))),
            (None, Some(until)) => Some((Word::EnterUntil, self.writing.minute(until))),
            (None, None) => None,
        };
        let way = match (origin, destination) {
            (Some(origin), Some(destination)) => Some(format!("{origin} – {destination}")),
            (Some(origin), None) => Some(self.around(Word::Origin, origin)),
            (None, destination) => destination.as_ref().map(|to| self.around(Word::Destination, to)),
        };
        let lines = [
            event.as_deref().map(str::to_owned),
            entrance.as_ref().map(|entrance| self.around(Word::Entrance, entrance)),
            seat.as_ref().map(|seat| self.around(Word::Seat, seat)),
            entry.map(|(word, times)| self.around(word, &times)),
            uses.map(|uses| self.around(Word::Uses, &self.writing.number(uses))),
            self.word(Word::Reentry).filter(|_| *reentry).map(str::to_owned),
            mailed.map(|day| self.around(Word::Mailed, &self.writing.day(day))),
            way,
            elements,
        ];
        lines.into_iter().flatten()
    }

    /// From which day until which day something is valid; an end at midnight belongs to the day before.
    #[must_use]
    pub fn validity(&self, from: Option<UnixTime>, until: Option<UnixTime>) -> Option<String> {
        let last = |until: UnixTime| UnixTime(until.0.saturating_sub(1));
        let (word, days) = match (from, until) {
            (Some(from), Some(until)) => (Word::Valid, self.writing.days(from, last(until))),
            (Some(from), None) => (Word::ValidFrom, self.writing.day_of(from)),
            (None, Some(until)) => (Word::ValidUntil, self.writing.day_of(last(until))),
            (None, None) => return None,
        };
        Some(self.around(word, &days))
    }
}
