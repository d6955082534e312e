//! COSE_Sign1 (RFC 9052 §4.2): written by a signer's header, read strictly.

use minicbor::Decoder;
use minicbor::data::Tag;
use thiserror::Error;

use crate::algorithm::{Algorithm, KeyError, KeyId, PublicKey};
use crate::merkle::Hash;
use crate::strict::{self, StrictError};
use crate::wire;

/// Header parameters that are understood (RFC 9052 §3.1, RFC 9942 §2, and a private one).
mod header {
    pub(super) const ALG: i64 = 1;
    pub(super) const CRIT: i64 = 2;
    pub(super) const KID: i64 = 4;
    pub(super) const VDS: i64 = 395;
    pub(super) const VDP: i64 = 396;
    /// The certificates from the signing key up, an array of byte strings.
    pub(super) const CHAIN: i64 = -65_537;
}

/// The verifiable data structure of RFC 9942 for RFC 9162's trees.
const RFC9162_SHA256: i64 = 1;
/// Label of inclusion proofs among the verifiable data proofs.
const INCLUSION: i64 = -1;
const COSE_SIGN1: Tag = Tag::new(18);
/// Most hashes of an inclusion path: a tree of 2^40 leaves.
const MAX_PATH: u64 = 40;

/// Why bytes are no COSE_Sign1 that is accepted, or don't verify.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SignError {
    /// Not deterministic CBOR.
    #[error(transparent)]
    Encoding(#[from] StrictError),
    /// Not the tag of a COSE_Sign1.
    #[error("it is no tagged COSE_Sign1")]
    NotSign1,
    /// A part has another type or length than it must.
    #[error("its {0} isn't of the right type or length")]
    Part(&'static str),
    /// An empty protected header.
    #[error("its protected header is empty")]
    NoProtectedHeader,
    /// No algorithm, or one that isn't known.
    #[error("its algorithm is missing or unknown")]
    Algorithm,
    /// A header parameter that must be understood and isn't.
    #[error("it has the critical header {0}, which isn't understood")]
    UnknownCritical(i64),
    /// Not RFC 9162's trees.
    #[error("its verifiable data structure is unknown")]
    DataStructure,
    /// The payload is detached where it must be there, or the reverse.
    #[error("its payload is missing or not detached")]
    Payload,
    /// The key is for another algorithm.
    #[error("its algorithm isn't that of the key")]
    OtherAlgorithm,
    /// The signature.
    #[error(transparent)]
    Signature(#[from] KeyError),
}

/// A signer's protected header, encoded once for many signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerHeader {
    protected: Vec<u8>,
}

impl SignerHeader {
    /// For single signatures: algorithm and key id.
    #[must_use]
    pub fn single(algorithm: Algorithm, key: KeyId) -> Self {
        let protected = wire::build(|cbor| {
            cbor.map(2)?.i64(header::ALG)?.i8(algorithm.cose_id())?.i64(header::KID)?.bytes(&key.0)?;
            Ok(())
        });
        Self { protected }
    }

    /// For receipts (RFC 9942): algorithm, key id, and the kind of tree.
    #[must_use]
    pub fn receipt(algorithm: Algorithm, key: KeyId) -> Self {
        let protected = wire::build(|cbor| {
            cbor.map(3)?.i64(header::ALG)?.i8(algorithm.cose_id())?.i64(header::KID)?.bytes(&key.0)?;
            cbor.i64(header::VDS)?.i64(RFC9162_SHA256)?;
            Ok(())
        });
        Self { protected }
    }

    /// The header's own bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.protected
    }

    pub(crate) fn from_bytes(protected: &[u8]) -> Self {
        Self { protected: protected.to_vec() }
    }

    /// Appends what is to be signed for a payload: the Sig_structure of RFC 9052 §4.4.
    pub fn to_be_signed(&self, payload: &[u8], message: &mut Vec<u8>) {
        sig_structure(&self.protected, payload, message);
    }

    /// Appends the COSE_Sign1 of a payload and its signature, with a certificate chain made by
    /// [`crate::embedded_chain`] if one is to travel along.
    pub fn assemble(&self, payload: &[u8], signature: &[u8; 64], chain: Option<&[u8]>, into: &mut Vec<u8>) {
        wire::append(into, |cbor| {
            cbor.tag(COSE_SIGN1)?.array(4)?.bytes(&self.protected)?.map(u64::from(chain.is_some()))?;
            if let Some(chain) = chain {
                cbor.i64(header::CHAIN)?.writer_mut().extend_from_slice(chain);
            }
            cbor.bytes(payload)?.bytes(signature)?;
            Ok(())
        });
    }

    /// Appends the receipt of one leaf: a COSE_Sign1 over the detached root, with the leaf's inclusion path.
    pub fn assemble_receipt(
        &self,
        receipt: &Inclusion,
        signature: &[u8; 64],
        chain: Option<&[u8]>,
        into: &mut Vec<u8>,
    ) {
        let proof = wire::build(|cbor| {
            cbor.array(3)?.u64(receipt.size)?.u64(receipt.index)?.array(receipt.path.len() as u64)?;
            receipt.path.iter().try_for_each(|hash| cbor.bytes(hash).map(drop))
        });
        wire::append(into, |cbor| {
            cbor.tag(COSE_SIGN1)?.array(4)?.bytes(&self.protected)?.map(1 + u64::from(chain.is_some()))?;
            cbor.i64(header::VDP)?.map(1)?.i64(INCLUSION)?.array(1)?.bytes(&proof)?;
            if let Some(chain) = chain {
                cbor.i64(header::CHAIN)?.writer_mut().extend_from_slice(chain);
            }
            cbor.null()?.bytes(signature)?;
            Ok(())
        });
    }
}

