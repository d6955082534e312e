//! Templates as documents: TOML that narrows what a template lets be issued and says how its labels look, read strictly and with all
//! faults at once.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use faces::{Face, Faces};
use indicia::{Amount, Denomination, Detail, Presence, Price, Rules, Template};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::check_file;
use crate::csv_file::Lines;
use crate::fault::{Fault, Faults, MAX_FAULTS, Problem, said};
use crate::rows::read_time;

const ENTRIES: &[&str] = &[
    "name",
    "version",
    "kind",
    "symbol",
    "redemption",
    "accounts",
    "claims",
    "price",
    "validity",
    "label",
    "text",
];
const PRICE: &[&str] = &["denomination", "fixed", "one_of", "least", "most", "step"];
const VALIDITY: &[&str] = &["from", "until", "most_days"];

/// The document of each template as it is when the operator has none of his own.
const SHIPPED: [(&str, &str); 7] = [
    ("ticket", include_str!("../templates/ticket.toml")),
    ("postage", include_str!("../templates/postage.toml")),
    ("coupon", include_str!("../templates/coupon.toml")),
    ("voucher", include_str!("../templates/voucher.toml")),
    ("cheque", include_str!("../templates/cheque.toml")),
    ("scrip", include_str!("../templates/scrip.toml")),
    ("gift", include_str!("../templates/gift.toml")),
];

/// The shipped document of a template.
#[must_use]
pub fn shipped_template(template: &Template) -> Option<&'static str> {
    SHIPPED.iter().find(|(name, _)| *name == template.name).map(|(_, document)| *document)
}

/// The faces that the shipped documents give to labels.
static SHIPPED_FACES: LazyLock<Faces> = LazyLock::new(|| {
    Faces::new(|template| {
        let document = shipped_template(template).expect("a document is shipped for each template");
        let read = read(document.as_bytes(), Face::plain);
        read.expect("a test reads all that are shipped").face
    })
});

/// The faces of labels as they are when the operator has no templates of his own.
#[must_use]
pub fn shipped_faces() -> &'static Faces {
    &SHIPPED_FACES
}

/// What a template's document says.
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateDocument {
    /// What may be issued.
    pub rules: Rules,
    /// What stands on labels.
    pub face: Face,
}

/// Reads a template's document. What it doesn't say of labels is as the shipped document has it.
///
/// # Errors
/// [`Faults`]: all that is wrong with it, each with its line and entry.
pub fn read_template(bytes: &[u8]) -> Result<TemplateDocument, Faults> {
    read(bytes, |template| shipped_faces().of(template).clone())
}

/// Reads a document whose face changes another one.
fn read(bytes: &[u8], face: impl Fn(&'static Template) -> Face) -> Result<TemplateDocument, Faults> {
    let bytes = check_file(bytes)?;
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let before = &bytes[..error.valid_up_to()];
            let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
            let row = 1 + before.iter().filter(|byte| **byte == b'\n').count() as u64;
            return Err(Fault::row(row, Problem::NotUtf8 { byte: before.len() - start + 1 }).into());
        }
    };
    let mut reader = Reader { text, faults: Faults { faults: Vec::new(), more: 0 } };
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let place = error.span().map_or(0, |span| span.start);
        let start = text.get(..place).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let character = text.get(start..place).map_or(0, |before| before.chars().count()) + 1;
        let row = 1 + text.get(..start).map_or(0, |before| before.matches('\n').count()) as u64;
        let problem = Problem::Document(format!("character {character}: {}", said(error.message())));
        reader.fault(Fault::row(row, problem));
    }
    if !reader.faults.faults.is_empty() {
        // What follows from a mistake of writing isn't another mistake.
        return Err(reader.faults);
    }
    let root = Table { entries: document.get_ref(), name: "", row: 1 };
    let rules = reader.rules(root);
    let named = root.get("name").and_then(|name| Template::by_name(name.get_ref().as_str()?));
    let face = named.map(|template| reader.face(root, face(template)));
    reader.faults.faults.sort_by_key(|fault| fault.row);
    match (rules, face) {
        (Some(rules), Some(face)) if reader.faults.faults.is_empty() => Ok(TemplateDocument { rules, face }),
        _ => Err(reader.faults),
    }
}

pub(crate) type Value<'a> = Spanned<DeValue<'a>>;

/// One table of the document, and what its entries are called.
#[derive(Clone, Copy)]
pub(crate) struct Table<'t, 'a> {
    pub(crate) entries: &'t DeTable<'a>,
    pub(crate) name: &'t str,
    pub(crate) row: u64,
}

impl<'t, 'a> Table<'t, 'a> {
    pub(crate) fn path(self, entry: &str) -> String {
        if self.name.is_empty() { entry.to_owned() } else { format!("{}.{entry}", self.name) }
    }

    pub(crate) fn get(self, entry: &str) -> Option<&'t Value<'a>> {
        self.entries.get(entry)
    }
}

