//! Formats: published vectors, one error for each way to be wrong, and nothing that panics.

use ed25519_dalek::{Signer, SigningKey};
use indicia::{
    Algorithm, Amount, AmountError, Claims, DecodeError, DeviceId, HolderDigest, Indicium, Kind, PublicKey,
    Serial, SerialError, Sign1, SignError, SignerHeader, StrictError, TemplateId, UnixTime, text,
};
use proptest::prelude::*;

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).expect("hex")
}

/// RFC 8392, appendix A.3 with the key of A.2.3.
#[test]
fn the_signed_cwt_of_rfc_8392_verifies() {
    let key = bytes(
        "04143329cce7868e416927599cf65a34f3ce2ffda55a7eca69ed8919a394d42f0f\
         60f7f1a780d8a783bfb7a2dd6b2796e8128dbbcef9d3d168db9529971a36e7b9",
    );
    let cwt = bytes(
        "d28443a10126a104524173796d6d657472696345434453413235365850a701756\
         36f61703a2f2f61732e6578616d706c652e636f6d02656572696b77037818636f\
         61703a2f2f6c696768742e6578616d706c652e636f6d041a5612aeb0051a5610d\
         9f0061a5610d9f007420b7158405427c1ff28d23fbad1f29c4c7c6a555e601d6f\
         a29f9179bc3d7438bacaca5acd08c8d4d4f96131680c429a01f85951ecee743a5\
         2b9b63632c57209120e1c9e30",
    );
    let signed = Sign1::decode(&cwt).expect("a COSE_Sign1");
    assert_eq!(signed.verify(&PublicKey::p256(&key).expect("a key")), Ok(()));
    let mut changed = cwt.clone();
    changed[40] ^= 1;
    let verified =
        Sign1::decode(&changed).and_then(|signed| signed.verify(&PublicKey::p256(&key).expect("a key")));
    assert!(verified.is_err());
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

fn public() -> PublicKey {
    PublicKey::ed25519(key().verifying_key().as_bytes()).expect("a key")
}

fn claims() -> Claims<'static> {
    Claims {
        issuer: "Test".into(),
        serial: Serial::new(DeviceId(42), 4711).expect("a serial"),
        issued_at: UnixTime(1_800_000_000),
        not_before: None,
        expires: Some(UnixTime(1_900_000_000)),
        kind: Kind::Ticket,
        amount: Amount::saturating(1250, "EUR/2".parse().expect("a denomination")),
        template: TemplateId(1),
        holder: Some(HolderDigest::new([3; 16], "Zoë Müller")),
        registers: None,
        weight_grams: None,
        service: Some("Stalls".into()),
        details: indicia::Details::default(),
    }
}

fn signed(payload: &[u8]) -> Vec<u8> {
    let header = SignerHeader::single(Algorithm::EdDsa, public().key_id());
    let (mut message, mut indicium) = (Vec::new(), Vec::new());
    header.to_be_signed(payload, &mut message);
    header.assemble(payload, &key().sign(&message).to_bytes(), None, &mut indicium);
    indicium
}

fn genuine() -> Vec<u8> {
    let mut payload = Vec::new();
    claims().encode_into(&mut payload);
    signed(&payload)
}

#[test]
fn what_was_written_is_read_and_every_flipped_bit_is_refused() {
    let whole = genuine();
    let read = Indicium::decode(&whole).expect("an indicium");
    assert_eq!(read.claims(), &claims());
    assert_eq!(read.verify_signature(&public()), Ok(()));
    assert!(claims().holder.expect("a holder").matches("Zoë Müller"));
    assert!(!claims().holder.expect("a holder").matches("Zoe Müller"));
    for bit in 0..whole.len() * 8 {
        let mut changed = whole.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let accepted = Indicium::decode(&changed)
            .is_ok_and(|read| read.key_id() == public().key_id() && read.verify_signature(&public()).is_ok());
        assert!(!accepted, "bit {bit}");
    }
    for length in 0..whole.len() {
        assert!(Indicium::decode(&whole[..length]).is_err(), "cut at {length}");
    }
}

#[test]
fn each_way_to_be_wrong_has_its_own_error() {
    let strict = |hex: &str| match Indicium::decode(&bytes(hex)) {
        Err(DecodeError::Encoding(error) | DecodeError::Sign1(SignError::Encoding(error))) => error,
        other => panic!("{hex}: {other:?}"),
    };
    let mut trailing = genuine();
    let end = trailing.len();
    trailing.push(0);
    assert_eq!(Indicium::decode(&trailing), Err(DecodeError::Encoding(StrictError::TrailingBytes(end))));
    assert_eq!(strict("9f01ff"), StrictError::IndefiniteLength(0));
    assert_eq!(strict("821801187f"), StrictError::NotShortest(1));
    assert_eq!(strict("a202010100"), StrictError::UnsortedKeys(3));
    assert_eq!(strict("a201000100"), StrictError::DuplicateKey(3));
    assert_eq!(strict("61ff"), StrictError::Utf8(0));
    assert_eq!(strict("f97e00"), StrictError::Unused(0));
    assert_eq!(strict("8181818181818181818101"), StrictError::TooDeep(9));
    assert_eq!(strict("8201"), StrictError::Malformed(2));

    let sign1 = |hex: &str| Sign1::decode(&bytes(hex)).expect_err(hex);
    let signature = format!("5840{}", "00".repeat(64));
    assert_eq!(sign1(&format!("d28440a04101{signature}")), SignError::NoProtectedHeader);
    assert_eq!(sign1(&format!("d28441a0a04101{signature}")), SignError::NoProtectedHeader);
    assert_eq!(sign1(&format!("d28443a10105a04101{signature}")), SignError::Algorithm);
    assert_eq!(
        sign1(&format!("d28447a20127028118 63a04101{signature}").replace(' ', "")),
        SignError::UnknownCritical(indicia::HeaderLabel::Number(99))
    );
    assert_eq!(sign1(&format!("d18443a10127a04101{signature}")), SignError::NotSign1);
    assert_eq!(sign1("d28443a10127a041014100"), SignError::Part("signature"));
    assert_eq!(Indicium::decode(&bytes("00")), Err(DecodeError::Form));
}

