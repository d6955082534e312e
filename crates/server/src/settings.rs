//! What an operator may choose.

use std::net::SocketAddr;

use api::TlsFiles;

use crate::proxies::TrustedProxies;

/// How the server listens, and how much it takes.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where customers ask.
    pub listen: SocketAddr,
    /// Where the operator and his monitoring ask; never encrypted, and anybody who reaches it may do everything.
    pub private_listen: SocketAddr,
    /// Encrypts the public listener.
    pub tls: Option<TlsFiles>,
    /// Lets listeners be reached from other machines without encryption.
    pub allow_plain: bool,
    /// Reverse proxies in front of the public listener, which say from which address a request came.
    pub trusted_proxies: TrustedProxies,
    /// Connections of the public listener at one time; further ones wait to be accepted.
    pub connections: usize,
    /// Signed requests under way at one time, those that wait for value among them; larger ones count for more, 32 KiB for
    /// one. A further one is told to come again.
    pub waiting: usize,
    /// Largest content of a batch in bytes.
    pub batch_bytes: usize,
    /// Signed requests a second of one key.
    pub requests_per_key: u32,
    /// Requests a second of one address; of one network of 64 bits where addresses are of IPv6.
    pub requests_per_address: u32,
    /// Lets people ask for accounts; only a provider's signed opening makes one.
    pub sign_up: bool,
}
