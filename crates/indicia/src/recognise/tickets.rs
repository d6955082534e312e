//! Tickets.

use super::{Content, Reading, hex, text_or_hex};
use crate::ticket::bcbp::{BoardingPass, Leg};
use crate::ticket::uic::{FrameSignature, Head, Layout, Record, StaticFrame};

/// `#UT`.
pub(super) fn uic_static(content: Content<'_>) -> Option<Reading> {
    if !content.bytes.starts_with(b"#UT") {
        return None;
    }
    Some(match StaticFrame::decode(content.bytes) {
        Ok(frame) => frame_fields(&frame),
        Err(error) => Reading::damaged(&error),
    })
}

fn frame_fields(frame: &StaticFrame) -> Reading {
    let mut reading = Reading::default();
    reading.field("version", frame.version());
    reading.field("issuer (RICS)", frame.issuer());
    reading.field("key", frame.key());
    match frame.signature() {
        FrameSignature::Der(der) => reading.field("signature (DSA in DER)", hex(der)),
        FrameSignature::Raw(raw) => reading.field("signature (r, s)", hex(raw)),
    }
    if frame.is_mislabelled() {
        reading.remark("its signature isn't of the version that it says");
    }
    match frame.records() {
        Ok(records) => records.iter().for_each(|record| record_fields(record, &mut reading)),
        Err(error) => reading.remark(format!("its records can't be read: {error}")),
    }
    reading
}

fn record_fields(record: &Record, reading: &mut Reading) {
    let tag = text_or_hex(&record.tag);
    if let Ok(head) = Head::decode(record) {
        reading.field("U_HEAD ticket", &head.ticket);
        reading.field("U_HEAD issuer", &head.issuer);
        reading.field("U_HEAD edited", head.edited);
        reading.field("U_HEAD flags", head.flags);
        reading.field("U_HEAD languages", head.languages.join(", "));
    } else if let Ok(layout) = Layout::decode(record) {
        reading.field("U_TLAY standard", &layout.standard);
        for text in &layout.texts {
            let [line, column, ..] = text.place;
            reading.field_if(format!("U_TLAY line {line}, column {column}"), Some(text.text.trim_end()));
        }
    } else {
        let size = record.content.len();
        reading.field(format!("{tag} version {}", text_or_hex(&record.version)), format!("{size} bytes"));
        if tag == "U_FLEX" {
            reading.field("U_FLEX bytes", hex(&record.content));
            reading.remark("U_FLEX is ASN.1 in unaligned PER, which isn't taken apart here");
        }
    }
}

/// `M` and a count of legs, and at least as long as one leg is.
pub(super) fn boarding_pass(content: Content<'_>) -> Option<Reading> {
    let text = content.text.map(|text| text.trim_end_matches(['\r', '\n']))?;
    let is_likely = matches!(text.as_bytes(), [b'M', b'1'..=b'4', ..]) && text.len() >= 60;
    if !is_likely {
        return None;
    }
    Some(match BoardingPass::decode(text) {
        Ok(pass) => pass_fields(&pass),
        Err(error) => Reading::damaged(&error),
    })
}

fn pass_fields(pass: &BoardingPass) -> Reading {
    let mut reading = Reading::default();
    reading.field("passenger", &pass.passenger);
    reading.field("electronic ticket", pass.ticket);
    if let Some(unique) = &pass.unique {
        reading.field("version", unique.version);
        unique.items.iter().for_each(|(name, value)| reading.field_if(name, Some(value)));
    }
    for (number, leg) in (1..).zip(&pass.legs) {
        leg_fields(number, leg, &mut reading);
    }
    match &pass.security {
        Some(security) => {
            reading.field("security type", security.kind);
            reading.field("security data", &security.data);
        }
        None => reading.remark("it isn't signed"),
    }
    reading
}

fn leg_fields(number: usize, leg: &Leg, reading: &mut Reading) {
    let mut field = |name: &str, value: &str| reading.field_if(format!("leg {number} {name}"), Some(value));
    field("reservation", &leg.reservation);
    field("from", &leg.from);
    field("to", &leg.to);
    field("carrier", &leg.carrier);
    field("flight", &leg.flight);
    field("day of the year", &leg.day.map_or("open".to_owned(), |day| day.to_string()));
    field("compartment", leg.compartment.encode_utf8(&mut [0; 4]));
    field("seat", &leg.seat);
    field("sequence", &leg.sequence);
    field("passenger status", leg.status.encode_utf8(&mut [0; 4]));
    if let Some(extra) = &leg.extra {
        extra.items.iter().for_each(|(name, value)| field(name, value));
        field("airline's own part", &extra.airline);
    }
}
