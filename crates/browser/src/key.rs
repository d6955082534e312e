//! Names of keys.

use asker::{Algorithm, Credential, Secret};
use thiserror::Error;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};
use zeroize::Zeroize;

/// Why something is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum KeyError {
    /// No such algorithm.
    #[error("keys are for hmac-sha256 or ed25519")]
    Algorithm,
    /// Another length.
    #[error("an access key has 64 hexadecimal digits")]
    Length,
}

/// The name of a key of 32 bytes: of one that both sides have, or of the one whose public half belongs to this seed.
///
/// # Errors
/// Another length, or another algorithm than `hmac-sha256` and `ed25519`.
#[wasm_bindgen(js_name = keyId)]
pub fn key_id(algorithm: &str, mut key: Vec<u8>) -> Result<String, JsError> {
    let name = name(algorithm, &key);
    key.zeroize();
    Ok(name?)
}

/// The name of the Ed25519 key with this public half.
///
/// # Errors
/// Another length.
#[wasm_bindgen(js_name = publicKeyId)]
pub fn public_key_id(public: &[u8]) -> Result<String, JsError> {
    let public: [u8; 32] = public.try_into().map_err(|_| KeyError::Length)?;
    Ok(Credential::Ed25519(public).key_id().to_string())
}

/// The public half, in hexadecimal digits, of the Ed25519 key with this seed of 32 bytes.
///
/// # Errors
/// Another length.
#[wasm_bindgen(js_name = publicHalf)]
pub fn public_half(seed: &[u8]) -> Result<String, JsError> {
    let seed: &[u8; 32] = seed.try_into().map_err(|_| KeyError::Length)?;
    let (Credential::Ed25519(public) | Credential::Hmac(public)) = &Secret::ed25519(seed).credential();
    Ok(public.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn name(algorithm: &str, key: &[u8]) -> Result<String, KeyError> {
    let key: &[u8; 32] = key.try_into().map_err(|_| KeyError::Length)?;
    let secret = match Algorithm::of(algorithm) {
        Some(Algorithm::HmacSha256) => Secret::hmac(*key),
        Some(Algorithm::Ed25519) => Secret::ed25519(key),
        None => return Err(KeyError::Algorithm),
    };
    Ok(secret.credential().key_id().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_the_name_that_the_module_knows_it_by() {
        let names = ["hmac-sha256", "ed25519"].map(|algorithm| name(algorithm, &[7; 32]));
        let known = [Secret::hmac([7; 32]), Secret::ed25519(&[7; 32])];
        assert_eq!(names, known.map(|secret| Ok(secret.credential().key_id().to_string())));
        assert_eq!(name("hmac-sha256", &[7; 31]), Err(KeyError::Length));
        assert_eq!(name("rsa", &[7; 32]), Err(KeyError::Algorithm));
    }
}
