//! The public keys of passkeys, as COSE has them (RFC 9053).

use ed25519_dalek::VerifyingKey;
use minicbor::decode::{self, Decoder};
use minicbor::{Decode, Encode};
use p256::ecdsa;
use p256::ecdsa::signature::Verifier;

use super::PasskeyError;

/// How a passkey signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasskeyAlgorithm {
    /// ECDSA on P-256 with SHA-256: COSE's -7.
    Es256,
    /// Ed25519: COSE's -8.
    EdDsa,
}

/// Coordinates of a point that was seen to be one.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub(super) enum PublicKey {
    #[n(0)]
    P256(#[cbor(n(0), with = "minicbor::bytes")] [u8; 65]),
    #[n(1)]
    Ed25519(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]),
}

impl PublicKey {
    /// The COSE_Key that the bytes begin with, in the one order of its members (CTAP2's canonical form), and its length.
    pub(super) fn parse(bytes: &[u8]) -> Result<(Self, usize), PasskeyError> {
        let mut decoder = Decoder::new(bytes);
        let no_key = |_: decode::Error| PasskeyError::Form("there is no COSE_Key in it");
        let members = decoder.map().map_err(no_key)?;
        let kind = labelled(&mut decoder, 1).and_then(|()| decoder.i64()).map_err(no_key)?;
        let algorithm = labelled(&mut decoder, 3).and_then(|()| decoder.i64()).map_err(no_key)?;
        if !matches!((members, kind, algorithm), (Some(5), 2, -7) | (Some(4), 1, -8)) {
            return Err(PasskeyError::Algorithm);
        }
        let curve = labelled(&mut decoder, -1).and_then(|()| decoder.i64()).map_err(no_key)?;
        let x = coordinate(&mut decoder, -2).map_err(no_key)?;
        let key = match (algorithm, curve) {
            (-7, 1) => {
                let y = coordinate(&mut decoder, -3).map_err(no_key)?;
                let mut point = [4; 65];
                point[1..33].copy_from_slice(&x);
                point[33..].copy_from_slice(&y);
                Self::P256(point)
            }
            (-8, 6) => Self::Ed25519(x),
            _ => return Err(PasskeyError::Algorithm),
        };
        if key.is_point() {
            Ok((key, decoder.position()))
        } else {
            Err(PasskeyError::Form("its key is no point"))
        }
    }

    pub(super) fn algorithm(&self) -> PasskeyAlgorithm {
        match self {
            Self::P256(_) => PasskeyAlgorithm::Es256,
            Self::Ed25519(_) => PasskeyAlgorithm::EdDsa,
        }
    }

    /// Signatures of ES256 are in DER (section 6.5.5); both of the two that there are for everything count, as authenticators make
    /// either.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), PasskeyError> {
        let is_good = match self {
            Self::P256(point) => ecdsa::VerifyingKey::from_sec1_bytes(point).is_ok_and(|key| {
                ecdsa::DerSignature::from_bytes(signature)
                    .is_ok_and(|signature| key.verify(message, &signature).is_ok())
            }),
            Self::Ed25519(point) => VerifyingKey::from_bytes(point).is_ok_and(|key| {
                ed25519_dalek::Signature::from_slice(signature)
                    .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
            }),
        };
        if is_good { Ok(()) } else { Err(PasskeyError::Signature) }
    }

    /// Whether it is on its curve, and not one of the few points under which anything verifies.
    fn is_point(&self) -> bool {
        match self {
            Self::P256(point) => ecdsa::VerifyingKey::from_sec1_bytes(point).is_ok(),
            Self::Ed25519(point) => VerifyingKey::from_bytes(point).is_ok_and(|key| !key.is_weak()),
        }
    }
}

/// The label that must come next.
fn labelled(decoder: &mut Decoder<'_>, label: i8) -> Result<(), decode::Error> {
    if decoder.i8()? == label { Ok(()) } else { Err(decode::Error::message("another label is expected")) }
}

fn coordinate(decoder: &mut Decoder<'_>, label: i8) -> Result<[u8; 32], decode::Error> {
    labelled(decoder, label)?;
    decoder.bytes()?.try_into().map_err(|_| decode::Error::message("a coordinate has 32 bytes"))
}
