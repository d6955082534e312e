//! Who may use an account, as a plain model: an owner and a customer who stay, and a guest whom the owner lets in and lets go, who
//! may have a key, a password and sessions.

use std::collections::BTreeSet;

use asker::{Change, Credential, KeyId, Personal, Role, Secret};
use module::protocol::Inspected;
use module::record::MAX_UNITS;
use module::refusal::Refusal;

use crate::asks::{Batch, By, Use};
use crate::support::asker;

pub(crate) const OWNER: &str = "alice";
pub(crate) const CUSTOMER: &str = "bob";
/// Whom the owner lets in.
pub(crate) const GUEST: &str = "carol";
/// A user whom no device ever knows.
pub(crate) const STRANGER: &str = "mallory";
/// What passwords there are.
pub(crate) const PASSWORDS: [&str; 2] = ["correct horse battery staple", "another horse entirely"];
/// Attempts to sign in before there is a pause.
const FREE_ATTEMPTS: u32 = 5;
/// Sessions at one time.
pub(crate) const SESSIONS: usize = 4;

/// The key by which somebody asks who asks by one. The guest's is an Ed25519 key, as only such a one can be given.
pub(crate) fn secret(user: &str) -> Secret {
    if user == GUEST { Secret::ed25519(&[9; 32]) } else { asker(user) }
}

pub(crate) fn ed25519(secret: &Secret) -> [u8; 32] {
    let Credential::Ed25519(public) = secret.credential() else { unreachable!("it is such a key") };
    public
}

fn key_id(user: &str) -> KeyId {
    secret(user).credential().key_id()
}

/// See the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Users {
    /// Whether the guest is a user at all.
    pub(crate) has_guest: bool,
    has_key: bool,
    invitation: Option<KeyId>,
    pub(crate) password: Option<&'static str>,
    former: Vec<&'static str>,
    /// Attempts to sign in since one that ended well.
    attempts: u32,
    /// When the next may be, seconds since 1970.
    free_at: u64,
    /// Whether an attempt was answered and can be ended.
    begun: bool,
    /// The one that began first comes first.
    pub(crate) sessions: Vec<KeyId>,
    /// Largest amount of one item.
    limit: Option<u64>,
}

impl Users {
    /// Why the module refuses a batch of these prices, if it does.
    pub(crate) fn refusal(&self, batch: &Batch, prices: &[u64]) -> Option<Refusal> {
        let ended = |why: &str| Some(Refusal::SessionEnded(why.into()));
        let refusal = match &batch.by {
            By::Key => self.check_key(batch.user, key_id(batch.user)).err(),
            By::Session(session, used) => match used {
                _ if !self.has_guest || !self.sessions.contains(&session.key) => {
                    self.check_key(GUEST, session.key).err()
                }
                Use::Forged => ended("a request wasn't signed by its key"),
                Use::Stale(_) => ended("a request didn't name the challenge that came last"),
                Use::Right(_) => None,
            },
        };
        refusal.or_else(|| {
            let limit = self.limit?;
            let item = prices.iter().position(|price| *price > limit)?;
            Some(Refusal::ItemLimit { item: item as u64 + 1, units: prices[item], limit })
        })
    }

    /// The module has seen a batch, whatever came of it: a session that was used wrongly is gone.
    pub(crate) fn saw(&mut self, batch: &Batch) {
        if let By::Session(session, Use::Stale(_) | Use::Forged) = &batch.by {
            self.sessions.retain(|key| *key != session.key);
        }
    }

    fn check_key(&self, user: &str, key: KeyId) -> Result<(), Refusal> {
        let (is_user, has_key) = match user {
            OWNER | CUSTOMER => (true, true),
            GUEST => (self.has_guest, self.has_key && key == key_id(GUEST) || self.invitation == Some(key)),
            _ => (false, false),
        };
        if !is_user {
            Err(Refusal::NotAuthorised { user: user.into() })
        } else if has_key {
            Ok(())
        } else {
            Err(Refusal::UnknownKey { user: user.into(), key: key.to_string() })
        }
    }

