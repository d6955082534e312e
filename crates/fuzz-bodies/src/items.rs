//! Files of items.

use std::borrow::Cow;

use indicia::{Item, ItemList, ProofForm, UnixTime};
use items::{Fault, Format, read_document, read_items, read_lenient_document};
use serde_json::{Map, Value};

use crate::made::euro;

pub(crate) fn csv(bytes: &[u8]) -> bool {
    items(bytes, Format::Csv)
}

pub(crate) fn jsonl(bytes: &[u8]) -> bool {
    items(bytes, Format::Jsonl)
}

/// A document that is signed has one form. One that may have another becomes it, and is then taken as it is.
pub(crate) fn document(bytes: &[u8]) -> bool {
    let signed = read_document(bytes);
    match &signed {
        Ok(list) => assert_eq!(list.to_json().as_bytes(), bytes, "the document has a second form"),
        Err(error) => assert!(!error.to_string().chars().any(char::is_control), "{error:?}"),
    }
    match read_lenient_document(bytes, euro()) {
        Ok((proof, items)) => {
            check_items(&items);
            let list = ItemList { proof: proof.unwrap_or_default(), denomination: euro(), items };
            let text = list.to_json();
            let again = read_lenient_document(text.as_bytes(), euro());
            assert_eq!(again, Ok((Some(list.proof), list.items.clone())), "canonical, it is another list");
            assert_eq!(read_document(text.as_bytes()).as_ref(), Ok(&list), "what was made isn't canonical");
            assert!(signed.is_err() || signed == Ok(list), "it says two things");
        }
        Err(faults) => faults.faults.iter().for_each(|fault| check_fault(fault, u64::MAX)),
    }
    signed.is_ok()
}

/// Either items, which can go on as they are, or faults, each with its place; and whatever an editor changes in saving
/// changes neither.
fn items(bytes: &[u8], format: Format) -> bool {
    let read = read_items(bytes, format, euro());
    match &read {
        Ok(items) => check_items(items),
        Err(faults) => {
            assert!(!faults.faults.is_empty(), "refused without a reason");
            let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
            faults.faults.iter().for_each(|fault| check_fault(fault, lines));
        }
    }
    // Only where nothing is inside quotes or cut off may line ends differ.
    if bytes.starts_with(b"\xff") || bytes.starts_with(b"\xfe") || bytes.starts_with(b"\xef\xbb\xbf") {
        return read.is_ok();
    }
    let marked = [b"\xef\xbb\xbf", bytes].concat();
    assert_eq!(read_items(&marked, format, euro()), read, "a byte order mark changes it");
    if !bytes.iter().any(|byte| matches!(byte, b'\r' | b'"')) && std::str::from_utf8(bytes).is_ok() {
        let text = String::from_utf8_lossy(bytes).replace('\n', "\r\n");
        assert_eq!(read_items(text.as_bytes(), format, euro()), read, "CRLF changes it");
    }
    read.is_ok()
}

fn check_items(items: &[Item]) {
    assert!(!items.is_empty(), "nothing was read");
    let list = ItemList { proof: ProofForm::Signature, denomination: euro(), items: items.to_vec() };
    let encoded = ItemList::encode(list.proof, list.denomination, &list.items);
    assert_eq!(ItemList::decode(&encoded), Ok(list));
    let lines: Vec<String> = items.iter().map(|item| as_json(item).to_string()).collect();
    let again = read_items(lines.join("\n").as_bytes(), Format::Jsonl, euro());
    assert_eq!(again.as_deref(), Ok(items), "as JSON lines it is another list");
}

fn as_json(item: &Item) -> Value {
    let mut object = Map::new();
    let mut put = |name: &str, value: Option<String>| {
        object.extend(value.map(|value| (name.to_owned(), Value::String(value))));
    };
    let time = |time: Option<UnixTime>| time.map(|time| time.to_string());
    put("template", Some(item.template.name.to_owned()));
    put("amount", Some(item.amount.number()));
    put("holder", item.holder.clone());
    put("reference", item.reference.clone());
    put("valid_from", time(item.not_before));
    put("valid_until", time(item.expires));
    put("weight_g", item.weight_grams.map(|grams| grams.to_string()));
    put("service", item.service.clone());
    let details = &item.details;
    let text = |text: &Option<Cow<'_, str>>| text.as_deref().map(str::to_owned);
    put("uses", details.uses.map(|uses| uses.to_string()));
    put("event", text(&details.event));
    put("seat", text(&details.seat));
    put("entrance", text(&details.entrance));
    put("enter_from", time(details.entry.from));
    put("enter_until", time(details.entry.until));
    put("mailed", details.mailed.map(|day| day.to_string()));
    put("origin", text(&details.origin));
    put("destination", text(&details.destination));
    put("reentry", details.reentry.then(|| "yes".to_owned()));
    put("barcode", details.barcode.as_ref().map(ToString::to_string));
    put("key", details.key.map(|key| key.to_string()));
    Value::Object(object)
}

/// A fault is of the file, of a row, or of a value in a row, and is one line that can be shown.
fn check_fault(fault: &Fault, lines: u64) {
    assert!(fault.row <= lines, "{fault}");
    assert!(fault.row > 0 || (fault.column.is_none() && fault.value.is_none()), "{fault}");
    assert!(fault.column.is_some() || fault.value.is_none(), "{fault}");
    let said = fault.to_string();
    assert!(!said.chars().any(char::is_control), "{said:?}");
    assert!(said.chars().count() < 1_000, "{said}");
}
