//! What a camera sees: labels that are held before it, one after the other, in a format that Chromium plays as a camera's.

use std::path::Path;

use image::GrayImage;

const WIDTH: usize = 640;
const HEIGHT: usize = 480;
/// Frames of a second.
const RATE: usize = 10;

/// One picture after the other.
#[derive(Default)]
pub(crate) struct Film(Vec<u8>);

impl Film {
    /// Labels are held before the camera, beside one another and askew, for so many tenths of a second; or none.
    pub(crate) fn shows(&mut self, labels: &[&GrayImage], tenths: usize) {
        let mut frame: Vec<u8> =
            (0..WIDTH * HEIGHT).map(|place| 150 - u8::try_from(place % WIDTH / 8).unwrap_or(0)).collect();
        let room = WIDTH as f64 / labels.len().max(1) as f64;
        for (place, label) in labels.iter().enumerate() {
            let middle = (room * (place as f64 + 0.5), HEIGHT as f64 / 2.0);
            lay(&mut frame, label, middle, room.min(HEIGHT as f64) * 0.8, 4.0 + 5.0 * place as f64);
        }
        for _ in 0..tenths * RATE / 10 {
            self.0.extend(b"FRAME\n");
            self.0.extend(&frame);
            self.0.extend([128; WIDTH * HEIGHT / 2]); // no colour
        }
    }

    /// Writes it as YUV4MPEG2.
    pub(crate) fn write(&self, path: &Path) {
        let head = format!("YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n");
        std::fs::write(path, [head.as_bytes(), &self.0].concat()).expect("a film");
    }
}

/// What Chromium is told so that it takes a film for a camera, and asks nobody.
pub(crate) fn as_camera(film: &Path) -> Vec<String> {
    vec![
        "--use-fake-ui-for-media-stream".to_owned(),
        "--use-fake-device-for-media-stream".to_owned(),
        format!("--use-file-for-fake-video-capture={}", film.display()),
    ]
}

/// Lays a label into a frame: as wide as that, with its middle there, turned by so many degrees.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // within the label
fn lay(frame: &mut [u8], label: &GrayImage, middle: (f64, f64), size: f64, degrees: f64) {
    let scale = f64::from(label.width()) / size;
    let (sin, cos) = degrees.to_radians().sin_cos();
    let half = f64::from(label.width()) / 2.0;
    for (place, pixel) in frame.iter_mut().enumerate() {
        let (x, y) = ((place % WIDTH) as f64 - middle.0, (place / WIDTH) as f64 - middle.1);
        let (across, down) = ((x * cos + y * sin) * scale + half, (y * cos - x * sin) * scale + half);
        if across >= 0.0 && down >= 0.0 && across < half * 2.0 && down < half * 2.0 {
            let dark = label.get_pixel(across as u32, down as u32).0[0];
            *pixel = 30 + dark / 4 * 3;
        }
    }
}
