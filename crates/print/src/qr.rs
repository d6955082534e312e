//! QR codes (ISO/IEC 18004) of level M.
//!
//! `qrcodegen` knows the standard, and puts a symbol together in a quarter of the time in which libraries weigh its eight masks, module by module.
//! What another mask changes hangs on the symbol's version only, and is learnt from the library once; masks are weighed here, 64 modules at a time.

use std::sync::OnceLock;

use qrcodegen::{Mask, QrCode, QrCodeEcc, QrSegment, Version};

const VERSIONS: usize = 40;
const MASKS: u8 = 8;
/// Modules of the largest symbol's side.
const LARGEST: usize = 177;
/// Light modules beside what looks like a finder, for which it is weighed.
const BESIDE: usize = 4;

/// The smallest symbol of a text: modules of a side, and its rows, padded to bytes, a bit a module; nothing if none holds it.
pub(crate) fn symbol(text: &str) -> Option<(usize, Vec<u8>)> {
    static DIFFERENCES: [OnceLock<Vec<Symbol>>; VERSIONS] = [const { OnceLock::new() }; VERSIONS];
    let segments = QrSegment::make_segments(text);
    let code = encode(&segments, Version::MIN, Version::MAX, 0)?;
    let version = code.version();
    let first = Symbol::of(&code);
    let others = DIFFERENCES[usize::from(version.value() - 1)].get_or_init(|| differences(version));
    let masked = std::iter::once(first.clone()).chain(others.iter().map(|other| first.xor(other)));
    masked.min_by_key(Symbol::penalty).map(|best| (best.rows.size, best.rows.bytes()))
}

fn encode(segments: &[QrSegment], least: Version, most: Version, mask: u8) -> Option<QrCode> {
    QrCode::encode_segments_advanced(segments, QrCodeEcc::Medium, least, most, Some(Mask::new(mask)), false)
        .ok()
}

/// What differs between a symbol of a version with the first mask and with each other one, whatever it holds.
fn differences(version: Version) -> Vec<Symbol> {
    let with = |mask| encode(&[], version, version, mask).map(|code| Symbol::of(&code));
    let others = (1..MASKS).filter_map(with); // every version holds nothing
    with(0).map(|first| others.map(|other| first.xor(&other)).collect()).unwrap_or_default()
}

/// A square of bits: for each line its modules, 64 a word. The first words of all lines come first.
#[derive(Debug, Clone)]
struct Lines {
    size: usize,
    words: Vec<u64>,
}

impl Lines {
    fn new(size: usize) -> Self {
        Self { size, words: vec![0; size * size.div_ceil(64)] }
    }

    /// Puts down a module, without a question that processors would guess wrong every other time.
    fn put(&mut self, line: usize, place: usize, is_dark: bool) {
        self.words[place / 64 * self.size + line] |= u64::from(is_dark) << (place % 64);
    }

    /// Line after line, padded to bytes, the first module in the highest bit.
    fn bytes(&self) -> Vec<u8> {
        let words = |line: usize| self.words.iter().skip(line).step_by(self.size);
        let bytes = |line: usize| words(line).flat_map(|word| word.reverse_bits().to_be_bytes());
        (0..self.size).flat_map(|line| bytes(line).take(self.size.div_ceil(8))).collect()
    }

    fn xor(&self, other: &Self) -> Self {
        let words = self.words.iter().zip(&other.words).map(|(one, other)| one ^ other).collect();
        Self { size: self.size, words }
    }

    /// The modules that count of a part of each line.
    fn valid(&self, part: usize) -> u64 {
        u64::MAX >> (64 - (self.size - part * 64).min(64))
    }

    /// Squares of two by two modules of one colour.
    fn squares(&self) -> u32 {
        let parts = self.size.div_ceil(64);
        let word =
            |part: usize, line: usize| if part < parts { self.words[part * self.size + line] } else { 0 };
        let mut squares = 0;
        for part in 0..parts {
            // The last module has none behind it.
            let valid = if part + 1 == parts { self.valid(part) >> 1 } else { u64::MAX };
            for line in 1..self.size {
                let same = |part: usize| !(word(part, line - 1) ^ word(part, line));
                let behind = |of: u64, next: u64| of >> 1 | next << 63;
                let (this, next) = (word(part, line), word(part + 1, line));
                let square = same(part) & behind(same(part), same(part + 1)) & !(this ^ behind(this, next));
                squares += (square & valid).count_ones();
            }
        }
        squares
    }

    /// What is against it across its lines: runs of five or more modules of one colour, and finders where there are none.
    fn runs_and_finders(&self) -> u32 {
        let mut penalty = 0;
        for (part, lines) in self.words.chunks(self.size).enumerate() {
            // Beside a symbol all is light.
            let mut light = [0; LARGEST + 2 * BESIDE];
            light[BESIDE..][..self.size].copy_from_slice(lines);
            let mut was_run = 0;
            for line in BESIDE..BESIDE + self.size {
                let at = |after: usize| light[line + after];
                let left = BESIDE + self.size - line;
                if left >= 5 {
                    let same = |after: usize| !(at(after) ^ at(after + 1));
                    let run = same(0) & same(1) & same(2) & same(3) & self.valid(part);
                    // Three for five, and one for each more.
                    penalty += run.count_ones() + 2 * (run & !was_run).count_ones();
                    was_run = run;
                }
                if left >= 7 {
                    let finder = at(0) & !at(1) & at(2) & at(3) & at(4) & !at(5) & at(6);
                    if finder != 0 {
                        let dark =
                            |first: usize| light[first..][..BESIDE].iter().fold(0, |dark, word| dark | word);
                        let (before, after) = (finder & !dark(line - BESIDE), finder & !dark(line + 7));
                        penalty += 40 * (before.count_ones() + after.count_ones());
                    }
                }
            }
        }
        penalty
    }
}

