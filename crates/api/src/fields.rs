//! The fields of requests that are signed (RFC 9421), and what all of them have.

use asker::{ContentDigest, IdempotencyKey, IdempotencyKeyError, Params, Proof};
use axum::http::HeaderMap;
use sfv::{BareItem, Item, Parser};

use crate::kind::Kind;
use crate::problem::Problem;

/// What `Idempotency-Key` says.
///
/// # Errors
/// A [`Problem`] where it is missing, no string in quotes, or no key.
pub fn idempotency_key(headers: &HeaderMap) -> Result<IdempotencyKey, Problem> {
    let Some(text) = one(headers, "idempotency-key")? else {
        let detail = "the request needs an Idempotency-Key, a string in quotes";
        return Err(Problem::new(Kind::KeyMissing, detail));
    };
    let malformed = |reason: String| Problem::new(Kind::KeyMalformed, reason);
    let item: Item = Parser::new(text)
        .parse()
        .map_err(|error| malformed(format!("Idempotency-Key is no string in quotes: {error}")))?;
    let BareItem::String(key) = &item.bare_item else {
        return Err(malformed("Idempotency-Key is no string in quotes".into()));
    };
    if !item.params.is_empty() {
        return Err(malformed("Idempotency-Key has parameters, and takes none".into()));
    }
    key.as_str().parse().map_err(|error: IdempotencyKeyError| malformed(error.to_string()))
}

/// Whether `Content-Digest` is that of the content that came.
///
/// # Errors
/// A [`Problem`] where it isn't, or is missing.
pub fn check_digest(headers: &HeaderMap, content: &ContentDigest) -> Result<(), Problem> {
    let said = one(headers, "content-digest")?.ok_or_else(|| missing("Content-Digest"))?;
    if said == content.to_string() {
        return Ok(());
    }
    let detail = "Content-Digest isn't sha-256=:…: of the content that came; nothing was done";
    Err(Problem::new(Kind::ContentDigest, detail))
}

/// The one signature of `Signature-Input` and `Signature`. What it proves is for others to say.
///
/// # Errors
/// A [`Problem`] where there is none, or it can't be read.
pub fn proof(headers: &HeaderMap) -> Result<Proof, Problem> {
    let input = one(headers, "signature-input")?.ok_or_else(|| missing("Signature-Input"))?;
    let signature = one(headers, "signature")?.ok_or_else(|| missing("Signature"))?;
    let malformed = |reason: String| Problem::new(Kind::SignatureMalformed, reason);
    let one_label = || malformed("Signature-Input and Signature are to have one and the same label".into());
    let (label, params) = input.split_once('=').ok_or_else(one_label)?;
    let (same, signature) = signature.split_once('=').ok_or_else(one_label)?;
    if label != same || sfv::KeyRef::from_str(label).is_err() {
        return Err(one_label());
    }
    let params = Params::parse(params).map_err(|error| malformed(error.to_string()))?;
    let item: Result<Item, _> = Parser::new(signature).parse();
    match item {
        Ok(Item { bare_item: BareItem::ByteSequence(signature), params: none }) if none.is_empty() => {
            let too_long = || malformed("Signature has more bytes than any signature".into());
            let signature = asker::Signature::new(&signature).ok_or_else(too_long)?;
            Ok(Proof { params, signature, passkey: None })
        }
        _ => Err(malformed("Signature is no sequence of bytes (:base64:)".into())),
    }
}

/// The text of a field that comes once at most.
///
/// # Errors
/// A [`Problem`] where it comes twice, or isn't ASCII.
pub fn one<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, Problem> {
    let mut all = headers.get_all(name).iter();
    let Some(value) = all.next() else { return Ok(None) };
    let malformed = |what: &str| Problem::new(Kind::Malformed, format!("the field {name} {what}"));
    if all.next().is_some() {
        return Err(malformed("comes twice"));
    }
    value.to_str().map(Some).map_err(|_| malformed("isn't ASCII"))
}

/// That a signed request lacks a field.
#[must_use]
pub fn missing(field: &str) -> Problem {
    Problem::new(Kind::SignatureMissing, format!("the request has no {field}"))
}
