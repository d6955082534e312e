//! Signers of both algorithms, an issuer with one device, and indicia of every form made by them.
//! Used by several tests and by the examples, each of which needs a part only.
#![allow(dead_code)]

use indicia::{
    Algorithm, Amount, BatchPack, BundleClaims, CertificateClaims, Claims, DeviceId, HolderDigest, Kind,
    PublicKey, RevokedKeys, Segment, Serial, SignerHeader, Subject, TemplateId, TrustBundle, UnixTime,
    embedded_chain, merkle,
};

/// When everything here is issued.
pub(crate) const ISSUED: UnixTime = UnixTime(1_800_000_000);
/// When it is looked at.
pub(crate) const NOW: UnixTime = UnixTime(1_800_000_100);
/// When certificates and bundles end.
pub(crate) const END: UnixTime = UnixTime(1_900_000_000);
/// The device that signs.
pub(crate) const DEVICE: DeviceId = DeviceId(42);
/// Name of the issuer.
pub(crate) const ISSUER: &str = "Test";

/// A private key, for tests alone.
pub(crate) enum Signer {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    P256(Box<p256::ecdsa::SigningKey>),
}

impl Signer {
    /// The key that comes from a seed; another seed gives another key.
    pub(crate) fn new(algorithm: Algorithm, seed: u8) -> Self {
        match algorithm {
            Algorithm::EdDsa => Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]).into()),
            Algorithm::Es256 => {
                Self::P256(Box::new(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).expect("a scalar")))
            }
        }
    }

    pub(crate) fn public(&self) -> PublicKey {
        match self {
            Self::Ed25519(key) => PublicKey::ed25519(key.verifying_key().as_bytes()),
            Self::P256(key) => PublicKey::p256(key.verifying_key().to_sec1_point(false).as_bytes()),
        }
        .expect("a public key")
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        match self {
            Self::Ed25519(key) => ed25519_dalek::Signer::sign(&**key, message).to_bytes(),
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature = p256::ecdsa::signature::Signer::sign(&**key, message);
                signature.normalize_s().to_bytes().into()
            }
        }
    }

    pub(crate) fn header(&self) -> SignerHeader {
        SignerHeader::single(self.public().algorithm(), self.public().key_id())
    }

    /// A COSE_Sign1 of a payload.
    pub(crate) fn sign1(&self, payload: &[u8], chain: Option<&[u8]>) -> Vec<u8> {
        let (mut message, mut signed) = (Vec::new(), Vec::new());
        self.header().to_be_signed(payload, &mut message);
        self.header().assemble(payload, &self.sign(&message), chain, &mut signed);
        signed
    }
}

/// An issuer: a root, its issuer key, and one device.
pub(crate) struct Office {
    pub(crate) root: Signer,
    pub(crate) issuer: Signer,
    pub(crate) device: Signer,
    pub(crate) issuer_certificate: Vec<u8>,
    pub(crate) device_certificate: Vec<u8>,
}

impl Office {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        Self::with_seed(algorithm, 1)
    }

    /// An issuer whose three keys come from a seed and the two after it.
    pub(crate) fn with_seed(algorithm: Algorithm, seed: u8) -> Self {
        let key = |offset| Signer::new(algorithm, seed + offset);
        let (root, issuer, device) = (key(0), key(1), key(2));
        let issuer_certificate = certificate(&root, Subject::Issuer, &issuer);
        let device_certificate = certificate(&issuer, Subject::Device(DEVICE), &device);
        Self { root, issuer, device, issuer_certificate, device_certificate }
    }

    pub(crate) fn chain(&self) -> Vec<u8> {
        embedded_chain(&self.device_certificate, &self.issuer_certificate)
    }

    pub(crate) fn bundle_bytes(&self) -> Vec<u8> {
        self.revoking_bundle_bytes(&RevokedKeys::default())
    }

    /// The same with these keys revoked.
    pub(crate) fn revoking_bundle_bytes(&self, revoked: &RevokedKeys) -> Vec<u8> {
        let claims = BundleClaims {
            issuer: ISSUER,
            issued_at: ISSUED,
            expires: END,
            root: &self.root.public(),
            issuers: &[&self.issuer_certificate],
            devices: &[&self.device_certificate],
            revoked,
        };
        self.root.sign1(&claims.encode(), None)
    }

    pub(crate) fn bundle(&self) -> TrustBundle {
        TrustBundle::open(&self.bundle_bytes(), Some(&self.root.public())).expect("a bundle")
    }

    pub(crate) fn root_only(&self) -> TrustBundle {
        TrustBundle::root_only(self.root.public(), ISSUER.to_owned())
    }

    /// One indicium with a signature of its own.
    pub(crate) fn single(&self, claims: &Claims<'_>, embeds: bool) -> Vec<u8> {
        self.device.sign1(&encoded(claims), embeds.then(|| self.chain()).as_deref())
    }

    /// Indicia under one signature, packed as a module packs them.
    pub(crate) fn batch_pack(&self, count: usize, embeds: bool) -> Vec<u8> {
        let public = self.device.public();
        let payloads: Vec<Vec<u8>> = (1..=count as u64).map(|number| encoded(&claims(number))).collect();
        let tree = merkle::Tree::from_leaves(payloads.iter().map(Vec::as_slice));
        let header =
            SignerHeader::receipt_of_tree(public.algorithm(), public.key_id(), payloads.len() as u64);
        let mut message = Vec::new();
        header.to_be_signed(&tree.root(), &mut message);
        let chain = embeds.then(|| self.chain());
        let mut pack = BatchPack::new(1, count, &header, &self.device.sign(&message), chain.as_deref());
        payloads.iter().for_each(|payload| pack.push(payload));
        pack.finish()
    }

    /// One of a number of indicia under one signature, numbered from 1.
    pub(crate) fn of_batch(&self, count: usize, number: u64, embeds: bool) -> Vec<u8> {
        let pack = self.batch_pack(count, embeds);
        Segment::new(&pack).get(number).expect("a pack").expect("a number in it")
    }
}

/// A certificate over the whole time.
pub(crate) fn certificate(by: &Signer, subject: Subject, of: &Signer) -> Vec<u8> {
    let claims = CertificateClaims {
        issuer: ISSUER.to_owned(),
        subject,
        key: of.public(),
        not_before: UnixTime(1_700_000_000),
        expires: END,
    };
    by.sign1(&claims.encode(), None)
}

/// What an indicium of [`DEVICE`] says, with a holder, times and a service.
pub(crate) fn claims(number: u64) -> Claims<'static> {
    Claims {
        issuer: ISSUER.into(),
        serial: Serial::new(DEVICE, number).expect("a serial"),
        issued_at: ISSUED,
        not_before: Some(ISSUED),
        expires: Some(UnixTime(1_850_000_000)),
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

pub(crate) fn encoded(claims: &Claims<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    claims.encode_into(&mut bytes);
    bytes
}
