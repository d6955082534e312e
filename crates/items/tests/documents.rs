//! A batch as a JSON document: the one that is signed is read in one form only, and others become such a one.

#[path = "../../indicia/tests/support/arbitrary.rs"]
#[allow(dead_code)] // of claims, used elsewhere
mod arbitrary;

use indicia::{Denomination, EntryWindow, ItemList, ProofForm, UnixTime};
use items::{DocumentError, read_document, read_lenient_document};
use proptest::prelude::*;

/// The last second that RFC 3339 can name here.
const LAST: u64 = 253_402_207_200;

fn lists() -> impl Strategy<Value = ItemList> {
    let proof = prop::sample::select(vec![ProofForm::Signature, ProofForm::Batch]);
    let lists = (proof, arbitrary::denominations(), any::<bool>()).prop_flat_map(|(proof, of, embeds)| {
        let items = prop::collection::vec(arbitrary::items(of, embeds), 0..5);
        items.prop_map(move |items| ItemList { proof, denomination: of, items })
    });
    lists.prop_map(|mut list| {
        for item in &mut list.items {
            item.not_before = item.not_before.map(|time| UnixTime(time.0 % LAST));
            item.expires = item.expires.map(|time| UnixTime(time.0 % LAST + 1));
            if item.not_before >= item.expires {
                item.not_before = None;
            }
            let entry = &mut item.details.entry;
            entry.from = entry.from.map(|time| UnixTime(time.0 % LAST));
            entry.until = entry.until.map(|time| UnixTime(time.0 % LAST + 1));
            if item.check().is_err() {
                item.details.entry = EntryWindow::default();
            }
        }
        list
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(list in lists()) {
        prop_assert_eq!(read_document(list.to_json().as_bytes()), Ok(list));
    }

    #[test]
    fn what_is_changed_is_refused_or_says_something_else(
        list in lists(),
        place in any::<prop::sample::Index>(),
        byte: u8,
    ) {
        let mut text = list.to_json().into_bytes();
        let place = place.index(text.len());
        prop_assume!(text[place] != byte);
        text[place] = byte;
        if let Ok(other) = read_document(&text) {
            prop_assert_ne!(&other, &list);
            prop_assert_eq!(other.to_json().into_bytes(), text);
        }
    }
}

const GOOD: &str = r#"{"denomination":"EUR/2","items":[{"amount":"1.00","template":"ticket","valid_until":"2030-01-01T00:00:00Z"},{"amount":"2.50","holder":"Zoë","template":"ticket"}],"proof":"signature"}"#;

#[test]
fn one_document_has_one_form() {
    let list = read_document(GOOD.as_bytes()).expect("a list");
    assert_eq!((list.items.len(), list.total().expect("a total").units()), (2, 350));
    for (from, to) in [
        ("},{", "}, {"),
        ("}]", "}]\n"),
        (r#""1.00""#, r#""1.0""#),
        (r#""1.00""#, r#""01.00""#),
        (r#""1.00","template":"ticket""#, r#""1.00","holder":null,"template":"ticket""#),
        (r#"{"amount":"2.50","holder":"Zoë","template"#, r#"{"holder":"Zoë","amount":"2.50","template"#),
        ("Zoë", "Zo\\u00eb"),
        ("Zoë", "\\u005aoë"),
        ("00:00:00Z", "00:00:00.0Z"),
        ("00:00:00Z", "00:00:00.5Z"),
        ("00:00:00Z", "01:00:00+01:00"),
        ("2030-01-01T00:00:00Z", "2030-01-01"),
    ] {
        let text = GOOD.replace(from, to);
        assert_ne!(text, GOOD, "{to}");
        let error = read_document(text.as_bytes()).expect_err(to);
        let DocumentError::NotCanonical { byte, canonical, .. } = &error else { panic!("{to}: {error}") };
        assert!(GOOD.is_char_boundary(*byte) && text.as_bytes()[..*byte] == GOOD.as_bytes()[..*byte]);
        assert!(GOOD[*byte..].starts_with(canonical.as_str()), "{to}: {error}");
    }
    let trailing = format!("{GOOD}\n");
    assert_eq!(
        read_document(trailing.as_bytes()).expect_err("a line break").to_string(),
        format!(
            "the document isn't in its canonical form (RFC 8785): from byte {} on it says \"\\n\", and canonical is \"\"",
            GOOD.len()
        )
    );
}

#[test]
fn a_fault_is_said_with_a_pointer_to_its_place() {
    for (from, to, said) in [
        (r#""EUR/2""#, r#""EUR""#, "/denomination: \"EUR\" isn't of the form"),
        (r#""EUR/2""#, r#""XXZ/2""#, "/denomination: \"XXZ\" is no currency code"),
        (r#""signature""#, r#""tree""#, "/proof: the form of proof is signature or batch"),
        (r#","proof":"signature""#, "", "missing field `proof`"),
        ("[{", "[7,{", "/items/0: invalid type: integer `7`"),
        (r#""1.00""#, "1.00", "/items/0/amount: invalid type: floating point"),
        (r#""1.00""#, r#""1,00""#, "/items/0/amount: \"1,00\" isn't an amount"),
        (r#""2.50""#, r#""2.505""#, "/items/1/amount: the amount has 3 decimal places, EUR/2 has 2"),
        (r#""2.50""#, r#""0.00""#, "/items/1/amount: the amount is zero"),
        (r#""2.50""#, r#""-1""#, "/items/1/amount: the amount is negative"),
        (r#""1.00""#, r#""92233720368547758.07""#, "/items: the amount is larger than"),
        (r#""2.50","#, r#""2.50","amount":"2.50","#, "/items/1: duplicate field `amount`"),
        (r#""2.50","#, r#""2.50","ammount":"2.50","#, "/items/1/ammount: unknown field `ammount`"),
        (r#""amount":"2.50","#, "", "/items/1: missing field `amount`"),
        ("Zoë", "", "/items/1/holder: the holder is empty"),
        ("Zoë", "a\\nb", "/items/1/holder: the holder has a control character"),
        (r#""Zoë""#, "7", "/items/1/holder: invalid type: integer `7`, expected a string"),
        (r#""template":"ticket"}"#, r#""template":"coach"}"#, "/items/1/template: a template is expected: "),
        (
            r#""template":"ticket"}"#,
            r#""template":"scrip"}"#,
            "/items/1/template: item 2 has another template",
        ),
        ("2030-01-01T00:00:00Z", "soon", "/items/0/valid_until: a time in UTC is expected"),
        (r#"Z"}"#, r#"Z","weight_g":-1}"#, "/items/0/weight_g: invalid value: integer `-1`"),
        (r#"Z"}"#, r#"Z","weight_g":1.5}"#, "/items/0/weight_g: invalid type: floating point"),
        ("}]", "}", "/items/2: invalid type: string \"proof\", expected an item as an object"),
        (r#"e"}"#, r#"e"}{}"#, "trailing characters"),
        ("{\"d", "[\"d", "expected"),
        ("Zoë", "Zo\n", "control character"),
    ] {
        let text = GOOD.replace(from, to);
        assert_ne!(text, GOOD, "{to}");
        if let Err(error) = read_document(text.as_bytes()) {
            assert!(error.to_string().contains(said), "{to}: {error}, not {said}");
        } else {
            panic!("{to} was taken");
        }
    }
    for bytes in [&b""[..], b"\xff", b"null", b"7", b"[]", b"\xef\xbb\xbf{}", &[b'['; 100_000]] {
        assert!(matches!(read_document(bytes), Err(DocumentError::Fault { .. })));
    }
}

#[test]
fn another_document_becomes_the_one_that_is_signed() {
    let euro: Denomination = "EUR/2".parse().expect("a denomination");
    let text = "\u{feff}{ \"items\": [\n {\"kind\": \"ticket\", \"amount\": 1, \"valid_until\": \"2029-12-31\"},\n \
                {\"holder\": \"Zo\\u00eb\", \"amount\": 2.5, \"template\": \"ticket\"} ]}";
    let (proof, items) = read_lenient_document(text.as_bytes(), euro).expect("items");
    assert_eq!(proof, None);
    let list = ItemList { proof: ProofForm::Signature, denomination: euro, items };
    assert_eq!(list.to_json(), GOOD);
    let again = read_lenient_document(GOOD.as_bytes(), euro).expect("items");
    assert_eq!(again, (Some(ProofForm::Signature), list.items), "what is canonical stays what it is");

    let faults = |text: &str| read_lenient_document(text.as_bytes(), euro).expect_err(text).to_string();
    let all = faults(
        r#"{"denomination":"USD/2","proof":"x","items":[{"kind":"x","amount":0},7,{"kind":"ticket"}]}"#,
    );
    for said in [
        "file: /proof: \"x\" is neither signature nor batch",
        "file: /denomination: the account is in EUR/2",
        "row 1, column kind, value \"x\": a kind is expected",
        "row 1, column amount, value \"0\": the amount is zero",
        "row 2: it is no JSON object",
        "row 3, column amount, value \"\": a value is expected",
    ] {
        assert!(all.contains(said), "{all}: {said}");
    }
    assert_eq!(all.lines().count(), 6, "{all}");
    assert!(faults("{}").starts_with("file: missing field `items`"));
    assert!(faults(r#"{"items":[],"colour":1}"#).starts_with("file: /colour: unknown field `colour`"));
    assert_eq!(faults(r#"{"items":[]}"#), "file: /items: there is no item");
    assert!(faults("[").starts_with("file: "));
    assert!(faults("").contains("empty"));
}
