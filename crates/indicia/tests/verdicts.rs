//! Verdicts: what is genuine, what isn't and why, and what a bundle can't tell.

mod support;

use indicia::{
    Algorithm, BundleError, CertificateClaims, CertificateError, Claims, DecodeError, DeviceId, GoodRoots,
    Indicium, KeyError, KeyId, Kind, Reason, RevokedKeys, Serial, SignError, StatusSnapshot, Subject,
    TrustBundle, UnixTime, Verdict, embedded_chain, verify, verify_many, verify_together,
};
use support::{DEVICE, END, ISSUED, ISSUER, NOW, Office, Signer, certificate, claims, encoded};

const BOTH: [Algorithm; 2] = [Algorithm::EdDsa, Algorithm::Es256];

fn is_genuine(bytes: &[u8], bundle: &TrustBundle) -> bool {
    matches!(verify(bytes, bundle, NOW), Verdict::Genuine(_))
}

fn refusal(bytes: &[u8], bundle: &TrustBundle, now: UnixTime) -> Reason {
    match verify(bytes, bundle, now) {
        Verdict::NotGenuine(reason) => reason,
        other => panic!("{other:?}"),
    }
}

fn doubt(bytes: &[u8], bundle: &TrustBundle, now: UnixTime) -> Reason {
    match verify(bytes, bundle, now) {
        Verdict::CannotTell(reason) => reason,
        other => panic!("{other:?}"),
    }
}

/// Every form: with a signature or a receipt, with certificates or without.
fn forms(office: &Office) -> Vec<Vec<u8>> {
    vec![
        office.single(&claims(5), false),
        office.single(&claims(5), true),
        office.of_batch(7, 5, false),
        office.of_batch(7, 5, true),
    ]
}

#[test]
fn every_form_is_genuine_and_says_what_was_written() {
    for office in BOTH.map(Office::new) {
        for bytes in forms(&office) {
            let bundle = office.bundle();
            let Verdict::Genuine(indicium) = verify(&bytes, &bundle, NOW) else { panic!("not genuine") };
            assert_eq!(indicium.claims(), &claims(5));
            assert_eq!(indicium.key_id(), office.device.public().key_id());
        }
    }
}

/// Also where the true root of its batch is remembered, which must change no verdict.
fn assert_no_flip_is_genuine(bytes: &[u8], bundle: &TrustBundle) {
    let mut roots = GoodRoots::default();
    assert!(matches!(verify_many(bytes, bundle, NOW, &mut roots), Verdict::Genuine(_)));
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        let verdict = verify(&changed, bundle, NOW);
        assert!(!matches!(verdict, Verdict::Genuine(_)), "byte {}, bit {}", bit / 8, bit % 8);
        assert_eq!(
            verify_many(&changed, bundle, NOW, &mut roots),
            verdict,
            "byte {}, bit {}",
            bit / 8,
            bit % 8
        );
        // In the company of genuine ones it is no better, and they are no worse.
        let [first, second, third] = &verify_together(&[bytes, &changed, bytes], bundle, NOW)[..] else {
            panic!("a verdict of each")
        };
        assert_eq!(*second, verdict, "byte {}, bit {}", bit / 8, bit % 8);
        assert!([first, third].iter().all(|verdict| matches!(verdict, Verdict::Genuine(_))));
    }
}

/// Of whatever is there at once each has the verdict that it has alone.
#[test]
fn verdicts_are_the_same_together() {
    let [office, other] = BOTH.map(Office::new);
    let stranger = Office::with_seed(Algorithm::EdDsa, 50);
    let mut all: Vec<_> = [&office, &other, &stranger].into_iter().flat_map(forms).collect();
    all.extend((6..30).map(|number| office.single(&claims(number), false)));
    all.push(b"nothing of the kind".to_vec());
    for bundle in [office.bundle(), other.bundle()] {
        for last in 0..all.len() {
            let some: Vec<_> = all[..last].iter().map(Vec::as_slice).collect();
            let alone: Vec<_> = some.iter().map(|bytes| verify(bytes, &bundle, NOW)).collect();
            assert_eq!(verify_together(&some, &bundle, NOW), alone);
        }
    }
    // The signature of one under the claims of another.
    let (one, two) = (office.single(&claims(6), false), office.single(&claims(7), false));
    let swapped = [&one[..one.len() - 64], &two[two.len() - 64..]].concat();
    let bundle = office.bundle();
    let verdicts = verify_together(&[&one, &swapped, &two], &bundle, NOW);
    let are_genuine: Vec<_> = verdicts.iter().map(|verdict| matches!(verdict, Verdict::Genuine(_))).collect();
    assert_eq!(are_genuine, [true, false, true]);
}

