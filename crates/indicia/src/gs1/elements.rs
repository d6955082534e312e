//! Element strings: identifiers with their values, as a symbol has them or as people write them.

use std::fmt;

use super::{Coupon, Gs1Error, PositiveOffer, SEPARATOR, check_digit};

/// An application identifier and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Two to four digits.
    pub ai: String,
    /// What it says.
    pub value: String,
}

/// Elements of which each is as GS1 has it, and which may stand together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementString(Vec<Element>);

/// How many digits an identifier has, by its first two.
fn ai_length(first_two: u8) -> Option<usize> {
    match first_two {
        0..=2 | 10..=13 | 15..=17 | 20..=22 | 30 | 37 | 90..=99 => Some(2),
        23..=25 | 40..=42 | 71 => Some(3),
        31..=36 | 39 | 43 | 70 | 72 | 80..=82 => Some(4),
        _ => None,
    }
}

/// Length of a value that no separator follows, by the identifier's first two digits: GS1's table of predefined lengths.
fn fixed_length(first_two: u8) -> Option<usize> {
    match first_two {
        0 => Some(18),
        1..=3 => Some(14),
        4 => Some(16),
        11..=19 => Some(6),
        20 => Some(2),
        31..=36 => Some(6),
        41 => Some(13),
        _ => None,
    }
}

/// Identifiers whose values end with, or are in their first 13 digits ended by, a check digit.
const CHECKED: [(&str, usize); 7] =
    [("00", 18), ("01", 14), ("02", 14), ("253", 13), ("255", 13), ("8003", 14), ("8017", 18)];

/// What a signature in (8030) can stand beside: all of one of these.
const SIGNED_WITH: [&[&str]; 11] = [
    &["00"],
    &["01", "21"],
    &["03", "21"],
    &["253"],
    &["255"],
    &["8003"],
    &["8004"],
    &["8006", "21"],
    &["8010", "8011"],
    &["8017"],
    &["8018"],
];

impl ElementString {
    /// Elements that may stand together.
    ///
    /// # Errors
    /// [`Gs1Error`], for the first that isn't as it must be.
    pub fn new(elements: Vec<Element>) -> Result<Self, Gs1Error> {
        for (place, element) in elements.iter().enumerate() {
            element.check()?;
            if elements[..place].iter().any(|other| other.ai == element.ai && other.value != element.value) {
                return Err(Gs1Error::Twice(element.ai.clone()));
            }
        }
        let checked = Self(elements);
        let is_there = |ai: &&str| checked.get(ai).is_some();
        if is_there(&"8030") && !SIGNED_WITH.iter().any(|group| group.iter().all(is_there)) {
            return Err(Gs1Error::Unserialised);
        }
        Ok(checked)
    }

    /// Reads what a symbol holds: identifiers and values, a separator after those of variable length. A reader's own
    /// mark in front (`]C1`, `]d2`, `]Q3`, `]e0`) and a first separator are passed over.
    ///
    /// # Errors
    /// [`Gs1Error`].
    pub fn decode(symbol: &str) -> Result<Self, Gs1Error> {
        let marks = ["]C1", "]d2", "]Q3", "]e0", "]J1"];
        let symbol = marks.iter().find_map(|mark| symbol.strip_prefix(mark)).unwrap_or(symbol);
        let symbol = symbol.strip_prefix(SEPARATOR).unwrap_or(symbol);
        let (mut elements, mut rest) = (Vec::new(), symbol);
        while !rest.is_empty() {
            let no_identifier = || Gs1Error::Identifier(symbol.len() - rest.len() + 1);
            let first_two = two_digits(rest).ok_or_else(no_identifier)?;
            let length = ai_length(first_two).ok_or_else(no_identifier)?;
            let (ai, value) = rest.split_at_checked(length).ok_or_else(no_identifier)?;
            let (value, after) = match fixed_length(first_two) {
                Some(length) => {
                    value.split_at_checked(length).ok_or_else(|| Gs1Error::Value(ai.to_owned()))?
                }
                None => value.split_once(SEPARATOR).unwrap_or((value, "")),
            };
            elements.push(Element { ai: ai.to_owned(), value: value.to_owned() });
            // Some write one after a fixed length too.
            rest = after.strip_prefix(SEPARATOR).unwrap_or(after);
        }
        Self::new(elements)
    }

