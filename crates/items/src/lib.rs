//! Reads a customer's items, CSV, JSON lines or a JSON document, and an operator's
//! templates, and reports every fault in them at once.
//!
//! Nothing is guessed: what isn't clearly an item is a fault with its row, column, value and what was expected.

mod columns;
mod csv_file;
mod document;
mod fault;
mod json_file;
mod label_table;
mod rows;
mod table;
mod template;

use std::borrow::Cow;
use std::path::Path;

use indicia::{Denomination, Item};

pub use document::{DocumentError, read_document, read_lenient_document};
pub use fault::{Fault, Faults, Problem};
pub use table::{CsvRows, csv_rows};
pub use template::{TemplateDocument, read_template, shipped_faces, shipped_template};

/// Most items of one file.
pub const MAX_ITEMS: usize = 1_000_000;
/// Most bytes of one file.
pub const MAX_BYTES: usize = 512 * 1024 * 1024;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180 with a header row.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

impl Format {
    /// The format that a file's name ends on: `.csv`, `.jsonl` or `.ndjson`.
    #[must_use]
    pub fn from_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            _ => None,
        }
    }
}

/// Reads all items of a file for an account of this denomination.
///
/// # Errors
/// [`Faults`]: all that is wrong with the file, not only the first thing.
pub fn read_items(bytes: &[u8], format: Format, denomination: Denomination) -> Result<Vec<Item>, Faults> {
    let bytes = check_file(bytes)?;
    // What isn't UTF-8 is a fault, and the rest of the file is read for faults all the same.
    let text = String::from_utf8_lossy(bytes);
    let mut rows = rows::Rows::new(denomination);
    if matches!(text, Cow::Owned(_)) {
        bytes.split(|byte| *byte == b'\n').zip(1..).for_each(|(line, number)| rows.check_utf8(line, number));
    }
    match format {
        Format::Csv => csv_file::read(&text, &mut rows),
        Format::Jsonl => json_file::read(&text, &mut rows),
    }
    rows.finish()
}

/// The file without its byte order mark, if it can be text at all.
fn check_file(bytes: &[u8]) -> Result<&[u8], Fault> {
    if bytes.len() > MAX_BYTES {
        return Err(Fault::file(Problem::TooManyBytes { bytes: bytes.len(), most: MAX_BYTES }));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Fault::file(Problem::Utf16));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Fault::file(Problem::EmptyFile));
    }
    Ok(bytes)
}
