//! A batch as one JSON document: read strictly where it is signed, and leniently where it is to become such a one.

use std::borrow::Cow;
use std::fmt::Write;

use indicia::{
    Amount, Barcode, BarcodeError, Day, Denomination, Details, EntryWindow, HolderKey, Item, ItemList,
    ListError, ProofForm, Template, UnixTime,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_path_to_error::{Path, Segment};
use thiserror::Error;

use crate::columns::Column;
use crate::fault::{Fault, Faults, Problem, said};
use crate::json_file;
use crate::rows::{Rows, read_time};

/// Characters that are shown of a text that differs from what it should be.
const SHOWN: usize = 24;

/// Why a document isn't taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DocumentError {
    /// A place of it can't be read, or breaks a rule.
    #[error("{}{reason}", place(pointer))]
    Fault {
        /// Where: a JSON pointer (RFC 6901), empty for the whole.
        pointer: String,
        /// What is wrong.
        reason: String,
    },
    /// It says what it says in another form than the one that is signed.
    #[error(
        "the document isn't in its canonical form (RFC 8785): from byte {byte} on it says {found:?}, and canonical is {canonical:?}"
    )]
    NotCanonical {
        /// The first byte that differs, from 0.
        byte: usize,
        /// What is there, shortened.
        found: String,
        /// What would be there, shortened.
        canonical: String,
    },
}

fn place(pointer: &str) -> String {
    if pointer.is_empty() { String::new() } else { format!("{pointer}: ") }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a batch as an object")]
struct Document<'a> {
    #[serde(borrow)]
    denomination: Cow<'a, str>,
    #[serde(borrow)]
    items: Vec<Member<'a>>,
    #[serde(borrow)]
    proof: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an item as an object")]
struct Member<'a> {
    #[serde(borrow)]
    amount: Cow<'a, str>,
    barcode: Option<String>,
    destination: Option<String>,
    enter_from: Option<String>,
    enter_until: Option<String>,
    entrance: Option<String>,
    event: Option<String>,
    holder: Option<String>,
    key: Option<String>,
    mailed: Option<String>,
    origin: Option<String>,
    reentry: Option<bool>,
    reference: Option<String>,
    seat: Option<String>,
    service: Option<String>,
    #[serde(borrow)]
    template: Cow<'a, str>,
    uses: Option<u32>,
    valid_from: Option<String>,
    valid_until: Option<String>,
    weight_g: Option<u32>,
}

/// Reads a document in the form that [`ItemList::write_json`] gives it, and in no other.
///
/// # Errors
/// [`DocumentError`] with the first fault.
pub fn read_document(bytes: &[u8]) -> Result<ItemList, DocumentError> {
    let document: Document<'_> = parse(bytes)?;
    let denomination: Denomination =
        document.denomination.parse().map_err(|error| fault("/denomination", &error))?;
    let proof = ProofForm::by_name(&document.proof)
        .ok_or_else(|| fault("/proof", &"the form of proof is signature or batch"))?;
    let items = document.items.into_iter().enumerate();
    let items = items.map(|(place, member)| member.item(place, denomination)).collect::<Result<_, _>>()?;
    let list = ItemList { proof, denomination, items };
    list.check().map_err(|error| of_list(&error))?;
    let canonical = list.to_json();
    if canonical.as_bytes() == bytes { Ok(list) } else { Err(differs(bytes, &canonical)) }
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, DocumentError> {
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut parser);
    let value = read.map_err(|error| fault(&pointer(error.path()), error.inner()))?;
    parser.end().map_err(|error| fault("", &error))?;
    Ok(value)
}

fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        let _ = match segment {
            Segment::Seq { index } => write!(pointer, "/{index}"),
            Segment::Map { key } | Segment::Enum { variant: key } => {
                write!(pointer, "/{}", key.replace('~', "~0").replace('/', "~1"))
            }
            Segment::Unknown => Ok(()),
        };
    }
    pointer
}

fn fault(pointer: &str, reason: &dyn ToString) -> DocumentError {
    DocumentError::Fault { pointer: said(pointer), reason: said(&reason.to_string()) }
}

