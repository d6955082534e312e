//! Reading what a region shows.

use std::collections::HashSet;
use std::thread;

use rxing::common::HybridBinarizer;
use rxing::{
    BarcodeFormat, BinaryBitmap, DecodeHints, Luma8LuminanceSource, MultiFormatReader, RXingResult,
    RXingResultMetadataType, RXingResultMetadataValue, Reader,
};

use crate::regions::{self, Region};
use crate::{Found, Grey, SymbolFormat};

const FORMATS: [BarcodeFormat; 4] =
    [BarcodeFormat::QR_CODE, BarcodeFormat::DATA_MATRIX, BarcodeFormat::AZTEC, BarcodeFormat::PDF_417];

/// Light pixels put around a region: its quiet zone.
const BORDER: usize = 24;

/// Reads all symbols of a picture; if no region reads, the picture as a whole.
pub(crate) fn read_all(grey: &Grey, page: Option<usize>) -> Vec<Found> {
    let regions = regions::find(grey);
    let workers = thread::available_parallelism().map_or(1, usize::from).min(regions.len().max(1));
    let share = regions.len().div_ceil(workers).max(1);
    let mut found: Vec<Found> = thread::scope(|scope| {
        let threads: Vec<_> = regions
            .chunks(share)
            .map(|regions| scope.spawn(move || read_regions(grey, regions, page)))
            .collect();
        // A reader that panics on a strange region has read nothing of its share.
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    if found.is_empty() {
        found.extend(read_one(grey.pixels.clone(), grey.width, grey.height, false, page));
    }
    found
}

fn read_regions(grey: &Grey, regions: &[Region], page: Option<usize>) -> Vec<Found> {
    regions
        .iter()
        .filter_map(|region| {
            let (pixels, width, height) = crop(grey, *region);
            // Straight and clean, as printed by ourselves, or else however it lies.
            read_one(pixels.clone(), width, height, true, page)
                .or_else(|| read_one(pixels, width, height, false, page))
        })
        .collect()
}

fn crop(grey: &Grey, region: Region) -> (Vec<u8>, usize, usize) {
    let (inner_width, inner_height) = (region.right - region.left, region.bottom - region.top);
    let (width, height) = (inner_width + 2 * BORDER, inner_height + 2 * BORDER);
    let mut pixels = vec![0xff; width * height];
    for y in 0..inner_height {
        let from = (region.top + y) * grey.width + region.left;
        let to = (y + BORDER) * width + BORDER;
        pixels[to..to + inner_width].copy_from_slice(&grey.pixels[from..from + inner_width]);
    }
    (pixels, width, height)
}

fn read_one(pixels: Vec<u8>, width: usize, height: usize, pure: bool, page: Option<usize>) -> Option<Found> {
    let (width, height) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    let source = Luma8LuminanceSource::new(pixels, width, height).ok()?;
    let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
    let hints = DecodeHints {
        PossibleFormats: Some(HashSet::from(FORMATS)),
        PureBarcode: pure.then_some(true),
        TryHarder: Some(!pure),
        ..DecodeHints::default()
    };
    let result = MultiFormatReader::default().decode_with_hints(&mut bitmap, &hints).ok()?;
    let format = match result.getBarcodeFormat() {
        BarcodeFormat::QR_CODE => SymbolFormat::Qr,
        BarcodeFormat::DATA_MATRIX => SymbolFormat::DataMatrix,
        BarcodeFormat::AZTEC => SymbolFormat::Aztec,
        BarcodeFormat::PDF_417 => SymbolFormat::Pdf417,
        _ => return None,
    };
    Some(Found { page, format, content: content_of(&result, format) })
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
