//! What an indicium says of a ticket, of a mail piece or of a coupon, for people and programs.

use std::borrow::Cow;

use indicia::Details;
use serde::Serialize;

/// The same as [`Details`], written out: times as RFC 3339 has them, in UTC. What isn't said isn't there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ItemDetails {
    /// For how many uses it is, if for several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
    /// What it lets in to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Where one sits there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seat: Option<String>,
    /// By which entrance it lets in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entrance: Option<String>,
    /// It lets nobody in before this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enter_from: Option<String>,
    /// It lets nobody in from this on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enter_until: Option<String>,
    /// The day on which it is handed to the post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mailed: Option<String>,
    /// The postcode where that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The postcode to which it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// Whether whoever leaves may come in again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reentry: bool,
    /// The barcode of its trade's own that belongs beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    /// The key of its holder's device, which alone can show it, in hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder_key: Option<String>,
}

impl ItemDetails {
    /// What is said, each with its name in words.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, String)> {
        let texts = [
            ("event", &self.event),
            ("entrance", &self.entrance),
            ("seat", &self.seat),
            ("enter from", &self.enter_from),
            ("enter until", &self.enter_until),
            ("mailed", &self.mailed),
            ("origin", &self.origin),
            ("destination", &self.destination),
            ("barcode beside it", &self.barcode),
            ("holder's key", &self.holder_key),
        ];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name, text.clone()?)));
        let reentry = self.reentry.then(|| ("re-entry", "yes".to_owned()));
        texts.chain(self.uses.map(|uses| ("uses", uses.to_string()))).chain(reentry)
    }
}

impl From<&Details<'_>> for ItemDetails {
    fn from(details: &Details<'_>) -> Self {
        let text = |text: &Option<Cow<'_, str>>| text.as_deref().map(str::to_owned);
        Self {
            uses: details.uses,
            event: text(&details.event),
            seat: text(&details.seat),
            entrance: text(&details.entrance),
            enter_from: details.entry.from.map(|time| time.to_string()),
            enter_until: details.entry.until.map(|time| time.to_string()),
            mailed: details.mailed.map(|day| day.to_string()),
            origin: text(&details.origin),
            destination: text(&details.destination),
            reentry: details.reentry,
            barcode: details.barcode.as_ref().map(ToString::to_string),
            holder_key: details.key.map(|key| key.to_string()),
        }
    }
}
