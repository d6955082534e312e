//! Status snapshots: exact, one form each, small; a delta gives its result and fits nothing else.

mod support;

use std::collections::BTreeMap;

use indicia::{
    Algorithm, DeviceId, KeyId, RevokedKeys, Serial, Status, StatusClaims, StatusDelta, StatusError,
    StatusSnapshot, UnixTime,
};
use proptest::prelude::*;
use support::{DEVICE, ISSUED, ISSUER, NOW, Office};

type Model = BTreeMap<Serial, Status>;

const ALL: [Status; 4] = [Status::Live, Status::RedeemedInPart, Status::Redeemed, Status::Void];

fn serial(device: u32, number: u64) -> Serial {
    Serial::new(DeviceId(device), number).expect("a serial")
}

fn revoked() -> impl Strategy<Value = RevokedKeys> {
    prop::collection::vec(any::<u8>(), 0..4)
        .prop_map(|keys| keys.into_iter().map(|key| KeyId([key; 8])).collect())
}

fn snapshot(model: &Model, at: UnixTime) -> StatusSnapshot {
    let mut snapshot = StatusSnapshot::new(ISSUER.to_owned(), at);
    model.iter().for_each(|(serial, standing)| snapshot.push(*serial, *standing).expect("in order"));
    snapshot
}

fn model() -> impl Strategy<Value = Model> {
    let number = prop_oneof![0..40_u64, 0..20_000_u64, Serial::MAX_NUMBER - 3..=Serial::MAX_NUMBER];
    let one = (0..3_u32, number, prop::sample::select(&ALL));
    prop::collection::vec(one, 0..60).prop_map(|all| {
        all.into_iter().map(|(device, number, standing)| (serial(device, number), standing)).collect()
    })
}

/// What a snapshot says of an indicium that was issued before it.
fn said(snapshot: &StatusSnapshot, serial: Serial) -> Option<Status> {
    snapshot.status(serial, ISSUED)
}

proptest! {
    #[test]
    fn a_snapshot_says_what_is_so_and_nothing_else(model in model(), revoked in revoked()) {
        let made = snapshot(&model, NOW).with_revoked(revoked);
        let StatusClaims::Full(read) = StatusClaims::decode(&made.encode()).expect("a payload") else {
            panic!("it is a full one")
        };
        prop_assert_eq!(&read, &made);
        let dead = model.values().filter(|standing| **standing != Status::Live).count();
        prop_assert_eq!(read.count(), dead as u64);
        for near in model.keys().flat_map(|one| (0..3).map(move |step| (one, step))) {
            let (one, step) = near;
            let number = (one.number() + step).saturating_sub(1).min(Serial::MAX_NUMBER);
            let one = Serial::new(one.device(), number).expect("a serial");
            let expected = model.get(&one).copied().unwrap_or(Status::Live);
            prop_assert_eq!(said(&read, one), Some(expected));
        }
    }

    #[test]
    fn a_delta_gives_its_result_from_its_base_alone(
        old in model(),
        new in model(),
        keep: bool,
        keys in (revoked(), revoked()),
    ) {
        let new = if keep { old.clone().into_iter().chain(new).collect() } else { new };
        let old = snapshot(&old, ISSUED).with_revoked(keys.0);
        let new = snapshot(&new, NOW).with_revoked(keys.1);
        let office = Office::new(Algorithm::EdDsa);
        let payload = StatusDelta::between(&old, &new).encode();
        prop_assert_eq!(StatusClaims::decode(&payload).expect("a payload").encode(), payload.clone());
        let signed = office.root.sign1(&payload, None);
        let bundle = office.bundle();
        prop_assert_eq!(old.advance(&signed, &bundle).expect("it builds on it"), new.clone());
        let other = new.advance(&signed, &bundle);
        let is_other_base = matches!(other, Err(StatusError::OtherBase { .. }));
        prop_assert!(is_other_base, "{:?}", other);
        let alone = StatusSnapshot::open(&signed, &bundle);
        prop_assert_eq!(alone, Err(StatusError::NoBase(NOW)));
        let follow = |before, bytes: &[u8]| StatusSnapshot::follow(before, bytes, &bundle);
        prop_assert_eq!(follow(None, &signed), Err(StatusError::NoBase(NOW)));
        prop_assert_eq!(follow(Some(&old), &signed).expect("it builds on it"), new.clone());
        prop_assert_eq!(follow(Some(&new), &signed), new.advance(&signed, &bundle));
        let full = office.root.sign1(&new.encode(), None);
        prop_assert_eq!(follow(None, &full).expect("all of it"), new.clone());
        prop_assert_eq!(follow(Some(&old), &full).expect("all of it"), new);
    }

    #[test]
    fn what_is_read_has_one_form(model in model(), revoked in revoked(), at: prop::sample::Index, to: u8) {
        let mut payload = snapshot(&model, NOW).with_revoked(revoked).encode();
        let at = at.index(payload.len());
        payload[at] = to;
        if let Ok(claims) = StatusClaims::decode(&payload) {
            prop_assert_eq!(claims.encode(), payload);
        }
    }
}

