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

// Sizes are those that the makers print on their packs; the edges of 5161 to 5164 (5/32 in, and 1/2 or 5/6 in) are also in
// CPAN's Paper::Specs. A sheet's labels stand in the middle of it, so that size and gap give the edges. An envelope's stamp stands within the 74 by
// 40 mm of the upper right corner that are the stamp's, 5 mm from the edges, which printers can't reach.
static LAYOUTS: [SheetLayout; 17] = [
    SheetLayout {
        name: "a4-24",
        stock: Stock::Sheet,
        makers: &["Avery 3474", "Herma 4464"],
        what: "",
        dots_per_mm: OFFICE,
        page: A4,
        label: (70.0, 37.0),
        origin: (0.0, 0.5),
        pitch: (70.0, 37.0),
        columns: 3,
        rows: 8,
    },
    SheetLayout {
        name: "a4-21",
        stock: Stock::Sheet,
        makers: &["Avery L7160"],
        what: "",
        dots_per_mm: OFFICE,
        page: A4,
        label: (63.5, 38.1),
        origin: (7.25, 15.15),
        pitch: (66.0, 38.1),
        columns: 3,
        rows: 7,
    },
    SheetLayout {
        name: "a4-14",
        stock: Stock::Sheet,
        makers: &["Avery L7163"],
        what: "",
        dots_per_mm: OFFICE,
        page: A4,
        label: (99.1, 38.1),
        origin: (4.65, 15.15),
        pitch: (101.6, 38.1),
        columns: 2,
        rows: 7,
    },
    SheetLayout {
        name: "a4-10",
        stock: Stock::Sheet,
        makers: &["Avery L7173"],
        what: "",
        dots_per_mm: OFFICE,
        page: A4,
        label: (99.1, 57.0),
        origin: (4.65, 6.0),
        pitch: (101.6, 57.0),
        columns: 2,
        rows: 5,
    },
    SheetLayout {
        name: "letter-30",
        stock: Stock::Sheet,
        makers: &["Avery 5160"],
        what: "",
        dots_per_mm: OFFICE,
        page: LETTER,
        label: (66.675, 25.4),
        origin: (4.7625, 12.7),
        pitch: (69.85, 25.4),
        columns: 3,
        rows: 10,
    },
    SheetLayout {
        name: "letter-20",
        stock: Stock::Sheet,
        makers: &["Avery 5161"],
        what: "",
        dots_per_mm: OFFICE,
        page: LETTER,
        label: (101.6, 25.4),
        origin: (3.96875, 12.7),
        pitch: (106.3625, 25.4),
        columns: 2,
        rows: 10,
    },
    SheetLayout {
        name: "letter-14",
        stock: Stock::Sheet,
        makers: &["Avery 5162"],
        what: "",
        dots_per_mm: OFFICE,
        page: LETTER,
        label: (101.6, 33.8667),
        origin: (3.96875, 21.1667),
        pitch: (106.3625, 33.8667),
        columns: 2,
        rows: 7,
    },
    SheetLayout {
        name: "letter-10",
        stock: Stock::Sheet,
        makers: &["Avery 5163"],
        what: "",
        dots_per_mm: OFFICE,
        page: LETTER,
        label: (101.6, 50.8),
        origin: (3.96875, 12.7),
        pitch: (106.3625, 50.8),
        columns: 2,
        rows: 5,
    },
    SheetLayout {
        name: "letter-6",
        stock: Stock::Sheet,
        makers: &["Avery 5164"],
        what: "",
        dots_per_mm: OFFICE,
        page: LETTER,
        label: (101.6, 84.6667),
        origin: (3.96875, 12.7),
        pitch: (106.3625, 84.6667),
        columns: 2,
        rows: 3,
    },
    SheetLayout {
        name: "label-4x6",
        stock: Stock::Label,
        makers: &[],
        what: "thermal labels of 4 by 6 inches",
        dots_per_mm: THERMAL,
        page: (101.6, 152.4),
        label: (101.6, 152.4),
        origin: (0.0, 0.0),
        pitch: (101.6, 152.4),
        columns: 1,
        rows: 1,
    },
    SheetLayout {
        name: "envelope-10",
        stock: Stock::Envelope,
        makers: &[],
        what: "commercial envelope no. 10, 4 1/8 by 9 1/2 inches",
        dots_per_mm: OFFICE,
        page: (241.3, 104.775),
        label: (69.0, 35.0),
        origin: (167.3, 5.0),
        pitch: (69.0, 35.0),
        columns: 1,
        rows: 1,
    },
    SheetLayout {
        name: "envelope-dl",
        stock: Stock::Envelope,
        makers: &[],
        what: "envelope DL, 220 by 110 mm (ISO 269)",
        dots_per_mm: OFFICE,
        page: (220.0, 110.0),
        label: (69.0, 35.0),
        origin: (146.0, 5.0),
        pitch: (69.0, 35.0),
        columns: 1,
        rows: 1,
    },
    SheetLayout {
        name: "envelope-c5",
        stock: Stock::Envelope,
        makers: &[],
        what: "envelope C5, 229 by 162 mm (ISO 269)",
        dots_per_mm: OFFICE,
        page: (229.0, 162.0),
        label: (69.0, 35.0),
        origin: (155.0, 5.0),
        pitch: (69.0, 35.0),
        columns: 1,
        rows: 1,
    },
    SheetLayout {
        name: "ticket-5.5x2",
        stock: Stock::Ticket,
        makers: &[],
        what: "ticket stock of 5 1/2 by 2 inches",
        dots_per_mm: THERMAL,
        page: (139.7, 50.8),
        label: (139.7, 50.8),
        origin: (0.0, 0.0),
        pitch: (139.7, 50.8),
        columns: 1,
        rows: 1,
    },
    SheetLayout {
        name: "receipt-58",
        stock: Stock::Receipt,
        makers: &[],
        what: "receipt roll of 58 mm, 48 mm of it printed",
        dots_per_mm: THERMAL,
        page: (58.0, 90.0),
        label: (48.0, 90.0),
        origin: (5.0, 0.0),
        pitch: (48.0, 90.0),
        columns: 1,
        rows: 1,
    },
    SheetLayout {
        name: "receipt-80",
        stock: Stock::Receipt,
        makers: &[],
        what: "receipt roll of 80 mm, 72 mm of it printed",
        dots_per_mm: THERMAL,
        page: (80.0, 110.0),
        label: (72.0, 110.0),
        origin: (4.0, 0.0),
        pitch: (72.0, 110.0),
        columns: 1,
        rows: 1,
    },
    SheetLayout {
        name: "card",
        stock: Stock::Card,
        makers: &[],
        what: "card of 85.6 by 53.98 mm (ISO/IEC 7810, ID-1)",
        dots_per_mm: OFFICE,
        page: (85.6, 53.98),
        label: (85.6, 53.98),
        origin: (0.0, 0.0),
        pitch: (85.6, 53.98),
        columns: 1,
        rows: 1,
    },
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

    /// Whether it may be taken when none is named: labels are then wanted, not envelopes or receipts.
    #[must_use]
    pub fn is_for_labels(&self) -> bool {
        matches!(self.stock, Stock::Sheet | Stock::Label)
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
