//! The payload of an indicium: CWT claims (RFC 8392) with integer keys.

use std::borrow::Cow;

use minicbor::{Decoder, Encoder};
use thiserror::Error;

use crate::amount::{Amount, Denomination};
use crate::day::Day;
use crate::details::{Details, EntryWindow};
use crate::holder::HolderDigest;
use crate::holder_key::HolderKey;
use crate::serial::Serial;
use crate::strict::{self, StrictError};
use crate::template::{Kind, TemplateId};
use crate::time::UnixTime;
use crate::wire::{self, Written};

/// Every claim that Mintage writes: the registered ones of RFC 8392 §3.1, and those of the range for private use
/// (below −65536). This table is their only definition.
///
/// | label | claim | type | in |
/// | --- | --- | --- | --- |
/// | 1 | iss, the issuer's name | text | indicia, certificates, bundles |
/// | 2 | sub, `issuer` or `device` | text | certificates |
/// | 4 | exp, not valid from this on | seconds since 1970 | all |
/// | 5 | nbf, not valid before | seconds since 1970 | indicia, certificates |
/// | 6 | iat, when it was issued | seconds since 1970 | all |
/// | 7 | cti, the serial: device (4 bytes) and number (8 bytes), big-endian | bytes, 12 | indicia |
/// | 8 | cnf (RFC 8747), `{1: COSE_Key}` | map | certificates, bundles (the root key), indicia that are tied to a device (its Ed25519 key) |
/// | −65537 | kind | 1 postage, 2 ticket, 3 coupon, 4 voucher, 5 cheque, 6 scrip | indicia |
/// | −65538 | amount in units of the denomination | unsigned | indicia |
/// | −65539 | denomination, `USD/2` | text | indicia |
/// | −65540 | template | unsigned | indicia |
/// | −65541 | holder digest: salt (16 bytes) and digest (16 bytes) | bytes, 32 | indicia with a holder |
/// | −65542 | ascending register after this one, in units | unsigned | postage |
/// | −65543 | descending register after this one, in units | unsigned | postage |
/// | −65544 | weight in grams | unsigned | mail pieces |
/// | −65545 | class of service | text | mail pieces, rides |
/// | −65546 | device | unsigned | device certificates |
/// | −65547 | issuer certificates | array of bytes | bundles |
/// | −65548 | device certificates | array of bytes | bundles |
/// | −65549 | digest of the snapshot it builds on | 32 bytes | status deltas |
/// | −65550 | digest of the snapshot it gives | 32 bytes | status deltas |
/// | −65551 | serial numbers by device and status | array | status snapshots and deltas |
/// | −65552 | ids of revoked keys | array of bytes | bundles, status snapshots and deltas |
/// | −65553 | uses, two or more: each takes an equal share of the amount | unsigned | tickets of several, carnets |
/// | −65554 | event | text | tickets |
/// | −65555 | seat | text | tickets |
/// | −65556 | entrance | text | tickets |
/// | −65557 | entry window, `{4: not from this on, 5: not before}`, of which one may be missing | map | tickets |
/// | −65558 | date of mailing, in days since 1970 | unsigned | mail pieces |
/// | −65559 | origin, a postcode | text | mail pieces |
/// | −65560 | destination, a postcode | text | mail pieces |
/// | −65561 | re-entry: whoever leaves may come in again | true | tickets |
/// | −65562 | barcode beside it: digits of an Intelligent Mail barcode, or a GS1 element string | text | mail pieces, coupons |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label;

#[allow(missing_docs)]
impl Label {
    pub const ISS: i64 = 1;
    pub const SUB: i64 = 2;
    pub const EXP: i64 = 4;
    pub const NBF: i64 = 5;
    pub const IAT: i64 = 6;
    pub const CTI: i64 = 7;
    pub const CNF: i64 = 8;
    pub const KIND: i64 = -65_537;
    pub const AMOUNT: i64 = -65_538;
    pub const DENOMINATION: i64 = -65_539;
    pub const TEMPLATE: i64 = -65_540;
    pub const HOLDER: i64 = -65_541;
    pub const ASCENDING: i64 = -65_542;
    pub const DESCENDING: i64 = -65_543;
    pub const WEIGHT: i64 = -65_544;
    pub const SERVICE: i64 = -65_545;
    pub const DEVICE: i64 = -65_546;
    pub const ISSUER_CERTIFICATES: i64 = -65_547;
    pub const DEVICE_CERTIFICATES: i64 = -65_548;
    pub const STATUS_BASE: i64 = -65_549;
    pub const STATUS_RESULT: i64 = -65_550;
    pub const STATUSES: i64 = -65_551;
    pub const REVOKED_KEYS: i64 = -65_552;
    pub const USES: i64 = -65_553;
    pub const EVENT: i64 = -65_554;
    pub const SEAT: i64 = -65_555;
    pub const ENTRANCE: i64 = -65_556;
    pub const ENTRY: i64 = -65_557;
    pub const MAILED: i64 = -65_558;
    pub const ORIGIN: i64 = -65_559;
    pub const DESTINATION: i64 = -65_560;
    pub const REENTRY: i64 = -65_561;
    pub const BARCODE: i64 = -65_562;
}