/// A payload with these bytes as the first set of one device.
fn with_set(set: &[u8]) -> Vec<u8> {
    let mut payload = snapshot(&Model::from([(serial(1, 0), Status::RedeemedInPart)]), NOW).encode();
    assert!(payload.ends_with(&[0x84, 1, 0x41, 0, 0x40, 0x40]));
    payload.truncate(payload.len() - 4);
    payload.push(0x40 | u8::try_from(set.len()).expect("short"));
    payload.extend_from_slice(set);
    payload.extend_from_slice(&[0x40, 0x40]);
    payload
}

#[test]
fn sets_are_read_strictly() {
    let read = |set: &[u8]| StatusClaims::decode(&with_set(set)).map(drop);
    let wrong = Err(StatusError::Claim(indicia::Label::STATUSES));
    assert_eq!(read(&[0, 2]), Ok(()), "0 and 2 - 1");
    assert_eq!(read(&[1, 0, 2]), Ok(()), "0 to 1, and 3");
    assert_eq!(read(&[0, 0]), wrong, "1 right after 0 is one run with it");
    assert_eq!(read(&[0x80, 0]), wrong, "a longer form than needed");
    assert_eq!(read(&[0x80]), wrong, "cut off");
    assert_eq!(read(&[1]), wrong, "a run without its length");
    assert_eq!(read(&[]), wrong, "a device with nothing");
    assert_eq!(read(&[0xff; 6]), wrong, "more than six bytes");
    // 10^12 - 1, doubled, and one beyond.
    assert_eq!(read(&[0xfe, 0xbf, 0xa8, 0xca, 0x9a, 0x3a]), Ok(()));
    assert_eq!(read(&[0x80, 0xc0, 0xa8, 0xca, 0x9a, 0x3a]), wrong);
}

#[test]
fn a_number_is_in_one_set_only_and_devices_come_in_order() {
    let one = |device, standing| Model::from([(serial(device, 5), standing)]);
    let mut twice = snapshot(&one(1, Status::RedeemedInPart), NOW).encode();
    let end = twice.len();
    // [1, h'0a', h'', h''] becomes [1, h'0a', h'', h'0a'].
    twice[end - 1] = 0x41;
    twice.push(0x0a);
    assert_eq!(StatusClaims::decode(&twice), Err(StatusError::Claim(indicia::Label::STATUSES)));
    let both = [one(1, Status::Void), one(2, Status::Void)].into_iter().flatten().collect();
    let mut both = snapshot(&both, NOW).encode();
    let place = both.len() - 5;
    assert_eq!(std::mem::replace(&mut both[place], 1), 2, "the second device's number");
    assert_eq!(StatusClaims::decode(&both), Err(StatusError::Claim(indicia::Label::STATUSES)));
}

