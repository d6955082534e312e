//! The cookies: one to read with, and one that ties the sign-in page's form to its browser.

use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, header};

use crate::settings::Settings;

/// What a cookie is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// Its value is the token with which an account is read.
    Token,
    /// Its value is random: whose forms these are, before anybody is signed in.
    Form,
}

impl Cookie {
    const fn name(self) -> &'static str {
        match self {
            Self::Token => "mintage",
            Self::Form => "mintage-form",
        }
    }

    /// The field that keeps it for so many seconds, or takes it back with 0. Scripts don't see it, and no request that
    /// another site causes carries it.
    ///
    /// With the prefix no other host and no unencrypted connection can set it (RFC 6265bis, section 4.1.3.2). Where nothing
    /// is encrypted, as on one machine alone, browsers would refuse it.
    pub(crate) fn set(self, value: &str, seconds: u64, is_encrypted: bool) -> Option<HeaderValue> {
        let (prefix, secure) = if is_encrypted { ("__Host-", "; Secure") } else { ("", "") };
        let name = self.name();
        let field =
            format!("{prefix}{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
        HeaderValue::try_from(field).ok()
    }

    /// What the browser sends.
    pub(crate) fn of(self, headers: &HeaderMap) -> Option<&str> {
        let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut all = all.flat_map(|value| value.split(';')).filter_map(|one| one.trim().split_once('='));
        let found = |name: &str| name.strip_prefix("__Host-").unwrap_or(name) == self.name();
        all.find(|(name, _)| found(name)).map(|(_, value)| value)
    }
}

/// The token that a browser reads with.
pub(crate) fn token(headers: &HeaderMap) -> Option<&str> {
    Cookie::Token.of(headers)
}

/// Whether the browser's connection is encrypted, here or by a proxy on the way; not so for a browser on the same machine.
pub(crate) fn is_encrypted(settings: &Settings, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let authority: Option<Authority> = host.parse().ok();
    let host = authority.as_ref().map(Authority::host).unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_local =
        host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback());
    settings.tls.is_some() || !is_local
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxies::TrustedProxies;

    #[test]
    fn a_cookie_is_found_under_either_name_and_among_others() {
        let headers =
            |value: &'static str| HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(value))]);
        assert_eq!(token(&headers("a=b; __Host-mintage=t; mintage-form=f")), Some("t"));
        assert_eq!(token(&headers("mintage=t")), Some("t"));
        assert_eq!(token(&headers("xmintage=t; mintage-form=f")), None);
        assert_eq!(Cookie::Form.of(&headers("mintage=t; mintage-form=f")), Some("f"));
    }

    #[test]
    fn only_one_machine_alone_goes_without_encryption() {
        let settings = Settings {
            listen: "127.0.0.1:0".parse().unwrap(),
            private_listen: "127.0.0.1:0".parse().unwrap(),
            tls: None,
            allow_plain: false,
            connections: 1,
            waiting: 1,
            batch_bytes: 1,
            requests_per_key: 1,
            requests_per_address: 1,
            sign_up: false,
            trusted_proxies: TrustedProxies::default(),
        };
        let encrypted = |host: &'static str| {
            let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
            is_encrypted(&settings, &headers)
        };
        for local in ["localhost", "localhost:8744", "127.0.0.1:8744", "127.1.2.3", "[::1]:8744", "[::1]"] {
            assert!(!encrypted(local), "{local}");
        }
        for other in ["", "example.org", "example.org:80", "192.0.2.1:8744", "localhost.example.org"] {
            assert!(encrypted(other), "{other}");
        }
    }
}
