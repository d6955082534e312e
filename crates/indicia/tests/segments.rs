//! Packs and segments: what was put in comes out, and garbage is refused.

mod support;

use indicia::{
    Algorithm, Claims, DecodeError, Indicium, Kept, Proof, Segment, SegmentError, SignError, SignaturePack,
    Verdict, merkle, verify,
};
use proptest::prelude::*;
use support::{NOW, Office, claims, encoded};

/// A pack of single signatures, then one under one signature: numbers 11 to 13, and 1 to 5.
fn segment(office: &Office) -> Vec<u8> {
    let mut pack = SignaturePack::new(11, 3);
    for number in 11..=13 {
        let mut entry = Vec::new();
        SignaturePack::encode_entry(&office.single(&claims(number), false), &mut entry);
        pack.push_encoded(&entry);
    }
    [pack.finish(), office.batch_pack(5, true)].concat()
}

#[test]
fn every_indicium_of_a_segment_is_found_and_genuine() {
    let office = Office::new(Algorithm::EdDsa);
    let (bytes, bundle) = (segment(&office), office.bundle());
    let segment = Segment::new(&bytes);
    let mut numbers = Vec::new();
    let each = segment.each::<SegmentError>(|number, indicium| {
        assert_eq!(segment.get(number), Ok(Some(indicium.clone())));
        let Verdict::Genuine(read) = verify(&indicium, &bundle, NOW) else { panic!("{number}") };
        assert_eq!(read.claims(), &claims(number));
        assert_eq!(matches!(read.proof(), Proof::Receipt(..)), number < 10);
        numbers.push(number);
        Ok(())
    });
    assert_eq!(each, Ok(()));
    assert_eq!(numbers, [11, 12, 13, 1, 2, 3, 4, 5]);
    for absent in [0, 6, 10, 14, u64::MAX] {
        assert_eq!(segment.get(absent), Ok(None));
    }
}

#[test]
fn claims_are_read_without_receipts() {
    let bytes = segment(&Office::new(Algorithm::EdDsa));
    let mut read = Vec::new();
    let each = Segment::new(&bytes).each_claims::<SegmentError>(|number, payload| {
        read.push((number, payload.to_vec()));
        Ok(())
    });
    assert_eq!(each, Ok(()));
    let expected: Vec<_> =
        [11, 12, 13, 1, 2, 3, 4, 5].map(|number| (number, encoded(&claims(number)))).into();
    assert_eq!(read, expected);
}

#[test]
fn what_is_erased_is_gone_and_its_paper_is_known() {
    let office = Office::new(Algorithm::EdDsa);
    let (bytes, bundle) = (segment(&office), office.bundle());
    let erased = Segment::new(&bytes).erase(|number| [2, 12].contains(&number)).expect("a segment");
    let erased = erased.expect("something");
    let segment = Segment::new(&erased);
    assert_eq!(segment.erase(|number| number == 2), Ok(None), "it is erased already");
    for number in [11, 12, 13, 1, 2, 3, 4, 5] {
        let paper = Segment::new(&bytes).get(number).expect("a segment").expect("an indicium");
        let read = Indicium::decode(&paper).expect("an indicium");
        let Some(kept) = segment.get_kept(number).expect("a segment") else { panic!("{number} is gone") };
        let Kept::Erased(left) = &kept else {
            assert_eq!(kept, Kept::Whole(paper.clone()), "{number}: others stay as they are, receipts too");
            continue;
        };
        assert!([2, 12].contains(&number));
        assert_eq!(segment.get(number), Err(SegmentError::Erased(number)));
        let holder = claims(number).holder.expect("a holder");
        let claims_left = kept.claims().expect("claims");
        assert_eq!(claims_left.holder, Some(holder.without_salt()));
        assert_eq!(Claims { holder: Some(holder), ..claims_left }, claims(number));
        let other = Segment::new(&bytes).get(3).expect("a segment").expect("an indicium");
        assert!(left.is_of(&read) && !left.is_of(&Indicium::decode(&other).expect("an indicium")));
        assert_eq!(left.read().expect("claims").1, read.key_id());
        let key = &bundle.device(read.key_id()).expect("a certificate").key;
        left.verify_signature(key).expect("the hash is of the batch");
    }
    // Another hash in its place isn't one of the batch, and its neighbours' receipts say so too.
    let hash = merkle::leaf_hash(&encoded(&claims(2)));
    let place = erased.windows(32).position(|part| part == hash).expect("the hash");
    let mut forged = erased.clone();
    forged[place] ^= 1;
    let Some(Kept::Erased(left)) = Segment::new(&forged).get_kept(2).expect("a segment") else {
        panic!("whole")
    };
    let key = bundle.device(left.read().expect("claims").1).expect("a certificate").key.clone();
    assert!(left.verify_signature(&key).is_err());
    let neighbour = Segment::new(&forged).get(3).expect("a segment").expect("an indicium");
    assert!(!matches!(verify(&neighbour, &bundle, NOW), Verdict::Genuine(_)));
}

