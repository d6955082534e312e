//! Sign-ins: how a person comes to have a session's key, as steps of the device like any other.

use asker::{Change, Credential, KeyId, Personal, Proof, Statement, UserName};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use password::{
    Registration, RegistrationRequest, SecondFactor, ServerKey, SessionKey, SignInFinish, SignInRequest,
};

use crate::derived::Derived;
use crate::record::{AskerKey, Device, Passing};
use crate::refusal::Refusal;

/// How long a session lasts, in seconds: half a day.
pub const SESSION_SECONDS: u64 = 12 * 3_600;
/// How long after a sign-in its session may change how the same user signs in, in seconds: whoever finds a browser open isn't to
/// shut its owner out.
const FRESH_SECONDS: u64 = 900;
/// Sessions of one user at one time; the one that began first gives way.
const SESSIONS: usize = 4;

/// A step of a sign-in, as a reservation keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum SignInStep {
    /// Answer the browser's first message: [`SignInRequest`].
    #[n(0)]
    Begin(#[n(0)] ByteVec),
    /// Take its last.
    #[n(1)]
    Finish {
        /// A [`SignInFinish`].
        #[n(0)]
        message: ByteVec,
        /// What an authenticator app shows, for whom that is asked.
        #[n(1)]
        code: Option<String>,
    },
}

/// What a person's browser is told.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Told {
    /// The answer to the first message of a sign-in, or of setting a password.
    #[n(0)]
    Message(#[n(0)] ByteVec),
    /// Somebody is signed in.
    #[n(1)]
    SignedIn(#[n(0)] SessionShown),
}

/// A session, as far as it is no secret.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SessionShown {
    /// Whose.
    #[n(0)]
    pub user: String,
    /// Its key's id.
    #[n(1)]
    pub key: KeyId,
    /// What its next request must name as its nonce.
    #[n(2)]
    pub challenge: u64,
    /// When it ends, seconds since 1970.
    #[n(3)]
    pub expires: u64,
}

/// How something was asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AskedBy<'a> {
    pub(crate) statement: &'a Statement<'a>,
    pub(crate) proof: &'a Proof,
    /// Whether by a key of somebody who signed in.
    pub(crate) is_session: bool,
}

impl AskedBy<'_> {
    pub(crate) fn key(&self) -> KeyId {
        self.proof.params.key()
    }

    pub(crate) fn nonce(&self) -> u64 {
        self.proof.params.nonce()
    }
}

impl SignInStep {
    /// The encoding that a reservation keeps.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        crate::wire::encode(self)
    }

    /// Reads what was encoded.
    ///
    /// # Errors
    /// [`Refusal::SignIn`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        let step = minicbor::decode(bytes).map_err(|_| Refusal::SignIn)?;
        if crate::wire::is_encoding(bytes, &step) { Ok(step) } else { Err(Refusal::SignIn) }
    }
}

impl Device {
    /// Makes a step of a sign-in. The place is that of the request in the transaction; now in seconds since 1970.
    ///
    /// # Errors
    /// [`Refusal`]; an attempt is counted nevertheless.
    pub(crate) fn sign_in(
        &mut self,
        user: &str,
        step: &SignInStep,
        place: usize,
        passwords: &ServerKey,
        at: u64,
    ) -> Result<Told, Refusal> {
        match step {
            SignInStep::Begin(message) => {
                let request = SignInRequest::from_bytes(message).map_err(|_| Refusal::SignIn)?;
                let seed = Derived::new(&self.secrets.holder).sign_in_seed(self.sequence, place, message);
                let users = &self.users;
                let is_user = |name: &str| users.iter().any(|user| user.name == name);
                let person = self.people.named(user, is_user)?;
                let response = person.begin(passwords, &self.account, &request, &seed, at)?;
                Ok(Told::Message(response.to_bytes().to_vec().into()))
            }
            SignInStep::Finish { message, code } => {
                let finish = SignInFinish::from_bytes(message).map_err(|_| Refusal::SignIn)?;
                let person = self.people.find(user).ok_or(Refusal::SignIn)?;
                let key = person.finish(&self.account, &finish, code.as_deref(), at)?;
                self.begin_session(user, &key, at).map(Told::SignedIn)
            }
        }
    }

