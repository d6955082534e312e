//! Sets of serial numbers as runs, and their exact coding by gaps.

use std::iter::Peekable;
use std::ops::Range;

use crate::serial::Serial;

/// Serial numbers in ascending order, as the longest runs that they make.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Runs(Vec<Range<u64>>);

impl Runs {
    /// Appends a number that is above all others.
    pub(super) fn push(&mut self, number: u64) {
        match self.0.last_mut() {
            Some(last) if last.end == number => last.end += 1,
            _ => self.0.push(number..number + 1),
        }
    }

    /// The number after the last; 0 if there is none.
    pub(super) fn end(&self) -> u64 {
        self.0.last().map_or(0, |run| run.end)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn contains(&self, number: u64) -> bool {
        let place = self.0.partition_point(|run| run.end <= number);
        self.0.get(place).is_some_and(|run| run.contains(&number))
    }

    /// How many numbers.
    pub(super) fn count(&self) -> u64 {
        self.0.iter().map(|run| run.end - run.start).sum()
    }

    /// Those of either.
    pub(super) fn or(&self, other: &Self) -> Self {
        self.combine(other, |here, there| here || there)
    }

    /// Those that aren't among the others.
    pub(super) fn without(&self, other: &Self) -> Self {
        self.combine(other, |here, there| here && !there)
    }

    pub(super) fn has_any_of(&self, other: &Self) -> bool {
        !self.combine(other, |here, there| here && there).is_empty()
    }

    /// Walks over the places where either set begins or ends a run.
    fn combine(&self, other: &Self, keep: fn(bool, bool) -> bool) -> Self {
        let (mut here, mut there) = (self.edges().peekable(), other.edges().peekable());
        let (mut is_here, mut is_there, mut begun) = (false, false, None);
        let mut runs = Vec::new();
        while let Some(edge) = [here.peek(), there.peek()].into_iter().flatten().min().copied() {
            is_here ^= is_at(&mut here, edge);
            is_there ^= is_at(&mut there, edge);
            match (begun, keep(is_here, is_there)) {
                (None, true) => begun = Some(edge),
                (Some(start), false) => {
                    runs.push(start..edge);
                    begun = None;
                }
                _ => {}
            }
        }
        Self(runs)
    }

    fn edges(&self) -> impl Iterator<Item = u64> {
        self.0.iter().flat_map(|run| [run.start, run.end])
    }

    /// For each run `2 × gap`, where the gap is how many numbers lie between it and the one before; plus one and
    /// followed by `length − 2` if it is longer than one. All in LEB128, so that a number that is alone takes one byte if
    /// it comes within 64, and two within 8,192.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut before = 0;
        for run in &self.0 {
            let (gap, length) = (run.start - before, run.end - run.start);
            write(gap << 1 | u64::from(length > 1), &mut bytes);
            if length > 1 {
                write(length - 2, &mut bytes);
            }
            before = run.end;
        }
        bytes
    }

    /// Reads what [`Runs::encode`] writes, and nothing else.
    pub(super) fn decode(mut bytes: &[u8]) -> Option<Self> {
        let mut runs: Vec<Range<u64>> = Vec::new();
        while !bytes.is_empty() {
            let head = read(&mut bytes)?;
            let before = runs.last().map(|run| run.end);
            // Without a gap, both would be one run.
            if before.is_some() && head >> 1 == 0 {
                return None;
            }
            let start = before.unwrap_or(0).checked_add(head >> 1)?;
            let length = if head & 1 == 1 { read(&mut bytes)?.checked_add(2)? } else { 1 };
            let end = start.checked_add(length)?;
            if end > Serial::MAX_NUMBER + 1 {
                return None;
            }
            runs.push(start..end);
        }
        Some(Self(runs))
    }
}

/// Takes the next edge if it is this one.
fn is_at(edges: &mut Peekable<impl Iterator<Item = u64>>, edge: u64) -> bool {
    edges.next_if_eq(&edge).is_some()
}

/// Seven bits a byte, the lowest first; all but the last have the top bit set.
fn write(mut value: u64, bytes: &mut Vec<u8>) {
    while value > 0x7f {
        bytes.push(0x80 | value.to_le_bytes()[0]);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
}

/// The shortest form only. Six bytes hold 42 bits, and twice a serial number has 41.
fn read(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..42).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return (*byte != 0 || shift == 0).then_some(value);
        }
    }
    None
}
