//! GS1's own examples of coupons, right and wrong, and element strings.

use indicia::gs1::{Coupon, Element, ElementString, Gs1Error, PositiveOffer, SEPARATOR, check_digit};
use proptest::prelude::*;

/// From the tests in `lint_couponposoffer.c`.
#[test]
fn positive_offers_are_read_as_gs1_reads_them() {
    for value in ["001234561234560123456", "061234567890121234569123456789012345"] {
        let offer = PositiveOffer::decode(value).expect(value);
        assert_eq!(offer.encode().as_deref(), Ok(value));
    }
    assert_eq!(PositiveOffer::decode("201234561234560123456"), Err(Gs1Error::Field("format")));
    assert_eq!(PositiveOffer::decode("0012345612345601234567"), Err(Gs1Error::Trailing(1)));
    let offer =
        PositiveOffer { format: 0, funder: "12345".into(), offer: "123456".into(), serial: "123456".into() };
    assert_eq!(offer.encode(), Err(Gs1Error::Field("funder")));
}

/// From the tests in `lint_couponcode.c`.
#[test]
fn coupons_are_read_as_gs1_reads_them() {
    let plain = Coupon::decode("012345612345611110123").expect("a coupon");
    assert_eq!((plain.company.as_str(), plain.offer.as_str(), plain.save), ("123456", "123456", 1));
    assert_eq!(
        (plain.requirement.amount, plain.requirement.code, plain.requirement.family.as_str()),
        (1, 0, "123")
    );
    let two = Coupon::decode("012345612345611110123101101230123456").expect("a coupon");
    let (rule, second) = two.second.expect("a second purchase");
    assert_eq!((rule, second.company.as_deref()), (0, Some("123456")));
    let leap = Coupon::decode("0123456123456111101233200229").expect("a coupon");
    assert_eq!(leap.expires.expect("a last day").to_string(), "2020-02-29");
    let read = |value: &str| Coupon::decode(value).expect_err("it is wrong");
    assert_eq!(read("71234567890123"), Gs1Error::Field("company prefix"));
    assert_eq!(read("012345612"), Gs1Error::Cut("offer"));
    assert_eq!(read("0123456123456111101233210229"), Gs1Error::Field("last day"));
    assert_eq!(read("01234561234561111012341912313191230"), Gs1Error::Field("order of optional fields"));
    assert_eq!(read("01234561234561111012331912304191231"), Gs1Error::Field("first day"));
    assert_eq!(read("0123456123456111101237"), Gs1Error::Field("optional field"));
    assert_eq!(read("01234561234561111012x"), Gs1Error::Field("text"));
    let saving = Coupon::decode("01234561234561111012396011").expect("a coupon");
    assert!(saving.saving.is_some_and(|saving| saving.code == 6 && saving.dont_multiply));
}

#[test]
fn element_strings_are_read_from_symbols_and_from_paper() {
    let symbol = format!("]d2{SEPARATOR}0109506000134352211234{SEPARATOR}8112001234561234560123456");
    let read = ElementString::decode(&symbol).expect("elements");
    assert_eq!(read.to_string(), "(01)09506000134352(21)1234(8112)001234561234560123456");
    assert_eq!(ElementString::parse(&read.to_string()).as_ref(), Ok(&read));
    assert_eq!(format!("]d2{SEPARATOR}{}", read.to_symbol()), symbol);
    assert_eq!(read.get("8112"), Some("001234561234560123456"));
}

#[test]
fn check_digits_and_signatures_are_held_to_gs1s_rules() {
    assert_eq!(check_digit("950110102091"), Some(7));
    let read = |text: &str| ElementString::parse(text);
    assert!(read("(255)9501101020917").is_ok());
    assert!(read("(255)9501101020917123456789012").is_ok());
    assert_eq!(
        read("(255)9501101020918"),
        Err(Gs1Error::CheckDigit { ai: "255".into(), found: 8, expected: 7 })
    );
    assert_eq!(read("(255)95011010209171234567890123"), Err(Gs1Error::Value("255".into())));
    let signature = "A-_9".repeat(22);
    assert!(read(&format!("(255)9501101020917(8030){signature}")).is_ok());
    assert!(read(&format!("(01)09506000134352(21)7(8030){signature}")).is_ok());
    assert_eq!(read(&format!("(01)09506000134352(8030){signature}")), Err(Gs1Error::Unserialised));
    assert_eq!(read("(8112)001234561234560123456(8030)AAAA"), Err(Gs1Error::Unserialised));
    assert_eq!(read("(255)9501101020917(8030)AA+A"), Err(Gs1Error::Value("8030".into())));
    let long = format!("(255)9501101020917(8030){}", "A".repeat(91));
    assert_eq!(read(&long), Err(Gs1Error::Value("8030".into())));
    assert_eq!(read("(8110)012345612"), Err(Gs1Error::Cut("offer")));
    assert_eq!(read("(10)A(10)B"), Err(Gs1Error::Twice("10".into())));
    assert_eq!(read("(10)A(10"), Err(Gs1Error::Identifier(6)));
    assert_eq!(ElementString::decode("0512"), Err(Gs1Error::Identifier(1)));
}

proptest! {
    #[test]
    fn any_offer_is_read_as_it_was_written(format in 0_u8..=1, funder in "[0-9]{6,12}", offer in "[0-9]{6}", serial in "[0-9]{6,15}") {
        let offer = PositiveOffer { format, funder, offer, serial };
        prop_assert_eq!(PositiveOffer::decode(&offer.encode().expect("it fits")), Ok(offer));
    }

    #[test]
    fn any_elements_are_read_as_they_were_written(lot in "[A-Za-z0-9-]{1,20}", date in "[0-9]{6}", serial in "[!-/A-Z0-9]{1,20}") {
        let serial: String = serial.replace(['#', '$'], "");
        prop_assume!(!serial.is_empty());
        let element = |ai: &str, value: &str| Element { ai: ai.into(), value: value.into() };
        let elements = ElementString::new(vec![element("10", &lot), element("17", &date), element("21", &serial)]);
        let elements = elements.expect("they may stand together");
        prop_assert_eq!(ElementString::decode(&elements.to_symbol()), Ok(elements));
    }
}
