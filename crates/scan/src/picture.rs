//! PNG and JPEG pictures.

use crate::{Found, Grey, MOST_PIXELS, ScanError, whole};

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
    Ok(whole::read_bad(&Grey { width, height, pixels: grey.into_raw() }))
}
