//! What a module reads from outside: sealed records, transactions, orders.

use asker::Asked;
use indicia::{ItemList, Sign1};
use module::order::Order;
use module::record::SealedRecord;
use module::transaction::{Request, Transaction};

use crate::made::{self, PROVIDER, RECORD_HEADER, SEALING};

/// Nothing opens but what was sealed with the key.
pub(crate) fn sealed_record(bytes: &[u8]) -> bool {
    let Ok(record) = SealedRecord::from_bytes(bytes.to_vec()) else { return false };
    let opened = record.open(&SEALING);
    if opened.is_ok() {
        assert!(made::inputs("sealed_record").iter().any(|(_, made)| made == bytes), "nobody sealed it");
    }
    opened.is_ok()
}

/// The input as device, sequence and plaintext of a record that was really sealed: what opens is sealed to the same
/// bytes again, or a session would lose what it didn't understand.
pub(crate) fn record(input: &[u8]) -> bool {
    let Some((place, plaintext)) = input.split_first_chunk::<{ RECORD_HEADER - 1 }>() else { return false };
    let header = [&[1][..], place].concat();
    let sealed = [header.as_slice(), &SEALING.seal(*place, &header, plaintext)].concat();
    let Ok(record) = SealedRecord::from_bytes(sealed) else { return false };
    let Ok(device) = record.open(&SEALING) else { return false };
    assert_eq!((device.id, device.sequence), (record.device(), record.sequence()));
    assert!(device.seal(&SEALING) == record, "the record has a second form");
    true
}

/// A transaction has one encoding, or the digest that the registers keep would name only one of several.
pub(crate) fn transaction(bytes: &[u8]) -> bool {
    let Ok(transaction) = Transaction::decode(bytes) else { return false };
    assert_eq!(transaction.encode(), bytes, "the transaction has a second form");
    for request in transaction.requests() {
        match request {
            Request::Issue { asked, .. } => {
                let Ok(asked) = Asked::decode(asked) else { continue };
                let items = asked.items;
                if let Ok(list) = ItemList::decode(items) {
                    let again = ItemList::encode(list.proof, list.denomination, &list.items);
                    assert_eq!(again, items.as_ref() as &[u8], "the list has a second form");
                }
            }
            Request::Order { order } => drop(self::order(order)),
        }
    }
    true
}

/// An order has one encoding, and what the provider's key opens the provider signed.
pub(crate) fn order(bytes: &[u8]) -> bool {
    let Ok(order) = Order::read(bytes) else { return false };
    let signed = order.sign(&PROVIDER);
    let payload = |bytes| Sign1::decode(bytes).and_then(|signed| signed.payload()).expect("it was read");
    assert_eq!(payload(&signed), payload(bytes), "the order has a second form");
    match Order::open(bytes, &PROVIDER.public()) {
        Ok(opened) => {
            assert_eq!((opened, signed.as_slice()), (order, bytes), "the provider didn't sign this");
        }
        Err(_) => assert_ne!(signed, bytes),
    }
    true
}
