//! What a camera sees of symbols, and what it makes of that. Light is 1, dark is 0.

use std::f32::consts::TAU;
use std::io::Cursor;

use image::{GrayImage, ImageFormat};

use super::grid::{Grid, Symbol};
use super::random::Random;

/// How light paper and ink are.
const PAPER: f32 = 0.92;
const INK: f32 = 0.08;
/// Places looked at in each direction of a pixel.
const SAMPLES: usize = 4;
/// Pixels left around everything.
const MARGIN: f32 = 16.0;

/// A symbol before the camera, in the middle of its part of the picture.
pub(crate) struct Placed<'a> {
    grid: &'a Grid,
    /// Pixels of a module.
    pixels: f32,
    /// Clockwise, in radians.
    pub(crate) angle: f32,
    /// How much smaller it becomes from left to right and from top to bottom, for half its diagonal.
    tilt: (f32, f32),
    /// Left, top, right and bottom in modules of what covers it, and how light that is.
    cover: Option<([f32; 4], f32)>,
}

impl<'a> Placed<'a> {
    pub(crate) fn new(grid: &'a Grid, pixels: f32, angle: f32) -> Self {
        Self { grid, pixels, angle, tilt: (0.0, 0.0), cover: None }
    }

    /// From any side, by so much for half its diagonal.
    pub(crate) fn tilt(&mut self, most: f32, random: &mut Random) {
        let (much, from) = (random.between(most * 0.4, most), random.between(0.0, TAU));
        self.tilt = (much * from.cos(), much * from.sin());
    }

    /// A piece of paper or dirt on the corner where a symbol has data only.
    pub(crate) fn cover(&mut self, random: &mut Random) {
        let (width, height) = (self.grid.width as f32, self.grid.height as f32);
        let (wide, high) = match self.grid.symbol {
            Symbol::Pdf417 => (random.between(0.1, 0.2) * width, random.between(0.2, 0.4) * height),
            _ => (random.between(0.12, 0.24) * width, random.between(0.12, 0.24) * height),
        };
        let top = if self.grid.symbol == Symbol::DataMatrix { 0.0 } else { height - high };
        let shade = [0.0, 0.5, 1.0][random.next() as usize % 3];
        self.cover = Some(([width - wide, top, width, top + high], shade));
    }

    /// Pixels from the middle to the farthest corner with its quiet zone.
    fn radius(&self) -> f32 {
        let quiet = 2.0 * self.grid.quiet as f32;
        let diagonal = (self.grid.width as f32 + quiet).hypot(self.grid.height as f32 + quiet);
        let nearest = 1.0 - self.tilt.0.hypot(self.tilt.1);
        diagonal / 2.0 * self.pixels / nearest
    }

    /// How light it is at a place in pixels from its middle, by its radius and sine and cosine of its angle.
    fn at(&self, radius: f32, (sin, cos): (f32, f32), x: f32, y: f32) -> f32 {
        let depth = 1.0 - (self.tilt.0 * x + self.tilt.1 * y) / radius;
        let (x, y) = (x / depth / self.pixels, y / depth / self.pixels);
        let (x, y) = (x * cos + y * sin, y * cos - x * sin);
        let (x, y) = (x + self.grid.width as f32 / 2.0, y + self.grid.height as f32 / 2.0);
        if let Some(([left, top, right, bottom], shade)) = self.cover
            && x >= left
            && x < right
            && y >= top
            && y < bottom
        {
            return INK + (PAPER - INK) * shade;
        }
        if self.grid.is_dark(x, y) { INK } else { PAPER }
    }
}

/// Light that isn't the same everywhere.
pub(crate) struct Light {
    /// Where it comes from.
    angle: f32,
    /// How much of it there is at the other end.
    least: f32,
    /// How much of it there is in the shadow.
    shadow: f32,
    /// Where the shadow begins, from -1 to 1.
    edge: f32,
}

impl Light {
    pub(crate) fn new(least: f32, shadow: f32, random: &mut Random) -> Self {
        Self { angle: random.between(0.0, TAU), least, shadow, edge: random.between(-0.4, 0.4) }
    }
}

/// A picture in the making.
pub(crate) struct Canvas {
    width: usize,
    height: usize,
    light: Vec<f32>,
}

