//! A batch as it was asked for, with its proof: what is reserved, kept, and carried to where it is checked.

use minicbor::bytes::ByteSlice;
use minicbor::{Decode, Encode};

use crate::content_digest::ContentDigest;
use crate::encoding::is_encoding_of;
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
    /// Who asks for it.
    #[n(2)]
    pub proof: Proof,
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
        if is_encoding_of(bytes, &asked) {
            Ok(asked)
        } else {
            Err(ProofError::Encoding("it isn't in its one encoding".into()))
        }
    }

    /// What the proof is to be of, in this account and under this idempotency key.
    #[must_use]
    pub fn statement<'s>(&'s self, account: &'s str, idempotency_key: &'s str) -> Statement<'s> {
        Statement::batch(account, self.query, idempotency_key, ContentDigest::of(self.items))
    }

    /// What another proof is to be of, if this was held as a reservation and is to be issued now.
    #[must_use]
    pub fn draw_statement<'s>(
        &self,
        account: &'s str,
        reservation: u64,
        idempotency_key: &'s str,
    ) -> Statement<'s> {
        Statement::draw(account, reservation, idempotency_key, ContentDigest::of(self.items))
    }
}
