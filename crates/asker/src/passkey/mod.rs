//! Passkeys (Web Authentication, Level 3): an authenticator signs for a person who is there and shows who they are.
//!
//! A passkey's signature doesn't take the place of a [`crate::Proof`], which the hot path checks by the thousand: it stands
//! beside one. Its challenge is the digest of what that proof signs ([`crate::Statement::challenge`]), so that a person agrees to this
//! one request.

mod authenticator_data;
mod client_data;
mod public_key;
mod relying_party;

use std::fmt;

use minicbor::{Decode, Decoder, Encode, decode};
use sha2::{Digest, Sha256};
use thiserror::Error;

use authenticator_data::AuthenticatorData;
use client_data::Ceremony;
pub use public_key::PasskeyAlgorithm;
use public_key::PublicKey;
pub use relying_party::RelyingParty;

use crate::credential::KeyId;

/// Most bytes of a credential id (section 4).
const MAX_ID: usize = 1_023;

/// What is kept of a registered passkey.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Passkey {
    /// The authenticator's name for it.
    #[cbor(n(0), with = "minicbor::bytes")]
    id: Vec<u8>,
    #[n(1)]
    key: PublicKey,
    /// How often it signed, as far as it counts: 0 if it doesn't.
    #[n(2)]
    count: u32,
    #[n(3)]
    party: RelyingParty,
}

/// What a browser hands over of `navigator.credentials.create()`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PasskeyRegistration {
    /// `response.clientDataJSON`.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub client_data: Vec<u8>,
    /// `response.attestationObject`.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub attestation: Vec<u8>,
}

/// What a browser hands over of `navigator.credentials.get()`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PasskeyAssertion {
    /// `rawId`: which passkey.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub id: Vec<u8>,
    /// `response.clientDataJSON`.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub client_data: Vec<u8>,
    /// `response.authenticatorData`.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub authenticator_data: Vec<u8>,
    /// `response.signature`.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub signature: Vec<u8>,
}

/// Why a passkey says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasskeyError {
    /// Not what section 6.1 or 6.5.4 has.
    #[error("what the authenticator says can't be read: {0}")]
    Form(&'static str),
    /// Another kind of use, another challenge, another page, or a page inside of another's.
    #[error("the passkey was used on another page, for another request, or for something else")]
    ClientData,
    /// For another relying party.
    #[error("the passkey is for another site")]
    Party,
    /// Nobody touched the authenticator.
    #[error("nobody was there when the passkey was used")]
    NotPresent,
    /// Nobody showed who they are.
    #[error("the authenticator didn't verify who used the passkey; use one with a PIN or a fingerprint")]
    NotVerified,
    /// An algorithm that isn't asked for.
    #[error("the passkey is for another algorithm than ES256 and EdDSA")]
    Algorithm,
    /// An attestation, where none is asked for.
    #[error("the passkey comes with an attestation; ask for none")]
    Attestation,
    /// Not this passkey.
    #[error("this is another passkey")]
    Unknown,
    /// It counts backwards: there are two of it.
    #[error("the passkey was used more often elsewhere: there may be a copy of it")]
    Copied,
    /// The signature isn't by it.
    #[error("the signature isn't by this passkey")]
    Signature,
}

impl Passkey {
    /// Takes a new passkey (section 7.1) that was made for this challenge. No attestation is asked for: what made the
    /// passkey isn't known.
    ///
    /// # Errors
    /// [`PasskeyError`].
    pub fn register(
        registration: &PasskeyRegistration,
        challenge: &[u8; 32],
        party: &RelyingParty,
    ) -> Result<Self, PasskeyError> {
        client_data::check(&registration.client_data, Ceremony::Create, challenge, party)?;
        let data = attested(&registration.attestation)?;
        let data = AuthenticatorData::parse(data, Ceremony::Create)?;
        data.check(party)?;
        let made = data.made.ok_or(PasskeyError::Form("there is no passkey in it"))?;
        if made.id.is_empty() || made.id.len() > MAX_ID {
            return Err(PasskeyError::Form("a passkey's id has 1 to 1,023 bytes"));
        }
        Ok(Self { id: made.id.to_vec(), key: made.key, count: data.count, party: party.clone() })
    }

    /// Whether the passkey was used for this challenge (section 7.2), by somebody who was there and was verified. Remembers
    /// how often it was used.
    ///
    /// # Errors
    /// [`PasskeyError`], with nothing changed.
    pub fn check(&mut self, assertion: &PasskeyAssertion, challenge: &[u8; 32]) -> Result<(), PasskeyError> {
        if assertion.id != self.id {
            return Err(PasskeyError::Unknown);
        }
        client_data::check(&assertion.client_data, Ceremony::Get, challenge, &self.party)?;
        let data = AuthenticatorData::parse(&assertion.authenticator_data, Ceremony::Get)?;
        data.check(&self.party)?;
        let client_data = Sha256::digest(&assertion.client_data);
        let signed = [&assertion.authenticator_data[..], &client_data].concat();
        self.key.verify(&signed, &assertion.signature)?;
        if (data.count, self.count) != (0, 0) && data.count <= self.count {
            return Err(PasskeyError::Copied);
        }
        self.count = data.count;
        Ok(())
    }

    /// What a passkey is to be made for by the session with this key, in a request that names this challenge for its nonce.
    #[must_use]
    pub fn challenge_of_session(key: KeyId, nonce: u64) -> [u8; 32] {
        let kind = Sha256::new().chain_update(b"mintage/1/passkey");
        kind.chain_update(key.to_string()).chain_update(nonce.to_be_bytes()).finalize().into()
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> KeyId {
        KeyId::of("passkey", &self.id)
    }

    /// The site that it is for.
    #[must_use]
    pub fn party(&self) -> &RelyingParty {
        &self.party
    }

    /// The authenticator's name for it: what `allowCredentials` names.
    #[must_use]
    pub fn id(&self) -> &[u8] {
        &self.id
    }

    /// How it signs.
    #[must_use]
    pub fn algorithm(&self) -> PasskeyAlgorithm {
        self.key.algorithm()
    }
}

/// The authenticator data in an attestation object of format none (sections 6.5.4 and 8.7).
fn attested(object: &[u8]) -> Result<&[u8], PasskeyError> {
    let mut decoder = Decoder::new(object);
    let read = (|| {
        let mut data = None;
        let mut is_none = false;
        if decoder.map()? != Some(3) {
            return Err(decode::Error::message("three members"));
        }
        for _ in 0..3 {
            match decoder.str()? {
                "fmt" => is_none = decoder.str()? == "none",
                "authData" => data = Some(decoder.bytes()?),
                // What another format states is passed over: that there is one is all that is told of it.
                "attStmt" => decoder.skip()?,
                _ => return Err(decode::Error::message("another member")),
            }
        }
        Ok((data, is_none))
    })();
    match read {
        Ok((Some(data), true)) if decoder.position() == object.len() => Ok(data),
        Ok((Some(_), false)) => Err(PasskeyError::Attestation),
        _ => Err(PasskeyError::Form("it is no attestation object")),
    }
}

impl fmt::Debug for Passkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Passkey({:?} for {})", self.algorithm(), self.party.id())
    }
}
