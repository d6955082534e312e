//! Reverse proxies: behind one that is trusted, whoever asks has the address that it says.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::http::HeaderMap;
use ipnet::IpNet;
use serde::Deserialize;
use thiserror::Error;

/// The addresses of reverse proxies whose `Forwarded` (RFC 7239) or `X-Forwarded-For` is believed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
pub struct TrustedProxies(Vec<IpNet>);

/// A text that names no proxies.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is neither an address nor a network (10.0.0.0/8, for example)")]
pub struct ProxiesError(String);

/// Addresses and networks with commas in between.
impl FromStr for TrustedProxies {
    type Err = ProxiesError;

    fn from_str(text: &str) -> Result<Self, ProxiesError> {
        let network = |one: &str| {
            let network = one.parse().or_else(|_| one.parse::<IpAddr>().map(IpNet::from));
            network.map_err(|_| ProxiesError(one.to_owned()))
        };
        let all = text.split(',').map(str::trim).filter(|one| !one.is_empty());
        Ok(Self(all.map(network).collect::<Result<_, _>>()?))
    }
}

impl TryFrom<String> for TrustedProxies {
    type Error = ProxiesError;

    fn try_from(text: String) -> Result<Self, ProxiesError> {
        text.parse()
    }
}

impl fmt::Display for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.0.iter().map(IpNet::to_string).collect();
        f.write_str(&all.join(", "))
    }
}

impl TrustedProxies {
    /// Whoever asks, when this peer brings the request: the peer, unless it is a proxy that names another.
    ///
    /// A proxy adds to the fields what it sees, and passes on what it was told, so that they are read from the end, up to the
    /// first that isn't trusted: what stands before was said by anybody.
    pub(crate) fn asker(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return peer;
        }
        let forwarded = self.last_untrusted(peer, headers, "forwarded", forwarded_for);
        match (forwarded, self.last_untrusted(peer, headers, "x-forwarded-for", address)) {
            // A proxy writes one of them, and the other may have come from anybody.
            (Some(one), Some(other)) if one != other => peer,
            (one, other) => one.or(other).unwrap_or(peer),
        }
    }

    /// Who asks as a field says; nobody if it isn't there. Where a proxy doesn't say an address, all behind it are one.
    fn last_untrusted(
        &self,
        peer: IpAddr,
        headers: &HeaderMap,
        field: &str,
        read: fn(&str) -> Option<IpAddr>,
    ) -> Option<IpAddr> {
        let lines = headers.get_all(field).iter().rev();
        let elements = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        let (mut nearest, mut is_there) = (peer, false);
        for element in elements {
            is_there = true;
            let Some(address) = read(element.trim()) else { break };
            nearest = address;
            if !self.trusts(address) {
                break;
            }
        }
        is_there.then_some(nearest)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// What an element of `Forwarded` says of whom the request came from.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for").then(|| address(value.trim_matches('"'))).flatten()
    })
}

/// An address with or without a port; one of IPv6 in brackets then.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| text.parse().ok().map(|with_port: SocketAddr| with_port.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    /// Who asks by a proxy at 10.0.0.1, with these fields.
    fn asker(fields: &[(&'static str, &'static str)]) -> String {
        from("10.0.0.1", fields)
    }

    fn from(peer: &str, fields: &[(&'static str, &'static str)]) -> String {
        let proxies: TrustedProxies = "10.0.0.0/8, 2001:db8:1::7".parse().expect("proxies");
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        proxies.asker(peer.parse().expect("an address"), &headers).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        for field in [("forwarded", "for=192.0.2.1"), ("x-forwarded-for", "192.0.2.1")] {
            assert_eq!(from("192.0.2.9", &[field]), "192.0.2.9");
            assert_eq!(from("10.0.0.1", &[field]), "192.0.2.1");
            assert_eq!(from("::ffff:10.0.0.1", &[field]), "192.0.2.1");
            assert_eq!(from("2001:db8:1::7", &[field]), "192.0.2.1");
            assert_eq!(from("2001:db8:1::8", &[field]), "2001:db8:1::8");
        }
        let nobody = TrustedProxies::default();
        let headers = [("x-forwarded-for".parse().expect("a name"), HeaderValue::from_static("192.0.2.1"))];
        let peer = IpAddr::from([127, 0, 0, 1]);
        assert_eq!(nobody.asker(peer, &HeaderMap::from_iter(headers)), peer);
    }

    #[test]
    fn what_stands_before_the_first_stranger_was_said_by_anybody() {
        assert_eq!(asker(&[("x-forwarded-for", "198.51.100.1, 192.0.2.1")]), "192.0.2.1");
        assert_eq!(asker(&[("x-forwarded-for", "198.51.100.1,192.0.2.1,10.2.3.4")]), "192.0.2.1");
        assert_eq!(
            asker(&[("x-forwarded-for", "198.51.100.1"), ("x-forwarded-for", "192.0.2.1")]),
            "192.0.2.1"
        );
        assert_eq!(asker(&[("forwarded", "for=\"198.51.100.1, for=192.0.2.1;proto=https")]), "192.0.2.1");
        assert_eq!(
            asker(&[("forwarded", "for=198.51.100.1, For=\"[2001:db8::5]:4711\";by=10.0.0.1")]),
            "2001:db8::5"
        );
        assert_eq!(asker(&[("forwarded", "by=10.0.0.1;for=\"192.0.2.1:80\", for=10.1.1.1")]), "192.0.2.1");
        assert_eq!(asker(&[("x-forwarded-for", "10.3.3.3, 10.2.3.4")]), "10.3.3.3", "a proxy asks itself");
    }

    #[test]
    fn where_no_address_is_said_all_behind_a_proxy_are_one() {
        for hidden in
            ["for=unknown", "for=_hidden", "proto=https", "", "for=192.0.2.1.7", "for=\"[2001:db8::\""]
        {
            assert_eq!(asker(&[("forwarded", hidden)]), "10.0.0.1", "{hidden}");
        }
        assert_eq!(asker(&[("forwarded", "for=192.0.2.1, for=unknown, for=10.1.1.1")]), "10.1.1.1");
        assert_eq!(asker(&[]), "10.0.0.1");
        // One of the two isn't the proxy's.
        let differing = [("forwarded", "for=192.0.2.1"), ("x-forwarded-for", "192.0.2.2")];
        assert_eq!(asker(&differing), "10.0.0.1");
        assert_eq!(asker(&[("forwarded", "for=192.0.2.1"), ("x-forwarded-for", "192.0.2.1")]), "192.0.2.1");
    }

    #[test]
    fn proxies_are_named_by_address_or_network() {
        let proxies: TrustedProxies = " 10.0.0.0/8,::1 ".parse().expect("proxies");
        assert_eq!(proxies.to_string(), "10.0.0.0/8, ::1/128");
        assert_eq!("".parse(), Ok(TrustedProxies::default()));
        let error = "10.0.0.0/8, proxy.example".parse::<TrustedProxies>().expect_err("a name");
        assert!(error.to_string().contains("\"proxy.example\" is neither"), "{error}");
    }
}