fn sig_structure(protected: &[u8], payload: &[u8], message: &mut Vec<u8>) {
    wire::append(message, |cbor| {
        cbor.array(4)?.str("Signature1")?.bytes(protected)?.bytes(&[])?.bytes(payload)?;
        Ok(())
    });
}

/// Where a leaf is in its tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    /// Leaves of the tree.
    pub size: u64,
    /// Place of this one, from 0.
    pub index: u64,
    /// Its siblings, from the leaf upwards.
    pub path: Vec<Hash>,
}

/// A COSE_Sign1 that was read strictly; nothing of it is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign1<'a> {
    protected: &'a [u8],
    algorithm: Algorithm,
    key: Option<KeyId>,
    is_receipt: bool,
    inclusion: Option<Inclusion>,
    chain: Vec<&'a [u8]>,
    payload: Option<&'a [u8]>,
    signature: [u8; 64],
}

/// What a protected header says.
struct Protected {
    algorithm: Algorithm,
    key: Option<KeyId>,
    is_receipt: bool,
}

impl<'a> Sign1<'a> {
    /// Reads a COSE_Sign1 that is all there is in these bytes.
    ///
    /// # Errors
    /// [`SignError`], never about the signature itself.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, SignError> {
        strict::check(bytes)?;
        let mut decoder = Decoder::new(bytes);
        if decoder.tag().map_err(|_| SignError::NotSign1)? != COSE_SIGN1 {
            return Err(SignError::NotSign1);
        }
        if decoder.array().map_err(|_| SignError::NotSign1)? != Some(4) {
            return Err(SignError::NotSign1);
        }
        let protected = decoder.bytes().map_err(|_| SignError::Part("protected header"))?;
        let Protected { algorithm, key, is_receipt } = read_protected(protected)?;
        let (inclusion, chain) = read_unprotected(&mut decoder)?;
        let payload: Option<&minicbor::bytes::ByteSlice> =
            decoder.decode().map_err(|_| SignError::Part("payload"))?;
        let signature = decoder.bytes().map_err(|_| SignError::Part("signature"))?;
        let signature = signature.try_into().map_err(|_| SignError::Part("signature"))?;
        let payload = payload.map(|payload| &**payload);
        Ok(Self { protected, algorithm, key, is_receipt, inclusion, chain, payload, signature })
    }

    /// The key id of the protected header.
    #[must_use]
    pub fn key_id(&self) -> Option<KeyId> {
        self.key
    }

    /// The algorithm of the protected header.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Certificates that travel along, from the signing key's own upwards.
    #[must_use]
    pub fn chain(&self) -> &[&'a [u8]] {
        &self.chain
    }

    /// The payload that is inside.
    ///
    /// # Errors
    /// [`SignError::Payload`] if it is detached, or this is a receipt.
    pub fn payload(&self) -> Result<&'a [u8], SignError> {
        self.payload.filter(|_| !self.is_receipt).ok_or(SignError::Payload)
    }

    /// The leaf's place, if this is a receipt with a detached payload.
    ///
    /// # Errors
    /// [`SignError::DataStructure`], [`SignError::Payload`].
    pub fn inclusion(&self) -> Result<&Inclusion, SignError> {
        if !self.is_receipt {
            return Err(SignError::DataStructure);
        }
        if self.payload.is_some() {
            return Err(SignError::Payload);
        }
        self.inclusion.as_ref().ok_or(SignError::DataStructure)
    }

    /// Verifies the signature over the payload inside.
    ///
    /// # Errors
    /// [`SignError::Payload`], [`SignError::OtherAlgorithm`], [`SignError::Signature`].
    pub fn verify(&self, key: &PublicKey) -> Result<(), SignError> {
        self.verify_detached(self.payload.ok_or(SignError::Payload)?, key)
    }

    /// Verifies the signature over a payload that isn't inside.
    ///
    /// # Errors
    /// [`SignError::OtherAlgorithm`], [`SignError::Signature`].
    pub fn verify_detached(&self, payload: &[u8], key: &PublicKey) -> Result<(), SignError> {
        if key.algorithm() != self.algorithm {
            return Err(SignError::OtherAlgorithm);
        }
        let mut message = Vec::with_capacity(payload.len() + self.protected.len() + 24);
        sig_structure(self.protected, payload, &mut message);
        Ok(key.verify(&message, &self.signature)?)
    }
}

