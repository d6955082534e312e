//! Published examples of others: COSE_Sign1 of cose-wg, a COSE Key Thumbprint, an inclusion path.
//!
//! The COSE values are those of <https://github.com/cose-wg/Examples>, each named by its file there. That
//! collection was made without regard to the two signatures of ECDSA, so several of its good ones have the upper s.

use indicia::{KeyError, PublicKey, Sign1, SignError, StrictError};

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).expect("hex")
}

/// The Ed25519 key of `eddsa-examples`.
fn ed25519() -> PublicKey {
    let key = bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    PublicKey::ed25519(&key.try_into().expect("32 bytes")).expect("a key")
}

/// The P-256 key `11` of `sign1-tests` and `ecdsa-examples`.
fn p256() -> PublicKey {
    let key = bytes(
        "04bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff\
         20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e",
    );
    PublicKey::p256(&key).expect("a key")
}

/// Decodes and verifies what is in this hex.
fn verify(hex: &str, key: &PublicKey) -> Result<(), SignError> {
    Sign1::decode(&bytes(hex))?.verify(key)
}

/// The same COSE_Sign1 with the other s of its ECDSA signature, which is as good to everybody but us.
fn with_other_s(hex: &str) -> String {
    let whole = bytes(hex);
    let (before, signature) = whole.split_at(whole.len() - 64);
    let signature = p256::ecdsa::Signature::from_slice(signature).expect("a signature");
    let (r, s) = signature.split_scalars();
    let other = p256::ecdsa::Signature::from_scalars(r, -*s).expect("a signature");
    hex::encode([before, other.to_bytes().as_slice()].concat())
}

const EDDSA_SIG_01: &str = "D28445A201270300A10442313154546869732069732074686520636F6E74656E742E58407142FD2FF9\
    6D56DB85BEE905A76BA1D0B7321A95C8C4D3607C5781932B7AFB8711497DFA751BF40B58B3BCC32300B1487F3DB34085EEF013BF08\
    F4A44D6FEF0D";

#[test]
fn eddsa_sig_01_verifies_and_no_flipped_bit_of_what_is_signed_does() {
    assert_eq!(verify(EDDSA_SIG_01, &ed25519()), Ok(()));
    let whole = bytes(EDDSA_SIG_01);
    let key_id = 8..13; // unprotected, so no signature covers it
    for bit in (0..whole.len() * 8).filter(|bit| !key_id.contains(&(bit / 8))) {
        let mut changed = whole.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(verify(&hex::encode(changed), &ed25519()).is_err(), "bit {bit}");
    }
}

/// Ed448 says EdDSA too; its signatures are longer than any of ours.
#[test]
fn eddsa_sig_02_is_refused_for_its_length() {
    let ed448 = "D28443A10127A10445336434343854546869732069732074686520636F6E74656E742E5872988240A3A2F189BD486DE14\
        AA77F54686C576A09F2E7ED9BAE910DF9139C2AC3BE7C27B7E10A20FA17C9D57D3510A2CF1F634BC0345AB9BE00849842171D1E9E9\
        8B2674C0E38BFCF6C557A1692B01B71015A47AC9F7748840CAD1DA80CBB5B349309FEBB912672B377C8B2072AF1598B3700";
    assert_eq!(verify(ed448, &ed25519()), Err(SignError::Part("signature")));
}

/// The untagged COSE_Sign1 that the files of `sign1-tests` change, before its signature; its signature; and that over
/// a header which has a content type beside the algorithm.
const SIGN1: &str = "8443A10126A10442313154546869732069732074686520636F6E74656E742E5840";
const SIGNATURE: &str = "EAE868ECC176883766C5DC5BA5B8DCA25DAB3C2E56A551CE5705B793914348E19F43D6C6BA654472DA301B645B29\
    3C9BA939295B97C4BDB847782BFF384C5794";
const WITH_CONTENT_TYPE: &str = "EAE868ECC176883766C5DC5BA5B8DCA25DAB3C2E56A551CE5705B793914348E172727F48461FABBBA2E3\
    43492DDECAC3983686250BC68E9F1A7A07D41225B59F";

#[test]
fn ecdsa_sig_01_verifies_with_its_lower_s_only() {
    let ecdsa_sig_01 = format!("D2{}{WITH_CONTENT_TYPE}", SIGN1.replace("43A10126", "45A201260300"));
    assert_eq!(verify(&ecdsa_sig_01, &p256()), Ok(()));
    assert_eq!(verify(&with_other_s(&ecdsa_sig_01), &p256()), Err(SignError::Signature(KeyError::HighS)));
}

