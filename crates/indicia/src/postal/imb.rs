//! The USPS Intelligent Mail barcode (USPS-B-3200, revision H): 20 digits of tracking and up to 11 of routing in 65 bars.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

pub use super::imb_bars::ReadError;

/// One of the two codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The 20 digits.
    Tracking,
    /// The up to 11 digits.
    Routing,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tracking => "tracking code",
            Self::Routing => "routing code",
        })
    }
}

/// Why something can't be in an Intelligent Mail barcode.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImbError {
    /// Not 20 digits.
    #[error("the tracking code has {0} characters, not 20 digits")]
    TrackingLength(usize),
    /// None of the four lengths.
    #[error("the routing code has {0} characters, not 0, 5, 9 or 11 digits")]
    RoutingLength(usize),
    /// Something that isn't a digit.
    #[error("{found:?} at place {place} of the {part} isn't a digit")]
    Character {
        /// Where.
        part: Part,
        /// What stands there.
        found: char,
        /// 1-based.
        place: usize,
    },
    /// The second digit of the tracking code is above 4.
    #[error("the barcode identifier's second digit, place 2 of the tracking code, is {0}, not 0 to 4")]
    BarcodeId(u8),
    /// A number has more digits than its field.
    #[error("the {field} is {value}, which is more than {digits} digits")]
    TooLarge {
        /// Which.
        field: &'static str,
        /// What it would be.
        value: u64,
        /// How many it has.
        digits: u32,
    },
    /// The first digit of a mailer identifier says how long it is.
    #[error(
        "the mailer identifier {0} is of the wrong length: those of nine digits begin with 9, those of six don't"
    )]
    MailerId(MailerId),
}

/// Who mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MailerId {
    /// Six digits, the first not 9; then the serial number has nine.
    Six(u32),
    /// Nine digits, the first 9; then the serial number has six.
    Nine(u32),
}

impl fmt::Display for MailerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Six(id) => write!(f, "{id:06}"),
            Self::Nine(id) => write!(f, "{id:09}"),
        }
    }
}

/// The tracking code: barcode identifier 2, service type 3, mailer identifier 6 or 9, serial number 9 or 6 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tracking([u8; Tracking::DIGITS]);

impl Tracking {
    /// How many digits it has.
    pub const DIGITS: usize = 20;

    /// Of its fields.
    ///
    /// # Errors
    /// [`ImbError`] for what doesn't fit its field.
    pub fn new(barcode_id: u8, service_type: u16, mailer: MailerId, serial: u32) -> Result<Self, ImbError> {
        let fits = |field, value: u32, digits| match value {
            value if value < 10_u32.pow(digits) => Ok(()),
            value => Err(ImbError::TooLarge { field, value: value.into(), digits }),
        };
        fits("barcode identifier", barcode_id.into(), 2)?;
        fits("service type", service_type.into(), 3)?;
        let serial = match mailer {
            MailerId::Six(0..=899_999) => {
                fits("serial number", serial, 9)?;
                format!("{serial:09}")
            }
            MailerId::Nine(900_000_000..=999_999_999) => {
                fits("serial number", serial, 6)?;
                format!("{serial:06}")
            }
            wrong => return Err(ImbError::MailerId(wrong)),
        };
        format!("{barcode_id:02}{service_type:03}{mailer}{serial}").parse()
    }

    fn number(&self, places: std::ops::Range<usize>) -> u32 {
        self.0[places].iter().fold(0, |number, digit| number * 10 + u32::from(*digit))
    }

    /// How the mail piece is presorted and marked.
    #[must_use]
    pub fn barcode_id(&self) -> u8 {
        self.0[0] * 10 + self.0[1]
    }

    /// The class of mail and its services.
    #[must_use]
    pub fn service_type(&self) -> u16 {
        // Three digits.
        self.0[2..5].iter().fold(0, |number, digit| number * 10 + u16::from(*digit))
    }

    /// Who mails.
    #[must_use]
    pub fn mailer(&self) -> MailerId {
        if self.0[5] == 9 { MailerId::Nine(self.number(5..14)) } else { MailerId::Six(self.number(5..11)) }
    }

    /// The mailer's own number of the piece.
    #[must_use]
    pub fn serial(&self) -> u32 {
        match self.mailer() {
            MailerId::Six(_) => self.number(11..20),
            MailerId::Nine(_) => self.number(14..20),
        }
    }
}

