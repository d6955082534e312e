//! What a module reads from outside: sealed records, transactions, orders.

use asker::{Asked, ChangeAsked};
use indicia::ItemList;
use module::order::Order;
use module::paper::Paper;
use module::record::SealedRecord;
use module::staff::Authority;
use module::transaction::{Request, Transaction};

use crate::made::{self, PROVIDER, RECORD_HEADER, SEALING, STAFF};

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
            Request::Change { asked, .. } => drop(self::change(asked)),
            Request::SignIn { step, .. } => drop(crate::signing_in::step(step)),
        }
    }
    true
}

/// An order has one encoding, and what opens as a provider's was signed by the provider.
pub(crate) fn order(bytes: &[u8]) -> bool {
    let Ok(order) = Order::read(bytes) else { return false };
    let signed = order.sign(&PROVIDER);
    let payload = |bytes| Paper::read(bytes).map(|paper| paper.payload().to_vec()).expect("it was read");
    assert_eq!(payload(&signed), payload(bytes), "the order has a second form");
    match Order::open(bytes, &STAFF) {
        Ok((opened, who)) if who == "provider pay" => {
            assert_eq!((opened, signed.as_slice()), (order, bytes), "the provider didn't sign this");
        }
        Ok(_) => {
            assert!(made::inputs("order").iter().any(|(_, made)| made == bytes), "no officers signed this");
        }
        Err(_) => assert!(signed != bytes || order.action.needs() == Authority::Officers),
    }
    true
}

/// A change of users or limits has one encoding.
pub(crate) fn change(bytes: &[u8]) -> bool {
    let Ok(asked) = ChangeAsked::decode(bytes) else { return false };
    assert_eq!(asked.encode(), bytes, "the change has a second form");
    true
}
