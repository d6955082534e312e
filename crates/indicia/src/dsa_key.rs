//! DSA (FIPS 186-4), by which others signed before: information-based indicia, and railway tickets.
//!
//! Nothing of ours is signed by it. SHA-1 and q of 160 bits are there because the layouts name them.

use dsa::signature::hazmat::PrehashVerifier;
use dsa::{BoxedUint, Components, Signature, VerifyingKey};
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256};
use thiserror::Error;

/// These numbers are no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("these numbers aren't a public key of DSA with a p of 1024, 2048 or 3072 bits")]
pub struct DsaKeyError;

/// A public key of DSA.
#[derive(Debug, Clone, PartialEq)]
pub struct DsaKey(VerifyingKey);

impl DsaKey {
    /// A key from its numbers, big-endian: the primes p and q, the generator g, and y.
    ///
    /// # Errors
    /// [`DsaKeyError`].
    pub fn new(p: &[u8], q: &[u8], g: &[u8], y: &[u8]) -> Result<Self, DsaKeyError> {
        let [p, q, g, y] = [p, q, g, y].map(BoxedUint::from_be_slice_vartime);
        // What p doesn't bound has no place below.
        if g >= p || y >= p || q >= p {
            return Err(DsaKeyError);
        }
        let components = Components::from_components(p, q, g).map_err(|_| DsaKeyError)?;
        Ok(Self(VerifyingKey::from_components(components, y).map_err(|_| DsaKeyError)?))
    }

    /// Bits of q: 160, 224 or 256.
    #[must_use]
    pub fn subgroup_bits(&self) -> u32 {
        self.0.components().q().bit_width()
    }

    /// Whether r and s, big-endian, are a signature over a message, whose hash is SHA-1, SHA-224 or SHA-256 as q has bits.
    #[must_use]
    pub fn verify(&self, message: &[u8], r: &[u8], s: &[u8]) -> bool {
        let digest = match self.subgroup_bits() {
            160 => Sha1::digest(message).to_vec(),
            224 => Sha224::digest(message).to_vec(),
            _ => Sha256::digest(message).to_vec(),
        };
        let [r, s] = [r, s].map(BoxedUint::from_be_slice_vartime);
        Signature::from_components(r, s)
            .is_some_and(|signature| self.0.verify_prehash(&digest, &signature).is_ok())
    }
}
