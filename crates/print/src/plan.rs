//! Which part of a label is the symbol's, which the texts', which the artwork's. Lengths are in millimetres from the label's upper left corner.

use crate::PrintError;
use crate::design::{Area, GAP, MARGIN};
use crate::facing::{self, FacingMark};
use crate::label::Label;
use crate::layout::{SheetLayout, Stock};

/// How much of the width a symbol takes at most: text stands beside it.
const SYMBOL_SHARE: f64 = 0.6;
/// How much where people sign beside it.
const SIGNED_SHARE: f64 = 0.45;
/// From the label's edges to the first text and the last.
const INSET: f64 = 1.0;

/// How a label is divided.
pub(crate) struct Plan {
    /// Without what is beside all else.
    label: (f64, f64),
    /// The symbol at the left and text beside it, or above and text below; with a facing mark the symbol is at the right.
    is_portrait: bool,
    mark: Option<Mark>,
    is_signed: bool,
}

/// A facing mark and where it stands.
#[derive(Clone, Copy)]
struct Mark {
    bars: FacingMark,
    at: (f64, f64),
    /// Right of this nothing has to be white for its sake.
    clear: f64,
}

impl Plan {
    /// The plan of a label.
    ///
    /// # Errors
    /// [`PrintError::NoRoom`] for its facing mark.
    pub(crate) fn of(
        label: &Label,
        layout: &'static SheetLayout,
        taken: (f64, f64),
    ) -> Result<Self, PrintError> {
        let (width, height) = (layout.label.0 - taken.0, layout.label.1 - taken.1);
        let mark = label.facing_mark.map(|bars| Mark::on(layout, bars, height)).transpose()?;
        let is_signed = !label.signatures.is_empty();
        Ok(Self { label: (width, height), is_portrait: layout.label.1 > layout.label.0, mark, is_signed })
    }

    /// Longest side of a symbol with its quiet zone.
    pub(crate) fn available(&self) -> f64 {
        let (width, height) = self.label;
        let share = if self.is_signed { SIGNED_SHARE } else { SYMBOL_SHARE };
        match self.mark {
            _ if self.is_portrait => width - 2.0 * MARGIN,
            Some(mark) => (height - 2.0 * MARGIN).min((width - mark.clear) / 2.0),
            None => (height - 2.0 * MARGIN).min(width * share),
        }
    }

    /// The upper left corner of a symbol whose sides are so long.
    pub(crate) fn symbol(&self, side: f64) -> (f64, f64) {
        let (width, height) = self.label;
        match self.mark {
            _ if self.is_portrait => ((width - side) / 2.0, self.top()),
            Some(_) => (width - MARGIN - side, (height - side) / 2.0),
            None => (MARGIN, (height - side) / 2.0),
        }
    }

    /// The texts' room beside such a symbol.
    pub(crate) fn texts(&self, side: f64) -> Area {
        let (width, height) = self.label;
        let (left, top, right) = match self.mark {
            _ if self.is_portrait => (2.0 * MARGIN, self.top() + side + GAP, width - MARGIN),
            Some(mark) => (mark.clear, MARGIN + INSET, self.symbol(side).0 - GAP),
            None => (MARGIN + side + GAP, MARGIN + INSET, width - MARGIN),
        };
        Area { at: (left, top), size: (right - left, height - MARGIN - INSET - top) }
    }

    /// Where the serial begins and how long it may be: below a facing mark it has more room than the other texts.
    pub(crate) fn serial(&self, side: f64) -> (f64, f64) {
        let texts = self.texts(side);
        let right = texts.at.0 + texts.size.0;
        let left = if self.mark.is_some() { MARGIN } else { texts.at.0 };
        (left, right - left)
    }

    /// The artwork's slot, of a ratio of width to height: the upper right corner, a quarter of the width and a third of the height; or below the facing mark.
    pub(crate) fn artwork(&self, ratio: f64) -> Area {
        let (width, height) = self.label;
        let fitting = |wide: f64, high: f64| {
            let wide = wide.min(high * ratio);
            (wide, wide / ratio)
        };
        if let (Some(mark), false) = (self.mark, self.is_portrait) {
            let top = mark.at.1 + facing::HEIGHT + GAP;
            // Above the serial.
            let room = (height - top - 3.0 * MARGIN).max(0.0);
            return Area { at: (MARGIN, top), size: fitting(mark.clear - MARGIN - GAP, room) };
        }
        let size = fitting(width / 4.0, height / 3.0);
        Area { at: (width - MARGIN - size.0, MARGIN), size }
    }

    /// The bars of the facing mark.
    pub(crate) fn bars(&self) -> impl Iterator<Item = Area> {
        self.mark.into_iter().flat_map(|mark| mark.bars.bars(mark.at))
    }

    /// Where a label that is higher than wide begins.
    fn top(&self) -> f64 {
        self.mark.map_or(MARGIN, |mark| mark.at.1 + facing::HEIGHT + GAP)
    }
}

impl Mark {
    /// Where it stands on a letter, in whose upper right corner a label is stuck without a gap, and an envelope's own place is where it is.
    fn on(layout: &'static SheetLayout, bars: FacingMark, height: f64) -> Result<Self, PrintError> {
        let width = layout.label.0;
        let (right, top) = match layout.stock {
            Stock::Envelope => (layout.page.0 - layout.origin.0 - width, layout.origin.1),
            _ => (0.0, 0.0),
        };
        let edge = width + right;
        let at = (edge - facing::FROM_RIGHT - facing::WIDTH, facing::FROM_TOP - top);
        if at.0 < MARGIN || at.1 + facing::HEIGHT + 2.0 * MARGIN > height {
            return Err(PrintError::NoRoom { layout: layout.name, what: "a facing mark" });
        }
        Ok(Self { bars, at, clear: edge - facing::CLEAR_FROM_RIGHT })
    }
}
