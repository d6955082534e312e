//! How a steward signs in: by a signature that the browser makes under a key that it keeps.

use asker::{Algorithm, ContentDigest, KeyId, Secret, StaffErrand};
use thiserror::Error;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};
use zeroize::Zeroize;

/// Why nobody can be signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
enum SignInError {
    /// Another length.
    #[error("an access key has 64 hexadecimal digits")]
    Length,
    /// No name of a key, or no number.
    #[error("this browser's key can't be used; enter the access key again")]
    Key,
}

/// Fields of the request for a token, and the text that its signature is to be over.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct Draft {
    /// Value of `Content-Digest`.
    #[wasm_bindgen(js_name = contentDigest)]
    pub content_digest: String,
    /// Value of `Signature-Input`, under the label `sig`.
    #[wasm_bindgen(js_name = signatureInput)]
    pub signature_input: String,
    /// What is to be signed.
    pub base: String,
}

/// The request of somebody of the staff for a token, by the Ed25519 key of this name; created in seconds since 1970, the nonce in
/// decimal digits.
///
/// # Errors
/// No name of a key, or a nonce that is no number below 2^64.
#[wasm_bindgen(js_name = signIn)]
pub fn sign_in(key: &str, idempotency_key: &str, created: f64, nonce: &str) -> Result<Draft, JsError> {
    Ok(drafted(key, idempotency_key, crate::face::seconds(created), nonce)?)
}

fn drafted(key: &str, idempotency_key: &str, created: u64, nonce: &str) -> Result<Draft, SignInError> {
    let key: KeyId = key.parse().map_err(|()| SignInError::Key)?;
    let nonce = nonce.parse().map_err(|_| SignInError::Key)?;
    let statement = StaffErrand::SignIn.statement(idempotency_key);
    let draft = asker::Draft::new(key, Algorithm::Ed25519, &statement, created, nonce);
    Ok(Draft {
        content_digest: ContentDigest::of(b"").to_string(),
        signature_input: format!("sig={}", draft.params.to_text()),
        base: draft.base,
    })
}

/// The name of the Ed25519 key with this seed of 32 bytes.
///
/// # Errors
/// Another length.
#[wasm_bindgen(js_name = staffKeyId)]
pub fn staff_key_id(mut seed: Vec<u8>) -> Result<String, JsError> {
    let secret = <&[u8; 32]>::try_from(&*seed).map(Secret::ed25519);
    seed.zeroize();
    Ok(secret.map_err(|_| SignInError::Length)?.credential().key_id().to_string())
}

#[cfg(test)]
mod tests {
    use asker::{Checker, Params, Proof};

    use super::*;

    /// What the page does: the text is signed elsewhere, and its parts travel as fields.
    #[test]
    fn what_is_drafted_and_signed_elsewhere_is_a_sign_in_of_the_staff() {
        let secret = Secret::ed25519(&[7; 32]);
        let key = staff_key_id(vec![7; 32]).unwrap();
        assert_eq!(key, secret.credential().key_id().to_string());
        let draft = drafted(&key, "k", 1_800_000_000, "18446744073709551615").unwrap();
        let Proof { signature, params, .. } =
            Proof::sign(&secret, &StaffErrand::SignIn.statement("k"), 1_800_000_000, u64::MAX);
        assert_eq!(draft.signature_input, format!("sig={}", params.to_text()));
        let params = Params::parse(draft.signature_input.strip_prefix("sig=").unwrap()).unwrap();
        let proof = Proof { params, signature, passkey: None };
        let mut checker = Checker::new(&secret.credential());
        assert_eq!(checker.check(&StaffErrand::SignIn.statement("k"), &proof), Ok(()));
        assert_eq!(draft.content_digest, ContentDigest::of(b"").to_string());
        assert_eq!(drafted(&key, "k", 1, "-1").unwrap_err(), SignInError::Key);
        assert_eq!(drafted("x", "k", 1, "1").unwrap_err(), SignInError::Key);
    }
}
