//! How one printer differs from another: where it puts a page, and what of it it can't reach.

use std::str::FromStr;

use thiserror::Error;

use crate::PrintError;
use crate::design::MARGIN;
use crate::layout::SheetLayout;

/// Farther than any page is long, in millimetres.
const FARTHEST: f64 = 1000.0;

/// Millimetres by which everything is moved: to the right, and down, against the way in which the page is fed. Written `-0.5,1.2`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Offset {
    pub(crate) right: f64,
    pub(crate) down: f64,
}

/// Millimetres at each edge of the page that a printer leaves white.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Margin(f64);

/// What is neither an offset nor a margin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AlignmentError {
    /// An offset.
    #[error("an offset is two numbers of millimetres, to the right and down, such as -0.5,1.2")]
    Offset,
    /// A margin.
    #[error("a margin is a number of millimetres, such as 4.2")]
    Margin,
}

impl FromStr for Offset {
    type Err = AlignmentError;

    fn from_str(text: &str) -> Result<Self, AlignmentError> {
        let number = |text: &str| text.trim().parse().ok().filter(|length: &f64| length.abs() <= FARTHEST);
        let numbers = text.split_once(',').and_then(|(right, down)| Some((number(right)?, number(down)?)));
        let (right, down) = numbers.ok_or(AlignmentError::Offset)?;
        Ok(Self { right, down })
    }
}

impl Margin {
    /// So many millimetres, from 0 to 1,000.
    ///
    /// # Errors
    /// [`AlignmentError::Margin`].
    pub fn new(millimetres: f64) -> Result<Self, AlignmentError> {
        if (0.0..=FARTHEST).contains(&millimetres) {
            Ok(Self(millimetres))
        } else {
            Err(AlignmentError::Margin)
        }
    }
}

impl FromStr for Margin {
    type Err = AlignmentError;

    fn from_str(text: &str) -> Result<Self, AlignmentError> {
        Self::new(text.trim().parse().map_err(|_| AlignmentError::Margin)?)
    }
}

/// A printer's peculiarities; [`crate::write_test_page`] makes the page that they are measured on.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Alignment {
    /// Where it puts a page.
    pub offset: Offset,
    /// What of it it can't reach.
    pub margin: Margin,
}

impl Alignment {
    /// Whether all that stands on the labels of a layout is printed; of a roll, the label is the page.
    ///
    /// # Errors
    /// [`PrintError::Unprintable`] with the edge at which it isn't.
    pub(crate) fn check(&self, layout: &'static SheetLayout, is_roll: bool) -> Result<(), PrintError> {
        let (first, last) = match is_roll {
            true => ((0.0, 0.0), (0.0, 0.0)),
            false => (layout.position(0), layout.position(layout.per_page() - 1)),
        };
        let (width, height) = if is_roll { layout.label } else { layout.page };
        let distances = [
            ("left", first.0 + self.offset.right),
            ("upper", first.1 + self.offset.down),
            ("right", width - last.0 - layout.label.0 - self.offset.right),
            ("lower", height - last.1 - layout.label.1 - self.offset.down),
        ];
        let (edge, distance) = distances
            .into_iter()
            .fold(("left", f64::INFINITY), |least, edge| if edge.1 < least.1 { edge } else { least });
        let distance = distance + MARGIN;
        if distance + 1e-6 >= self.margin.0 {
            return Ok(());
        }
        Err(PrintError::Unprintable { layout: layout.name, edge, distance, margin: self.margin.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::{Alignment, Margin, Offset};
    use crate::{PrintError, SheetLayout};

    #[test]
    fn what_a_printer_cant_reach_is_refused() {
        let check = |name: &str, (right, down): (f64, f64), margin: f64| {
            let (offset, margin) = (Offset { right, down }, Margin(margin));
            let checked =
                Alignment { offset, margin }.check(SheetLayout::by_name(name).expect("a layout"), false);
            checked.err().map(|error| match error {
                PrintError::Unprintable { edge, distance, .. } => (edge, (distance * 10.0).round()),
                error => panic!("{error}"),
            })
        };
        // Its labels begin at the page's left edge, and what stands on them 2 mm further in.
        assert_eq!(check("a4-24", (0.0, 0.0), 2.0), None);
        assert_eq!(check("a4-24", (0.0, 0.0), 4.2), Some(("left", 20.0)));
        assert_eq!(check("a4-24", (0.5, 0.0), 2.0), Some(("right", 15.0)));
        // 15.15 mm above and below the labels, 7.25 beside them.
        assert_eq!(check("a4-21", (0.0, 0.0), 9.2), None);
        assert_eq!(check("a4-21", (0.0, -13.95), 4.2), Some(("upper", 32.0)));
        assert_eq!(check("a4-21", (0.0, 13.95), 4.2), Some(("lower", 32.0)));
        // Off the page altogether, on whatever printer.
        assert_eq!(check("card", (-3.0, 0.0), 0.0), Some(("left", -10.0)));
    }

    #[test]
    fn offsets_and_margins_are_numbers() {
        assert_eq!("-0.5, 1.2".parse(), Ok(Offset { right: -0.5, down: 1.2 }));
        assert_eq!("4.2".parse(), Ok(Margin(4.2)));
        for bad in ["", "1", "1,", "1;2", "1,2,3", "1,NaN", "inf,0", "1001,0"] {
            assert!(bad.parse::<Offset>().is_err(), "{bad}");
        }
        for bad in ["", "-1", "NaN", "inf", "4,2"] {
            assert!(bad.parse::<Margin>().is_err(), "{bad}");
        }
    }
}
