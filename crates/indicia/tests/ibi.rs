//! The information-based indicium against those that people published, and its signatures.

#[path = "support/legacy.rs"]
mod legacy;

use hmac::{Hmac, KeyInit, Mac};
use indicia::Amount;
use indicia::postal::ibi::{Ibi, IbiError, IbiLite, Seal, SignedIbi, SignedIbiLite, mills};
use legacy::bytes;
use proptest::prelude::*;

/// Of a Stamps.com label, published without its last three bytes (Stack Overflow, question 27128249).
const SAMPLE_A: &str = "0501ffff0000303632533b477000f2ed100000141e00565233015933010000000000000004000200005cda000038303334\
    ae69570d59421cd40b00f2d37f4ff8ef6953a0aafb9bcf301613c3083e864a7ae84cfe1feb";
/// Of an Endicia label with the odd version, from the same page.
const SAMPLE_B: &str = "5001dc780c0030373156576c08007a8609c54ed827008ab73201244f000067496d1500b5c30000000006c13102b90290d0\
    a44a1c022a428fa73f6dc703eae5d73c69863c5029283211746a7fb4afc79016c390bbfb2afa4e78\
    95e62069c775010000";
/// From the gist frederickding/36fa007deb214262687fa7df0823af65.
const LITE: &str = "ff4713270011f50fce960100000 09aca2921e3f1";

fn dollars(text: &str) -> Amount {
    Amount::parse(text, mills(0).denomination()).expect("an amount")
}

fn ibi() -> Ibi {
    SignedIbi::decode(&bytes(SAMPLE_A)).expect("sample A").ibi
}

#[test]
fn sample_a_is_read_field_by_field_and_its_cut_signature_is_said() {
    let SignedIbi { ibi, seal } = SignedIbi::decode(&bytes(SAMPLE_A)).expect("sample A");
    assert_eq!((ibi.version, ibi.algorithm, ibi.certificate), (5, 1, 65_535));
    assert_eq!((&ibi.manufacturer, &ibi.model, ibi.device), (b"06", b"2S", 7_358_267));
    assert_eq!(
        (ibi.ascending, ibi.postage, ibi.descending),
        (dollars("1109.49"), dollars("7.70"), dollars("55.90"))
    );
    assert_eq!(ibi.mailed_on.to_string(), "2014-06-30");
    assert_eq!((ibi.origin, ibi.destination), (78_681, 0));
    assert_eq!((ibi.software, &ibi.rate_category), ([0, 4, 0, 2, 0, 0], b"8034"));
    let length = bytes(SAMPLE_A).len() - 49;
    assert!(matches!(&seal, Seal::Cut(beginning) if beginning.len() == length), "{seal:?}");
    let signed = SignedIbi { ibi, seal };
    assert_eq!(signed.verify(&legacy::key()), Err(IbiError::Cut(length)));
    assert_eq!(signed.ibi.to_be_signed().expect("it was read")[..], bytes(SAMPLE_A)[..49]);
}

#[test]
fn sample_b_is_read_and_written_as_it_was() {
    let SignedIbi { ibi, seal } = SignedIbi::decode(&bytes(SAMPLE_B)).expect("sample B");
    assert_eq!((ibi.version, ibi.certificate, ibi.device), (0x50, 817_372, 552_023));
    assert_eq!((&ibi.manufacturer, &ibi.model), (b"07", b"1V"));
    assert_eq!((ibi.postage, ibi.mailed_on.to_string().as_str()), (dollars("10.20"), "2010-10-02"));
    assert_eq!((ibi.origin, ibi.destination), (20_260, 359_483_751));
    assert_eq!(ibi.ascending, mills(338_313_184_890));
    assert_eq!(ibi.descending, mills(36_815_110));
    let Seal::Whole { signature, reserved } = seal else { panic!("it is whole") };
    assert_eq!(reserved.len(), 9);
    assert_eq!(ibi.assemble(&signature, &reserved).expect("it was read"), bytes(SAMPLE_B));
}

