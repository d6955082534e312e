//! A batch's items in the one encoding that is reserved, stored, sent to the module and digested there.

use minicbor::Decoder;
use thiserror::Error;

use crate::amount::{Amount, AmountError, Denomination};
use crate::barcode::Barcode;
use crate::day::Day;
use crate::holder_key::HolderKey;
use crate::item::{Item, ItemError};
use crate::template::{Template, TemplateId};
use crate::time::UnixTime;
use crate::wire;

/// Whether each indicium has a signature of its own or one for many with a proof in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ProofForm {
    /// A signature each.
    #[default]
    Signature,
    /// One signature over a tree, and a COSE Receipt in each.
    Batch,
}

/// The items of one batch, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemList {
    /// How they are signed.
    pub proof: ProofForm,
    /// Currency and scale of every amount.
    pub denomination: Denomination,
    /// The items.
    pub items: Vec<Item>,
}

/// Why bytes are no list of items.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ListError {
    /// Not the encoding.
    #[error("the list of items can't be read ({0})")]
    Encoding(String),
    /// No such template.
    #[error("item {item} names template {template}, which doesn't exist")]
    Template {
        /// 1-based place in the list.
        item: usize,
        /// The number named.
        template: u16,
    },
    /// An item breaks a rule.
    #[error("item {item}: {error}")]
    Item {
        /// 1-based place in the list.
        item: usize,
        /// The rule.
        error: ItemError,
    },
    /// Their sum is too large.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// A list whose items embed a certificate and others that don't can't be packed together.
    #[error(
        "item {item} has another template than the first; a batch whose certificates travel along has one template"
    )]
    MixedTemplates {
        /// 1-based place in the list.
        item: usize,
    },
}

/// Keys of an item's map; absent ones stand for nothing.
mod key {
    pub(super) const TEMPLATE: u8 = 0;
    pub(super) const UNITS: u8 = 1;
    pub(super) const HOLDER: u8 = 2;
    pub(super) const REFERENCE: u8 = 3;
    pub(super) const NOT_BEFORE: u8 = 4;
    pub(super) const EXPIRES: u8 = 5;
    pub(super) const WEIGHT: u8 = 6;
    pub(super) const SERVICE: u8 = 7;
    pub(super) const USES: u8 = 9;
    pub(super) const EVENT: u8 = 10;
    pub(super) const SEAT: u8 = 11;
    pub(super) const ENTRANCE: u8 = 12;
    pub(super) const ENTER_FROM: u8 = 13;
    pub(super) const ENTER_UNTIL: u8 = 14;
    pub(super) const MAILED: u8 = 15;
    pub(super) const ORIGIN: u8 = 16;
    pub(super) const DESTINATION: u8 = 17;
    pub(super) const REENTRY: u8 = 18;
    pub(super) const BARCODE: u8 = 19;
    pub(super) const HOLDER_KEY: u8 = 20;
}

impl ItemList {
    /// Encodes items; what is equal is equal in bytes.
    #[must_use]
    pub fn encode(proof: ProofForm, denomination: Denomination, items: &[Item]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(16 + items.len() * 48);
        wire::append(&mut bytes, |cbor| {
            let proof = u8::from(proof == ProofForm::Batch);
            cbor.array(3)?.u8(proof)?.str(&denomination.to_string())?.array(items.len() as u64)?;
            Ok(())
        });
        for item in items {
            encode_item(item, &mut bytes);
        }
        bytes
    }