impl fmt::Display for Tracking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = self.0.iter().map(|digit| char::from(b'0' + digit)).collect();
        f.write_str(&text)
    }
}

impl FromStr for Tracking {
    type Err = ImbError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong_length = |length| ImbError::TrackingLength(length);
        if text.chars().count() != Self::DIGITS {
            return Err(wrong_length(text.chars().count()));
        }
        let digits = digits(text, Part::Tracking)?;
        let digits: [u8; Self::DIGITS] =
            digits.try_into().map_err(|digits: Vec<u8>| wrong_length(digits.len()))?;
        if digits[1] > 4 {
            return Err(ImbError::BarcodeId(digits[1]));
        }
        Ok(Self(digits))
    }
}

/// How many digits a routing code has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum RoutingLength {
    None,
    Five,
    Nine,
    Eleven,
}

impl RoutingLength {
    const ALL: [Self; 4] = [Self::None, Self::Five, Self::Nine, Self::Eleven];

    fn digits(self) -> usize {
        match self {
            Self::None => 0,
            Self::Five => 5,
            Self::Nine => 9,
            Self::Eleven => 11,
        }
    }

    /// The number from which on codes of this length are counted: after all that are shorter.
    fn first(self) -> u64 {
        match self {
            Self::None => 0,
            Self::Five => 1,
            Self::Nine => 100_001,
            Self::Eleven => 1_000_100_001,
        }
    }

    fn of(digits: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|length| length.digits() == digits)
    }
}

/// The routing code: nothing, or the delivery point's ZIP code with 5, 9 or 11 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Routing {
    length: RoutingLength,
    number: u64,
}

impl Routing {
    /// No routing code.
    pub const NONE: Self = Self { length: RoutingLength::None, number: 0 };

    /// How many digits it has: 0, 5, 9 or 11.
    #[must_use]
    pub fn digits(self) -> usize {
        self.length.digits()
    }

    /// Its place among all routing codes.
    fn rank(self) -> u64 {
        self.length.first() + self.number
    }

    fn of_rank(rank: u128) -> Option<Self> {
        let rank = u64::try_from(rank).ok()?;
        let length = RoutingLength::ALL.into_iter().rfind(|length| length.first() <= rank)?;
        let number = rank - length.first();
        let digits = u32::try_from(length.digits()).ok()?;
        (number < 10_u64.pow(digits)).then_some(Self { length, number })
    }
}

impl fmt::Display for Routing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.digits() {
            0 => Ok(()),
            digits => write!(f, "{:0digits$}", self.number),
        }
    }
}

impl FromStr for Routing {
    type Err = ImbError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let count = text.chars().count();
        let length = RoutingLength::of(count).ok_or(ImbError::RoutingLength(count))?;
        let digits = digits(text, Part::Routing)?;
        let number = digits.iter().fold(0, |number, digit| number * 10 + u64::from(*digit));
        Ok(Self { length, number })
    }
}

/// The digits of a part.
fn digits(text: &str, part: Part) -> Result<Vec<u8>, ImbError> {
    let digit = |(place, found): (usize, char)| match found {
        '0'..='9' => Ok(found as u8 - b'0'),
        found => Err(ImbError::Character { part, found, place: place + 1 }),
    };
    text.chars().enumerate().map(digit).collect()
}

/// What an Intelligent Mail barcode says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Imb {
    /// What it is and whose.
    pub tracking: Tracking,
    /// Where it goes.
    pub routing: Routing,
}

impl Imb {
    /// All digits as one number of 102 bits.
    pub(super) fn number(&self) -> u128 {
        let [first, second, rest @ ..] = self.tracking.0;
        let number = (u128::from(self.routing.rank()) * 10 + u128::from(first)) * 5 + u128::from(second);
        rest.iter().fold(number, |number, digit| number * 10 + u128::from(*digit))
    }

    pub(super) fn of_number(mut number: u128) -> Option<Self> {
        let mut tracking = [0; Tracking::DIGITS];
        for (place, digit) in tracking.iter_mut().enumerate().rev() {
            let base = if place == 1 { 5 } else { 10 };
            *digit = below(&mut number, base);
        }
        let routing = Routing::of_rank(number)?;
        Some(Self { tracking: Tracking(tracking), routing })
    }
}

/// Takes the last digit of a number to a base of at most 255.
fn below(number: &mut u128, base: u8) -> u8 {
    let digit = *number % u128::from(base);
    *number /= u128::from(base);
    u8::try_from(digit).unwrap_or_default() // smaller than its base
}
