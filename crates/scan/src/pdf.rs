//! PDFs: each page is drawn at a resolution at which the smallest symbol of a label is read.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};

use crate::{Found, Grey, MOST_PIXELS, ScanError, whole};

/// Dots of an inch: four or more pixels for a module of a quarter of a millimetre.
const RESOLUTION: f32 = 432.0;
const POINTS_PER_INCH: f32 = 72.0;

/// Reads every symbol of a PDF, page by page. `on_page` hears which page is next, and of how many.
///
/// # Errors
/// [`ScanError::Pdf`], [`ScanError::PageTooLarge`].
pub fn read_pdf(bytes: &[u8], mut on_page: impl FnMut(usize, usize)) -> Result<Vec<Found>, ScanError> {
    let pdf = Pdf::new(bytes.to_vec()).map_err(|_| ScanError::Pdf)?;
    let pages = pdf.pages();
    let (cache, settings) = (RenderCache::new(), InterpreterSettings::default());
    let scale = RESOLUTION / POINTS_PER_INCH;
    let mut found = Vec::new();
    for (page, number) in pages.iter().zip(1..) {
        on_page(number, pages.len());
        let (width, height) = page.render_dimensions();
        let largest = f32::from(u16::MAX) / scale;
        #[allow(clippy::cast_precision_loss)] // a bound, not a measure
        if width > largest || height > largest || width * height * scale * scale > MOST_PIXELS as f32 {
            return Err(ScanError::PageTooLarge(number));
        }
        let how = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
        let drawn = render(page, &cache, &settings, &RenderSettings::default(), &how);
        let pixels = drawn.data_as_u8_slice().chunks_exact(4).map(luminance).collect();
        let grey = Grey { width: drawn.width().into(), height: drawn.height().into(), pixels };
        found.extend(whole::read_all(&grey, Some(number)));
    }
    Ok(found)
}

/// ITU-R BT.601, in integers.
fn luminance(pixel: &[u8]) -> u8 {
    let weigh = |channel: usize, weight: u16| u16::from(pixel[channel]) * weight;
    // the weights come to 256, so the quotient is a byte
    u8::try_from((weigh(0, 77) + weigh(1, 150) + weigh(2, 29)) / 256).unwrap_or(u8::MAX)
}
