//! Royal Mail's 4-state Mailmark ("Royal Mail Mailmark barcode C encoding and decoding instructions" and the same for
//! barcode L, September 2015): 22 or 26 characters in 66 or 78 bars, with Reed–Solomon check numbers.

use std::fmt;

use thiserror::Error;

pub use super::mailmark_bars::{ReadError, Scan};
use super::postcode::{self, PLACES};

/// Postcode and delivery point of mail that goes abroad, the destination of number 0.
const ABROAD: [u8; PLACES] = *b"XY11     ";
const ITEM_DIGITS: usize = 8;
/// What is before the supply chain: format, version, class.
const HEAD: usize = 3;
/// Bars of a symbol.
pub(super) const GROUP: usize = 3;

/// The two barcodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Barcode {
    /// 66 bars, with two digits of supply chain.
    C,
    /// 78 bars, with six.
    L,
}

impl Barcode {
    pub(super) const ALL: [Self; 2] = [Self::C, Self::L];

    /// Characters of its text.
    #[must_use]
    pub fn characters(self) -> usize {
        HEAD + self.supply_chain_digits() + ITEM_DIGITS + PLACES
    }

    /// Its bars.
    #[must_use]
    pub fn bars(self) -> usize {
        GROUP * self.groups().len()
    }

    fn supply_chain_digits(self) -> usize {
        match self {
            Self::C => 2,
            Self::L => 6,
        }
    }

    /// Numbers to base 30, which come first; those behind them are to base 32.
    pub(super) fn base_30(self) -> usize {
        match self {
            Self::C => 9,
            Self::L => 11,
        }
    }

    pub(super) fn checks(self) -> usize {
        match self {
            Self::C => 6,
            Self::L => 7,
        }
    }

    /// Where the symbol of each number is.
    pub(super) fn groups(self) -> &'static [u8] {
        match self {
            Self::C => &[3, 5, 7, 11, 13, 14, 16, 17, 19, 0, 1, 2, 4, 6, 8, 9, 10, 12, 15, 18, 20, 21],
            Self::L => &[
                2, 5, 7, 8, 13, 14, 15, 16, 21, 22, 23, 0, 1, 3, 4, 6, 9, 10, 11, 12, 17, 18, 19, 20, 24, 25,
            ],
        }
    }

    /// Its numbers before the check numbers, with what each is to base of, the last one first.
    pub(super) fn bases_from_last(self) -> impl Iterator<Item = (usize, u128)> {
        let data = self.groups().len() - self.checks();
        (0..data).rev().map(move |place| (place, if place < self.base_30() { 30 } else { 32 }))
    }
}

impl fmt::Display for Barcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::C => "Mailmark C",
            Self::L => "Mailmark L",
        })
    }
}

/// Why something can't be in a 4-state Mailmark. Places are counted from 1 in its text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MailmarkError {
    /// More characters than it has, or so few that more than the postcode's spaces are missing.
    #[error("a {barcode} has {} characters, this has {found}", barcode.characters())]
    Length {
        /// Which.
        barcode: Barcode,
        /// How many.
        found: usize,
    },
    /// Format, version or class is none that there is.
    #[error("the {field}, place {place}, is {found:?}, not {allowed}")]
    Head {
        /// Which.
        field: &'static str,
        /// Where.
        place: usize,
        /// What stands there.
        found: char,
        /// What may.
        allowed: &'static str,
    },
    /// Something that isn't a digit.
    #[error("{found:?} at place {place}, in the {field}, isn't a digit")]
    Digit {
        /// Which number.
        field: &'static str,
        /// What stands there.
        found: char,
        /// Where.
        place: usize,
    },
    /// No form of a postcode is like this.
    #[error("no postcode with delivery point suffix has {found:?} at place {place}")]
    Postcode {
        /// What stands there.
        found: char,
        /// Where.
        place: usize,
    },
}

/// What a 4-state Mailmark says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mailmark {
    barcode: Barcode,
    format: u8,
    version: u8,
    class: u8,
    supply_chain: u32,
    item: u32,
    /// 0 is abroad, and then come all postcodes.
    destination: u64,
}

