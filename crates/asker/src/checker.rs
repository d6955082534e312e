//! Checks signatures of one key: what can be done once for many of them is done once.

use ed25519_dalek::{Signature, VerifyingKey};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::credential::{Algorithm, Credential, KeyId, hmac};
use crate::error::ProofError;
use crate::proof::Proof;
use crate::statement::Statement;

/// A credential, ready for many signatures.
pub struct Checker {
    id: KeyId,
    algorithm: Algorithm,
    key: Key,
    /// The text that was signed; kept for the next one's.
    base: String,
}

enum Key {
    /// The state after the key's own block.
    Hmac(Hmac<Sha256>),
    /// Nothing where the bytes are no point of the curve: such a key signs nothing.
    Ed25519(Option<VerifyingKey>),
}

impl Checker {
    /// Makes a credential ready.
    #[must_use]
    pub fn new(credential: &Credential) -> Self {
        let key = match credential {
            Credential::Hmac(key) => Key::Hmac(hmac(key)),
            Credential::Ed25519(key) => Key::Ed25519(VerifyingKey::from_bytes(key).ok()),
        };
        Self {
            id: credential.key_id(),
            algorithm: credential.algorithm(),
            key,
            base: String::with_capacity(512),
        }
    }

    /// The name of the key.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.id
    }

    /// Whether this is the key's signature over that request. When it was made, and whether it was seen before, is left to
    /// the caller.
    ///
    /// # Errors
    /// [`ProofError::Algorithm`], [`ProofError::Signature`].
    pub fn check(&mut self, statement: &Statement<'_>, proof: &Proof) -> Result<(), ProofError> {
        if let Some(said) = proof.params.algorithm().filter(|said| *said != self.algorithm) {
            return Err(ProofError::Algorithm { said: said.name(), key: self.algorithm.name() });
        }
        self.base.clear();
        statement.write_base(&proof.params, &mut self.base);
        if self.key.verifies(self.base.as_bytes(), &proof.signature) {
            Ok(())
        } else {
            Err(ProofError::Signature)
        }
    }
}

impl Key {
    /// In constant time where the key is a secret.
    fn verifies(&self, base: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Hmac(keyed) => keyed.clone().chain_update(base).verify_slice(signature).is_ok(),
            Self::Ed25519(key) => key.as_ref().is_some_and(|key| {
                Signature::from_slice(signature)
                    .is_ok_and(|signature| key.verify_strict(base, &signature).is_ok())
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::Secret;

    #[test]
    fn signatures_of_another_length_are_none() {
        for secret in [Secret::hmac([7; 32]), Secret::ed25519(&[7; 32])] {
            let key = Checker::new(&secret.credential()).key;
            let signature = secret.sign(b"base");
            assert!(key.verifies(b"base", &signature));
            assert!(!key.verifies(b"base", &signature[1..]) && !key.verifies(b"base", &[]));
            assert!(!key.verifies(b"another", &signature));
        }
    }

    #[test]
    fn what_is_no_point_signs_nothing() {
        let no_point = Credential::Ed25519([2; 32]);
        assert!(VerifyingKey::from_bytes(&[2; 32]).is_err());
        assert!(!Checker::new(&no_point).key.verifies(b"base", &[0; 64]));
    }
}
