//! Indicia and their claims.

use indicia::{Claims, Indicium, Proof, Reason, Verdict, verify};
use minicbor::data::Tag;
use minicbor::{Decoder, Encoder};

use crate::made::{self, ISSUERS};
use crate::support::{ISSUER, NOW};

/// Unprotected headers: proofs of a receipt, and certificates that travel along.
const VDP: i64 = 396;
const CHAIN: i64 = -65_537;

/// An indicium is what its parts make when they are put together again, and a genuine one was made by an issuer.
pub(crate) fn indicium(bytes: &[u8]) -> bool {
    let decoded = Indicium::decode(bytes);
    if let Ok(indicium) = &decoded {
        assert_eq!(rebuilt(indicium, bytes).expect("it was read already"), bytes, "it has a second form");
    }
    for bundle in ISSUERS.iter().flat_map(|issuer| &issuer.bundles) {
        match verify(bytes, bundle, NOW) {
            Verdict::Genuine(_) => assert!(made::is_made(bytes), "nobody made it"),
            Verdict::NotGenuine(Reason::Malformed(_)) => assert!(decoded.is_err()),
            _ => assert!(decoded.is_ok()),
        }
    }
    decoded.is_ok()
}

/// Written again from what was understood; only the signed header and the signature are taken as they are.
fn rebuilt(indicium: &Indicium<'_>, bytes: &[u8]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut claims = Vec::new();
    indicium.claims().encode_into(&mut claims);
    let mut from = Decoder::new(bytes);
    let mut to = Encoder::new(Vec::new());
    let inclusion = match indicium.proof() {
        Proof::Signature(_) => None,
        Proof::Receipt(_, inclusion) => {
            from.array()?;
            from.skip()?;
            to.array(2)?.bytes(&claims)?;
            Some(inclusion)
        }
    };
    from.tag()?;
    from.array()?;
    let protected = from.bytes()?;
    from.skip()?;
    from.skip()?;
    let signature = from.bytes()?;

    let (chain, proofs) = (indicium.chain(), u64::from(inclusion.is_some()));
    to.tag(Tag::new(18))?.array(4)?.bytes(protected)?.map(proofs + u64::from(!chain.is_empty()))?;
    if let Some(inclusion) = inclusion {
        let mut proof = Encoder::new(Vec::new());
        proof.array(3)?.u64(inclusion.size)?.u64(inclusion.index)?.array(inclusion.path.len() as u64)?;
        inclusion.path.iter().try_for_each(|hash| proof.bytes(hash).map(drop))?;
        to.i64(VDP)?.map(1)?.i64(-1)?.array(1)?.bytes(proof.writer())?;
    }
    if !chain.is_empty() {
        to.i64(CHAIN)?.array(chain.len() as u64)?;
        chain.iter().try_for_each(|certificate| to.bytes(certificate).map(drop))?;
    }
    match inclusion {
        None => to.bytes(&claims)?,
        Some(_) => to.null()?,
    };
    to.bytes(signature)?;
    Ok(to.into_writer())
}

/// The input as a payload that a device really signed: what lies behind the signature is reached too.
pub(crate) fn claims(payload: &[u8]) -> bool {
    let decoded = Claims::decode(payload);
    if let Ok(claims) = &decoded {
        let mut again = Vec::new();
        claims.encode_into(&mut again);
        assert_eq!(again, payload, "the claims have a second form");
    }
    let issuer = &ISSUERS[0];
    let signed = issuer.office.device.sign1(payload, None);
    match verify(&signed, &issuer.bundles[0], NOW) {
        Verdict::Genuine(indicium) => {
            let claims = indicium.claims();
            assert_eq!(Ok(claims), decoded.as_ref());
            assert_eq!((&*claims.issuer, claims.serial.device()), (ISSUER, made::OWN_DEVICE));
            assert!(claims.not_before.is_none_or(|from| from <= NOW));
            assert!(claims.expires.is_none_or(|until| until > NOW));
        }
        Verdict::NotGenuine(Reason::Malformed(_)) => {
            assert!(decoded.is_err() || signed.len() > 4096, "{decoded:?}");
        }
        Verdict::NotGenuine(Reason::Signature(error)) => panic!("the device's own signature: {error}"),
        Verdict::NotGenuine(_) => assert!(decoded.is_ok()),
        Verdict::CannotTell(reason) => panic!("the bundle knows the device: {reason}"),
    }
    decoded.is_ok()
}
