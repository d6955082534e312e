//! What a server needs of the machine it runs on, and of the certificate that it shows.

use std::path::Path;

use rustix::process::{Resource, getrlimit};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use server::Settings;
use x509_cert::Certificate;
use x509_cert::der::Decode;

use super::{DAY, days_left};

/// Descriptors beside those of connections: files, sockets of the module, of the private listener.
const OTHER_DESCRIPTORS: u64 = 256;
/// Bytes that must be lockable: each key takes a page, and a module has some dozens.
const LOCKED: u64 = 1 << 20;
/// Free bytes, and free parts of a hundred, below which a disk is warned of.
const FREE: u64 = 1 << 30;
const FREE_PERCENT: u64 = 10;
/// Days before its end at which a certificate is warned of: they are renewed a month before.
const WARN_DAYS: u64 = 21;

/// Everything about the machine that isn't as a server with these settings wants it.
pub(super) fn examine(settings: &Settings, folder: &Path, anchor: &Path, now: u64) -> Vec<String> {
    let mut warnings = Vec::new();
    warnings.extend(descriptors(settings.connections));
    warnings.extend(locked_memory());
    warnings.extend(access(folder));
    let anchors = anchor.parent().filter(|parent| *parent != folder);
    warnings.extend([Some(folder), anchors].into_iter().flatten().filter_map(space));
    if let Some(tls) = &settings.tls {
        warnings.extend(certificate(&tls.certificate, now));
        if let Err(error) = std::fs::File::open(&tls.key) {
            warnings.push(format!("the certificate's key {} can't be read: {error}", tls.key.display()));
        }
    }
    warnings
}

fn descriptors(connections: usize) -> Option<String> {
    let needed = (connections as u64).saturating_add(OTHER_DESCRIPTORS);
    // A server takes by itself what it may have. Without a number there is no limit.
    let limit = getrlimit(Resource::Nofile).maximum.filter(|limit| *limit < needed)?;
    Some(format!(
        "a process may open {limit} files here, and {connections} connections need {needed}; raise LimitNOFILE= or `ulimit -Hn`"
    ))
}

fn locked_memory() -> Option<String> {
    let limit = getrlimit(Resource::Memlock).current.filter(|limit| *limit < LOCKED)?;
    Some(format!(
        "a process may lock {limit} bytes of memory here, so that keys could be written to the swap; raise LimitMEMLOCK= to {LOCKED}"
    ))
}

/// Others have no business in the data folder, nor in any that they could put another in its place.
fn access(folder: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let mode = std::fs::metadata(folder).ok()?.mode();
    (mode & 0o077 != 0).then(|| format!("{} is open to other users; chmod 700 closes it", folder.display()))
}

fn space(folder: &Path) -> Option<String> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    let (free, all) =
        (disk.f_bavail.saturating_mul(disk.f_frsize), disk.f_blocks.saturating_mul(disk.f_frsize));
    let is_short = free < FREE || free / FREE_PERCENT < all / 100;
    is_short.then(|| format!("the disk of {} has {} MiB of {} left", folder.display(), free >> 20, all >> 20))
}

fn certificate(path: &Path, now: u64) -> Option<String> {
    let shown = path.display();
    let read = CertificateDer::from_pem_file(path).map_err(|error| error.to_string());
    let read = read.and_then(|der| Certificate::from_der(&der).map_err(|error| error.to_string()));
    let validity = match read {
        Ok(certificate) => certificate.tbs_certificate.validity,
        Err(reason) => return Some(format!("the certificate {shown} can't be read: {reason}")),
    };
    let (from, until) =
        (validity.not_before.to_unix_duration().as_secs(), validity.not_after.to_unix_duration().as_secs());
    if now < from {
        return Some(format!("the certificate {shown} isn't valid yet, or this machine's clock is wrong"));
    }
    if now >= until {
        return Some(format!("the certificate {shown} has expired"));
    }
    (until < now.saturating_add(WARN_DAYS * DAY))
        .then(|| format!("the certificate {shown} expires in {} days", days_left(until, now)))
}
