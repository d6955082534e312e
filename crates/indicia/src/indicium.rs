//! One indicium: a signed payload, or a payload with the receipt of its batch.

use minicbor::Decoder;
use thiserror::Error;

use crate::algorithm::{Algorithm, KeyId, PublicKey};
use crate::claims::{Claims, ClaimsError};
use crate::good_roots::GoodRoots;
use crate::header;
use crate::merkle;
use crate::sign1::{Inclusion, Sign1, SignError, SignerHeader};
use crate::strict::{self, StrictError};
use crate::wire;

/// Largest indicium in bytes: what the largest symbol of any kind carries.
pub(crate) const MAX_INDICIUM: usize = 4096;

/// Why bytes are no indicium.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// More bytes than any symbol carries.
    #[error("it has {0} bytes, more than any indicium")]
    TooLarge(usize),
    /// Not deterministic CBOR.
    #[error(transparent)]
    Encoding(#[from] StrictError),
    /// Neither of the two forms.
    #[error("it is neither a signed indicium nor one with a receipt")]
    Form,
    /// The COSE_Sign1 or the receipt.
    #[error(transparent)]
    Sign1(#[from] SignError),
    /// The key id is missing.
    #[error("it names no key")]
    NoKeyId,
    /// The claims.
    #[error(transparent)]
    Claims(#[from] ClaimsError),
}

/// How an indicium is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof<'a> {
    /// By itself.
    Signature(Sign1<'a>),
    /// Together with its batch.
    Receipt(Sign1<'a>, Inclusion),
}

/// An indicium that was read strictly. [`crate::verify`] says whether it is genuine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indicium<'a> {
    claims: Claims<'static>,
    payload: &'a [u8],
    key: KeyId,
    proof: Proof<'a>,
}

impl<'a> Indicium<'a> {
    /// Reads an indicium of either form that is all there is in these bytes.
    ///
    /// # Errors
    /// [`DecodeError`], a different one for each way to be wrong.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        if bytes.len() > MAX_INDICIUM {
            return Err(DecodeError::TooLarge(bytes.len()));
        }
        strict::check(bytes)?;
        let (payload, proof) = match bytes.first().map(|head| head >> 5) {
            Some(6) => {
                let signed = Sign1::decode(bytes)?;
                signed.allow_unprotected(&[header::CHAIN])?;
                (signed.payload()?, Proof::Signature(signed))
            }
            Some(4) => decode_receipt(bytes)?,
            _ => return Err(DecodeError::Form),
        };
        let (Proof::Signature(signed) | Proof::Receipt(signed, _)) = &proof;
        let key = signed.key_id().ok_or(DecodeError::NoKeyId)?;
        Ok(Self { claims: Claims::decode(payload)?, payload, key, proof })
    }

    /// What it says; believe it only when it is genuine.
    #[must_use]
    pub fn claims(&self) -> &Claims<'static> {
        &self.claims
    }

    /// The encoded claims.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// Which key signed it, by its own word.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.key
    }

    /// By which algorithm.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.sign1().algorithm()
    }

    /// How it is signed.
    #[must_use]
    pub fn proof(&self) -> &Proof<'a> {
        &self.proof
    }

    /// The certificates that it carries, device first.
    #[must_use]
    pub fn chain(&self) -> &[&'a [u8]] {
        self.sign1().chain()
    }

    fn sign1(&self) -> &Sign1<'a> {
        let (Proof::Signature(signed) | Proof::Receipt(signed, _)) = &self.proof;
        signed
    }

    /// Checks the signature alone, without asking whose key it is.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn verify_signature(&self, key: &PublicKey) -> Result<(), SignError> {
        self.verify_signature_once(key, &mut GoodRoots::default())
    }

    /// The same; the signature over a batch's root isn't checked again while it is remembered.
    pub(crate) fn verify_signature_once(
        &self,
        key: &PublicKey,
        roots: &mut GoodRoots,
    ) -> Result<(), SignError> {
        match &self.proof {
            Proof::Signature(signed) => signed.verify(key),
            Proof::Receipt(receipt, place) => {
                let root = merkle::root_of(self.payload, place.index, place.size, &place.path);
                roots.verify(receipt, &root.ok_or(SignError::Part("inclusion proof"))?, key)
            }
        }
    }

    /// Checks of one whose claims were changed since, to erase something, that the hash of what they were is a leaf of the
    /// batch that the key signed. What was signed by itself can't be checked any more.
    pub(crate) fn verify_leaf(&self, leaf: merkle::Hash, key: &PublicKey) -> Result<(), SignError> {
        match &self.proof {
            Proof::Signature(_) => Ok(()),
            Proof::Receipt(receipt, place) => {
                let root = merkle::root_of_hash(leaf, place.index, place.size, &place.path);
                GoodRoots::default().verify(receipt, &root.ok_or(SignError::Part("inclusion proof"))?, key)
            }
        }
    }
}

/// Reads `[claims, receipt]`.
fn decode_receipt(bytes: &[u8]) -> Result<(&[u8], Proof<'_>), DecodeError> {
    let form = |_| DecodeError::Form;
    let mut decoder = Decoder::new(bytes);
    if decoder.array().map_err(form)? != Some(2) {
        return Err(DecodeError::Form);
    }
    let payload = decoder.bytes().map_err(form)?;
    let receipt = Sign1::decode(&bytes[decoder.position()..])?;
    receipt.allow_unprotected(&[header::CHAIN, header::VDP])?;
    let inclusion = receipt.inclusion()?.clone();
    Ok((payload, Proof::Receipt(receipt, inclusion)))
}

/// Puts claims and the receipt of their place together.
pub(crate) fn with_receipt(
    claims: &[u8],
    header: &SignerHeader,
    inclusion: &Inclusion,
    signature: &[u8; 64],
    chain: Option<&[u8]>,
) -> Vec<u8> {
    let mut bytes = wire::build(|cbor| {
        cbor.array(2)?.bytes(claims)?;
        Ok(())
    });
    header.assemble_receipt(inclusion, signature, chain, &mut bytes);
    bytes
}