    /// Reads a list and checks every item of it.
    ///
    /// # Errors
    /// [`ListError`] with the first fault.
    pub fn decode(bytes: &[u8]) -> Result<Self, ListError> {
        let encoding = |error: minicbor::decode::Error| ListError::Encoding(error.to_string());
        let wrong = |what: &str| ListError::Encoding(what.to_owned());
        let mut decoder = Decoder::new(bytes);
        if decoder.array().map_err(encoding)? != Some(3) {
            return Err(wrong("it isn't an array of three"));
        }
        let proof = match decoder.u8().map_err(encoding)? {
            0 => ProofForm::Signature,
            1 => ProofForm::Batch,
            _ => return Err(wrong("its form of proof is unknown")),
        };
        let denomination = decoder.str().map_err(encoding)?.parse().map_err(|_| wrong("its denomination"))?;
        let count = decoder.array().map_err(encoding)?.ok_or_else(|| wrong("its length is indefinite"))?;
        // An item has at least five bytes: a count that can't be true reserves no memory.
        let room = usize::try_from(count).unwrap_or(usize::MAX).min(bytes.len() / 5);
        let mut items = Vec::with_capacity(room);
        for place in 1.. {
            if items.len() as u64 == count {
                break;
            }
            items.push(decode_item(&mut decoder, denomination, place)?);
        }
        let list = Self { proof, denomination, items };
        if Self::encode(proof, denomination, &list.items) != bytes {
            return Err(wrong("it isn't in its one encoding"));
        }
        list.check()?;
        Ok(list)
    }

    /// Checks every item, and that they can go together.
    ///
    /// # Errors
    /// [`ListError`] with the first fault.
    pub fn check(&self) -> Result<(), ListError> {
        let embeds = self.items.first().is_some_and(|item| item.template.embeds_certificate);
        for (item, place) in self.items.iter().zip(1..) {
            item.check().map_err(|error| ListError::Item { item: place, error })?;
            if item.template.embeds_certificate != embeds {
                return Err(ListError::MixedTemplates { item: place });
            }
        }
        self.total().map(drop)
    }

    /// What all items cost together.
    ///
    /// # Errors
    /// [`ListError::Amount`].
    pub fn total(&self) -> Result<Amount, ListError> {
        let start = Amount::saturating(0, self.denomination);
        Ok(self.items.iter().try_fold(start, |sum, item| sum.checked_add(item.amount))?)
    }
}

fn encode_item(item: &Item, bytes: &mut Vec<u8>) {
    let texts = [&item.holder, &item.reference, &item.service].into_iter().flatten().count();
    let numbers = [item.not_before, item.expires].into_iter().flatten().count();
    let count = 2 + texts + numbers + usize::from(item.weight_grams.is_some());
    let details = &item.details;
    let admission =
        [(key::EVENT, &details.event), (key::SEAT, &details.seat), (key::ENTRANCE, &details.entrance)];
    let places = [(key::ORIGIN, &details.origin), (key::DESTINATION, &details.destination)];
    let entry = [(key::ENTER_FROM, details.entry.from), (key::ENTER_UNTIL, details.entry.until)];
    let said = admission.iter().chain(&places).filter(|(_, text)| text.is_some()).count()
        + entry.iter().filter(|(_, time)| time.is_some()).count()
        + usize::from(details.uses.is_some())
        + usize::from(details.mailed.is_some())
        + usize::from(details.reentry)
        + usize::from(details.barcode.is_some())
        + usize::from(details.key.is_some());
    wire::append(bytes, |cbor| {
        cbor.map((count + said) as u64)?.u8(key::TEMPLATE)?.u16(item.template.id.0)?;
        cbor.u8(key::UNITS)?.u64(item.amount.units())?;
        if let Some(holder) = &item.holder {
            cbor.u8(key::HOLDER)?.str(holder)?;
        }
        if let Some(reference) = &item.reference {
            cbor.u8(key::REFERENCE)?.str(reference)?;
        }
        if let Some(time) = item.not_before {
            cbor.u8(key::NOT_BEFORE)?.u64(time.0)?;
        }
        if let Some(time) = item.expires {
            cbor.u8(key::EXPIRES)?.u64(time.0)?;
        }
        if let Some(weight) = item.weight_grams {
            cbor.u8(key::WEIGHT)?.u32(weight)?;
        }
        if let Some(service) = &item.service {
            cbor.u8(key::SERVICE)?.str(service)?;
        }
        if let Some(uses) = details.uses {
            cbor.u8(key::USES)?.u32(uses)?;
        }
        for (key, text) in admission {
            if let Some(text) = text {
                cbor.u8(key)?.str(text)?;
            }
        }
        for (key, time) in entry {
            if let Some(time) = time {
                cbor.u8(key)?.u64(time.0)?;
            }
        }
        if let Some(day) = details.mailed {
            cbor.u8(key::MAILED)?.u32(day.days())?;
        }
        for (key, text) in places {
            if let Some(text) = text {
                cbor.u8(key)?.str(text)?;
            }
        }
        if details.reentry {
            cbor.u8(key::REENTRY)?.bool(true)?;
        }
        if let Some(barcode) = &details.barcode {
            cbor.u8(key::BARCODE)?.str(&barcode.to_string())?;
        }
        if let Some(key) = details.key {
            cbor.u8(key::HOLDER_KEY)?.bytes(key.as_bytes())?;
        }
        Ok(())
    });
}

