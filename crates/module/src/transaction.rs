//! What a session asks of one device: a transaction, fixed for ever by the reservations it is made of.

use indicia::UnixTime;
use minicbor::bytes::ByteSlice;
use minicbor::{Decode, Encode};

use crate::sealing::Digest;

/// One request inside a transaction, in the encoding that its reservation keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Request<'a> {
    /// Issue a batch of items.
    #[n(0)]
    Issue {
        /// Who asks, one of the device's users.
        #[b(0)]
        user: &'a str,
        /// Number of the first serial, fixed when the batch was reserved.
        #[n(1)]
        first_number: u64,
        /// How many are issued: all that is asked for, or the first that the account had value for.
        #[n(2)]
        count: u32,
        /// The request's idempotency key, which the proof covers.
        #[b(3)]
        key: &'a str,
        /// The batch with the proof of who asks, in [`asker::Asked`]'s encoding; the items inside are in
        /// [`indicia::ItemList`]'s.
        #[b(4)]
        asked: &'a ByteSlice,
        /// How it was drawn, if it was held before.
        #[b(5)]
        drawn: Option<Drawn<'a>>,
    },
    /// Carry out an order of a provider or of officers.
    #[n(1)]
    Order {
        /// A [`crate::order::Order`], signed.
        #[b(0)]
        order: &'a ByteSlice,
    },
    /// Change who may use the device, and for how much.
    #[n(2)]
    Change {
        /// Who asks, one of the device's users.
        #[b(0)]
        user: &'a str,
        /// The request's idempotency key, which the proof covers.
        #[b(1)]
        key: &'a str,
        /// The change with the proof of who asks, in [`asker::ChangeAsked`]'s encoding.
        #[b(2)]
        asked: &'a ByteSlice,
    },
    /// Sign a person in.
    #[n(3)]
    SignIn {
        /// Who that is said to be.
        #[b(0)]
        user: &'a str,
        /// Which step, in [`crate::signing_in::SignInStep`]'s encoding.
        #[b(1)]
        step: &'a ByteSlice,
    },
}

/// A user's request to issue what was held until now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Drawn<'a> {
    /// The reservation, by the number that the request names.
    #[n(0)]
    pub reservation: u64,
    /// Who asks, in [`asker::Proof`]'s encoding.
    #[b(1)]
    pub proof: &'a ByteSlice,
}

/// All that one device does in one session: one step of its sequence.
///
/// The encoding is deterministic, so that the same reservations give the same digest after a crash.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Transaction<'a> {
    /// When it was planned: the date of every indicium in it. Seconds since 1970.
    #[n(0)]
    at: u64,
    /// In the order of planning.
    #[b(1)]
    requests: Vec<Request<'a>>,
}

/// Most requests of one transaction.
pub const MAX_REQUESTS: usize = 4096;
/// Most items of one request.
pub const MAX_ITEMS: usize = 1_000_000;

impl<'a> Transaction<'a> {
    /// Puts requests together in this order.
    #[must_use]
    pub fn new(at: UnixTime, requests: Vec<Request<'a>>) -> Self {
        Self { at: at.0, requests }
    }

    /// When it was planned.
    #[must_use]
    pub fn at(&self) -> UnixTime {
        UnixTime(self.at)
    }

    /// The requests in order.
    #[must_use]
    pub fn requests(&self) -> &[Request<'a>] {
        &self.requests
    }

    /// The bytes that a session carries.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64 + self.requests.iter().map(Request::size_hint).sum::<usize>());
        crate::wire::encode_into(self, &mut bytes);
        bytes
    }

    /// Reads a transaction.
    ///
    /// # Errors
    /// A sentence for people when the bytes are no transaction.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, String> {
        let transaction: Self = minicbor::decode(bytes).map_err(|error| error.to_string())?;
        if !crate::wire::is_encoding(bytes, &transaction) {
            return Err("it isn't in its one encoding".into());
        }
        match transaction.requests.len() {
            0 => Err("it has no request".into()),
            1..=MAX_REQUESTS => Ok(transaction),
            more => Err(format!("it has {more} requests, more than {MAX_REQUESTS}")),
        }
    }

    /// The digest that the registers keep.
    #[must_use]
    pub fn digest(bytes: &[u8]) -> Digest {
        Digest::of(bytes)
    }
}

impl Request<'_> {
    fn size_hint(&self) -> usize {
        32 + match self {
            Self::Issue { user, key, asked, drawn, .. } => {
                user.len() + key.len() + asked.len() + drawn.map_or(0, |drawn| drawn.proof.len())
            }
            Self::Order { order } => order.len(),
            Self::Change { user, key, asked } => user.len() + key.len() + asked.len(),
            Self::SignIn { user, step } => user.len() + step.len(),
        }
    }
}
