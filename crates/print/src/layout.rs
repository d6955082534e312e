//! Stock to print on by name: sheets of labels, rolls, envelopes, tickets, cards.

/// What kind of thing is printed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stock {
    /// A sheet with labels, for an office printer.
    Sheet,
    /// One label at a time from a roll.
    Label,
    /// An envelope; the label is the stamp's place in its upper right corner.
    Envelope,
    /// A ticket of its own.
    Ticket,
    /// A piece of a receipt's roll.
    Receipt,
    /// A card for a wallet.
    Card,
}

impl Stock {
    /// The kind in one word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sheet => "sheet",
            Self::Label => "label",
            Self::Envelope => "envelope",
            Self::Ticket => "ticket",
            Self::Receipt => "receipt",
            Self::Card => "card",
        }
    }
}

/// A page and the equal places on it. All lengths are in millimetres, from the top left corner of the page.
#[derive(Debug, PartialEq)]
pub struct SheetLayout {
    /// Name on the command line.
    pub name: &'static str,
    /// What is printed on.
    pub stock: Stock,
    /// The makers' numbers of such sheets, each behind its maker's name; each names the layout too, with its maker or without.
    pub makers: &'static [&'static str],
    /// What it is, where no maker's number says it.
    pub what: &'static str,
    /// Dots in a millimetre of the printers that are usual for it: a symbol's modules are whole dots.
    pub dots_per_mm: f64,
    /// Width and height of the page.
    pub page: (f64, f64),
    /// Width and height of a label.
    pub label: (f64, f64),
    /// Left and top edge of the first label.
    pub origin: (f64, f64),
    /// From one label's edge to the next one's.
    pub pitch: (f64, f64),
    /// How many labels stand beside each other.
    pub columns: usize,
    /// How many stand below each other.
    pub rows: usize,
}

/// 300 dots an inch.
const OFFICE: f64 = 300.0 / 25.4;
/// Eight dots a millimetre: what is sold as 203 dots an inch.
const THERMAL: f64 = 8.0;

const A4: (f64, f64) = (210.0, 297.0);
const LETTER: (f64, f64) = (215.9, 279.4);

/// A sheet of labels.
const fn sheet(
    name: &'static str,
    makers: &'static [&'static str],
    page: (f64, f64),
    (columns, rows): (usize, usize),
    label: (f64, f64),
    origin: (f64, f64),
    pitch: (f64, f64),
) -> SheetLayout {
    let (stock, what, dots_per_mm) = (Stock::Sheet, "", OFFICE);
    SheetLayout { name, stock, makers, what, dots_per_mm, page, label, origin, pitch, columns, rows }
}

/// What has one place.
const fn single(
    name: &'static str,
    stock: Stock,
    what: &'static str,
    dots_per_mm: f64,
    page: (f64, f64),
    label: (f64, f64),
    origin: (f64, f64),
) -> SheetLayout {
    let makers = &[];
    SheetLayout {
        name,
        stock,
        makers,
        what,
        dots_per_mm,
        page,
        label,
        origin,
        pitch: label,
        columns: 1,
        rows: 1,
    }
}

// The edges of 5161, 5162 and 5164 are also those of CPAN's Paper::Specs 0.10 (5/32 in, and 1/2 or 5/6 in). A sheet's labels stand in
// the middle of it, so that size and gap give the edges. Receipts are as wide as what printers of 384 and 576 dots print. An
// envelope's stamp stands within the 74 by 40 mm of the upper right corner that are the stamp's (Deutsche Post: Frankierzone), 5 mm from the edges, which
// printers can't reach.
#[rustfmt::skip] // a table
static LAYOUTS: [SheetLayout; 17] = [
    // name, makers' numbers, page, columns and rows, label, first label's place, from label to label
    sheet("a4-24", &["Avery 3474", "Herma 4464"], A4, (3, 8), (70.0, 37.0), (0.0, 0.5), (70.0, 37.0)),
    sheet("a4-21", &["Avery L7160"], A4, (3, 7), (63.5, 38.1), (7.25, 15.15), (66.0, 38.1)),
    sheet("a4-14", &["Avery L7163"], A4, (2, 7), (99.1, 38.1), (4.65, 15.15), (101.6, 38.1)),
    sheet("a4-10", &["Avery L7173"], A4, (2, 5), (99.1, 57.0), (4.65, 6.0), (101.6, 57.0)),
    sheet("letter-30", &["Avery 5160"], LETTER, (3, 10), (66.675, 25.4), (4.7625, 12.7), (69.85, 25.4)),
    sheet("letter-20", &["Avery 5161"], LETTER, (2, 10), (101.6, 25.4), (3.96875, 12.7), (106.3625, 25.4)),
    sheet("letter-14", &["Avery 5162"], LETTER, (2, 7), (101.6, 33.8667), (3.96875, 21.1667), (106.3625, 33.8667)),
    sheet("letter-10", &["Avery 5163"], LETTER, (2, 5), (101.6, 50.8), (3.96875, 12.7), (106.3625, 50.8)),
    sheet("letter-6", &["Avery 5164"], LETTER, (2, 3), (101.6, 84.6667), (3.96875, 12.7), (106.3625, 84.6667)),
    // name, stock, what it is, dots per mm, page, the place on it, where that is
    single("label-4x6", Stock::Label, "thermal labels of 4 by 6 inches", THERMAL, (101.6, 152.4), (101.6, 152.4), (0.0, 0.0)),
    single("envelope-10", Stock::Envelope, "commercial envelope no. 10, 4 1/8 by 9 1/2 inches", OFFICE, (241.3, 104.775), (69.0, 35.0), (167.3, 5.0)),
    single("envelope-dl", Stock::Envelope, "envelope DL, 220 by 110 mm (ISO 269)", OFFICE, (220.0, 110.0), (69.0, 35.0), (146.0, 5.0)),
    single("envelope-c5", Stock::Envelope, "envelope C5, 229 by 162 mm (ISO 269)", OFFICE, (229.0, 162.0), (69.0, 35.0), (155.0, 5.0)),
    single("ticket-5.5x2", Stock::Ticket, "ticket stock of 5 1/2 by 2 inches", THERMAL, (139.7, 50.8), (139.7, 50.8), (0.0, 0.0)),
    single("receipt-58", Stock::Receipt, "receipt roll of 58 mm, 48 mm of it printed", THERMAL, (58.0, 90.0), (48.0, 90.0), (5.0, 0.0)),
    single("receipt-80", Stock::Receipt, "receipt roll of 80 mm, 72 mm of it printed", THERMAL, (80.0, 110.0), (72.0, 110.0), (4.0, 0.0)),
    single("card", Stock::Card, "card of 85.6 by 53.98 mm (ISO/IEC 7810, ID-1)", OFFICE, (85.6, 53.98), (85.6, 53.98), (0.0, 0.0)),
];

