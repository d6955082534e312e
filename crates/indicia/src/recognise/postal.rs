//! Posts'.

use super::{Content, Reading, hex, text_or_hex};
use crate::postal::dv_freimachung::DvFreimachung;
use crate::postal::frankier_id::FrankierId;
use crate::postal::ibi::{IbiError, Seal, SignedIbi, SignedIbiLite};
use crate::postal::imb::Imb;
use crate::postal::mailmark_2d::Mailmark2d;
use crate::postal::mailmark_4state::Mailmark;
use crate::postal::premiumadress::Premiumadress;
use crate::postal::{Bars, Orientation};

/// Versions of the information-based indicium that were seen.
const IBI_VERSIONS: [u8; 2] = [5, 0x50];

/// Bytes in which version, algorithm, date, ZIP codes and the names of maker and model are all as they must be.
pub(super) fn ibi(content: Content<'_>) -> Option<Reading> {
    let SignedIbi { ibi, seal } = SignedIbi::decode(content.bytes).ok()?;
    let names = [ibi.manufacturer, ibi.model].concat();
    let is_likely = IBI_VERSIONS.contains(&ibi.version)
        && (1..=9).contains(&ibi.algorithm)
        && names.iter().all(u8::is_ascii_alphanumeric)
        && (1990..2100).contains(&ibi.mailed_on.year())
        && ibi.origin <= 99_999
        && ibi.destination <= 99_999_999_999;
    if !is_likely {
        return None;
    }
    let mut reading = Reading::default();
    reading.field("version", format!("0x{:02x}", ibi.version));
    reading.field("algorithm", ibi.algorithm);
    reading.field("certificate", ibi.certificate);
    reading.field("manufacturer", text_or_hex(&ibi.manufacturer));
    reading.field("model", text_or_hex(&ibi.model));
    reading.field("PSD serial number", ibi.device);
    reading.field("ascending register", ibi.ascending);
    reading.field("postage", ibi.postage);
    reading.field("date of mailing", ibi.mailed_on);
    reading.field("origin ZIP", format!("{:05}", ibi.origin));
    let destination = (ibi.destination > 0).then_some(ibi.destination);
    reading.field("destination", destination.map_or("none".to_owned(), |code| code.to_string()));
    reading.field("software", hex(&ibi.software));
    reading.field("descending register", ibi.descending);
    reading.field("rate category", text_or_hex(&ibi.rate_category));
    match seal {
        Seal::Whole { signature, reserved } => {
            reading.field("signature", hex(&signature));
            reading.field_if("reserved", Some(hex(&reserved)));
        }
        Seal::Cut(beginning) => {
            reading.field_if("signature", Some(hex(&beginning)));
            reading.remark(IbiError::Cut(beginning.len()).to_string());
        }
    }
    if ibi.version != IBI_VERSIONS[0] {
        reading.remark(
            "of version 0x50 no table is public: some of its fields may be others than those of version 0x05",
        );
    }
    reading.remark("the post takes none of this form since 30 June 2025; only its successor's");
    Some(reading)
}

/// 20 bytes with the version that was seen.
pub(super) fn ibi_lite(content: Content<'_>) -> Option<Reading> {
    let SignedIbiLite { ibi, digest } = SignedIbiLite::decode(content.bytes).ok()?;
    if ibi.version != 0xff {
        return None;
    }
    let mut reading = Reading::default();
    reading.field("version", format!("0x{:02x}", ibi.version));
    reading.field("piece", ibi.piece);
    reading.field("vendor and model", ibi.vendor_model);
    reading.field("PSD serial number", ibi.device);
    reading.field("postage", ibi.postage);
    reading.field("Intelligent Mail service", ibi.service);
    reading.field("digest", hex(&digest));
    reading.remark("it has no mark of its own: any 20 bytes that begin with 0xff look like this");
    Some(reading)
}

/// `JGB `, and the lengths that its symbols hold.
pub(super) fn mailmark_2d(content: Content<'_>) -> Option<Reading> {
    let text = content.text.filter(|text| text.starts_with("JGB ") && (45..=90).contains(&text.len()))?;
    let mark: Mailmark2d = match text.parse() {
        Ok(mark) => mark,
        Err(error) => return Some(Reading::damaged(&error)),
    };
    let mut reading = Reading::default();
    reading.field("type", mark.code_type().number());
    reading.field("information type", mark.information_type());
    reading.field("class", mark.class());
    reading.field("supply chain", format!("{:07}", mark.supply_chain()));
    reading.field("item", format!("{:08}", mark.item()));
    reading.field_if("destination", Some(mark.destination()));
    reading.field("service", mark.service());
    reading.field_if("return to", Some(mark.return_to()));
    reading.field_if("customer's own", Some(mark.content().trim_end()));
    Some(reading)
}

