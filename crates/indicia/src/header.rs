//! Headers of a COSE_Sign1: which are known, and how they are read.

use std::fmt;

use minicbor::Decoder;
use minicbor::data::Type;

use crate::algorithm::{Algorithm, KeyId};
use crate::merkle::Hash;
use crate::sign1::{Inclusion, SignError};
use crate::strict;

/// Algorithm (RFC 9052 §3.1).
pub(crate) const ALG: i64 = 1;
/// Headers that must be understood (RFC 9052 §3.1).
pub(crate) const CRIT: i64 = 2;
/// Key id (RFC 9052 §3.1); believed only where it is protected.
pub(crate) const KID: i64 = 4;
/// CWT claims (RFC 9597): of a presentation, its time.
pub(crate) const CWT_CLAIMS: i64 = 15;
/// Verifiable data structure of a receipt (RFC 9942 §2).
pub(crate) const VDS: i64 = 395;
/// Verifiable data proofs of a receipt (RFC 9942 §2); unprotected.
pub(crate) const VDP: i64 = 396;
/// Private: the certificates from the signing key up, an array of byte strings; unprotected.
pub(crate) const CHAIN: i64 = -65_537;
/// Private: how many leaves the tree of a receipt has; protected.
pub(crate) const TREE_SIZE: i64 = -65_538;

/// The verifiable data structure of RFC 9942 for RFC 9162's trees.
pub(crate) const RFC9162_SHA256: i64 = 1;
/// Label of inclusion proofs among the verifiable data proofs.
pub(crate) const INCLUSION: i64 = -1;
/// Most hashes of an inclusion path: a tree of 2^40 leaves.
const MAX_PATH: u64 = 40;

/// A header parameter's name: a number, or a text, which none that is known here has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderLabel {
    /// Registered or private number.
    Number(i64),
    /// Text.
    Text(String),
}

impl HeaderLabel {
    /// Whether it is this number.
    pub(crate) fn is(&self, number: i64) -> bool {
        *self == Self::Number(number)
    }

    fn read(decoder: &mut Decoder<'_>) -> Result<Self, minicbor::decode::Error> {
        match decoder.datatype()? {
            Type::String => Ok(Self::Text(decoder.str()?.to_owned())),
            _ => Ok(Self::Number(decoder.i64()?)),
        }
    }
}

impl fmt::Display for HeaderLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{text:?}"),
        }
    }
}

/// What a protected header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Protected {
    pub(crate) algorithm: Algorithm,
    pub(crate) key: Option<KeyId>,
    pub(crate) is_receipt: bool,
    pub(crate) tree_size: Option<u64>,
}

impl Protected {
    /// Reads the bytes of a protected header, which must be there and not empty.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, SignError> {
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
        let (mut algorithm, mut key, mut is_receipt, mut tree_size) = (None, None, false, None);
        let (mut critical, mut present) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let label = HeaderLabel::read(&mut decoder).map_err(part)?;
            let HeaderLabel::Number(number) = label else {
                decoder.skip().map_err(part)?;
                continue;
            };
            present.push(number);
            match number {
                ALG => algorithm = read_algorithm(&mut decoder).map_err(part)?,
                CRIT => critical = read_critical(&mut decoder)?,
                KID => key = Some(read_key_id(&mut decoder)?),
                VDS if decoder.i64().map_err(part)? != RFC9162_SHA256 => {
                    return Err(SignError::DataStructure);
                }
                VDS => is_receipt = true,
                TREE_SIZE => tree_size = Some(decoder.u64().map_err(|_| SignError::Part("tree size"))?),
                _ => decoder.skip().map_err(part)?,
            }
        }
        match critical.into_iter().find(|label| !present.contains(label)) {
            Some(absent) => Err(SignError::AbsentCritical(absent)),
            None => {
                let algorithm = algorithm.ok_or(SignError::Algorithm)?;
                Ok(Self { algorithm, key, is_receipt, tree_size })
            }
        }
    }
}

