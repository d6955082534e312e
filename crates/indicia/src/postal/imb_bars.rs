//! The bars of an Intelligent Mail barcode.

use thiserror::Error;

use super::crc::crc;
use super::imb::Imb;
use super::imb_tables::{CHARACTERS, CODEWORD_OF, CODEWORDS, PLACES};
use super::{Bar, Bars, Orientation};

const BARS: usize = 65;
/// Codeword J is one of half as many, since it is doubled; A has the check's last bit on top of 659.
const J_CODEWORDS: u128 = 636;
const A_CODEWORDS: u16 = 659;
const CHARACTER_BITS: u16 = (1 << 13) - 1;
/// Bits that the check is over.
const DATA_BITS: u32 = 102;

/// Why bars aren't an Intelligent Mail barcode.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// Not 65 bars.
    #[error("an Intelligent Mail barcode has 65 bars, this has {0}")]
    Count(usize),
    /// Bits that are no character: one of its bars is misread.
    #[error("the bars don't make up character {0}")]
    Character(char),
    /// A codeword above its range.
    #[error("codeword {0} is out of range")]
    Codeword(char),
    /// The number is more than the codes can be.
    #[error("the bars' number is beyond all tracking and routing codes")]
    Number,
    /// Eleven bits of check don't fit.
    #[error("the frame check sequence doesn't fit: bars were misread")]
    Check,
    /// A code from both sides.
    #[error("these bars are an Intelligent Mail barcode both upright and upside down")]
    Orientation,
}

impl Imb {
    /// Its 65 bars.
    #[must_use]
    pub fn encode(&self) -> Bars {
        let number = self.number();
        let check = check(number);
        let mut parts = [false; 2 * BARS];
        for (i, codeword) in codewords(number, check).into_iter().enumerate() {
            let character = CHARACTERS[usize::from(codeword)];
            let character = if check >> i & 1 == 1 { character ^ CHARACTER_BITS } else { character };
            for j in 0..13 {
                parts[usize::from(PLACES[13 * i + j]) - 1] = character >> j & 1 == 1;
            }
        }
        let (descenders, ascenders) = parts.split_at(BARS);
        ascenders.iter().zip(descenders).map(|(up, down)| Bar::of(*up, *down)).collect()
    }

    /// Reads 65 bars, whichever way round they are.
    ///
    /// # Errors
    /// [`ReadError`]; about the bars as they stand, if neither way is right.
    pub fn decode(bars: &Bars) -> Result<(Self, Orientation), ReadError> {
        let ways = bars.both_ways().map(|(orientation, bars)| read(&bars).map(|imb| (imb, orientation)));
        match ways {
            [Ok(_), Ok(_)] => Err(ReadError::Orientation),
            [Err(_), Ok(read)] => Ok(read),
            [upright, Err(_)] => upright,
        }
    }
}

/// The frame check sequence of 11 bits.
fn check(number: u128) -> u16 {
    crc(11, 0x735, 0x7FF, (0..DATA_BITS).rev().map(|bit| number >> bit & 1 == 1))
}

/// The ten codewords, A to J.
fn codewords(mut number: u128, check: u16) -> [u16; 10] {
    let mut take = |base: u128| {
        let codeword = number % base;
        number /= base;
        u16::try_from(codeword).unwrap_or_default() // smaller than its base
    };
    let mut codewords = [0; 10];
    codewords[9] = take(J_CODEWORDS) * 2;
    for codeword in codewords[1..9].iter_mut().rev() {
        *codeword = take(CODEWORDS.into());
    }
    codewords[0] = take(CODEWORDS.into());
    if check >> 10 == 1 {
        codewords[0] += A_CODEWORDS;
    }
    codewords
}

/// Reads bars that stand upright.
fn read(bars: &Bars) -> Result<Imb, ReadError> {
    let bars = bars.as_slice();
    if bars.len() != BARS {
        return Err(ReadError::Count(bars.len()));
    }
    let mut check_read = 0;
    let mut codewords = [0; 10];
    for (i, (codeword, name)) in codewords.iter_mut().zip('A'..='J').enumerate() {
        let mut character: u16 = 0;
        for j in 0..13 {
            let place = usize::from(PLACES[13 * i + j]) - 1;
            let is_set = if place < BARS { bars[place].descends() } else { bars[place - BARS].ascends() };
            character |= u16::from(is_set) << j;
        }
        // As many ones as no character has: it was turned over, which is one bit of the check.
        if matches!(character.count_ones(), 8 | 11) {
            character ^= CHARACTER_BITS;
            check_read |= 1 << i;
        }
        *codeword = CODEWORD_OF[usize::from(character)];
        if *codeword == CODEWORDS {
            return Err(ReadError::Character(name));
        }
    }
    if codewords[0] >= A_CODEWORDS {
        codewords[0] -= A_CODEWORDS;
        check_read |= 1 << 10;
    }
    let number = number_of(codewords)?;
    let imb = Imb::of_number(number).ok_or(ReadError::Number)?;
    if check(number) != check_read { Err(ReadError::Check) } else { Ok(imb) }
}

/// The number of ten codewords.
fn number_of(codewords: [u16; 10]) -> Result<u128, ReadError> {
    let [a, middle @ .., j] = codewords;
    if a >= A_CODEWORDS {
        return Err(ReadError::Codeword('A'));
    }
    if j % 2 == 1 || u128::from(j / 2) >= J_CODEWORDS {
        return Err(ReadError::Codeword('J'));
    }
    let number = middle
        .iter()
        .fold(u128::from(a), |number, codeword| number * u128::from(CODEWORDS) + u128::from(*codeword));
    Ok(number * J_CODEWORDS + u128::from(j / 2))
}
