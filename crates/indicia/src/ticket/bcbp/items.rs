//! Conditional items: as many as are there, in the format's order.

use super::{BcbpError, printable};

/// An item's name and width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// What it is called.
    pub name: &'static str,
    /// How many characters it has.
    pub width: usize,
}

const fn item(name: &'static str, width: usize) -> Item {
    Item { name, width }
}

/// Items that a pass has once.
pub const UNIQUE_ITEMS: [Item; 9] = [
    item("passenger description", 1),
    item("source of check-in", 1),
    item("source of issuance", 1),
    item("date of issue", 4),
    item("document type", 1),
    item("issuer", 3),
    item("baggage tags", 13),
    item("second baggage tags", 13),
    item("third baggage tags", 13),
];

/// Items that each flight has.
pub const LEG_ITEMS: [Item; 10] = [
    item("airline's number", 3),
    item("document number", 10),
    item("selectee", 1),
    item("international documents", 1),
    item("marketing carrier", 3),
    item("frequent flyer's airline", 3),
    item("frequent flyer's number", 16),
    item("ID/AD", 1),
    item("free baggage", 3),
    item("fast track", 1),
];

/// The first few items of a table, each without the spaces that fill it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Items {
    table: &'static [Item],
    values: Vec<String>,
}

impl Items {
    /// Items that are said once: the first of [`UNIQUE_ITEMS`].
    ///
    /// # Errors
    /// [`BcbpError::Field`].
    pub fn unique(values: &[&str]) -> Result<Self, BcbpError> {
        Self::new(&UNIQUE_ITEMS, values)
    }

    /// Items of a flight: the first of [`LEG_ITEMS`].
    ///
    /// # Errors
    /// [`BcbpError::Field`].
    pub fn leg(values: &[&str]) -> Result<Self, BcbpError> {
        Self::new(&LEG_ITEMS, values)
    }

    fn new(table: &'static [Item], values: &[&str]) -> Result<Self, BcbpError> {
        if values.len() > table.len() {
            return Err(BcbpError::Field("number of conditional items"));
        }
        for (item, value) in table.iter().zip(values) {
            printable(value, item.name)?;
            if value.len() > item.width || value.ends_with(' ') {
                return Err(BcbpError::Field(item.name));
            }
        }
        Ok(Self { table, values: values.iter().map(|&value| value.to_owned()).collect() })
    }

    /// Those that are there, with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.table.iter().map(|item| item.name).zip(self.values.iter().map(String::as_str))
    }

    /// Reads a part of a pass, which must end where an item does.
    pub(super) fn read(table: &'static [Item], mut part: &str) -> Result<Self, BcbpError> {
        let mut values = Vec::new();
        for item in table {
            if part.is_empty() {
                break;
            }
            let (value, rest) = part.split_at_checked(item.width).ok_or(BcbpError::Cut(item.name))?;
            values.push(value.trim_end_matches(' ').to_owned());
            part = rest;
        }
        if part.is_empty() { Ok(Self { table, values }) } else { Err(BcbpError::Trailing(part.len())) }
    }

    pub(super) fn to_text(&self) -> String {
        let filled = self.table.iter().zip(&self.values);
        filled.map(|(item, value)| format!("{value:width$}", width = item.width)).collect()
    }
}
