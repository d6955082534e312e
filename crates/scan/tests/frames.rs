//! Symbols in a camera's frames: askew, in a shadow, beside others.

use print::{Matrix, SymbolContent};
use scan::{Found, ScanError, SymbolFormat, read_frame};

const WIDTH: usize = 960;
const HEIGHT: usize = 540;

/// A table in half shadow: its left is lit brightly, its right darkly.
fn table() -> Vec<f64> {
    (0..WIDTH * HEIGHT).map(|place| 1.0 - 0.7 * (place % WIDTH) as f64 / WIDTH as f64).collect()
}

/// Lays a label on it: so many pixels a module, with its middle here, turned by so many degrees.
fn lay(table: &mut [f64], content: &SymbolContent, module: f64, middle: (f64, f64), degrees: f64) {
    let matrix = Matrix::of(content).expect("a symbol");
    let (quiet, outer) = (matrix.quiet() as f64, matrix.outer_size() as f64);
    let (sin, cos) = degrees.to_radians().sin_cos();
    for (place, light) in table.iter_mut().enumerate() {
        let (x, y) = ((place % WIDTH) as f64 - middle.0, (place / WIDTH) as f64 - middle.1);
        let (across, down) =
            ((x * cos + y * sin) / module + outer / 2.0, (y * cos - x * sin) / module + outer / 2.0);
        if (0.0..outer).contains(&across) && (0.0..outer).contains(&down) {
            let size = matrix.size() as f64;
            let (column, row) = (across - quiet, down - quiet);
            let is_inside = (0.0..size).contains(&column) && (0.0..size).contains(&row);
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // within the symbol
            let is_dark = is_inside && matrix.is_dark(column as usize, row as usize);
            *light *= if is_dark { 0.1 } else { 0.95 };
        } else if (-1.0..=outer).contains(&across) && (-1.0..=outer).contains(&down) {
            *light *= 0.6; // the label's edge
        }
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // lights are from 0 to 1
fn frame(table: &[f64]) -> Vec<Found> {
    let pixels = table.iter().map(|light| (light * 255.0) as u8).collect();
    read_frame(WIDTH, HEIGHT, pixels).expect("a frame")
}

fn text(of: &str) -> SymbolContent {
    SymbolContent::Qr(format!("VBI:{}", of.repeat(120)))
}

fn contents(found: &[Found]) -> Vec<String> {
    let mut all: Vec<_> =
        found.iter().map(|one| String::from_utf8_lossy(&one.content)[..5].to_owned()).collect();
    all.sort();
    all
}

#[test]
fn a_label_is_read_in_half_shadow_at_any_angle() {
    for degrees in [0.0, 7.0, 33.0, 90.0, 171.0, 260.0] {
        let mut seen = table();
        lay(&mut seen, &text("A"), 4.0, (480.0, 270.0), degrees);
        assert_eq!(contents(&frame(&seen)), ["VBI:A"], "{degrees}");
    }
    let mut seen = table();
    lay(&mut seen, &SymbolContent::DataMatrix(vec![0xd8; 90]), 6.0, (480.0, 270.0), 12.0);
    let found = frame(&seen);
    assert_eq!(found[0].content, [0xd8; 90]);
    assert_eq!(found[0].format, SymbolFormat::DataMatrix);
    assert_eq!(frame(&table()), []);
}

/// Neither of two hides the other, nor does one that can't be read.
#[test]
fn two_symbols_are_both_read_and_a_broken_one_hides_none() {
    let mut seen = table();
    lay(&mut seen, &text("A"), 4.0, (250.0, 260.0), 4.0);
    lay(&mut seen, &text("B"), 4.0, (680.0, 280.0), -11.0);
    assert_eq!(contents(&frame(&seen)), ["VBI:A", "VBI:B"]);

    // Somebody's thumb is on two corners of the first.
    for (place, light) in seen.iter_mut().enumerate() {
        let (x, y) = (place % WIDTH, place / WIDTH);
        if (100..400).contains(&x) && !(190..340).contains(&y) {
            *light = 0.4;
        }
    }
    assert_eq!(contents(&frame(&seen)), ["VBI:B"]);
}

#[test]
fn a_frame_of_another_size_than_it_says_is_refused() {
    for (width, height, count) in [(4, 4, 15), (usize::MAX, 2, 0), (0, 1, 1)] {
        let refused = read_frame(width, height, vec![0; count]);
        assert!(matches!(refused, Err(ScanError::Frame { .. })), "{width} {height}");
    }
    for (width, height) in [(0, 0), (1, 1), (39, 39), (41, 1)] {
        assert_eq!(read_frame(width, height, vec![0; width * height]).expect("a frame"), []);
    }
}
