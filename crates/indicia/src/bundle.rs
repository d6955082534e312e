//! The trust bundle: what a verifier needs to check indicia with no network.

use std::collections::HashMap;

use minicbor::Decoder;
use thiserror::Error;

use crate::algorithm::{KeyError, KeyId, PublicKey};
use crate::certificate::{Certificate, CertificateClaims, CertificateError, Subject};
use crate::claims::Label;
use crate::revoked::RevokedKeys;
use crate::sign1::{Sign1, SignError};
use crate::status::StatusSnapshot;
use crate::strict::{self, StrictError};
use crate::time::UnixTime;
use crate::wire;

/// What a bundle says, to be signed by the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleClaims<'a> {
    /// Name of the issuer.
    pub issuer: &'a str,
    /// When it was made.
    pub issued_at: UnixTime,
    /// Not to be used from this on.
    pub expires: UnixTime,
    /// The root's key.
    pub root: &'a PublicKey,
    /// Issuer certificates, signed by the root.
    pub issuers: &'a [&'a [u8]],
    /// Device certificates, signed by an issuer key.
    pub devices: &'a [&'a [u8]],
    /// Those of their keys that are revoked.
    pub revoked: &'a RevokedKeys,
}

impl BundleClaims<'_> {
    /// The payload to be signed.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        wire::build(|cbor| {
            cbor.map(6 + self.revoked.entries())?
                .i64(Label::ISS)?
                .str(self.issuer)?
                .i64(Label::EXP)?
                .u64(self.expires.0)?;
            cbor.i64(Label::IAT)?.u64(self.issued_at.0)?.i64(Label::CNF)?.map(1)?.u8(1)?;
            cbor.writer_mut().extend_from_slice(&self.root.to_cose_key());
            for (label, certificates) in
                [(Label::ISSUER_CERTIFICATES, self.issuers), (Label::DEVICE_CERTIFICATES, self.devices)]
            {
                cbor.i64(label)?.array(certificates.len() as u64)?;
                certificates.iter().try_for_each(|certificate| cbor.bytes(certificate).map(drop))?;
            }
            self.revoked.encode(cbor)
        })
    }
}

/// Why bytes are no trust bundle that can be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The COSE_Sign1 around it, or its signature.
    #[error("the trust bundle isn't signed by its root: {0}")]
    Sign1(#[from] SignError),
    /// Not deterministic CBOR.
    #[error("the trust bundle can't be read: {0}")]
    Encoding(#[from] StrictError),
    /// A part is missing or wrong.
    #[error("the trust bundle's part {0} is missing or wrong")]
    Claim(i64),
    /// The root's key.
    #[error("the trust bundle's root key: {0}")]
    Key(#[from] KeyError),
    /// Signed by another root than the one that is trusted.
    #[error("the trust bundle is signed by root {found}, trusted is {expected}")]
    OtherRoot {
        /// The bundle's root.
        found: KeyId,
        /// The root that the verifier was given.
        expected: KeyId,
    },
    /// A certificate in it.
    #[error("a certificate of the trust bundle isn't right: {0}")]
    Certificate(#[from] CertificateError),
}

/// An opened bundle: every signature in it was checked.
#[derive(Debug, Clone)]
pub struct TrustBundle {
    issuer: String,
    issued_at: UnixTime,
    expires: UnixTime,
    root: PublicKey,
    issuers: HashMap<KeyId, CertificateClaims>,
    devices: HashMap<KeyId, CertificateClaims>,
    revoked: RevokedKeys,
}

impl TrustBundle {
    /// Opens a bundle and checks every certificate in it. With a pinned root, only that root's bundle is taken;
    /// without, whoever handed the bundle over is trusted.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn open(bytes: &[u8], pinned_root: Option<&PublicKey>) -> Result<Self, BundleError> {
        let signed = Sign1::decode(bytes)?;
        signed.allow_unprotected(&[])?;
        let payload = signed.payload()?;
        let Parts { issuer, issued_at, expires, root, issuers, devices, revoked } = Parts::read(payload)?;
        if let Some(pinned) = pinned_root
            && *pinned != root
        {
            return Err(BundleError::OtherRoot { found: root.key_id(), expected: pinned.key_id() });
        }
        signed.verify(&root)?;
        let (no_issuers, no_devices) = (HashMap::new(), HashMap::new());
        let mut bundle =
            Self { issuer, issued_at, expires, root, issuers: no_issuers, devices: no_devices, revoked };
        for certificate in issuers {
            let claims = bundle.check_issuer(certificate)?;
            bundle.issuers.insert(claims.key.key_id(), claims);
        }
        for certificate in devices {
            let claims = bundle.check_device(certificate, &bundle.issuers)?;
            bundle.devices.insert(claims.key.key_id(), claims);
        }
        Ok(bundle)
    }

    /// A bundle of nothing but a root key: enough for indicia whose certificates travel along.
    #[must_use]
    pub fn root_only(root: PublicKey, issuer: String) -> Self {
        let (issued_at, expires) = (UnixTime(0), UnixTime(u64::MAX));
        let (issuers, devices, revoked) = (HashMap::new(), HashMap::new(), RevokedKeys::default());
        Self { issuer, issued_at, expires, root, issuers, devices, revoked }
    }

    /// Takes in which keys are revoked by a status snapshot of this issuer, which may be newer.
    pub fn learn(&mut self, snapshot: &StatusSnapshot) {
        self.revoked.extend(snapshot.revoked());
    }

    /// Name of the issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// When it was made.
    #[must_use]
    pub fn issued_at(&self) -> UnixTime {
        self.issued_at
    }

    /// Not to be used from this on.
    #[must_use]
    pub fn expires(&self) -> UnixTime {
        self.expires
    }

    /// The root's key.
    #[must_use]
    pub fn root(&self) -> &PublicKey {
        &self.root
    }

    /// How many device keys it vouches for.
    #[must_use]
    pub fn device_count(&self) -> usize {
        self.devices.len()
    }

    /// What is known of a device key.
    #[must_use]
    pub fn device(&self, key: KeyId) -> Option<&CertificateClaims> {
        self.devices.get(&key)
    }

    /// The keys that are revoked.
    #[must_use]
    pub fn revoked(&self) -> &RevokedKeys {
        &self.revoked
    }

    /// Checks certificates that travelled inside an indicium, device first, up to this bundle's root.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn check_chain(&self, chain: &[&[u8]]) -> Result<CertificateClaims, CertificateError> {
        let [device, issuer] = chain else { return Err(CertificateError::Other) };
        let issuer = self.check_issuer(issuer)?;
        self.check_device(device, &HashMap::from([(issuer.key.key_id(), issuer)]))
    }

    fn check_issuer(&self, bytes: &[u8]) -> Result<CertificateClaims, CertificateError> {
        let certificate = Certificate::decode(bytes)?;
        if certificate.claims().subject != Subject::Issuer || certificate.claims().issuer != self.issuer {
            return Err(CertificateError::Other);
        }
        certificate.verify(&self.root)?;
        Ok(certificate.claims().clone())
    }

    /// A device's key counts only within the time of the issuer key that vouches for it.
    fn check_device(
        &self,
        bytes: &[u8],
        issuers: &HashMap<KeyId, CertificateClaims>,
    ) -> Result<CertificateClaims, CertificateError> {
        let certificate = Certificate::decode(bytes)?;
        let claims = certificate.claims();
        let above =
            certificate.signed_by().and_then(|key| issuers.get(&key)).ok_or(CertificateError::Other)?;
        if !matches!(claims.subject, Subject::Device(_)) || claims.issuer != self.issuer {
            return Err(CertificateError::Other);
        }
        certificate.verify(&above.key)?;
        above.check_time(claims.not_before)?;
        Ok(claims.clone())
    }
}

struct Parts<'a> {
    issuer: String,
    issued_at: UnixTime,
    expires: UnixTime,
    root: PublicKey,
    issuers: Vec<&'a [u8]>,
    devices: Vec<&'a [u8]>,
    revoked: RevokedKeys,
}

