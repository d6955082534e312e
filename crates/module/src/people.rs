//! Who may use a device, and by which keys: changed by those who may, and never so that nobody could any more.

use asker::{Change, Credential, Personal, Role};
use password::ServerKey;

use crate::record::{Action, AskerKey, Device, Limits, MAX_UNITS, Passing, User};
use crate::refusal::Refusal;
use crate::signing_in::{AskedBy, Told};

/// Most users of a device, and most keys: with their nonces they stay below [`crate::record::MAX_SEALED`].
pub const MOST: usize = 100;

impl Device {
    /// Carries out what a user asked for, whose proof was checked before, and says what the user's browser is to be told.
    ///
    /// # Errors
    /// [`Refusal`], with nothing changed but that an attempt is counted, see [`crate::person`], and the use of a passkey.
    pub(crate) fn change(
        &mut self,
        user: &str,
        change: &Change,
        by: AskedBy<'_>,
        passwords: &ServerKey,
        at: u64,
    ) -> Result<Option<Told>, Refusal> {
        self.allow(Action::Administer, "change its users and limits")?;
        self.may_change(user, change)?;
        self.agree_to_change(user, change, by)?;
        match change {
            Change::Personal { user, what } => {
                return self.change_personally(user, what, by, passwords, at);
            }
            Change::AddUser { name, role } => {
                self.known_user(name.as_str(), false)?;
                if self.users.len() >= MOST {
                    return Err(refused(format!("an account has at most {MOST} users")));
                }
                self.users.push(User { name: name.to_string(), role: *role });
            }
            Change::RemoveUser { name } => {
                self.known_user(name.as_str(), true)?;
                self.keep_an_owner(|user| user.name != name.as_str(), |_| true)?;
                self.users.retain(|user| user.name != name.as_str());
                self.askers.retain(|asker| asker.user != name.as_str());
                self.people.forget(name.as_str());
            }
            Change::AddKey { user, ed25519 } => {
                self.known_user(user.as_str(), true)?;
                self.add_key(user.as_str(), &Credential::Ed25519(*ed25519), None)?;
            }
            Change::RemoveKey { user, key } => {
                let is_it =
                    |asker: &AskerKey| asker.user == user.as_str() && asker.credential.key_id() == *key;
                if !self.askers.iter().any(is_it) {
                    return Err(Refusal::UnknownKey { user: user.to_string(), key: key.to_string() });
                }
                self.keep_an_owner(|_| true, |asker| !is_it(asker))?;
                self.askers.retain(|asker| !is_it(asker));
            }
            Change::SetLimits { per_item, per_day, passkey_above } => {
                let bound = |units: Option<u64>| match units.unwrap_or(MAX_UNITS) {
                    units @ 1..=MAX_UNITS => Ok(units),
                    units => Err(refused(format!("{units} units are no limit; 1 to {MAX_UNITS} are"))),
                };
                let (per_item, per_day) = (bound(*per_item)?, bound(*per_day)?);
                self.limits = Limits { per_item, per_day, passkey_above: *passkey_above };
            }
        }
        Ok(None)
    }

    /// An owner may change everything but what only a person himself can, and everybody his own keys and ways to sign in.
    fn may_change(&self, user: &str, change: &Change) -> Result<(), Refusal> {
        let known = self.users.iter().find(|known| known.name == user);
        let role = known.ok_or_else(|| Refusal::NotAuthorised { user: user.to_owned() })?.role;
        let action = match change {
            Change::Personal { user: whose, .. } if whose.as_str() == user => return Ok(()),
            Change::Personal {
                what:
                    Personal::BeginPassword(_)
                    | Personal::SetPassword(_)
                    | Personal::SetSecondFactor(_)
                    | Personal::AddPasskey { .. },
                ..
            } => "set passwords, second factors or passkeys of others",
            _ if role == Role::Owner => return Ok(()),
            Change::Personal { .. } => "change how others sign in",
            Change::AddKey { user: whose, .. } | Change::RemoveKey { user: whose, .. } => {
                if whose.as_str() == user {
                    return Ok(());
                }
                "change the keys of others"
            }
            Change::AddUser { .. } | Change::RemoveUser { .. } => "change its users",
            Change::SetLimits { .. } => "change its limits",
        };
        Err(Refusal::Role { user: user.to_owned(), role: role.name().into(), action: action.into() })
    }