impl Member<'_> {
    fn item(self, place: usize, denomination: Denomination) -> Result<Item, DocumentError> {
        let fault = |name: &str, reason: &dyn ToString| fault(&format!("/items/{place}/{name}"), reason);
        let time = |name: &str, text: Option<String>| -> Result<Option<UnixTime>, DocumentError> {
            let Some(text) = text else { return Ok(None) };
            let expected = || fault(name, &"a time in UTC is expected, as 2026-12-31T18:00:00Z");
            read_time(&text, false).map(Some).ok_or_else(expected)
        };
        let day = |name: &str, text: Option<String>| -> Result<Option<Day>, DocumentError> {
            text.map(|text| text.parse()).transpose().map_err(|_| fault(name, &Problem::Day))
        };
        let key = |text: Option<String>| -> Result<Option<HolderKey>, DocumentError> {
            text.map(|text| text.parse()).transpose().map_err(|_| fault("key", &Problem::Key))
        };
        let barcode = |text: Option<String>| -> Result<Option<Barcode>, DocumentError> {
            text.map(|text| text.parse()).transpose().map_err(|error: BarcodeError| fault("barcode", &error))
        };
        let text = |text: Option<String>| text.map(Cow::Owned);
        Ok(Item {
            template: Template::by_name(&self.template)
                .ok_or_else(|| fault("template", &Problem::no_template()))?,
            amount: Amount::parse(&self.amount, denomination).map_err(|error| fault("amount", &error))?,
            holder: self.holder,
            reference: self.reference,
            not_before: time("valid_from", self.valid_from)?,
            expires: time("valid_until", self.valid_until)?,
            weight_grams: self.weight_g,
            service: self.service,
            details: Details {
                uses: self.uses,
                event: text(self.event),
                seat: text(self.seat),
                entrance: text(self.entrance),
                entry: EntryWindow {
                    from: time("enter_from", self.enter_from)?,
                    until: time("enter_until", self.enter_until)?,
                },
                mailed: day("mailed", self.mailed)?,
                origin: text(self.origin),
                destination: text(self.destination),
                reentry: self.reentry.unwrap_or_default(),
                barcode: barcode(self.barcode)?,
                key: key(self.key)?,
            },
        })
    }
}

fn of_list(error: &ListError) -> DocumentError {
    let (item, name, reason): (usize, &str, &dyn ToString) = match error {
        ListError::Item { item, error } => (*item, Column::of_rule(error).name(), error),
        ListError::MixedTemplates { item } => (*item, "template", error),
        // Of all items together.
        _ => return fault("/items", error),
    };
    fault(&format!("/items/{}/{name}", item - 1), reason)
}

fn differs(found: &[u8], canonical: &str) -> DocumentError {
    let same = found.iter().zip(canonical.as_bytes()).take_while(|(a, b)| a == b).count();
    let mut byte = same;
    // The canonical text is UTF-8 and so is what is the same of both.
    while !canonical.is_char_boundary(byte) {
        byte -= 1;
    }
    let shown = |text: &str| text.chars().take(SHOWN).collect();
    let found = shown(&String::from_utf8_lossy(&found[byte..]));
    DocumentError::NotCanonical { byte, found, canonical: shown(&canonical[byte..]) }
}

/// What is said of a list before its items.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a batch as an object")]
struct Lenient<'a> {
    denomination: Option<String>,
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
    proof: Option<String>,
}

/// Reads a document `{"items":[…]}` whose items are as the lines of [`crate::Format::Jsonl`], for an account of this
/// denomination; also what form of proof it asks for. A fault's row is the place of its item, from 1.
///
/// # Errors
/// [`Faults`]: all that is wrong with it.
pub fn read_lenient_document(
    bytes: &[u8],
    denomination: Denomination,
) -> Result<(Option<ProofForm>, Vec<Item>), Faults> {
    let bytes = crate::check_file(bytes)?;
    let document: Lenient<'_> =
        parse(bytes).map_err(|error| Fault::file(Problem::Document(error.to_string())))?;
    let mut rows = Rows::new(denomination);
    let proof = document.proof.as_deref().and_then(ProofForm::by_name);
    if let Some(name) = document.proof.filter(|_| proof.is_none()) {
        let problem = Problem::Document(format!("/proof: {:?} is neither signature nor batch", said(&name)));
        rows.fault(Fault::file(problem));
    }
    let own = denomination.to_string();
    if document.denomination.is_some_and(|other| other != own) {
        rows.fault(Fault::file(Problem::Document(format!("/denomination: the account is in {own}"))));
    }
    if document.items.is_empty() {
        rows.fault(Fault::file(Problem::Document("/items: there is no item".into())));
    }
    for (item, number) in document.items.into_iter().zip(1..) {
        if !rows.begin() {
            break;
        }
        json_file::take_text(item.get(), number, &mut rows);
    }
    Ok((proof, rows.finish()?))
}
