//! A camera's frames: in whatever light, at whatever angle, and once more in a moment.

use rxing::common::HybridBinarizer;
use rxing::{Binarizer, Luma8LuminanceSource};

use crate::regions;
use crate::symbols::{self, Effort};
use crate::{Found, Grey, MOST_PIXELS, ScanError};

/// Symbols of a frame at most.
const MOST_SYMBOLS: usize = 8;
/// Regions that are looked at before the frame as a whole.
const MOST_REGIONS: usize = 16;

/// Reads the symbols of a frame, given as shades of grey line by line: those that stand apart first, then what else
/// there is. One that can't be read hides no other. It is quick rather than thorough, since the next frame comes at once.
///
/// # Errors
/// [`ScanError::Frame`]. A frame without symbols gives none.
pub fn read_frame(width: usize, height: usize, pixels: Vec<u8>) -> Result<Vec<Found>, ScanError> {
    let wrong = ScanError::Frame { width, height, count: pixels.len() };
    if width.checked_mul(height) != Some(pixels.len()) || pixels.len() as u64 > MOST_PIXELS {
        return Err(wrong);
    }
    let mut grey = Grey { width, height, pixels };
    let Some(black) = black_and_white(&grey) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for region in regions::find(&black).into_iter().take(MOST_REGIONS) {
        if let Some(one) = symbols::read_apart(&grey, region) {
            grey.blank(region);
            found.push(one);
        }
    }
    while found.len() < MOST_SYMBOLS
        && let Some((one, around)) = symbols::read_anywhere(&grey, Effort::Quick, None)
    {
        grey.blank(around);
        found.push(one);
    }
    Ok(found)
}

/// What is dark in its surroundings is black: a shadow isn't.
fn black_and_white(grey: &Grey) -> Option<Grey> {
    let Grey { width, height, .. } = *grey;
    let (columns, rows) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    let source = Luma8LuminanceSource::new(grey.pixels.clone(), columns, rows).ok()?;
    let binarizer = HybridBinarizer::new(source);
    let matrix = binarizer.get_black_matrix().ok()?;
    let lines = (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y)));
    let pixels = lines.map(|(x, y)| if matrix.get(x, y) { 0 } else { u8::MAX }).collect();
    Some(Grey { width, height, pixels })
}