impl Mailmark {
    /// Of its text: format, version, class, supply chain, item, postcode and delivery point. Small letters count as capital ones,
    /// and spaces at the end may be missing.
    ///
    /// # Errors
    /// [`MailmarkError`].
    pub fn parse(barcode: Barcode, text: &str) -> Result<Self, MailmarkError> {
        let text = text.trim_end_matches(' ').to_ascii_uppercase();
        let mut characters: Vec<char> = text.chars().collect();
        let (found, length) = (characters.len(), barcode.characters());
        if found > length || found <= length - PLACES {
            return Err(MailmarkError::Length { barcode, found });
        }
        characters.resize(length, ' ');
        let head = |field, at: usize, least: u8, allowed: &'static str, radix| {
            let value = characters[at].to_digit(radix).and_then(|value| u8::try_from(value).ok());
            value.filter(|value| *value >= least).ok_or(MailmarkError::Head {
                field,
                place: at + 1,
                found: characters[at],
                allowed,
            })
        };
        let format = head("format", 0, 0, "0 to 4", 5)?;
        let version = head("version", 1, 1, "1 to 4", 5)?;
        let class = head("class", 2, 0, "0 to 9 or A to E", 15)?;
        let (item, destination) = (length - PLACES - ITEM_DIGITS, length - PLACES);
        let number = |field, from, to| {
            (from..to).try_fold(0, |number, at: usize| match characters[at].to_digit(10) {
                Some(digit) => Ok(number * 10 + digit),
                None => Err(MailmarkError::Digit { field, found: characters[at], place: at + 1 }),
            })
        };
        Ok(Self {
            barcode,
            format,
            version,
            class,
            supply_chain: number("supply chain", HEAD, item)?,
            item: number("item", item, destination)?,
            destination: destination_number(&characters[destination..], destination)?,
        })
    }

    /// Which of the two.
    #[must_use]
    pub fn barcode(&self) -> Barcode {
        self.barcode
    }

    /// The kind of mail piece, 0 to 4.
    #[must_use]
    pub fn format(&self) -> u8 {
        self.format
    }

    /// The version of the barcode, 1 to 4.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The class of mail, 0 to 14: written 0 to 9 and A to E.
    #[must_use]
    pub fn class(&self) -> u8 {
        self.class
    }

    /// Whose mail: two or six digits.
    #[must_use]
    pub fn supply_chain(&self) -> u32 {
        self.supply_chain
    }

    /// The mailer's number of the piece: eight digits.
    #[must_use]
    pub fn item(&self) -> u32 {
        self.item
    }

    /// Postcode and delivery point suffix as they are printed, nine places; `XY11` for mail that goes abroad.
    #[must_use]
    pub fn postcode(&self) -> String {
        let rank = self.destination.checked_sub(1);
        let text = rank.and_then(postcode::of_rank).unwrap_or(ABROAD);
        text.into_iter().map(char::from).collect()
    }

    /// The consolidated data value.
    pub(super) fn value(&self) -> u128 {
        let numbers = [
            self.item.into(),
            self.supply_chain.into(),
            self.class.into(),
            self.format.into(),
            u128::from(self.version) - 1,
        ];
        let value = u128::from(self.destination);
        numbers
            .into_iter()
            .zip(bases(self.barcode))
            .fold(value, |value, (number, base)| value * base + number)
    }

    /// What has this consolidated data value.
    pub(super) fn of_value(barcode: Barcode, mut value: u128) -> Option<Self> {
        let mut fields = [0_u32; 5];
        for (field, base) in fields.iter_mut().zip(bases(barcode)).rev() {
            *field = u32::try_from(value % base).ok()?;
            value /= base;
        }
        let [item, supply_chain, class, format, version] = fields;
        let small = |field: u32| u8::try_from(field).ok();
        let destination = u64::try_from(value).ok()?;
        let is_there = destination == 0 || postcode::of_rank(destination - 1).is_some();
        is_there.then_some(Self {
            barcode,
            format: small(format)?,
            version: small(version + 1)?,
            class: small(class)?,
            supply_chain,
            item,
            destination,
        })
    }
}

/// How many there are of item, supply chain, class, format and version.
fn bases(barcode: Barcode) -> [u128; 5] {
    let supply_chains = match barcode {
        Barcode::C => 100,
        Barcode::L => 1_000_000,
    };
    [100_000_000, supply_chains, 15, 5, 4]
}

/// The number of a destination, which begins at a place of the text.
fn destination_number(characters: &[char], at: usize) -> Result<u64, MailmarkError> {
    let misfit = |place: usize| MailmarkError::Postcode { found: characters[place], place: at + place + 1 };
    let mut text = ABROAD;
    for (place, (character, byte)) in characters.iter().zip(&mut text).enumerate() {
        *byte = u8::try_from(*character).map_err(|_| misfit(place))?;
    }
    if text == ABROAD {
        return Ok(0);
    }
    match postcode::rank(&text) {
        Ok(rank) => Ok(rank + 1),
        Err(postcode::Misfit(place)) => Err(misfit(place)),
    }
}

impl fmt::Display for Mailmark {
    /// Its text, with all spaces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { barcode, format, version, class, supply_chain, item, .. } = self;
        let digits = barcode.supply_chain_digits();
        write!(f, "{format}{version}{class:X}{supply_chain:0digits$}{item:08}{}", self.postcode())
    }
}