    fn begin_session(&mut self, user: &str, key: &SessionKey, at: u64) -> Result<SessionShown, Refusal> {
        self.users.iter().find(|known| known.name == user).ok_or(Refusal::SignIn)?;
        self.askers.retain(|asker| asker.passing.is_none_or(|passing| passing.expires() >= at));
        let of_user = |asker: &AskerKey| asker.user == user && asker.is_session();
        let mut to_go =
            (self.askers.iter().filter(|asker| of_user(asker)).count() + 1).saturating_sub(SESSIONS);
        self.askers.retain(|asker| {
            let goes = to_go > 0 && of_user(asker);
            to_go -= usize::from(goes);
            !goes
        });
        let passing = Passing::Session { expires: at.saturating_add(SESSION_SECONDS), made: 0 };
        let asker = AskerKey { passing: Some(passing), ..AskerKey::new(user, &key.credential()) };
        self.askers.push(asker);
        Ok(self.sessions().pop().expect("one was just begun"))
    }

    /// Whether a session's key may be used for a request whose proof holds, or doesn't. It may not, either, if another challenge
    /// is named than the one that came last: somebody else has the key.
    ///
    /// # Errors
    /// [`Refusal::SessionEnded`].
    pub(crate) fn check_session(&self, by: AskedBy<'_>, proof_holds: bool, at: u64) -> Result<(), Refusal> {
        let ended = |why: &str| Err(Refusal::SessionEnded(why.to_owned()));
        let Some(Passing::Session { expires, made, .. }) =
            self.session(by.key()).and_then(|asker| asker.passing)
        else {
            return ended("it is unknown");
        };
        if at > expires {
            ended("its time is over")
        } else if !proof_holds {
            ended("a request wasn't signed by its key")
        } else if by.nonce() != Derived::new(&self.secrets.holder).challenge(by.key(), made) {
            ended("a request didn't name the challenge that came last")
        } else {
            Ok(())
        }
    }

    /// Uses a session's key: its next request must name another challenge. One that may not be used is gone.
    ///
    /// # Errors
    /// As [`Device::check_session`].
    pub(crate) fn use_session(&mut self, by: AskedBy<'_>, proof_holds: bool, at: u64) -> Result<(), Refusal> {
        let checked = self.check_session(by, proof_holds, at);
        let is_it = |asker: &AskerKey| asker.is_session() && asker.credential.key_id() == by.key();
        if checked.is_err() {
            self.askers.retain(|asker| !is_it(asker));
        } else if let Some(AskerKey { passing: Some(Passing::Session { made, .. }), .. }) =
            self.askers.iter_mut().find(|asker| is_it(asker))
        {
            *made += 1;
        }
        checked
    }

    fn session(&self, key: KeyId) -> Option<&AskerKey> {
        self.askers.iter().find(|asker| asker.is_session() && asker.credential.key_id() == key)
    }

    /// The sessions that there are, those that ended by themselves too, as long as nobody signed in after that.
    pub(crate) fn sessions(&self) -> Vec<SessionShown> {
        let derived = Derived::new(&self.secrets.holder);
        let shown = |asker: &AskerKey| match asker.passing {
            Some(Passing::Session { expires, made }) => {
                let key = asker.credential.key_id();
                let challenge = derived.challenge(key, made);
                Some(SessionShown { user: asker.user.clone(), key, challenge, expires })
            }
            _ => None,
        };
        self.askers.iter().filter_map(shown).collect()
    }

