//! The module's half.

use std::fmt;

use hkdf::Hkdf;
use minicbor::{Decode, Encode};
use opaque_ke::key_exchange::group::Group;
use opaque_ke::{Ristretto255, ServerLogin, ServerLoginParameters, ServerRegistration, ServerSetup};
use sha2::{Digest, Sha256, Sha512};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::client::identifiers;
use crate::error::PasswordError;
use crate::messages::{
    Registration, RegistrationRequest, RegistrationResponse, SignInFinish, SignInRequest, SignInResponse,
};
use crate::randomness;
use crate::session_key::SessionKey;
use crate::suite::{CONTEXT, Suite};
use crate::who::Who;

/// What all password files of a module are made with. Without it none of them is worth anything, also to its owner.
pub struct ServerKey(ServerSetup<Suite>);

/// What the module keeps of a password. A secret, though without [`ServerKey`] it doesn't even let passwords be tried.
///
/// It is kept as bytes: a record is read for each request to a device, and the point in here only for a sign-in.
#[derive(Clone, PartialEq, Eq, Encode, Decode, Zeroize, ZeroizeOnDrop)]
#[cbor(transparent)]
pub struct PasswordFile(#[cbor(n(0), with = "minicbor::bytes")] [u8; Registration::LENGTH]);

/// What the module keeps of a sign-in between its answer and the end. A secret: it holds the session's key.
#[derive(Clone, PartialEq, Eq, Encode, Decode, Zeroize, ZeroizeOnDrop)]
#[cbor(transparent)]
pub struct Pending(#[cbor(n(0), with = "minicbor::bytes")] [u8; 128]);

/// Equal for equal passwords of one user, and only for those: says whether a password was there before.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Tag(#[cbor(n(0), with = "minicbor::bytes")] [u8; 16]);

impl ServerKey {
    /// The key that follows from a secret, which must be random and used for nothing else.
    ///
    /// # Panics
    /// Never: see beside each.
    #[must_use]
    pub fn derive(secret: &[u8; 32]) -> Self {
        let part = Hkdf::<Sha512>::new(None, secret);
        let expand = |label: &str, output: &mut [u8]| {
            part.expand(label.as_bytes(), output).expect("64 bytes are within HKDF's 255 blocks");
        };
        let scalar = |label| {
            let mut seed = Zeroizing::new([0; 32]);
            expand(label, seed.as_mut_slice());
            // All of 256 hashes would have to be zero (RFC 9497, section 3.2.1).
            Ristretto255::derive_scalar((*seed).into()).expect("a seed gives a key")
        };
        // The library's own order: the seed of the oblivious function's keys, the private key for 3DH, and the public
        // key of somebody who isn't there.
        let mut bytes = Zeroizing::new([0; 128]);
        expand("Mintage OPRF seed 1", &mut bytes[..64]);
        bytes[64..96].copy_from_slice(&Ristretto255::serialize_sk(&scalar("Mintage 3DH key 1")));
        let nobody = Ristretto255::public_key(&scalar("Mintage nobody 1"));
        bytes[96..].copy_from_slice(&Ristretto255::serialize_pk(&nobody));
        Self(ServerSetup::deserialize(bytes.as_slice()).expect("these are its parts"))
    }

    /// Answers somebody who sets a password. Nothing is to be kept of it.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn register(&self, who: &Who<'_>, request: &RegistrationRequest) -> RegistrationResponse {
        let started = ServerRegistration::start(&self.0, request.0.clone(), &who.identifier())
            .expect("an identifier of 32 bytes gives a key");
        RegistrationResponse(started.message)
    }

    /// Answers somebody who signs in. Without a password file the answer looks like any other, and nothing finishes it
    /// (RFC 9807, section 10.9). The seed must follow from the request, and from a secret.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn answer(
        &self,
        who: &Who<'_>,
        file: Option<&PasswordFile>,
        request: &SignInRequest,
        seed: &[u8; 32],
    ) -> (SignInResponse, Pending) {
        let identifier = who.identifier();
        let started = ServerLogin::start(
            &mut randomness::from_seed(seed),
            &self.0,
            file.and_then(|file| ServerRegistration::deserialize(&file.0).ok()),
            request.0.clone(),
            &identifier,
            parameters(&identifier),
        )
        .expect("identities and context of such lengths fit");
        let mut pending = Pending([0; 128]);
        pending.0.copy_from_slice(&started.state.serialize());
        (SignInResponse(started.message), pending)
    }
}

impl Pending {
    /// Whether whoever began knows the password; then the session's key.
    ///
    /// # Errors
    /// [`PasswordError::Refused`].
    pub fn finish(&self, who: &Who<'_>, finish: &SignInFinish) -> Result<SessionKey, PasswordError> {
        let identifier = who.identifier();
        let finished = ServerLogin::<Suite>::deserialize(&self.0)
            .and_then(|state| state.finish(finish.0.clone(), parameters(&identifier)));
        Ok(SessionKey::derive(&finished.map_err(|_| PasswordError::Refused)?.session_key))
    }
}

impl PasswordFile {
    /// What to keep of a password that was set.
    #[must_use]
    pub fn new(registration: &Registration) -> Self {
        Self(registration.to_bytes())
    }

    /// Says whether another file is of the same password: the digest of the masking key, which follows from the password,
    /// the user and [`ServerKey`] alone (RFC 9807, section 5.2.3). A browser that lies about it locks itself out.
    #[must_use]
    pub fn tag(&self) -> Tag {
        // The public key stands before it, the envelope behind.
        let masking_key = &self.0[32..96];
        let digest =
            Sha256::new().chain_update("Mintage password tag 1").chain_update(masking_key).finalize();
        let mut tag = [0; 16];
        tag.copy_from_slice(&digest[..16]);
        Tag(tag)
    }
}

fn parameters(identifier: &[u8; 32]) -> ServerLoginParameters<'_, '_> {
    ServerLoginParameters { context: Some(CONTEXT), identifiers: identifiers(identifier) }
}

impl fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerKey")
    }
}

impl fmt::Debug for PasswordFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordFile")
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending")
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tag")
    }
}
