//! Postal formats: published vectors, and one error for each way to be wrong.

use std::collections::BTreeSet;

use indicia::postal::dv_freimachung::{CustomerNumber, DayOfYear, DvError, DvFreimachung, ItemNumber};
use indicia::postal::frankier_id::{FrankierId, FrankierIdError};
use indicia::postal::imb::{self, Imb, ImbError, MailerId, Part, Routing, Tracking};
use indicia::postal::mailmark_2d::{CodeType, Mailmark2d, Mailmark2dError};
use indicia::postal::mailmark_4state::{self, Barcode, Mailmark, MailmarkError};
use indicia::postal::premiumadress::{Premiumadress, PremiumadressError};
use indicia::postal::{Bars, BarsError, Orientation};

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).expect("hex")
}

fn bars(text: &str) -> Bars {
    text.parse().expect("bars")
}

fn imb(tracking: &str, routing: &str) -> Result<Imb, ImbError> {
    Ok(Imb { tracking: tracking.parse()?, routing: routing.parse()? })
}

/// USPS-B-3200, figure 5, and the same tracking code with the other routing codes.
const IMB: [(&str, &str); 4] = [
    ("", "ATTFATTDTTADTAATTDTDTATTDAFDDFADFDFTFFFFFTATFAAAATDFFTDAADFTFDTDT"),
    ("01234", "DTTAFADDTTFTDTFTFDTDDADADAFADFATDDFTAAAFDTTADFAAATDFDTDFADDDTDFFT"),
    ("012345678", "ADFTTAFDTTTTFATTADTAAATFTFTATDAAAFDDADATATDTDTTDFDTDATADADTDFFTFA"),
    ("01234567891", "AADTFFDFTDADTAADAATFDTDDAAADDTDTTDAFADADDDTFFFDDTTTADFAAADFTDAADA"),
];
const TRACKING: &str = "01234567094987654321";

#[test]
fn intelligent_mail_as_published() {
    for (routing, published) in IMB {
        let code = imb(TRACKING, routing).expect("a code");
        assert_eq!(code.encode().to_string(), published, "{routing}");
        assert_eq!(Imb::decode(&bars(published)), Ok((code, Orientation::Upright)));
        assert_eq!(Imb::decode(&bars(published).upside_down()), Ok((code, Orientation::UpsideDown)));
        assert_eq!(code.routing.to_string(), routing);
        assert_eq!(code.routing.digits(), routing.len());
    }
}

#[test]
fn intelligent_mail_has_fields() {
    let six: Tracking = TRACKING.parse().expect("a tracking code");
    assert_eq!((six.barcode_id(), six.service_type()), (1, 234));
    assert_eq!((six.mailer(), six.serial()), (MailerId::Six(567_094), 987_654_321));
    let nine: Tracking = "44999900000001000002".parse().expect("a tracking code");
    assert_eq!((nine.mailer(), nine.serial()), (MailerId::Nine(900_000_001), 2));
    for code in [six, nine] {
        let again = Tracking::new(code.barcode_id(), code.service_type(), code.mailer(), code.serial());
        assert_eq!(again, Ok(code));
    }
    assert_eq!(Routing::NONE, "".parse().expect("none"));
}