#[test]
fn every_flipped_bit_of_an_indicium_is_refused() {
    for office in BOTH.map(Office::new) {
        assert_no_flip_is_genuine(&office.single(&claims(5), false), &office.bundle());
        assert_no_flip_is_genuine(&office.of_batch(7, 5, false), &office.bundle());
    }
}

/// The certificates inside aren't signed by the indicium's own signature, and still have one form only.
#[test]
fn every_flipped_bit_of_an_indicium_with_certificates_is_refused() {
    let office = Office::new(Algorithm::EdDsa);
    for bytes in [office.single(&claims(5), true), office.of_batch(7, 5, true)] {
        assert_no_flip_is_genuine(&bytes, &office.bundle());
        assert_no_flip_is_genuine(&bytes, &office.root_only());
    }
}

#[test]
fn every_truncation_and_every_added_byte_is_refused() {
    let office = Office::new(Algorithm::EdDsa);
    for bytes in forms(&office) {
        for length in 0..bytes.len() {
            assert!(matches!(
                refusal(&bytes[..length], &office.bundle(), NOW),
                Reason::Malformed(DecodeError::Encoding(_))
            ));
        }
        let trailing = [bytes.as_slice(), &[0xf6]].concat();
        assert!(Indicium::decode(&trailing).is_err());
    }
}

#[test]
fn embedded_certificates_need_only_the_root() {
    for office in BOTH.map(Office::new) {
        let bundle = office.root_only();
        assert!(is_genuine(&office.single(&claims(1), true), &bundle));
        assert!(is_genuine(&office.of_batch(3, 1, true), &bundle));
        assert!(matches!(doubt(&office.single(&claims(1), false), &bundle, NOW), Reason::UnknownKey { .. }));
    }
}

#[test]
fn certificates_of_another_root_are_refused() {
    let (office, other) = (Office::new(Algorithm::EdDsa), Office::with_seed(Algorithm::EdDsa, 50));
    let forged = other.single(&claims(1), true);
    for bundle in [office.bundle(), office.root_only()] {
        assert!(matches!(
            refusal(&forged, &bundle, NOW),
            Reason::Certificate(CertificateError::Sign1(SignError::Signature(KeyError::Signature)))
        ));
    }
}

#[test]
fn a_chain_that_is_wrong_is_refused_even_where_the_key_is_known() {
    let office = Office::new(Algorithm::EdDsa);
    let chain = |parts: &[&[u8]]| embedded_chain(parts[0], parts[1]);
    let (device, issuer) = (office.device_certificate.as_slice(), office.issuer_certificate.as_slice());
    let other_key = Signer::new(Algorithm::EdDsa, 77);
    let of_other_key = certificate(&office.issuer, Subject::Device(DEVICE), &other_key);
    for wrong in [chain(&[issuer, device]), chain(&[device, device]), chain(&[&of_other_key, issuer])] {
        let bytes = office.device.sign1(&encoded(&claims(1)), Some(&wrong));
        assert_eq!(refusal(&bytes, &office.bundle(), NOW), Reason::Certificate(CertificateError::Other));
    }
}

/// A device's key must not make devices, nor an issuer's key indicia.
#[test]
fn a_key_does_its_own_work_only() {
    let office = Office::new(Algorithm::EdDsa);
    let below = Signer::new(Algorithm::EdDsa, 78);
    let made_by_device = certificate(&office.device, Subject::Device(DEVICE), &below);
    let chain = embedded_chain(&made_by_device, &office.device_certificate);
    let bytes = below.sign1(&encoded(&claims(1)), Some(&chain));
    assert_eq!(refusal(&bytes, &office.root_only(), NOW), Reason::Certificate(CertificateError::Other));

    let signed_by_issuer = office.issuer.sign1(&encoded(&claims(1)), None);
    assert!(matches!(doubt(&signed_by_issuer, &office.bundle(), NOW), Reason::UnknownKey { .. }));
    let chain = embedded_chain(&office.issuer_certificate, &office.issuer_certificate);
    let bytes = office.issuer.sign1(&encoded(&claims(1)), Some(&chain));
    assert_eq!(refusal(&bytes, &office.root_only(), NOW), Reason::Certificate(CertificateError::Other));
}