    /// Reads what people write, `(255)9501101020917`.
    ///
    /// # Errors
    /// [`Gs1Error`].
    pub fn parse(text: &str) -> Result<Self, Gs1Error> {
        let (mut elements, mut rest) = (Vec::new(), text);
        while !rest.is_empty() {
            let no_identifier = || Gs1Error::Identifier(text.len() - rest.len() + 1);
            let (ai, after) =
                rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).ok_or_else(no_identifier)?;
            let length = two_digits(ai).and_then(ai_length).ok_or_else(no_identifier)?;
            if ai.len() != length {
                return Err(no_identifier());
            }
            let end = after.find('(').unwrap_or(after.len());
            elements.push(Element { ai: ai.to_owned(), value: after[..end].to_owned() });
            rest = &after[end..];
        }
        Self::new(elements)
    }

    /// As a symbol holds it, without the first FNC1, which the symbol's kind makes in a way of its own.
    #[must_use]
    pub fn to_symbol(&self) -> String {
        let mut symbol = String::new();
        for (place, element) in self.0.iter().enumerate() {
            symbol += &element.ai;
            symbol += &element.value;
            let is_fixed = two_digits(&element.ai).and_then(fixed_length).is_some();
            if !is_fixed && place + 1 < self.0.len() {
                symbol.push(SEPARATOR);
            }
        }
        symbol
    }

    /// The value of an identifier.
    #[must_use]
    pub fn get(&self, ai: &str) -> Option<&str> {
        self.0.iter().find(|element| element.ai == ai).map(|element| element.value.as_str())
    }

    /// All elements, in their order.
    #[must_use]
    pub fn elements(&self) -> &[Element] {
        &self.0
    }
}

impl fmt::Display for ElementString {
    /// As people write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|Element { ai, value }| write!(f, "({ai}){value}"))
    }
}

impl Element {
    fn check(&self) -> Result<(), Gs1Error> {
        let Self { ai, value } = self;
        let wrong = || Gs1Error::Value(ai.clone());
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(ai) || two_digits(ai).and_then(ai_length) != Some(ai.len()) {
            return Err(wrong());
        }
        let fits = match two_digits(ai).and_then(fixed_length) {
            Some(length) => value.len() == length && is_digits(value),
            None => (1..=90).contains(&value.len()) && value.bytes().all(is_of_set_82),
        };
        let fits = fits
            && match ai.as_str() {
                "253" => is_digits(value.get(..13).unwrap_or("-")) && value.len() <= 30,
                // A serial behind it is of digits too, up to twelve.
                "255" => is_digits(value) && (13..=25).contains(&value.len()),
                "8003" | "8017" => is_digits(value.get(..14).unwrap_or("-")),
                "8030" => value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)),
                "21" => value.len() <= 20,
                _ => true,
            };
        if !fits {
            return Err(wrong());
        }
        match ai.as_str() {
            "8110" => Coupon::decode(value).map(drop)?,
            "8112" => PositiveOffer::decode(value).map(drop)?,
            _ => {}
        }
        match CHECKED.iter().find(|(checked, _)| checked == ai) {
            Some((_, length)) => self.check_digit(value.get(..*length).ok_or_else(wrong)?),
            None => Ok(()),
        }
    }

    fn check_digit(&self, digits: &str) -> Result<(), Gs1Error> {
        let (before, last) = digits.split_at(digits.len() - 1);
        let wrong = || Gs1Error::Value(self.ai.clone());
        let expected = check_digit(before).ok_or_else(wrong)?;
        let found = last.parse().map_err(|_| wrong())?;
        if found == expected {
            Ok(())
        } else {
            Err(Gs1Error::CheckDigit { ai: self.ai.clone(), found, expected })
        }
    }
}

/// The characters of GS1's set 82.
fn is_of_set_82(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!\"%&'()*+,-./:;<=>?_".contains(&byte)
}

fn two_digits(text: &str) -> Option<u8> {
    text.get(..2).filter(|two| two.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}
