//! Reading a pass from its text.

use super::{
    BcbpError, BoardingPass, Items, LEG_ITEMS, Leg, LegExtra, MOST_LEGS, Security, UNIQUE_ITEMS, Unique,
};

/// What is left of a text, which is ASCII.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn take(&mut self, width: usize, field: &'static str) -> Result<&'a str, BcbpError> {
        let (taken, rest) = self.0.split_at_checked(width).ok_or(BcbpError::Cut(field))?;
        self.0 = rest;
        Ok(taken)
    }

    fn padded(&mut self, width: usize, field: &'static str) -> Result<String, BcbpError> {
        Ok(self.take(width, field)?.trim_end_matches(' ').to_owned())
    }

    fn one(&mut self, field: &'static str) -> Result<char, BcbpError> {
        self.take(1, field)?.chars().next().ok_or(BcbpError::Cut(field))
    }

    /// Two hexadecimal digits, in upper case as all write them, and so many characters.
    fn sized(&mut self, field: &'static str) -> Result<&'a str, BcbpError> {
        let digits = self.take(2, field)?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte));
        let size = usize::from_str_radix(digits, 16).ok().filter(|_| is_hex);
        self.take(size.ok_or(BcbpError::Field(field))?, field)
    }
}

pub(super) fn pass(text: &str) -> Result<BoardingPass, BcbpError> {
    if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(BcbpError::Characters);
    }
    let mut rest = Rest(text);
    if rest.take(1, "format")? != "M" {
        return Err(BcbpError::Format);
    }
    let count = rest.one("number of legs")?.to_digit(10).unwrap_or(0) as usize;
    if count == 0 || count > MOST_LEGS {
        return Err(BcbpError::Format);
    }
    let passenger = rest.padded(20, "passenger")?;
    let ticket = rest.one("electronic ticket indicator")?;
    let (first, unique) = first_leg(&mut rest)?;
    let mut legs = vec![first];
    while legs.len() < count {
        let (leg, variable) = mandatory(&mut rest)?;
        legs.push(Leg { extra: extra(variable)?, ..leg });
    }
    Ok(BoardingPass { passenger, ticket, unique, legs, security: security(rest)? })
}

fn first_leg(rest: &mut Rest<'_>) -> Result<(Leg, Option<Unique>), BcbpError> {
    let (leg, variable) = mandatory(rest)?;
    if variable.is_empty() {
        return Ok((leg, None));
    }
    let mut variable = Rest(variable);
    if variable.take(1, "version")? != ">" {
        return Err(BcbpError::Field("version"));
    }
    let version = variable.one("version")?;
    let items = Items::read(&UNIQUE_ITEMS, variable.sized("conditional items")?)?;
    Ok((Leg { extra: extra(variable.0)?, ..leg }, Some(Unique { version, items })))
}

/// What each leg must have, and its conditional part.
fn mandatory<'a>(rest: &mut Rest<'a>) -> Result<(Leg, &'a str), BcbpError> {
    let leg = Leg {
        reservation: rest.padded(7, "reservation")?,
        from: rest.padded(3, "airport of departure")?,
        to: rest.padded(3, "airport of arrival")?,
        carrier: rest.padded(3, "carrier")?,
        flight: rest.padded(5, "flight")?,
        day: day(rest.take(3, "day of the year")?)?,
        compartment: rest.one("compartment")?,
        seat: rest.padded(4, "seat")?,
        sequence: rest.padded(5, "sequence")?,
        status: rest.one("passenger status")?,
        extra: None,
    };
    Ok((leg, rest.sized("conditional part")?))
}

fn day(text: &str) -> Result<Option<u16>, BcbpError> {
    if text == "   " {
        return Ok(None);
    }
    let day = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    match day {
        Some(day @ 1..=366) => Ok(Some(day)),
        _ => Err(BcbpError::Field("day of the year")),
    }
}

fn extra(part: &str) -> Result<Option<LegExtra>, BcbpError> {
    if part.is_empty() {
        return Ok(None);
    }
    let mut rest = Rest(part);
    let items = Items::read(&LEG_ITEMS, rest.sized("conditional items")?)?;
    Ok(Some(LegExtra { items, airline: rest.0.to_owned() }))
}

fn security(mut rest: Rest<'_>) -> Result<Option<Security>, BcbpError> {
    if rest.0.is_empty() {
        return Ok(None);
    }
    if rest.take(1, "security block")? != "^" {
        return Err(BcbpError::Trailing(rest.0.len() + 1));
    }
    let kind = rest.one("security type")?;
    let data = rest.sized("security data")?.to_owned();
    if rest.0.is_empty() { Ok(Some(Security { kind, data })) } else { Err(BcbpError::Trailing(rest.0.len())) }
}