#[test]
fn a_device_signs_its_own_serials_and_its_own_issuers_name_only() {
    let office = Office::new(Algorithm::EdDsa);
    let serial = Serial::new(DeviceId(43), 1).expect("a serial");
    let of_other_device = office.single(&Claims { serial, ..claims(1) }, false);
    assert_eq!(refusal(&of_other_device, &office.bundle(), NOW), Reason::OtherDevice);
    let of_other_issuer = office.single(&Claims { issuer: "Another".into(), ..claims(1) }, false);
    assert_eq!(
        refusal(&of_other_issuer, &office.bundle(), NOW),
        Reason::OtherIssuer { found: "Another".to_owned(), expected: ISSUER.to_owned() }
    );
    let unknown = Office::with_seed(Algorithm::EdDsa, 50);
    let bytes = unknown.single(&Claims { issuer: "Another".into(), ..claims(1) }, false);
    assert!(matches!(doubt(&bytes, &office.bundle(), NOW), Reason::UnknownIssuer { .. }));
}

#[test]
fn times_are_kept() {
    let office = Office::new(Algorithm::EdDsa);
    let bundle = office.bundle();
    let (from, until) = (UnixTime(ISSUED.0 + 500), UnixTime(ISSUED.0 + 600));
    let bytes = office.single(&Claims { not_before: Some(from), expires: Some(until), ..claims(1) }, false);
    assert_eq!(refusal(&bytes, &bundle, UnixTime(from.0 - 1)), Reason::NotYetValid(from));
    assert!(matches!(verify(&bytes, &bundle, from), Verdict::Genuine(_)));
    assert!(matches!(verify(&bytes, &bundle, UnixTime(until.0 - 1)), Verdict::Genuine(_)));
    assert_eq!(refusal(&bytes, &bundle, until), Reason::Expired(until));
    assert_eq!(refusal(&bytes, &bundle, UnixTime(ISSUED.0 - 301)), Reason::Future(ISSUED));
    assert_eq!(doubt(&bytes, &bundle, END), Reason::BundleExpired(END));

    let before_its_key = Claims { issued_at: UnixTime(1_600_000_000), not_before: None, ..claims(1) };
    assert!(matches!(
        refusal(&office.single(&before_its_key, false), &bundle, NOW),
        Reason::KeyTime(UnixTime(1_600_000_000))
    ));
}

#[test]
fn another_algorithm_than_the_keys_is_refused() {
    let office = Office::new(Algorithm::EdDsa);
    let header = indicia::SignerHeader::single(Algorithm::Es256, office.device.public().key_id());
    let (mut message, mut bytes) = (Vec::new(), Vec::new());
    let payload = encoded(&claims(1));
    header.to_be_signed(&payload, &mut message);
    header.assemble(&payload, &office.device.sign(&message), None, &mut bytes);
    assert_eq!(refusal(&bytes, &office.bundle(), NOW), Reason::Signature(SignError::OtherAlgorithm));
}

#[test]
fn by_a_revoked_key_nothing_can_be_told_and_what_is_wrong_stays_so() {
    for office in BOTH.map(Office::new) {
        let key = office.device.public().key_id();
        let revoked: RevokedKeys = [KeyId([0; 8]), key, KeyId([0xff; 8])].into_iter().collect();
        let bundle = TrustBundle::open(&office.revoking_bundle_bytes(&revoked), None).expect("a bundle");
        assert_eq!(bundle.revoked(), &revoked);
        // Whoever has an older bundle, or none but the root, learns it from a snapshot.
        let snapshot = StatusSnapshot::new(ISSUER.to_owned(), NOW).with_revoked(revoked);
        let [mut older, mut root_only] = [office.bundle(), office.root_only()];
        older.learn(&snapshot);
        root_only.learn(&snapshot);
        let others = StatusSnapshot::new(ISSUER.to_owned(), NOW);
        let others = others.with_revoked([KeyId([0; 8])].into_iter().collect());
        let mut of_others = office.bundle();
        of_others.learn(&others);
        for (single, batch) in
            [false, true].map(|embeds| (office.single(&claims(1), embeds), office.of_batch(7, 3, embeds)))
        {
            for bytes in [&single, &batch] {
                assert!(matches!(verify(bytes, &of_others, NOW), Verdict::Genuine(_)));
                for bundle in [&bundle, &older] {
                    assert_eq!(verify(bytes, bundle, NOW), Verdict::CannotTell(Reason::KeyRevoked));
                    let mut altered = bytes.clone();
                    let last = altered.len() - 1;
                    altered[last] ^= 1;
                    assert!(matches!(verify(&altered, bundle, NOW), Verdict::NotGenuine(_)));
                }
            }
        }
        assert_eq!(
            verify(&office.single(&claims(1), true), &root_only, NOW),
            Verdict::CannotTell(Reason::KeyRevoked)
        );
    }
}

