//! What has changed from one snapshot to the next.

use std::collections::{BTreeMap, BTreeSet};

use crate::revoked::RevokedKeys;
use crate::serial::DeviceId;
use crate::status::runs::Runs;
use crate::status::{Dead, StatusError, StatusSnapshot, payload};
use crate::time::UnixTime;

/// A device's serial numbers that have become live, redeemed in part, redeemed, void. None is in two of them.
pub(super) type Changed = [Runs; 4];

/// What turns one snapshot into a newer one, and nothing else into anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusDelta {
    pub(super) issuer: String,
    pub(super) at: UnixTime,
    pub(super) link: Link,
    pub(super) devices: BTreeMap<DeviceId, Changed>,
    /// All that are revoked now, not only the latest: they are few.
    pub(super) revoked: RevokedKeys,
}

/// Digests of the snapshots at both ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) base: [u8; 32],
    pub(super) result: [u8; 32],
}

impl StatusDelta {
    /// What has changed between two snapshots of an issuer.
    #[must_use]
    pub fn between(base: &StatusSnapshot, result: &StatusSnapshot) -> Self {
        let link = Link { base: base.digest(), result: result.digest() };
        let nothing = Dead::default();
        let both: BTreeSet<DeviceId> = base.devices.keys().chain(result.devices.keys()).copied().collect();
        let change = |device| {
            let [old, new] = [base, result].map(|one| one.devices.get(&device).unwrap_or(&nothing));
            let changed = changed(old, new);
            changed.iter().any(|runs| !runs.is_empty()).then_some((device, changed))
        };
        let devices = both.into_iter().filter_map(change).collect();
        Self { issuer: result.issuer.clone(), at: result.at, link, devices, revoked: result.revoked.clone() }
    }

    /// When its result was made.
    #[must_use]
    pub fn at(&self) -> UnixTime {
        self.at
    }

    /// The payload to be signed.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        payload::encode(&self.issuer, self.at, Some(&self.link), &self.devices, &self.revoked)
    }

    pub(super) fn apply(&self, base: &StatusSnapshot) -> Result<StatusSnapshot, StatusError> {
        if base.digest() != self.link.base {
            return Err(StatusError::OtherBase { delta: self.at, base: base.at });
        }
        let mut devices = base.devices.clone();
        for (device, [live, dead @ ..]) in &self.devices {
            let gone = all(dead).or(live);
            let now = devices.entry(*device).or_default();
            for (runs, new) in now.iter_mut().zip(dead) {
                *runs = runs.without(&gone).or(new);
            }
            if now.iter().all(Runs::is_empty) {
                devices.remove(device);
            }
        }
        let (issuer, revoked) = (self.issuer.clone(), self.revoked.clone());
        let result = StatusSnapshot { issuer, at: self.at, devices, revoked };
        if result.digest() == self.link.result { Ok(result) } else { Err(StatusError::OtherResult(self.at)) }
    }
}

fn changed(old: &Dead, new: &Dead) -> Changed {
    let [part, redeemed, void] = std::array::from_fn(|place| new[place].without(&old[place]));
    [all(old).without(&all(new)), part, redeemed, void]
}

fn all(dead: &Dead) -> Runs {
    let [part, redeemed, void] = dead;
    part.or(redeemed).or(void)
}
