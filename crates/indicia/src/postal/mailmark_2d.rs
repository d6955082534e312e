//! Royal Mail's 2D Mailmark (complex mail data mark, "Royal Mail Mailmark barcode definition document", 15 February 2021): a
//! Data Matrix in C40 encodation, of 45 characters and what the customer wants behind them.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::postcode::{self, Letters, Misfit, PLACES};

/// The UPU's code of the post and its country.
const POST: &str = "JGB ";
const VERSION: char = '1';
/// Where fields begin, from 0.
const INFORMATION_TYPE: usize = 4;
const VERSION_AT: usize = 5;
const CLASS: usize = 6;
const SUPPLY_CHAIN: usize = 7;
const ITEM: usize = 14;
const DESTINATION: usize = 22;
const SERVICE: usize = 31;
const RETURN: usize = 32;
const RESERVED: usize = 39;
const CONTENT: usize = 45;

/// The types of the barcode, the smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodeType {
    /// Type 7, up to 51 characters.
    Seven,
    /// Type 29, up to 70 characters, in a long symbol.
    TwentyNine,
    /// Type 9, up to 90 characters.
    Nine,
}

impl CodeType {
    /// All of them, the smallest first.
    pub const ALL: [Self; 3] = [Self::Seven, Self::TwentyNine, Self::Nine];

    /// Its number.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Seven => 7,
            Self::TwentyNine => 29,
            Self::Nine => 9,
        }
    }

    /// Rows and columns of its Data Matrix.
    #[must_use]
    pub fn size(self) -> (usize, usize) {
        match self {
            Self::Seven => (24, 24),
            Self::TwentyNine => (16, 48),
            Self::Nine => (32, 32),
        }
    }

    /// Characters of the customer's own that it has room for.
    #[must_use]
    pub fn content(self) -> usize {
        match self {
            Self::Seven => 6,
            Self::TwentyNine => 25,
            Self::Nine => 45,
        }
    }

    /// C40 values that fit in its symbol: three in two codewords, after the one that begins them (ISO/IEC 16022, table 7).
    fn values(self) -> usize {
        match self {
            Self::Seven => 51,
            Self::TwentyNine => 72,
            Self::Nine => 90,
        }
    }
}

/// Why something can't be in a 2D Mailmark. Places are counted from 1 in its text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Mailmark2dError {
    /// Another post's, or none.
    #[error("a 2D Mailmark begins with \"JGB \"")]
    Post,
    /// Not even up to the service type.
    #[error("a 2D Mailmark has 32 characters or more, this has {0}")]
    TooShort(usize),
    /// More of the customer's own than any type has room for.
    #[error("there is room for 45 characters of the customer's own, these are {0}")]
    TooLong(usize),
    /// More than the type has room for.
    #[error("type {} has room for {} characters of the customer's own, and {} C40 values in all; these are {content} and {values}",
        code_type.number(), code_type.content(), code_type.values())]
    Room {
        /// Which.
        code_type: CodeType,
        /// How many characters.
        content: usize,
        /// How many values they all take: two for what is neither a capital letter, a digit nor a space.
        values: usize,
    },
    /// What may not be in a field.
    #[error("the {field}, place {place}, is {found:?}, not {allowed}")]
    Field {
        /// Which.
        field: &'static str,
        /// Where.
        place: usize,
        /// What stands there.
        found: char,
        /// What may.
        allowed: &'static str,
    },
    /// No form of a postcode is like this.
    #[error("no {field} has {found:?} at place {place}")]
    Postcode {
        /// Which.
        field: &'static str,
        /// What stands there.
        found: char,
        /// Where.
        place: usize,
    },
}

/// What a 2D Mailmark says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mailmark2d {
    code_type: CodeType,
    /// All its characters, of ASCII, which have been looked at.
    text: String,
}

impl Mailmark2d {
    /// Of its text, in a barcode of this type. Small letters count as capital ones in all but the customer's own content, and spaces
    /// before that may be missing.
    ///
    /// # Errors
    /// [`Mailmark2dError`].
    pub fn parse(code_type: CodeType, text: &str) -> Result<Self, Mailmark2dError> {
        let text = checked(text)?;
        let (content, values) = (text.len() - CONTENT, values(&text));
        if content > code_type.content() || values > code_type.values() {
            return Err(Mailmark2dError::Room { code_type, content, values });
        }
        Ok(Self { code_type, text })
    }

    /// Its type.
    #[must_use]
    pub fn code_type(&self) -> CodeType {
        self.code_type
    }

    fn character(&self, at: usize) -> char {
        self.text.as_bytes()[at].into()
    }

    fn number(&self, from: usize, to: usize) -> u32 {
        self.text[from..to].parse().unwrap_or_default() // digits, which were looked at
    }

    /// What kind of code it is.
    #[must_use]
    pub fn information_type(&self) -> char {
        self.character(INFORMATION_TYPE)
    }

    /// The class of mail.
    #[must_use]
    pub fn class(&self) -> char {
        self.character(CLASS)
    }

    /// Whose mail: seven digits.
    #[must_use]
    pub fn supply_chain(&self) -> u32 {
        self.number(SUPPLY_CHAIN, ITEM)
    }

