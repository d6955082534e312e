//! Whether an indicium is genuine.

use thiserror::Error;

use crate::algorithm::Ed25519;
use crate::bundle::TrustBundle;
use crate::certificate::{CertificateClaims, CertificateError, Subject};
use crate::good_roots::GoodRoots;
use crate::indicium::{DecodeError, Indicium, Proof};
use crate::sign1::SignError;
use crate::time::UnixTime;

/// Why an indicium isn't genuine, or why that can't be told.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Reason {
    /// Not an indicium at all, or one that was written wrongly.
    #[error("it is no indicium of this format: {0}")]
    Malformed(#[from] DecodeError),
    /// The signature doesn't verify.
    #[error("the signature is wrong: {0}")]
    Signature(#[from] SignError),
    /// The key belongs to another device than the serial names.
    #[error("its serial isn't of the device that signed it")]
    OtherDevice,
    /// It names another issuer than the certificate of its key.
    #[error("it names {found} as issuer, but was signed by {expected}")]
    OtherIssuer {
        /// Its own word.
        found: String,
        /// The certificate's.
        expected: String,
    },
    /// Its certificates don't lead to the root.
    #[error("its certificates don't lead to the trusted root: {0}")]
    Certificate(#[from] CertificateError),
    /// Signed outside of its key's time.
    #[error("it was issued at {0}, when its key wasn't valid")]
    KeyTime(UnixTime),
    /// Issued in the future.
    #[error("it says that it was issued at {0}, which is in the future")]
    Future(UnixTime),
    /// Too early.
    #[error("it is not valid before {0}")]
    NotYetValid(UnixTime),
    /// Too late.
    #[error("it expired at {0}")]
    Expired(UnixTime),
    /// Nobody vouches for the key here.
    #[error("its key isn't in the trust bundle of {issuer} (made {made}); a newer bundle may know it")]
    UnknownKey {
        /// The bundle's issuer.
        issuer: String,
        /// When the bundle was made.
        made: UnixTime,
    },
    /// Another issuer's.
    #[error("it is of {found}, the trust bundle is of {expected}")]
    UnknownIssuer {
        /// Its own word.
        found: String,
        /// The bundle's issuer.
        expected: String,
    },
    /// Its key is revoked, so that what it has signed was perhaps made by somebody else.
    #[error("its key was revoked; only the issuer's books tell whether it was issued before, ask online")]
    KeyRevoked,
    /// Its key is revoked, and the books don't have it.
    #[error("its key was revoked, and the issuer's books don't have it")]
    NotIssued,
    /// The bundle is too old to be used.
    #[error("the trust bundle expired at {0}; fetch a new one")]
    BundleExpired(UnixTime),
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// Issued by this issuer, unchanged, and valid now. Whether it was used before is not in it.
    Genuine(Box<Indicium<'a>>),
    /// Not to be taken.
    NotGenuine(Reason),
    /// The bundle isn't enough to say.
    CannotTell(Reason),
}

/// How far the issuer's clock may be ahead of the verifier's, in seconds.
const CLOCK_SKEW: u64 = 300;

/// Checks an indicium against a trust bundle at a time.
#[must_use]
pub fn verify<'a>(bytes: &'a [u8], bundle: &TrustBundle, now: UnixTime) -> Verdict<'a> {
    verify_many(bytes, bundle, now, &mut GoodRoots::default())
}

/// The same for one of many: the signature over a batch's root isn't checked again while it is remembered. The verdict
/// is that of [`verify`], whatever is in the memory.
#[must_use]
pub fn verify_many<'a>(
    bytes: &'a [u8],
    bundle: &TrustBundle,
    now: UnixTime,
    roots: &mut GoodRoots,
) -> Verdict<'a> {
    match Opened::new(bytes, bundle, now) {
        Ok(opened) => {
            let signature = opened.indicium.verify_signature_once(&opened.certificate.key, roots);
            opened.judge(signature, bundle, now)
        }
        Err(verdict) => verdict,
    }
}

/// The same for several that are there at once: Ed25519 signatures are verified together, which takes each half the time.
///
/// One that isn't good costs all of them their checks one by one. What only somebody who has a device's private key could make, a signature
/// with a part of small order, may be taken here and refused by [`verify`].
#[must_use]
pub fn verify_together<'a>(all: &[&'a [u8]], bundle: &TrustBundle, now: UnixTime) -> Vec<Verdict<'a>> {
    let opened: Vec<_> = all.iter().map(|bytes| Opened::new(bytes, bundle, now)).collect();
    let signed: Vec<_> = opened.iter().map(|opened| opened.as_ref().ok()?.ed25519()).collect();
    let is_signed: Vec<bool> = signed.iter().map(Option::is_some).collect();
    let are_good = Ed25519::verify_all(signed.into_iter().flatten());
    let mut roots = GoodRoots::default();
    let judge = |(opened, is_signed): (Result<Opened<'a>, Verdict<'a>>, bool)| match opened {
        Ok(opened) => {
            let signature = if is_signed && are_good {
                Ok(())
            } else {
                opened.indicium.verify_signature_once(&opened.certificate.key, &mut roots)
            };
            opened.judge(signature, bundle, now)
        }
        Err(verdict) => verdict,
    };
    opened.into_iter().zip(is_signed).map(judge).collect()
}