#[test]
fn a_signature_holds_for_exactly_what_was_signed() {
    // RFC 6979 A.2.1: SHA-1 of "sample". Its k is another function of the hash than ours here, but it verifies the same.
    let (r, s) = (
        bytes("2E1A0C2562B2912CAAF89186FB0F42001585DA55"),
        bytes("29EFB6B0AFF2D7A68EB70CA313022253B9A88DF5"),
    );
    assert!(legacy::key().verify(b"sample", &r, &s));
    assert!(!legacy::key().verify(b"simple", &r, &s));

    let signature = legacy::sign(&ibi().to_be_signed().expect("it fits"));
    let signed = ibi().assemble(&signature, b"vendor").expect("it fits");
    let read = SignedIbi::decode(&signed).expect("it was written");
    assert_eq!(read.verify(&legacy::key()), Ok(()));
    for place in 0..89 {
        let mut changed = signed.clone();
        changed[place] ^= 1;
        let verdict = SignedIbi::decode(&changed).and_then(|changed| changed.verify(&legacy::key()));
        assert!(verdict.is_err(), "byte {place}");
    }
    // What the vendor adds isn't signed.
    let other = [&signed[..89], b"others"].concat();
    assert_eq!(SignedIbi::decode(&other).and_then(|other| other.verify(&legacy::key())), Ok(()));
}

#[test]
fn what_does_not_fit_is_refused() {
    let refused = |ibi: Ibi| ibi.to_be_signed().expect_err("it doesn't fit");
    assert_eq!(refused(Ibi { postage: mills(1 << 24), ..ibi() }), IbiError::TooLarge("postage"));
    assert_eq!(refused(Ibi { ascending: mills(1 << 40), ..ibi() }), IbiError::TooLarge("ascending register"));
    assert_eq!(refused(Ibi { destination: 1 << 40, ..ibi() }), IbiError::TooLarge("destination"));
    let cents = Amount::parse("7.70", "USD/2".parse().expect("a denomination")).expect("an amount");
    assert!(matches!(
        refused(Ibi { postage: cents, ..ibi() }),
        IbiError::Denomination { field: "postage", .. }
    ));
    assert!(ibi().assemble(&[0; 40], &[0; 23]).is_ok());
    assert_eq!(ibi().assemble(&[0; 40], &[0; 24]), Err(IbiError::TooLarge("reserved field")));
    let mut wrong_date = bytes(SAMPLE_A);
    wrong_date[22..26].copy_from_slice(&20_140_631_u32.to_le_bytes());
    assert_eq!(SignedIbi::decode(&wrong_date), Err(IbiError::Date(20_140_631)));
    assert!(matches!(SignedIbi::decode(&bytes(SAMPLE_A)[..48]), Err(IbiError::Length { found: 48, .. })));
}

#[test]
fn ibi_lite_is_read_written_and_checked() {
    let sample = bytes(&LITE.replace(' ', ""));
    let SignedIbiLite { ibi, digest } = SignedIbiLite::decode(&sample).expect("the sample");
    assert_eq!((ibi.version, ibi.piece, ibi.vendor_model, ibi.device), (0xff, 2_560_839, 17, 13_504_501));
    assert_eq!((ibi.postage, ibi.service), (dollars("0.406"), 0));
    assert_eq!(ibi.assemble(&digest).expect("it was read")[..], sample);

    let payload = ibi.to_be_signed().expect("it fits");
    let mac = Hmac::<sha1::Sha1>::new_from_slice(b"shared").expect("any length").chain_update(payload);
    let digest = mac.finalize().into_bytes()[..6].try_into().expect("six bytes");
    let signed = SignedIbiLite { ibi, digest };
    assert_eq!(signed.verify(b"shared"), Ok(()));
    assert_eq!(signed.verify(b"other"), Err(IbiError::Signature));
    let dearer = SignedIbiLite { ibi: IbiLite { postage: mills(407), ..signed.ibi.clone() }, ..signed };
    assert_eq!(dearer.verify(b"shared"), Err(IbiError::Signature));
}

proptest! {
    #[test]
    fn any_indicium_is_read_as_it_was_written(
        device: u32, ascending in 0..1_u64 << 40, postage in 0..1_u64 << 24, origin: u32, destination in 0..1_u64 << 40,
        descending in 0..1_u64 << 32, day in -3_000_i32..50_000, signature: [u8; 32], reserved in prop::collection::vec(any::<u8>(), 0..=23),
    ) {
        let days = jiff::Span::new().days(day);
        let mailed_on = jiff::civil::date(1990, 1, 1).checked_add(days).expect("a date");
        let (ascending, postage, descending) = (mills(ascending), mills(postage), mills(descending));
        let ibi = Ibi { device, ascending, postage, mailed_on, origin, destination, descending, ..ibi() };
        let mut whole = [7; 40];
        whole[..32].copy_from_slice(&signature);
        let seal = Seal::Whole { signature: whole, reserved: reserved.clone() };
        let written = ibi.assemble(&whole, &reserved).expect("it fits");
        prop_assert_eq!(SignedIbi::decode(&written).expect("it was written"), SignedIbi { ibi, seal });
    }
}
