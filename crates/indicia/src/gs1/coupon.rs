//! (8110): a coupon that says all its terms itself, for North America.

use jiff::civil::Date;

use super::{Digits, Gs1Error};

/// What must be bought: so much of it, in the code's unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// How much.
    pub amount: u32,
    /// Of what: 0 units, 1 cash value of them, 2 cash total, 3 and 4 weights, 9 nothing.
    pub code: u8,
    /// Family of products.
    pub family: String,
}

/// A second or third purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// What must be bought.
    pub requirement: Requirement,
    /// Whose it is, if not the first one's.
    pub company: Option<String>,
}

/// How the saving is reckoned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saving {
    /// 0 cents, 1 free item, 2 free items by count, 5 per cent, 6 cents off the whole.
    pub code: u8,
    /// Which item it applies to.
    pub applies_to: u8,
    /// The store's flag.
    pub store: u8,
    /// Whether it must not be multiplied.
    pub dont_multiply: bool,
}

/// A coupon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coupon {
    /// Who pays: GS1 company prefix.
    pub company: String,
    /// The offer, six digits.
    pub offer: String,
    /// What is saved, in the unit of [`Saving::code`]; cents if nothing says so.
    pub save: u32,
    /// What must be bought.
    pub requirement: Requirement,
    /// A second purchase, and how it goes together with the first.
    pub second: Option<(u8, Purchase)>,
    /// A third.
    pub third: Option<Purchase>,
    /// Last day.
    pub expires: Option<Date>,
    /// First day.
    pub starts: Option<Date>,
    /// The coupon's own number.
    pub serial: Option<String>,
    /// Where it may be used.
    pub retailer: Option<String>,
    /// How the saving is reckoned.
    pub saving: Option<Saving>,
}

/// What a value's length may be.
const VALUE: [u8; 5] = [1, 2, 3, 4, 5];
/// By how much a company prefix may be longer than six.
const COMPANY: [u8; 7] = [0, 1, 2, 3, 4, 5, 6];
/// A company that isn't named again.
const NOT_NAMED: u8 = 9;

impl Coupon {
    /// Reads the value of (8110). Years are of this century.
    ///
    /// # Errors
    /// [`Gs1Error`].
    pub fn decode(value: &str) -> Result<Self, Gs1Error> {
        let mut digits = Digits::new(value)?;
        let company = digits.sized(&COMPANY, 6, "company prefix")?.to_owned();
        let offer = digits.take(6, "offer")?.to_owned();
        let save = amount(digits.sized(&VALUE, 0, "saving")?)?;
        let requirement = requirement(&mut digits)?;
        let mut coupon = Self {
            company,
            offer,
            save,
            requirement,
            second: None,
            third: None,
            expires: None,
            starts: None,
            serial: None,
            retailer: None,
            saving: None,
        };
        // Fields with a number, each once, in ascending order.
        let mut last = 0;
        while !digits.0.is_empty() {
            let field = digits.digit(&[1, 2, 3, 4, 5, 6, 9], "optional field")?;
            if field <= last {
                return Err(Gs1Error::Field("order of optional fields"));
            }
            last = field;
            coupon.read(field, &mut digits)?;
        }
        match (coupon.starts, coupon.expires) {
            (Some(starts), Some(expires)) if starts > expires => Err(Gs1Error::Field("first day")),
            _ => Ok(coupon),
        }
    }

    fn read(&mut self, field: u8, digits: &mut Digits<'_>) -> Result<(), Gs1Error> {
        match field {
            1 => {
                let rule = digits.digit(&[0, 1, 2, 3], "rule of the second purchase")?;
                self.second = Some((rule, purchase(digits)?));
            }
            2 => self.third = Some(purchase(digits)?),
            3 => self.expires = Some(date(digits.take(6, "last day")?, "last day")?),
            4 => self.starts = Some(date(digits.take(6, "first day")?, "first day")?),
            5 => {
                let serial = digits.sized(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 6, "serial number")?;
                self.serial = Some(serial.to_owned());
            }
            6 => {
                let retailer = digits.sized(&[1, 2, 3, 4, 5, 6, 7], 6, "retailer")?;
                self.retailer = Some(retailer.to_owned());
            }
            _ => {
                self.saving = Some(Saving {
                    code: digits.digit(&[0, 1, 2, 5, 6], "code of the saving")?,
                    applies_to: digits.digit(&[0, 1, 2], "item of the saving")?,
                    store: digits.digit(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], "store's flag")?,
                    dont_multiply: digits.digit(&[0, 1], "flag against multiplying")? == 1,
                });
            }
        }
        Ok(())
    }
}

fn requirement(digits: &mut Digits<'_>) -> Result<Requirement, Gs1Error> {
    let amount = amount(digits.sized(&VALUE, 0, "purchase requirement")?)?;
    let code = digits.digit(&[0, 1, 2, 3, 4, 9], "code of the purchase requirement")?;
    Ok(Requirement { amount, code, family: digits.take(3, "family of products")?.to_owned() })
}

fn purchase(digits: &mut Digits<'_>) -> Result<Purchase, Gs1Error> {
    let requirement = requirement(digits)?;
    let company = match digits.digit(&[0, 1, 2, 3, 4, 5, 6, NOT_NAMED], "company prefix of a purchase")? {
        NOT_NAMED => None,
        more => Some(digits.take(usize::from(more) + 6, "company prefix of a purchase")?.to_owned()),
    };
    Ok(Purchase { requirement, company })
}

/// Five digits at most.
fn amount(digits: &str) -> Result<u32, Gs1Error> {
    digits.parse().map_err(|_| Gs1Error::Field("amount"))
}

/// YYMMDD.
fn date(text: &str, field: &'static str) -> Result<Date, Gs1Error> {
    let part = |range: std::ops::Range<usize>| text[range].parse::<i8>().map_err(|_| Gs1Error::Field(field));
    Date::new(2000 + i16::from(part(0..2)?), part(2..4)?, part(4..6)?).map_err(|_| Gs1Error::Field(field))
}