impl SheetLayout {
    /// All layouts: sheets of A4, sheets of Letter, the denser first; then what has one place a page.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &LAYOUTS
    }

    /// The layout with this name, or with this maker's number: `a4-21`, `L7160`, `Avery L7160`.
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Self> {
        let is_number = |maker: &&str| {
            let number = maker.rsplit(' ').next().unwrap_or(maker);
            maker.eq_ignore_ascii_case(name) || number.eq_ignore_ascii_case(name)
        };
        LAYOUTS.iter().find(|layout| layout.name == name || layout.makers.iter().any(is_number))
    }

    /// The makers' numbers, or what it is.
    #[must_use]
    pub fn description(&self) -> String {
        if self.makers.is_empty() { self.what.to_owned() } else { self.makers.join(", ") }
    }

    /// Labels of one page.
    #[must_use]
    pub fn per_page(&self) -> usize {
        self.columns * self.rows
    }

    /// Left and top edge of a label of a page, row by row.
    #[must_use]
    pub fn position(&self, place: usize) -> (f64, f64) {
        let (column, row) = (place % self.columns, place / self.columns);
        // A page has few columns and rows.
        #[allow(clippy::cast_precision_loss)]
        let (column, row) = (column as f64, row as f64);
        (self.origin.0 + column * self.pitch.0, self.origin.1 + row * self.pitch.1)
    }
}

#[cfg(test)]
mod tests {
    use super::{SheetLayout, Stock};

    #[test]
    fn every_label_is_on_its_page_and_overlaps_no_other() {
        for layout in SheetLayout::all() {
            let (x, y) = layout.position(layout.per_page() - 1);
            assert!(x + layout.label.0 <= layout.page.0 + 0.01, "{}", layout.name);
            assert!(y + layout.label.1 <= layout.page.1 + 0.01, "{}", layout.name);
            assert!(layout.pitch.0 >= layout.label.0 && layout.pitch.1 >= layout.label.1, "{}", layout.name);
            assert_eq!(SheetLayout::by_name(layout.name), Some(layout));
        }
    }

    #[test]
    fn labels_stand_in_the_middle_of_their_sheet() {
        for layout in SheetLayout::all().iter().filter(|layout| layout.stock == Stock::Sheet) {
            let (x, y) = layout.position(layout.per_page() - 1);
            let right = layout.page.0 - x - layout.label.0;
            let bottom = layout.page.1 - y - layout.label.1;
            assert!((right - layout.origin.0).abs() < 0.01, "{}: {right}", layout.name);
            assert!((bottom - layout.origin.1).abs() < 0.01, "{}: {bottom}", layout.name);
        }
    }

    #[test]
    fn a_makers_number_names_one_layout() {
        for layout in SheetLayout::all() {
            for maker in layout.makers {
                let (_, number) = maker.rsplit_once(' ').expect("a maker's name stands before the number");
                assert_eq!(SheetLayout::by_name(maker), Some(layout));
                assert_eq!(SheetLayout::by_name(&number.to_lowercase()), Some(layout));
            }
        }
        assert_eq!(SheetLayout::by_name("L7160").map(SheetLayout::per_page), Some(21));
        assert_eq!(SheetLayout::by_name("Avery"), None);
    }
}
