//! From an indicium to its label.

use indicia::{Details, Indicium, Item, Symbol, Template, UnixTime, text};
use print::{Label, SymbolContent};

use crate::PaperError;

/// What a symbol carries for an indicium of a template.
#[must_use]
pub fn symbol_content(template: &Template, bytes: &[u8]) -> SymbolContent {
    match template.symbol {
        Symbol::Qr => SymbolContent::Qr(text::to_text(bytes)),
        Symbol::DataMatrix => SymbolContent::DataMatrix(bytes.to_vec()),
    }
}

/// The texts of a label that are the customer's.
pub(crate) fn texts(item: &Item) -> impl Iterator<Item = &str> {
    let Details { event, seat, entrance, origin, destination, .. } = &item.details;
    let own = [&item.holder, &item.service, &item.reference].into_iter().filter_map(|text| text.as_deref());
    own.chain([event, seat, entrance, origin, destination].into_iter().filter_map(|text| text.as_deref()))
}

/// The label of an indicium and the item that it was made from.
pub(crate) fn label(indicium: &[u8], item: &Item) -> Result<Label, PaperError> {
    let read = Indicium::decode(indicium).map_err(|error| PaperError::Indicium(error.to_string()))?;
    let claims = read.claims();
    let weight = item.weight_grams.map(|grams| format!("{grams} g"));
    let lines = [item.service.clone(), weight];
    let lines = lines.into_iter().flatten().chain(details(&item.details)).chain(item.reference.clone());
    Ok(Label {
        symbol: symbol_content(item.template, indicium),
        title: item.template.title.to_owned(),
        amount: claims.amount.to_string(),
        serial: claims.serial.to_string(),
        holder: item.holder.clone(),
        validity: validity(item.not_before, item.expires),
        lines: lines.collect(),
    })
}

/// What a ticket says of where and when it lets in whom, and a mail piece of its way: a label's lines.
pub fn details(details: &Details<'_>) -> impl Iterator<Item = String> {
    let minute = |time: UnixTime| time.to_string().chars().take(16).collect::<String>().replace('T', " ");
    let entry = match (details.entry.from, details.entry.until) {
        (Some(from), Some(until)) => Some(format!("Enter {} – {} UTC", minute(from), minute(until))),
        (Some(from), None) => Some(format!("Enter from {} UTC", minute(from))),
        (None, Some(until)) => Some(format!("Enter until {} UTC", minute(until))),
        (None, None) => None,
    };
    let way = match (&details.origin, &details.destination) {
        (Some(origin), Some(destination)) => Some(format!("{origin} – {destination}")),
        (Some(origin), None) => Some(format!("from {origin}")),
        (None, destination) => destination.as_ref().map(|destination| format!("to {destination}")),
    };
    let lines = [
        details.event.as_deref().map(str::to_owned),
        details.entrance.as_ref().map(|entrance| format!("Entrance {entrance}")),
        details.seat.as_ref().map(|seat| format!("Seat {seat}")),
        entry,
        details.uses.map(|uses| format!("{uses} uses")),
        details.mailed.map(|day| day.to_string()),
        way,
    ];
    lines.into_iter().flatten()
}

/// From which day until which day something is valid, as a label says it; an end at midnight belongs to the day before.
#[must_use]
pub fn validity(from: Option<UnixTime>, until: Option<UnixTime>) -> Option<String> {
    let day = |time: UnixTime| time.to_string().chars().take(10).collect::<String>();
    let last = |until: UnixTime| day(UnixTime(until.0.saturating_sub(1)));
    match (from, until) {
        (Some(from), Some(until)) => Some(format!("{} – {}", day(from), last(until))),
        (Some(from), None) => Some(format!("from {}", day(from))),
        (None, Some(until)) => Some(format!("until {}", last(until))),
        (None, None) => None,
    }
}