#[test]
fn intelligent_mail_says_what_is_wrong() {
    let wrong = |tracking, routing| imb(tracking, routing).expect_err("an error");
    assert_eq!(wrong("0123", ""), ImbError::TrackingLength(4));
    assert_eq!(wrong("", "x"), ImbError::TrackingLength(0));
    assert_eq!(wrong("05234567094987654321", ""), ImbError::BarcodeId(5));
    let character = |part, found, place| ImbError::Character { part, found, place };
    assert_eq!(wrong("0123456709498765432x", ""), character(Part::Tracking, 'x', 20));
    assert_eq!(wrong("0123456709498\u{663}654321", ""), character(Part::Tracking, '\u{663}', 14));
    assert_eq!(wrong(TRACKING, "1234"), ImbError::RoutingLength(4));
    assert_eq!(wrong(TRACKING, "12\t45"), character(Part::Routing, '\t', 3));
    let sentence = wrong(TRACKING, "12\t45").to_string();
    assert_eq!(sentence, r"'\t' at place 3 of the routing code isn't a digit");

    let new = |id, service, mailer, serial| Tracking::new(id, service, mailer, serial).expect_err("an error");
    let too_large = |field, value, digits| ImbError::TooLarge { field, value, digits };
    assert_eq!(new(5, 0, MailerId::Six(0), 0), ImbError::BarcodeId(5));
    assert_eq!(new(100, 0, MailerId::Six(0), 0), too_large("barcode identifier", 100, 2));
    assert_eq!(new(0, 1000, MailerId::Six(0), 0), too_large("service type", 1000, 3));
    assert_eq!(new(0, 0, MailerId::Six(900_000), 0), ImbError::MailerId(MailerId::Six(900_000)));
    assert_eq!(new(0, 0, MailerId::Nine(1), 0), ImbError::MailerId(MailerId::Nine(1)));
    assert_eq!(new(0, 0, MailerId::Six(0), 1_000_000_000), too_large("serial number", 1_000_000_000, 9));
    assert_eq!(new(0, 0, MailerId::Nine(900_000_000), 1_000_000), too_large("serial number", 1_000_000, 6));
}

#[test]
fn wrong_bars_are_named() {
    assert_eq!("TDXF".parse::<Bars>(), Err(BarsError { found: 'X', place: 3 }));
    assert_eq!(Imb::decode(&bars("TDAF")), Err(imb::ReadError::Count(4)));
    // Bar 1's ascender is in character E.
    let changed = IMB[0].1.replacen('A', "T", 1);
    assert_eq!(Imb::decode(&bars(&changed)), Err(imb::ReadError::Character('E')));
    assert_eq!(Mailmark::decode(&bars("TDAF")), Err(mailmark_4state::ReadError::Count(4)));
    let noise = "TDAFTTAADDFF".repeat(6);
    assert_eq!(Mailmark::decode(&bars(&noise[..66])), Err(mailmark_4state::ReadError::TooManyErrors));
}

/// Two bars that are misread may make up other characters, which the check tells.
#[test]
fn two_misread_bars_are_no_intelligent_mail_barcode_either() {
    let published = IMB[3].1.as_bytes();
    let mut errors = BTreeSet::new();
    for (first, second) in (0..65).flat_map(|first| (0..first).map(move |second| (first, second))) {
        for [one, other] in b"TDAF".iter().flat_map(|one| b"TDAF".map(|other| [*one, other])) {
            let mut changed = published.to_vec();
            changed[first] = one;
            changed[second] = other;
            if changed != published {
                let read = Imb::decode(&bars(std::str::from_utf8(&changed).expect("text")));
                errors.insert(read.expect_err("an error").to_string());
            }
        }
    }
    for error in [imb::ReadError::Check, imb::ReadError::Codeword('J')] {
        assert!(errors.contains(&error.to_string()), "{error}");
    }
}

/// The two examples of each of Royal Mail's documents.
const MAILMARK: [(Barcode, &str, &str); 4] = [
    (
        Barcode::C,
        "1100000000000XY11     ",
        "TTDTTATTDTAATTDTAATTDTAATTDTTDDAATAADDATAATDDFAFTDDTAADDDTAAFDFAFF",
    ),
    (
        Barcode::C,
        "21B2254800659JW5O9QA6Y",
        "DAATATTTADTAATTFADDDDTTFTFDDDDFFDFDAFTADDTFFTDDATADTTFATTDAFDTFDDA",
    ),
    (
        Barcode::L,
        "11000000000000000XY11    ",
        "TTDTTATDDTTATTDTAATTDTAATDDTTATTDTTDATFTAATDDTAATDDTATATFAADDAATAATDDTAADFTFTA",
    ),
    (
        Barcode::L,
        "41038422416563762EF61AH8T",
        "DTTFATTDDTATTTATFTDFFFTFDFDAFTTTADTTFDTFDDDTDFDDFTFAADTFDTDTDTFAATAFDDTAATTDTT",
    ),
];

