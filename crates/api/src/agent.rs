//! Asking others over HTTP.

use std::sync::Arc;
use std::time::Duration;

use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Asks others, each within a time for all of it. Whoever signed their certificates must be known to this machine. Any
/// status is an answer, and nobody is sent elsewhere.
#[must_use]
pub fn agent(patience: Duration) -> ureq::Agent {
    let known = rustls_native_certs::load_native_certs().certs;
    let known: Vec<_> = known.iter().map(|known| Certificate::from_der(known).to_owned()).collect();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(known)))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .build();
    ureq::Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(patience))
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .into()
}