#[test]
fn numbers_beyond_any_serial_are_refused() {
    let mut pack = SignaturePack::new(u64::MAX, 1);
    pack.push_encoded(&[0x40]);
    let pack = pack.finish();
    let each = Segment::new(&pack).each::<SegmentError>(|_, _| Ok(()));
    assert!(matches!(each, Err(SegmentError::Damaged(_))));
    assert!(matches!(Segment::new(&pack).get(u64::MAX), Err(SegmentError::Damaged(_))));
}

/// The root alone is the same for some trees of other sizes; the signed size isn't.
#[test]
fn a_receipt_for_a_tree_of_another_size_is_refused() {
    let office = Office::new(Algorithm::EdDsa);
    let bytes = office.of_batch(7, 1, false);
    let Proof::Receipt(_, place) = Indicium::decode(&bytes).expect("an indicium").proof().clone() else {
        panic!("no receipt")
    };
    assert_eq!((place.size, place.index, place.path.len()), (7, 0, 3));
    let payload = encoded(&claims(1));
    let root = |size| merkle::root_of(&payload, 0, size, &place.path);
    assert_eq!(root(7), root(5), "another size with the same root, or this test shows nothing");

    let proof = bytes.windows(3).position(|part| part == [0x83, 7, 0]).expect("the proof");
    let mut changed = bytes.clone();
    changed[proof + 1] = 5;
    assert_eq!(
        Indicium::decode(&changed),
        Err(DecodeError::Sign1(SignError::TreeSize { found: 5, signed: 7 }))
    );
}

proptest! {
    #[test]
    fn every_receipt_of_any_batch_is_genuine(count in 2_usize..70, place: prop::sample::Index) {
        let office = Office::new(Algorithm::EdDsa);
        let number = place.index(count) as u64 + 1;
        let bytes = office.of_batch(count, number, false);
        let bundle = office.bundle();
        let Verdict::Genuine(indicium) = verify(&bytes, &bundle, NOW) else { panic!("{count} {number}") };
        prop_assert_eq!(indicium.claims(), &claims(number));
    }

    #[test]
    fn damaged_segments_are_read_or_refused_and_nothing_panics(
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut: prop::sample::Index,
        number: u64,
    ) {
        let mut bytes = segment(&Office::new(Algorithm::EdDsa));
        for (place, value) in places {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        bytes.truncate(cut.index(bytes.len() + 1));
        let segment = Segment::new(&bytes);
        let _ = segment.get(number);
        let _ = segment.each::<SegmentError>(|_, _| Ok(()));
        let _ = segment.each_claims::<SegmentError>(|_, _| Ok(()));
    }

    #[test]
    fn any_bytes_as_a_segment_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Segment::new(&bytes).each::<SegmentError>(|_, _| Ok(()));
        let _ = Segment::new(&bytes).each_claims::<SegmentError>(|_, _| Ok(()));
    }
}