pub(crate) struct Reader<'s> {
    text: &'s str,
    faults: Faults,
}

impl Reader<'_> {
    pub(crate) fn row(&self, place: usize) -> u64 {
        Lines::new(self.text).of(place as u64)
    }

    pub(crate) fn fault(&mut self, fault: Fault) {
        if self.faults.faults.len() < MAX_FAULTS {
            self.faults.faults.push(fault);
        } else {
            self.faults.more += 1;
        }
    }

    pub(crate) fn wrong(&mut self, path: &str, span: Range<usize>, problem: Problem) {
        let value = self.text.get(span.clone()).unwrap_or_default();
        self.fault(Fault::at(self.row(span.start), path, value, problem));
    }

    pub(crate) fn said(&mut self, path: &str, value: &Value<'_>, sentence: impl Into<String>) {
        self.wrong(path, value.span(), Problem::Document(sentence.into()));
    }

    fn rules(&mut self, root: Table<'_, '_>) -> Option<Rules> {
        self.known(root, ENTRIES);
        let version = self.version(root);
        let template = self.template(root);
        let accounts = self.accounts(root);
        let details = self.details(root);
        let price = self.table(root, "price", PRICE).map_or(Price::Any, |price| self.price(price));
        let validity = self.table(root, "validity", VALIDITY);
        let not_before = validity.and_then(|validity| self.time(validity, "from", false));
        let expires = validity.and_then(|validity| self.time(validity, "until", true));
        if let (Some(validity), Some(from), Some(until)) = (validity, not_before, expires)
            && until <= from
            && let Some(value) = validity.get("until")
        {
            self.said("validity.until", value, "it ends before it begins");
        }
        let most_days = validity.and_then(|validity| self.days(validity, "most_days"));
        Some(Rules {
            template: template?,
            version: version?,
            accounts,
            details,
            price,
            not_before,
            expires,
            most_days,
        })
    }

    /// Says of each entry that nobody knows what it might be.
    pub(crate) fn known(&mut self, table: Table<'_, '_>, known: &[&str]) {
        for name in table.entries.keys() {
            if !known.contains(&name.get_ref().as_ref()) {
                let sentence = format!("no such entry; known are {}", known.join(", "));
                let path = table.path(name.get_ref());
                self.wrong(&path, name.span(), Problem::Document(sentence));
            }
        }
    }

    pub(crate) fn table<'t, 'a>(
        &mut self,
        root: Table<'t, 'a>,
        name: &'t str,
        known: &[&str],
    ) -> Option<Table<'t, 'a>> {
        let value = root.get(name)?;
        let DeValue::Table(entries) = value.get_ref() else {
            self.said(name, value, format!("a table is expected, as [{name}]"));
            return None;
        };
        let table = Table { entries, name, row: self.row(value.span().start) };
        self.known(table, known);
        Some(table)
    }

    fn missing(&mut self, table: Table<'_, '_>, entry: &str, problem: Problem) {
        self.fault(Fault::column(table.row, &table.path(entry), problem));
    }

    pub(crate) fn text<'t>(&mut self, table: Table<'t, '_>, entry: &str) -> Option<&'t str> {
        let value = table.get(entry)?;
        let DeValue::String(text) = value.get_ref() else {
            self.said(&table.path(entry), value, "a text in quotes is expected");
            return None;
        };
        Some(text.as_ref())
    }

    /// Versions are counted, so that a later one can take the place of an earlier one and of nothing else.
    fn version(&mut self, root: Table<'_, '_>) -> Option<u32> {
        let Some(value) = root.get("version") else {
            self.missing(root, "version", Problem::NoVersion);
            return None;
        };
        let number = count(value);
        if number.is_none() {
            self.said("version", value, "a version is expected: a whole number, 1 or more");
        }
        number
    }

    fn days(&mut self, table: Table<'_, '_>, entry: &str) -> Option<u32> {
        let value = table.get(entry)?;
        let number = count(value);
        if number.is_none() {
            self.said(&table.path(entry), value, "a number of days is expected: a whole number, 1 or more");
        }
        number
    }

    /// What the template's name stands for, and that the document knows it.
    fn template(&mut self, root: Table<'_, '_>) -> Option<&'static Template> {
        let required = ["name", "kind", "symbol", "redemption"];
        for entry in required {
            if root.get(entry).is_none() {
                self.missing(root, entry, Problem::Missing);
            }
        }
        let [name, kind, symbol, redemption] = required.map(|entry| self.text(root, entry));
        let Some(template) = Template::by_name(name?) else {
            let value = root.get("name")?;
            self.wrong("name", value.span(), Problem::no_template());
            return None;
        };
        let fixed = [
            ("kind", kind, template.kind.name()),
            ("symbol", symbol, template.symbol.name()),
            ("redemption", redemption, template.redeeming.name()),
        ];
        for (entry, found, expected) in fixed {
            if let (Some(found), Some(value)) = (found, root.get(entry))
                && found != expected
            {
                self.said(entry, value, format!("the {entry} of template {} is {expected}", template.name));
            }
        }
        Some(template)
    }

    fn list<'t, 'a>(&mut self, table: Table<'t, 'a>, entry: &str) -> Option<&'t [Value<'a>]> {
        let value = table.get(entry)?;
        match value.get_ref() {
            DeValue::Array(values) if !values.is_empty() => Some(values),
            _ => {
                self.said(&table.path(entry), value, "a list with something in it is expected, as [\"…\"]");
                None
            }
        }
    }

    fn accounts(&mut self, root: Table<'_, '_>) -> Vec<String> {
        let mut accounts = Vec::new();
        for value in self.list(root, "accounts").unwrap_or_default() {
            match value.get_ref() {
                DeValue::String(name) if !name.is_empty() => accounts.push(name.to_string()),
                _ => self.said("accounts", value, "an account's name in quotes is expected"),
            }
        }
        accounts
    }

    fn details(&mut self, root: Table<'_, '_>) -> BTreeMap<Detail, Presence> {
        let Some(claims) = self.table(root, "claims", &Detail::ALL.map(Detail::name)) else {
            return BTreeMap::new();
        };
        let all = Detail::ALL.map(|detail| (detail, self.presence(claims, detail.name())));
        all.into_iter().filter(|(_, presence)| *presence != Presence::Optional).collect()
    }

    fn presence(&mut self, claims: Table<'_, '_>, entry: &str) -> Presence {
        match self.text(claims, entry) {
            Some("required") => Presence::Required,
            Some("never") => Presence::Never,
            Some("optional") | None => Presence::Optional,
            Some(_) => {
                if let Some(value) = claims.get(entry) {
                    self.said(&claims.path(entry), value, "required, optional or never is expected");
                }
                Presence::Optional
            }
        }
    }

    fn price(&mut self, price: Table<'_, '_>) -> Price {
        let ways = [price.get("fixed"), price.get("one_of"), price.get("least").or(price.get("most"))];
        if ways.iter().flatten().count() != 1 {
            let sentence = "a price is fixed, or one_of, or from least to most: one of these";
            self.fault(Fault::column(price.row, "price", Problem::Document(sentence.into())));
            return Price::Any;
        }
        let Some(denomination) = self.denomination(price) else { return Price::Any };
        if price.get("one_of").is_some() {
            let values = self.list(price, "one_of").unwrap_or_default().iter();
            return Price::OneOf(
                values.filter_map(|value| self.amount("price.one_of", value, denomination)).collect(),
            );
        }
        let [fixed, least, most, step] = ["fixed", "least", "most", "step"].map(|entry| {
            price.get(entry).and_then(|value| self.amount(&price.path(entry), value, denomination))
        });
        if let Some(fixed) = fixed {
            return Price::OneOf(vec![fixed]);
        }
        for entry in ["least", "most"] {
            if price.get(entry).is_none() {
                self.missing(price, entry, Problem::Missing);
            }
        }
        let (Some(least), Some(most)) = (least, most) else { return Price::Any };
        if least.units() > most.units()
            && let Some(value) = price.get("most")
        {
            self.said("price.most", value, "it is less than least");
        }
        Price::Range { least, most, step: step.unwrap_or(Amount::saturating(1, denomination)) }
    }

    fn denomination(&mut self, price: Table<'_, '_>) -> Option<Denomination> {
        let Some(value) = price.get("denomination") else {
            self.missing(price, "denomination", Problem::Missing);
            return None;
        };
        match self.text(price, "denomination")?.parse() {
            Ok(denomination) => Some(denomination),
            Err(error) => {
                let error: indicia::DenominationError = error;
                self.said("price.denomination", value, error.to_string());
                None
            }
        }
    }

    fn amount(&mut self, path: &str, value: &Value<'_>, denomination: Denomination) -> Option<Amount> {
        let DeValue::String(text) = value.get_ref() else {
            self.said(path, value, "an amount in quotes is expected, as \"12.50\"");
            return None;
        };
        match Amount::parse(text, denomination) {
            Ok(amount) if amount.units() > 0 => Some(amount),
            Ok(_) => {
                self.said(path, value, "an amount of more than nothing is expected");
                None
            }
            Err(error) => {
                self.said(path, value, error.to_string());
                None
            }
        }
    }

    fn time(&mut self, table: Table<'_, '_>, entry: &str, end_of_day: bool) -> Option<indicia::UnixTime> {
        let value = table.get(entry)?;
        let time = match value.get_ref() {
            DeValue::String(text) => read_time(text, end_of_day),
            DeValue::Datetime(time) => read_time(&time.to_string(), end_of_day),
            _ => None,
        };
        if time.is_none() {
            self.wrong(&table.path(entry), value.span(), Problem::Date);
        }
        time
    }
}

/// A whole number, 1 or more.
fn count(value: &Value<'_>) -> Option<u32> {
    let number = match value.get_ref() {
        DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
        _ => None,
    };
    number.filter(|number| *number > 0)
}
