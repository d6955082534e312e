//! The key of a provider or officer: it signs papers, and is kept apart from the module by a passphrase of its own.

use std::io;
use std::path::Path;

use indicia::Algorithm;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use super::wrapping::{self, Wrapping};
use super::{KeystoreError, write_new};
use crate::signing::SigningKey;

#[derive(Encode, Decode)]
struct Stored {
    #[n(0)]
    wrapping: Wrapping,
    #[n(1)]
    wrapped: ByteVec,
}

/// An opened key of somebody of the staff.
#[derive(Debug)]
pub struct PersonKey(SigningKey);

impl PersonKey {
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

    /// The public key, which a staff's list has.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.0.ed25519().expect("it was made and opened as an Ed25519 key")
    }

    /// What signs papers.
    #[must_use]
    pub fn signing(&self) -> &SigningKey {
        &self.0
    }

    /// What signs requests over HTTP.
    #[must_use]
    pub fn asker(&self) -> asker::Secret {
        asker::Secret::ed25519(self.0.expose_secret())
    }
}
