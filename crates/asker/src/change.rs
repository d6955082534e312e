//! What an account's users ask of the account itself: who may use it, by which keys, and for how much.

use minicbor::{Decode, Encode};

use crate::content_digest::ContentDigest;
use crate::credential::{Credential, KeyId};
use crate::encoding::is_encoding_of;
use crate::error::ProofError;
use crate::personal::Personal;
use crate::proof::Proof;
use crate::statement::Statement;
use crate::user_name::UserName;

/// What a user of an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Role {
    /// Issues from it, and changes its users and limits.
    #[n(0)]
    Owner,
    /// Issues from it.
    #[n(1)]
    Customer,
}

impl Role {
    /// Its name in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Customer => "customer",
        }
    }

    /// The role of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::Owner, Self::Customer].into_iter().find(|role| role.name() == name)
    }
}

/// A signed request that changes an account's device without moving value.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Change {
    /// Somebody more may use it. The new user has no key yet.
    #[n(0)]
    AddUser {
        /// Who.
        #[n(0)]
        name: UserName,
        /// To do what.
        #[n(1)]
        role: Role,
    },
    /// Somebody may not use it any more; his keys go with him.
    #[n(1)]
    RemoveUser {
        /// Who.
        #[n(0)]
        name: UserName,
    },
    /// A user has a key more. Only a public one can come this way, since a server carries it.
    #[n(2)]
    AddKey {
        /// Whose.
        #[n(0)]
        user: UserName,
        /// The Ed25519 public key.
        #[cbor(n(1), with = "minicbor::bytes")]
        ed25519: [u8; 32],
    },
    /// A user has a key less.
    #[n(3)]
    RemoveKey {
        /// Whose.
        #[n(0)]
        user: UserName,
        /// Which.
        #[n(1)]
        key: KeyId,
    },
    /// Other bounds on issuing, in units of the account's denomination; none is as much as a register holds.
    #[n(4)]
    SetLimits {
        /// Largest amount of one item.
        #[n(0)]
        per_item: Option<u64>,
        /// Largest total of one UTC day.
        #[n(1)]
        per_day: Option<u64>,
        /// Most that a person's session takes at once without a passkey.
        #[n(2)]
        passkey_above: Option<u64>,
    },
    /// Another way for a user to sign in.
    #[n(5)]
    Personal {
        /// Whose.
        #[n(0)]
        user: UserName,
        /// What.
        #[n(1)]
        what: Personal,
    },
}