fn read_protected(bytes: &[u8]) -> Result<Protected, SignError> {
    if bytes.is_empty() {
        return Err(SignError::NoProtectedHeader);
    }
    strict::check(bytes)?;
    let part = |_| SignError::Part("protected header");
    let mut decoder = Decoder::new(bytes);
    let count = decoder.map().map_err(part)?.ok_or(SignError::Part("protected header"))?;
    if count == 0 {
        return Err(SignError::NoProtectedHeader);
    }
    let (mut algorithm, mut key, mut is_receipt) = (None, None, false);
    for _ in 0..count {
        match decoder.i64().map_err(part)? {
            header::ALG => algorithm = decoder.i64().ok().and_then(Algorithm::from_cose_id),
            header::KID => {
                let id = decoder.bytes().map_err(part)?;
                key = Some(KeyId(id.try_into().map_err(|_| SignError::Part("key id"))?));
            }
            header::VDS => {
                if decoder.i64().map_err(part)? != RFC9162_SHA256 {
                    return Err(SignError::DataStructure);
                }
                is_receipt = true;
            }
            header::CRIT => check_critical(&mut decoder)?,
            _ => decoder.skip().map_err(part)?,
        }
    }
    Ok(Protected { algorithm: algorithm.ok_or(SignError::Algorithm)?, key, is_receipt })
}

/// Every label that must be understood must be one that is.
fn check_critical(decoder: &mut Decoder<'_>) -> Result<(), SignError> {
    let part = |_| SignError::Part("list of critical headers");
    let count = decoder.array().map_err(part)?.unwrap_or(0);
    for _ in 0..count {
        match decoder.i64().map_err(part)? {
            header::ALG | header::KID | header::VDS => {}
            unknown => return Err(SignError::UnknownCritical(unknown)),
        }
    }
    if count == 0 { Err(SignError::Part("list of critical headers")) } else { Ok(()) }
}

fn read_unprotected<'a>(decoder: &mut Decoder<'a>) -> Result<(Option<Inclusion>, Vec<&'a [u8]>), SignError> {
    let part = |_| SignError::Part("unprotected header");
    let count = decoder.map().map_err(part)?.ok_or(SignError::Part("unprotected header"))?;
    let (mut inclusion, mut chain) = (None, Vec::new());
    for _ in 0..count {
        match decoder.i64().map_err(part)? {
            header::VDP => inclusion = Some(read_proofs(decoder)?),
            header::CHAIN => {
                for _ in 0..decoder.array().map_err(part)?.unwrap_or(0) {
                    chain.push(decoder.bytes().map_err(part)?);
                }
            }
            // The algorithm is believed only where it is signed; others are nothing to us.
            _ => decoder.skip().map_err(part)?,
        }
    }
    Ok((inclusion, chain))
}

fn read_proofs(decoder: &mut Decoder<'_>) -> Result<Inclusion, SignError> {
    let wrong = || SignError::Part("inclusion proof");
    let read = (|| {
        let head = (decoder.map()?, decoder.i64()?, decoder.array()?);
        Ok::<_, minicbor::decode::Error>((head, decoder.bytes()?))
    })();
    let (head, proof) = read.map_err(|_| wrong())?;
    if head != (Some(1), INCLUSION, Some(1)) {
        return Err(wrong());
    }
    strict::check(proof)?;
    let mut decoder = Decoder::new(proof);
    let read = (|| {
        let head = (decoder.array()?, decoder.u64()?, decoder.u64()?, decoder.array()?.unwrap_or(0));
        let count = head.3.min(MAX_PATH + 1);
        let path = (0..count).map(|_| decoder.bytes().map(<[u8]>::to_vec)).collect::<Result<Vec<_>, _>>()?;
        Ok::<_, minicbor::decode::Error>((head, path))
    })();
    let ((Some(3), size, index, count), path) = read.map_err(|_| wrong())? else { return Err(wrong()) };
    if count == 0 || count > MAX_PATH {
        return Err(wrong());
    }
    let path = path.into_iter().map(|hash| hash.try_into().map_err(|_| wrong())).collect::<Result<_, _>>()?;
    Ok(Inclusion { size, index, path })
}
