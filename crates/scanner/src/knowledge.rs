//! What a scanner knows without a network: whose keys are good, what was used as of a time, and what it took itself.

use std::collections::HashMap;

use indicia::{
    BundleError, GoodRoots, Serial, Status, StatusClaims, StatusError, StatusSnapshot, TrustBundle, UnixTime,
};
use thiserror::Error;

use crate::post::{Post, TooOld};

/// Why something can't be known.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KnowledgeError {
    /// A bundle, or one of another root than the first that this scanner had.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A status snapshot.
    #[error(transparent)]
    Status(#[from] StatusError),
    /// There is nobody to have signed a snapshot.
    #[error("a status snapshot is known by a trust bundle, and there is none yet")]
    NoBundle,
    /// What is kept is a delta.
    #[error("what this scanner kept as its status snapshot is none")]
    NotKept,
}

/// What this scanner took of an indicium.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// How many units of its value were left after it, as far as is known.
    pub left: u64,
    /// How many who had come in with it were outside after it, and may come in again.
    pub outside: u32,
    /// When.
    pub at: UnixTime,
    /// Where.
    pub gate: String,
    /// Since when the server knows of it, by its own clock; nothing as long as it doesn't.
    pub settled: Option<UnixTime>,
}

/// All of it.
#[derive(Debug, Default)]
pub struct Knowledge {
    /// Where it is known.
    pub post: Post,
    pub(crate) bundle: Option<TrustBundle>,
    pub(crate) statuses: Option<StatusSnapshot>,
    uses: HashMap<Serial, Use>,
    pub(crate) roots: GoodRoots,
}

impl Knowledge {
    /// Takes a trust bundle in place of the one before, whose root must have signed it too.
    ///
    /// # Errors
    /// [`KnowledgeError::Bundle`]. The one before stays then.
    pub fn take_bundle(&mut self, bytes: &[u8]) -> Result<(), KnowledgeError> {
        let root = self.bundle.as_ref().map(|bundle| bundle.root().clone());
        self.bundle = Some(TrustBundle::open(bytes, root.as_ref())?);
        self.learn_revoked();
        Ok(())
    }

    /// Takes a signed status snapshot, or a signed delta to the one that is there. One that is older than that changes
    /// nothing.
    ///
    /// # Errors
    /// [`KnowledgeError`]. The one before stays then.
    pub fn take_statuses(&mut self, bytes: &[u8]) -> Result<(), KnowledgeError> {
        let bundle = self.bundle.as_ref().ok_or(KnowledgeError::NoBundle)?;
        let taken = StatusSnapshot::follow(self.statuses.as_ref(), bytes, bundle)?;
        if self.statuses.as_ref().is_none_or(|before| before.at() <= taken.at()) {
            self.statuses = Some(taken);
            self.learn_revoked();
        }
        Ok(())
    }

    /// Takes a snapshot's payload that was kept, whose signature was checked when it came.
    ///
    /// # Errors
    /// [`KnowledgeError`].
    pub fn restore_statuses(&mut self, payload: &[u8]) -> Result<(), KnowledgeError> {
        match StatusClaims::decode(payload)? {
            StatusClaims::Full(snapshot) => self.statuses = Some(snapshot),
            StatusClaims::Delta(_) => return Err(KnowledgeError::NotKept),
        }
        self.learn_revoked();
        Ok(())
    }

    /// Whichever of bundle and snapshot is newer may know of more keys that are revoked.
    fn learn_revoked(&mut self) {
        if let (Some(bundle), Some(statuses)) = (&mut self.bundle, &self.statuses) {
            bundle.learn(statuses);
        }
    }

    /// What was used as of a time.
    #[must_use]
    pub fn statuses(&self) -> Option<&StatusSnapshot> {
        self.statuses.as_ref()
    }

    /// Whether what was used as of a time is new enough to go by.
    pub(crate) fn check_age(&self, now: UnixTime) -> Result<(), TooOld> {
        self.post.check(self.statuses.as_ref(), now)
    }

    /// Notes what was taken of an indicium.
    pub fn note(&mut self, serial: Serial, made: Use) {
        self.uses.insert(serial, made);
    }

    /// What was taken here of an indicium, of which the snapshot says this; unless the provider has taken that back: it is live again
    /// in a snapshot that was made after the server knew of the use.
    pub(crate) fn made(&self, serial: Serial, status: Option<Status>) -> Option<&Use> {
        let as_of = self.statuses.as_ref().map_or(UnixTime(0), StatusSnapshot::at);
        let made = self.uses.get(&serial)?;
        let is_later = made.settled.is_some_and(|settled| settled < as_of);
        (!is_later || status != Some(Status::Live)).then_some(made)
    }
}