impl Canvas {
    /// Symbols side by side.
    pub(crate) fn of(placed: &[Placed<'_>]) -> Self {
        let radii: Vec<f32> = placed.iter().map(Placed::radius).collect();
        let most = radii.iter().copied().fold(0.0, f32::max);
        let width = radii.iter().map(|radius| 2.0 * (radius + MARGIN)).sum::<f32>() as usize;
        let height = (2.0 * (most + MARGIN)) as usize;
        let mut canvas = Self { width, height, light: vec![PAPER; width * height] };
        let mut left = 0.0;
        for (placed, radius) in placed.iter().zip(radii) {
            let (middle, right) = (left + radius + MARGIN, left + 2.0 * (radius + MARGIN));
            let turn = placed.angle.sin_cos();
            for x in left as usize..(right as usize).min(width) {
                for y in 0..height {
                    let sample = |step: usize| (step as f32 + 0.5) / SAMPLES as f32;
                    let all = (0..SAMPLES * SAMPLES).map(|step| {
                        let (dx, dy) = (sample(step % SAMPLES), sample(step / SAMPLES));
                        placed.at(radius, turn, x as f32 + dx - middle, y as f32 + dy - height as f32 / 2.0)
                    });
                    canvas.light[y * width + x] = all.sum::<f32>() / (SAMPLES * SAMPLES) as f32;
                }
            }
            left = right;
        }
        canvas
    }

    /// By a Gaussian of a deviation in pixels.
    pub(crate) fn blur(&mut self, deviation: f32) {
        let reach = (3.0 * deviation).ceil() as isize;
        let weight = |step: isize| (-0.5 * (step as f32 / deviation).powi(2)).exp();
        let weights: Vec<(isize, f32)> = (-reach..=reach).map(|step| (step, weight(step))).collect();
        let sum: f32 = weights.iter().map(|(_, weight)| weight).sum();
        for (across, down) in [(1, 0), (0, 1)] {
            let before = self.light.clone();
            for place in 0..before.len() {
                let (x, y) = ((place % self.width) as isize, (place / self.width) as isize);
                let of = |(step, weight): &(isize, f32)| {
                    let x = (x + step * across).clamp(0, self.width as isize - 1) as usize;
                    let y = (y + step * down).clamp(0, self.height as isize - 1) as usize;
                    weight * before[y * self.width + x]
                };
                self.light[place] = weights.iter().map(of).sum::<f32>() / sum;
            }
        }
    }

    pub(crate) fn invert(&mut self) {
        self.light.iter_mut().for_each(|light| *light = 1.0 - *light);
    }

    /// To so much of its contrast, around a shade.
    pub(crate) fn fade(&mut self, contrast: f32, middle: f32) {
        self.light.iter_mut().for_each(|light| *light = middle + (*light - 0.5) * contrast);
    }

    /// Of a deviation, and so many dots that are black or white.
    pub(crate) fn noise(&mut self, deviation: f32, dots: f32, random: &mut Random) {
        for light in &mut self.light {
            *light += deviation * random.normal();
            if random.between(0.0, 1.0) < dots {
                *light = if random.between(0.0, 1.0) < 0.5 { 0.0 } else { 1.0 };
            }
        }
    }

    pub(crate) fn light(&mut self, by: &Light) {
        let (sin, cos) = by.angle.sin_cos();
        let size = self.width.max(self.height) as f32 / 2.0;
        for (place, light) in self.light.iter_mut().enumerate() {
            let x = (place % self.width) as f32 - self.width as f32 / 2.0;
            let y = (place / self.width) as f32 - self.height as f32 / 2.0;
            let along = ((x * cos + y * sin) / size).clamp(-1.0, 1.0);
            let across = (y * cos - x * sin) / size;
            let lit = 1.0 - (along + 1.0) / 2.0 * (1.0 - by.least);
            // An edge of some pixels.
            let shade = ((across - by.edge) * size / 6.0).clamp(0.0, 1.0);
            *light *= lit * (1.0 - shade * (1.0 - by.shadow));
        }
    }

    pub(crate) fn png(&self) -> Vec<u8> {
        let pixels = self.light.iter().map(|light| (light * 255.0).round().clamp(0.0, 255.0) as u8).collect();
        let image = GrayImage::from_raw(self.width as u32, self.height as u32, pixels).expect("its pixels");
        let mut png = Vec::new();
        image.write_to(&mut Cursor::new(&mut png), ImageFormat::Png).expect("a picture");
        png
    }
}