    fn known_user(&self, name: &str, should_be: bool) -> Result<(), Refusal> {
        match (self.users.iter().any(|user| user.name == name), should_be) {
            (true, true) | (false, false) => Ok(()),
            (true, false) => Err(refused(format!("{name} is a user already"))),
            (false, true) => Err(refused(format!("{name} isn't a user"))),
        }
    }

    pub(crate) fn add_key(
        &mut self,
        user: &str,
        credential: &Credential,
        passing: Option<Passing>,
    ) -> Result<(), Refusal> {
        if !is_usable(credential) {
            return Err(refused("the key is no Ed25519 key".into()));
        }
        if self.askers.iter().any(|asker| asker.credential.key_id() == credential.key_id()) {
            return Err(refused(format!("{} is a key of this account already", credential.key_id())));
        }
        if passing.is_none() && self.askers.iter().filter(|asker| asker.passing.is_none()).count() >= MOST {
            return Err(refused(format!("an account has at most {MOST} keys")));
        }
        self.askers.push(AskerKey { passing, ..AskerKey::new(user, credential) });
        Ok(())
    }

    /// Whether an owner with a key or a password is among those who would be left: nobody else could ever change anything.
    fn keep_an_owner(
        &self,
        stays: impl Fn(&User) -> bool,
        key_stays: impl Fn(&AskerKey) -> bool,
    ) -> Result<(), Refusal> {
        let has_key = |user: &User| {
            self.askers
                .iter()
                .any(|asker| asker.user == user.name && asker.passing.is_none() && key_stays(asker))
        };
        let mut owners = self.users.iter().filter(|user| user.role == Role::Owner && stays(user));
        if owners.any(|owner| has_key(owner) || self.has_password(&owner.name)) {
            Ok(())
        } else {
            Err(refused("it would leave the account without an owner who has a key or a password".into()))
        }
    }
}

/// Whether these can be the first users of a device, and these their keys.
///
/// # Errors
/// A sentence for people.
pub(crate) fn check(users: &[User], askers: &[(String, Credential)]) -> Result<(), String> {
    if users.len() > MOST || askers.len() > MOST {
        return Err(format!("an account has at most {MOST} users and {MOST} keys"));
    }
    for (place, user) in users.iter().enumerate() {
        let name: Result<asker::UserName, _> = user.name.parse();
        name.map_err(|error| error.to_string())?;
        if users[..place].iter().any(|other| other.name == user.name) {
            return Err(format!("{} is named twice", user.name));
        }
    }
    for (place, (user, credential)) in askers.iter().enumerate() {
        if !users.iter().any(|one| one.name == *user) {
            return Err(format!("a key is for {user:?}, who is no user"));
        }
        if !is_usable(credential) {
            return Err(format!("a key of {user} is no Ed25519 key"));
        }
        if askers[..place].iter().any(|(_, other)| other.key_id() == credential.key_id()) {
            return Err(format!("{} is a key twice", credential.key_id()));
        }
    }
    let is_owner = |(user, _): &(String, Credential)| {
        users.iter().any(|one| one.name == *user && one.role == Role::Owner)
    };
    if askers.iter().any(is_owner) { Ok(()) } else { Err("no owner has a key".into()) }
}

/// Under some points that are no keys anything verifies.
fn is_usable(credential: &Credential) -> bool {
    match credential {
        Credential::Hmac(_) => true,
        Credential::Ed25519(key) => indicia::PublicKey::ed25519(key).is_ok(),
    }
}

fn refused(why: String) -> Refusal {
    Refusal::Change(why)
}
