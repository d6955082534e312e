//! Four-state bars: what the Intelligent Mail barcode and the 4-state Mailmark are printed in.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// One bar. Each has the tracker in its middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bar {
    /// Nothing but the tracker: `T`.
    Tracker,
    /// Down below it too: `D`.
    Descender,
    /// Up above it too: `A`.
    Ascender,
    /// Both: `F`.
    Full,
}

impl Bar {
    /// The bar that has these parts.
    #[must_use]
    pub fn of(ascends: bool, descends: bool) -> Self {
        match (ascends, descends) {
            (false, false) => Self::Tracker,
            (false, true) => Self::Descender,
            (true, false) => Self::Ascender,
            (true, true) => Self::Full,
        }
    }

    /// Whether it goes up above the tracker.
    #[must_use]
    pub fn ascends(self) -> bool {
        matches!(self, Self::Ascender | Self::Full)
    }

    /// Whether it goes down below the tracker.
    #[must_use]
    pub fn descends(self) -> bool {
        matches!(self, Self::Descender | Self::Full)
    }

    fn letter(self) -> char {
        match self {
            Self::Tracker => 'T',
            Self::Descender => 'D',
            Self::Ascender => 'A',
            Self::Full => 'F',
        }
    }
}

/// Which way round bars were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orientation {
    /// As they were printed.
    Upright,
    /// Turned by half a circle.
    UpsideDown,
}

/// A row of bars, from left to right; as text, a letter of `TDAF` for each.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Bars(Vec<Bar>);

/// Why a text isn't a row of bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{found:?} at place {place} is no bar: they are T, D, A and F")]
pub struct BarsError {
    /// What stands there.
    pub found: char,
    /// 1-based.
    pub place: usize,
}

impl Bars {
    /// The bars themselves.
    #[must_use]
    pub fn as_slice(&self) -> &[Bar] {
        &self.0
    }

    /// The same, looked at the other way round: the last is the first, and what went up goes down.
    #[must_use]
    pub fn upside_down(&self) -> Self {
        self.0.iter().rev().map(|bar| Bar::of(bar.descends(), bar.ascends())).collect()
    }

    /// Both ways of looking at them.
    pub(super) fn both_ways(&self) -> [(Orientation, Self); 2] {
        [(Orientation::Upright, self.clone()), (Orientation::UpsideDown, self.upside_down())]
    }
}

impl FromIterator<Bar> for Bars {
    fn from_iter<I: IntoIterator<Item = Bar>>(bars: I) -> Self {
        Self(bars.into_iter().collect())
    }
}

impl fmt::Display for Bars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = self.0.iter().map(|bar| bar.letter()).collect();
        f.write_str(&text)
    }
}

impl FromStr for Bars {
    type Err = BarsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bar = |(place, found)| match found {
            'T' => Ok(Bar::Tracker),
            'D' => Ok(Bar::Descender),
            'A' => Ok(Bar::Ascender),
            'F' => Ok(Bar::Full),
            found => Err(BarsError { found, place: place + 1 }),
        };
        text.chars().enumerate().map(bar).collect::<Result<Vec<Bar>, _>>().map(Self)
    }
}
