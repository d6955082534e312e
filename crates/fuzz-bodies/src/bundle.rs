//! Trust bundles and certificates.

use indicia::{BundleClaims, Certificate, Sign1, TrustBundle};
use minicbor::Decoder;
use minicbor::decode::Error;

use crate::made::ISSUERS;

/// The input as a whole bundle, and as the payload of one that the root really signed.
pub(crate) fn bundle(input: &[u8]) -> bool {
    let office = &ISSUERS[0].office;
    let opened = check(input);
    let payload = Sign1::decode(input).ok().and_then(|signed| signed.payload().ok());
    check(&office.root.sign1(payload.unwrap_or(input), None));
    opened
}

fn check(bytes: &[u8]) -> bool {
    let Ok(bundle) = TrustBundle::open(bytes, None) else { return false };
    let payload = Sign1::decode(bytes).expect("it was opened").payload().expect("it was opened");
    let (issuers, devices) = certificates(payload).expect("it was opened");
    assert!(bundle.device_count() <= devices.len());
    for certificate in issuers.iter().chain(&devices) {
        assert!(self::certificate(certificate), "a bundle's certificate isn't one");
    }
    let claims = BundleClaims {
        issuer: bundle.issuer(),
        issued_at: bundle.issued_at(),
        expires: bundle.expires(),
        root: bundle.root(),
        issuers: &issuers,
        devices: &devices,
        revoked: bundle.revoked(),
    };
    assert_eq!(claims.encode(), payload, "the bundle has a second form");
    true
}

type Lists<'a> = (Vec<&'a [u8]>, Vec<&'a [u8]>);

/// The certificates of a bundle: the last two of its six claims.
fn certificates(payload: &[u8]) -> Result<Lists<'_>, Error> {
    let mut decoder = Decoder::new(payload);
    decoder.map()?;
    (0..2 * 4).try_for_each(|_| decoder.skip())?;
    let mut list = || {
        decoder.skip()?;
        let count = decoder.array()?.unwrap_or_default();
        (0..count).map(|_| decoder.bytes()).collect::<Result<_, _>>()
    };
    Ok((list()?, list()?))
}

/// A certificate's claims are what they make when they are written again; one that verifies was made by an issuer.
pub(crate) fn certificate(bytes: &[u8]) -> bool {
    let Ok(certificate) = Certificate::decode(bytes) else { return false };
    let payload = Sign1::decode(bytes).expect("it was read").payload().expect("it was read");
    assert_eq!(certificate.claims().encode(), payload, "the certificate has a second form");
    for office in ISSUERS.iter().map(|issuer| &issuer.office) {
        for key in [&office.root, &office.issuer, &office.device] {
            if certificate.verify(&key.public()).is_ok() {
                let made = [&office.issuer_certificate, &office.device_certificate];
                assert!(made.into_iter().any(|made| made == bytes), "nobody made it");
            }
        }
    }
    true
}