    /// Carries a change out that somebody asks for by a key of his.
    pub(crate) fn change(&mut self, by: &str, key: KeyId, change: &Change, at: u64) -> Result<(), Refusal> {
        self.check_key(by, key)?;
        may_change(by, change)?;
        let refused = |why: String| Err(Refusal::Change(why));
        let known = if self.has_guest { Ok(()) } else { refused(format!("{GUEST} isn't a user")) };
        match change {
            Change::AddUser { .. } if self.has_guest => return refused(format!("{GUEST} is a user already")),
            Change::AddUser { .. } => self.has_guest = true,
            Change::RemoveUser { name } if name.as_str() == OWNER => {
                return refused(
                    "it would leave the account without an owner who has a key or a password".into(),
                );
            }
            Change::RemoveUser { .. } => {
                known?;
                *self = Self { limit: self.limit, ..Self::default() };
            }
            Change::AddKey { .. } => {
                known?;
                if self.has_key {
                    return refused(format!("{} is a key of this account already", key_id(GUEST)));
                }
                self.has_key = true;
            }
            Change::RemoveKey { .. } if self.has_key => self.has_key = false,
            Change::RemoveKey { user, key } => {
                return Err(Refusal::UnknownKey { user: user.to_string(), key: key.to_string() });
            }
            Change::SetLimits { per_item, .. } => self.limit = *per_item,
            Change::Personal { what, .. } => {
                known?;
                match what {
                    Personal::Invite { ed25519, .. } => {
                        self.invitation = Some(Credential::Ed25519(*ed25519).key_id());
                    }
                    Personal::BeginPassword(_) => self.attempt(at)?,
                    what => unreachable!("nobody asks for it: {what:?}"),
                }
            }
        }
        Ok(())
    }

    /// The guest's browser sends what makes this the password, by an invitation.
    pub(crate) fn set_password(&mut self, text: &'static str) -> Result<(), Refusal> {
        if self.former.contains(&text) {
            return Err(Refusal::PasswordReused { last: 10 });
        }
        self.former.push(text);
        let former = std::mem::take(&mut self.former);
        let Self { has_guest, has_key, limit, .. } = *self;
        *self = Self { has_guest, has_key, limit, former, password: Some(text), ..Self::default() };
        Ok(())
    }

    /// The guest, or somebody who says so, begins to sign in.
    pub(crate) fn begin(&mut self, at: u64) -> Result<(), Refusal> {
        self.attempt(at)?;
        self.begun = self.password.is_some();
        Ok(())
    }

    /// Ends a sign-in: with a session of its own, if its last message is right.
    pub(crate) fn finish(&mut self, session: Option<KeyId>) -> Result<(), Refusal> {
        if !std::mem::take(&mut self.begun) {
            return Err(Refusal::SignIn);
        }
        self.sessions.push(session.ok_or(Refusal::SignIn)?);
        let most = self.sessions.len().saturating_sub(SESSIONS);
        self.sessions.drain(..most);
        (self.attempts, self.free_at) = (0, 0);
        Ok(())
    }

    fn attempt(&mut self, at: u64) -> Result<(), Refusal> {
        if at < self.free_at {
            return Err(Refusal::TooManyAttempts { seconds: self.free_at - at });
        }
        self.attempts += 1;
        if self.attempts >= FREE_ATTEMPTS {
            self.free_at = at + (1 << (self.attempts - FREE_ATTEMPTS)).min(900);
        }
        Ok(())
    }

    /// Whether the device's record can be of this.
    pub(crate) fn is_as(&self, device: &Inspected) -> bool {
        let guests_keys = self
            .sessions
            .iter()
            .copied()
            .chain(self.has_key.then(|| key_id(GUEST)))
            .chain(self.invitation)
            .collect::<BTreeSet<_>>();
        let keys = device.keys.iter().filter(|(user, _)| user == GUEST).map(|(_, key)| *key).collect();
        let users: Vec<_> = device.users.iter().map(|user| user.name.as_str()).collect();
        let sessions: Vec<_> = device.sessions.iter().map(|session| session.key).collect();
        let most = [OWNER, CUSTOMER, GUEST];
        users == most[..if self.has_guest { 3 } else { 2 }]
            && guests_keys == keys
            && sessions == self.sessions
            && device.people.iter().any(|person| person.user == GUEST) == self.password.is_some()
            && device.limits.per_item == self.limit.unwrap_or(MAX_UNITS)
    }
}

/// What is asked of the account's users by whom.
fn may_change(by: &str, change: &Change) -> Result<(), Refusal> {
    let action = match change {
        _ if by == OWNER => return Ok(()),
        Change::Personal { user, .. } | Change::AddKey { user, .. } | Change::RemoveKey { user, .. }
            if user.as_str() == by =>
        {
            return Ok(());
        }
        Change::AddKey { .. } | Change::RemoveKey { .. } => "change the keys of others",
        Change::AddUser { .. } | Change::RemoveUser { .. } => "change its users",
        Change::SetLimits { .. } => "change its limits",
        Change::Personal { .. } => "change how others sign in",
    };
    let role = Role::Customer.name().into();
    Err(Refusal::Role { user: by.into(), role, action: action.into() })
}
