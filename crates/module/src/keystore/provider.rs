//! The provider's key: it signs funding and refund orders, and is kept apart from the module by another passphrase.

use std::io;
use std::path::Path;

use indicia::{Algorithm, PublicKey};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use super::wrapping::{self, Wrapping};
use super::{KeystoreError, write_new};
use crate::order::Order;
use crate::signing::SigningKey;

#[derive(Encode, Decode)]
struct Stored {
    #[n(0)]
    wrapping: Wrapping,
    #[n(1)]
    wrapped: ByteVec,
}

/// An opened provider key.
#[derive(Debug)]
pub struct ProviderKey(SigningKey);

impl ProviderKey {
    /// Makes a key and keeps it in a new file, wrapped by a passphrase.
    ///
    /// # Errors
    /// [`KeystoreError`].
    pub fn create(path: &Path, passphrase: &str) -> Result<Self, KeystoreError> {
        if path.exists() {
            return Err(KeystoreError::Exists(path.to_owned()));
        }
        let key = SigningKey::generate(Algorithm::EdDsa)?;
        let (wrapping, wrapped) = wrapping::wrap_bytes(key.expose_secret(), passphrase)?;
        write_new(path, &crate::wire::encode(&Stored { wrapping, wrapped: wrapped.into() }))?;
        Ok(Self(key))
    }

    /// Opens a key file.
    ///
    /// # Errors
    /// [`KeystoreError`].
    pub fn open(path: &Path, passphrase: &str) -> Result<Self, KeystoreError> {
        let bytes = std::fs::read(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => KeystoreError::Missing(path.to_owned()),
            _ => KeystoreError::Io { path: path.to_owned(), error },
        })?;
        let stored: Stored =
            minicbor::decode(&bytes).map_err(|error| KeystoreError::Damaged(error.to_string()))?;
        let secret = wrapping::unwrap_bytes(&stored.wrapping, &stored.wrapped, passphrase)?;
        Ok(Self(SigningKey::from_secret(Algorithm::EdDsa, &secret)?))
    }

    /// The public key, which a new module is given.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.0.public()
    }

    /// Signs an order.
    #[must_use]
    pub fn sign(&self, order: &Order) -> Vec<u8> {
        order.sign(&self.0)
    }
}