/// A known algorithm; an unknown one, by number or by name, is none.
fn read_algorithm(decoder: &mut Decoder<'_>) -> Result<Option<Algorithm>, minicbor::decode::Error> {
    Ok(match HeaderLabel::read(decoder)? {
        HeaderLabel::Number(id) => Algorithm::from_cose_id(id),
        HeaderLabel::Text(_) => None,
    })
}

fn read_key_id(decoder: &mut Decoder<'_>) -> Result<KeyId, SignError> {
    let id = decoder.bytes().ok().and_then(|id| id.try_into().ok());
    id.map(KeyId).ok_or(SignError::Part("key id"))
}

/// Every label that must be understood must be one that is.
fn read_critical(decoder: &mut Decoder<'_>) -> Result<Vec<i64>, SignError> {
    let part = |_| SignError::Part("list of critical headers");
    let count = decoder.array().map_err(part)?.unwrap_or(0);
    let mut labels = Vec::new();
    for _ in 0..count {
        match HeaderLabel::read(decoder).map_err(part)? {
            HeaderLabel::Number(label @ (ALG | KID | VDS | TREE_SIZE)) => labels.push(label),
            unknown => return Err(SignError::UnknownCritical(unknown)),
        }
    }
    if labels.is_empty() { Err(SignError::Part("list of critical headers")) } else { Ok(labels) }
}

/// What an unprotected header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unprotected<'a> {
    pub(crate) inclusion: Option<Inclusion>,
    /// Not an empty array: that would be the same content in another form.
    pub(crate) chain: Vec<&'a [u8]>,
    /// The first that isn't known.
    other: Option<HeaderLabel>,
}

impl<'a> Unprotected<'a> {
    pub(crate) fn read(decoder: &mut Decoder<'a>) -> Result<Self, SignError> {
        let part = |_| SignError::Part("unprotected header");
        let count = decoder.map().map_err(part)?.ok_or(SignError::Part("unprotected header"))?;
        let mut read = Self { inclusion: None, chain: Vec::new(), other: None };
        for _ in 0..count {
            match HeaderLabel::read(decoder).map_err(part)? {
                HeaderLabel::Number(VDP) => read.inclusion = Some(read_proofs(decoder)?),
                HeaderLabel::Number(CHAIN) => read.chain = read_chain(decoder)?,
                other => {
                    decoder.skip().map_err(part)?;
                    read.other.get_or_insert(other);
                }
            }
        }
        Ok(read)
    }

    /// Which headers are there; of several that aren't known, one.
    pub(crate) fn labels(&self) -> impl Iterator<Item = HeaderLabel> {
        let proofs = self.inclusion.is_some().then_some(HeaderLabel::Number(VDP));
        let chain = (!self.chain.is_empty()).then_some(HeaderLabel::Number(CHAIN));
        [proofs, chain, self.other.clone()].into_iter().flatten()
    }
}

fn read_chain<'a>(decoder: &mut Decoder<'a>) -> Result<Vec<&'a [u8]>, SignError> {
    let read = (|| {
        let count = decoder.array()?.unwrap_or(0);
        (0..count).map(|_| decoder.bytes()).collect::<Result<Vec<_>, _>>()
    })();
    let chain = read.map_err(|_| SignError::Part("certificate chain"))?;
    if chain.is_empty() { Err(SignError::Part("certificate chain")) } else { Ok(chain) }
}

/// Reads `{-1: [proof]}`: exactly one inclusion proof.
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
    read_inclusion(proof).ok().flatten().ok_or_else(wrong)
}

/// Reads `[size, index, [hash, …]]`; RFC 9942 knows no empty path.
fn read_inclusion(proof: &[u8]) -> Result<Option<Inclusion>, minicbor::decode::Error> {
    let mut decoder = Decoder::new(proof);
    if decoder.array()? != Some(3) {
        return Ok(None);
    }
    let (size, index, count) = (decoder.u64()?, decoder.u64()?, decoder.array()?.unwrap_or(0));
    if count == 0 || count > MAX_PATH {
        return Ok(None);
    }
    let mut path = Vec::new();
    for _ in 0..count {
        let Ok(hash) = Hash::try_from(decoder.bytes()?) else { return Ok(None) };
        path.push(hash);
    }
    Ok(Some(Inclusion { size, index, path }))
}
