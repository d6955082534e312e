//! From an indicium to its label.

use faces::{Lettering, Voices};
use indicia::{Barcode, Indicium, Item, Symbol, Template, text};
use print::{Beside, FourStateBar, Label, SymbolContent};

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
    let Lettering { title, amount, holder, lines, validity, terms, signatures, facing_mark, barcode } =
        lettering;
    let beside = barcode.as_ref().map(beside);
    Label { symbol, title, amount, serial, holder, validity, lines, terms, signatures, facing_mark, beside }
}

/// A barcode of an item's trade as it is printed beside the indicium's own symbol.
#[must_use]
pub fn beside(barcode: &Barcode) -> Beside {
    match barcode {
        Barcode::Imb(imb) => {
            let bars = imb.encode();
            let bars = bars.as_slice().iter();
            let bar = |ascends, descends| FourStateBar { ascends, descends };
            Beside::FourState(bars.map(|one| bar(one.ascends(), one.descends())).collect())
        }
        Barcode::Gs1(elements) => Beside::Gs1(elements.to_symbol()),
    }
}