    /// Carries out what was asked about a user's way to sign in. Whether whoever asks may was seen before.
    ///
    /// # Errors
    /// [`Refusal`], with nothing changed but that an attempt is counted.
    pub(crate) fn change_personally(
        &mut self,
        whose: &UserName,
        what: &Personal,
        by: AskedBy<'_>,
        passwords: &ServerKey,
        at: u64,
    ) -> Result<Option<Told>, Refusal> {
        let refused = |why: &str| Refusal::Change(why.to_owned());
        let user = whose.as_str();
        let users = &self.users;
        let is_user = |name: &str| users.iter().any(|user| user.name == name);
        if !is_user(user) {
            return Err(Refusal::Change(format!("{user} isn't a user")));
        }
        let is_old = |asker: &AskerKey| match asker.passing {
            Some(Passing::Session { expires, .. }) => {
                at > expires.saturating_sub(SESSION_SECONDS) + FRESH_SECONDS
            }
            _ => false,
        };
        if self
            .askers
            .iter()
            .any(|asker| asker.credential.key_id() == by.key() && asker.user == user && is_old(asker))
        {
            return Err(refused("this takes somebody who signed in within 15 minutes; sign in again"));
        }
        match what {
            Personal::Invite { ed25519, hours } => self.invite(user, ed25519, *hours, at).map(|()| None),
            Personal::BeginPassword(message) => {
                let request = RegistrationRequest::from_bytes(message);
                let request = request.map_err(|_| refused("the message is none that sets a password"))?;
                let person = self.people.named(user, is_user)?;
                let response = person.register(passwords, &self.account, &request, at)?;
                Ok(Some(Told::Message(response.to_bytes().to_vec().into())))
            }
            Personal::SetPassword(message) => {
                let registration = Registration::from_bytes(message);
                let registration =
                    registration.map_err(|_| refused("the message is none that sets a password"))?;
                self.people.named(user, is_user)?.set_password(&registration)?;
                // Whoever had the old password, or the link, has nothing any more.
                self.askers.retain(|asker| {
                    asker.user != user
                        || asker.passing.is_none()
                        || (asker.is_session() && asker.credential.key_id() == by.key())
                });
                Ok(None)
            }
            Personal::SetSecondFactor(code) => {
                let session = self.askers.iter().find(|asker| asker.credential.key_id() == by.key());
                let Some(AskerKey {
                    credential: Credential::Hmac(key),
                    passing: Some(Passing::Session { .. }),
                    ..
                }) = session
                else {
                    return Err(refused("a second factor is set by somebody who signed in with a password"));
                };
                let factor = SecondFactor::of_session(key, by.nonce());
                self.people.named(user, is_user)?.set_second_factor(factor, code, at)?;
                Ok(None)
            }
            Personal::DropSecondFactor => {
                self.people.named(user, is_user)?.drop_second_factor();
                Ok(None)
            }
            Personal::AddPasskey { origin, registration } => {
                self.add_passkey(user, origin, registration, by, at).map(|()| None)
            }
            Personal::RemovePasskey(passkey) => self.remove_passkey(user, *passkey).map(|()| None),
        }
    }

    /// Lets whoever has this key set the user's password. A new invitation takes the place of one before it.
    fn invite(&mut self, user: &str, ed25519: &[u8; 32], hours: u16, at: u64) -> Result<(), Refusal> {
        let expires = at.saturating_add(u64::from(hours) * 3_600);
        let before = self.askers.clone();
        self.askers.retain(|asker| asker.user != user || !asker.is_invitation());
        let invitation = Some(Passing::Invitation { expires });
        let added = self.add_key(user, &Credential::Ed25519(*ed25519), invitation);
        if added.is_err() {
            self.askers = before;
        }
        added
    }

    /// Lets officers help somebody who can't sign in any more: an invitation, and neither second factor nor passkeys.
    ///
    /// # Errors
    /// [`Refusal::Change`], with nothing changed.
    pub(crate) fn let_back_in(
        &mut self,
        user: &UserName,
        ed25519: &[u8; 32],
        hours: u16,
        at: u64,
    ) -> Result<(), Refusal> {
        let invitation = Personal::Invite { ed25519: *ed25519, hours };
        let invitation = Change::Personal { user: user.clone(), what: invitation };
        invitation.check().map_err(Refusal::Change)?;
        if !self.users.iter().any(|known| known.name == user.as_str()) {
            return Err(Refusal::Change(format!("{user} isn't a user")));
        }
        self.invite(user.as_str(), ed25519, hours, at)?;
        if let Some(person) = self.people.find(user.as_str()) {
            person.begin_anew();
        }
        Ok(())
    }

    /// Whether somebody can sign in to this user with a password.
    pub(crate) fn has_password(&self, user: &str) -> bool {
        self.people.has_password(user)
    }
}
