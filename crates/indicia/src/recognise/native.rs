//! Our own.

use super::{Content, Reading};
use crate::indicium::{Indicium, Proof};
use crate::text;

/// Text that begins with `VBI:`, or bytes that are an indicium.
pub(super) fn indicium(content: Content<'_>) -> Option<Reading> {
    let line = content.text.filter(|line| line.starts_with(text::PREFIX));
    let decoded = line.map(text::from_text);
    let bytes = match &decoded {
        Some(Ok(bytes)) => bytes,
        Some(Err(error)) => return Some(Reading::damaged(error)),
        None => content.bytes,
    };
    match Indicium::decode(bytes) {
        Ok(indicium) => Some(fields(&indicium)),
        // Other bytes may be anything.
        Err(error) => line.map(|_| Reading::damaged(&error)),
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
