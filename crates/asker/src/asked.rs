//! A batch as it was asked for, with its proof: what is reserved, kept, and carried to where it is checked.

use indicia::{ItemList, ListError};
use minicbor::bytes::ByteSlice;
use minicbor::{Decode, Encode};

use crate::content_digest::ContentDigest;
use crate::content_form::ContentForm;
use crate::encoding::is_encoding_of;
use crate::error::ProofError;
use crate::proof::Proof;
use crate::statement::Statement;

/// A request for a batch: everything that was signed follows from it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Asked<'a> {
    /// The request's query, without its question mark: [`crate::BatchOptions`].
    #[b(0)]
    pub query: &'a str,
    /// The items, as [`ItemList::encode`] writes them.
    #[b(1)]
    pub items: &'a ByteSlice,
    /// Who asks for it.
    #[n(2)]
    pub proof: Proof,
    /// In which form the items were the request's content.
    #[n(3)]
    pub form: ContentForm,
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

    /// The digest of the request's content, which is made again where that wasn't what is kept.
    ///
    /// # Errors
    /// [`ListError`] where it would have to be, and the items can't be read.
    pub fn content_digest(&self) -> Result<ContentDigest, ListError> {
        match self.form {
            ContentForm::Cbor => Ok(ContentDigest::of(self.items)),
            ContentForm::Json => Ok(ContentDigest::of_json(&ItemList::decode(self.items)?)),
        }
    }

    /// What the proof is to be of, in this account and under this idempotency key.
    ///
    /// # Errors
    /// As [`Asked::content_digest`].
    pub fn statement<'s>(
        &'s self,
        account: &'s str,
        idempotency_key: &'s str,
    ) -> Result<Statement<'s>, ListError> {
        Ok(Statement::batch(account, self.query, idempotency_key, self.content_digest()?))
    }

    /// What another proof is to be of, if this was held as a reservation and is to be issued now.
    ///
    /// # Errors
    /// As [`Asked::content_digest`].
    pub fn draw_statement<'s>(
        &self,
        account: &'s str,
        reservation: u64,
        idempotency_key: &'s str,
    ) -> Result<Statement<'s>, ListError> {
        Ok(Statement::draw(account, reservation, idempotency_key, self.content_digest()?))
    }
}

#[cfg(test)]
mod tests {
    use indicia::{Amount, Item, Kind, ProofForm, Template};

    use super::*;
    use crate::Secret;

    fn items() -> Vec<u8> {
        let euro = "EUR/2".parse().expect("a denomination");
        let item = Item::new(Template::for_kind(Kind::Ticket), Amount::saturating(125, euro));
        ItemList::encode(ProofForm::Signature, euro, &[item])
    }

    fn asked(items: &[u8], form: ContentForm) -> Asked<'_> {
        let statement = Statement::batch("a", "", "key", ContentDigest::of(items));
        let proof = Proof::sign(&Secret::hmac([7; 32]), &statement, 1_800_000_000, 1);
        Asked { query: "", items: items.into(), proof, form }
    }

    #[test]
    fn what_was_kept_before_there_were_forms_is_read() {
        let items = items();
        let asked = asked(&items, ContentForm::Cbor);
        let mut old = vec![0x83];
        minicbor::encode((asked.query, asked.items), &mut old).expect("memory");
        old.remove(1); // it was no array of its own
        minicbor::encode(&asked.proof, &mut old).expect("memory");
        assert_eq!(asked.encode(), old, "and is written as it was");
        assert_eq!(Asked::decode(&old), Ok(asked));
    }

    #[test]
    fn the_form_is_said_in_one_way() {
        let items = items();
        let json = asked(&items, ContentForm::Json).encode();
        assert_eq!(Asked::decode(&json).expect("a request").form, ContentForm::Json);
        let four = |last: &[u8]| [&json[..json.len() - 1], last].concat();
        assert_eq!(four(&[1]), json);
        for last in [&[0xf6][..], &[0xf7], &[0], &[2], &[0x18, 1], &[0x20], &[0x60], &[1, 0]] {
            assert!(Asked::decode(&four(last)).is_err(), "{last:x?}");
        }
    }

    #[test]
    fn what_is_digested_is_what_was_sent() {
        let items = items();
        let text =
            r#"{"denomination":"EUR/2","items":[{"amount":"1.25","template":"ticket"}],"proof":"signature"}"#;
        assert_eq!(asked(&items, ContentForm::Cbor).content_digest(), Ok(ContentDigest::of(&items)));
        let of_json = ContentDigest::of(text.as_bytes());
        assert_eq!(asked(&items, ContentForm::Json).content_digest(), Ok(of_json));
        assert!(asked(b"no items", ContentForm::Json).content_digest().is_err());
    }
}
