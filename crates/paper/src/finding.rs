//! Indicia in whatever they come in: text, bytes, a picture, a PDF.

use indicia::text;
use scan::{Found, ScanError, SymbolFormat};

/// The bytes of what may be an indicium, or why it is none; and the page it is on.
pub type Candidate = (Option<usize>, Result<Vec<u8>, String>);

/// Everything in some bytes that may be an indicium: lines of text, a picture's or a PDF's symbols, or the bytes
/// themselves. `page` hears which page of how many is looked at.
///
/// # Errors
/// [`ScanError`] for a picture or PDF that can't be read.
pub fn find(bytes: Vec<u8>, page: impl FnMut(usize, usize)) -> Result<Vec<Candidate>, ScanError> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    if bytes.starts_with(b"%PDF-") {
        return Ok(scan::read_pdf(&bytes, page)?.into_iter().map(candidate).collect());
    }
    if bytes.starts_with(b"\x89PNG") || bytes.starts_with(b"\xff\xd8") {
        return Ok(scan::read_picture(&bytes)?.into_iter().map(candidate).collect());
    }
    match std::str::from_utf8(&bytes) {
        Ok(lines) if lines.trim_start().starts_with(text::PREFIX) => {
            let lines = lines.lines().map(str::trim_end).filter(|line| !line.is_empty());
            Ok(lines.map(|line| (None, from_text(line))).collect())
        }
        _ => Ok(vec![(None, Ok(bytes))]),
    }
}

fn from_text(line: &str) -> Result<Vec<u8>, String> {
    text::from_text(line).map_err(|error| error.to_string())
}

fn candidate(found: Found) -> Candidate {
    let bytes = match found.format {
        SymbolFormat::Qr | SymbolFormat::Aztec => match std::str::from_utf8(&found.content) {
            Ok(line) => from_text(line),
            Err(_) => Err("the symbol's text isn't an indicium's".to_owned()),
        },
        SymbolFormat::DataMatrix | SymbolFormat::Pdf417 => Ok(found.content),
    };
    (found.page, bytes)
}
