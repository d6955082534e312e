//! Forms that aren't signed: that one comes from a page of this server, in the browser that it was sent to.
//!
//! They can only sign in and out; but somebody who is signed in to another's account without noticing may tell him things.

use aws_lc_rs::hmac;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::console::cookies::Cookie;
use crate::problem::{Kind, Problem};

/// Makes and checks the marks of forms. Its key is of this run of the server: a page from before is loaded again.
pub(crate) struct Forms(hmac::Key);

impl Forms {
    pub(crate) fn new() -> Self {
        let mut key = [0; 32];
        // Without randomness the server signs nobody in either.
        let _ = aws_lc_rs::rand::fill(&mut key);
        Self(hmac::Key::new(hmac::HMAC_SHA256, &key))
    }

    /// The mark of forms for a browser with this cookie.
    pub(crate) fn mark(&self, cookie: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, cookie.as_bytes()))
    }

    /// Whether a form with this mark is a page's of this server, for the browser whose cookie comes along.
    pub(crate) fn check(&self, headers: &HeaderMap, cookie: Cookie, mark: &str) -> Result<(), Problem> {
        let refused = |detail: &'static str| Err(Problem::new(Kind::ForeignForm, detail));
        if !is_of_this_site(headers) {
            return refused("the form comes from another site; nothing was done");
        }
        let given = URL_SAFE_NO_PAD.decode(mark).unwrap_or_default();
        let cookie = cookie.of(headers).unwrap_or_default();
        if cookie.is_empty() || hmac::verify(&self.0, cookie.as_bytes(), &given).is_err() {
            return refused(
                "the form isn't from a page that this browser was sent lately; load the page again",
            );
        }
        Ok(())
    }
}

/// What the browser says of where a request comes from: by Fetch Metadata, or by the origin where it doesn't know that.
fn is_of_this_site(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text(header::ORIGIN.as_str()), text(header::HOST.as_str())) {
        (Some(site), ..) => site == "same-origin",
        (None, Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, from)| from == host),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let field = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        fields.iter().map(field).collect()
    }

    #[test]
    fn a_form_counts_in_its_own_browser_from_this_site_only() {
        let forms = Forms::new();
        let mark = forms.mark("c");
        let good = [("cookie", "mintage=c"), ("sec-fetch-site", "same-origin")];
        assert!(forms.check(&headers(&good), Cookie::Token, &mark).is_ok());
        let by_origin = [("cookie", "mintage=c"), ("origin", "https://a.example"), ("host", "a.example")];
        assert!(forms.check(&headers(&by_origin), Cookie::Token, &mark).is_ok());
        for bad in [
            [("cookie", "mintage=d"), ("sec-fetch-site", "same-origin")],
            [("cookie", "mintage=c"), ("sec-fetch-site", "same-site")],
            [("cookie", "mintage=c"), ("sec-fetch-site", "none")],
            [("cookie", "mintage=c"), ("host", "a.example")],
            [("cookie", "mintage-form=c"), ("sec-fetch-site", "same-origin")],
        ] {
            assert!(forms.check(&headers(&bad), Cookie::Token, &mark).is_err(), "{bad:?}");
        }
        let other = [("cookie", "mintage=c"), ("origin", "https://b.example"), ("host", "a.example")];
        assert!(forms.check(&headers(&other), Cookie::Token, &mark).is_err());
        assert!(Forms::new().check(&headers(&good), Cookie::Token, &mark).is_err(), "another run's");
        assert!(forms.check(&headers(&good), Cookie::Token, "").is_err());
    }
}