/// What an indicium says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims<'a> {
    /// Name of the issuer.
    pub issuer: Cow<'a, str>,
    /// Which indicium it is.
    pub serial: Serial,
    /// When it was issued.
    pub issued_at: UnixTime,
    /// Not valid before this.
    pub not_before: Option<UnixTime>,
    /// Not valid from this on.
    pub expires: Option<UnixTime>,
    /// What it stands for.
    pub kind: Kind,
    /// What it is worth.
    pub amount: Amount,
    /// How it was made.
    pub template: TemplateId,
    /// The tie to its holder.
    pub holder: Option<HolderDigest>,
    /// Ascending and descending register after it, in units of the amount's denomination.
    pub registers: Option<(u64, u64)>,
    /// Weight in grams.
    pub weight_grams: Option<u32>,
    /// Class of service.
    pub service: Option<Cow<'a, str>>,
    /// What else it says, of a ticket or of a mail piece.
    pub details: Details<'a>,
}

/// Why a payload isn't the claims of an indicium.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ClaimsError {
    /// Not deterministic CBOR.
    #[error(transparent)]
    Encoding(#[from] StrictError),
    /// Not a map.
    #[error("the claims aren't a map")]
    NotAMap,
    /// A claim has another type or value than it must.
    #[error("claim {0} isn't of the right type or value")]
    Claim(i64),
    /// A claim that must be there isn't.
    #[error("claim {0} is missing")]
    Missing(i64),
    /// A claim that nobody knows.
    #[error("claim {0} is unknown")]
    Unknown(i64),
}

