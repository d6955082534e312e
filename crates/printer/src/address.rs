//! Where a printer is.

use std::fmt;
use std::str::FromStr;

use ipp::prelude::Uri;
use thiserror::Error;

/// The port that printers have unless they say otherwise (RFC 8011, section 9.2).
const PORT: u16 = 631;

/// A printer's URI: `ipp://HOST[:PORT]/PATH` (RFC 3510), or `ipps:` for TLS from the first byte on (RFC 7472).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    is_secure: bool,
    authority: String,
    path: String,
}

/// Why a text is no printer's URI.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddressError {
    /// Not a URI.
    #[error(
        "{0:?} isn't a URI; a printer's is written ipp://HOST/PATH or ipps://HOST/PATH, mostly with the path ipp/print"
    )]
    Uri(String),
    /// Another protocol.
    #[error("{0:?} begins with neither ipp:// nor ipps://, and other ways to a printer aren't known")]
    Scheme(String),
    /// A name or password in it.
    #[error("a printer's URI has no user and no password in it")]
    User,
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let no_uri = || AddressError::Uri(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| no_uri())?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(no_uri());
        };
        if authority.as_str().contains('@') {
            return Err(AddressError::User);
        }
        let is_secure = match scheme {
            "ipp" => false,
            "ipps" => true,
            _ => return Err(AddressError::Scheme(text.to_owned())),
        };
        let end = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
        let has_good_port = end.strip_prefix(':').map_or(end.is_empty(), |port| port.parse::<u16>().is_ok());
        if authority.host().is_empty() || !has_good_port {
            return Err(no_uri());
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { is_secure, authority: authority.as_str().to_owned(), path })
    }
}

impl Address {
    /// Whether what is sent is encrypted, and who answers is checked.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// Where its requests are posted.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.is_secure { "https" } else { "http" };
        // An IPv6 address has colons of its own, in brackets.
        let has_port = self.authority.rsplit(']').next().is_some_and(|end| end.contains(':'));
        let port = if has_port { String::new() } else { format!(":{PORT}") };
        format!("{scheme}://{}{port}{}", self.authority, self.path)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_secure { "ipps" } else { "ipp" };
        f.pad(&format!("{scheme}://{}{}", self.authority, self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_says_where_requests_are_posted() {
        for (text, url) in [
            ("ipp://printer.example/ipp/print", "http://printer.example:631/ipp/print"),
            ("ipps://printer.example:443/ipp/print?a=b", "https://printer.example:443/ipp/print?a=b"),
            ("ipp://[::1]/", "http://[::1]:631/"),
            ("ipp://[fe80::1]:8631/x", "http://[fe80::1]:8631/x"),
        ] {
            let address: Address = text.parse().expect(text);
            assert_eq!((address.url().as_str(), address.to_string().as_str()), (url, text));
        }
    }

    #[test]
    fn what_is_no_printers_uri_is_refused() {
        for text in ["", "printer", "/ipp/print", "ipp:", "ipp://", "ipp://a b/", "ipp://a:99999/"] {
            assert!(matches!(text.parse::<Address>(), Err(AddressError::Uri(_))), "{text}");
        }
        for text in ["http://printer/", "lpd://printer/queue"] {
            assert!(matches!(text.parse::<Address>(), Err(AddressError::Scheme(_))), "{text}");
        }
        assert_eq!("ipp://me:secret@printer/".parse::<Address>(), Err(AddressError::User));
    }
}