/// One whose key is known, and whose signature is still to be checked.
struct Opened<'a> {
    indicium: Indicium<'a>,
    certificate: CertificateClaims,
}

impl<'a> Opened<'a> {
    fn new(bytes: &'a [u8], bundle: &TrustBundle, now: UnixTime) -> Result<Self, Verdict<'a>> {
        let indicium = Indicium::decode(bytes).map_err(|error| Verdict::NotGenuine(error.into()))?;
        if now >= bundle.expires() {
            return Err(Verdict::CannotTell(Reason::BundleExpired(bundle.expires())));
        }
        let certificate = find_certificate(&indicium, bundle)?;
        Ok(Self { indicium, certificate })
    }

    /// Its own signature, if it has one by Ed25519.
    fn ed25519(&self) -> Option<Ed25519<'_>> {
        match self.indicium.proof() {
            Proof::Signature(signed) => signed.ed25519(&self.certificate.key),
            Proof::Receipt(..) => None,
        }
    }

    fn judge(self, signature: Result<(), SignError>, bundle: &TrustBundle, now: UnixTime) -> Verdict<'a> {
        let checked = signature.map_err(Reason::from);
        match checked.and_then(|()| check(&self.indicium, &self.certificate, now)) {
            Ok(()) if bundle.revoked().contains(self.indicium.key_id()) => {
                Verdict::CannotTell(Reason::KeyRevoked)
            }
            Ok(()) => Verdict::Genuine(Box::new(self.indicium)),
            Err(reason) => Verdict::NotGenuine(reason),
        }
    }
}

/// The certificate of the key that signed: the bundle's, or else the one that travelled along. What travels along must
/// be right even where the bundle knows the key, or an indicium would have as many forms as there are wrong chains.
fn find_certificate<'a>(
    indicium: &Indicium<'a>,
    bundle: &TrustBundle,
) -> Result<CertificateClaims, Verdict<'a>> {
    let known = bundle.device(indicium.key_id()).cloned();
    let issuer = &indicium.claims().issuer;
    if known.is_none() && issuer != bundle.issuer() {
        let (found, expected) = (issuer.to_string(), bundle.issuer().to_owned());
        return Err(Verdict::CannotTell(Reason::UnknownIssuer { found, expected }));
    }
    let carried = check_carried(indicium, bundle).map_err(|error| Verdict::NotGenuine(error.into()))?;
    known.or(carried).ok_or_else(|| {
        let (issuer, made) = (bundle.issuer().to_owned(), bundle.issued_at());
        Verdict::CannotTell(Reason::UnknownKey { issuer, made })
    })
}

/// The device's certificate that the indicium carries, if any: it must lead to the root and be for the signing key.
fn check_carried(
    indicium: &Indicium<'_>,
    bundle: &TrustBundle,
) -> Result<Option<CertificateClaims>, CertificateError> {
    if indicium.chain().is_empty() {
        return Ok(None);
    }
    let claims = bundle.check_chain(indicium.chain())?;
    if claims.key.key_id() == indicium.key_id() { Ok(Some(claims)) } else { Err(CertificateError::Other) }
}

/// All but the signature.
fn check(indicium: &Indicium<'_>, certificate: &CertificateClaims, now: UnixTime) -> Result<(), Reason> {
    let claims = indicium.claims();
    if certificate.subject != Subject::Device(claims.serial.device()) {
        return Err(Reason::OtherDevice);
    }
    if claims.issuer != certificate.issuer {
        let (found, expected) = (claims.issuer.to_string(), certificate.issuer.clone());
        return Err(Reason::OtherIssuer { found, expected });
    }
    certificate.check_time(claims.issued_at).map_err(|_| Reason::KeyTime(claims.issued_at))?;
    if claims.issued_at.0 > now.0.saturating_add(CLOCK_SKEW) {
        return Err(Reason::Future(claims.issued_at));
    }
    match (claims.not_before, claims.expires) {
        (Some(from), _) if now < from => Err(Reason::NotYetValid(from)),
        (_, Some(until)) if now >= until => Err(Reason::Expired(until)),
        _ => Ok(()),
    }
}
