//! Passkeys of people, and what a session asks for only with one: value above a limit that an owner sets, and whatever would
//! get around that limit.
//!
//! Keys that don't end by themselves are software's, which has nobody beside it to agree: none of this is asked of them.

use asker::{
    Change, KeyId, Passkey, PasskeyAssertion, PasskeyError, PasskeyRegistration, Personal, RelyingParty,
};
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use crate::person::People;
use crate::protocol::PasskeyShown;
use crate::record::Device;
use crate::refusal::Refusal;
use crate::signing_in::AskedBy;

/// Passkeys of one person at one time.
const PASSKEYS: usize = 8;
/// Passkeys of all people of a device: with all else they stay below [`crate::record::MAX_SEALED`].
const PASSKEYS_OF_ALL: usize = 100;

/// A passkey as a device keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Kept {
    #[n(0)]
    passkey: Passkey,
    /// When it was added, seconds since 1970.
    #[n(1)]
    added: u64,
}

/// The passkeys of a person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Passkeys(Vec<Kept>);

impl Passkeys {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    fn add(&mut self, passkey: Passkey, at: u64) -> Result<(), Refusal> {
        if self.0.iter().any(|kept| kept.passkey.id() == passkey.id()) {
            return Err(Refusal::Change(format!("{} is a passkey of this user already", passkey.name())));
        }
        if self.0.len() >= PASSKEYS {
            return Err(Refusal::Change(format!("a user has at most {PASSKEYS} passkeys")));
        }
        self.0.push(Kept { passkey, added: at });
        Ok(())
    }

    fn remove(&mut self, name: KeyId) -> Result<(), Refusal> {
        let place = self.0.iter().position(|kept| kept.passkey.name() == name);
        let place = place.ok_or_else(|| Refusal::Change(format!("{name} isn't a passkey of this user")))?;
        self.0.remove(place);
        Ok(())
    }

    /// Whether one of them was used for this challenge. It counts how often it was.
    fn check(&mut self, assertion: &PasskeyAssertion, challenge: &[u8; 32]) -> Result<(), PasskeyError> {
        let is_it = |kept: &&mut Kept| kept.passkey.id() == assertion.id;
        let used = self.0.iter_mut().find(is_it).ok_or(PasskeyError::Unknown)?;
        used.passkey.check(assertion, challenge)
    }

    pub(crate) fn shown<'a>(&'a self, user: &'a str) -> impl Iterator<Item = PasskeyShown> + 'a {
        self.0.iter().map(|Kept { passkey, added }| PasskeyShown {
            user: user.to_owned(),
            name: passkey.name(),
            id: passkey.id().to_vec().into(),
            origin: passkey.party().origin().to_owned(),
            added: *added,
        })
    }
}

// Whoever has none is kept as before there were any.

impl<C> Encode<C> for Passkeys {
    fn encode<W: encode::Write>(
        &self,
        encoder: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        self.0.encode(encoder, context)
    }

