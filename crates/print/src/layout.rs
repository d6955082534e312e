//! Sheets of labels by name, with the dimensions that their makers give.

/// A sheet of equal labels. All lengths are in millimetres, from the top left corner of the page.
#[derive(Debug, PartialEq)]
pub struct SheetLayout {
    /// Name on the command line.
    pub name: &'static str,
    /// The makers' numbers of such sheets.
    pub makers: &'static str,
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

const A4: (f64, f64) = (210.0, 297.0);
const LETTER: (f64, f64) = (215.9, 279.4);

static LAYOUTS: [SheetLayout; 6] = [
    SheetLayout {
        name: "a4-24",
        makers: "Avery 3474, Herma 4464",
        page: A4,
        label: (70.0, 37.0),
        origin: (0.0, 0.5),
        pitch: (70.0, 37.0),
        columns: 3,
        rows: 8,
    },
    SheetLayout {
        name: "a4-14",
        makers: "Avery L7163",
        page: A4,
        label: (99.1, 38.1),
        origin: (4.65, 15.15),
        pitch: (101.6, 38.1),
        columns: 2,
        rows: 7,
    },
    SheetLayout {
        name: "a4-10",
        makers: "Avery L7173",
        page: A4,
        label: (99.1, 57.0),
        origin: (4.65, 6.0),
        pitch: (101.6, 57.0),
        columns: 2,
        rows: 5,
    },
    SheetLayout {
        name: "letter-30",
        makers: "Avery 5160",
        page: LETTER,
        label: (66.675, 25.4),
        origin: (4.7625, 12.7),
        pitch: (69.85, 25.4),
        columns: 3,
        rows: 10,
    },
    SheetLayout {
        name: "letter-10",
        makers: "Avery 5163",
        page: LETTER,
        label: (101.6, 50.8),
        origin: (3.96875, 12.7),
        pitch: (106.3625, 50.8),
        columns: 2,
        rows: 5,
    },
    SheetLayout {
        name: "label-4x6",
        makers: "thermal labels of 4 by 6 inches",
        page: (101.6, 152.4),
        label: (101.6, 152.4),
        origin: (0.0, 0.0),
        pitch: (101.6, 152.4),
        columns: 1,
        rows: 1,
    },
];

impl SheetLayout {
    /// All layouts, the denser first.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &LAYOUTS
    }

    /// The layout with this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Self> {
        LAYOUTS.iter().find(|layout| layout.name == name)
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
    use super::SheetLayout;

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
}
