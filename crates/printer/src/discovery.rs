//! Printers that announce themselves on the local network (DNS-SD, RFC 6763, by multicast DNS, RFC 6762; PWG 5100.14, section 4).

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use mdns_sd::{Receiver, ResolvedService, ServiceDaemon, ServiceEvent};
use thiserror::Error;

/// Encrypted and plain.
const KINDS: [(&str, &str); 2] = [("_ipps._tcp.local.", "ipps"), ("_ipp._tcp.local.", "ipp")];

/// A printer that announces itself. What it says of itself isn't checked by anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it is called.
    pub name: String,
    /// Its URI, by its name in the local network. A machine that can't look such names up takes one of its addresses instead.
    pub uri: String,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// Who made it, and what it is.
    pub model: Option<String>,
    /// Where it stands.
    pub location: Option<String>,
    /// Media types of documents that it takes.
    pub formats: Vec<String>,
}

/// Why nobody could be listened to.
#[derive(Debug, Error)]
#[error("printers can't be looked for in the local network ({0}); add one by its URI")]
pub struct DiscoveryError(String);

/// Listens for so long, and says who announced itself, by name.
///
/// # Errors
/// [`DiscoveryError`] where there is no network for it.
pub fn discover(time: Duration) -> Result<Vec<Found>, DiscoveryError> {
    let failed = |error: mdns_sd::Error| DiscoveryError(error.to_string());
    let daemon = ServiceDaemon::new().map_err(failed)?;
    let until = Instant::now() + time;
    let mut listeners = Vec::with_capacity(KINDS.len());
    for (kind, scheme) in KINDS {
        listeners.push((daemon.browse(kind).map_err(failed)?, scheme));
    }
    let mut found = BTreeMap::new();
    for (events, scheme) in &listeners {
        hear(events, scheme, until, &mut found);
    }
    // Nobody hears it end.
    let _ = daemon.shutdown();
    Ok(found.into_values().collect())
}

/// Takes down what is announced; it waits in its queue while another is listened to.
fn hear(
    events: &Receiver<ServiceEvent>,
    scheme: &str,
    until: Instant,
    found: &mut BTreeMap<(String, String), Found>,
) {
    let queued = std::iter::from_fn(|| events.recv_deadline(until).ok().or_else(|| events.try_recv().ok()));
    for event in queued {
        if let ServiceEvent::ServiceResolved(service) = event
            && let Some(printer) = announced(&service, scheme)
        {
            found.insert((printer.name.clone(), printer.uri.clone()), printer);
        }
    }
}

/// A printer by its announcement (PWG 5100.14, section 4.2.3): its path, type and formats are keys of its text.
fn announced(service: &ResolvedService, scheme: &str) -> Option<Found> {
    let text =
        |key: &str| service.get_property_val_str(key).filter(|text| !text.is_empty()).map(str::to_owned);
    let name = service.fullname.strip_suffix(service.ty_domain.as_str())?.trim_end_matches('.').to_owned();
    let host = service.host.trim_end_matches('.');
    let path = text("rp").unwrap_or_default();
    let mut addresses: Vec<IpAddr> = service.addresses.iter().map(|address| address.to_ip_addr()).collect();
    addresses.sort();
    Some(Found {
        name,
        uri: format!("{scheme}://{host}:{}/{}", service.port, path.trim_start_matches('/')),
        addresses,
        model: text("ty"),
        location: text("note"),
        formats: text("pdl").map(|all| all.split(',').map(str::to_owned).collect()).unwrap_or_default(),
    })
}
