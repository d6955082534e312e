//! A label as it will be printed, near enough to know it again.

use faces::{Lettering, Voice};
use indicia::{Barcode, Item, Symbol, Template};
use maud::{Markup, html};
use print::{Matrix, SymbolContent};

use crate::console::page::drawing;
use crate::problem::Problem;

/// What a specimen's symbol says, as often as it takes to be as large as a real one's.
const SPECIMEN: &str = "SPECIMEN - NOT VALID - ";
/// Characters or bytes of a real symbol, roughly.
const LENGTH: usize = 230;

/// What stands on a label beside its symbol.
pub(crate) struct Label<'a> {
    pub(crate) item: &'a Item,
    pub(crate) voice: &'a Voice<'a>,
    pub(crate) serial: &'a str,
    pub(crate) symbol: Markup,
}

impl Label<'_> {
    pub(crate) fn draw(&self) -> Markup {
        let Lettering { title, amount, holder, lines, validity, terms, signatures, barcode, facing_mark: _ } =
            self.voice.lettering(self.item);
        let class = if matches!(barcode, Some(Barcode::Imb(_))) { "bars" } else { "elements" };
        // Longer ones than a symbol holds aren't items'.
        let beside = barcode.and_then(|barcode| paper::beside(&barcode).svg().ok());
        html! {
            div.label lang=(self.voice.language()) {
                div.symbol { (self.symbol) }
                div.texts {
                    p.title { (title) }
                    p.amount { (amount) }
                    @if let Some(holder) = holder { p.holder { (holder) } }
                    @for line in lines.iter().chain(&validity).chain(&terms).chain(&signatures) { p { (line) } }
                    p.serial { (self.serial) }
                }
                @if let Some(beside) = beside { div class=(class) aria-hidden="true" { (drawing(beside)) } }
            }
        }
    }
}

/// A symbol that nobody takes for a real one, as large as one.
pub(crate) fn specimen(template: &Template) -> Result<Markup, Problem> {
    let text: String = SPECIMEN.chars().cycle().take(LENGTH).collect();
    let content = match template.symbol {
        Symbol::Qr => SymbolContent::Qr(text),
        Symbol::DataMatrix => SymbolContent::DataMatrix(text.into_bytes()),
    };
    let matrix = Matrix::of(&content).map_err(|error| Problem::internal(&error))?;
    Ok(html! { span aria-hidden="true" { (drawing(print::svg(&matrix))) } })
}
