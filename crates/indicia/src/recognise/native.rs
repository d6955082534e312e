//! Our own.

use std::borrow::Cow;

use super::{Content, Reading};
use crate::indicium::{Indicium, Proof};
use crate::presentation::Presentation;
use crate::text::{self, TextError};

/// Text that begins with `VBI:`, or bytes that are an indicium.
pub(super) fn indicium(content: Content<'_>) -> Option<Reading> {
    let (bytes, is_text) = match bytes_of(content) {
        Ok(read) => read,
        Err(error) => return Some(Reading::damaged(&error)),
    };
    match Indicium::decode(&bytes) {
        Ok(indicium) => Some(fields(&indicium)),
        // Other bytes may be anything.
        Err(error) => is_text.then(|| Reading::damaged(&error)),
    }
}

/// The same around which a device has signed.
pub(super) fn presentation(content: Content<'_>) -> Option<Reading> {
    let (bytes, _) = bytes_of(content).ok().filter(|(bytes, _)| Presentation::is_begun_in(bytes))?;
    let presentation = match Presentation::decode(&bytes) {
        Ok(presentation) => presentation,
        Err(error) => return Some(Reading::damaged(&error)),
    };
    let mut reading = match Indicium::decode(presentation.indicium()) {
        Ok(indicium) => fields(&indicium),
        Err(error) => Reading::damaged(&error),
    };
    reading.field("shown", presentation.at());
    Some(reading)
}

/// The bytes of a text that begins with `VBI:`, or the bytes themselves; and whether they are a text's.
fn bytes_of(content: Content<'_>) -> Result<(Cow<'_, [u8]>, bool), TextError> {
    match content.text.filter(|line| line.starts_with(text::PREFIX)) {
        Some(line) => Ok((text::from_text(line)?.into(), true)),
        None => Ok((content.bytes.into(), false)),
    }
}

fn fields(indicium: &Indicium<'_>) -> Reading {
    let claims = indicium.claims();
    let mut reading = Reading::default();
    reading.field("issuer", &claims.issuer);
    reading.field("serial", claims.serial);
    reading.field("kind", claims.kind);
    reading.field("amount", claims.amount);
    reading.field("issued", claims.issued_at);
    reading.field_if("not before", claims.not_before);
    reading.field_if("expires", claims.expires);
    reading.field("template", claims.template.0);
    reading.field_if("holder", claims.holder.as_ref().map(|_| "by a salted digest"));
    if let Some((ascending, descending)) = claims.registers {
        reading.field("ascending register", ascending);
        reading.field("descending register", descending);
    }
    reading.field_if("weight", claims.weight_grams.map(|grams| format!("{grams} g")));
    reading.field_if("service", claims.service.as_deref());
    let details = &claims.details;
    reading.field_if("uses", details.uses);
    reading.field_if("event", details.event.as_deref());
    reading.field_if("seat", details.seat.as_deref());
    reading.field_if("entrance", details.entrance.as_deref());
    reading.field_if("enter from", details.entry.from);
    reading.field_if("enter until", details.entry.until);
    reading.field_if("mailed", details.mailed);
    reading.field_if("origin", details.origin.as_deref());
    reading.field_if("destination", details.destination.as_deref());
    reading.field_if("re-entry", details.reentry.then_some("yes"));
    reading.field_if("barcode beside it", details.barcode.as_ref());
    reading.field_if("holder's key", details.key);
    reading.field("algorithm", format!("{:?}", indicium.algorithm()));
    reading.field("key", indicium.key_id());
    match indicium.proof() {
        Proof::Signature(_) => reading.field("proof", "a signature of its own"),
        Proof::Receipt(_, place) => {
            reading.field("proof", format!("number {} of a batch of {}", place.index + 1, place.size));
        }
    }
    reading.remark("whether it is genuine is said by `mintage verify`");
    reading
}
