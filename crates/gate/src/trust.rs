//! What the gate checks indicia by, as the server signed it.

use std::sync::{Arc, PoisonError, RwLock};

use indicia::{StatusSnapshot, TrustBundle};

use crate::books::{Books, Fetched};
use crate::desk::Unheard;
use crate::error::GateError;
use crate::link::{Link, Question};

/// Where the newest bundle is.
const BUNDLE: &str = "/v1/trust-bundle";
/// Where the newest snapshot is.
const SNAPSHOT: &str = "/v1/status-snapshot";

/// The newest bundle and snapshot, as they are passed on and as they are used.
pub(crate) struct Trust {
    pub(crate) bundle: Opened<TrustBundle>,
    pub(crate) snapshot: Opened<StatusSnapshot>,
}

/// Something signed, and what it says.
pub(crate) struct Opened<T> {
    pub(crate) signed: Fetched,
    pub(crate) says: T,
}

/// The newest of it.
pub(crate) struct Newest(RwLock<Arc<Trust>>);

impl Newest {
    pub(crate) fn new(trust: Trust) -> Self {
        Self(RwLock::new(Arc::new(trust)))
    }

    pub(crate) fn get(&self) -> Arc<Trust> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set(&self, trust: Trust) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(trust);
    }
}

impl Trust {
    /// What was kept, if anything was.
    pub(crate) fn kept(books: &Books) -> Result<Option<Self>, GateError> {
        let Some((bundle, snapshot)) = books.fetched("bundle")?.zip(books.fetched("snapshot")?) else {
            return Ok(None);
        };
        // What is kept was opened once; what can't be opened now is fetched again.
        Ok(Self::open(bundle, snapshot, None).ok())
    }

    /// Opens what was fetched. Once there is a bundle, only the same root's counts, and nothing older.
    fn open(bundle: Fetched, snapshot: Fetched, before: Option<&Self>) -> Result<Self, String> {
        let pinned = before.map(|before| before.bundle.says.root());
        let mut says = TrustBundle::open(&bundle.bytes, pinned).map_err(|error| error.to_string())?;
        let status = StatusSnapshot::open(&snapshot.bytes, &says).map_err(|error| error.to_string())?;
        says.learn(&status);
        if let Some(before) = before
            && (says.issued_at() < before.bundle.says.issued_at() || status.at() < before.snapshot.says.at())
        {
            return Err("the server gives an older bundle or snapshot than before".into());
        }
        Ok(Self {
            bundle: Opened { signed: bundle, says },
            snapshot: Opened { signed: snapshot, says: status },
        })
    }

    /// Fetches what is newer than what there is; nothing, if nothing is. It blocks.
    pub(crate) fn fetch(link: &Link, before: Option<&Self>) -> Result<Option<Self>, Unheard> {
        let bundle = fetch(link, BUNDLE, before.map(|before| &before.bundle.signed))?;
        link.rise();
        let snapshot = fetch(link, SNAPSHOT, before.map(|before| &before.snapshot.signed))?;
        if bundle.is_none() && snapshot.is_none() {
            return Ok(None);
        }
        let bundle = bundle.or_else(|| before.map(|before| before.bundle.signed.clone()));
        let snapshot = snapshot.or_else(|| before.map(|before| before.snapshot.signed.clone()));
        let Some((bundle, snapshot)) = bundle.zip(snapshot) else {
            return Err(Unheard::Refused("the server says that it gave what it never gave".into()));
        };
        Self::open(bundle, snapshot, before).map(Some).map_err(Unheard::Refused)
    }

    /// Keeps it for when the server can't be reached.
    pub(crate) fn keep(&self, books: &mut Books) -> Result<(), GateError> {
        books.keep("bundle", &self.bundle.signed)?;
        books.keep("snapshot", &self.snapshot.signed)
    }
}

/// What is at a path, unless it is what there is.
fn fetch(link: &Link, path: &str, before: Option<&Fetched>) -> Result<Option<Fetched>, Unheard> {
    let tag = before.map(|before| ("If-None-Match", before.tag.as_str()));
    let reply = link.fetch(&Question { method: "GET", path, fields: tag.as_slice(), body: b"" })?;
    match reply.status {
        304 if before.is_some() => Ok(None),
        200 => Ok(Some(Fetched { bytes: reply.body, tag: reply.tag.unwrap_or_default() })),
        status => Err(Unheard::Refused(format!("{path} is answered with status {status}"))),
    }
}
