//! COSE_Sign1 (RFC 9052 §4.2): written by a signer's header, read strictly.

use minicbor::Decoder;
use minicbor::data::Tag;
use thiserror::Error;

use crate::algorithm::{Algorithm, Ed25519, KeyError, KeyId, PublicKey};
use crate::header::{self, HeaderLabel, Protected, RFC9162_SHA256, Unprotected};
use crate::merkle::Hash;
use crate::strict::{self, StrictError};
use crate::wire;

pub(crate) const COSE_SIGN1: Tag = Tag::new(18);

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
    UnknownCritical(HeaderLabel),
    /// A header parameter is called critical but isn't there (RFC 9052 §3.1).
    #[error("it calls header {0} critical, which its protected header doesn't have")]
    AbsentCritical(i64),
    /// A header parameter that isn't signed and has no business there: it would give one content two forms.
    #[error("it has the unprotected header {0}, which has no place there")]
    UnprotectedHeader(HeaderLabel),
    /// The tree's size isn't the signed one.
    #[error("its inclusion proof is for a tree of {found} leaves, signed was one of {signed}")]
    TreeSize {
        /// By the unsigned proof.
        found: u64,
        /// By the protected header.
        signed: u64,
    },
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

    /// For receipts whose signature is to vouch for the tree's size too, which the root alone doesn't: a leaf's path
    /// is the same in many trees.
    #[must_use]
    pub fn receipt_of_tree(algorithm: Algorithm, key: KeyId, size: u64) -> Self {
        let protected = wire::build(|cbor| {
            cbor.map(4)?.i64(header::ALG)?.i8(algorithm.cose_id())?.i64(header::KID)?.bytes(&key.0)?;
            cbor.i64(header::VDS)?.i64(RFC9162_SHA256)?.i64(header::TREE_SIZE)?.u64(size)?;
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
        self.to_be_signed_beside(&[], payload, message);
    }

    /// The same with external data (RFC 9052 §4.3), by which signatures of one key for several purposes differ.
    pub(crate) fn to_be_signed_beside(&self, external: &[u8], payload: &[u8], message: &mut Vec<u8>) {
        sig_structure(&self.protected, external, payload, message);
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
            cbor.i64(header::VDP)?.map(1)?.i64(header::INCLUSION)?.array(1)?.bytes(&proof)?;
            if let Some(chain) = chain {
                cbor.i64(header::CHAIN)?.writer_mut().extend_from_slice(chain);
            }
            cbor.null()?.bytes(signature)?;
            Ok(())
        });
    }
}

fn sig_structure(protected: &[u8], external: &[u8], payload: &[u8], message: &mut Vec<u8>) {
    wire::append(message, |cbor| {
        cbor.array(4)?.str("Signature1")?.bytes(protected)?.bytes(external)?.bytes(payload)?;
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
    signed: Protected,
    unsigned: Unprotected<'a>,
    payload: Option<&'a [u8]>,
    signature: [u8; 64],
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
        let signed = Protected::read(protected)?;
        let unsigned = Unprotected::read(&mut decoder)?;
        let payload: Option<&minicbor::bytes::ByteSlice> =
            decoder.decode().map_err(|_| SignError::Part("payload"))?;
        let signature = decoder.bytes().map_err(|_| SignError::Part("signature"))?;
        let signature = signature.try_into().map_err(|_| SignError::Part("signature"))?;
        let payload = payload.map(|payload| &**payload);
        Ok(Self { protected, signed, unsigned, payload, signature })
    }

    /// The key id of the protected header.
    #[must_use]
    pub fn key_id(&self) -> Option<KeyId> {
        self.signed.key
    }

    /// The algorithm of the protected header.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.signed.algorithm
    }

    /// The protected header's own bytes.
    pub(crate) fn protected(&self) -> &'a [u8] {
        self.protected
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8; 64] {
        &self.signature
    }

    /// Certificates that travel along, from the signing key's own upwards.
    #[must_use]
    pub fn chain(&self) -> &[&'a [u8]] {
        &self.unsigned.chain
    }

    /// The payload that is inside.
    ///
    /// # Errors
    /// [`SignError::Payload`] if it is detached, or this is a receipt.
    pub fn payload(&self) -> Result<&'a [u8], SignError> {
        self.payload.filter(|_| !self.signed.is_receipt).ok_or(SignError::Payload)
    }

    /// The leaf's place, if this is a receipt with a detached payload.
    ///
    /// # Errors
    /// [`SignError::DataStructure`], [`SignError::Payload`], [`SignError::TreeSize`].
    pub fn inclusion(&self) -> Result<&Inclusion, SignError> {
        if !self.signed.is_receipt {
            return Err(SignError::DataStructure);
        }
        if self.payload.is_some() {
            return Err(SignError::Payload);
        }
        let inclusion = self.unsigned.inclusion.as_ref().ok_or(SignError::DataStructure)?;
        match self.signed.tree_size {
            Some(signed) if signed != inclusion.size => {
                Err(SignError::TreeSize { found: inclusion.size, signed })
            }
            _ => Ok(inclusion),
        }
    }

    /// Refuses unprotected headers other than these: whoever adds one has another form of the same content.
    ///
    /// # Errors
    /// [`SignError::UnprotectedHeader`].
    pub fn allow_unprotected(&self, allowed: &[i64]) -> Result<(), SignError> {
        self.unsigned
            .labels()
            .find(|label| !allowed.iter().any(|number| label.is(*number)))
            .map_or(Ok(()), |label| Err(SignError::UnprotectedHeader(label)))
    }

    /// Verifies the signature over the payload inside.
    ///
    /// # Errors
    /// [`SignError::Payload`], [`SignError::OtherAlgorithm`], [`SignError::Signature`].
    pub fn verify(&self, key: &PublicKey) -> Result<(), SignError> {
        self.verify_detached(self.payload.ok_or(SignError::Payload)?, key)
    }

    /// The same with external data.
    ///
    /// # Errors
    /// As [`Sign1::verify`].
    pub(crate) fn verify_beside(&self, external: &[u8], key: &PublicKey) -> Result<(), SignError> {
        self.verify_parts(external, self.payload.ok_or(SignError::Payload)?, key)
    }

    /// Verifies the signature over a payload that isn't inside.
    ///
    /// # Errors
    /// [`SignError::OtherAlgorithm`], [`SignError::Signature`].
    pub fn verify_detached(&self, payload: &[u8], key: &PublicKey) -> Result<(), SignError> {
        self.verify_parts(&[], payload, key)
    }

    /// The signature over the payload inside, to be verified together with others, if it is Ed25519's.
    pub(crate) fn ed25519(&self, key: &PublicKey) -> Option<Ed25519<'_>> {
        let message = self.message(&[], self.payload?, key).ok()?;
        key.ed25519_signature(message, &self.signature)
    }

    fn verify_parts(&self, external: &[u8], payload: &[u8], key: &PublicKey) -> Result<(), SignError> {
        Ok(key.verify(&self.message(external, payload, key)?, &self.signature)?)
    }

    /// What is signed, if it can be by such a key.
    fn message(&self, external: &[u8], payload: &[u8], key: &PublicKey) -> Result<Vec<u8>, SignError> {
        if key.algorithm() != self.signed.algorithm {
            return Err(SignError::OtherAlgorithm);
        }
        let mut message = Vec::with_capacity(payload.len() + self.protected.len() + external.len() + 24);
        sig_structure(self.protected, external, payload, &mut message);
        Ok(message)
    }
}