/// `sign-pass-01` says the algorithm where it isn't signed: no header of ours is empty.
#[test]
fn sign_pass_01_is_refused_for_its_empty_protected_header() {
    let sign_pass_01 = "D28441A0A201260442313154546869732069732074686520636F6E74656E742E5840EAE868ECC176883766C5DC\
        5BA5B8DCA25DAB3C2E56A551CE5705B793914348E11A02E5F0344BF2D4EE5C7FD75A68A9F5E0B3CC1F1FC1409C189566586FF9D610";
    assert_eq!(verify(sign_pass_01, &p256()), Err(SignError::NoProtectedHeader));
}

/// `sign-pass-02` is good with outside data only, which nothing of ours has.
#[test]
fn sign_pass_02_is_refused_without_its_outside_data() {
    let sign_pass_02 = "D28443A10126A10442313154546869732069732074686520636F6E74656E742E5840EAE868ECC176883766C5DC\
        5BA5B8DCA25DAB3C2E56A551CE5705B793914348E155388B10C4F1B59A6733EAB416870A945111A4B2FBDBEF33A77234B1DEFF2F9B";
    assert_eq!(verify(sign_pass_02, &p256()), Err(SignError::Signature(KeyError::Signature)));
}

/// `sign-pass-03` has no tag and `sign-fail-01` another one; with the right tag and the lower s it is good.
#[test]
fn sign_pass_03_and_sign_fail_01_are_refused_for_their_tags() {
    let tagged = |tag: &str| format!("{tag}{SIGN1}{SIGNATURE}");
    assert_eq!(verify(&tagged(""), &p256()), Err(SignError::NotSign1));
    assert_eq!(verify(&tagged("D903E6"), &p256()), Err(SignError::NotSign1));
    assert_eq!(verify(&tagged("D2"), &p256()), Err(SignError::Signature(KeyError::HighS)));
    assert_eq!(verify(&with_other_s(&tagged("D2")), &p256()), Ok(()));
}

/// `sign-fail-02` to `-07`: changed content, other algorithms, headers added and removed.
#[test]
fn every_sign_fail_is_refused() {
    let fail_02 = format!("D2{}{SIGNATURE}", SIGN1.replace("742E5840", "742F5840"));
    let fail_06 = format!("D2{}{SIGNATURE}", SIGN1.replace("43A10126", "45A201260300"));
    let fail_07 = format!("D2{SIGN1}{WITH_CONTENT_TYPE}");
    for fail in [with_other_s(&fail_02), with_other_s(&fail_06), fail_07] {
        assert_eq!(verify(&fail, &p256()), Err(SignError::Signature(KeyError::Signature)));
    }
    let fail_03 = format!("D2{}{SIGNATURE}", SIGN1.replace("43A10126", "45A1013903E6"));
    let fail_04 = format!("D2{}{SIGNATURE}", SIGN1.replace("43A10126", "4AA10167756E6B6E6F776E"));
    for fail in [fail_03, fail_04] {
        assert_eq!(verify(&fail, &p256()), Err(SignError::Algorithm));
    }
}

/// `CWT/A_3`, an early draft of RFC 8392's example: its header's keys are out of order.
#[test]
fn cwt_a_3_of_the_draft_is_refused_for_its_order() {
    let a_3 = "D28447A20319FDE80126A05853A70175636F61703A2F2F61732E6578616D706C652E636F6D02656572696B77037818636F617\
        03A2F2F6C696768742E6578616D706C652E636F6D04C11A5612AEB005C11A5610D9F006C11A5610D9F007420B7158408CAAD9EBD60E5\
        F41CD683771E8A02CADE07D894DD1CFAF3A23C6481546E78FEBC0C13E8F649096F347480DB3E8C16CDDC04116A3874CF0A4DA2F4CB2D\
        67C8EB0";
    assert_eq!(verify(a_3, &p256()), Err(SignError::Encoding(StrictError::UnsortedKeys(5))));
}

/// The key of RFC 9679 §6, whose SHA-256 thumbprint begins with these eight bytes.
#[test]
fn the_key_id_is_a_cose_key_thumbprint() {
    let key = bytes(
        "a40102200121582065eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d\
         2258201e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c",
    );
    let key = PublicKey::from_cose_key(&key).expect("a key");
    assert_eq!(key.key_id().to_string(), "496bd8afadf307e5");
}

/// An Ed25519 key of small order would take many signatures for many messages; a COSE_Key of one is no key.
#[test]
fn keys_that_are_none_are_refused() {
    let mut identity = [0; 32];
    identity[0] = 1;
    assert_eq!(PublicKey::ed25519(&identity), Err(KeyError::Point));
    assert_eq!(PublicKey::p256(&[4; 65]), Err(KeyError::Point));
    assert_eq!(PublicKey::p256(&[0]), Err(KeyError::Point));
    let known = ed25519().to_cose_key();
    assert_eq!(PublicKey::from_cose_key(&known), Ok(ed25519()));
    let other_curve = hex::encode(&known).replacen("2006", "2004", 1); // X25519
    assert_eq!(PublicKey::from_cose_key(&bytes(&other_curve)), Err(KeyError::Kind));
}
