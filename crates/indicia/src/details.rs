//! What an item may say of itself beside what all do: of a ticket, of a mail piece, of a coupon.

use std::borrow::Cow;

use crate::barcode::Barcode;
use crate::day::Day;
use crate::holder_key::HolderKey;
use crate::time::UnixTime;

/// When whoever holds a ticket may enter, within the time in which it is valid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EntryWindow {
    /// Not before this.
    pub from: Option<UnixTime>,
    /// Not from this on.
    pub until: Option<UnixTime>,
}

/// Where a time is, beside an entry window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entering {
    /// In it.
    Open,
    /// Before it begins, at this time.
    TooEarly(UnixTime),
    /// After it ended, at this time.
    TooLate(UnixTime),
}

impl EntryWindow {
    /// Whether it says anything.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.from.is_some() || self.until.is_some()
    }

    /// Where a time is.
    #[must_use]
    pub fn at(&self, time: UnixTime) -> Entering {
        match *self {
            Self { from: Some(from), .. } if time < from => Entering::TooEarly(from),
            Self { until: Some(until), .. } if time >= until => Entering::TooLate(until),
            Self { .. } => Entering::Open,
        }
    }
}

/// What an item may say, and most don't.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details<'a> {
    /// For how many uses it is, two or more: so many people, or so many rides. Each takes an equal share of its amount.
    pub uses: Option<u32>,
    /// What it lets in to.
    pub event: Option<Cow<'a, str>>,
    /// Where one sits there.
    pub seat: Option<Cow<'a, str>>,
    /// By which gate or door one enters.
    pub entrance: Option<Cow<'a, str>>,
    /// When one enters.
    pub entry: EntryWindow,
    /// When a mail piece is handed to the post.
    pub mailed: Option<Day>,
    /// The postcode where that is.
    pub origin: Option<Cow<'a, str>>,
    /// The postcode to which the piece goes.
    pub destination: Option<Cow<'a, str>>,
    /// Whether whoever leaves may come in again.
    pub reentry: bool,
    /// The barcode of its trade's own that stands beside it.
    pub barcode: Option<Barcode>,
    /// The key of its holder's device, which alone can show it.
    pub key: Option<HolderKey>,
}

impl Details<'_> {
    /// The same without a copy of its texts.
    #[must_use]
    pub fn borrowed(&self) -> Details<'_> {
        fn text<'t>(text: &'t Option<Cow<'_, str>>) -> Option<Cow<'t, str>> {
            text.as_deref().map(Cow::Borrowed)
        }
        Details {
            uses: self.uses,
            event: text(&self.event),
            seat: text(&self.seat),
            entrance: text(&self.entrance),
            entry: self.entry,
            mailed: self.mailed,
            origin: text(&self.origin),
            destination: text(&self.destination),
            reentry: self.reentry,
            barcode: self.barcode.clone(),
            key: self.key,
        }
    }
}
