//! What lies sealed under the master key.

use indicia::Algorithm;
use minicbor::{Decode, Encode};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::KeystoreError;
use crate::protocol::NewModule;
use crate::signing::{KeyFault, SigningKey};

/// The secrets as they are sealed.
#[derive(Encode, Decode, Zeroize, ZeroizeOnDrop)]
#[cbor(map)]
struct Plain {
    #[cbor(n(0), with = "minicbor::bytes")]
    module_id: [u8; 16],
    #[n(1)]
    issuer: String,
    #[n(2)]
    algorithm: i8,
    #[cbor(n(3), with = "minicbor::bytes")]
    root: [u8; 32],
    #[cbor(n(4), with = "minicbor::bytes")]
    issuer_key: [u8; 32],
    #[cbor(n(5), with = "minicbor::bytes")]
    issuer_certificate: Vec<u8>,
    #[n(6)]
    created: u64,
}

/// The same, to be used.
pub(super) struct Contents(Plain);

impl std::fmt::Debug for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Contents({})", self.0.issuer)
    }
}

impl Contents {
    pub(super) fn generate(new: &NewModule) -> Result<Self, KeystoreError> {
        let mut module_id = [0; 16];
        aws_lc_rs::rand::fill(&mut module_id).map_err(|_| KeyFault::NoRandomness)?;
        let algorithm = Algorithm::EdDsa;
        Ok(Self(Plain {
            module_id,
            issuer: new.issuer.clone(),
            algorithm: algorithm.cose_id(),
            root: **SigningKey::generate(algorithm)?.secret(),
            issuer_key: **SigningKey::generate(algorithm)?.secret(),
            issuer_certificate: Vec::new(),
            created: new.at,
        }))
    }

    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(crate::wire::encode(&self.0))
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, KeystoreError> {
        minicbor::decode(bytes).map(Self).map_err(|error| KeystoreError::Damaged(error.to_string()))
    }

    pub(super) fn root(&self) -> Result<SigningKey, KeyFault> {
        SigningKey::from_secret(self.algorithm()?, &self.0.root)
    }

    pub(super) fn issuer_key(&self) -> Result<SigningKey, KeyFault> {
        SigningKey::from_secret(self.algorithm()?, &self.0.issuer_key)
    }

    fn algorithm(&self) -> Result<Algorithm, KeyFault> {
        Algorithm::from_cose_id(i64::from(self.0.algorithm)).ok_or(KeyFault::Invalid)
    }

    pub(super) fn set_issuer_certificate(&mut self, certificate: Vec<u8>) {
        self.0.issuer_certificate = certificate;
    }

    pub(super) fn module_id(&self) -> [u8; 16] {
        self.0.module_id
    }

    pub(super) fn created(&self) -> u64 {
        self.0.created
    }

    pub(super) fn issuer(&self) -> &str {
        &self.0.issuer
    }

    pub(super) fn issuer_certificate(&self) -> &[u8] {
        &self.0.issuer_certificate
    }
}