    fn is_nil(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'b, C> Decode<'b, C> for Passkeys {
    fn decode(decoder: &mut Decoder<'b>, context: &mut C) -> Result<Self, decode::Error> {
        Vec::decode(decoder, context).map(Self)
    }

    fn nil() -> Option<Self> {
        Some(Self::default())
    }
}

impl People {
    /// Whether the person who asks agreed to this by a passkey. One that was used counts it, whatever comes of the request.
    fn agree(&mut self, user: &str, by: AskedBy<'_>, what: &str) -> Result<(), Refusal> {
        let assertion = by.proof.passkey.as_ref().ok_or_else(|| Refusal::PasskeyRequired(what.to_owned()))?;
        let challenge = by.statement.challenge(&by.proof.params);
        let person = self.find(user);
        let used =
            person.map_or(Err(PasskeyError::Unknown), |person| person.passkeys.check(assertion, &challenge));
        used.map_err(|error| Refusal::PasskeyWrong(error.to_string()))
    }
}

impl Device {
    /// What of this value a session asks for only with a passkey, if it does.
    fn above_limit(&self, by: AskedBy<'_>, value: u64) -> Option<String> {
        let limit = self.limits.passkey_above.filter(|limit| by.is_session && value > *limit)?;
        Some(format!("{value} units are more than the {limit} that a session takes at once"))
    }

    /// Whether a session that takes so many units has all that this takes.
    ///
    /// # Errors
    /// [`Refusal::PasskeyRequired`] and [`Refusal::PasskeyWrong`].
    pub(crate) fn agree_to_value(&mut self, user: &str, by: AskedBy<'_>, value: u64) -> Result<(), Refusal> {
        self.above_limit(by, value).map_or(Ok(()), |what| self.people.agree(user, by, &what))
    }

    /// The same, with nothing used.
    ///
    /// # Errors
    /// As [`Device::agree_to_value`].
    pub(crate) fn would_agree(&self, user: &str, by: AskedBy<'_>, value: u64) -> Result<(), Refusal> {
        self.above_limit(by, value).map_or(Ok(()), |what| self.people.clone().agree(user, by, &what))
    }

    /// Whether a session that asks for a change has all that this takes: whoever has only the session isn't to come by more
    /// value than it may take.
    ///
    /// # Errors
    /// As [`Device::agree_to_value`].
    pub(crate) fn agree_to_change(
        &mut self,
        user: &str,
        change: &Change,
        by: AskedBy<'_>,
    ) -> Result<(), Refusal> {
        let limit = self.limits.passkey_above;
        let has_passkey = self.people.find(user).is_some_and(|person| person.passkeys.len() > 0);
        let what = match change {
            Change::SetLimits { passkey_above, .. } if is_raised(limit, *passkey_above) => {
                "the limit of what a session takes without one is raised"
            }
            // Such keys know no limit.
            Change::AddKey { .. } if limit.is_some() => "a key is added that needs none",
            // Whoever sets another's password can be that one, who may have no passkey yet.
            Change::Personal { user: whose, what: Personal::Invite { .. } }
                if limit.is_some() && whose.as_str() != user =>
            {
                "somebody else is invited, who may add one"
            }
            Change::Personal { what: Personal::AddPasskey { .. }, .. } if has_passkey => {
                "another passkey is added"
            }
            Change::Personal { what: Personal::RemovePasskey(_), .. } => "a passkey is removed",
            _ => return Ok(()),
        };
        if by.is_session { self.people.agree(user, by, what) } else { Ok(()) }
    }

    /// Keeps a passkey that a session made for the challenge that its request names.
    ///
    /// # Errors
    /// [`Refusal::PasskeyWrong`], [`Refusal::Change`].
    pub(crate) fn add_passkey(
        &mut self,
        user: &str,
        origin: &str,
        registration: &PasskeyRegistration,
        by: AskedBy<'_>,
        at: u64,
    ) -> Result<(), Refusal> {
        let refused = |why: &str| Refusal::Change(why.to_owned());
        if !by.is_session {
            return Err(refused("a passkey is added by somebody who signed in with a password"));
        }
        if self.people.passkeys().count() >= PASSKEYS_OF_ALL {
            return Err(Refusal::Change(format!("an account has at most {PASSKEYS_OF_ALL} passkeys")));
        }
        let party = RelyingParty::new(origin).ok_or_else(|| refused("passkeys aren't for such pages"))?;
        let challenge = Passkey::challenge_of_session(by.key(), by.nonce());
        let passkey = Passkey::register(registration, &challenge, &party)
            .map_err(|error| Refusal::PasskeyWrong(error.to_string()))?;
        let users = &self.users;
        let is_user = |name: &str| users.iter().any(|user| user.name == name);
        self.people.named(user, is_user)?.passkeys.add(passkey, at)
    }

    /// Forgets a passkey.
    ///
    /// # Errors
    /// [`Refusal::Change`].
    pub(crate) fn remove_passkey(&mut self, user: &str, passkey: KeyId) -> Result<(), Refusal> {
        match self.people.find(user) {
            Some(person) => person.passkeys.remove(passkey),
            None => Passkeys::default().remove(passkey),
        }
    }
}

/// Whether a session alone takes more under the new limit.
fn is_raised(old: Option<u64>, new: Option<u64>) -> bool {
    old.is_some_and(|old| new.is_none_or(|new| new > old))
}

#[cfg(test)]
mod tests {
    use super::is_raised;
    use crate::person::People;
    use crate::record::Limits;

    #[test]
    fn whoever_has_no_passkey_and_no_limit_is_kept_as_before_there_were_any() {
        let mut people = People::default();
        people.named("ida", |_| true).expect("a name");
        let bytes = crate::wire::encode(&people);
        // One map: name, former passwords, and the two counts of attempts.
        assert_eq!(bytes[..2], [0x81, 0xa4]);
        assert_eq!(minicbor::decode::<People>(&bytes).expect("people"), people);
        let limits = crate::wire::encode(&Limits::NONE);
        assert_eq!(limits[0], 0x82);
        assert_eq!(minicbor::decode::<Limits>(&limits).expect("limits"), Limits::NONE);
    }

    #[test]
    fn a_limit_is_raised_by_more_and_by_none() {
        for (old, new) in [(Some(5), Some(6)), (Some(5), None), (Some(0), Some(1))] {
            assert!(is_raised(old, new), "{old:?} {new:?}");
        }
        for (old, new) in [(None, None), (None, Some(0)), (Some(5), Some(5)), (Some(5), Some(0))] {
            assert!(!is_raised(old, new), "{old:?} {new:?}");
        }
    }
}
