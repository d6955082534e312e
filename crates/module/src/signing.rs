//! Private keys: Ed25519 and P-256 by aws-lc-rs.

use aws_lc_rs::encoding::{AsBigEndian, EcPrivateKeyBin};
use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use indicia::{Algorithm, PublicKey};
use thiserror::Error;
use zeroize::Zeroizing;

/// A key can't be made or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyFault {
    /// The bytes are no key of the algorithm.
    #[error("the bytes are no private key of this algorithm")]
    Invalid,
    /// No randomness.
    #[error("the system has no randomness")]
    NoRandomness,
}

/// A private key that signs.
pub struct SigningKey {
    secret: Zeroizing<[u8; 32]>,
    public: PublicKey,
    pair: Pair,
}

enum Pair {
    Ed25519(Box<Ed25519KeyPair>),
    P256(Box<EcdsaKeyPair>),
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.public.key_id())
    }
}

impl SigningKey {
    /// A new random key.
    ///
    /// # Errors
    /// [`KeyFault::NoRandomness`].
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyFault> {
        let mut secret = Zeroizing::new([0; 32]);
        match algorithm {
            Algorithm::EdDsa => rand::fill(secret.as_mut_slice()).map_err(|_| KeyFault::NoRandomness)?,
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
                let private = pair.map_err(|_| KeyFault::NoRandomness)?;
                let bytes: EcPrivateKeyBin<'_> =
                    private.private_key().as_be_bytes().map_err(|_| KeyFault::Invalid)?;
                let scalar: &[u8; 32] = bytes.as_ref().try_into().map_err(|_| KeyFault::Invalid)?;
                secret.copy_from_slice(scalar);
            }
        }
        Self::from_secret(algorithm, &secret)
    }

    /// A key from its Ed25519 seed or P-256 scalar.
    ///
    /// # Errors
    /// [`KeyFault::Invalid`].
    pub fn from_secret(algorithm: Algorithm, secret: &[u8; 32]) -> Result<Self, KeyFault> {
        let invalid = |_| KeyFault::Invalid;
        let (pair, public) = match algorithm {
            Algorithm::EdDsa => {
                let pair = Ed25519KeyPair::from_seed_unchecked(secret).map_err(|_| KeyFault::Invalid)?;
                let bytes = pair.public_key().as_ref().try_into().map_err(|_| KeyFault::Invalid)?;
                let public = PublicKey::ed25519(bytes).map_err(invalid)?;
                (Pair::Ed25519(Box::new(pair)), public)
            }
            Algorithm::Es256 => {
                let scalar = p256::SecretKey::from_slice(secret).map_err(|_| KeyFault::Invalid)?;
                let public = scalar.public_key().to_sec1_bytes();
                let pair = EcdsaKeyPair::from_private_key_and_public_key(
                    &ECDSA_P256_SHA256_FIXED_SIGNING,
                    secret,
                    &public,
                )
                .map_err(|_| KeyFault::Invalid)?;
                (Pair::P256(Box::new(pair)), PublicKey::p256(&public).map_err(invalid)?)
            }
        };
        Ok(Self { secret: Zeroizing::new(*secret), public, pair })
    }

    /// The secret, to be sealed.
    pub(crate) fn secret(&self) -> &Zeroizing<[u8; 32]> {
        &self.secret
    }

    /// The secret, for a key that is kept outside of a module: a person's.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.public.clone()
    }

    /// The public key's bytes, if it is an Ed25519 key.
    #[must_use]
    pub fn ed25519(&self) -> Option<[u8; 32]> {
        match &self.pair {
            Pair::Ed25519(pair) => pair.public_key().as_ref().try_into().ok(),
            Pair::P256(_) => None,
        }
    }

    /// Signs. Ed25519 is deterministic; ES256 isn't, and always has the lower s.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut out = [0; 64];
        match &self.pair {
            Pair::Ed25519(pair) => out.copy_from_slice(pair.sign(message).as_ref()),
            Pair::P256(pair) => {
                let signature = pair
                    .sign(&SystemRandom::new(), message)
                    .expect("ECDSA signs anything while there is randomness, which self-tests saw");
                let signature = p256::ecdsa::Signature::from_slice(signature.as_ref())
                    .expect("a fixed-length P-256 signature is one");
                out.copy_from_slice(&signature.normalize_s().to_bytes());
            }
        }
        out
    }
}