#[test]
fn an_es256_signature_with_a_high_s_is_refused_by_name() {
    use p256::ecdsa::signature::Signer as _;
    let key = p256::ecdsa::SigningKey::from_slice(&[7; 32]).expect("a key");
    let public = PublicKey::p256(key.verifying_key().to_sec1_point(false).as_bytes()).expect("a key");
    let signature: p256::ecdsa::Signature = key.sign(b"message");
    let low = signature.normalize_s();
    let (r, s) = low.split_scalars();
    let high = p256::ecdsa::Signature::from_scalars(r, -*s).expect("the other signature");
    assert_eq!(public.verify(b"message", &low.to_bytes().into()), Ok(()));
    assert_eq!(public.verify(b"message", &high.to_bytes().into()), Err(indicia::KeyError::HighS));
}

#[test]
fn every_wrong_digit_and_every_swap_in_a_serial_is_caught() {
    for (device, number) in
        [(42, 4711), (1, 1), (4_294_967_295, 999_999_999_999), (1_234_567_890, 98_765_432_101)]
    {
        let serial = Serial::new(DeviceId(device), number).expect("a serial");
        let digits: Vec<u8> = serial.to_string().bytes().filter(u8::is_ascii_digit).collect();
        assert_eq!(serial.to_string().parse(), Ok(serial));
        assert_eq!(Serial::from_bytes(serial.to_bytes()), Ok(serial));
        let read = |digits: &[u8]| String::from_utf8(digits.to_vec()).expect("digits").parse::<Serial>();
        for place in 0..digits.len() {
            for digit in (b'0'..=b'9').filter(|digit| *digit != digits[place]) {
                let mut wrong = digits.clone();
                wrong[place] = digit;
                assert!(read(&wrong).is_err());
            }
            for other in place + 1..digits.len() {
                let mut swapped = digits.clone();
                swapped.swap(place, other);
                assert!(swapped == digits || read(&swapped).is_err());
            }
        }
    }
    assert_eq!("12 34".parse::<Serial>(), Err(SerialError::Length(4)));
    assert!(matches!("x".parse::<Serial>(), Err(SerialError::Character { found: 'x', place: 1 })));
}

#[test]
fn amounts_are_read_exactly_or_refused_by_name() {
    let euro = "EUR/2".parse().expect("a denomination");
    let amount = |text: &str| Amount::parse(text, euro).map(Amount::units);
    assert_eq!(
        (amount("12.50"), amount("12.5"), amount("12"), amount("0.01")),
        (Ok(1250), Ok(1250), Ok(1200), Ok(1))
    );
    assert_eq!(amount("-1"), Err(AmountError::Negative));
    assert!(matches!(amount("1.001"), Err(AmountError::OverPrecise { found: 3, expected: 2, .. })));
    for text in ["1e3", "1,000", "1 000", ".5", "5.", "+1", "NaN", "0x10", "1.2.3", "١"] {
        assert!(matches!(amount(text), Err(AmountError::NotANumber(_))), "{text}");
    }
    assert!(matches!(amount("92233720368547758.08"), Err(AmountError::TooLarge(_))));
    assert!(matches!(amount("99999999999999999999999999"), Err(AmountError::TooLarge(_))));
    assert_eq!(Amount::saturating(5, "JPY/0".parse().expect("yen")).to_string(), "5 JPY");
    assert_eq!(Amount::saturating(5, "USD/3".parse().expect("mills")).to_string(), "0.005 USD");
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_and_nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Indicium::decode(&bytes);
        let _ = Sign1::decode(&bytes);
        let _ = indicia::ItemList::decode(&bytes);
        let _ = indicia::TrustBundle::open(&bytes, None);
        let _ = indicia::Segment::new(&bytes).get(1);
    }

    #[test]
    fn changed_indicia_never_panic(place in 0..200_usize, value: u8, cut in 0..260_usize) {
        let mut bytes = genuine();
        let place = place % bytes.len();
        bytes[place] = value;
        bytes.truncate(cut.max(1));
        let _ = Indicium::decode(&bytes);
    }

    #[test]
    fn texts_read_back(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert_eq!(text::from_text(&text::to_text(&bytes)), Ok(bytes));
    }
}