#[test]
fn mailmark_as_published() {
    for (barcode, text, published) in MAILMARK {
        let mailmark = Mailmark::parse(barcode, text).expect("a Mailmark");
        assert_eq!(mailmark.encode().to_string(), published, "{text}");
        assert_eq!(mailmark.to_string().trim_end(), text.trim_end());
        assert_eq!(mailmark.to_string().len(), barcode.characters());
        for (bars, orientation) in [
            (bars(published), Orientation::Upright),
            (bars(published).upside_down(), Orientation::UpsideDown),
        ] {
            let scan = Mailmark::decode(&bars).expect("a Mailmark");
            assert_eq!((scan.mailmark, scan.orientation, scan.repaired), (mailmark, orientation, 0));
        }
    }
    let mailmark = Mailmark::parse(Barcode::L, "41038422416563762ef61ah8t").expect("a Mailmark");
    assert_eq!((mailmark.format(), mailmark.version(), mailmark.class()), (4, 1, 0));
    assert_eq!((mailmark.supply_chain(), mailmark.item()), (384_224, 16_563_762));
    assert_eq!((mailmark.postcode(), mailmark.barcode()), ("EF61AH8T ".to_owned(), Barcode::L));
}

#[test]
fn mailmark_says_what_is_wrong() {
    let wrong = |text: &str| Mailmark::parse(Barcode::C, text).expect_err("an error");
    assert_eq!(wrong(""), MailmarkError::Length { barcode: Barcode::C, found: 0 });
    assert_eq!(wrong("21B2254800659"), MailmarkError::Length { barcode: Barcode::C, found: 13 });
    assert_eq!(wrong("21B2254800659JW5O9QA6Y1").to_string(), "a Mailmark C has 22 characters, this has 23");
    let says = |text: &str, sentence: &str| assert_eq!(wrong(text).to_string(), sentence, "{text}");
    says("51B2254800659JW5O9QA6Y", "the format, place 1, is '5', not 0 to 4");
    says("20B2254800659JW5O9QA6Y", "the version, place 2, is '0', not 1 to 4");
    says("21F2254800659JW5O9QA6Y", "the class, place 3, is 'F', not 0 to 9 or A to E");
    says("21B2X54800659JW5O9QA6Y", "'X' at place 5, in the supply chain, isn't a digit");
    says("21B225480065 JW5O9QA6Y", "' ' at place 13, in the item, isn't a digit");
    says("21B2254800659JW5O9QA6V", "no postcode with delivery point suffix has 'V' at place 22");
    says("21B2254800659JW5O9QÄ6Y", "no postcode with delivery point suffix has 'Ä' at place 20");
    says("21B2254800659XY11A", "no postcode with delivery point suffix has ' ' at place 19");
}

#[test]
fn a_mailmark_of_which_bars_are_misread_is_put_right() {
    let (_, text, published) = MAILMARK[1];
    // Two groups of three bars, no longer.
    let changed = format!("FFFAAA{}", &published[6..]);
    let scan = Mailmark::decode(&bars(&changed)).expect("a Mailmark");
    assert_eq!((scan.mailmark.to_string().as_str(), scan.repaired), (text, 2));
    let changed = format!("FFAAATTFFDDATTF{}", &published[15..]);
    assert_eq!(Mailmark::decode(&bars(&changed)), Err(mailmark_4state::ReadError::TooManyErrors));
}

#[test]
fn a_2d_mailmark_takes_the_smallest_type_that_has_room() {
    let text = "JGB 012100123412345678AB19XY1A 0             www.xyz.com";
    let mailmark: Mailmark2d = text.parse().expect("a Mailmark");
    assert_eq!(mailmark.to_string(), text);
    assert_eq!((mailmark.code_type().number(), mailmark.code_type().size()), (29, (16, 48)));
    assert_eq!((mailmark.information_type(), mailmark.class()), ('0', '2'));
    assert_eq!((mailmark.supply_chain(), mailmark.item()), (1_001_234, 12_345_678));
    assert_eq!((mailmark.destination(), mailmark.service()), ("AB19XY1A", 0));
    assert_eq!((mailmark.return_to(), mailmark.content()), ("", "www.xyz.com"));
    let type_of = |text: &str| text.parse::<Mailmark2d>().map(|mailmark| mailmark.code_type());
    let head = "JGB 012100123412345678AB19XY1A 0             ";
    assert_eq!(type_of(&format!("{head}{}", "A".repeat(6))), Ok(CodeType::Seven));
    assert_eq!(type_of(&format!("{head}{}", "A".repeat(7))), Ok(CodeType::TwentyNine));
    assert_eq!(type_of(&format!("{head}{}", "A".repeat(25))), Ok(CodeType::TwentyNine));
    assert_eq!(type_of(&format!("{head}{}", "a".repeat(14))), Ok(CodeType::Nine));
    assert_eq!(type_of(&format!("{head}{}", "A".repeat(45))), Ok(CodeType::Nine));
    let room = Mailmark2dError::Room { code_type: CodeType::Nine, content: 23, values: 91 };
    assert_eq!(type_of(&format!("{head}{}", "a".repeat(23))), Err(room));
    assert_eq!(type_of(&format!("{head}{}", "A".repeat(46))), Err(Mailmark2dError::TooLong(46)));
    let named = Mailmark2d::parse(CodeType::Nine, head).expect("a Mailmark");
    assert_eq!((named.code_type().number(), named.code_type().size()), (9, (32, 32)));
}

