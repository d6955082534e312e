//! What is on record of a device: every change but the issuing itself, and every refusal, each with the one before; and
//! likewise what is on record of the staff, with what the server says that it refused without any transaction.
//!
//! The device makes its events in its transactions and keeps the head of their chain in its sealed record. The events
//! themselves lie in the database, in the clear: whoever changes, drops or adds one can't make the head fit.

use asker::{Change, KeyId, Personal, UserName};
use minicbor::{Decode, Encode};

use crate::appointment::StaffChange;
use crate::order::{Erasure, OrderAction};
use crate::record::DeviceState;
use crate::refusal::Refusal;
use crate::refusals_seen::RefusalsSeen;
use crate::sealing::Digest;
use crate::serials::Serials;
use crate::staff::Member;

/// Something that happened to a device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Event {
    /// Its number: 1, 2, 3, without gaps.
    #[n(0)]
    pub number: u64,
    /// When, seconds since 1970: the date of its transaction.
    #[n(1)]
    pub at: u64,
    /// Who: a user's name, or `provider` and `officer` with the names of those who signed; for a refusal, who is said to have
    /// asked.
    #[n(2)]
    pub who: String,
    /// Under which idempotency key it was asked, if under one.
    #[n(3)]
    pub key: Option<String>,
    /// What.
    #[n(4)]
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum What {
    /// The device was made; its owner's name.
    #[n(0)]
    Opened(#[n(0)] String),
    /// Units came in.
    #[n(1)]
    Funded {
        /// How many.
        #[n(0)]
        units: u64,
        /// Why.
        #[n(1)]
        reason: String,
    },
    /// Units were given back.
    #[n(2)]
    Refunded {
        /// How many.
        #[n(0)]
        units: u64,
        /// Why.
        #[n(1)]
        reason: String,
    },
    /// The device's state was changed.
    #[n(3)]
    Became {
        /// To this.
        #[n(0)]
        state: DeviceState,
        /// Why.
        #[n(1)]
        reason: String,
    },
    /// Users, keys or limits were changed.
    #[n(4)]
    Changed(#[n(0)] Change),
    /// The first staff was made. On record of the staff, as the next.
    #[n(6)]
    StaffMade(#[n(0)] Vec<Member>),
    /// The staff was changed.
    #[n(7)]
    StaffChanged {
        /// How.
        #[n(0)]
        change: StaffChange,
        /// Why.
        #[n(1)]
        reason: String,
    },
    /// A person signed in: the session's key.
    #[n(8)]
    SignedIn(#[n(0)] KeyId),
    /// A way to sign in was changed.
    #[n(9)]
    Personal {
        /// Whose.
        #[n(0)]
        user: UserName,
        /// How.
        #[n(1)]
        how: PersonalChange,
    },
    /// Indicia became void, and their units came back.
    #[n(10)]
    Voided {
        /// How many units.
        #[n(0)]
        units: u64,
        /// Which indicia.
        #[n(1)]
        serials: Serials,
        /// Why.
        #[n(2)]
        reason: String,
    },
    /// The server refused requests without any transaction. On record of the staff.
    #[n(11)]
    RefusalsSeen(#[n(0)] RefusalsSeen),
    /// What the books had of holders was erased: never what it was.
    #[n(12)]
    Erased {
        /// Of which indicia and requests.
        #[n(0)]
        erasure: Erasure,
        /// Why.
        #[n(1)]
        reason: String,
    },
    /// Something was asked and refused.
    #[n(5)]
    Refused {
        /// What was asked, as a verb.
        #[n(0)]
        asked: String,
        /// Why not.
        #[n(1)]
        why: Refusal,
    },
}

/// How a way to sign in was changed. What was sent for it isn't put on record.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum PersonalChange {
    /// Somebody was invited to set a password.
    #[n(0)]
    Invited,
    /// A password was set.
    #[n(1)]
    PasswordSet,
    /// A second factor was set.
    #[n(2)]
    SecondFactorSet,
    /// It was dropped.
    #[n(3)]
    SecondFactorDropped,
    /// Officers invited somebody to set a password anew, without second factor and passkeys, and why.
    #[n(4)]
    LetBackIn(#[n(0)] String),
    /// A passkey was added.
    #[n(5)]
    PasskeyAdded,
    /// The passkey of this name was removed.
    #[n(6)]
    PasskeyRemoved(#[n(0)] KeyId),
}

impl What {
    /// A change that was carried out, if it is one: the first step to a password changes nothing.
    pub(crate) fn changed(change: Change) -> Option<Self> {
        let Change::Personal { user, what } = change else { return Some(Self::Changed(change)) };
        let how = match what {
            Personal::Invite { .. } => PersonalChange::Invited,
            Personal::BeginPassword(_) => return None,
            Personal::SetPassword(_) => PersonalChange::PasswordSet,
            Personal::SetSecondFactor(_) => PersonalChange::SecondFactorSet,
            Personal::DropSecondFactor => PersonalChange::SecondFactorDropped,
            Personal::AddPasskey { .. } => PersonalChange::PasskeyAdded,
            Personal::RemovePasskey(passkey) => PersonalChange::PasskeyRemoved(passkey),
        };
        Some(Self::Personal { user, how })
    }

    /// An order that was carried out.
    pub(crate) fn ordered(action: OrderAction, reason: String) -> Self {
        match action {
            OrderAction::Fund(amount) => Self::Funded { units: amount.units(), reason },
            OrderAction::Refund(amount) => Self::Refunded { units: amount.units(), reason },
            OrderAction::Void { amount, serials } => Self::Voided { units: amount.units(), serials, reason },
            OrderAction::Erase(erasure) => Self::Erased { erasure, reason },
            OrderAction::Become(state) => Self::Became { state, reason },
            OrderAction::Invite { user, .. } => {
                Self::Personal { user, how: PersonalChange::LetBackIn(reason) }
            }
        }
    }
}

/// How far the chain of a device's events goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct EventChain {
    /// Events so far.
    #[n(0)]
    pub count: u64,
    /// SHA-256 of the head before and the last event; zeros before the first.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub head: [u8; 32],
}

impl EventChain {
    /// Puts the next event behind the others and returns it as it is kept.
    pub(crate) fn add(&mut self, at: u64, who: String, key: Option<String>, what: What) -> Vec<u8> {
        let event = Event { number: self.count + 1, at, who, key, what };
        let bytes = crate::wire::encode(&event);
        self.follow(&bytes);
        bytes
    }

    /// Goes one event further, whatever it says: whoever does so from the first to the last and comes to the head of the
    /// record has seen them all.
    pub fn follow(&mut self, event: &[u8]) {
        self.head = Digest::of(&[&self.head[..], event].concat()).0;
        self.count += 1;
    }
}

impl Event {
    /// Reads an event as it is kept.
    ///
    /// # Errors
    /// A sentence for people when the bytes are none.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        let event: Self = minicbor::decode(bytes).map_err(|error| error.to_string())?;
        if crate::wire::is_encoding(bytes, &event) {
            Ok(event)
        } else {
            Err("it isn't in its one encoding".into())
        }
    }
}
