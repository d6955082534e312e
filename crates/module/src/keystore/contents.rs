//! What lies sealed under the master key.

use indicia::{Algorithm, PublicKey};
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
    #[cbor(n(6), with = "minicbor::bytes")]
    provider: Vec<u8>,
    #[n(7)]
    created: u64,
}

/// The same, with the provider's key read.
pub(super) struct Contents {
    plain: Plain,
    provider: PublicKey,
}

impl std::fmt::Debug for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Contents({})", self.plain.issuer)
    }
}

impl Contents {
    pub(super) fn generate(new: &NewModule) -> Result<Self, KeystoreError> {
        let mut module_id = [0; 16];
        aws_lc_rs::rand::fill(&mut module_id).map_err(|_| KeyFault::NoRandomness)?;
        let algorithm = Algorithm::EdDsa;
        let plain = Plain {
            module_id,
            issuer: new.issuer.clone(),
            algorithm: algorithm.cose_id(),
            root: **SigningKey::generate(algorithm)?.secret(),
            issuer_key: **SigningKey::generate(algorithm)?.secret(),
            issuer_certificate: Vec::new(),
            provider: new.provider.clone(),
            created: new.at,
        };
        Self::check(plain)
    }

    fn check(plain: Plain) -> Result<Self, KeystoreError> {
        let provider = PublicKey::from_cose_key(&plain.provider);
        let provider =
            provider.map_err(|error| KeystoreError::Damaged(format!("the provider's key: {error}")))?;
        Ok(Self { plain, provider })
    }

    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(crate::wire::encode(&self.plain))
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, KeystoreError> {
        Self::check(minicbor::decode(bytes).map_err(|error| KeystoreError::Damaged(error.to_string()))?)
    }

    pub(super) fn root(&self) -> Result<SigningKey, KeyFault> {
        SigningKey::from_secret(self.algorithm()?, &self.plain.root)
    }

    pub(super) fn issuer_key(&self) -> Result<SigningKey, KeyFault> {
        SigningKey::from_secret(self.algorithm()?, &self.plain.issuer_key)
    }

    fn algorithm(&self) -> Result<Algorithm, KeyFault> {
        Algorithm::from_cose_id(i64::from(self.plain.algorithm)).ok_or(KeyFault::Invalid)
    }

    pub(super) fn set_issuer_certificate(&mut self, certificate: Vec<u8>) {
        self.plain.issuer_certificate = certificate;
    }

    pub(super) fn module_id(&self) -> [u8; 16] {
        self.plain.module_id
    }

    pub(super) fn issuer(&self) -> &str {
        &self.plain.issuer
    }

    pub(super) fn issuer_certificate(&self) -> &[u8] {
        &self.plain.issuer_certificate
    }

    pub(super) fn provider(&self) -> &PublicKey {
        &self.provider
    }
}
