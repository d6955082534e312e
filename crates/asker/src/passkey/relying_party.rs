//! The site that passkeys are for.

use minicbor::{Decode, Encode};

/// The site that passkeys are for, and the one page address at it that they are used on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RelyingParty {
    #[n(0)]
    id: String,
    #[n(1)]
    origin: String,
}

impl RelyingParty {
    /// From an origin, such as `https://tickets.example` or, for trials, `http://localhost:8080`: the site is its host. Nothing if
    /// it is no such origin; browsers have passkeys nowhere else.
    #[must_use]
    pub fn new(origin: &str) -> Option<Self> {
        let (scheme, rest) = origin.split_once("://")?;
        let (host, port) = rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port)));
        let is_host = !host.is_empty()
            && host
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte));
        let is_port =
            port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number.to_string() == port));
        let is_safe = scheme == "https" || (scheme == "http" && host == "localhost");
        (is_host && is_port && is_safe).then(|| Self { id: host.to_owned(), origin: origin.to_owned() })
    }

    /// Its id: the host.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The origin of its pages.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

#[cfg(test)]
mod tests {
    use super::RelyingParty;

    #[test]
    fn only_what_a_browser_calls_an_origin_is_one() {
        for (origin, id) in [
            ("https://tickets.example", "tickets.example"),
            ("https://tickets.example:8443", "tickets.example"),
            ("http://localhost:8080", "localhost"),
        ] {
            let party = RelyingParty::new(origin).unwrap();
            assert_eq!((party.id(), party.origin()), (id, origin));
        }
        for other in [
            "",
            "tickets.example",
            "http://tickets.example",
            "https://",
            "https://tickets.example/",
            "https://Tickets.example",
            "https://tickets.example:",
            "https://tickets.example:0443",
            "https://tickets.example:99999",
            "https://a\"b",
            "https://user@tickets.example",
        ] {
            assert_eq!(RelyingParty::new(other), None, "{other}");
        }
    }
}