#[test]
fn every_flipped_bit_of_a_bundle_is_refused() {
    for office in BOTH.map(Office::new) {
        let revoked = [office.device.public().key_id()].into_iter().collect();
        let (bytes, root) = (office.revoking_bundle_bytes(&revoked), office.root.public());
        assert!(TrustBundle::open(&bytes, Some(&root)).is_ok());
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(TrustBundle::open(&changed, Some(&root)).is_err(), "byte {}, bit {}", bit / 8, bit % 8);
        }
    }
}

#[test]
fn a_bundle_of_another_root_is_refused_where_one_is_pinned() {
    let (office, other) = (Office::new(Algorithm::EdDsa), Office::with_seed(Algorithm::EdDsa, 50));
    let (found, expected) = (other.root.public().key_id(), office.root.public().key_id());
    assert_eq!(
        TrustBundle::open(&other.bundle_bytes(), Some(&office.root.public())).err(),
        Some(BundleError::OtherRoot { found, expected })
    );
    assert!(TrustBundle::open(&other.bundle_bytes(), None).is_ok());
}

/// One session's indicia are checked with its signature verified once, and no leaf of another's comes in by it.
#[test]
fn a_remembered_root_is_good_for_its_own_leaves_alone() {
    let (office, other) = (Office::new(Algorithm::EdDsa), Office::with_seed(Algorithm::EdDsa, 50));
    let (bundle, mut roots) = (office.bundle(), GoodRoots::default());
    for number in 1..=7 {
        let bytes = office.of_batch(7, number, false);
        assert!(matches!(verify_many(&bytes, &bundle, NOW, &mut roots), Verdict::Genuine(_)));
    }
    assert_eq!(roots.len(), 1);
    // Claims that weren't in the tree, under the true receipt of some that were.
    let genuine = office.of_batch(7, 3, false);
    let written = encoded(&claims(3));
    let place = genuine.windows(written.len()).position(|bytes| bytes == written).expect("the claims");
    let mut forged = genuine.clone();
    let amount = written.windows(3).position(|bytes| bytes == [0x19, 0x04, 0xe2]).expect("1250");
    forged[place + amount + 1] = 0x7f;
    assert!(matches!(
        verify_many(&forged, &bundle, NOW, &mut roots),
        Verdict::NotGenuine(Reason::Signature(SignError::Signature(KeyError::Signature)))
    ));
    // Another issuer's bundle has nothing of what was remembered under this one.
    assert!(matches!(
        verify_many(&genuine, &other.bundle(), NOW, &mut roots),
        Verdict::CannotTell(Reason::UnknownKey { .. })
    ));
}

/// A certificate whose subject is neither an issuer nor a device is nothing.
#[test]
fn a_certificate_for_something_else_is_refused() {
    let office = Office::new(Algorithm::EdDsa);
    let written = CertificateClaims {
        issuer: ISSUER.to_owned(),
        subject: Subject::Issuer,
        key: office.issuer.public(),
        not_before: ISSUED,
        expires: END,
    };
    let payload = written.encode();
    let place = payload.windows(6).position(|word| word == b"issuer").expect("the subject");
    let mut changed = payload.clone();
    changed[place..place + 6].copy_from_slice(b"reader");
    let read = |payload: &[u8]| {
        let bytes = office.root.sign1(payload, None);
        indicia::Certificate::decode(&bytes).map(|certificate| certificate.claims().clone())
    };
    assert_eq!(read(&payload), Ok(written));
    assert_eq!(read(&changed), Err(CertificateError::Claim(indicia::Label::SUB)));
}

#[test]
fn registers_are_in_postage_and_a_holder_is_checked_against_the_digest() {
    let office = Office::new(Algorithm::Es256);
    let written = Claims {
        kind: Kind::Postage,
        registers: Some((1_000, 0)),
        weight_grams: Some(20),
        holder: None,
        ..claims(9)
    };
    let bytes = office.single(&written, false);
    let bundle = office.bundle();
    let Verdict::Genuine(indicium) = verify(&bytes, &bundle, NOW) else { panic!("not genuine") };
    assert_eq!(indicium.claims(), &written);
}
