//! The operator's people, apart from each other: who funds, who decides about devices, who only reads.
//!
//! | role | signs | reads |
//! | --- | --- | --- |
//! | provider | openings of accounts; orders that fund and refund | – |
//! | officer | with another officer: orders about a device's state, changes of the staff | everything |
//! | auditor | nothing | everything |
//! | support | nothing | history and state, but no indicium |
//! | steward | nothing; redeems indicia | redemptions |

use asker::{Credential, KeyId, UserName};
use indicia::PublicKey;
use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::paper::{Paper, PaperError};

/// Officers who must agree.
pub const QUORUM: usize = 2;
/// Most members of a staff.
const MOST: usize = 64;

/// What a member of the staff does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum StaffRole {
    /// Opens accounts, funds and refunds them.
    #[n(0)]
    Provider,
    /// Decides, with another officer, about devices and about who is of the staff.
    #[n(1)]
    Officer,
    /// Reads everything and changes nothing.
    #[n(2)]
    Auditor,
    /// Sees a customer's history and state and changes nothing.
    #[n(3)]
    Support,
    /// Redeems indicia, at a gate or a counter.
    #[n(4)]
    Steward,
}

impl StaffRole {
    /// Its name in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Officer => "officer",
            Self::Auditor => "auditor",
            Self::Support => "support",
            Self::Steward => "steward",
        }
    }

    /// The role of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::Provider, Self::Officer, Self::Auditor, Self::Support, Self::Steward]
            .into_iter()
            .find(|role| role.name() == name)
    }
}

/// One of the operator's people, with the Ed25519 key that stands for him.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Member {
    /// What he is called, unique in the staff.
    #[n(0)]
    pub name: UserName,
    /// What he does.
    #[n(1)]
    pub role: StaffRole,
    /// His public key; no two have the same.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub key: [u8; 32],
}

impl Member {
    /// His key, as requests over HTTP name it.
    #[must_use]
    pub fn credential(&self) -> Credential {
        Credential::Ed25519(self.key)
    }

    /// The name of his key in requests over HTTP.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.credential().key_id()
    }
}

/// Why people make no staff.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StaffError {
    /// Nobody could fund, or nobody decide.
    #[error("a staff needs a provider and {QUORUM} officers at least")]
    Incomplete,
    /// More than are possible.
    #[error("a staff has at most {MOST} members")]
    TooMany,
    /// Two of one name or key.
    #[error("{0} is of the staff already, or somebody with this key")]
    Twice(String),
    /// Not to be dismissed.
    #[error("nobody of the staff is called {0}")]
    Unknown(String),
    /// A key under which anything verifies.
    #[error("the key of {0} is no Ed25519 key")]
    Key(String),
}

/// Who signed a paper, and for what that is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// One provider.
    Provider,
    /// Two officers or more.
    Officers,
}

/// The operator's people. It is complete: there is a provider, and there are officers enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff(Vec<(Member, PublicKey)>);

impl Staff {
    /// These people.
    ///
    /// # Errors
    /// [`StaffError`].
    pub fn new(members: Vec<Member>) -> Result<Self, StaffError> {
        if members.len() > MOST {
            return Err(StaffError::TooMany);
        }
        let mut staff = Vec::with_capacity(members.len());
        for member in members {
            let key = PublicKey::ed25519(&member.key);
            let key = key.map_err(|_| StaffError::Key(member.name.to_string()))?;
            let is_same =
                |(other, _): &(Member, PublicKey)| other.name == member.name || other.key == member.key;
            if staff.iter().any(is_same) {
                return Err(StaffError::Twice(member.name.to_string()));
            }
            staff.push((member, key));
        }
        let staff = Self(staff);
        let count = |role| staff.members().filter(|member| member.role == role).count();
        if count(StaffRole::Provider) == 0 || count(StaffRole::Officer) < QUORUM {
            return Err(StaffError::Incomplete);
        }
        Ok(staff)
    }

    /// Everybody.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.0.iter().map(|(member, _)| member)
    }

    /// These people and one more.
    ///
    /// # Errors
    /// [`StaffError`].
    pub fn with(&self, member: Member) -> Result<Self, StaffError> {
        Self::new(self.members().cloned().chain([member]).collect())
    }

    /// These people but one.
    ///
    /// # Errors
    /// [`StaffError`].
    pub fn without(&self, name: &UserName) -> Result<Self, StaffError> {
        if !self.members().any(|member| member.name == *name) {
            return Err(StaffError::Unknown(name.to_string()));
        }
        Self::new(self.members().filter(|member| member.name != *name).cloned().collect())
    }

    /// Says who signed a paper, by name, if that is enough.
    ///
    /// # Errors
    /// [`PaperError`].
    pub fn authorise(&self, paper: &Paper<'_>, needed: Authority) -> Result<String, PaperError> {
        let (role, quorum) = match needed {
            Authority::Provider => (StaffRole::Provider, 1),
            Authority::Officers => (StaffRole::Officer, QUORUM),
        };
        let signers = paper.signers(&self.0.iter().filter(|(member, _)| member.role == role))?;
        if signers.len() < quorum {
            return Err(PaperError::TooFew { role: role.name(), signed: signers.len(), needed: quorum });
        }
        let names: Vec<&str> = signers.iter().map(|member| member.name.as_str()).collect();
        Ok(format!("{} {}", role.name(), names.join(" and ")))
    }
}
