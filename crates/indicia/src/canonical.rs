//! A list of items as JSON in one form, as RFC 8785 says: what is signed by whoever doesn't write CBOR.
//!
//! It is only written here, and nothing here reads JSON: a crypto module that has the list makes the text again
//! that was signed.

use std::fmt::{self, Write};

use crate::item::Item;
use crate::list::{ItemList, ProofForm};

impl ProofForm {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Batch => "batch",
        }
    }

    /// The form of this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        [Self::Signature, Self::Batch].into_iter().find(|form| form.name() == name)
    }
}

impl ItemList {
    /// Writes the list as JSON in its one form. Lists that pass [`ItemList::check`] and differ have texts that differ.
    ///
    /// Amounts are strings with all decimal places of the denomination, times and days strings as RFC 3339 has them, in UTC
    /// and whole seconds, keys strings of 64 hexadecimal digits in lower case, weights and numbers of uses numbers, re-entry
    /// `true`; what an item doesn't have isn't there.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_json(&self, out: &mut impl Write) -> fmt::Result {
        out.write_str(r#"{"denomination":"#)?;
        write_string(self.denomination.text().as_str(), out)?;
        out.write_str(r#","items":["#)?;
        for (place, item) in self.items.iter().enumerate() {
            if place > 0 {
                out.write_char(',')?;
            }
            write_item(item, out)?;
        }
        out.write_str(r#"],"proof":"#)?;
        write_string(self.proof.name(), out)?;
        out.write_char('}')
    }

    /// The list as JSON in its one form.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = String::with_capacity(64 + self.items.len() * 96);
        self.write_json(&mut text).expect("writing to memory doesn't fail");
        text
    }
}

/// Members in the order of their names (RFC 8785, section 3.2.3).
fn write_item(item: &Item, out: &mut impl Write) -> fmt::Result {
    let details = &item.details;
    out.write_str(r#"{"amount":"#)?;
    write_string(&item.amount.number(), out)?;
    if let Some(barcode) = &details.barcode {
        // Those of GS1 may have a quotation mark.
        write_text("barcode", Some(&barcode.to_string()), out)?;
    }
    write_text("destination", details.destination.as_deref(), out)?;
    write_plain("enter_from", details.entry.from, out)?;
    write_plain("enter_until", details.entry.until, out)?;
    write_text("entrance", details.entrance.as_deref(), out)?;
    write_text("event", details.event.as_deref(), out)?;
    write_text("holder", item.holder.as_deref(), out)?;
    write_plain("key", details.key, out)?;
    write_plain("mailed", details.mailed, out)?;
    write_text("origin", details.origin.as_deref(), out)?;
    if details.reentry {
        out.write_str(r#","reentry":true"#)?;
    }
    write_text("reference", item.reference.as_deref(), out)?;
    write_text("seat", details.seat.as_deref(), out)?;
    write_text("service", item.service.as_deref(), out)?;
    write_text("template", Some(item.template.name), out)?;
    if let Some(uses) = details.uses {
        write!(out, r#","uses":{uses}"#)?;
    }
    write_plain("valid_from", item.not_before, out)?;
    write_plain("valid_until", item.expires, out)?;
    if let Some(grams) = item.weight_grams {
        write!(out, r#","weight_g":{grams}"#)?;
    }
    out.write_char('}')
}

/// A member of a text, if it is there.
fn write_text(name: &str, value: Option<&str>, out: &mut impl Write) -> fmt::Result {
    let Some(value) = value else { return Ok(()) };
    write!(out, r#","{name}":"#)?;
    write_string(value, out)
}

/// Times, days and keys have no characters that JSON would write otherwise.
fn write_plain(name: &str, value: Option<impl fmt::Display>, out: &mut impl Write) -> fmt::Result {
    value.map_or(Ok(()), |value| write!(out, r#","{name}":"{value}""#))
}

/// RFC 8785, section 3.2.2.2: as little is escaped as JSON allows.
fn write_string(text: &str, out: &mut impl Write) -> fmt::Result {
    out.write_char('"')?;
    let mut rest = text;
    while let Some(place) = rest.find(|character| character < ' ' || matches!(character, '"' | '\\')) {
        out.write_str(&rest[..place])?;
        match rest.as_bytes()[place] {
            quoted @ (b'"' | b'\\') => write!(out, "\\{}", char::from(quoted))?,
            0x08 => out.write_str("\\b")?,
            b'\t' => out.write_str("\\t")?,
            b'\n' => out.write_str("\\n")?,
            0x0c => out.write_str("\\f")?,
            b'\r' => out.write_str("\\r")?,
            control => write!(out, "\\u{control:04x}")?,
        }
        rest = &rest[place + 1..];
    }
    out.write_str(rest)?;
    out.write_char('"')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json_canonicalizer::to_string;

    use super::write_string;

    proptest! {
        /// Against the library, for any text at all, control characters and all planes of Unicode included.
        #[test]
        fn strings_are_written_as_the_standard_says(characters in prop::collection::vec(any::<char>(), 0..40)) {
            let text = String::from_iter(characters);
            let mut ours = String::new();
            write_string(&text, &mut ours).expect("memory");
            prop_assert_eq!(ours, to_string(&text).expect("a string"));
        }
    }

    #[test]
    fn every_ascii_character_is_written_as_the_standard_says() {
        let text: String = (0..=0x7f_u8).map(char::from).collect();
        let mut ours = String::new();
        write_string(&text, &mut ours).expect("memory");
        assert_eq!(ours, to_string(&text).expect("a string"));
    }
}
