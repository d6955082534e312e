//! Schemes that are named and no more, so that nobody takes them for forgeries of ours.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Content, Reading};
use crate::sign1::Sign1;

/// A text with a prefix of its own.
fn prefixed(content: Content<'_>, prefixes: &[&str], remark: &str) -> Option<Reading> {
    let text = content.text?;
    prefixes.iter().any(|prefix| text.starts_with(prefix)).then(|| Reading::named(remark))
}

pub(super) fn eu_dcc(content: Content<'_>) -> Option<Reading> {
    prefixed(
        content,
        &["HC1:"],
        "a health certificate: a CWT in Base45, checked by the health authorities' keys",
    )
}

pub(super) fn swiss_qr(content: Content<'_>) -> Option<Reading> {
    prefixed(content, &["SPC\n", "SPC\r\n"], "a bill to pay, not an indicium")
}

pub(super) fn epc_qr(content: Content<'_>) -> Option<Reading> {
    prefixed(content, &["BCD\n", "BCD\r\n"], "a transfer to make, not an indicium")
}

pub(super) fn otp(content: Content<'_>) -> Option<Reading> {
    prefixed(content, &["otpauth://"], "a secret for an authenticator: whoever sees it can make its codes")
}

/// The certificate's signature in a TLV of 128 bytes, and what is left over of the ticket in the next.
pub(super) fn vdv_ka(content: Content<'_>) -> Option<Reading> {
    let rest = content.bytes.strip_prefix(&[0x9e, 0x81, 0x80])?;
    (rest.get(0x80) == Some(&0x9a)).then(|| {
        Reading::named("its content is inside of an RSA signature (ISO 9796-2), and is read with the scheme's certificates")
    })
}

/// In unaligned PER: a bit for whether there is a second signature, the length of the format's name, and the name, U1 or U2, of seven
/// bits a letter.
pub(super) fn dosipas(content: Content<'_>) -> Option<Reading> {
    let [0x01 | 0x81, 0x55, third, ..] = content.bytes else { return None };
    let version = match third >> 1 {
        0b011_0001 => "U1",
        0b011_0010 => "U2",
        _ => return None,
    };
    let mut reading = Reading::named("ASN.1 in unaligned PER, which isn't taken apart here");
    reading.field("format", version);
    Some(reading)
}

/// 114 bytes whose first four bits are a version that there is.
pub(super) fn uic_ssb(content: Content<'_>) -> Option<Reading> {
    let is_likely =
        content.bytes.len() == 114 && content.text.is_none() && matches!(content.bytes[0] >> 4, 1..=3);
    is_likely.then(|| Reading::named("told by its length and version alone: it has no mark of its own"))
}

pub(super) fn cose(content: Content<'_>) -> Option<Reading> {
    let signed = Sign1::decode(content.bytes).ok()?;
    let mut reading = Reading::named("it is signed as ours are, and its claims aren't an indicium's");
    reading.field("algorithm", format!("{:?}", signed.algorithm()));
    reading.field_if("key", signed.key_id());
    Some(reading)
}

/// Base64 from back to front: 1, two lengths, a payload and a signature of these lengths.
pub(super) fn pretix(content: Content<'_>) -> Option<Reading> {
    let backwards: String = content.text?.trim_end().chars().rev().collect();
    let bytes = STANDARD.decode(backwards).ok()?;
    let [1, p0, p1, s0, s1, rest @ ..] = &*bytes else { return None };
    let (payload, signature) = (u16::from_be_bytes([*p0, *p1]), u16::from_be_bytes([*s0, *s1]));
    if signature != 64 || rest.len() != usize::from(payload) + usize::from(signature) {
        return None;
    }
    let mut reading = Reading::named("signed by Ed25519 under the event's key, which its organiser has");
    reading.field("payload", format!("{payload} bytes"));
    Some(reading)
}

/// Three parts of Base64 of which the first is a JSON object.
pub(super) fn jwt(content: Content<'_>) -> Option<Reading> {
    let text = content.text.filter(|text| text.starts_with("eyJ"))?.trim_end();
    let is_token = text.matches('.').count() == 2
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    is_token.then(|| Reading::named("signed by whoever its header says"))
}

pub(super) fn url(content: Content<'_>) -> Option<Reading> {
    let text = content.text?.trim_end();
    let address = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme))?;
    let host = address.split(['/', '?', '#']).next().unwrap_or_default();
    if host.is_empty() || text.contains(char::is_whitespace) {
        return None;
    }
    let mut reading =
        Reading::named("it isn't opened: what it says is on somebody's page, not in the symbol");
    reading.field("host", host);
    reading.field("address", text);
    Some(reading)
}
