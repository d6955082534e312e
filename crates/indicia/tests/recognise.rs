//! Whose format something is.

use indicia::recognise::{Recognised, recognise, recognise_text};

/// What a line of text is.
fn scheme(text: &str) -> Option<&'static str> {
    recognise_text(text).map(|found| found.scheme)
}

fn field<'a>(found: &'a Recognised, name: &str) -> Option<&'a str> {
    found.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
}

#[test]
fn somebody_elses_scheme_is_named() {
    let pretix: String = {
        use base64::Engine;
        let bytes = [&[1, 0, 3, 0, 64][..], &[7; 67]].concat();
        base64::engine::general_purpose::STANDARD.encode(bytes).chars().rev().collect()
    };
    let known = [
        ("HC1:6BFOXN*TS0BI$ZD", "eu-dcc"),
        ("https://tickets.example/t/1", "url"),
        ("JGB 012100123412345678AB19XY1A 0             www.xyz.com", "mailmark-2d"),
        ("TTDTTATTDTAATTDTAATTDTAATTDTTDDAATAADDATAATDDFAFTDDTAADDDTAAFDFAFF", "mailmark-4-state"),
        ("ATTFATTDTTADTAATTDTDTATTDAFDDFADFDFTFFFFFTATFAAAATDFFTDAADFTFDTDT", "imb"),
        ("420902109400111899223818216104", "impb"),
        ("8112001234561234560123456", "gs1"),
        ("(255)9501101020917", "gs1"),
        ("SPC\n0200\n1\n", "swiss-qr"),
        ("BCD\n002\n1\n", "epc-qr"),
        ("otpauth://totp/a?secret=B", "otp"),
        ("eyJhbGciOiJFUzI1NiJ9.e30.AAAA", "jwt"),
        (&pretix, "pretix"),
        ("M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 226F001A0025 100", "iata-bcbp"),
        // Hexadecimal digits: Deutsche Post, and UIC frames of either dynamic version.
        (
            "44454112 2101317B93AC 00B9 3C9C 0094 0262A2 01 024C 00 AA48616C6C6F2057656C742100 0000 0000 0000",
            "dv-freimachung",
        ),
        ("815563dd8e76", "dosipas"),
        ("015564dd8e76", "dosipas"),
    ];
    for (text, expected) in known {
        assert_eq!(scheme(text), Some(expected), "{text}");
    }
    for text in ["", "hello", "12345", "0123456789abcdef", "https://", "M1", "MEMORANDUM", "TDAF", "420"] {
        assert_eq!(scheme(text), None, "{text}");
    }
    let vdv = [&[0x9e, 0x81, 0x80][..], &[1; 0x80], &[0x9a, 5, 1, 2, 3, 4, 5]].concat();
    assert_eq!(recognise(&vdv).map(|found| found.scheme), Some("vdv-ka"));
    let ssb = [&[0x30][..], &[0xff; 113]].concat();
    assert_eq!(recognise(&ssb).map(|found| found.scheme), Some("uic-ssb"));
}

#[test]
fn what_begins_as_a_scheme_and_is_damaged_is_named_too() {
    let damaged = [
        "VBI:",
        "#UT02",
        "M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 999F001A0025 100",
        "(255)9501101020918",
    ];
    let schemes = ["mintage", "uic-static", "iata-bcbp", "gs1"];
    for (text, scheme) in damaged.into_iter().zip(schemes) {
        let found = recognise_text(text).expect(text);
        assert_eq!((found.scheme, found.fields.is_empty()), (scheme, true), "{text}");
        assert!(found.remarks[0].starts_with("it can't be read: "), "{:?}", found.remarks);
    }
}

#[test]
fn posts_barcodes_are_taken_apart() {
    let fields = |text: &str, name: &str| {
        let found = recognise_text(text).expect(text);
        field(&found, name).unwrap_or_else(|| panic!("{name} in {found:?}")).to_owned()
    };
    let bars = "AADTFFDFTDADTAADAATFDTDDAAADDTDTTDAFADADDDTFFFDDTTTADFAAADFTDAADA";
    assert_eq!(fields(bars, "routing"), "01234567891");
    let bars = "DAATATTTADTAATTFADDDDTTFTFDDDDFFDFDAFTADDTFFTDDATADTTFATTDAFDTFDDA";
    // 21B2254800659JW5O9QA6Y: format, version, class, supply chain, item, postcode.
    assert_eq!(
        (fields(bars, "item").as_str(), fields(bars, "destination").as_str()),
        ("54800659", "JW5O9QA6Y")
    );
    let mark = "JGB 012100123412345678AB19XY1A 0             www.xyz.com";
    assert_eq!(fields(mark, "item"), "12345678");
    let franked =
        "44454112 2101317B93AC 00B9 3C9C 0094 0262A2 01 024C 00 AA48616C6C6F2057656C742100 0000 0000 0000";
    assert_eq!(
        (fields(franked, "postage").as_str(), fields(franked, "customer").as_str()),
        ("1.85 EUR", "5125149612")
    );
    assert_eq!(fields("4445411c017753e09026b584e00001", "made"), "2016-12-05");
    let misread = recognise_text(&"T".repeat(65)).expect("bars");
    assert!(misread.remarks[0].starts_with("it can't be read: "), "{misread:?}");
}

#[test]
fn a_postal_indicium_says_that_it_is_cut_and_that_its_version_is_odd() {
    let sample_a = "0501ffff0000303632533b477000f2ed100000141e00565233015933010000000000000004000200005cda000038303334ae69";
    let found = recognise_text(sample_a).expect("sample A");
    assert_eq!((found.scheme, field(&found, "postage")), ("usps-ibi", Some("7.700 USD")));
    assert_eq!(field(&found, "PSD serial number"), Some("7358267"));
    assert!(found.remarks[0].contains("cut off after 2 of 40 bytes"), "{:?}", found.remarks);
    let sample_b =
        "5001dc780c0030373156576c08007a8609c54ed827008ab73201244f000067496d1500b5c30000000006c13102b90290d0";
    let found = recognise_text(sample_b).expect("sample B");
    assert!(found.remarks.iter().any(|remark| remark.contains("of version 0x50 no table is public")));
    let lite =
        recognise_text("ff 47 13 27 00 11 f5 0f ce 96 01 00 00 00 9a ca 29 21 e3 f1").expect("IBI-Lite");
    assert_eq!((lite.scheme, field(&lite, "PSD serial number")), ("usps-ibi-lite", Some("13504501")));
}
