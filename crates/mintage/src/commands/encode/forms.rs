//! How an item of each format is written on a line.

use std::fmt;

use indicia::postal::dv_freimachung::{
    CUSTOMER_DATA, CustomerNumber, DayError, DayOfYear, DvError, DvFreimachung, ItemNumber,
};
use indicia::postal::frankier_id::{FrankierId, FrankierIdError};
use indicia::postal::imb::{Imb, ImbError};
use indicia::postal::mailmark_2d::{Mailmark2d, Mailmark2dError};
use indicia::postal::mailmark_4state::{Barcode, Mailmark, MailmarkError};
use serde::Serialize;
use thiserror::Error;

/// What a line was made into.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Encoded {
    Bars {
        bars: String,
    },
    Mailmark2d {
        text: String,
        r#type: u8,
        /// Rows and columns.
        symbol: String,
    },
    Dv {
        hex: String,
        frankier_id: String,
    },
    FrankierId {
        frankier_id: String,
    },
}

impl fmt::Display for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bars { bars } => bars,
            Self::Mailmark2d { text, .. } => text,
            Self::Dv { hex, .. } => hex,
            Self::FrankierId { frankier_id } => frankier_id,
        })
    }
}

/// Why a line can't be made into anything. No sentence has a line break in it.
#[derive(Debug, Error)]
pub(super) enum LineError {
    #[error("the line is empty")]
    Empty,
    #[error("the line is longer than {0} bytes")]
    TooLong(usize),
    #[error("the line isn't UTF-8 from byte {0} on")]
    NotUtf8(usize),
    #[error("a line is {form}, and this has {found} of these parts")]
    Parts { form: &'static str, found: usize },
    #[error("the {field} {found:?} is no number from 0 to {most}")]
    Number { field: &'static str, found: String, most: u64 },
    #[error("the date {0:?} isn't a day, written YYYY-MM-DD")]
    Date(String),
    #[error("the customer's data {0:?} aren't up to {CUSTOMER_DATA} bytes in hex")]
    Data(String),
    #[error(transparent)]
    Imb(#[from] ImbError),
    #[error(transparent)]
    Mailmark(#[from] MailmarkError),
    #[error(transparent)]
    Mailmark2d(#[from] Mailmark2dError),
    #[error(transparent)]
    Dv(#[from] DvError),
    #[error(transparent)]
    Day(#[from] DayError),
    #[error(transparent)]
    FrankierId(#[from] FrankierIdError),
}

/// The parts of a line of so many, between commas.
fn parts<'a, const COUNT: usize>(line: &'a str, form: &'static str) -> Result<[&'a str; COUNT], LineError> {
    let parts: Vec<&str> = line.split(',').collect();
    let wrong = |parts: Vec<&str>| LineError::Parts { form, found: parts.len() };
    parts.try_into().map_err(wrong)
}

/// A decimal number of at most `most`, with nothing but digits around which spaces may be.
fn number<T: TryFrom<u64>>(field: &'static str, text: &str, most: u64) -> Result<T, LineError> {
    let wrong = || LineError::Number { field, found: text.to_owned(), most };
    let digits = text.trim_matches(' ');
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let value = is_number.then(|| digits.parse::<u64>().ok()).flatten().filter(|value| *value <= most);
    value.and_then(|value| T::try_from(value).ok()).ok_or_else(wrong)
}

const BYTE: u64 = u8::MAX as u64;
const TWO_BYTES: u64 = u16::MAX as u64;

pub(super) fn imb(line: &str) -> Result<Encoded, LineError> {
    let [tracking, routing] = parts(line, "TRACKING,ROUTING")?;
    let imb = Imb { tracking: tracking.parse()?, routing: routing.parse()? };
    Ok(Encoded::Bars { bars: imb.encode().to_string() })
}

pub(super) fn mailmark(barcode: Barcode, line: &str) -> Result<Encoded, LineError> {
    Ok(Encoded::Bars { bars: Mailmark::parse(barcode, line)?.encode().to_string() })
}

pub(super) fn mailmark_2d(line: &str) -> Result<Encoded, LineError> {
    let mailmark: Mailmark2d = line.parse()?;
    let (rows, columns) = mailmark.code_type().size();
    let symbol = format!("{rows}x{columns}");
    Ok(Encoded::Mailmark2d { text: mailmark.to_string(), r#type: mailmark.code_type().number(), symbol })
}

pub(super) fn dv(line: &str) -> Result<Encoded, LineError> {
    let [version, customer, cents, date, product, item, participation, list, announcement, data] =
        parts(line, "VERSION,CUSTOMER,CENTS,DATE,PRODUCT,ITEM,PARTICIPATION,LIST,ANNOUNCEMENT,DATA")?;
    let franked = DvFreimachung {
        version: number("version", version, BYTE)?,
        customer: customer_number(customer)?,
        cents: number("value in cents", cents, TWO_BYTES)?,
        posted: day(date)?,
        product: number("product key", product, TWO_BYTES)?,
        item: item_number(item)?,
        participation: number("participation number", participation, BYTE)?,
        list: number("number of the posting list", list, TWO_BYTES)?,
        announcement: number("announcement", announcement, BYTE)?,
        customer_data: customer_data(data)?,
    };
    let hex = base16ct::upper::encode_string(&franked.encode());
    Ok(Encoded::Dv { hex, frankier_id: FrankierId::of(&franked).to_string() })
}

pub(super) fn frankier_id(line: &str) -> Result<Encoded, LineError> {
    let [participation, customer, list, item] = parts(line, "PARTICIPATION,CUSTOMER,LIST,ITEM")?;
    let id = FrankierId::new(
        number("participation number", participation, BYTE)?,
        customer_number(customer)?,
        number("number of the posting list", list, TWO_BYTES)?,
        item_number(item)?,
    );
    Ok(Encoded::FrankierId { frankier_id: id.to_string() })
}

fn customer_number(text: &str) -> Result<CustomerNumber, LineError> {
    Ok(CustomerNumber::new(number("customer number", text, CustomerNumber::MOST)?)?)
}

fn item_number(text: &str) -> Result<ItemNumber, LineError> {
    Ok(ItemNumber::new(number("item number", text, ItemNumber::MOST.into())?)?)
}

fn day(text: &str) -> Result<DayOfYear, LineError> {
    let date = text.trim_matches(' ').parse().map_err(|_| LineError::Date(text.to_owned()))?;
    Ok(DayOfYear::new(date)?)
}

fn customer_data(text: &str) -> Result<[u8; CUSTOMER_DATA], LineError> {
    let mut data = [0; CUSTOMER_DATA];
    let decoded = base16ct::mixed::decode(text.trim_matches(' '), &mut data);
    decoded.map_err(|_| LineError::Data(text.to_owned()))?;
    Ok(data)
}
