//! GS1's element strings, and the coupons in them.

use super::{Content, Reading};
use crate::gs1::{Coupon, ElementString, PositiveOffer, Purchase, Requirement, SEPARATOR};

/// What readers put before a symbol of GS1's.
const MARKS: [&str; 5] = ["]C1", "]d2", "]Q3", "]e0", "]J1"];

/// A reader's mark, a separator, an identifier in brackets; or a coupon's identifier, if the rest is as it must be.
pub(super) fn element_string(content: Content<'_>) -> Option<Reading> {
    let text = content.text.map(|text| text.trim_end_matches(['\r', '\n']))?;
    let is_marked = MARKS.iter().any(|mark| text.starts_with(mark)) || text.starts_with(SEPARATOR);
    let is_written =
        text.strip_prefix('(').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
    let is_coupon = ["8110", "8112", "255"].iter().any(|ai| text.starts_with(ai));
    let read = if is_written { ElementString::parse(text) } else { ElementString::decode(text) };
    match read {
        Ok(elements) if is_marked || is_written || is_coupon || text.contains(SEPARATOR) => {
            Some(fields(&elements))
        }
        Err(error) if is_marked || is_written => Some(Reading::damaged(&error)),
        _ => None,
    }
}

fn fields(elements: &ElementString) -> Reading {
    let mut reading = Reading::default();
    for element in elements.elements() {
        let name = name(&element.ai).map(|name| format!(" {name}")).unwrap_or_default();
        reading.field(format!("({}){name}", element.ai), &element.value);
        match element.ai.as_str() {
            // Both were checked with the element.
            "8110" => Coupon::decode(&element.value)
                .into_iter()
                .for_each(|coupon| coupon_fields(&coupon, &mut reading)),
            "8112" => PositiveOffer::decode(&element.value)
                .into_iter()
                .for_each(|offer| offer_fields(&offer, &mut reading)),
            _ => {}
        }
    }
    reading
}

fn name(ai: &str) -> Option<&'static str> {
    Some(match ai {
        "00" => "shipping container",
        "01" => "trade item",
        "10" => "batch or lot",
        "17" => "expires",
        "21" => "serial number",
        "253" => "document",
        "255" => "coupon number",
        "420" => "postal code of destination",
        "8030" => "digital signature",
        "8110" => "coupon",
        "8111" => "points of the coupon",
        "8112" => "serialised coupon",
        _ => return None,
    })
}

fn offer_fields(offer: &PositiveOffer, reading: &mut Reading) {
    reading.field("format", offer.format);
    reading.field("funder", &offer.funder);
    reading.field("offer", &offer.offer);
    reading.field("serial number", &offer.serial);
    reading.remark("whether it was used is known to the positive offer file alone");
}

fn coupon_fields(coupon: &Coupon, reading: &mut Reading) {
    reading.field("company", &coupon.company);
    reading.field("offer", &coupon.offer);
    reading.field("saving", coupon.save);
    reading.field("purchase", requirement(&coupon.requirement));
    if let Some((rule, second)) = &coupon.second {
        reading.field("second purchase", format!("{}, rule {rule}", purchase(second)));
    }
    reading.field_if("third purchase", coupon.third.as_ref().map(purchase));
    reading.field_if("starts", coupon.starts);
    reading.field_if("expires", coupon.expires);
    reading.field_if("serial number", coupon.serial.as_deref());
    reading.field_if("retailer", coupon.retailer.as_deref());
    if let Some(saving) = coupon.saving {
        reading.field("code of the saving", saving.code);
        reading.field("saving applies to item", saving.applies_to);
        reading.field("store's flag", saving.store);
        reading.field("may be multiplied", if saving.dont_multiply { "no" } else { "yes" });
    }
}

fn requirement(requirement: &Requirement) -> String {
    let Requirement { amount, code, family } = requirement;
    format!("{amount}, code {code}, family {family}")
}

fn purchase(purchase: &Purchase) -> String {
    let company = purchase.company.as_ref().map(|company| format!(" of {company}")).unwrap_or_default();
    format!("{}{company}", requirement(&purchase.requirement))
}