/// A symbol by its rows and by its columns.
#[derive(Debug, Clone)]
struct Symbol {
    rows: Lines,
    columns: Lines,
}

impl Symbol {
    fn of(code: &QrCode) -> Self {
        let size = usize::try_from(code.size()).unwrap_or_default();
        let mut symbol = Self { rows: Lines::new(size), columns: Lines::new(size) };
        for (y, row) in (0..code.size()).zip(0..size) {
            for (x, column) in (0..code.size()).zip(0..size) {
                let is_dark = code.get_module(x, y);
                symbol.rows.put(row, column, is_dark);
                symbol.columns.put(column, row, is_dark);
            }
        }
        symbol
    }

    fn xor(&self, other: &Self) -> Self {
        Self { rows: self.rows.xor(&other.rows), columns: self.columns.xor(&other.columns) }
    }

    /// The less, the better it is read (7.8.3).
    fn penalty(&self) -> u32 {
        let all = u32::try_from(self.rows.size * self.rows.size).unwrap_or(u32::MAX);
        let dark: u32 = self.rows.words.iter().map(|word| word.count_ones()).sum();
        let unevenness = (20 * dark).abs_diff(10 * all) / all;
        let across = self.rows.runs_and_finders() + self.columns.runs_and_finders();
        across + 3 * self.rows.squares() + 10 * unevenness
    }
}

#[cfg(test)]
mod tests {
    use qrcodegen::{QrSegment, Version};

    use super::{Symbol, differences, encode, symbol};
    use crate::{Matrix, SymbolContent};

    /// The standard's rules, module by module.
    fn penalty(is_dark: &dyn Fn(i32, i32) -> bool, size: i32) -> u32 {
        let inside = |place: i32| (0..size).contains(&place);
        let at = |x: i32, y: i32| inside(x) && inside(y) && is_dark(x, y);
        let mut penalty = 0;
        for turn in [false, true] {
            let at = |x: i32, y: i32| if turn { at(y, x) } else { at(x, y) };
            for y in 0..size {
                let mut run = 0;
                for x in 0..size {
                    run = if x > 0 && at(x, y) == at(x - 1, y) { run + 1 } else { 1 };
                    penalty += match run {
                        0..=4 => 0,
                        5 => 3,
                        _ => 1,
                    };
                    let is = |first: i32, modules: &str| {
                        modules.bytes().zip(first..).all(|(module, x)| at(x, y) == (module == b'#'))
                    };
                    if x + 7 <= size && is(x, "#.###.#") {
                        penalty += 40 * (u32::from(is(x - 4, "....")) + u32::from(is(x + 7, "....")));
                    }
                }
            }
        }
        for (x, y) in (1..size).flat_map(|x| (1..size).map(move |y| (x, y))) {
            let square = [(x, y), (x - 1, y), (x, y - 1), (x - 1, y - 1)].map(|(x, y)| at(x, y));
            penalty += if square == [square[0]; 4] { 3 } else { 0 };
        }
        let dark: i32 = (0..size * size).map(|place| i32::from(at(place % size, place / size))).sum();
        // Ten for each twentieth away from a half.
        penalty + 10 * ((20 * dark - 10 * size * size).unsigned_abs() / (size * size).unsigned_abs())
    }

    /// For each kind of symbol, of one word a line, of two and of three: the library's own symbol of each mask is the one that was reckoned, it weighs what the
    /// standard says, and the best is taken.
    #[test]
    fn the_best_mask_is_taken() {
        let mut words = Vec::new();
        for length in [5, 340, 400, 1_200, 2_000, 3_391] {
            let text: String =
                (0..length).map(|place: u32| char::from(b'A' + (place * place % 23) as u8)).collect();
            let segments = [QrSegment::make_alphanumeric(&text)];
            let of_library =
                (0..8).map(|mask| encode(&segments, Version::MIN, Version::MAX, mask).expect("a symbol"));
            let codes: Vec<_> = of_library.collect();
            let (size, first) = (codes[0].size(), Symbol::of(&codes[0]));
            words.push(first.rows.words.len() / first.rows.size);
            let others = differences(codes[0].version());
            let mut least = u32::MAX;
            for (mask, code) in codes.iter().enumerate() {
                let reckoned = if mask == 0 { first.clone() } else { first.xor(&others[mask - 1]) };
                assert_eq!(
                    reckoned.rows.bytes(),
                    Symbol::of(code).rows.bytes(),
                    "mask {mask} of {size} modules"
                );
                let is_dark = |x: i32, y: i32| code.get_module(x, y);
                assert_eq!(reckoned.penalty(), penalty(&is_dark, size), "mask {mask} of {size} modules");
                least = least.min(reckoned.penalty());
            }
            let taken = Matrix::of(&SymbolContent::Qr(text)).expect("a symbol");
            let module = |place: i32| usize::try_from(place).expect("a place");
            let taken_is_dark = |x: i32, y: i32| taken.is_dark(module(x), module(y));
            assert_eq!(penalty(&taken_is_dark, size), least, "{size} modules");
        }
        assert_eq!(words, [1, 1, 2, 2, 3, 3]);
        assert_eq!(symbol(&"A".repeat(3_392)), None);
    }
}
