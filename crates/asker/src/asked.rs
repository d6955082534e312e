//! A batch as it was asked for, with its proof: what is reserved, kept, and carried to where it is checked.

use minicbor::bytes::ByteSlice;
use minicbor::{Decode, Encode};

use crate::content_digest::ContentDigest;
use crate::credential::Credential;
use crate::error::ProofError;
use crate::proof::Proof;
use crate::statement::Statement;

/// A request for a batch, word for word.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Asked<'a> {
    /// The request's query, without its question mark: [`crate::BatchOptions`].
    #[b(0)]
    pub query: &'a str,
    /// The request's content: the items.
    #[b(1)]
    pub items: &'a ByteSlice,
    /// Who asks for them now: for the batch, or to draw it.
    #[n(2)]
    pub proof: Proof,
    /// The reservation that the proof draws; none if it asks for the batch itself.
    #[n(3)]
    pub drawn: Option<u64>,
}

impl<'a> Asked<'a> {
    /// The encoding that a reservation keeps.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(160 + self.query.len() + self.items.len());
        minicbor::encode(self, &mut bytes).expect("writing to memory doesn't fail");
        bytes
    }

    /// Reads what was encoded.
    ///
    /// # Errors
    /// [`ProofError::Encoding`], also for a second encoding of the same.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, ProofError> {
        let asked: Self = minicbor::decode(bytes).map_err(|error| ProofError::Encoding(error.to_string()))?;
        if asked.encode() == bytes {
            Ok(asked)
        } else {
            Err(ProofError::Encoding("it isn't in its one encoding".into()))
        }
    }

    /// Whether whoever has this key asks this account for this, under this idempotency key.
    ///
    /// # Errors
    /// See [`Proof::check`].
    pub fn check(
        &self,
        account: &str,
        idempotency_key: &str,
        credential: &Credential,
    ) -> Result<(), ProofError> {
        let items = ContentDigest::of(self.items);
        let statement = match self.drawn {
            None => Statement::batch(account, self.query, idempotency_key, items),
            Some(reservation) => Statement::draw(account, reservation, idempotency_key, items),
        };
        self.proof.check(&statement, credential)
    }
}
