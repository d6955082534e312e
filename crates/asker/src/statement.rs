//! What is signed: a request that changes value, as the signature base of RFC 9421, section 2.5.

use std::borrow::Cow;
use std::fmt::Write;

use minicbor::{Decode, Encode};
use sfv::{ItemSerializer, StringRef};

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
    path: String,
    query: &'a str,
    content: ContentDigest,
    idempotency_key: &'a str,
}

impl<'a> Statement<'a> {
    /// Issue, or reserve, what the content lists, from an account. The query is without its question mark, empty if there
    /// is none; the key is what `Idempotency-Key` says, without quotes.
    #[must_use]
    pub fn batch(account: &str, query: &'a str, idempotency_key: &'a str, content: ContentDigest) -> Self {
        Self { path: format!("/v1/accounts/{account}/batches"), query, content, idempotency_key }
    }

    /// Issue what was reserved with a content of this digest.
    #[must_use]
    pub fn draw(account: &str, reservation: u64, idempotency_key: &'a str, reserved: ContentDigest) -> Self {
        Self {
            path: format!("/v1/accounts/{account}/reservations/{reservation}/draw"),
            query: "",
            content: ContentDigest::of(reserved.drawing().as_bytes()),
            idempotency_key,
        }
    }

    /// The signature base under these parameters.
    pub(crate) fn base(&self, params: &Params) -> String {
        let mut base = String::with_capacity(512);
        for component in params.components() {
            // writing to memory doesn't fail
            let _ = writeln!(base, "\"{}\": {}", component.name(), self.value(*component));
        }
        base.push_str("\"@signature-params\": ");
        params.write(&mut base);
        base
    }

    fn value(&self, component: Component) -> Cow<'_, str> {
        match component {
            Component::Method => "POST".into(),
            Component::Path => self.path.as_str().into(),
            Component::Query => format!("?{}", self.query).into(),
            Component::ContentDigest => self.content.to_string().into(),
            Component::IdempotencyKey => quoted(self.idempotency_key).into(),
        }
    }
}

/// The key as a structured field's string. A key that none can be covers what no request says.
fn quoted(key: &str) -> String {
    StringRef::from_str(key).map(|key| ItemSerializer::new().bare_item(key).finish()).unwrap_or_default()
}
