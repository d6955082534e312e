//! The bars of a 4-state Mailmark.

use thiserror::Error;

use super::mailmark_4state::{Barcode, GROUP, Mailmark};
use super::reed_solomon::{repaired, with_checks};
use super::{Bar, Bars, Orientation};

/// Symbols of six bits with an odd number of ones, or an even one, in their order.
const fn symbols<const COUNT: usize>(ones_modulo_2: u32) -> [u8; COUNT] {
    let mut table = [0; COUNT];
    let (mut symbol, mut found) = (1_u8, 0);
    while found < COUNT {
        if symbol.count_ones() % 2 == ones_modulo_2 {
            table[found] = symbol;
            found += 1;
        }
        symbol += 1;
    }
    table
}

/// For numbers to base 32 and check numbers.
static ODD: [u8; 32] = symbols(1);
/// For numbers to base 30: without those that have no ones, or nothing else.
static EVEN: [u8; 30] = symbols(0);

impl Barcode {
    /// The symbols that may be at a number's place.
    fn symbols(self, place: usize) -> &'static [u8] {
        if place < self.base_30() { &EVEN } else { &ODD }
    }
}

/// Why bars aren't a 4-state Mailmark.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// As many bars as neither has.
    #[error("a 4-state Mailmark has 66 or 78 bars, this has {0}")]
    Count(usize),
    /// More is wrong than the check numbers can put right.
    #[error("too many bars are wrong")]
    TooManyErrors,
    /// The number is more than the fields can be.
    #[error("the bars' number is beyond all postcodes")]
    Number,
    /// A code from both sides.
    #[error("these bars are a Mailmark both upright and upside down")]
    Orientation,
}

/// What was read from bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scan {
    /// What they say.
    pub mailmark: Mailmark,
    /// Which way round they were.
    pub orientation: Orientation,
    /// How many groups of three bars were misread and put right.
    pub repaired: usize,
}

/// Which bit of a symbol says whether a bar of a group goes up, and which whether it goes down.
fn bits(group: usize, bar: usize) -> (usize, usize) {
    if group.is_multiple_of(2) { (5 - bar, 2 - bar) } else { (2 - bar, 5 - bar) }
}

impl Mailmark {
    /// Its bars.
    #[must_use]
    pub fn encode(&self) -> Bars {
        let barcode = self.barcode();
        let groups = barcode.groups();
        let mut value = self.value();
        let mut numbers = vec![0; groups.len() - barcode.checks()];
        for (place, base) in barcode.bases_from_last() {
            numbers[place] = u8::try_from(value % base).unwrap_or_default(); // below its base
            value /= base;
        }
        let mut symbols = vec![0; groups.len()];
        for (place, number) in with_checks(&numbers, barcode.checks()).into_iter().enumerate() {
            symbols[usize::from(groups[place])] = barcode.symbols(place)[usize::from(number)];
        }
        let bars = (0..barcode.bars()).map(|bar| {
            let (up, down) = bits(bar / GROUP, bar % GROUP);
            let symbol = symbols[bar / GROUP];
            Bar::of(symbol >> up & 1 == 1, symbol >> down & 1 == 1)
        });
        bars.collect()
    }

    /// Reads bars, whichever way round they are, and puts right what the check numbers allow.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn decode(bars: &Bars) -> Result<Scan, ReadError> {
        let count = bars.as_slice().len();
        let barcode = Barcode::ALL.into_iter().find(|barcode| barcode.bars() == count);
        let barcode = barcode.ok_or(ReadError::Count(count))?;
        let ways = bars.both_ways().map(|(orientation, bars)| read(barcode, &bars, orientation));
        match ways {
            [Ok(upright), Ok(other)] if upright.repaired == other.repaired => Err(ReadError::Orientation),
            [Ok(upright), Ok(other)] => Ok(if upright.repaired < other.repaired { upright } else { other }),
            [Err(_), Ok(scan)] => Ok(scan),
            [upright, Err(_)] => upright,
        }
    }
}

/// Reads bars that stand upright, though they were seen as `orientation` says.
fn read(barcode: Barcode, bars: &Bars, orientation: Orientation) -> Result<Scan, ReadError> {
    let bars = bars.as_slice();
    let mut lost = Vec::new();
    let mut seen = Vec::new();
    for (place, group) in barcode.groups().iter().enumerate() {
        let group = usize::from(*group);
        let symbol = (0..GROUP).fold(0, |symbol, at| {
            let bar = bars[GROUP * group + at];
            let (up, down) = bits(group, at);
            symbol | u8::from(bar.ascends()) << up | u8::from(bar.descends()) << down
        });
        let number = barcode.symbols(place).binary_search(&symbol);
        // Whatever isn't among them is known to be misread.
        let number = number.ok().and_then(|number| u8::try_from(number).ok());
        if number.is_none() {
            lost.push(place);
        }
        seen.push(number.unwrap_or_default());
    }
    let numbers = repaired(&seen, barcode.checks(), &lost).ok_or(ReadError::TooManyErrors)?;
    let is_repaired = |place: &usize| lost.contains(place) || seen[*place] != numbers[*place];
    let repaired = (0..seen.len()).filter(is_repaired).count();
    let bases: Vec<(usize, u128)> = barcode.bases_from_last().collect();
    let mut value = 0;
    for (place, base) in bases.into_iter().rev() {
        let number = u128::from(numbers[place]);
        if number >= base {
            return Err(ReadError::Number);
        }
        value = value * base + number;
    }
    let mailmark = Mailmark::of_value(barcode, value).ok_or(ReadError::Number)?;
    Ok(Scan { mailmark, orientation, repaired })
}
