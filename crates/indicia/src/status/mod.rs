//! Status snapshots: which indicia are used or void, for verifiers without a network.
//!
//! They are exact: sets of serial numbers, not filters, so that nothing live is ever taken for dead or the other way
//! round. A full snapshot holds all that isn't live. A delta holds what has changed since another one, names that one
//! and its own result by their digests, and brings back what has become live again. Both hold all keys that are revoked.

mod delta;
mod error;
mod payload;
mod runs;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::bundle::TrustBundle;
use crate::revoked::RevokedKeys;
use crate::serial::{DeviceId, Serial};
use crate::sign1::Sign1;
use crate::time::UnixTime;

pub use delta::StatusDelta;
pub use error::StatusError;
pub use payload::StatusClaims;
use runs::Runs;

/// What an indicium is by what happened to it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Good for all of its value.
    #[default]
    Live,
    /// Good for the rest of its value.
    RedeemedInPart,
    /// Used up.
    Redeemed,
    /// Not valid any more; its value went back to its account.
    Void,
}

impl Status {
    /// All that aren't live, in the order in which a snapshot has them.
    const DEAD: [Self; 3] = [Self::RedeemedInPart, Self::Redeemed, Self::Void];

    /// In a word or three.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::RedeemedInPart => "redeemed in part",
            Self::Redeemed => "redeemed",
            Self::Void => "void",
        }
    }

    /// Whether it is good for some of its value.
    #[must_use]
    pub fn is_good(self) -> bool {
        matches!(self, Self::Live | Self::RedeemedInPart)
    }
}

/// A device's serial numbers: redeemed in part, redeemed, void. None is in two of them.
type Dead = [Runs; 3];

/// All indicia of an issuer that aren't live, as of a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusSnapshot {
    issuer: String,
    at: UnixTime,
    devices: BTreeMap<DeviceId, Dead>,
    revoked: RevokedKeys,
}

impl StatusSnapshot {
    /// Longest payload in bytes that is made or read: at one or two bytes a serial, some ten million that are strewn
    /// about, and any number of those in runs. Reading it takes up to 16 times as much memory.
    pub const MOST_BYTES: usize = 16 * 1024 * 1024;

    /// One in which nothing has happened. The time is that before which everything that happened is put into it.
    #[must_use]
    pub fn new(issuer: String, at: UnixTime) -> Self {
        Self { issuer, at, devices: BTreeMap::new(), revoked: RevokedKeys::default() }
    }

    /// The same with these keys revoked.
    #[must_use]
    pub fn with_revoked(self, revoked: RevokedKeys) -> Self {
        Self { revoked, ..self }
    }

    /// Puts an indicium into it; of each device in the order of numbers.
    ///
    /// # Errors
    /// [`StatusError::Order`].
    pub fn push(&mut self, serial: Serial, status: Status) -> Result<(), StatusError> {
        let Some(place) = Status::DEAD.iter().position(|dead| *dead == status) else { return Ok(()) };
        let dead = self.devices.entry(serial.device()).or_default();
        if dead.iter().any(|runs| runs.end() > serial.number()) {
            return Err(StatusError::Order(serial));
        }
        dead[place].push(serial.number());
        Ok(())
    }

    /// Reads a full snapshot that the bundle's root has signed.
    ///
    /// # Errors
    /// [`StatusError`].
    pub fn open(bytes: &[u8], bundle: &TrustBundle) -> Result<Self, StatusError> {
        match open(bytes, bundle)? {
            StatusClaims::Full(snapshot) => Ok(snapshot),
            StatusClaims::Delta(delta) => Err(StatusError::NoBase(delta.at())),
        }
    }

    /// The snapshot that a signed delta makes of this one.
    ///
    /// # Errors
    /// [`StatusError`], among them that the delta builds on another one.
    pub fn advance(&self, bytes: &[u8], bundle: &TrustBundle) -> Result<Self, StatusError> {
        match open(bytes, bundle)? {
            StatusClaims::Full(snapshot) => Err(StatusError::NotDelta(snapshot.at)),
            StatusClaims::Delta(delta) => delta.apply(self),
        }
    }

    /// What a verifier knows by a signed snapshot that comes after the one that it has: all of a full one, or what a delta makes of
    /// the one before. Whether a full one is older is for the verifier to look at.
    ///
    /// # Errors
    /// [`StatusError`], among them that a delta builds on another one, or there is none before it.
    pub fn follow(before: Option<&Self>, bytes: &[u8], bundle: &TrustBundle) -> Result<Self, StatusError> {
        match (open(bytes, bundle)?, before) {
            (StatusClaims::Full(snapshot), _) => Ok(snapshot),
            (StatusClaims::Delta(delta), Some(before)) => delta.apply(before),
            (StatusClaims::Delta(delta), None) => Err(StatusError::NoBase(delta.at())),
        }
    }

    /// Name of the issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// All that happened before this is in it.
    #[must_use]
    pub fn at(&self) -> UnixTime {
        self.at
    }

    /// The keys that are revoked; [`TrustBundle::learn`] takes them in.
    #[must_use]
    pub fn revoked(&self) -> &RevokedKeys {
        &self.revoked
    }

    /// How many indicia aren't live.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.devices.values().flatten().map(Runs::count).sum()
    }

    /// The payload to be signed. One content has one form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        payload::encode(&self.issuer, self.at, None, &self.devices, &self.revoked)
    }

    /// SHA-256 of its payload: what deltas call it.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.encode()).into()
    }

    /// What it says of a genuine indicium that was issued at a time; nothing, if that was in the second in which the
    /// snapshot was made or later, unless it has it.
    #[must_use]
    pub fn status(&self, serial: Serial, issued_at: UnixTime) -> Option<Status> {
        let dead = self.devices.get(&serial.device());
        let place = dead.and_then(|dead| dead.iter().position(|runs| runs.contains(serial.number())));
        match place {
            Some(place) => Some(Status::DEAD[place]),
            None if issued_at < self.at => Some(Status::Live),
            None => None,
        }
    }
}

/// What is signed by the bundle's root for the bundle's issuer.
fn open(bytes: &[u8], bundle: &TrustBundle) -> Result<StatusClaims, StatusError> {
    let signed = Sign1::decode(bytes)?;
    signed.allow_unprotected(&[])?;
    signed.verify(bundle.root())?;
    let claims = StatusClaims::decode(signed.payload()?)?;
    if claims.issuer() == bundle.issuer() {
        return Ok(claims);
    }
    Err(StatusError::OtherIssuer { found: claims.issuer().to_owned(), expected: bundle.issuer().to_owned() })
}
