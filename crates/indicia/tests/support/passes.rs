//! Boarding passes for tests.

#![allow(dead_code)] // each test uses some

use indicia::ticket::bcbp::{BoardingPass, Items, LEG_ITEMS, Leg, LegExtra, Security, UNIQUE_ITEMS, Unique};
use proptest::prelude::*;

/// The example of IATA's implementation guide.
pub(crate) const EXAMPLE: &str = "M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 226F001A0025 100";

pub(crate) fn pass() -> BoardingPass {
    BoardingPass::decode(EXAMPLE).expect("the example")
}

/// Two flights with all that is conditional.
pub(crate) fn full() -> BoardingPass {
    let one = pass();
    let leg = &one.legs[0];
    let unique = Items::unique(&["1", "W", "W", "6225", "B", "AC", "0014123456002", "", "0014123456099"]);
    let items = ["014", "1234567890", "0", "1", "AC", "AC", "1234567890123", "4", "20K", "Y"];
    let extra = |count: usize, airline: &str| {
        Some(LegExtra { items: Items::leg(&items[..count]).expect("they fit"), airline: airline.into() })
    };
    let first = Leg { extra: extra(10, "LX58Z"), ..leg.clone() };
    let second = Leg {
        from: "FRA".into(),
        to: "GVA".into(),
        carrier: "LH".into(),
        flight: "3664".into(),
        day: None,
        extra: extra(6, ""),
        ..leg.clone()
    };
    BoardingPass {
        unique: Some(Unique { version: '6', items: unique.expect("they fit") }),
        legs: vec![first, second],
        security: Some(Security { kind: '1', data: "MGUCCwAt".into() }),
        ..one
    }
}

/// A value that may fill a field.
fn value(width: usize) -> impl Strategy<Value = String> {
    proptest::string::string_regex(&format!("[A-Z0-9/]{{0,{width}}}")).expect("a pattern")
}

fn unique_items() -> impl Strategy<Value = Items> {
    (UNIQUE_ITEMS.map(|item| value(item.width)), 0..=UNIQUE_ITEMS.len()).prop_map(|(values, count)| {
        let values: Vec<&str> = values[..count].iter().map(String::as_str).collect();
        Items::unique(&values).expect("they fit")
    })
}

fn leg_items() -> impl Strategy<Value = Items> {
    (LEG_ITEMS.map(|item| value(item.width)), 0..=LEG_ITEMS.len()).prop_map(|(values, count)| {
        let values: Vec<&str> = values[..count].iter().map(String::as_str).collect();
        Items::leg(&values).expect("they fit")
    })
}

fn leg() -> impl Strategy<Value = Leg> {
    let texts = (value(7), "[A-Z]{3}", "[A-Z]{3}", value(3), value(5), value(4), value(5));
    let extra = (leg_items(), "[A-Z0-9]{0,30}").prop_map(|(items, airline)| LegExtra { items, airline });
    (texts, prop::option::of(1_u16..=366), "[A-Z]", "[0-9]", prop::option::of(extra)).prop_map(
        |((reservation, from, to, carrier, flight, seat, sequence), day, compartment, status, extra)| Leg {
            reservation,
            from,
            to,
            carrier,
            flight,
            day,
            compartment: compartment.chars().next().expect("a letter"),
            seat,
            sequence,
            status: status.chars().next().expect("a digit"),
            extra,
        },
    )
}

/// Any pass that there can be.
pub(crate) fn any_pass() -> impl Strategy<Value = BoardingPass> {
    let security = prop::option::of("[A-Za-z0-9+/=]{0,255}");
    (value(20), unique_items(), prop::collection::vec(leg(), 1..=4), security).prop_map(
        |(passenger, items, legs, data)| BoardingPass {
            passenger,
            ticket: 'E',
            unique: Some(Unique { version: '6', items }),
            legs,
            security: data.map(|data| Security { kind: '1', data }),
        },
    )
}
