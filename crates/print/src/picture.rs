//! A single symbol as a picture.

use std::fmt::Write as _;

use png::{PixelDimensions, Unit};

use crate::PrintError;
use crate::matrix::Matrix;

/// Half a millimetre a module: twice as large as can just be read.
const MODULES_PER_METRE: u32 = 2000;

/// A black-and-white PNG with the quiet zone, `scale` pixels a module (1 to 64); printed as large as it says that it is, it can be read.
///
/// # Errors
/// [`PrintError::Io`].
pub fn png(matrix: &Matrix, scale: u8) -> Result<Vec<u8>, PrintError> {
    let scale = usize::from(scale.clamp(1, 64));
    let side = matrix.outer_size() * scale;
    let width = side.div_ceil(8);
    let mut rows = Vec::with_capacity(width * side);
    for y in 0..side {
        let mut row = vec![0xff_u8; width];
        for x in 0..side {
            let (column, line) =
                ((x / scale).wrapping_sub(matrix.quiet()), (y / scale).wrapping_sub(matrix.quiet()));
            if matrix.is_dark(column, line) {
                row[x / 8] &= !(0x80 >> (x % 8));
            }
        }
        rows.extend_from_slice(&row);
    }
    let mut bytes = Vec::new();
    // at most 185 modules of 64 pixels
    let pixels = u32::try_from(side).unwrap_or(u32::MAX);
    let mut encoder = png::Encoder::new(&mut bytes, pixels, pixels);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let pixels = u32::try_from(scale).unwrap_or(u32::MAX).saturating_mul(MODULES_PER_METRE);
    encoder.set_pixel_dims(Some(PixelDimensions { xppu: pixels, yppu: pixels, unit: Unit::Meter }));
    let io = |error: png::EncodingError| std::io::Error::other(error);
    let mut writer = encoder.write_header().map_err(io)?;
    writer.write_image_data(&rows).map_err(io)?;
    writer.finish().map_err(io)?;
    Ok(bytes)
}

/// Text with the quiet zone, of half blocks: two rows of modules a line, dark ones inked.
#[must_use]
pub fn blocks(matrix: &Matrix) -> String {
    let (side, quiet) = (matrix.outer_size(), matrix.quiet());
    let is_dark =
        |column: usize, row: usize| matrix.is_dark(column.wrapping_sub(quiet), row.wrapping_sub(quiet));
    let block = |column: usize, row: usize| match (is_dark(column, row), is_dark(column, row + 1)) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    };
    let line = |row: usize| (0..side).map(move |column| block(column, row)).chain(['\n']);
    (0..side).step_by(2).flat_map(line).collect()
}

/// An SVG with the quiet zone, one unit a module: runs of dark modules as one path.
#[must_use]
pub fn svg(matrix: &Matrix) -> String {
    let (side, quiet) = (matrix.outer_size(), matrix.quiet());
    let mut path = String::new();
    for row in 0..matrix.size() {
        let mut column = 0;
        while column < matrix.size() {
            let run = (column..matrix.size()).take_while(|column| matrix.is_dark(*column, row)).count();
            if run > 0 {
                // writing to a string doesn't fail
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", column + quiet, row + quiet);
            }
            column += run.max(1);
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>\n"
    )
}