/// 65 four-state bars, written as T, D, A, F.
pub(super) fn intelligent_mail(content: Content<'_>) -> Option<Reading> {
    let bars = bars(content, &[65])?;
    let (imb, orientation) = match Imb::decode(&bars) {
        Ok(read) => read,
        Err(error) => return Some(Reading::damaged(&error)),
    };
    let mut reading = Reading::default();
    reading.field("barcode identifier", format!("{:02}", imb.tracking.barcode_id()));
    reading.field("service type", format!("{:03}", imb.tracking.service_type()));
    reading.field("mailer", imb.tracking.mailer());
    reading.field("serial number", imb.tracking.serial());
    reading.field_if("routing", Some(imb.routing));
    reading.field("tracking code", imb.tracking);
    say_turned(orientation, &mut reading);
    Some(reading)
}

/// 66 or 78 of them.
pub(super) fn mailmark_4_state(content: Content<'_>) -> Option<Reading> {
    let bars = bars(content, &[66, 78])?;
    let scan = match Mailmark::decode(&bars) {
        Ok(scan) => scan,
        Err(error) => return Some(Reading::damaged(&error)),
    };
    let (mark, mut reading) = (scan.mailmark, Reading::default());
    reading.field("barcode", mark.barcode());
    reading.field("format", mark.format());
    reading.field("version", mark.version());
    reading.field("class", format!("{:X}", mark.class()));
    reading.field("supply chain", mark.supply_chain());
    reading.field("item", format!("{:08}", mark.item()));
    reading.field("destination", mark.postcode().trim_end());
    if scan.repaired > 0 {
        reading.remark(format!("{} of its symbols were misread and put right", scan.repaired));
    }
    say_turned(scan.orientation, &mut reading);
    Some(reading)
}

fn bars(content: Content<'_>, lengths: &[usize]) -> Option<Bars> {
    let bars = content.text.map(str::trim_end).filter(|text| lengths.contains(&text.len()))?;
    bars.parse().ok()
}

fn say_turned(orientation: Orientation, reading: &mut Reading) {
    if orientation == Orientation::UpsideDown {
        reading.remark("the bars stand upside down");
    }
}

/// `DEA`, and a length that its symbols have.
pub(super) fn deutsche_post(content: Content<'_>) -> Option<Reading> {
    let bytes = content.bytes;
    let is_known = bytes.starts_with(b"DEA") && matches!(bytes.len(), 15 | 42 | 47);
    is_known.then(|| {
        if let Ok(franked) = DvFreimachung::decode(bytes) {
            return franked_fields(&franked);
        }
        let mut reading = Reading::default();
        reading.field("franking type", bytes[3]);
        reading.field("bytes", bytes.len());
        if let Ok(label) = Premiumadress::decode(bytes) {
            reading.field("customer", label.customer.get());
            reading.field("product", label.product);
            reading.field("made", label.made.date());
            reading.field("number", label.id);
        }
        reading
    })
}

fn franked_fields(franked: &DvFreimachung) -> Reading {
    let mut reading = Reading::default();
    reading.field("version of products", franked.version);
    reading.field("customer", franked.customer.get());
    reading.field("postage", format!("{}.{:02} EUR", franked.cents / 100, franked.cents % 100));
    reading.field("date of posting", franked.posted.date());
    reading.field("product", franked.product);
    reading.field("item", franked.item.get());
    reading.field("participation", franked.participation);
    reading.field("posting list", franked.list);
    reading.field("announcement", franked.announcement);
    reading.field("customer's own", hex(&franked.customer_data));
    reading.field("Frankier-ID", FrankierId::of(franked));
    reading
}

/// (420) with a ZIP code, and a channel's identifier: (92) to (95).
pub(super) fn package(content: Content<'_>) -> Option<Reading> {
    let text = content.text?;
    let symbol = text.strip_prefix("]C1").unwrap_or(text);
    let (zip, rest) = [5, 9].into_iter().find_map(|length| {
        let (zip, rest) = symbol.strip_prefix("420")?.split_at_checked(length)?;
        let rest = rest.strip_prefix(crate::gs1::SEPARATOR).unwrap_or(rest);
        let is_digits = zip.bytes().chain(rest.bytes()).all(|byte| byte.is_ascii_digit());
        (is_digits
            && matches!(rest.len(), 22 | 26 | 30 | 34)
            && matches!(rest.get(..2), Some("92" | "93" | "94" | "95")))
        .then_some((zip, rest))
    })?;
    let mut reading = Reading::default();
    reading.field("destination", zip);
    let channel = match &rest[..2] {
        "92" => "mailer's number of 9 digits",
        "93" => "mailer's number of 6 digits",
        "94" => "online",
        _ => "retail",
    };
    reading.field("channel", format!("{} ({channel})", &rest[..2]));
    reading.field("service type", &rest[2..5]);
    reading.field("tracking number", rest);
    Some(reading)
}