impl<'a> Parts<'a> {
    fn read(payload: &'a [u8]) -> Result<Self, BundleError> {
        strict::check(payload)?;
        let wrong = BundleError::Claim;
        let mut decoder = Decoder::new(payload);
        let (mut issuer, mut issued_at, mut expires, mut root) = (None, None, None, None);
        let (mut issuers, mut devices, mut revoked) = (None, None, RevokedKeys::default());
        for _ in 0..decoder.map().ok().flatten().ok_or(wrong(0))? {
            let label = decoder.i64().map_err(|_| wrong(0))?;
            let bad = |_| BundleError::Claim(label);
            match label {
                Label::ISS => issuer = Some(decoder.str().map_err(bad)?.to_owned()),
                Label::EXP => expires = Some(UnixTime(decoder.u64().map_err(bad)?)),
                Label::IAT => issued_at = Some(UnixTime(decoder.u64().map_err(bad)?)),
                Label::CNF => root = Some(read_root(&mut decoder, payload)?),
                Label::ISSUER_CERTIFICATES => issuers = Some(read_list(&mut decoder).map_err(bad)?),
                Label::DEVICE_CERTIFICATES => devices = Some(read_list(&mut decoder).map_err(bad)?),
                Label::REVOKED_KEYS => {
                    revoked = RevokedKeys::decode(&mut decoder).ok_or(wrong(label))?;
                }
                _ => return Err(wrong(label)),
            }
        }
        Ok(Self {
            revoked,
            issuer: issuer.ok_or(wrong(Label::ISS))?,
            issued_at: issued_at.ok_or(wrong(Label::IAT))?,
            expires: expires.ok_or(wrong(Label::EXP))?,
            root: root.ok_or(wrong(Label::CNF))?,
            issuers: issuers.ok_or(wrong(Label::ISSUER_CERTIFICATES))?,
            devices: devices.ok_or(wrong(Label::DEVICE_CERTIFICATES))?,
        })
    }
}

fn read_root(decoder: &mut Decoder<'_>, payload: &[u8]) -> Result<PublicKey, BundleError> {
    let wrong = |_| BundleError::Claim(Label::CNF);
    if decoder.map().map_err(wrong)? != Some(1) || decoder.u8().map_err(wrong)? != 1 {
        return Err(BundleError::Claim(Label::CNF));
    }
    let start = decoder.position();
    decoder.skip().map_err(wrong)?;
    Ok(PublicKey::from_cose_key(&payload[start..decoder.position()])?)
}

fn read_list<'a>(decoder: &mut Decoder<'a>) -> Result<Vec<&'a [u8]>, minicbor::decode::Error> {
    let count = decoder.array()?.unwrap_or(0);
    (0..count).map(|_| decoder.bytes()).collect()
}
