//! Railway tickets: signed and read in both versions, mislabelled, damaged, and as a bomb.

#[path = "support/legacy.rs"]
mod legacy;

use indicia::ticket::uic::{
    FrameKey, FrameSignature, Head, Layout, LayoutText, Record, StaticFrame, UicError, Unsigned,
};
use miniz_oxide::deflate::compress_to_vec_zlib;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};

fn head() -> Head {
    Head {
        issuer: "9999".into(),
        ticket: "QWERTY-7".into(),
        edited: jiff::civil::datetime(2026, 11, 30, 7, 5, 0, 0),
        flags: 4,
        languages: ["de".into(), "en".into()],
    }
}

fn layout() -> Layout {
    let text = |line, text: &str| LayoutText { place: [line, 1, 1, 20], format: 0, text: text.into() };
    Layout { standard: "RCT2".into(), texts: vec![text(1, "Zürich – Genève"), text(13, "EUR 12,50")] }
}

fn records() -> Vec<Record> {
    let flex = Record { tag: *b"U_FLEX", version: *b"13", content: vec![0x22, 0x20, 0x05] };
    vec![head().to_record().expect("it fits"), layout().to_record().expect("it fits"), flex]
}

fn unsigned() -> Unsigned {
    Unsigned::new(9_999, 7, &records()).expect("they fit")
}

fn signing_key() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).expect("a scalar")
}

fn p256() -> FrameKey {
    FrameKey::p256(signing_key().verifying_key().to_sec1_point(false).as_bytes()).expect("a point")
}

fn raw(message: &[u8]) -> [u8; 64] {
    let signature: Signature = signing_key().sign(message);
    signature.to_bytes().into()
}

/// A frame from its parts, whatever they are.
fn frame(version: &str, signature: &[u8], compressed: &[u8]) -> Vec<u8> {
    let length = format!("{:04}", compressed.len());
    [b"#UT", version.as_bytes(), b"9999", b"00007", signature, length.as_bytes(), compressed].concat()
}

/// A DSA signature in DER, filled up with zeros.
fn der(message: &[u8]) -> [u8; 50] {
    let raw = legacy::sign(message);
    let integer = |number: &[u8]| {
        let padded = if number[0] >= 0x80 { [&[0], number].concat() } else { number.to_vec() };
        [&[2, u8::try_from(padded.len()).expect("short")], &*padded].concat()
    };
    let both = [integer(&raw[..20]), integer(&raw[20..])].concat();
    let mut der = [0; 50];
    der[..2].copy_from_slice(&[0x30, u8::try_from(both.len()).expect("short")]);
    der[2..2 + both.len()].copy_from_slice(&both);
    der
}

#[test]
fn a_ticket_is_signed_read_and_verified() {
    let unsigned = unsigned();
    let signature = raw(unsigned.to_be_signed());
    let bytes = unsigned.assemble(signature).to_bytes();
    assert!(bytes.starts_with(b"#UT02999900007"));
    let read = StaticFrame::decode(&bytes).expect("it was written");
    assert_eq!((read.version(), read.issuer(), read.key()), ("02", "9999", "00007"));
    assert_eq!(read.to_bytes(), bytes);
    assert_eq!(read.verify(&p256()), Ok(()));
    assert!(!read.is_mislabelled());
    let found = read.records().expect("records");
    assert_eq!(found, records());
    assert_eq!(Head::decode(&found[0]), Ok(head()));
    assert_eq!(Layout::decode(&found[1]), Ok(layout()));
    assert_eq!(&found[2].tag, b"U_FLEX");
    let mut of_zeros = found[0].clone();
    of_zeros.content[4 + 8..4 + 20].fill(0); // as Deutsche Bahn fills up
    assert_eq!(Head::decode(&of_zeros), Ok(head()));
    for place in 14..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        let verdict = StaticFrame::decode(&changed).and_then(|changed| changed.verify(&p256()));
        assert!(verdict.is_err(), "byte {place}");
    }
}

#[test]
fn version_one_is_verified_under_dsa_and_known_where_two_is_written() {
    let unsigned = unsigned();
    let compressed = unsigned.to_be_signed();
    let key = FrameKey::dsa(legacy::key());
    for (version, is_mislabelled) in [("01", false), ("02", true)] {
        let read = StaticFrame::decode(&frame(version, &der(compressed), compressed)).expect("a frame");
        assert!(matches!(read.signature(), FrameSignature::Der(_)), "{version}");
        assert_eq!(read.is_mislabelled(), is_mislabelled);
        assert_eq!(read.verify(&key), Ok(()));
        assert_eq!(read.verify(&p256()), Err(UicError::Signature));
    }
    let mut wrong = der(compressed);
    wrong[49] = 1; // what fills up isn't zeros
    let wrong = StaticFrame::decode(&frame("01", &wrong, compressed)).expect("a frame");
    assert_eq!(wrong.verify(&key), Err(UicError::Signature));
}

#[test]
fn a_bomb_is_refused() {
    let of_zeros = |count: usize| {
        let compressed = compress_to_vec_zlib(&vec![0; count], 9);
        StaticFrame::decode(&frame("02", &[0; 64], &compressed)).expect("a frame").records()
    };
    assert_eq!(of_zeros(65_537), Err(UicError::TooLarge));
    assert_eq!(of_zeros(5_000_000), Err(UicError::TooLarge));
    assert_eq!(of_zeros(60_000), Err(UicError::Field("record's length")));
    let noise = StaticFrame::decode(&frame("02", &[0; 64], b"\x78\x9cnoise")).expect("a frame");
    assert_eq!(noise.records(), Err(UicError::Compression));
}

#[test]
fn each_way_to_be_wrong_is_named() {
    let compressed = unsigned().to_be_signed().to_vec();
    let whole = frame("02", &[0; 64], &compressed);
    let read = |bytes: &[u8]| StaticFrame::decode(bytes).expect_err("it is wrong");
    assert_eq!(read(b"#UT"), UicError::Frame);
    assert_eq!(read(&frame("03", &[0; 64], &compressed)), UicError::Frame);
    assert_eq!(read(&whole[..whole.len() - 1]), UicError::Cut("records"));
    assert_eq!(read(&[&*whole, b"x"].concat()), UicError::Trailing(1));
    assert_eq!(read(&whole[..70]), UicError::Cut("signature"));
    let mut issuer = whole.clone();
    issuer[5] = b'x';
    assert_eq!(read(&issuer), UicError::Field("issuer"));
    let long = Record { tag: *b"U_FLEX", version: *b"13", content: vec![0; 9_988] };
    assert_eq!(Unsigned::new(1, 1, &[long]), Err(UicError::Field("record's length")));
    assert_eq!(Unsigned::new(10_000, 1, &[]), Err(UicError::Field("issuer")));
    assert_eq!(Head { ticket: "x".repeat(21), ..head() }.to_record(), Err(UicError::Field("U_HEAD")));
    let far = LayoutText { place: [100, 0, 0, 0], format: 0, text: "x".into() };
    let layout = Layout { standard: "RCT2".into(), texts: vec![far] };
    assert_eq!(layout.to_record(), Err(UicError::Field("U_TLAY")));
}
