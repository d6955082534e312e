//! Every way in which a file of items can be wrong: all that is said of it, with row, column, value and expectation.

use indicia::Denomination;
use items::Format::{self, Csv, Jsonl};
use items::{Fault, read_items};

fn euro() -> Denomination {
    "EUR/2".parse().expect("a denomination")
}

/// Row (0 for the file), column, value, and a part of what is said.
type Said = (u64, Option<&'static str>, Option<&'static str>, &'static str);

/// Of the file as a whole, or of a row.
const fn file(says: &'static str) -> Said {
    (0, None, None, says)
}

const fn row(row: u64, says: &'static str) -> Said {
    (row, None, None, says)
}

const fn at(row: u64, column: &'static str, value: &'static str, says: &'static str) -> Said {
    (row, Some(column), Some(value), says)
}

#[track_caller]
fn faults(bytes: &[u8], format: Format, expected: &[Said]) {
    let text = String::from_utf8_lossy(bytes);
    let Err(found) = read_items(bytes, format, euro()) else { panic!("was taken: {text:?}") };
    let place = |fault: &Fault| (fault.row, fault.column.clone(), fault.value.clone());
    let found_places: Vec<_> = found.faults.iter().map(place).collect();
    let expected_places: Vec<_> = expected
        .iter()
        .map(|(row, column, value, _)| (*row, column.map(str::to_owned), value.map(str::to_owned)))
        .collect();
    assert_eq!(found_places, expected_places, "{text:?}: {found}");
    for (fault, (.., says)) in found.faults.iter().zip(expected) {
        let problem = fault.problem.to_string();
        assert!(problem.contains(says), "{text:?}: {problem:?} doesn't say {says:?}");
    }
}

#[test]
fn files_with_nothing_in_them() {
    for (text, format) in [("", Csv), ("\u{feff}", Csv), ("\r\n \n", Csv), ("", Jsonl), ("\n\n", Jsonl)] {
        faults(text.as_bytes(), format, &[file("the file is empty")]);
    }
    faults(b"kind,amount\n", Csv, &[file("a header but no item")]);
    faults(b"kind,amount", Csv, &[file("a header but no item")]);
}

#[test]
fn what_editors_change_is_no_fault() {
    let plain = "kind,amount,holder\nticket,1.00,\"A, \"\"B\"\"\"\npostage,2,\n";
    let items = read_items(plain.as_bytes(), Csv, euro()).expect("items");
    assert_eq!(items[0].holder.as_deref(), Some("A, \"B\""));
    let crlf = plain.replace('\n', "\r\n");
    let without_last_end = plain.trim_end();
    for text in [&crlf, &format!("\u{feff}{plain}"), &format!("\u{feff}{crlf}"), without_last_end] {
        assert_eq!(read_items(text.as_bytes(), Csv, euro()).as_ref(), Ok(&items), "{text:?}");
    }
}

#[test]
fn other_encodings_are_named_and_the_rest_is_still_checked() {
    faults(b"\xff\xfek\0i\0n\0d\0", Csv, &[file("UTF-16; save it as UTF-8")]);
    faults(b"\xfe\xff\0k\0i\0n\0d", Csv, &[file("UTF-16; save it as UTF-8")]);
    faults(
        b"kind,amount,holder\nticket,1,Zo\xeb\nticket,0,a\nticket,-1,M\xfcller\n",
        Csv,
        &[
            row(2, "byte 12 of the line isn't UTF-8"),
            at(3, "amount", "0", "zero"),
            row(4, "byte 12 of the line isn't UTF-8"),
            at(4, "amount", "-1", "negative"),
        ],
    );
    faults(
        b"{\"kind\":\"\xff\"}\n",
        Jsonl,
        &[row(1, "byte 10 of the line isn't UTF-8"), at(1, "amount", "", "a value is expected")],
    );
}

#[test]
fn quoted_newlines_are_counted_as_an_editor_counts_and_are_no_text_for_a_label() {
    faults(
        b"kind,amount,holder\r\nticket,1,\"A\r\nB\"\r\nticket,0,\r\n",
        Csv,
        &[at(2, "holder", "A\\u{d}\\u{a}B", "control character"), at(4, "amount", "0", "zero")],
    );
    for quotes in ["ticket,1,\"a", "ticket,1,a\"b", "ticket,1,\"a\"b"] {
        let text = format!("kind,amount,holder\nticket,1,x\n{quotes}\n");
        faults(text.as_bytes(), Csv, &[row(3, "a quotation mark")]);
    }
}

#[test]
fn amounts() {
    for (amount, says) in [
        ("-1", "negative"),
        ("\u{2212}1", "negative"),
        ("0", "zero"),
        ("0.00", "zero"),
        ("1.001", "3 decimal places, EUR/2 has 2"),
        ("1.000000000000000000000000000001", "30 decimal places, EUR/2 has 2"),
        ("92233720368547758.08", "larger than 92233720368547758.07 EUR"),
        ("99999999999999999999999999999999", "larger than 92233720368547758.07 EUR"),
        ("1e3", "isn't an amount"),
        ("1 000", "isn't an amount"),
        ("+1", "isn't an amount"),
        (".5", "isn't an amount"),
        ("5.", "isn't an amount"),
        ("NaN", "isn't an amount"),
        ("٣", "isn't an amount"),
        ("€5", "isn't an amount"),
    ] {
        faults(
            format!("kind,amount\nticket,{amount}\n").as_bytes(),
            Csv,
            &[(2, Some("amount"), Some(amount), says)],
        );
        let line = format!("{{\"kind\":\"ticket\",\"amount\":\"{amount}\"}}");
        faults(line.as_bytes(), Jsonl, &[(1, Some("amount"), Some(amount), says)]);
    }
    faults(b"kind,amount\nticket,\n", Csv, &[at(2, "amount", "", "a value is expected")]);
    faults(b"kind,amount\nticket,\"1,5\"\n", Csv, &[at(2, "amount", "1,5", "isn't an amount")]);
    // Each can be issued, but not both.
    faults(
        b"kind,amount\nticket,92233720368547758.07\nticket,0.01\n",
        Csv,
        &[file("more than an account can")],
    );
}

#[test]
fn currencies() {
    faults(
        b"kind,amount,currency\nticket,1,XXZ\nticket,1,eur\nticket,1,USD\n",
        Csv,
        &[
            at(2, "currency", "XXZ", "an ISO 4217 currency code is expected, as EUR"),
            at(3, "currency", "eur", "an ISO 4217 currency code is expected, as EUR"),
            at(4, "currency", "USD", "the account is in EUR"),
        ],
    );
}

#[test]
fn texts_times_and_weights() {
    let long = "x".repeat(121);
    let text = format!("kind,amount,holder\nticket,1,{long}\n");
    let Err(found) = read_items(text.as_bytes(), Csv, euro()) else { panic!("was taken") };
    let shown = format!("{}…", "x".repeat(40));
    assert_eq!(found.faults[0].value.as_deref(), Some(shown.as_str()));
    assert_eq!(found.faults[0].problem.to_string(), "the holder has 121 bytes, 120 are possible");
    for (line, column, value, says) in [
        ("ticket,1,a\u{0}b,,,", "holder", "a\\u{0}b", "control character"),
        ("ticket,1,a\u{202e}b,,,", "holder", "a\\u{202e}b", "invisible character (U+202E)"),
        ("ticket,1,,2026-02-30,,", "valid_from", "2026-02-30", "a date is expected"),
        ("ticket,1,,31.12.2026,,", "valid_from", "31.12.2026", "a date is expected"),
        ("ticket,1,,,1969-12-30,", "valid_until", "1969-12-30", "a date is expected"),
        ("ticket,1,,2027-01-02,2027-01-01,", "valid_until", "2027-01-01", "expires before it is valid"),
        ("postage,1,,,,0", "weight_g", "0", "whole grams"),
        ("postage,1,,,,1.5", "weight_g", "1.5", "whole grams"),
        ("postage,1,,,,99999999999", "weight_g", "99999999999", "whole grams"),
    ] {
        let text = format!("kind,amount,holder,valid_from,valid_until,weight_g\n{line}\n");
        faults(text.as_bytes(), Csv, &[at(2, column, value, says)]);
    }
}

#[test]
fn keys_of_devices() {
    // Not of 32 bytes, not a point, and one under which anything verifies.
    for (key, shown) in [
        ("d75a98".to_owned(), "d75a98".to_owned()),
        ("4".repeat(64), format!("{}…", "4".repeat(40))),
        ("0".repeat(64), format!("{}…", "0".repeat(40))),
    ] {
        let text = format!("kind,amount,key\nticket,1,{key}\n");
        let faults = read_items(text.as_bytes(), Csv, euro()).expect_err("no key").faults;
        let [fault] = faults.as_slice() else { panic!("{faults:?}") };
        assert_eq!((fault.column.as_deref(), fault.value.as_ref()), (Some("key"), Some(&shown)));
        assert!(fault.problem.to_string().contains("an Ed25519 public key is expected"), "{fault}");
    }
    let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let same = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let read = |key: &str| {
        let items = read_items(format!("kind,amount,key\nticket,1,{key}\n").as_bytes(), Csv, euro());
        items.expect("an item").remove(0).details.key.map(|key| key.to_string())
    };
    assert_eq!([read(key), read(same), read("")], [Some(key.to_owned()), Some(key.to_owned()), None]);
}

#[test]
fn references_and_sorts() {
    faults(
        b"kind,amount,reference\nticket,1,A\nticket,1,B\nticket,1,A\nticket,1,A\n",
        Csv,
        &[at(4, "reference", "A", "used in row 2 already"), at(5, "reference", "A", "used in row 2 already")],
    );
    faults(
        b"kind,amount\nticket,1\ncheque,1\ncoupon,1\nscrip,1\n",
        Csv,
        &[
            at(3, "kind", "cheque", "ticket and cheque can't be in one file"),
            at(5, "kind", "scrip", "ticket and scrip can't be in one file"),
        ],
    );
    faults(
        b"template,kind,amount\nticket,postage,1\nstamp,,1\n",
        Csv,
        &[
            at(2, "template", "ticket", "the template is for ticket, the kind is postage"),
            at(3, "template", "stamp", "a template is expected: ticket, postage"),
        ],
    );
}

#[test]
fn columns_that_are_unknown_missing_or_there_twice_hide_no_other_fault() {
    faults(
        b"kind,amount,holdr,holdr\nticket,0,a,b\n",
        Csv,
        &[
            at(1, "holdr", "holdr", "did you mean holder?"),
            at(1, "holdr", "holdr", "did you mean holder?"),
            at(2, "amount", "0", "zero"),
        ],
    );
    faults(
        b"kind,amount,amount\nticket,0,1\n",
        Csv,
        &[at(1, "amount", "amount", "stands there twice"), at(2, "amount", "0", "zero")],
    );
    let missing = |column| (1, Some(column), None, "the column is missing");
    faults(b"amount\n0\n1\n", Csv, &[missing("kind"), at(2, "amount", "0", "zero")]);
    faults(b"kind\nticket\nx\n", Csv, &[missing("amount"), at(3, "kind", "x", "a kind is expected")]);
    faults(
        b"name\nZoe\n",
        Csv,
        &[at(1, "name", "name", "no such column"), missing("kind"), missing("amount")],
    );
    faults(
        b"kind,amount\nticket\nticket,1,2\nticket,0\n",
        Csv,
        &[
            row(2, "the row has 1 fields, the header has 2"),
            row(3, "the row has 3 fields, the header has 2"),
            at(4, "amount", "0", "zero"),
        ],
    );
}

#[test]
fn json_of_wrong_types_and_depths() {
    faults(
        b"{\"kind\":1,\"amount\":[],\"holder\":{}}\n{\"kind\":\"ticket\",\"amount\":true}\n{\"knd\":\"ticket\"}\n",
        Jsonl,
        &[
            at(1, "kind", "1", "a string is expected"),
            at(1, "amount", "[]", "a string or number is expected"),
            at(1, "holder", "{}", "a string is expected"),
            at(2, "amount", "true", "a string or number is expected"),
            at(3, "knd", "\"ticket\"", "did you mean kind?"),
        ],
    );
    faults(
        b"null\n[{}]\n{\"kind\"\n{}{}\n",
        Jsonl,
        &[
            row(1, "it is no JSON object (invalid type: null, expected an object, at byte 4)"),
            row(2, "expected an object"),
            row(3, "EOF while parsing"),
            row(4, "trailing characters, at byte 3"),
        ],
    );
    faults(
        b"{\"kind\":\"ticket\",\"amount\":1e400}\n",
        Jsonl,
        &[at(1, "amount", "1e400", "isn't an amount")],
    );
    faults(
        b"{\"kind\":\"ticket\",\"amount\":1,\"amount\":2}\n",
        Jsonl,
        &[at(1, "amount", "2", "stands there twice")],
    );
    for depth in [200, 100_000] {
        let line = format!("{{\"kind\":\"ticket\",\"amount\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        let Err(found) = read_items(line.as_bytes(), Jsonl, euro()) else { panic!("was taken") };
        assert_eq!(found.faults.len(), 1);
        assert!(found.to_string().len() < 200, "{found}");
    }
}

#[test]
fn faults_beyond_a_thousand_are_counted() {
    let text = format!("kind,amount\n{}", "ticket,0\n".repeat(1_500));
    let Err(found) = read_items(text.as_bytes(), Csv, euro()) else { panic!("was taken") };
    assert_eq!((found.faults.len(), found.more), (1_000, 500));
    assert!(found.to_string().ends_with("and 500 more faults"));
}
