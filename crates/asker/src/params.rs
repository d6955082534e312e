//! The parameters of a signature: what it covers, when it was made, by which key (RFC 9421, section 2.3).

use std::mem::discriminant;

use arrayvec::ArrayVec;
use itoa::Buffer;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use sfv::{BareItem, FieldType, Item, ItemSerializer, List, ListEntry, Parser, StringRef, string_ref};

use crate::credential::{Algorithm, KeyId};
use crate::error::ProofError;
use crate::statement::Component;

/// How far the clocks of an asker and of whoever checks may differ, in seconds.
const CLOCK_SKEW: u64 = 300;
/// How old a signature may be when it is checked, in seconds: a day, since a request may wait for value.
const MAX_AGE: u64 = 86_400;
/// Greatest integer of a structured field (RFC 9651, section 3.3.1).
const MAX_INTEGER: u64 = 999_999_999_999_999;
/// Most characters of a tag.
const MAX_TAG: usize = 64;
/// Why a parameter is there.
const REQUIRED: &str = "no parameters are made without it";

/// What a signature says of itself.
///
/// It keeps the order of everything, so that it makes the text again that was signed: who checks it need not parse any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params(Said);

/// Everything in the asker's order: an array of two arrays.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    components: ArrayVec<Component, { Component::ALL.len() }>,
    params: ArrayVec<Param, KINDS>,
}

