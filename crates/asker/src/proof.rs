//! A signature with what it says of itself, and a passkey's beside it: all that a server carries.

use minicbor::{Decode, Encode};

use crate::credential::{Algorithm, KeyId, Secret};
use crate::encoding::is_encoding_of;
use crate::error::ProofError;
use crate::params::Params;
use crate::passkey::PasskeyAssertion;
use crate::signature::Signature;
use crate::statement::Statement;

/// The proof that somebody asks for something.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Proof {
    /// What the signature says of itself: to be believed only once it is checked.
    #[n(0)]
    pub params: Params,
    /// The signature.
    #[n(1)]
    pub signature: Signature,
    /// By which the person who asks agrees to this one request, where a signature isn't enough: its challenge is
    /// [`Statement::challenge`].
    #[n(2)]
    pub passkey: Option<Box<PasskeyAssertion>>,
}

/// A proof that lacks its signature: for whoever keeps the key where only it can be used, not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What the signature is to say of itself.
    pub params: Params,
    /// What is to be signed (RFC 9421, section 2.5).
    pub base: String,
}

impl Draft {
    /// A request to be signed by this key, now in seconds since 1970, under a number that the key never used before; see
    /// [`crate::Nonces`] for which numbers do.
    #[must_use]
    pub fn new(key: KeyId, algorithm: Algorithm, statement: &Statement<'_>, now: u64, nonce: u64) -> Self {
        let params = Params::new(key, algorithm, now, nonce);
        let mut base = String::with_capacity(512);
        statement.write_base(&params, &mut base);
        Self { params, base }
    }
}

impl Proof {
    /// Signs a request; see [`Draft::new`].
    #[must_use]
    pub fn sign(secret: &Secret, statement: &Statement<'_>, now: u64, nonce: u64) -> Self {
        let credential = secret.credential();
        let Draft { params, base } =
            Draft::new(credential.key_id(), credential.algorithm(), statement, now, nonce);
        let signature = Signature::new(&secret.sign(base.as_bytes())).expect("64 bytes at most");
        Self { params, signature, passkey: None }
    }

    /// The encoding that a reservation keeps.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("writing to memory doesn't fail")
    }

    /// Reads what was encoded.
    ///
    /// # Errors
    /// [`ProofError::Encoding`], also for a second encoding of the same.
    pub fn decode(bytes: &[u8]) -> Result<Self, ProofError> {
        let proof: Self = minicbor::decode(bytes).map_err(|error| ProofError::Encoding(error.to_string()))?;
        if is_encoding_of(bytes, &proof) {
            Ok(proof)
        } else {
            Err(ProofError::Encoding("it isn't in its one encoding".into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Checker, ContentDigest, KeyId};

    const NOW: u64 = 1_800_000_000;

    fn secrets() -> [Secret; 2] {
        [Secret::hmac([7; 32]), Secret::ed25519(&[7; 32])]
    }

    fn base(statement: &Statement<'_>, proof: &Proof) -> String {
        let mut base = String::new();
        statement.write_base(&proof.params, &mut base);
        base
    }

    fn statement(account: &str) -> Statement<'_> {
        Statement::batch(account, "on_insufficient=partial", "key \"1\"", ContentDigest::of(b"items"))
    }

    fn check(proof: &Proof, statement: &Statement<'_>, secret: &Secret) -> Result<(), ProofError> {
        Checker::new(&secret.credential()).check(statement, proof)
    }

    /// The one text that is signed, as a library of another language makes it from the request.
    #[test]
    fn the_base_is_that_of_the_request() {
        let secret = Secret::hmac([7; 32]);
        let id: KeyId = secret.credential().key_id();
        let proof = Proof::sign(&secret, &statement("a@b.c"), NOW, 42);
        let expected = format!(
            "\"@method\": POST\n\
             \"@path\": /v1/accounts/a@b.c/batches\n\
             \"@query\": ?on_insufficient=partial\n\
             \"content-digest\": sha-256=:XzxPhYDTkuQi58L2gCZ0rCeWbJjZXDlpbkskkBaOVIg=:\n\
             \"idempotency-key\": \"key \\\"1\\\"\"\n\
             \"@signature-params\": (\"@method\" \"@path\" \"@query\" \"content-digest\" \"idempotency-key\")\
             ;created=1800000000;keyid=\"{id}\";nonce=\"42\";alg=\"hmac-sha256\""
        );
        assert_eq!(base(&statement("a@b.c"), &proof), expected);
        let reserved = ContentDigest::of(b"items");
        let draw = base(&Statement::draw("a", 7, "key", reserved), &proof);
        assert!(draw.contains("\"@path\": /v1/accounts/a/reservations/7/draw\n\"@query\": ?\n"), "{draw}");
        assert!(draw.contains(&ContentDigest::of(reserved.drawing().as_bytes()).to_string()), "{draw}");
    }

    #[test]
    fn a_proof_is_of_one_request_by_one_key() {
        for secret in secrets() {
            let proof = Proof::sign(&secret, &statement("a"), NOW, 1);
            assert_eq!(check(&proof, &statement("a"), &secret), Ok(()));
            let others = [
                statement("b"),
                Statement::batch("a", "", "key \"1\"", ContentDigest::of(b"items")),
                Statement::batch("a", "on_insufficient=partial", "key 1", ContentDigest::of(b"items")),
                Statement::batch("a", "on_insufficient=partial", "key \"1\"", ContentDigest::of(b"item")),
                Statement::draw("a", 1, "key \"1\"", ContentDigest::of(b"items")),
            ];
            for other in others {
                assert_eq!(check(&proof, &other, &secret), Err(ProofError::Signature), "{other:?}");
            }
            for other in [Secret::hmac([8; 32]), Secret::ed25519(&[8; 32])] {
                assert!(check(&proof, &statement("a"), &other).is_err());
            }
        }
        let [hmac, ed25519] = secrets();
        let confused = check(&Proof::sign(&ed25519, &statement("a"), NOW, 1), &statement("a"), &hmac);
        assert!(matches!(confused, Err(ProofError::Algorithm { .. })), "{confused:?}");
    }

    #[test]
    fn a_passkey_is_kept_beside_and_proofs_without_one_are_as_they_were() {
        let bare = Proof::sign(&Secret::hmac([7; 32]), &statement("a"), NOW, 1);
        let old = minicbor::to_vec((&bare.params, &bare.signature)).expect("memory");
        assert_eq!(bare.encode(), old);
        assert_eq!(Proof::decode(&old), Ok(bare.clone()));
        let (id, client_data, authenticator_data, signature) = (vec![1], vec![2], vec![3], vec![4]);
        let passkey = PasskeyAssertion { id, client_data, authenticator_data, signature };
        let agreed = Proof { passkey: Some(Box::new(passkey)), ..bare };
        assert_eq!(Proof::decode(&agreed.encode()), Ok(agreed));
        for none in [0xf6, 0xf7] {
            assert!(Proof::decode(&[&[0x83], &old[1..], &[none]].concat()).is_err(), "{none}");
        }
    }

    proptest! {
        #[test]
        fn no_changed_proof_counts(place in 0_usize..400, change in 1_u8.., is_hmac: bool) {
            let secret = &secrets()[usize::from(is_hmac)];
            let proof = Proof::sign(secret, &statement("a"), NOW, 1);
            let mut bytes = minicbor::to_vec(&proof).unwrap();
            let place = place % bytes.len();
            bytes[place] ^= change;
            if let Ok(changed) = minicbor::decode::<Proof>(&bytes) && changed != proof {
                prop_assert!(check(&changed, &statement("a"), secret).is_err());
            }
        }
    }
}