/// Of Royal Mail's requirements and of zint's tests.
#[test]
fn a_2d_mailmark_says_what_is_wrong() {
    let says = |text: &str, sentence: &str| {
        let error = text.parse::<Mailmark2d>().map(|read| read.to_string()).expect_err(text);
        assert_eq!(error.to_string(), sentence, "{text}");
    };
    for right in [
        "jgb 012100123412345678ab19xy1a 0",
        "JGB 012100123412345678AB19VY1A 0",
        "JGB 012100123412345678         0AB181XY     ",
        "JGB 012100123412345678AB1      0AB181XY",
        "JGB 012100123412345678A1       0A18XC",
        "JGB 012100123412345678A12      0",
        "JGB 012100123412345678AB12     0",
        "JGB 012100123412345678A1B      0",
        "JGB 012100123412345678AB1A     0",
        "JGB 012100123412345678XY11     0",
        "JGB 01Z999999900000001EC1A1AA1A0SN35TQ       ",
    ] {
        assert!(right.parse::<Mailmark2d>().is_ok(), "{right}");
    }
    says("", "a 2D Mailmark has 32 characters or more, this has 0");
    says("012100123412345678AB19XY1A 0", "a 2D Mailmark begins with \"JGB \"");
    says("JGB 012100123412345678AB19XY1A ", "a 2D Mailmark has 32 characters or more, this has 31");
    says(
        "JGB  12100123412345678AB19XY1A 0",
        "the information type, place 5, is ' ', not a letter or a digit",
    );
    says("JGB 022100123412345678AB19XY1A 0", "the version, place 6, is '2', not 1");
    says("JGB 01 100123412345678AB19XY1A 0", "the class, place 7, is ' ', not a letter or a digit");
    says("JGB 012100123A12345678AB19XY1A 0", "the supply chain, place 14, is 'A', not a digit");
    says("JGB 01210012341234567AAB19XY1A 0", "the item, place 22, is 'A', not a digit");
    says("JGB 012100123412345678AB19XY11 0", "no destination has '1' at place 30");
    says("JGB 012100123412345678ABC9XY1A 0", "no destination has 'C' at place 25");
    says("JGB 012100123412345678A123     0", "no destination has ' ' at place 27");
    says("JGB 012100123412345678AB19XY1A 7", "the service type, place 32, is '7', not 0 to 6");
    says("JGB 012100123412345678AB19XY1A 0ABC81XY", "no postcode to return to has 'C' at place 35");
    says("JGB 012100123412345678AB19XY1A 0AB181XYA", "the reserved field, place 40, is 'A', not a space");
    says(
        "JGB 012100123412345678AB19XY1A 0             é",
        "the customer's content, place 46, is 'é', not a printable character of ASCII",
    );
}

/// "Hallo Welt!" is the customer's own.
const DV: &str = "444541123101317B93AC00B93C9C00940262A201024C00AA48616C6C6F2057656C742100000000000000";

