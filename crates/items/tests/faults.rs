//! What a person reads about a faulty file.

use indicia::Denomination;
use items::{Format, read_items};
use proptest::prelude::*;

fn euro() -> Denomination {
    "EUR/2".parse().expect("a denomination")
}

fn read(text: &str, format: Format) -> Result<usize, String> {
    read_items(text.as_bytes(), format, euro()).map(|items| items.len()).map_err(|faults| faults.to_string())
}

fn said(text: &str, sentence: &str) {
    let faults = read(text, Format::Csv).expect_err(text);
    assert!(faults.contains(sentence), "{faults}");
}

#[test]
fn bom_crlf_and_quoted_newlines_are_no_faults_of_the_file() {
    let plain = "kind,amount,holder\nticket,1.00,\"A, B\"\n";
    assert_eq!(read(plain, Format::Csv), Ok(1));
    assert_eq!(read(&format!("\u{feff}{}", plain.replace('\n', "\r\n")), Format::Csv), Ok(1));
    said(
        "kind,amount,holder\nticket,1,\"A\nB\"\nticket,0,\n",
        "row 2, column holder, value \"A\\\\u{a}B\": the holder has a control character",
    );
    said(
        "kind,amount,holder\nticket,1,\"A\nB\"\nticket,0,\n",
        "row 4, column amount, value \"0\": the amount is zero",
    );
}

#[test]
fn each_fault_is_said_with_its_place() {
    said("", "file: the file is empty");
    said("kind,amount\n", "file: the file has a header but no item");
    said("kind,amount\nticket,-1\n", "row 2, column amount, value \"-1\": the amount is negative");
    said("kind,amount\nticket,1.005\n", "the amount has 3 decimal places, EUR/2 has 2");
    said("kind,amount\nticket,\"1,000\"\n", "isn't an amount");
    said("kind,amount\nticket,99999999999999999999\n", "the amount is larger than");
    said("kind,amount,currency\nticket,1,XXZ\n", "an ISO 4217 currency code is expected");
    said(
        "kind,amount,currency\nticket,1,USD\n",
        "row 2, column currency, value \"USD\": the account is in EUR",
    );
    said("kind,amount,reference\nticket,1,A\nticket,1,A\n", "the reference was used in row 2 already");
    said("kind,amuont\nticket,1\n", "did you mean amount?");
    said("kind,amount\nticket,1,2\n", "row 2: the row has 3 fields, the header has 2");
    said("kind,amount\nticket,\"1\n", "row 2: a quotation mark isn't closed");
    said("kind,amount\nspaceship,1\n", "a kind is expected");
    said("kind,amount,holder\nticket,1,a\u{202e}b\n", "invisible character (U+202E)");
    said(&format!("kind,amount,holder\nticket,1,{}\n", "x".repeat(121)), "the holder has 121 bytes");
    said(
        "kind,amount,barcode\npostage,1,123\n",
        "row 2, column barcode, value \"123\": the tracking code has 3 characters, not 20 digits",
    );
    said(
        "kind,amount,barcode\ncoupon,1,(255)9501101020918\n",
        "the check digit of (255) is 8, and should be 7",
    );
    said("kind,amount,barcode\ncoupon,1,1.2E+30\n", "the tracking code has 7 characters");
    said("kind,amount,barcode\ncoupon,1,(25\u{202e})1\n", "no application identifier begins at character 1");
    for (kind, barcode) in [
        ("ticket", "01234567094987654321"),
        ("coupon", "01234567094987654321"),
        ("postage", "(255)9501101020917"),
    ] {
        let sentence = format!("column barcode, value \"{barcode}\": a {kind} has no such barcode");
        said(&format!("kind,amount,barcode\n{kind},1,{barcode}\n"), &sentence);
    }
    let good =
        "kind,amount,barcode\npostage,1,0123456709498765432101234567891\nvoucher,1,(255)9501101020917\n";
    assert_eq!(read(good, Format::Csv), Ok(2));
    let faults =
        read_items(b"kind,amount\nticket,1\nticket,\xff\n", Format::Csv, euro()).expect_err("a fault");
    assert_eq!(faults.to_string(), "row 3: byte 8 of the line isn't UTF-8; save the file as UTF-8");
}

#[test]
fn all_faults_of_a_file_are_reported_at_once() {
    let faults =
        read_items(b"kind,amount\nx,0\nticket,\nticket,1\n", Format::Csv, euro()).expect_err("faults");
    let place = |fault: &items::Fault| (fault.row, fault.column.clone().unwrap_or_default());
    let places: Vec<_> = faults.faults.iter().map(place).collect();
    assert_eq!(places, [(2, "kind".to_owned()), (2, "amount".to_owned()), (3, "amount".to_owned())]);
}

#[test]
fn json_lines_never_pass_through_floats() {
    let text = "{\"kind\":\"ticket\",\"amount\":90071992547409.93}\n\n{\"kind\":\"ticket\",\"amount\":\"1\"}";
    let items = read_items(text.as_bytes(), Format::Jsonl, euro()).expect("items");
    assert_eq!(items[0].amount.units(), 9_007_199_254_740_993);
    let fault = |text: &str| read(text, Format::Jsonl).expect_err("a fault");
    assert!(fault("{\"kind\":\"ticket\",\"amount\":1e2}").contains("isn't an amount"));
    assert!(fault("{\"kind\":\"ticket\",\"amount\":[1]}").contains("string or number is expected"));
    assert!(fault("{\"kind\":\"ticket\",\"kind\":\"ticket\",\"amount\":1}").contains("twice"));
    assert!(fault("[1]").starts_with("row 1: it is no JSON object"));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_and_nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_items(&bytes, Format::Csv, euro());
        let _ = read_items(&bytes, Format::Jsonl, euro());
    }
}
