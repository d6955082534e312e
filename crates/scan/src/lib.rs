//! Reads barcode symbols back: from a camera's frames; and, with the feature `files`, from pictures, and from PDFs by
//! drawing their pages first. Without that feature it builds for `wasm32-unknown-unknown` too.

#[cfg(feature = "files")]
mod developing;
mod frame;
#[cfg(feature = "files")]
mod pdf;
#[cfg(feature = "files")]
mod picture;
mod regions;
mod symbols;
#[cfg(feature = "files")]
mod turning;
#[cfg(feature = "files")]
mod whole;

use thiserror::Error;

pub use frame::read_frame;
#[cfg(feature = "files")]
pub use pdf::read_pdf;
#[cfg(feature = "files")]
pub use picture::read_picture;

/// Which sort of symbol was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SymbolFormat {
    /// QR code.
    Qr,
    /// Data Matrix.
    DataMatrix,
    /// Aztec code.
    Aztec,
    /// PDF417.
    Pdf417,
}

/// A symbol that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Page of the PDF, from 1; `None` in a picture.
    pub page: Option<usize>,
    /// What it is.
    pub format: SymbolFormat,
    /// Its bytes, or its text in UTF-8.
    pub content: Vec<u8>,
}

/// Why nothing could be looked at.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ScanError {
    /// Not a frame.
    #[error("a frame of {width} by {height} pixels doesn't have {count} of them")]
    Frame {
        /// Pixels in a line.
        width: usize,
        /// Lines.
        height: usize,
        /// Pixels that it has.
        count: usize,
    },
    /// Not a picture.
    #[error("it is no PNG or JPEG picture that can be read ({0})")]
    Picture(String),
    /// Not a PDF.
    #[error("it is no PDF that can be read")]
    Pdf,
    /// A page that no paper has.
    #[error("page {0} is too large to be drawn")]
    PageTooLarge(usize),
}

/// Pixels of a picture or page at most.
const MOST_PIXELS: u64 = 100_000_000;

/// A picture in shades of grey.
#[derive(Clone)]
pub(crate) struct Grey {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pixels: Vec<u8>,
}

impl Grey {
    /// Makes a part of it as light as paper.
    pub(crate) fn blank(&mut self, part: regions::Region) {
        for line in self.pixels.chunks_exact_mut(self.width.max(1)).take(part.bottom).skip(part.top) {
            line[part.left..part.right].fill(u8::MAX);
        }
    }
}