#[test]
fn dv_freimachung_as_published() {
    let franked = DvFreimachung::decode(&bytes(DV)).expect("a DV-Freimachung");
    assert_eq!((franked.version, franked.customer.get(), franked.cents), (0x31, 5_125_149_612, 185));
    assert_eq!(franked.posted.to_string(), "2016-06-03");
    assert_eq!((franked.product, franked.item.get(), franked.participation), (148, 156_322, 1));
    assert_eq!((franked.list, franked.announcement), (588, 0));
    assert_eq!(&franked.customer_data[..12], b"\xAAHallo Welt!");
    assert_eq!(franked.encode().to_vec(), bytes(DV));
    assert_eq!(FrankierId::of(&franked).to_string()[..19], *"0130E0928024C0262A2");
}

#[test]
fn dv_freimachung_says_what_is_wrong() {
    let with = |at: usize, new: &[u8]| {
        let mut changed = bytes(DV);
        changed[at..at + new.len()].copy_from_slice(new);
        DvFreimachung::decode(&changed).expect_err("an error").to_string()
    };
    assert_eq!(DvFreimachung::decode(&bytes(DV)[1..]), Err(DvError::Length(41)));
    assert_eq!(with(0, b"X"), "a code of Deutsche Post begins with DEA");
    assert_eq!(with(3, &[53]), "byte 4 says kind of franking 53, not 18 for DV-Freimachung");
    let most = "the customer number is 1099511627775, and goes up to 9999999999";
    assert_eq!(with(5, &[0xFF; 5]), most);
    let day = "the posting date isn't one: 36617 is no day of the year with two digits of the year behind it";
    assert_eq!(with(12, &36617_u16.to_be_bytes()), day);
    assert!(with(12, &16_u16.to_be_bytes()).contains("16 is no day"));
    let of = |date: jiff::civil::Date| DayOfYear::new(date).map_err(|error| error.to_string());
    let century = "1999-12-31 isn't from 2000 to 2099, of which the code has the last two digits";
    assert_eq!(of(jiff::civil::date(1999, 12, 31)), Err(century.into()));
    assert!(CustomerNumber::new(10_000_000_000).is_err() && ItemNumber::new(0x0100_0000).is_err());
}

#[test]
fn frankier_ids_as_printed() {
    for (id, fields) in [
        ("42305DA0F270F07F2E3C", (0x42, 0x0305_DA0F, 0x270F, 0x0007_F2E3)),
        ("A4010001190000ED700D", (0xA4, 0x0010_0011, 0x9000, 0x000E_D700)),
    ] {
        let read: FrankierId = id.parse().expect("a Frankier-ID");
        assert_eq!((read.participation(), read.customer(), read.list(), read.item().get()), fields);
        assert_eq!(read.to_string(), id);
        assert_eq!(id.to_ascii_lowercase().parse(), Ok(read));
    }
    assert!("42 305D A0F2 70F0 7F2E 3C".parse::<FrankierId>().is_ok());
    let wrong = |text: &str| text.parse::<FrankierId>().expect_err("an error");
    assert_eq!(wrong("42305DA0F270F07F2E3"), FrankierIdError::Length(19));
    assert_eq!(wrong("42305DA0F270F07F2E3G"), FrankierIdError::Digit { found: 'G', place: 20 });
    assert_eq!(wrong("42305DA0F270F07F2E3D"), FrankierIdError::Check { found: 13, expected: 12 });
    assert_eq!(wrong("425F5E100270F07F2E34"), FrankierIdError::Customer(100_000_000));
}

#[test]
fn premiumadress_as_published() {
    let label = bytes("4445411c017753e09026b584e00001");
    let read = Premiumadress::decode(&label).expect("a label");
    assert_eq!((read.customer.get(), read.product, read.id), (6_296_952_976, 9909, 1));
    assert_eq!(read.made.to_string(), "2016-12-05");
    let with = |at: usize, new: u8| {
        let mut changed = label.clone();
        changed[at] = new;
        Premiumadress::decode(&changed).expect_err("an error")
    };
    assert_eq!(with(0, 0), PremiumadressError::Post);
    assert_eq!(with(3, 18), PremiumadressError::Kind(18));
    assert!(matches!(with(4, 0xFF), PremiumadressError::Customer(_)));
    assert!(matches!(with(11, 0xFF), PremiumadressError::Day(_)));
    assert_eq!(Premiumadress::decode(&label[1..]), Err(PremiumadressError::Length(14)));
}