/// As many kinds of parameters as there are.
const KINDS: usize = 6;

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
enum Param {
    #[n(0)]
    Created(#[n(0)] u64),
    #[n(1)]
    Expires(#[n(0)] u64),
    #[n(2)]
    Key(#[n(0)] KeyId),
    #[n(3)]
    Nonce(#[n(0)] u64),
    #[n(4)]
    Algorithm(#[n(0)] Algorithm),
    #[n(5)]
    Tag(#[n(0)] String),
}

impl Params {
    /// Parameters of a signature over a whole request.
    pub(crate) fn new(key: KeyId, algorithm: Algorithm, created: u64, nonce: u64) -> Self {
        let params = [
            Param::Created(created.min(MAX_INTEGER)),
            Param::Key(key),
            Param::Nonce(nonce),
            Param::Algorithm(algorithm),
        ];
        Self(Said { components: Component::ALL.into(), params: params.into_iter().collect() })
    }

    /// Reads the value of `@signature-params`: a label's member of a `Signature-Input` field, serialised strictly.
    ///
    /// # Errors
    /// [`ProofError::Params`], [`ProofError::UnknownComponent`] and [`ProofError::NotCovered`].
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        let list: List = Parser::new(text).parse().map_err(|error| ProofError::Params(error.to_string()))?;
        let [ListEntry::InnerList(list)] = list.as_slice() else {
            return Err(ProofError::Params("they are no inner list".into()));
        };
        let twice = |_| ProofError::Params("something is covered twice".into());
        let (mut components, mut params) = (ArrayVec::new(), ArrayVec::new());
        for item in &list.items {
            components.try_push(component(item)?).map_err(twice)?;
        }
        for (name, value) in &list.params {
            // every name has a kind of its own, and a structured field has no name twice
            params.push(param(name.as_str(), value)?);
        }
        let params = Self::check(Said { components, params })?;
        // The signature is over the strict form, so that any other would only fail later and with less of a reason.
        if params.to_text() == text {
            Ok(params)
        } else {
            Err(ProofError::Params("they aren't in their one strict form".into()))
        }
    }

    /// Whether everything is there, once, and nothing is that no text can say.
    fn check(said: Said) -> Result<Self, ProofError> {
        let wrong = |what: &str| ProofError::Params(what.to_owned());
        let covers = |component: &Component| said.components.contains(component);
        if let Some(missing) = Component::ALL.iter().find(|component| !covers(component)) {
            return Err(ProofError::NotCovered(missing.name()));
        }
        for (place, param) in said.params.iter().enumerate() {
            let is_same = |other: &Param| discriminant(other) == discriminant(param);
            if said.params[..place].iter().any(is_same) {
                return Err(wrong("a parameter comes twice"));
            }
            match param {
                Param::Tag(tag) if tag.len() > MAX_TAG || StringRef::from_str(tag).is_err() => {
                    return Err(wrong("tag is to be at most 64 printable ASCII characters"));
                }
                Param::Created(time) | Param::Expires(time) if *time > MAX_INTEGER => {
                    return Err(wrong("no such time"));
                }
                _ => {}
            }
        }
        let has = |is_it: fn(&Param) -> bool| said.params.iter().any(is_it);
        if !has(|param| matches!(param, Param::Created(_))) {
            return Err(wrong("created is missing"));
        }
        if !has(|param| matches!(param, Param::Key(_))) {
            return Err(wrong("keyid is missing"));
        }
        if !has(|param| matches!(param, Param::Nonce(_))) {
            return Err(wrong("nonce is missing"));
        }
        Ok(Self(said))
    }

    /// When the signature was made, in seconds since 1970.
    #[must_use]
    pub fn created(&self) -> u64 {
        self.find(|param| if let Param::Created(time) = param { Some(*time) } else { None }).expect(REQUIRED)
    }

    /// When it ends to be good, in seconds since 1970.
    #[must_use]
    pub fn expires(&self) -> Option<u64> {
        self.find(|param| if let Param::Expires(time) = param { Some(*time) } else { None })
    }

    /// Which key made it.
    #[must_use]
    pub fn key(&self) -> KeyId {
        self.find(|param| if let Param::Key(id) = param { Some(*id) } else { None }).expect(REQUIRED)
    }

    /// A number that the key never used before; roughly, they grow.
    #[must_use]
    pub fn nonce(&self) -> u64 {
        self.find(|param| if let Param::Nonce(number) = param { Some(*number) } else { None })
            .expect(REQUIRED)
    }

    /// By which algorithm, if that is said.
    #[must_use]
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.find(|param| if let Param::Algorithm(name) = param { Some(*name) } else { None })
    }

    fn find<T>(&self, value: impl Fn(&Param) -> Option<T>) -> Option<T> {
        self.0.params.iter().find_map(value)
    }

    pub(crate) fn components(&self) -> &[Component] {
        &self.0.components
    }

    /// Whether a request that is carried out at this time, in seconds since 1970, may rest on this signature.
    ///
    /// # Errors
    /// [`ProofError::Time`].
    pub fn check_time(&self, at: u64) -> Result<(), ProofError> {
        let created = self.created();
        if created > at.saturating_add(CLOCK_SKEW) {
            return Err(ProofError::Time(format!(
                "the signature was made at {created}, and it is only {at}"
            )));
        }
        if at > created.saturating_add(MAX_AGE) {
            let reason = format!("the signature was made at {created}, more than a day before {at}");
            return Err(ProofError::Time(reason));
        }
        match self.expires() {
            Some(expires) if at > expires => {
                Err(ProofError::Time(format!("the signature expired at {expires}, and it is {at}")))
            }
            _ => Ok(()),
        }
    }

    /// The text that [`Params::parse`] reads.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::with_capacity(192);
        self.write(&mut text);
        text
    }

    /// Appends the text. Names, numbers and hexadecimal digits are what they are in a structured field; a tag may not be.
    pub(crate) fn write(&self, text: &mut String) {
        let mut before = '(';
        for component in &self.0.components {
            text.push(before);
            text.push('"');
            text.push_str(component.name());
            text.push('"');
            before = ' ';
        }
        text.push(')');
        for param in &self.0.params {
            match param {
                Param::Created(time) => append(text, ";created=", Buffer::new().format(*time), ""),
                Param::Expires(time) => append(text, ";expires=", Buffer::new().format(*time), ""),
                Param::Key(id) => append(text, ";keyid=\"", &id.to_string(), "\""),
                Param::Nonce(number) => append(text, ";nonce=\"", Buffer::new().format(*number), "\""),
                Param::Algorithm(algorithm) => append(text, ";alg=\"", algorithm.name(), "\""),
                Param::Tag(tag) => {
                    text.push_str(";tag=");
                    let _ = ItemSerializer::with_buffer(text).bare_item(string_ref(tag)).finish();
                }
            }
        }
    }
}

fn append(text: &mut String, before: &str, value: &str, after: &str) {
    text.push_str(before);
    text.push_str(value);
    text.push_str(after);
}

fn component(item: &Item) -> Result<Component, ProofError> {
    let name = item.bare_item.as_string().filter(|_| item.params.is_empty());
    let known = name.and_then(|name| Component::ALL.into_iter().find(|one| one.name() == name.as_str()));
    known.ok_or_else(|| ProofError::UnknownComponent(item.serialize()))
}

fn param(name: &str, value: &BareItem) -> Result<Param, ProofError> {
    let wrong = |what: &str| ProofError::Params(format!("{name} {what}"));
    let seconds = || value.as_integer().and_then(|time| u64::try_from(time).ok());
    let text = || value.as_string().map(StringRef::as_str);
    let time = || seconds().ok_or_else(|| wrong("is to be a number of seconds since 1970"));
    match name {
        "created" => Ok(Param::Created(time()?)),
        "expires" => Ok(Param::Expires(time()?)),
        "keyid" => {
            let id = text().and_then(|text| text.parse().ok());
            Ok(Param::Key(id.ok_or_else(|| wrong("is to be a string of 16 hexadecimal digits"))?))
        }
        "nonce" => {
            let number = text().and_then(|text| text.parse().ok());
            Ok(Param::Nonce(number.ok_or_else(|| wrong("is to be a string of a number below 2^64"))?))
        }
        "alg" => {
            let algorithm = text().and_then(Algorithm::of);
            Ok(Param::Algorithm(algorithm.ok_or_else(|| wrong("is to be hmac-sha256 or ed25519"))?))
        }
        "tag" => Ok(Param::Tag(text().ok_or_else(|| wrong("is to be a string"))?.to_owned())),
        _ => Err(wrong("isn't expected")),
    }
}

impl<C> Encode<C> for Params {
    fn encode<W: encode::Write>(
        &self,
        encoder: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        let Said { components, params } = &self.0;
        encoder.array(2)?.array(components.len() as u64)?;
        components.iter().try_for_each(|component| component.encode(encoder, context))?;
        encoder.array(params.len() as u64)?;
        params.iter().try_for_each(|param| param.encode(encoder, context))
    }
}

impl<'b, C> Decode<'b, C> for Params {
    fn decode(decoder: &mut Decoder<'b>, context: &mut C) -> Result<Self, decode::Error> {
        if decoder.array()? != Some(2) {
            return Err(decode::Error::message("a signature's parameters are two arrays"));
        }
        let said = Said { components: array(decoder, context)?, params: array(decoder, context)? };
        Self::check(said).map_err(decode::Error::message)
    }
}

/// An array of so many at most.
fn array<'b, C, T: Decode<'b, C>, const MOST: usize>(
    decoder: &mut Decoder<'b>,
    context: &mut C,
) -> Result<ArrayVec<T, MOST>, decode::Error> {
    let too_many = || decode::Error::message("a signature has fewer components and parameters");
    let count = decoder.array()?.filter(|count| *count <= MOST as u64).ok_or_else(too_many)?;
    (0..count).map(|_| T::decode(decoder, context)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"("@method" "@path" "@query" "content-digest" "idempotency-key");created=1800000000;keyid="0123456789abcdef";nonce="7";alg="ed25519""#;

    #[test]
    fn what_is_written_is_read() {
        let params = Params::parse(GOOD).unwrap();
        assert_eq!((params.created(), params.nonce(), params.expires()), (1_800_000_000, 7, None));
        assert_eq!(
            (params.key().to_string().as_str(), params.to_text().as_str()),
            ("0123456789abcdef", GOOD)
        );
    }

    #[test]
    fn the_order_is_the_askers() {
        let other = r#"("content-digest" "idempotency-key" "@query" "@path" "@method");keyid="0123456789abcdef";nonce="18446744073709551615";expires=9;created=1;tag="x""#;
        let params = Params::parse(other).unwrap();
        assert_eq!((params.created(), params.nonce(), params.expires()), (1, u64::MAX, Some(9)));
        assert_eq!(params.components()[0], Component::ContentDigest);
        assert_eq!(params.to_text(), other);
        assert_eq!(minicbor::decode::<Params>(&minicbor::to_vec(&params).unwrap()).unwrap(), params);
    }

    #[test]
    fn anything_else_is_refused_for_what_it_is() {
        let but = |this: &str, that: &str| {
            assert!(GOOD.contains(this), "{this}");
            Params::parse(&GOOD.replacen(this, that, 1)).unwrap_err()
        };
        assert_eq!(but(r#" "@path""#, ""), ProofError::NotCovered("@path"));
        assert_eq!(but(r#" "@query""#, ""), ProofError::NotCovered("@query"));
        assert_eq!(but(r#"("@method""#, "("), ProofError::NotCovered("@method"));
        assert_eq!(but(r#""@path""#, r#""@path" "date""#), ProofError::UnknownComponent(r#""date""#.into()));
        assert_eq!(
            but(r#""@path""#, r#""@path";req"#),
            ProofError::UnknownComponent(r#""@path";req"#.into())
        );
        assert_eq!(but(r#""@path""#, "path"), ProofError::UnknownComponent("path".into()));
        let unreadable = [
            (";created=1800000000", ""),
            ("created=1800000000", "created=-1"),
            ("created=1800000000", r#"created="1800000000""#),
            ("created=1800000000", "created=1.5"),
            (";created=1800000000", ";created=1;created=1800000000"),
            (r#""@path""#, r#""@path" "@path""#),
            (r#"alg="ed25519""#, r#"alg="rsa-pss-sha512""#),
            (r#";alg="ed25519""#, r#";alg="ed25519";tag=x"#),
            (r#"keyid="0123456789abcdef""#, r#"keyid="0123456789ABCDEF""#),
            (r#";keyid="0123456789abcdef""#, ""),
            (r#"nonce="7""#, r#"nonce="07""#),
            (r#"nonce="7""#, r#"nonce="+7""#),
            (r#"nonce="7""#, "nonce=7"),
            (r#"nonce="7""#, r#"nonce="18446744073709551616""#),
            (r#"nonce="7""#, r#"nonce="7";extra"#),
            (r#"("@method""#, r#"( "@method""#),
            (r#";alg="#, r#"; alg="#),
            ("(", "1, ("),
            (")", ""),
        ];
        for (this, that) in unreadable {
            assert!(matches!(but(this, that), ProofError::Params(_)), "{this} {that}");
        }
    }

    #[test]
    fn a_signature_is_good_for_a_day_or_as_long_as_it_says() {
        let params = Params::parse(GOOD).unwrap();
        let created = params.created();
        for (at, good) in [
            (created - 300, true),
            (created - 301, false),
            (created + 86_400, true),
            (created + 86_401, false),
        ] {
            assert_eq!(params.check_time(at).is_ok(), good, "{at}");
        }
        let expiring = GOOD.replace(";keyid", &format!(";expires={};keyid", created + 10));
        let params = Params::parse(&expiring).unwrap();
        assert_eq!(params.expires(), Some(created + 10));
        assert!(params.check_time(created + 10).is_ok() && params.check_time(created + 11).is_err());
    }
}
