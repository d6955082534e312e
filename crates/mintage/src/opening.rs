//! What an account is to be like: from it the provider's opening is made.

use asker::{Credential, Role};
use indicia::{Algorithm, Denomination, DeviceId, UnixTime};
use module::protocol::NewDevice;
use module::record::{Limits, User};
use store::AccountName;

/// An account to be opened.
#[derive(Debug, Clone)]
pub(crate) struct Opening {
    pub(crate) name: AccountName,
    pub(crate) denomination: Denomination,
    pub(crate) algorithm: Algorithm,
    /// Where it is licensed.
    pub(crate) origin: String,
    pub(crate) limits: Limits,
    /// The indicium key isn't used for longer than this, in seconds.
    pub(crate) key_seconds: u64,
    /// Who may use it, each with a key.
    pub(crate) users: Vec<(String, Role, Credential)>,
}

impl Opening {
    /// An account without limits, licensed nowhere, whose key is used for a day; nobody may use it yet.
    pub(crate) fn new(name: AccountName, denomination: Denomination) -> Self {
        Self {
            name,
            denomination,
            algorithm: Algorithm::EdDsa,
            origin: String::new(),
            limits: Limits::NONE,
            key_seconds: 86_400,
            users: Vec::new(),
        }
    }

    /// The description that a provider signs, for the account of this number.
    pub(crate) fn device(&self, number: u32, at: UnixTime) -> NewDevice {
        let expires = UnixTime(at.0.saturating_add(self.key_seconds));
        let mut device = NewDevice::new(DeviceId(number), self.denomination, self.algorithm, at, expires);
        device.origin.clone_from(&self.origin);
        self.name.as_str().clone_into(&mut device.account);
        device.limits = self.limits;
        for (name, role, credential) in &self.users {
            device.users.push(User { name: name.clone(), role: *role });
            device.askers.push((name.clone(), credential.clone()));
        }
        device
    }
}