impl Claims<'_> {
    /// Appends the deterministic encoding.
    pub fn encode_into(&self, bytes: &mut Vec<u8>) {
        let details = &self.details;
        let optional = [
            self.expires.is_some(),
            self.not_before.is_some(),
            self.holder.is_some(),
            self.registers.is_some(),
            self.registers.is_some(),
            self.weight_grams.is_some(),
            self.service.is_some(),
            details.uses.is_some(),
            details.event.is_some(),
            details.seat.is_some(),
            details.entrance.is_some(),
            details.entry.is_there(),
            details.mailed.is_some(),
            details.origin.is_some(),
            details.destination.is_some(),
            details.reentry,
            details.barcode.is_some(),
            details.key.is_some(),
        ];
        let count = 7 + optional.into_iter().filter(|there| *there).count() as u64;
        let denomination = self.amount.denomination();
        wire::append(bytes, |cbor| {
            cbor.map(count)?.i64(Label::ISS)?.str(&self.issuer)?;
            if let Some(time) = self.expires {
                cbor.i64(Label::EXP)?.u64(time.0)?;
            }
            if let Some(time) = self.not_before {
                cbor.i64(Label::NBF)?.u64(time.0)?;
            }
            cbor.i64(Label::IAT)?.u64(self.issued_at.0)?;
            cbor.i64(Label::CTI)?.bytes(&self.serial.to_bytes())?;
            if let Some(key) = details.key {
                cbor.i64(Label::CNF)?.writer_mut().extend_from_slice(&key.confirmation());
            }
            cbor.i64(Label::KIND)?.u8(self.kind.code())?;
            cbor.i64(Label::AMOUNT)?.u64(self.amount.units())?;
            cbor.i64(Label::DENOMINATION)?.str(denomination.text().as_str())?;
            cbor.i64(Label::TEMPLATE)?.u16(self.template.0)?;
            if let Some(holder) = &self.holder {
                cbor.i64(Label::HOLDER)?.bytes(&holder.0)?;
            }
            if let Some((ascending, descending)) = self.registers {
                cbor.i64(Label::ASCENDING)?.u64(ascending)?.i64(Label::DESCENDING)?.u64(descending)?;
            }
            if let Some(weight) = self.weight_grams {
                cbor.i64(Label::WEIGHT)?.u32(weight)?;
            }
            if let Some(service) = &self.service {
                cbor.i64(Label::SERVICE)?.str(service)?;
            }
            if let Some(uses) = details.uses {
                cbor.i64(Label::USES)?.u32(uses)?;
            }
            let admission = [
                (Label::EVENT, &details.event),
                (Label::SEAT, &details.seat),
                (Label::ENTRANCE, &details.entrance),
            ];
            write_texts(cbor, admission)?;
            if details.entry.is_there() {
                write_window(cbor.i64(Label::ENTRY)?, details.entry)?;
            }
            if let Some(day) = details.mailed {
                cbor.i64(Label::MAILED)?.u32(day.days())?;
            }
            write_texts(
                cbor,
                [(Label::ORIGIN, &details.origin), (Label::DESTINATION, &details.destination)],
            )?;
            if details.reentry {
                cbor.i64(Label::REENTRY)?.bool(true)?;
            }
            if let Some(barcode) = &details.barcode {
                cbor.i64(Label::BARCODE)?.str(&barcode.to_string())?;
            }
            Ok(())
        });
    }

    /// Reads claims strictly: deterministic, complete, and with nothing unknown.
    ///
    /// # Errors
    /// [`ClaimsError`].
    pub fn decode(bytes: &[u8]) -> Result<Claims<'static>, ClaimsError> {
        strict::check(bytes)?;
        let mut decoder = Decoder::new(bytes);
        let count = decoder.map().ok().flatten().ok_or(ClaimsError::NotAMap)?;
        let mut found = Found::default();
        for _ in 0..count {
            let label = decoder.i64().map_err(|_| ClaimsError::NotAMap)?;
            found.read(label, &mut decoder)?;
        }
        found.complete()
    }
}

