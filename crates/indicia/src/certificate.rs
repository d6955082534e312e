//! Certificates: signed CWTs that tie a key to an issuer or a device (cnf claim, RFC 8747).

use minicbor::Decoder;
use thiserror::Error;

use crate::algorithm::{KeyError, KeyId, PublicKey};
use crate::claims::Label;
use crate::serial::DeviceId;
use crate::sign1::{Sign1, SignError};
use crate::strict::{self, StrictError};
use crate::time::UnixTime;
use crate::wire;

/// Subject of a device's certificate.
const DEVICE: &str = "device";
/// Subject of an issuer's certificate.
const ISSUER: &str = "issuer";

/// Whose key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The issuer's: signs device certificates. Signed by the root.
    Issuer,
    /// A device's: signs indicia. Signed by the issuer's.
    Device(DeviceId),
}

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateClaims {
    /// Name of the issuer.
    pub issuer: String,
    /// Whose key.
    pub subject: Subject,
    /// The key.
    pub key: PublicKey,
    /// Signatures count from this on.
    pub not_before: UnixTime,
    /// And until before this.
    pub expires: UnixTime,
}

/// Why bytes are no certificate, or one that doesn't count.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The COSE_Sign1 around it, or its signature.
    #[error("the certificate's signature: {0}")]
    Sign1(#[from] SignError),
    /// Not deterministic CBOR.
    #[error("the certificate: {0}")]
    Encoding(#[from] StrictError),
    /// The key inside.
    #[error("the certificate's key: {0}")]
    Key(#[from] KeyError),
    /// A claim is missing or wrong.
    #[error("the certificate's claim {0} is missing or wrong")]
    Claim(i64),
    /// Used outside of its time.
    #[error("the certificate is valid from {from} until {until} only")]
    Time {
        /// First second.
        from: UnixTime,
        /// First second after.
        until: UnixTime,
    },
    /// Issued by somebody else than it must be.
    #[error("the certificate is of another issuer or for another use")]
    Other,
}

impl CertificateClaims {
    /// The payload to be signed by the key above.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let device = match self.subject {
            Subject::Issuer => None,
            Subject::Device(device) => Some(device),
        };
        wire::build(|cbor| {
            cbor.map(6 + u64::from(device.is_some()))?.i64(Label::ISS)?.str(&self.issuer)?;
            cbor.i64(Label::SUB)?.str(if device.is_some() { DEVICE } else { ISSUER })?;
            cbor.i64(Label::EXP)?.u64(self.expires.0)?.i64(Label::NBF)?.u64(self.not_before.0)?;
            cbor.i64(Label::IAT)?.u64(self.not_before.0)?;
            cbor.i64(Label::CNF)?.map(1)?.u8(1)?;
            cbor.writer_mut().extend_from_slice(&self.key.to_cose_key());
            if let Some(device) = device {
                cbor.i64(Label::DEVICE)?.u32(device.0)?;
            }
            Ok(())
        })
    }
}

/// A certificate that was read; it counts once [`Certificate::verify`] says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate<'a> {
    signed: Sign1<'a>,
    claims: CertificateClaims,
}

impl<'a> Certificate<'a> {
    /// Reads a certificate.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn decode(bytes: &'a [u8]) -> Result<Self, CertificateError> {
        let signed = Sign1::decode(bytes)?;
        signed.allow_unprotected(&[])?;
        let claims = read_claims(signed.payload()?)?;
        Ok(Self { signed, claims })
    }

    /// Which key signed it, by its own word.
    #[must_use]
    pub fn signed_by(&self) -> Option<KeyId> {
        self.signed.key_id()
    }

    /// What it says.
    #[must_use]
    pub fn claims(&self) -> &CertificateClaims {
        &self.claims
    }

    /// Checks the signature of the key above.
    ///
    /// # Errors
    /// [`CertificateError::Sign1`].
    pub fn verify(&self, above: &PublicKey) -> Result<(), CertificateError> {
        Ok(self.signed.verify(above)?)
    }
}

impl CertificateClaims {
    /// Checks that a signature made at this time counts.
    ///
    /// # Errors
    /// [`CertificateError::Time`].
    pub fn check_time(&self, at: UnixTime) -> Result<(), CertificateError> {
        if at >= self.not_before && at < self.expires {
            return Ok(());
        }
        Err(CertificateError::Time { from: self.not_before, until: self.expires })
    }
}

fn read_claims(payload: &[u8]) -> Result<CertificateClaims, CertificateError> {
    strict::check(payload)?;
    let mut decoder = Decoder::new(payload);
    let wrong = CertificateError::Claim;
    let count = decoder.map().ok().flatten().ok_or(wrong(Label::ISS))?;
    let (mut issuer, mut is_device, mut expires, mut not_before) = (None, None, None, None);
    let (mut issued_at, mut key, mut device) = (None, None, None);
    for _ in 0..count {
        let label = decoder.i64().map_err(|_| wrong(0))?;
        let bad = |_| CertificateError::Claim(label);
        match label {
            Label::ISS => issuer = Some(decoder.str().map_err(bad)?.to_owned()),
            Label::SUB => is_device = Some(read_subject(&mut decoder)?),
            Label::EXP => expires = Some(UnixTime(decoder.u64().map_err(bad)?)),
            Label::NBF => not_before = Some(UnixTime(decoder.u64().map_err(bad)?)),
            Label::IAT => issued_at = Some(UnixTime(decoder.u64().map_err(bad)?)),
            Label::CNF => key = Some(read_confirmation(&mut decoder, payload)?),
            Label::DEVICE => device = Some(DeviceId(decoder.u32().map_err(bad)?)),
            _ => return Err(wrong(label)),
        }
    }
    let subject = match (is_device.ok_or(wrong(Label::SUB))?, device) {
        (true, Some(device)) => Subject::Device(device),
        (false, None) => Subject::Issuer,
        _ => return Err(wrong(Label::DEVICE)),
    };
    // It says when it was issued by its start, and nothing by anything else.
    if issued_at != not_before {
        return Err(wrong(Label::IAT));
    }
    Ok(CertificateClaims {
        issuer: issuer.ok_or(wrong(Label::ISS))?,
        subject,
        key: key.ok_or(wrong(Label::CNF))?,
        not_before: not_before.ok_or(wrong(Label::NBF))?,
        expires: expires.ok_or(wrong(Label::EXP))?,
    })
}

/// Whether it is a device's; an issuer's otherwise.
fn read_subject(decoder: &mut Decoder<'_>) -> Result<bool, CertificateError> {
    match decoder.str() {
        Ok(DEVICE) => Ok(true),
        Ok(ISSUER) => Ok(false),
        _ => Err(CertificateError::Claim(Label::SUB)),
    }
}

/// Reads `{1: COSE_Key}`.
fn read_confirmation(decoder: &mut Decoder<'_>, payload: &[u8]) -> Result<PublicKey, CertificateError> {
    let wrong = |_| CertificateError::Claim(Label::CNF);
    if decoder.map().map_err(wrong)? != Some(1) || decoder.u8().map_err(wrong)? != 1 {
        return Err(CertificateError::Claim(Label::CNF));
    }
    let start = decoder.position();
    decoder.skip().map_err(wrong)?;
    Ok(PublicKey::from_cose_key(&payload[start..decoder.position()])?)
}

/// The certificates that travel inside an indicium, as [`crate::SignerHeader::assemble`] takes them.
#[must_use]
pub fn embedded_chain(device: &[u8], issuer: &[u8]) -> Vec<u8> {
    wire::build(|cbor| {
        cbor.array(2)?.bytes(device)?.bytes(issuer)?;
        Ok(())
    })
}
