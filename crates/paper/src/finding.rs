//! Indicia in whatever they come in: text, bytes, a picture, a PDF.

use indicia::{Barcode, Indicium, text};
use scan::{Found, ScanError, SymbolFormat};

/// The bytes of what may be an indicium, or why it is none; and the page it is on.
pub type Candidate = (Option<usize>, Result<Vec<u8>, String>);

/// Something that was read: a symbol of a picture or page, or all of what was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its page, from 1.
    pub page: Option<usize>,
    /// What sort of symbol it is in.
    pub symbol: Option<SymbolFormat>,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// A picture's or a PDF's symbols, or else the bytes themselves. `page` hears which page of how many is looked at.
///
/// # Errors
/// [`ScanError`] for a picture or PDF that can't be read.
pub fn look(bytes: Vec<u8>, page: impl FnMut(usize, usize)) -> Result<Vec<Seen>, ScanError> {
    let found = if bytes.starts_with(b"%PDF-") {
        scan::read_pdf(&bytes, page)?
    } else if bytes.starts_with(b"\x89PNG") || bytes.starts_with(b"\xff\xd8") {
        scan::read_picture(&bytes)?
    } else if bytes.is_empty() {
        Vec::new()
    } else {
        return Ok(vec![Seen { page: None, symbol: None, content: bytes }]);
    };
    let seen = |Found { page, format, content }| Seen { page, symbol: Some(format), content };
    Ok(found.into_iter().map(seen).collect())
}

/// Everything in some bytes that may be an indicium: lines of text, a picture's or a PDF's symbols, or the bytes
/// themselves.
///
/// # Errors
/// [`ScanError`] for a picture or PDF that can't be read.
pub fn find(bytes: Vec<u8>, page: impl FnMut(usize, usize)) -> Result<Vec<Candidate>, ScanError> {
    Ok(candidates(look(bytes, page)?))
}

/// What of that which was seen may be an indicium. What an indicium of the same page says to stand beside it is none, and nobody else's either.
#[must_use]
pub fn candidates(seen: Vec<Seen>) -> Vec<Candidate> {
    let with_symbol = |one: Seen| (one.symbol.map(|_| one.content.clone()), candidates_in(one));
    let found: Vec<_> = seen.into_iter().map(with_symbol).collect();
    let in_symbols = found.iter().filter(|(symbol, _)| symbol.is_some());
    let beside: Vec<_> = in_symbols.flat_map(|(_, candidates)| candidates).filter_map(barcode).collect();
    let is_beside = |page: Option<usize>, content: &[u8]| {
        beside.iter().any(|(other, barcode)| *other == page && barcode.is_in(content))
    };
    let others = found.into_iter().filter(|(symbol, candidates)| {
        let page = candidates.first().and_then(|(page, _)| *page);
        symbol.as_ref().is_none_or(|content| !is_beside(page, content))
    });
    others.flat_map(|(_, candidates)| candidates).collect()
}

/// What a candidate says to stand beside it, and the page it is on.
fn barcode((page, bytes): &Candidate) -> Option<(Option<usize>, Barcode)> {
    let indicium = Indicium::decode(bytes.as_ref().ok()?).ok()?;
    Some((*page, indicium.claims().details.barcode.clone()?))
}

fn candidates_in(Seen { page, symbol, content }: Seen) -> Vec<Candidate> {
    let text = std::str::from_utf8(&content);
    match (symbol, text) {
        (Some(SymbolFormat::Qr | SymbolFormat::Aztec), Ok(line)) => vec![(page, from_text(line))],
        (Some(SymbolFormat::Qr | SymbolFormat::Aztec), Err(_)) => {
            vec![(page, Err("the symbol's text isn't an indicium's".to_owned()))]
        }
        (None, Ok(lines)) if lines.trim_start().starts_with(text::PREFIX) => {
            let lines = lines.lines().map(str::trim_end).filter(|line| !line.is_empty());
            lines.map(|line| (None, from_text(line))).collect()
        }
        _ => vec![(page, Ok(content))],
    }
}

fn from_text(line: &str) -> Result<Vec<u8>, String> {
    text::from_text(line).map_err(|error| error.to_string())
}
