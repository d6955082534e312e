//! Boarding passes: IATA's Bar Coded Boarding Pass (Resolution 792), as text of fields of fixed width.
//!
//! Read strictly, so that every pass has one form: what was read is written as the same text again. Fields that are filled up
//! with spaces are given without them. The order and widths of fields are those that KDE's KItinerary (`iatabcbpsections.h`)
//! reads; npm's `bcbp` is the peer in the tests.

mod items;
mod reading;

pub use items::{Item, Items, LEG_ITEMS, UNIQUE_ITEMS};

use thiserror::Error;

/// Legs of one pass at most: their count is one digit, and IATA's format goes to four.
const MOST_LEGS: usize = 4;

/// Why a text is no boarding pass, or one can't be written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BcbpError {
    /// Not the format with several legs, the only one there is.
    #[error("it doesn't begin with M and a count of legs from 1 to 4")]
    Format,
    /// Something that isn't printable ASCII.
    #[error("it has characters that aren't printable ASCII")]
    Characters,
    /// It ends too early.
    #[error("it ends in the middle of its {0}")]
    Cut(&'static str),
    /// A field has what it can't have, or too much of it.
    #[error("its {0} isn't as the format has it")]
    Field(&'static str),
    /// Something stands where nothing may.
    #[error("{0} characters are left over at its end")]
    Trailing(usize),
}

/// A boarding pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardingPass {
    /// Passenger: surname, a slash, first name and title; 20 characters at most.
    pub passenger: String,
    /// `E` for an electronic ticket.
    pub ticket: char,
    /// What is conditional and said once, with the format's version; none if the first leg has nothing but what must be there.
    pub unique: Option<Unique>,
    /// One to four flights.
    pub legs: Vec<Leg>,
    /// By whom and how it is signed.
    pub security: Option<Security>,
}

/// What is said once, where it is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unique {
    /// Version of the format.
    pub version: char,
    /// As many of [`UNIQUE_ITEMS`] as are there.
    pub items: Items,
}

/// One flight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// Reservation, 7 characters at most.
    pub reservation: String,
    /// Airport of departure.
    pub from: String,
    /// Airport of arrival.
    pub to: String,
    /// Operating carrier.
    pub carrier: String,
    /// Flight, four digits and a letter at most.
    pub flight: String,
    /// Day of the year, 1 to 366, if the date isn't open.
    pub day: Option<u16>,
    /// Compartment.
    pub compartment: char,
    /// Seat.
    pub seat: String,
    /// Sequence of check-in, four digits and a letter at most.
    pub sequence: String,
    /// Status of the passenger.
    pub status: char,
    /// What is conditional for this flight.
    pub extra: Option<LegExtra>,
}

/// What is conditional for a flight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegExtra {
    /// As many of [`LEG_ITEMS`] as are there.
    pub items: Items,
    /// What the airline adds for itself.
    pub airline: String,
}

/// The signature of a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Security {
    /// Its type.
    pub kind: char,
    /// Its data: 255 characters at most.
    pub data: String,
}

impl BoardingPass {
    /// Reads a pass that is all there is in a text.
    ///
    /// # Errors
    /// [`BcbpError`].
    pub fn decode(text: &str) -> Result<Self, BcbpError> {
        reading::pass(text)
    }

    /// The text that is signed: all of it but the security block.
    ///
    /// # Errors
    /// [`BcbpError::Field`] for what doesn't fit, [`BcbpError::Format`] for a wrong number of legs.
    pub fn to_be_signed(&self) -> Result<String, BcbpError> {
        let first = self.legs.first().ok_or(BcbpError::Format)?;
        if self.legs.len() > MOST_LEGS {
            return Err(BcbpError::Format);
        }
        if self.unique.is_none() && first.extra.is_some() {
            return Err(BcbpError::Field("version"));
        }
        let mut text = format!("M{}", self.legs.len());
        padded(&mut text, &self.passenger, 20, "passenger")?;
        one(&mut text, self.ticket, "electronic ticket indicator")?;
        for (number, leg) in self.legs.iter().enumerate() {
            leg.write(&mut text, self.unique.as_ref().filter(|_| number == 0))?;
        }
        Ok(text)
    }

    /// The pass as text, with its security block if it has one.
    ///
    /// # Errors
    /// As [`BoardingPass::to_be_signed`].
    pub fn to_text(&self) -> Result<String, BcbpError> {
        let mut text = self.to_be_signed()?;
        if let Some(security) = &self.security {
            text.push('^');
            one(&mut text, security.kind, "security type")?;
            sized(&mut text, &security.data, "security data")?;
        }
        Ok(text)
    }
}

impl Leg {
    fn write(&self, text: &mut String, unique: Option<&Unique>) -> Result<(), BcbpError> {
        padded(text, &self.reservation, 7, "reservation")?;
        padded(text, &self.from, 3, "airport of departure")?;
        padded(text, &self.to, 3, "airport of arrival")?;
        padded(text, &self.carrier, 3, "carrier")?;
        padded(text, &self.flight, 5, "flight")?;
        match self.day {
            None => text.push_str("   "),
            Some(day @ 1..=366) => *text += &format!("{day:03}"),
            Some(_) => return Err(BcbpError::Field("day of the year")),
        }
        one(text, self.compartment, "compartment")?;
        padded(text, &self.seat, 4, "seat")?;
        padded(text, &self.sequence, 5, "sequence")?;
        one(text, self.status, "passenger status")?;
        let mut variable = String::new();
        if let Some(unique) = unique {
            variable.push('>');
            one(&mut variable, unique.version, "version")?;
            sized(&mut variable, &unique.items.to_text(), "conditional items")?;
        }
        if let Some(extra) = &self.extra {
            sized(&mut variable, &extra.items.to_text(), "conditional items")?;
            printable(&extra.airline, "airline's own part")?;
            variable += &extra.airline;
        }
        sized(text, &variable, "conditional part")
    }
}

/// Whether a text may stand in a pass.
fn printable(text: &str, field: &'static str) -> Result<(), BcbpError> {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) { Ok(()) } else { Err(BcbpError::Field(field)) }
}

/// A field filled up with spaces. One that ends with a space is written as another would be.
fn padded(text: &mut String, value: &str, width: usize, field: &'static str) -> Result<(), BcbpError> {
    printable(value, field)?;
    if value.len() > width || value.ends_with(' ') {
        return Err(BcbpError::Field(field));
    }
    *text += &format!("{value:width$}");
    Ok(())
}

fn one(text: &mut String, value: char, field: &'static str) -> Result<(), BcbpError> {
    printable(value.encode_utf8(&mut [0; 4]), field)?;
    text.push(value);
    Ok(())
}

/// Two hexadecimal digits of size, and so many characters.
fn sized(text: &mut String, value: &str, field: &'static str) -> Result<(), BcbpError> {
    printable(value, field)?;
    let size = u8::try_from(value.len()).map_err(|_| BcbpError::Field(field))?;
    *text += &format!("{size:02X}{value}");
    Ok(())
}
