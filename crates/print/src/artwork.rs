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
    /// Width over height.
    pub(crate) fn ratio(&self) -> f64 {
        f64::from(self.width) / f64::from(self.height)
    }

    /// How light it is at a place, from 0 to 1 of its width and height (Rec. 709's weights of the colours).
    pub(crate) fn lightness(&self, across: f64, down: f64) -> u8 {
        let place = |along: f64, length: u32| {
            // within the picture
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // floats saturate
            let place = (along * f64::from(length)) as usize;
            place.min((length as usize).saturating_sub(1))
        };
        let pixel = (place(down, self.height) * self.width as usize + place(across, self.width)) * 3;
        let [red, green, blue] =
            [0, 1, 2].map(|colour| u32::from(self.rgb.get(pixel + colour).copied().unwrap_or(255)));
        u8::try_from((red * 54 + green * 183 + blue * 19) >> 8).unwrap_or(u8::MAX)
    }

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
