//! Reads barcode symbols back: from pictures, and from PDFs by drawing their pages first.

mod pdf;
mod regions;
mod symbols;

use thiserror::Error;

pub use pdf::read_pdf;

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
pub(crate) struct Grey {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pixels: Vec<u8>,
}

/// Reads every symbol of a PNG or JPEG picture, from top to bottom.
///
/// # Errors
/// [`ScanError::Picture`]. A picture without symbols gives none.
pub fn read_picture(bytes: &[u8]) -> Result<Vec<Found>, ScanError> {
    let wrong = |error: image::ImageError| ScanError::Picture(error.to_string());
    let cursor = std::io::Cursor::new(bytes);
    let reader =
        image::ImageReader::new(cursor).with_guessed_format().map_err(|error| wrong(error.into()))?;
    let (width, height) = reader.into_dimensions().map_err(wrong)?;
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(ScanError::Picture("it has too many pixels".into()));
    }
    let grey = image::load_from_memory(bytes).map_err(wrong)?.into_luma8();
    let (width, height) = (width as usize, height as usize);
    Ok(symbols::read_all(&Grey { width, height, pixels: grey.into_raw() }, None))
}
