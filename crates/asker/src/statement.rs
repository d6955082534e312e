//! What is signed: a request that changes value, as the signature base of RFC 9421, section 2.5.

use std::borrow::Cow;

use minicbor::{Decode, Encode};
use sfv::{ItemSerializer, StringRef};
use sha2::{Digest, Sha256};

use crate::content_digest::ContentDigest;
use crate::params::Params;

/// A part of a request that every signature covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum Component {
    #[n(0)]
    Method,
    #[n(1)]
    Path,
    #[n(2)]
    Query,
    #[n(3)]
    ContentDigest,
    #[n(4)]
    IdempotencyKey,
}

impl Component {
    pub(crate) const ALL: [Self; 5] =
        [Self::Method, Self::Path, Self::Query, Self::ContentDigest, Self::IdempotencyKey];

    /// Its identifier: of a derived component (RFC 9421, section 2.2) or a field.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Method => "@method",
            Self::Path => "@path",
            Self::Query => "@query",
            Self::ContentDigest => "content-digest",
            Self::IdempotencyKey => "idempotency-key",
        }
    }
}

/// A request that changes value, as far as its asker signs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement<'a> {
    /// Of which account; none for what the operator's staff asks.
    account: Option<&'a str>,
    /// Where below the account's path, or the staff's.
    place: Cow<'a, str>,
    query: &'a str,
    content: ContentDigest,
    idempotency_key: &'a str,
}

impl<'a> Statement<'a> {
    /// Issue, or reserve, what the content lists, from an account. The query is without its question mark, empty if there
    /// is none; the key is what `Idempotency-Key` says, without quotes.
    #[must_use]
    pub fn batch(account: &'a str, query: &'a str, idempotency_key: &'a str, content: ContentDigest) -> Self {
        Self { account: Some(account), place: "batches".into(), query, content, idempotency_key }
    }

    /// Issue what was reserved with a content of this digest.
    #[must_use]
    pub fn draw(
        account: &'a str,
        reservation: u64,
        idempotency_key: &'a str,
        reserved: ContentDigest,
    ) -> Self {
        Self {
            account: Some(account),
            place: format!("reservations/{reservation}/draw").into(),
            query: "",
            content: ContentDigest::of(reserved.drawing().as_bytes()),
            idempotency_key,
        }
    }

    /// Any signed request: this content, posted to a place below an account's path, or the staff's. Whoever checks says what
    /// it expects by [`Statement::batch`], [`crate::Errand`] and others; whoever asks over HTTP says what it sends by this.
    #[must_use]
    pub fn post(
        account: Option<&'a str>,
        place: &'a str,
        query: &'a str,
        idempotency_key: &'a str,
        content: ContentDigest,
    ) -> Self {
        Self { account, place: place.into(), query, content, idempotency_key }
    }

    /// Something below an account's path that isn't a batch; see [`crate::Errand`].
    pub(crate) fn errand(
        account: &'a str,
        place: String,
        idempotency_key: &'a str,
        content: ContentDigest,
    ) -> Self {
        Self { account: Some(account), place: place.into(), query: "", content, idempotency_key }
    }

    /// Something of the operator's staff.
    pub(crate) fn of_staff(place: &'a str, idempotency_key: &'a str, content: ContentDigest) -> Self {
        Self { account: None, place: place.into(), query: "", content, idempotency_key }
    }

    /// What a passkey signs beside a proof with these parameters: SHA-256 of what that signs.
    #[must_use]
    pub fn challenge(&self, params: &Params) -> [u8; 32] {
        let mut base = String::with_capacity(512);
        self.write_base(params, &mut base);
        Sha256::digest(base).into()
    }

    /// Appends the signature base under these parameters. It is written piece by piece: a module does this for every request.
    pub(crate) fn write_base(&self, params: &Params, base: &mut String) {
        for component in params.components() {
            base.push('"');
            base.push_str(component.name());
            base.push_str("\": ");
            self.write_value(*component, base);
            base.push('\n');
        }
        base.push_str("\"@signature-params\": ");
        params.write(base);
    }

    fn write_value(&self, component: Component, base: &mut String) {
        match component {
            Component::Method => base.push_str("POST"),
            Component::Path => {
                match self.account {
                    Some(account) => {
                        base.push_str("/v1/accounts/");
                        base.push_str(account);
                    }
                    None => base.push_str("/v1/staff"),
                }
                base.push('/');
                base.push_str(&self.place);
            }
            Component::Query => {
                base.push('?');
                base.push_str(self.query);
            }
            Component::ContentDigest => self.content.write(base),
            // A key that no structured field's string can be covers what no request says.
            Component::IdempotencyKey => {
                if let Ok(key) = StringRef::from_str(self.idempotency_key) {
                    let _ = ItemSerializer::with_buffer(base).bare_item(key).finish();
                }
            }
        }
    }
}