fn decode_item(
    decoder: &mut Decoder<'_>,
    denomination: Denomination,
    place: usize,
) -> Result<Item, ListError> {
    let encoding = |error: minicbor::decode::Error| ListError::Encoding(format!("item {place}: {error}"));
    let wrong = |what: &str| ListError::Encoding(format!("item {place}: {what}"));
    let count = decoder.map().map_err(encoding)?.unwrap_or(0);
    if count < 2 {
        return Err(wrong("it isn't a map of a known length with template and amount"));
    }
    let next = |expected: u8, decoder: &mut Decoder<'_>| match decoder.u8() {
        Ok(found) if found == expected => Ok(()),
        _ => Err(wrong("its template and amount come first")),
    };
    next(key::TEMPLATE, decoder)?;
    let id = decoder.u16().map_err(encoding)?;
    let template =
        Template::by_id(TemplateId(id)).ok_or(ListError::Template { item: place, template: id })?;
    next(key::UNITS, decoder)?;
    let mut item = Item::new(template, Amount::new(decoder.u64().map_err(encoding)?, denomination)?);
    let mut before = key::UNITS;
    let text = |decoder: &mut Decoder<'_>| decoder.str().map(str::to_owned).map_err(encoding);
    let time = |decoder: &mut Decoder<'_>| decoder.u64().map(UnixTime).map_err(encoding);
    for _ in 2..count {
        let found = decoder.u8().map_err(encoding)?;
        if found <= before {
            return Err(wrong("its parts are out of order"));
        }
        before = found;
        match found {
            key::HOLDER => item.holder = Some(text(decoder)?),
            key::REFERENCE => item.reference = Some(text(decoder)?),
            key::NOT_BEFORE => item.not_before = Some(time(decoder)?),
            key::EXPIRES => item.expires = Some(time(decoder)?),
            key::WEIGHT => item.weight_grams = Some(decoder.u32().map_err(encoding)?),
            key::SERVICE => item.service = Some(text(decoder)?),
            key::USES => item.details.uses = Some(decoder.u32().map_err(encoding)?),
            key::EVENT => item.details.event = Some(text(decoder)?.into()),
            key::SEAT => item.details.seat = Some(text(decoder)?.into()),
            key::ENTRANCE => item.details.entrance = Some(text(decoder)?.into()),
            key::ENTER_FROM => item.details.entry.from = Some(time(decoder)?),
            key::ENTER_UNTIL => item.details.entry.until = Some(time(decoder)?),
            key::MAILED => {
                let day = Day::new(decoder.u32().map_err(encoding)?);
                item.details.mailed = Some(day.ok_or_else(|| wrong("its date of mailing is no day"))?);
            }
            key::ORIGIN => item.details.origin = Some(text(decoder)?.into()),
            key::DESTINATION => item.details.destination = Some(text(decoder)?.into()),
            key::REENTRY if decoder.bool().is_ok_and(|is| is) => item.details.reentry = true,
            key::BARCODE => {
                let barcode = text(decoder)?.parse::<Barcode>();
                item.details.barcode = Some(barcode.map_err(|error| wrong(&error.to_string()))?);
            }
            key::HOLDER_KEY => {
                let bytes = decoder.bytes().map_err(encoding)?.try_into().ok();
                let key = bytes.and_then(|bytes| HolderKey::new(bytes).ok());
                item.details.key = Some(key.ok_or_else(|| wrong("its key is no Ed25519 key"))?);
            }
            _ => return Err(wrong("it has an unknown part")),
        }
    }
    Ok(item)
}