fn write_texts<const N: usize>(
    cbor: &mut Encoder<&mut Vec<u8>>,
    texts: [(i64, &Option<Cow<'_, str>>); N],
) -> Written {
    for (label, text) in texts {
        if let Some(text) = text {
            cbor.i64(label)?.str(text)?;
        }
    }
    Ok(())
}

fn write_window(cbor: &mut Encoder<&mut Vec<u8>>, window: EntryWindow) -> Written {
    let ends = [(Label::EXP, window.until), (Label::NBF, window.from)];
    cbor.map(ends.iter().filter(|(_, time)| time.is_some()).count() as u64)?;
    for (label, time) in ends {
        if let Some(time) = time {
            cbor.i64(label)?.u64(time.0)?;
        }
    }
    Ok(())
}

/// A window says something, or isn't there.
fn read_window(decoder: &mut Decoder<'_>) -> Option<EntryWindow> {
    let mut window = EntryWindow::default();
    for _ in 0..decoder.map().ok()?? {
        let (label, time) = (decoder.i64().ok()?, decoder.u64().ok().map(UnixTime)?);
        match label {
            Label::EXP => window.until = Some(time),
            Label::NBF => window.from = Some(time),
            _ => return None,
        }
    }
    window.is_there().then_some(window)
}

#[derive(Default)]
struct Found {
    issuer: Option<String>,
    serial: Option<Serial>,
    issued_at: Option<u64>,
    not_before: Option<u64>,
    expires: Option<u64>,
    kind: Option<Kind>,
    units: Option<u64>,
    denomination: Option<Denomination>,
    template: Option<u16>,
    holder: Option<HolderDigest>,
    ascending: Option<u64>,
    descending: Option<u64>,
    weight_grams: Option<u32>,
    service: Option<String>,
    details: Details<'static>,
}

impl Found {
    fn read(&mut self, label: i64, decoder: &mut Decoder<'_>) -> Result<(), ClaimsError> {
        let wrong = || ClaimsError::Claim(label);
        let number = |decoder: &mut Decoder<'_>| decoder.u64().map_err(|_| ClaimsError::Claim(label));
        let text = |decoder: &mut Decoder<'_>| {
            decoder.str().map(str::to_owned).map_err(|_| ClaimsError::Claim(label))
        };
        match label {
            Label::ISS => self.issuer = Some(text(decoder)?),
            Label::EXP => self.expires = Some(number(decoder)?),
            Label::NBF => self.not_before = Some(number(decoder)?),
            Label::IAT => self.issued_at = Some(number(decoder)?),
            Label::CTI => {
                let bytes = decoder.bytes().ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(wrong)?;
                self.serial = Some(Serial::from_bytes(bytes).map_err(|_| wrong())?);
            }
            Label::CNF => {
                self.details.key = Some(HolderKey::read_confirmation(decoder).ok_or_else(wrong)?);
            }
            Label::KIND => self.kind = Some(Kind::from_code(number(decoder)?).ok_or_else(wrong)?),
            Label::AMOUNT => self.units = Some(number(decoder)?),
            Label::DENOMINATION => self.denomination = Some(text(decoder)?.parse().map_err(|_| wrong())?),
            Label::TEMPLATE => self.template = Some(decoder.u16().map_err(|_| wrong())?),
            Label::HOLDER => {
                let bytes = decoder.bytes().ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(wrong)?;
                self.holder = Some(HolderDigest(bytes));
            }
            Label::ASCENDING => self.ascending = Some(number(decoder)?),
            Label::DESCENDING => self.descending = Some(number(decoder)?),
            Label::WEIGHT => self.weight_grams = Some(decoder.u32().map_err(|_| wrong())?),
            Label::SERVICE => self.service = Some(text(decoder)?),
            Label::USES => {
                let uses = decoder.u32().ok().filter(|uses| *uses >= 2);
                self.details.uses = Some(uses.ok_or_else(wrong)?);
            }
            Label::EVENT => self.details.event = Some(text(decoder)?.into()),
            Label::SEAT => self.details.seat = Some(text(decoder)?.into()),
            Label::ENTRANCE => self.details.entrance = Some(text(decoder)?.into()),
            Label::ENTRY => self.details.entry = read_window(decoder).ok_or_else(wrong)?,
            Label::MAILED => {
                let day = decoder.u32().ok().and_then(Day::new);
                self.details.mailed = Some(day.ok_or_else(wrong)?);
            }
            Label::ORIGIN => self.details.origin = Some(text(decoder)?.into()),
            Label::DESTINATION => self.details.destination = Some(text(decoder)?.into()),
            // Where it isn't so, nothing is said.
            Label::REENTRY => {
                self.details.reentry = decoder.bool().ok().filter(|is| *is).ok_or_else(wrong)?;
            }
            Label::BARCODE => {
                self.details.barcode = Some(text(decoder)?.parse().map_err(|_| wrong())?);
            }
            unknown => return Err(ClaimsError::Unknown(unknown)),
        }
        Ok(())
    }

    fn complete(self) -> Result<Claims<'static>, ClaimsError> {
        use ClaimsError::Missing;
        let denomination = self.denomination.ok_or(Missing(Label::DENOMINATION))?;
        let units = self.units.ok_or(Missing(Label::AMOUNT))?;
        let registers = match (self.ascending, self.descending) {
            (Some(ascending), Some(descending)) => Some((ascending, descending)),
            (None, None) => None,
            (Some(_), None) => return Err(Missing(Label::DESCENDING)),
            (None, Some(_)) => return Err(Missing(Label::ASCENDING)),
        };
        let amount = Amount::new(units, denomination).map_err(|_| ClaimsError::Claim(Label::AMOUNT))?;
        if self.details.uses.is_some_and(|uses| !units.is_multiple_of(uses.into())) {
            return Err(ClaimsError::Claim(Label::USES));
        }
        Ok(Claims {
            issuer: self.issuer.ok_or(Missing(Label::ISS))?.into(),
            serial: self.serial.ok_or(Missing(Label::CTI))?,
            issued_at: UnixTime(self.issued_at.ok_or(Missing(Label::IAT))?),
            not_before: self.not_before.map(UnixTime),
            expires: self.expires.map(UnixTime),
            kind: self.kind.ok_or(Missing(Label::KIND))?,
            amount,
            template: TemplateId(self.template.ok_or(Missing(Label::TEMPLATE))?),
            holder: self.holder,
            registers,
            weight_grams: self.weight_grams,
            service: self.service.map(Into::into),
            details: self.details,
        })
    }
}
