//! A picture that stands on every label.

use crate::PrintError;

/// Pixels of a picture at most.
const MOST_PIXELS: usize = 16_000_000;

/// A decoded picture, eight bits of red, green and blue a pixel.
#[derive(Debug, Clone)]
pub struct Artwork {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) rgb: Vec<u8>,
}

impl Artwork {
    /// Reads a PNG; what is transparent becomes white.
    ///
    /// # Errors
    /// [`PrintError::Artwork`].
    pub fn from_png(bytes: &[u8]) -> Result<Self, PrintError> {
        let wrong = |error: png::DecodingError| PrintError::Artwork(error.to_string());
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(wrong)?;
        let size = reader.output_buffer_size().filter(|size| *size <= MOST_PIXELS * 4);
        let mut buffer = vec![0; size.ok_or_else(|| PrintError::Artwork("it is too large".into()))?];
        let info = reader.next_frame(&mut buffer).map_err(wrong)?;
        buffer.truncate(info.buffer_size());
        let over_white = |value: u8, alpha: u8| {
            let (value, alpha) = (u16::from(value), u16::from(alpha));
            // a mean of two bytes is a byte
            u8::try_from((value * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
        };
        let rgb = match info.color_type {
            png::ColorType::Rgb => buffer,
            png::ColorType::Rgba => buffer
                .chunks_exact(4)
                .flat_map(|pixel| [0, 1, 2].map(|channel| over_white(pixel[channel], pixel[3])))
                .collect(),
            png::ColorType::GrayscaleAlpha => {
                buffer.chunks_exact(2).flat_map(|pixel| [over_white(pixel[0], pixel[1]); 3]).collect()
            }
            _ => buffer.iter().flat_map(|value| [*value; 3]).collect(),
        };
        Ok(Self { width: info.width, height: info.height, rgb })
    }
}
