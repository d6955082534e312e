//! A verifier: a trust bundle, perhaps a status snapshot, and codes.

use indicia::{BundleError, GoodRoots, StatusError, StatusSnapshot, TrustBundle, UnixTime, text};
use serde::Serialize;
use thiserror::Error;

use crate::checked::Checked;
use crate::finding::Finding;
use crate::standing::Standing;

/// Why a bundle or a snapshot can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum VerifierError {
    /// The trust bundle.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// Another root's.
    #[error("the trust bundle is signed by root {found}, not by {expected}")]
    OtherRoot {
        /// The bundle's root.
        found: String,
        /// The root that is trusted.
        expected: String,
    },
    /// A status snapshot.
    #[error(transparent)]
    Status(#[from] StatusError),
    /// Going back would bring what is used or void back to life.
    #[error("the status snapshot made {found} is older than the one made {known}, which is in use")]
    OlderStatus {
        /// When it was made.
        found: UnixTime,
        /// When that was made which is in use.
        known: UnixTime,
    },
}

/// Opens a trust bundle; of any root, or of that whose key, or key's id, is given in hexadecimal digits.
///
/// # Errors
/// [`VerifierError::Bundle`], [`VerifierError::OtherRoot`].
pub fn open_bundle(bytes: &[u8], root: Option<&str>) -> Result<TrustBundle, VerifierError> {
    let bundle = TrustBundle::open(bytes, None)?;
    let Some(expected) = root.map(str::to_ascii_lowercase) else { return Ok(bundle) };
    let key: String = bundle.root().to_cose_key().iter().map(|byte| format!("{byte:02x}")).collect();
    let found = bundle.root().key_id().to_string();
    if expected == key || expected == found {
        Ok(bundle)
    } else {
        Err(VerifierError::OtherRoot { found, expected })
    }
}

/// What a verifier goes by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct About {
    /// Name of the issuer.
    pub issuer: String,
    /// Id of the root's key.
    pub root: String,
    /// How many devices' keys the trust bundle knows.
    pub devices: usize,
    /// When the trust bundle was made.
    pub bundle_made: String,
    /// From when on nothing can be told by it.
    pub bundle_expires: String,
    /// Up to when what is used or void is known, if it is known at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_as_of: Option<String>,
}

/// Verifies codes by a trust bundle, and by a status snapshot if it has one.
#[derive(Debug, Clone)]
pub struct Verifier {
    bundle: TrustBundle,
    snapshot: Option<StatusSnapshot>,
}

impl Verifier {
    /// Goes by a trust bundle, as [`open_bundle`] opens it.
    ///
    /// # Errors
    /// As there.
    pub fn open(bundle: &[u8], root: Option<&str>) -> Result<Self, VerifierError> {
        Ok(Self { bundle: open_bundle(bundle, root)?, snapshot: None })
    }

    /// Takes a status snapshot: a full one, which takes the place of an older one, or what has changed since that which it has.
    /// Keys that were ever revoked stay so.
    ///
    /// # Errors
    /// [`VerifierError::Status`], [`VerifierError::OlderStatus`]; it then goes by what it had before.
    pub fn add_status(&mut self, bytes: &[u8]) -> Result<(), VerifierError> {
        let newer = StatusSnapshot::follow(self.snapshot.as_ref(), bytes, &self.bundle)?;
        let (found, known) = (newer.at(), self.snapshot.as_ref().map_or(UnixTime(0), StatusSnapshot::at));
        if found < known {
            return Err(VerifierError::OlderStatus { found, known });
        }
        self.bundle.learn(&newer);
        self.snapshot = Some(newer);
        Ok(())
    }

    /// Verifies a code at a time: the text of a QR or Aztec code in UTF-8, or the bytes of a Data Matrix or PDF417. With a
    /// holder it is also looked whether it is made out to him, letter by letter.
    #[must_use]
    pub fn verify(&self, code: &[u8], holder: Option<&str>, now: UnixTime) -> Finding {
        let check = |bytes: &[u8]| Checked::new(bytes, &self.bundle, now, &mut GoodRoots::default());
        let checked = match text_of(code) {
            None => check(code),
            Some(line) => match text::from_text(line) {
                Ok(bytes) => check(&bytes),
                Err(error) => Checked::not_an_indicium(error.to_string()),
            },
        };
        let by = |snapshot| Standing::by(snapshot, &checked);
        let standing = self.snapshot.as_ref().map(by).unwrap_or_default();
        Finding::new(None, checked, standing, &self.bundle, holder)
    }

    /// What it goes by.
    #[must_use]
    pub fn about(&self) -> About {
        About {
            issuer: self.bundle.issuer().to_owned(),
            root: self.bundle.root().key_id().to_string(),
            devices: self.bundle.device_count(),
            bundle_made: self.bundle.issued_at().to_string(),
            bundle_expires: self.bundle.expires().to_string(),
            status_as_of: self.snapshot.as_ref().map(|snapshot| snapshot.at().to_string()),
        }
    }
}

/// The line that a code is, if it is text: no indicium's bytes begin as texts do.
fn text_of(code: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(code).ok()?;
    line.starts_with(text::PREFIX).then(|| line.trim_end())
}
