//! Bad pictures of symbols, the same ones every time: each number is another picture, for the test and the bench.
//!
//! A picture is what a scanner or camera of 203, 300 or 600 dots an inch would see of modules of 0.375 mm: 3.0, 4.4 or 8.9
//! pixels for a module. What is in the symbols are 200 random bytes, as long as an indicium.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // of pixels and shades
#![allow(dead_code)] // test and bench use a part each

mod canvas;
mod grid;
mod random;

use std::f32::consts::TAU;

pub(crate) use canvas::Light;
use canvas::{Canvas, Placed};
use grid::Grid;
pub(crate) use grid::Symbol;
use random::Random;

/// How many there are.
pub(crate) const COUNT: usize = 1_000;
/// Dots an inch.
const RESOLUTIONS: [f32; 3] = [203.0, 300.0, 600.0];
/// Millimetres of a module's side.
const MODULE: f32 = 0.375;
/// Bytes in a symbol.
const CONTENT: usize = 200;

/// What is wrong with a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Damage {
    /// By any angle.
    Rotated,
    /// By a Gaussian of 0.35 to 0.7 modules.
    Blurred,
    /// At a corner, by less than the error correction can make good.
    Covered,
    /// Light on dark, the surroundings too.
    Inverted,
    /// 25 to 60 shades of grey between dark and light.
    LowContrast,
    /// Shades off by 15 to 45 on average, and up to one dot in 50 black or white.
    Noisy,
    /// From full light to a quarter, and a shadow's edge across it.
    UnevenlyLit,
    /// Seen from the side: one edge up to 1.7 times as long as the other.
    Tilted,
    /// Of most of these a little.
    Several,
    /// Two in one picture, at an angle each.
    Two,
}

impl Damage {
    pub(crate) const ALL: [Self; 10] = [
        Self::Rotated,
        Self::Blurred,
        Self::Covered,
        Self::Inverted,
        Self::LowContrast,
        Self::Noisy,
        Self::UnevenlyLit,
        Self::Tilted,
        Self::Several,
        Self::Two,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rotated => "rotated",
            Self::Blurred => "blurred",
            Self::Covered => "partly covered",
            Self::Inverted => "inverted",
            Self::LowContrast => "low contrast",
            Self::Noisy => "noisy",
            Self::UnevenlyLit => "unevenly lit",
            Self::Tilted => "tilted",
            Self::Several => "several at once",
            Self::Two => "two in one picture",
        }
    }
}

/// A picture and what is in it.
pub(crate) struct Picture {
    pub(crate) symbol: Symbol,
    pub(crate) damage: Damage,
    /// What each of its symbols holds.
    pub(crate) contents: Vec<Vec<u8>>,
    pub(crate) png: Vec<u8>,
}

impl Picture {
    /// One of [`COUNT`]: 25 of each symbol and damage, of all resolutions by turns.
    pub(crate) fn new(number: usize) -> Self {
        let symbol = Symbol::ALL[number % 4];
        let damage = Damage::ALL[number / 4 % 10];
        let pixels = RESOLUTIONS[number / 40 % 3] * MODULE / 25.4;
        let mut random = Random::new(number as u64);
        let count = if damage == Damage::Two { 2 } else { 1 };
        let contents: Vec<Vec<u8>> = (0..count).map(|_| symbol.content(&random.bytes(CONTENT))).collect();
        let grids: Vec<Grid> = contents.iter().map(|content| symbol.grid(content)).collect();
        let png = taken(damage, &grids, pixels, &mut random).png();
        Self { symbol, damage, contents, png }
    }

    /// Two that lie straight beside each other, and nothing is wrong with them.
    pub(crate) fn pair(symbol: Symbol) -> Self {
        let mut random = Random::new(7);
        let contents = vec![symbol.content(&random.bytes(CONTENT)), symbol.content(&random.bytes(CONTENT))];
        let grids: Vec<Grid> = contents.iter().map(|content| symbol.grid(content)).collect();
        let placed: Vec<Placed<'_>> = grids.iter().map(|grid| Placed::new(grid, 4.0, 0.0)).collect();
        let png = Canvas::of(&placed).png();
        Self { symbol, damage: Damage::Two, contents, png }
    }

    /// Whether exactly its contents were read, each at least once; and whether anything else was.
    pub(crate) fn compare(&self, read: &[Vec<u8>]) -> (bool, bool) {
        let all = self.contents.iter().all(|content| read.contains(content));
        (all, read.iter().any(|one| !self.contents.contains(one)))
    }
}

fn taken(damage: Damage, grids: &[Grid], pixels: f32, random: &mut Random) -> Canvas {
    // Nobody holds anything quite straight.
    let angle = match damage {
        Damage::Rotated | Damage::Several | Damage::Two => random.between(0.0, TAU),
        _ => random.between(-0.05, 0.05),
    };
    let mut placed: Vec<Placed<'_>> = grids.iter().map(|grid| Placed::new(grid, pixels, angle)).collect();
    if let [_, second] = &mut placed[..] {
        second.angle = random.between(0.0, TAU);
    }
    match damage {
        Damage::Covered => placed[0].cover(random),
        Damage::Tilted => placed[0].tilt(0.25, random),
        Damage::Several => placed[0].tilt(0.08, random),
        _ => {}
    }
    let mut canvas = Canvas::of(&placed);
    match damage {
        Damage::Blurred => canvas.blur(pixels * random.between(0.35, 0.7)),
        Damage::Inverted => canvas.invert(),
        Damage::LowContrast => {
            canvas.fade(random.between(0.1, 0.25), random.between(0.3, 0.7));
        }
        Damage::Noisy => canvas.noise(random.between(0.06, 0.18), random.between(0.0, 0.02), random),
        Damage::UnevenlyLit => canvas.light(&Light::new(0.25, 0.5, random)),
        Damage::Several => {
            canvas.blur(pixels * 0.3);
            canvas.light(&Light::new(0.5, 1.0, random));
            canvas.fade(0.4, random.between(0.4, 0.6));
            canvas.noise(0.03, 0.0, random);
        }
        Damage::Rotated | Damage::Covered | Damage::Tilted | Damage::Two => {}
    }
    canvas
}
