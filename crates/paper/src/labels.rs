//! From an indicium to its label.

use faces::{Lettering, Voices};
use indicia::{Indicium, Item, Symbol, Template, text};
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

/// The label of an indicium and the item that it was made from.
pub(crate) fn label(indicium: &[u8], item: &Item, voices: &Voices<'_>) -> Result<Label, PaperError> {
    let read = Indicium::decode(indicium).map_err(|error| PaperError::Indicium(error.to_string()))?;
    let serial = read.claims().serial.to_string();
    Ok(drawn(symbol_content(item.template, indicium), serial, voices.of(item.template).lettering(item)))
}

fn drawn(symbol: SymbolContent, serial: String, lettering: Lettering) -> Label {
    let Lettering { title, amount, holder, lines, validity, terms, signatures, facing_mark } = lettering;
    Label { symbol, title, amount, serial, holder, validity, lines, terms, signatures, facing_mark }
}
