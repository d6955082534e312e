//! What is wrong with a file, in sentences for whoever wrote it.

use std::fmt;

use indicia::Template;
use serde::{Serialize, Serializer};
use thiserror::Error;

/// Faults that are kept; further ones are counted.
pub(crate) const MAX_FAULTS: usize = 1_000;
/// Characters of a faulty value that are shown.
const SHOWN: usize = 40;
/// Characters that are shown of what a parser says, which quotes what it read.
const SAID: usize = 300;

/// What is wrong with one place of a file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// Nothing in it.
    #[error("the file is empty")]
    EmptyFile,
    /// A header and nothing else.
    #[error("the file has a header but no item")]
    NoItems,
    /// Another encoding.
    #[error("the file is in UTF-16; save it as UTF-8")]
    Utf16,
    /// A byte that isn't text.
    #[error("byte {byte} of the line isn't UTF-8; save the file as UTF-8")]
    NotUtf8 {
        /// 1-based place in the line.
        byte: usize,
    },
    /// Too large.
    #[error("the file has {bytes} bytes, {most} are possible; split it")]
    TooManyBytes {
        /// Its size.
        bytes: usize,
        /// The most.
        most: usize,
    },
    /// Too many.
    #[error("the file has more than {most} items; split it")]
    TooManyItems {
        /// The most.
        most: usize,
    },
    /// A header twice.
    #[error("the column stands there twice")]
    DuplicateColumn,
    /// An unknown header.
    #[error("no such column; known are {known}{}", suggestion(nearest.as_deref()))]
    UnknownColumn {
        /// All names.
        known: String,
        /// The most similar one.
        nearest: Option<String>,
    },
    /// A header that must be there.
    #[error("the column is missing")]
    MissingColumn,
    /// Too few or too many fields.
    #[error("the row has {found} fields, the header has {expected}")]
    Ragged {
        /// Of the row.
        found: usize,
        /// Of the header.
        expected: usize,
    },
    /// A quote that isn't closed or stands within a field.
    #[error(
        "a quotation mark isn't closed, or stands inside an unquoted field; quote the whole field and double the mark"
    )]
    Quotes,
    /// Not JSON.
    #[error("it is no JSON object ({0})")]
    Json(String),
    /// A JSON document that can't be read, or says something of the whole that can't be.
    #[error("{0}")]
    Document(String),
    /// A JSON value of another type.
    #[error("a {expected} is expected")]
    JsonType {
        /// What is expected.
        expected: &'static str,
    },
    /// A value that must be there.
    #[error("a value is expected")]
    Missing,
    /// Not a kind.
    #[error("a kind is expected: postage, ticket, coupon, voucher, cheque or scrip")]
    Kind,
    /// Not a template.
    #[error("a template is expected: {0}")]
    Template(String),
    /// A template's document that doesn't say which version it is.
    #[error("the template is without a version; count its versions from 1, as version = 1")]
    NoVersion,
    /// Kind and template differ.
    #[error("the template is for {template}, the kind is {kind}")]
    TemplateKind {
        /// The template's.
        template: &'static str,
        /// The row's.
        kind: &'static str,
    },
    /// Sorts of items that can't be in one batch.
    #[error(
        "{first} and {other} can't be in one file, since only the certificates of one of them travel along; split it"
    )]
    MixedTemplates {
        /// The first item's template.
        first: &'static str,
        /// This item's.
        other: &'static str,
    },
    /// Not an amount.
    #[error("{0}")]
    Amount(String),
    /// Not a currency.
    #[error("an ISO 4217 currency code is expected, as {0}")]
    UnknownCurrency(String),
    /// Not the account's.
    #[error("the account is in {0}")]
    OtherCurrency(String),
    /// Not a date.
    #[error("a date is expected, as 2026-12-31 or 2026-12-31T18:00:00Z")]
    Date,
    /// Not a weight.
    #[error("a weight in whole grams is expected, 1 to 1000000")]
    Weight,
    /// Not a day.
    #[error("a day is expected, as 2026-12-31")]
    Day,
    /// Not a device's key.
    #[error("an Ed25519 public key is expected, as 64 hexadecimal digits or in base64url")]
    Key,
    /// Not a barcode of a trade's own.
    #[error("{0}")]
    Barcode(String),
    /// Not a number of uses.
    #[error("a number of uses is expected, as 3")]
    Uses,
    /// Neither yes nor no.
    #[error("yes or no is expected")]
    Flag,
    /// Invisible characters that change how text reads.
    #[error("the text has an invisible character (U+{0:04X}) that changes how it reads")]
    Invisible(u32),
    /// A rule of items.
    #[error("{0}")]
    Item(String),
    /// A reference twice.
    #[error("the reference was used in row {first} already")]
    DuplicateReference {
        /// Where it was first.
        first: u64,
    },
    /// Together too much.
    #[error("all items together come to more than an account can hold")]
    TotalTooLarge,
}

impl Problem {
    pub(crate) fn no_template() -> Self {
        let names: Vec<_> = Template::all().iter().map(|template| template.name).collect();
        Self::Template(names.join(", "))
    }
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean {name}?")).unwrap_or_default()
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The line on which the item starts, from 1, as an editor counts, or its place in a JSON document; 0 for the file as
    /// a whole.
    pub row: u64,
    /// Name of the column.
    pub column: Option<String>,
    /// What stands there, shortened.
    pub value: Option<String>,
    /// What is wrong with it.
    pub problem: Problem,
}

impl Fault {
    pub(crate) fn file(problem: Problem) -> Self {
        Self { row: 0, column: None, value: None, problem }
    }

    pub(crate) fn row(row: u64, problem: Problem) -> Self {
        Self { row, column: None, value: None, problem }
    }

    pub(crate) fn column(row: u64, column: &str, problem: Problem) -> Self {
        Self { row, column: Some(column.to_owned()), value: None, problem }
    }

    pub(crate) fn at(row: u64, column: &str, value: &str, problem: Problem) -> Self {
        Self { row, column: Some(shown(column)), value: Some(shown(value)), problem }
    }
}

/// A value as it can be shown on a line.
pub(crate) fn shown(value: &str) -> String {
    on_a_line(value, SHOWN)
}

/// What a parser says, as it can be shown on a line.
pub(crate) fn said(text: &str) -> String {
    on_a_line(text, SAID)
}

/// Short, and with nothing that moves the cursor.
fn on_a_line(value: &str, most: usize) -> String {
    let escape = |character: char| -> String {
        let is_plain = !character.is_control() && !is_invisible(character);
        if is_plain { character.to_string() } else { character.escape_unicode().to_string() }
    };
    let mut text: String = value.chars().take(most).map(escape).collect();
    if value.chars().nth(most).is_some() {
        text.push('…');
    }
    text
}

/// Characters that show nothing and reorder or hide what is around them.
pub(crate) fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.row > 0 {
            write!(f, "row {}", self.row)?;
        } else {
            write!(f, "file")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column {column}")?;
        }
        if let Some(value) = &self.value {
            write!(f, ", value {value:?}")?;
        }
        write!(f, ": {}", self.problem)
    }
}

/// Everything that is wrong with a file. Nothing was taken from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Faults {
    /// The first ones, in the order of the file.
    pub faults: Vec<Fault>,
    /// How many more there are.
    pub more: usize,
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self { faults: vec![fault], more: 0 }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, fault) in self.faults.iter().enumerate() {
            if place > 0 {
                writeln!(f)?;
            }
            write!(f, "{fault}")?;
        }
        if self.more > 0 {
            write!(f, "\nand {} more faults", self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
