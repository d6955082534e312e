//! Regions that lie at an angle, turned upright: some symbols are read in no other way.

use crate::Grey;
use crate::regions::{DARK, Region};

/// Light pixels left around it.
const BORDER: f32 = 24.0;
/// Regions of a shorter side than this in pixels are enlarged twice: readers go by whole pixels.
const SMALL: f32 = 600.0;
/// Degrees that a region may be askew and still is upright.
const UPRIGHT: f32 = 1.5;

/// A region turned by the angle at which the least rectangle is around it; nothing if that is upright as it is.
pub(crate) fn upright(grey: &Grey, region: Region) -> Option<Grey> {
    let edge = edge(grey, region);
    let size = |angle: f32| {
        let Around { left, top, right, bottom } = Around::new(&edge, angle);
        (right - left) * (bottom - top)
    };
    let least = |angles: &mut dyn Iterator<Item = f32>| {
        angles.min_by(|one, other| size(*one).total_cmp(&size(*other)))
    };
    let roughly = least(&mut (0..45_u8).map(|step| f32::from(step) * 2.0))?;
    let angle = least(&mut (0..17_u8).map(|step| roughly - 2.0 + f32::from(step) / 4.0))?;
    if angle.abs() < UPRIGHT || (90.0 - angle).abs() < UPRIGHT {
        return None;
    }
    Some(turned(grey, region, &Around::new(&edge, angle), angle))
}

/// The first and last dark pixel of each line.
fn edge(grey: &Grey, region: Region) -> Vec<(f32, f32)> {
    let mut edge = Vec::new();
    for y in region.top..region.bottom {
        let line = &grey.pixels[y * grey.width + region.left..y * grey.width + region.right];
        let is_dark = |pixel: &u8| *pixel < DARK;
        for x in [line.iter().position(is_dark), line.iter().rposition(is_dark)].into_iter().flatten() {
            edge.push((place(region.left + x), place(y)));
        }
    }
    edge
}

/// A rectangle at an angle, by the coordinates that are turned by it.
struct Around {
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
}

impl Around {
    fn new(edge: &[(f32, f32)], degrees: f32) -> Self {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let nothing = Self { left: f32::MAX, top: f32::MAX, right: f32::MIN, bottom: f32::MIN };
        edge.iter().fold(nothing, |around, (x, y)| {
            let (along, across) = (x * cos + y * sin, y * cos - x * sin);
            Self {
                left: around.left.min(along),
                top: around.top.min(across),
                right: around.right.max(along),
                bottom: around.bottom.max(across),
            }
        })
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // floats saturate
fn turned(grey: &Grey, region: Region, around: &Around, degrees: f32) -> Grey {
    let (wide, high) = (around.right - around.left, around.bottom - around.top);
    let scale = if wide.min(high) < SMALL { 2.0 } else { 1.0 };
    let side = |length: f32| ((length + 2.0 * BORDER) * scale) as usize;
    let (width, height) = (side(wide), side(high));
    let (sin, cos) = degrees.to_radians().sin_cos();
    let pixels = (0..width * height)
        .map(|at| {
            let along = around.left - BORDER + place(at % width) / scale;
            let across = around.top - BORDER + place(at / width) / scale;
            shade(grey, region, along * cos - across * sin, along * sin + across * cos)
        })
        .collect();
    Grey { width, height, pixels }
}

/// The shade at a place between four pixels; outside of the region all is light.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // floats saturate
fn shade(grey: &Grey, region: Region, x: f32, y: f32) -> u8 {
    let (left, top) = (x.floor(), y.floor());
    let (right_part, lower_part) = (x - left, y - top);
    let at = |dx: f32, dy: f32| {
        let (x, y) = (left + dx, top + dy);
        let is_in = x >= place(region.left)
            && y >= place(region.top)
            && x < place(region.right)
            && y < place(region.bottom);
        if is_in { f32::from(grey.pixels[y as usize * grey.width + x as usize]) } else { 255.0 }
    };
    let upper = at(0.0, 0.0) * (1.0 - right_part) + at(1.0, 0.0) * right_part;
    let lower = at(0.0, 1.0) * (1.0 - right_part) + at(1.0, 1.0) * right_part;
    (upper * (1.0 - lower_part) + lower * lower_part) as u8
}

/// Pictures have fewer pixels than a float counts.
#[allow(clippy::cast_precision_loss)] // pictures have no 2^24 pixels a side
fn place(pixel: usize) -> f32 {
    pixel as f32
}
