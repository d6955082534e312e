//! Requests, put together for signing.

use asker::{Algorithm, ContentDigest, KeyId, Statement};
use thiserror::Error;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// Why nothing can be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum SignerError {
    /// No such algorithm or key.
    #[error("this browser's session can't be used; sign in again")]
    Session,
    /// Not a number below 2^64.
    #[error("the server gave no number for the next request; sign in again")]
    Nonce,
}

/// Who signs, for which account; or for the operator's staff.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Signer {
    account: Option<String>,
    algorithm: Algorithm,
    key: KeyId,
}

/// Fields of a request, and the text that its signature is to be over.
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

#[wasm_bindgen]
impl Signer {
    /// Signs for an account, or without one for the staff, by the key of this name, for this algorithm.
    ///
    /// # Errors
    /// No such algorithm, or no name of a key.
    #[wasm_bindgen(constructor)]
    pub fn new(account: Option<String>, algorithm: &str, key: &str) -> Result<Self, JsError> {
        Ok(Self::of(account, algorithm, key)?)
    }

    /// A request to post a content to a place below the account's path, or the staff's; created in seconds since 1970, the nonce as decimal
    /// digits, the query without its question mark.
    ///
    /// # Errors
    /// The nonce is no number below 2^64.
    pub fn draft(
        &self,
        place: &str,
        query: &str,
        content: &[u8],
        idempotency_key: &str,
        created: f64,
        nonce: &str,
    ) -> Result<Draft, JsError> {
        Ok(self.drafted(place, query, content, idempotency_key, seconds(created), nonce)?)
    }
}

impl Signer {
    fn of(account: Option<String>, algorithm: &str, key: &str) -> Result<Self, SignerError> {
        let algorithm = Algorithm::of(algorithm).ok_or(SignerError::Session)?;
        Ok(Self { account, algorithm, key: key.parse().map_err(|()| SignerError::Session)? })
    }

    fn drafted(
        &self,
        place: &str,
        query: &str,
        content: &[u8],
        idempotency_key: &str,
        created: u64,
        nonce: &str,
    ) -> Result<Draft, SignerError> {
        let nonce = nonce.parse().map_err(|_| SignerError::Nonce)?;
        let digest = ContentDigest::of(content);
        let statement = Statement::post(self.account.as_deref(), place, query, idempotency_key, digest);
        let draft = asker::Draft::new(self.key, self.algorithm, &statement, created, nonce);
        Ok(Draft {
            content_digest: digest.to_string(),
            signature_input: format!("sig={}", draft.params.to_text()),
            base: draft.base,
        })
    }
}

/// JavaScript's numbers have 53 bits, which is enough for seconds.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(crate) fn seconds(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests {
    use asker::{Checker, Errand, Params, Proof, Secret, Signature};

    use super::*;

    /// What the page does: the text is signed elsewhere, and its parts travel as fields.
    #[test]
    fn what_is_drafted_and_signed_elsewhere_is_a_proof() {
        let secret = Secret::hmac([7; 32]);
        let key = secret.credential().key_id().to_string();
        let signer = Signer::of(Some("a".into()), "hmac-sha256", &key).unwrap();
        let draft = signer.drafted("sessions", "", b"", "k", 1_800_000_000, "18446744073709551615").unwrap();
        let Proof { signature, params, .. } =
            Proof::sign(&secret, &Errand::SignIn.statement("a", "k"), 1_800_000_000, u64::MAX);
        assert_eq!(draft.signature_input, format!("sig={}", params.to_text()));
        let params = Params::parse(draft.signature_input.strip_prefix("sig=").unwrap()).unwrap();
        let proof = Proof { params, signature: Signature::new(&signature).unwrap(), passkey: None };
        let mut checker = Checker::new(&secret.credential());
        assert_eq!(checker.check(&Errand::SignIn.statement("a", "k"), &proof), Ok(()));
        assert_eq!(draft.content_digest, ContentDigest::of(b"").to_string());
        assert_eq!(signer.drafted("sessions", "", b"", "k", 1, "-1").unwrap_err(), SignerError::Nonce);
        assert_eq!(Signer::of(None, "rsa", &key).unwrap_err(), SignerError::Session);
    }
}
