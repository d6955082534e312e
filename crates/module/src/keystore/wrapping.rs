//! How the master key is wrapped: by a passphrase, or by a key that never leaves a PKCS#11 token.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use super::KeystoreError;
use crate::protocol::Secret;
use crate::sealing::{MasterKey, SealingKey};
use crate::signing::KeyFault;

/// Argon2id with 64 MiB, three passes, one lane: RFC 9106's second recommended option on one core.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
/// A manipulated file may not ask for more than this.
const MOST_MEMORY_KIB: u32 = 1024 * 1024;
const MOST_PASSES: u32 = 16;
/// Characters of a passphrase at least.
const LEAST_CHARACTERS: usize = 12;

/// Who can unwrap the master key, and how. All of it is bound to the wrapped key.
#[derive(Encode, Decode)]
pub(super) enum Wrapping {
    /// A key derived from a passphrase by Argon2id.
    #[n(0)]
    Passphrase {
        #[n(0)]
        memory_kib: u32,
        #[n(1)]
        passes: u32,
        #[cbor(n(2), with = "minicbor::bytes")]
        salt: [u8; 16],
    },
    /// An AES key inside a token.
    #[n(1)]
    Token {
        #[n(0)]
        key_label: String,
        #[n(1)]
        iv: ByteVec,
    },
}

/// Wraps a master key under a new wrapping of the secret's sort.
pub(super) fn wrap(master: &MasterKey, unlock: &Secret) -> Result<(Wrapping, Vec<u8>), KeystoreError> {
    match unlock {
        Secret::Passphrase(passphrase) => wrap_bytes(master.expose(), passphrase),
        #[cfg(feature = "pkcs11")]
        Secret::Token { library, label, pin } => super::token::wrap(master, library, label, pin),
        #[cfg(not(feature = "pkcs11"))]
        Secret::Token { .. } => Err(no_token()),
    }
}

/// Unwraps a master key.
pub(super) fn unwrap(
    wrapping: &Wrapping,
    wrapped: &[u8],
    unlock: &Secret,
) -> Result<MasterKey, KeystoreError> {
    match (wrapping, unlock) {
        (Wrapping::Passphrase { .. }, Secret::Passphrase(passphrase)) => {
            Ok(MasterKey::from_bytes(&*unwrap_bytes(wrapping, wrapped, passphrase)?))
        }
        #[cfg(feature = "pkcs11")]
        (Wrapping::Token { key_label, iv }, Secret::Token { library, label, pin }) => {
            super::token::unwrap(key_label, iv, wrapped, library, label, pin)
        }
        #[cfg(not(feature = "pkcs11"))]
        (Wrapping::Token { .. }, Secret::Token { .. }) => Err(no_token()),
        (Wrapping::Passphrase { .. }, _) => Err(KeystoreError::OtherSecret("a passphrase")),
        (Wrapping::Token { .. }, _) => Err(KeystoreError::OtherSecret("a PKCS#11 token")),
    }
}

#[cfg(not(feature = "pkcs11"))]
fn no_token() -> KeystoreError {
    KeystoreError::Token("this program was built without the feature `pkcs11`".into())
}

/// Wraps 32 secret bytes by a passphrase.
pub(super) fn wrap_bytes(secret: &[u8; 32], passphrase: &str) -> Result<(Wrapping, Vec<u8>), KeystoreError> {
    let found = passphrase.chars().count();
    if found < LEAST_CHARACTERS {
        return Err(KeystoreError::ShortPassphrase { found, least: LEAST_CHARACTERS });
    }
    let mut salt = [0; 16];
    aws_lc_rs::rand::fill(&mut salt).map_err(|_| KeyFault::NoRandomness)?;
    let wrapping = Wrapping::Passphrase { memory_kib: MEMORY_KIB, passes: PASSES, salt };
    let key = derive(passphrase, MEMORY_KIB, PASSES, &salt)?;
    // The salt is new, and with it the key: one nonce is enough.
    let wrapped = key.seal([0; 12], &crate::wire::encode(&wrapping), secret);
    Ok((wrapping, wrapped))
}

/// Unwraps 32 secret bytes.
pub(super) fn unwrap_bytes(
    wrapping: &Wrapping,
    wrapped: &[u8],
    passphrase: &str,
) -> Result<Zeroizing<[u8; 32]>, KeystoreError> {
    let Wrapping::Passphrase { memory_kib, passes, salt } = wrapping else {
        return Err(KeystoreError::OtherSecret("a PKCS#11 token"));
    };
    if *memory_kib > MOST_MEMORY_KIB || *passes > MOST_PASSES {
        return Err(KeystoreError::Damaged("it asks for more work than any keystore".into()));
    }
    let key = derive(passphrase, *memory_kib, *passes, salt)?;
    let plain = key.open([0; 12], &crate::wire::encode(wrapping), wrapped);
    let plain = plain.map_err(|_| KeystoreError::WrongSecret)?;
    let mut secret = Zeroizing::new([0; 32]);
    if plain.len() != secret.len() {
        return Err(KeystoreError::Damaged("the wrapped key has a wrong length".into()));
    }
    secret.copy_from_slice(&plain);
    Ok(secret)
}

fn derive(
    passphrase: &str,
    memory_kib: u32,
    passes: u32,
    salt: &[u8; 16],
) -> Result<SealingKey, KeystoreError> {
    let damaged = |error: argon2::Error| KeystoreError::Damaged(error.to_string());
    let params = argon2::Params::new(memory_kib, passes, 1, Some(32)).map_err(damaged)?;
    let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut key = Zeroizing::new([0; 32]);
    argon.hash_password_into(passphrase.as_bytes(), salt, key.as_mut_slice()).map_err(damaged)?;
    Ok(SealingKey::new(&key))
}
