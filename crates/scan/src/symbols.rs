//! Reading what a region shows.

use std::collections::HashSet;

use rxing::common::HybridBinarizer;
use rxing::{
    BarcodeFormat, BinaryBitmap, DecodeHints, Luma8LuminanceSource, MultiFormatReader, RXingResult,
    RXingResultMetadataType, RXingResultMetadataValue, Reader,
};

use crate::regions::Region;
use crate::{Found, Grey, SymbolFormat};

const FORMATS: [BarcodeFormat; 4] =
    [BarcodeFormat::QR_CODE, BarcodeFormat::DATA_MATRIX, BarcodeFormat::AZTEC, BarcodeFormat::PDF_417];

/// Light pixels put around a region: its quiet zone.
const BORDER: usize = 24;

/// Reads a symbol of a frame that fills a region.
pub(crate) fn read_apart(grey: &Grey, region: Region) -> Option<Found> {
    let apart = crop(grey, region);
    read_one(&apart, Effort::Pure, None).or_else(|| read_one(&apart, Effort::Quick, None))
}

/// Reads some symbol, and says about where it is.
pub(crate) fn read_anywhere(grey: &Grey, effort: Effort, page: Option<usize>) -> Option<(Found, Region)> {
    let result = decode(grey, effort)?;
    let (x, y): (Vec<f32>, Vec<f32>) = result.getPoints().iter().map(|point| (point.x, point.y)).unzip();
    // The points are within it, by up to a quarter of it; of what is looked through thoroughly, less is left to be read twice.
    let beyond = if effort == Effort::Quick { 3.0 } else { 6.0 };
    let ((left, right), (top, bottom)) = (around(&x, grey.width, beyond)?, around(&y, grey.height, beyond)?);
    Some((found(&result, page)?, Region { left, top, right, bottom }))
}

/// From where to where a symbol reaches whose points have these coordinates: so great a part of their distance beyond them.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // floats saturate
fn around(coordinates: &[f32], end: usize, beyond: f32) -> Option<(usize, usize)> {
    let least = coordinates.iter().copied().reduce(f32::min)?;
    let most = coordinates.iter().copied().reduce(f32::max)?;
    let margin = (most - least) / beyond + 8.0;
    let to = ((most + margin) as usize).min(end);
    Some((((least - margin) as usize).min(to), to))
}

/// A region, with a quiet zone around it.
pub(crate) fn crop(grey: &Grey, region: Region) -> Grey {
    let (inner_width, inner_height) = (region.right - region.left, region.bottom - region.top);
    let (width, height) = (inner_width + 2 * BORDER, inner_height + 2 * BORDER);
    let mut pixels = vec![0xff; width * height];
    for y in 0..inner_height {
        let from = (region.top + y) * grey.width + region.left;
        let to = (y + BORDER) * width + BORDER;
        pixels[to..to + inner_width].copy_from_slice(&grey.pixels[from..from + inner_width]);
    }
    Grey { width, height, pixels }
}

/// How a symbol is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// It is all that there is, straight and clean.
    Pure,
    /// However it lies.
    Quick,
    /// However it lies, for as long as it takes.
    #[cfg_attr(not(feature = "files"), allow(dead_code))]
    Hard,
}

pub(crate) fn read_one(grey: &Grey, effort: Effort, page: Option<usize>) -> Option<Found> {
    found(&decode(grey, effort)?, page)
}

fn decode(grey: &Grey, effort: Effort) -> Option<RXingResult> {
    let (width, height) = (u32::try_from(grey.width).ok()?, u32::try_from(grey.height).ok()?);
    let source = Luma8LuminanceSource::new(grey.pixels.clone(), width, height).ok()?;
    let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
    let hints = DecodeHints {
        PossibleFormats: Some(HashSet::from(FORMATS)),
        PureBarcode: (effort == Effort::Pure).then_some(true),
        TryHarder: Some(effort == Effort::Hard),
        ..DecodeHints::default()
    };
    MultiFormatReader::default().decode_with_hints(&mut bitmap, &hints).ok()
}

fn found(result: &RXingResult, page: Option<usize>) -> Option<Found> {
    let format = match result.getBarcodeFormat() {
        BarcodeFormat::QR_CODE => SymbolFormat::Qr,
        BarcodeFormat::DATA_MATRIX => SymbolFormat::DataMatrix,
        BarcodeFormat::AZTEC => SymbolFormat::Aztec,
        BarcodeFormat::PDF_417 => SymbolFormat::Pdf417,
        _ => return None,
    };
    Some(Found { page, format, content: content_of(result, format) })
}

/// The reader gives text and guesses its character set. Those of PDF417, Aztec and Data Matrix are read as ISO 8859-1, unless they
/// name another set themselves, so that a character is a byte. What a Data Matrix has as bytes and not as text is taken as it was encoded,
/// if that is all there is.
fn content_of(result: &RXingResult, format: SymbolFormat) -> Vec<u8> {
    let segments = result.getRXingResultMetadata().get(&RXingResultMetadataType::BYTE_SEGMENTS);
    let text = result.getText();
    if format == SymbolFormat::Qr {
        return text.as_bytes().to_vec();
    }
    if let (SymbolFormat::DataMatrix, Some(RXingResultMetadataValue::ByteSegments(segments))) =
        (format, segments)
    {
        let bytes = segments.concat();
        if !bytes.is_empty() && bytes.len() >= text.chars().count() {
            return bytes;
        }
    }
    let bytes: Result<Vec<u8>, _> = text.chars().map(u8::try_from).collect();
    bytes.unwrap_or_else(|_| text.as_bytes().to_vec())
}
