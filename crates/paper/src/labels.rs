//! From an indicium to its label.

use indicia::{Indicium, Item, Symbol, Template, UnixTime, text};
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
    [&item.holder, &item.service, &item.reference].into_iter().filter_map(|text| text.as_deref())
}

/// The label of an indicium and the item that it was made from.
pub(crate) fn label(indicium: &[u8], item: &Item) -> Result<Label, PaperError> {
    let read = Indicium::decode(indicium).map_err(|error| PaperError::Indicium(error.to_string()))?;
    let claims = read.claims();
    let weight = item.weight_grams.map(|grams| format!("{grams} g"));
    let lines = [item.service.clone(), weight, item.reference.clone()];
    Ok(Label {
        symbol: symbol_content(item.template, indicium),
        title: item.template.title.to_owned(),
        amount: claims.amount.to_string(),
        serial: claims.serial.to_string(),
        holder: item.holder.clone(),
        validity: validity(item.not_before, item.expires),
        lines: lines.into_iter().flatten().collect(),
    })
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
