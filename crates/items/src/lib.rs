//! Reads a customer's file of items, CSV or JSON lines, and reports every fault in it at once.
//!
//! Nothing is guessed: what isn't clearly an item is a fault with its row, column, value and what was expected.

mod columns;
mod csv_file;
mod fault;
mod json_file;
mod rows;

use std::path::Path;

use indicia::{Denomination, Item};

pub use fault::{Fault, Faults, Problem};

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
    let text = as_text(bytes)?;
    let mut rows = rows::Rows::new(denomination);
    match format {
        Format::Csv => csv_file::read(text, &mut rows),
        Format::Jsonl => json_file::read(text, &mut rows),
    }
    rows.finish()
}

/// UTF-8 without its byte order mark.
fn as_text(bytes: &[u8]) -> Result<&str, Fault> {
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
    std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let row = 1 + before.iter().filter(|byte| **byte == b'\n').count() as u64;
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let byte = before.len() - start + 1;
        Fault { row, column: None, value: None, problem: Problem::NotUtf8 { byte } }
    })
}
