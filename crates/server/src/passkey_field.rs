//! The field by which a person agrees to a request with a passkey, beside its signature. It is read and handed on: whether the
//! passkey agrees is the module's to say.

use asker::PasskeyAssertion;
use axum::http::HeaderMap;
use sfv::{BareItem, Dictionary, Item, ListEntry, Parser};

use crate::problem::{Kind, Problem};

/// Its name.
pub(crate) const NAME: &str = "mintage-passkey";
/// Longest value in bytes: four times what usual passkeys make.
const MOST: usize = 4 * 1024;

/// What the field says, if it is there.
pub(crate) fn read(headers: &HeaderMap) -> Result<Option<Box<PasskeyAssertion>>, Problem> {
    let malformed = |what: &str| Problem::new(Kind::Malformed, format!("Mintage-Passkey {what}"));
    let mut all = headers.get_all(NAME).iter();
    let Some(value) = all.next() else { return Ok(None) };
    if all.next().is_some() {
        return Err(malformed("comes twice"));
    }
    if value.len() > MOST {
        return Err(malformed("is longer than any"));
    }
    let parsed: Result<Dictionary, _> = Parser::new(value.as_bytes()).parse();
    let mut parts = parsed.map_err(|error| malformed(&format!("can't be read: {error}")))?;
    let mut part = |name: &str| match parts.swap_remove(name) {
        Some(ListEntry::Item(Item { bare_item: BareItem::ByteSequence(bytes), params }))
            if params.is_empty() =>
        {
            Ok(bytes)
        }
        _ => Err(malformed(&format!("has no {name} of bytes (:base64:)"))),
    };
    let assertion = PasskeyAssertion {
        id: part("id")?,
        client_data: part("client-data")?,
        authenticator_data: part("authenticator-data")?,
        signature: part("signature")?,
    };
    if parts.is_empty() {
        Ok(Some(Box::new(assertion)))
    } else {
        Err(malformed("has more than id, client-data, authenticator-data and signature"))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const GOOD: &str = "id=:AQ==:, client-data=:Ag==:, authenticator-data=:Aw==:, signature=:BA==:";

    fn of(values: &[&str]) -> Result<Option<Box<PasskeyAssertion>>, Problem> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(NAME, HeaderValue::from_str(value).expect("a value"));
        }
        read(&headers)
    }

    #[test]
    fn four_parts_are_read_and_nothing_else_is() {
        assert_eq!(of(&[]).expect("none"), None);
        let read = of(&[GOOD]).expect("good").expect("one");
        let parts = [&read.id, &read.client_data, &read.authenticator_data, &read.signature];
        assert_eq!(parts, [&[1], &[2], &[3], &[4]]);
        let long = GOOD.replace(":Ag==:", &format!(":{}:", "A".repeat(MOST)));
        let bad = [
            "",
            "x",
            &GOOD.replace("id=", "name="),
            &GOOD.replace(", signature=:BA==:", ""),
            &GOOD.replace(":BA==:", "\"BA==\""),
            &GOOD.replace(":BA==:", ":BA==:;x"),
            &GOOD.replace(":BA==:", "(:BA==:)"),
            &format!("{GOOD}, more=:BA==:"),
            &long,
        ];
        for bad in bad {
            assert!(of(&[bad]).is_err(), "{bad}");
        }
        assert!(of(&[GOOD, GOOD]).is_err());
    }
}