    /// The mailer's number of the piece: eight digits.
    #[must_use]
    pub fn item(&self) -> u32 {
        self.number(ITEM, DESTINATION)
    }

    /// Postcode and delivery point suffix without spaces behind; may be the outward part only, or nothing.
    #[must_use]
    pub fn destination(&self) -> &str {
        self.text[DESTINATION..SERVICE].trim_end()
    }

    /// The service, 0 to 6, which also says what is to happen with what can't be delivered.
    #[must_use]
    pub fn service(&self) -> u32 {
        self.number(SERVICE, RETURN)
    }

    /// The postcode to which it is returned, or nothing.
    #[must_use]
    pub fn return_to(&self) -> &str {
        self.text[RETURN..RESERVED].trim_end()
    }

    /// The customer's own.
    #[must_use]
    pub fn content(&self) -> &str {
        &self.text[CONTENT..]
    }
}

impl fmt::Display for Mailmark2d {
    /// What is in the Data Matrix.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Mailmark2d {
    type Err = Mailmark2dError;

    /// In the smallest type that has room.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let [smaller @ .., largest] = CodeType::ALL;
        let fits = smaller.into_iter().find_map(|code_type| Self::parse(code_type, text).ok());
        fits.map_or_else(|| Self::parse(largest, text), Ok)
    }
}

/// C40 values of a text: what isn't in its basic set takes a shift before it.
fn values(text: &str) -> usize {
    let is_basic = |byte: u8| byte == b' ' || byte.is_ascii_digit() || byte.is_ascii_uppercase();
    text.bytes().map(|byte| if is_basic(byte) { 1 } else { 2 }).sum()
}

/// The whole text, once every field is as it must be.
fn checked(text: &str) -> Result<String, Mailmark2dError> {
    let mut characters: Vec<char> = text.chars().collect();
    for character in characters.iter_mut().take(RESERVED) {
        character.make_ascii_uppercase();
    }
    if !characters.iter().copied().zip(POST.chars()).all(|(found, post)| found == post) {
        return Err(Mailmark2dError::Post);
    }
    if characters.len() <= SERVICE {
        return Err(Mailmark2dError::TooShort(characters.len()));
    }
    let largest = CONTENT + CodeType::Nine.content();
    if characters.len() > largest {
        return Err(Mailmark2dError::TooLong(characters.len() - CONTENT));
    }
    characters.resize(characters.len().max(CONTENT), ' ');
    let every = |field, from, to, allowed, takes: fn(char) -> bool| match (from..to)
        .find(|at| !takes(characters[*at]))
    {
        Some(at) => Err(Mailmark2dError::Field { field, place: at + 1, found: characters[at], allowed }),
        None => Ok(()),
    };
    let is_sign = |found: char| found.is_ascii_digit() || found.is_ascii_uppercase();
    let is_digit = |found: char| found.is_ascii_digit();
    every("information type", INFORMATION_TYPE, VERSION_AT, "a letter or a digit", is_sign)?;
    every("version", VERSION_AT, CLASS, "1", |found| found == VERSION)?;
    every("class", CLASS, SUPPLY_CHAIN, "a letter or a digit", is_sign)?;
    every("supply chain", SUPPLY_CHAIN, ITEM, "a digit", is_digit)?;
    every("item", ITEM, DESTINATION, "a digit", is_digit)?;
    check_postcode("destination", &characters[DESTINATION..SERVICE], DESTINATION, fits_destination)?;
    every("service type", SERVICE, RETURN, "0 to 6", |found| matches!(found, '0'..='6'))?;
    let fits_return = |text: &[u8]| postcode::fits_without_suffix(text, Letters::All);
    check_postcode("postcode to return to", &characters[RETURN..RESERVED], RETURN, fits_return)?;
    every("reserved field", RESERVED, CONTENT, "a space", |found| found == ' ')?;
    let is_printable = |found: char| found == ' ' || found.is_ascii_graphic();
    every("customer's content", CONTENT, characters.len(), "a printable character of ASCII", is_printable)?;
    Ok(characters.into_iter().collect())
}

/// Nothing at all, or what `fits` when the spaces behind are taken away.
fn check_postcode(
    field: &'static str,
    characters: &[char],
    from: usize,
    fits: impl Fn(&[u8]) -> Result<(), Misfit>,
) -> Result<(), Mailmark2dError> {
    // What is beyond Latin-1 fits nowhere, as a NUL does.
    let text: Vec<u8> = characters.iter().map(|found| u8::try_from(*found).unwrap_or_default()).collect();
    let text = text.trim_ascii_end();
    if text.is_empty() {
        return Ok(());
    }
    let misfit = |Misfit(at)| Mailmark2dError::Postcode {
        field,
        found: characters.get(at).copied().unwrap_or(' '),
        place: from + at + 1,
    };
    fits(text).map_err(misfit)
}

/// A whole postcode with its suffix, or its outward part.
fn fits_destination(text: &[u8]) -> Result<(), Misfit> {
    if postcode::fits_outward(text).is_ok() {
        return Ok(());
    }
    let mut whole = [b' '; PLACES];
    whole[..text.len()].copy_from_slice(text);
    postcode::fits_whole(&whole, Letters::All)
}
