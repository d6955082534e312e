//! Facing identification marks: bars at a letter's upper edge, by which the machines of the United States Postal Service turn it the right way
//! (USPS Publication 25; DMM 708). Lengths are in millimetres.

use crate::design::Area;

const INCH: f64 = 25.4;
/// From one place of a bar to the next.
const PITCH: f64 = INCH / 16.0;
/// Width of a bar.
const BAR: f64 = INCH / 32.0;
/// Height of all bars; an eighth of an inch more or less is allowed.
pub(crate) const HEIGHT: f64 = INCH * 5.0 / 8.0;
/// Width of the whole mark.
pub(crate) const WIDTH: f64 = 8.0 * PITCH + BAR;
/// From the letter's right edge to the mark; an eighth of an inch more or less is allowed.
pub(crate) const FROM_RIGHT: f64 = 2.0 * INCH;
/// From the letter's right edge to where the mark needs white no more.
pub(crate) const CLEAR_FROM_RIGHT: f64 = 1.75 * INCH;
/// From the letter's upper edge to the bars; an eighth of an inch is the most.
pub(crate) const FROM_TOP: f64 = 2.5;

/// A facing identification mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FacingMark {
    /// Courtesy reply mail with a barcode.
    A,
    /// Business reply mail without a barcode.
    B,
    /// Business reply mail with a barcode.
    C,
    /// Letters with information-based indicia.
    D,
    /// Letters with an Intelligent Mail barcode of a customer's own service.
    E,
}

impl FacingMark {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::A, Self::B, Self::C, Self::D, Self::E];

    /// Its letter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
        }
    }

    /// Where bars are, from left to right.
    const fn places(self) -> [u8; 9] {
        *match self {
            Self::A => b"110010011",
            Self::B => b"101101101",
            Self::C => b"110101011",
            Self::D => b"111010111",
            Self::E => b"101000101",
        }
    }

    /// Its bars from an upper left corner on.
    pub(crate) fn bars(self, (left, top): (f64, f64)) -> impl Iterator<Item = Area> {
        let places = self.places().into_iter().zip(0_u8..).filter(|(bar, _)| *bar == b'1');
        places.map(move |(_, place)| Area { at: (left + f64::from(place) * PITCH, top), size: (BAR, HEIGHT) })
    }
}