impl Change {
    /// The path of its request, below the account's.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::AddUser { .. } => "users".into(),
            Self::RemoveUser { name } => format!("users/{name}/remove"),
            Self::AddKey { user, .. } => format!("users/{user}/keys"),
            Self::RemoveKey { user, key } => format!("users/{user}/keys/{key}/remove"),
            Self::SetLimits { .. } => "limits".into(),
            Self::Personal { user, what } => format!("users/{user}/{}", what.place()),
        }
    }

    /// The content of its request: JSON in its canonical form (RFC 8785). There is no other way to write it, so that who
    /// checks needs no parser. Units are strings, since not every JSON number of this size is what it says.
    #[must_use]
    pub fn content(&self) -> String {
        // Names, hexadecimal digits and numbers are in a JSON string what they are.
        match self {
            Self::AddUser { name, role } => format!(r#"{{"name":"{name}","role":"{}"}}"#, role.name()),
            Self::RemoveUser { .. } | Self::RemoveKey { .. } => String::new(),
            Self::AddKey { ed25519, .. } => format!(r#"{{"ed25519":"{}"}}"#, hex(ed25519)),
            Self::SetLimits { per_item, per_day, passkey_above } => {
                let bound =
                    |name: &str, units: &Option<u64>| units.map(|units| format!(r#""{name}":"{units}""#));
                let bounds = [("passkey_above", passkey_above), ("per_day", per_day), ("per_item", per_item)];
                let bounds = bounds.into_iter().filter_map(|(name, units)| bound(name, units));
                format!("{{{}}}", bounds.collect::<Vec<_>>().join(","))
            }
            Self::Personal { what, .. } => what.content(),
        }
    }

    /// What a proof is to be of.
    #[must_use]
    pub fn statement<'a>(&self, account: &'a str, idempotency_key: &'a str) -> Statement<'a> {
        let content = ContentDigest::of(self.content().as_bytes());
        Statement::errand(account, self.place(), idempotency_key, content)
    }

    /// The key that it adds, as it is kept.
    #[must_use]
    pub fn new_key(&self) -> Option<Credential> {
        match self {
            Self::AddKey { ed25519, .. } => Some(Credential::Ed25519(*ed25519)),
            _ => None,
        }
    }

    /// Whether there can be such a request: what was decoded needn't be one.
    ///
    /// # Errors
    /// A sentence for people.
    pub fn check(&self) -> Result<(), String> {
        self.user().map_or(Ok(()), UserName::check).map_err(|error| error.to_string())?;
        match self {
            Self::Personal { what, .. } => what.check().map_err(str::to_owned),
            _ => Ok(()),
        }
    }

    fn user(&self) -> Option<&UserName> {
        match self {
            Self::AddUser { name: user, .. }
            | Self::RemoveUser { name: user }
            | Self::AddKey { user, .. }
            | Self::RemoveKey { user, .. }
            | Self::Personal { user, .. } => Some(user),
            Self::SetLimits { .. } => None,
        }
    }
}

/// As contents write a key.
pub(crate) fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A change with the proof of who asks for it: what is reserved, kept, and carried to where it is checked.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ChangeAsked {
    /// What is asked for.
    #[n(0)]
    pub change: Change,
    /// Who asks for it.
    #[n(1)]
    pub proof: Proof,
}

impl ChangeAsked {
    /// The encoding that a reservation keeps.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("writing to memory doesn't fail")
    }

    /// Reads what was encoded.
    ///
    /// # Errors
    /// [`ProofError::Encoding`], also for a second encoding of the same, and for a name that no user can have.
    pub fn decode(bytes: &[u8]) -> Result<Self, ProofError> {
        let asked: Self = minicbor::decode(bytes).map_err(|error| ProofError::Encoding(error.to_string()))?;
        if !is_encoding_of(bytes, &asked) {
            return Err(ProofError::Encoding("it isn't in its one encoding".into()));
        }
        asked.change.check().map_err(ProofError::Encoding)?;
        Ok(asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Checker, PasskeyRegistration, Secret};

    fn name(text: &str) -> UserName {
        text.parse().unwrap()
    }

    fn personal(user: &str, what: Personal) -> Change {
        Change::Personal { user: name(user), what }
    }

    fn limits(per_item: Option<u64>, per_day: Option<u64>, passkey_above: Option<u64>) -> Change {
        Change::SetLimits { per_item, per_day, passkey_above }
    }

    fn passkey(origin: &str, attestation: &[u8], client_data: &[u8]) -> Personal {
        let (attestation, client_data) = (attestation.to_vec(), client_data.to_vec());
        let registration = PasskeyRegistration { client_data, attestation };
        Personal::AddPasskey { origin: origin.into(), registration }
    }

    fn changes() -> Vec<Change> {
        let key = Credential::Ed25519([7; 32]).key_id();
        vec![
            Change::AddUser { name: name("ada"), role: Role::Customer },
            Change::AddUser { name: name("ada"), role: Role::Owner },
            Change::AddUser { name: name("bob"), role: Role::Owner },
            Change::RemoveUser { name: name("ada") },
            Change::AddKey { user: name("ada"), ed25519: [7; 32] },
            Change::AddKey { user: name("ada"), ed25519: [8; 32] },
            Change::RemoveKey { user: name("ada"), key },
            limits(None, None, None),
            limits(Some(1), None, None),
            limits(None, Some(1), None),
            limits(None, None, Some(1)),
            limits(Some(u64::MAX), Some(1), Some(2)),
            personal("ada", Personal::Invite { ed25519: [7; 32], hours: 24 }),
            personal("ada", Personal::Invite { ed25519: [7; 32], hours: 25 }),
            personal("ada", Personal::Invite { ed25519: [8; 32], hours: 24 }),
            personal("bob", Personal::BeginPassword(vec![1; 32])),
            personal("ada", Personal::BeginPassword(vec![1; 32])),
            personal("ada", Personal::SetPassword(vec![1; 32])),
            personal("ada", Personal::SetPassword(vec![2; 32])),
            personal("ada", Personal::SetSecondFactor("123456".into())),
            personal("ada", Personal::SetSecondFactor("123457".into())),
            personal("ada", Personal::DropSecondFactor),
            personal("ada", passkey("https://a.example", &[1], &[2])),
            personal("ada", passkey("https://a.example", &[2], &[1])),
            personal("ada", passkey("https://b.example", &[1], &[2])),
            personal("ada", Personal::RemovePasskey(key)),
            personal("bob", Personal::RemovePasskey(key)),
        ]
    }

    #[test]
    fn a_proof_is_of_one_change() {
        let secret = Secret::ed25519(&[7; 32]);
        for signed in &changes() {
            let proof = Proof::sign(&secret, &signed.statement("a", "k"), 1, 1);
            for checked in &changes() {
                let holds =
                    Checker::new(&secret.credential()).check(&checked.statement("a", "k"), &proof).is_ok();
                assert_eq!(holds, signed == checked, "{signed:?} {checked:?}");
            }
            assert!(Checker::new(&secret.credential()).check(&signed.statement("b", "k"), &proof).is_err());
        }
    }

    /// Sorted members, no spaces: as any canonicaliser of RFC 8785 writes them.
    #[test]
    fn contents_are_canonical() {
        for change in changes() {
            let content = change.content();
            if content.is_empty() {
                continue;
            }
            let value: serde_json::Value = serde_json::from_str(&content).unwrap();
            assert_eq!(serde_json::to_string(&value).unwrap(), content, "sorted, as serde_json's map is");
        }
        assert_eq!(
            limits(Some(250), Some(10_000), None).content(),
            r#"{"per_day":"10000","per_item":"250"}"#
        );
        let add = Change::AddUser { name: name("ada"), role: Role::Customer };
        assert_eq!(
            (add.place().as_str(), add.content().as_str()),
            ("users", r#"{"name":"ada","role":"customer"}"#)
        );
    }

    #[test]
    fn what_is_encoded_is_read_and_nothing_else() {
        let proof = Proof::sign(&Secret::hmac([7; 32]), &changes()[0].statement("a", "k"), 1, 1);
        for change in changes() {
            let asked = ChangeAsked { change, proof: proof.clone() };
            assert_eq!(ChangeAsked::decode(&asked.encode()), Ok(asked.clone()));
            assert!(ChangeAsked::decode(&[asked.encode(), vec![0]].concat()).is_err());
        }
        for what in [
            Personal::Invite { ed25519: [7; 32], hours: 0 },
            Personal::Invite { ed25519: [7; 32], hours: 745 },
            Personal::SetPassword(vec![0; 513]),
            Personal::SetSecondFactor(r#"1","x":""#.into()),
            Personal::SetSecondFactor(String::new()),
            passkey(r#"https://a.example","x":""#, &[1], &[2]),
            passkey("http://a.example", &[1], &[2]),
            passkey(&format!("https://{}", "a".repeat(270)), &[1], &[2]),
            passkey("https://a.example", &[0; 1_537], &[2]),
            passkey("https://a.example", &[1], &[0; 1_537]),
        ] {
            let asked = ChangeAsked { change: personal("ada", what), proof: proof.clone() };
            assert!(ChangeAsked::decode(&asked.encode()).is_err(), "{asked:?}");
        }
        let path: UserName = minicbor::decode(&minicbor::to_vec("../b").unwrap()).unwrap();
        let asked = ChangeAsked { change: Change::RemoveUser { name: path }, proof };
        assert!(ChangeAsked::decode(&asked.encode()).is_err(), "a name that is a path");
    }
}