#[test]
fn only_the_bundles_root_makes_a_snapshot_for_its_issuer() {
    let (office, other) = (Office::new(Algorithm::EdDsa), Office::with_seed(Algorithm::EdDsa, 9));
    let bundle = office.bundle();
    let made = snapshot(&Model::from([(serial(DEVICE.0, 1), Status::Void)]), NOW);
    assert_eq!(StatusSnapshot::open(&office.root.sign1(&made.encode(), None), &bundle), Ok(made.clone()));
    for key in [&other.root, &office.issuer, &office.device] {
        let opened = StatusSnapshot::open(&key.sign1(&made.encode(), None), &bundle);
        assert!(matches!(opened, Err(StatusError::Sign1(_))), "{opened:?}");
    }
    let foreign = StatusSnapshot::new("Other".to_owned(), NOW).encode();
    let opened = StatusSnapshot::open(&office.root.sign1(&foreign, None), &bundle);
    assert!(matches!(opened, Err(StatusError::OtherIssuer { .. })), "{opened:?}");
    // Neither is taken for the other.
    let opened = StatusSnapshot::open(&office.bundle_bytes(), &bundle);
    assert!(matches!(opened, Err(StatusError::Claim(_))), "{opened:?}");
    assert!(indicia::TrustBundle::open(&office.root.sign1(&made.encode(), None), None).is_err());
}

#[test]
fn it_says_nothing_of_what_was_issued_since() {
    let at = |at| snapshot(&Model::from([(serial(DEVICE.0, 2), Status::Redeemed)]), at);
    let said = |at: StatusSnapshot, number| at.status(serial(DEVICE.0, number), ISSUED);
    assert_eq!(said(at(NOW), 1), Some(Status::Live));
    assert_eq!(said(at(ISSUED), 1), None);
    assert_eq!(said(at(ISSUED), 2), Some(Status::Redeemed), "it has it");
}

#[test]
fn numbers_come_in_order() {
    let mut made = StatusSnapshot::new(ISSUER.to_owned(), NOW);
    made.push(serial(1, 5), Status::Void).expect("the first");
    assert_eq!(made.push(serial(1, 5), Status::Redeemed), Err(StatusError::Order(serial(1, 5))));
    assert_eq!(made.push(serial(1, 4), Status::Void), Err(StatusError::Order(serial(1, 4))));
    made.push(serial(0, 4), Status::Void).expect("another device");
}

/// Bytes for each serial that isn't live, of so many issued, where of each the chance is one in `of`.
fn bytes_each(issued: u64, of: u64, standing: impl Fn(u64) -> Status) -> f64 {
    let mut random = 1_u64;
    let mut made = StatusSnapshot::new(ISSUER.to_owned(), NOW);
    for number in 0..issued {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        if (random >> 33).is_multiple_of(of) {
            made.push(serial(1, number), standing(random >> 40)).expect("in order");
        }
    }
    made.encode().len() as f64 / made.count() as f64
}

#[test]
fn a_serial_that_is_not_live_takes_two_bytes_at_most() {
    let redeemed = |_| Status::Redeemed;
    let mixed = |random| Status::RedeemedInPart.max(ALL[1 + (random % 3) as usize]);
    let figures = [
        ("all", bytes_each(200_000, 1, redeemed)),
        ("all, of three kinds by chance", bytes_each(200_000, 1, mixed)),
        ("half", bytes_each(200_000, 2, redeemed)),
        ("half, of three kinds by chance", bytes_each(200_000, 2, mixed)),
        ("one in ten", bytes_each(200_000, 10, redeemed)),
        ("one in a hundred", bytes_each(1_000_000, 100, redeemed)),
        ("one in a hundred, of three kinds by chance", bytes_each(1_000_000, 100, mixed)),
    ];
    println!("{figures:?}, one in 1,000: {}", bytes_each(4_000_000, 1000, redeemed));
    println!("one in 10,000: {}", bytes_each(10_000_000, 10_000, redeemed));
    for (what, bytes) in figures {
        assert!(bytes <= 2.0, "{what}: {bytes} bytes");
    }
    assert!(bytes_each(200_000, 1, redeemed) < 0.001);
}
