//! What callers ask of the engine, and what they get.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use asker::{ChangeAsked, ContentForm, OnInsufficient, Proof};
use indicia::{Amount, Serial, Showing, Terms, UnixTime, Way};
use module::protocol::Packed;
use module::signing_in::{SignInStep, Told};
use sha2::{Digest, Sha256};
use store::{AccountId, AccountName, IdempotencyKey, ReservationId, StoredRedemption};
use tokio::sync::oneshot;

use crate::error::EngineError;

/// A batch to be issued.
#[derive(Debug, Clone)]
pub struct IssueRequest {
    /// From which account.
    pub account: AccountName,
    /// Who asks: one of the device's users.
    pub user: String,
    /// The caller's key: the same key and request give the same answer for ever.
    pub key: IdempotencyKey,
    /// How the batch is wanted: the text of [`asker::BatchOptions`].
    pub query: String,
    /// The items, as an [`indicia::ItemList`] is encoded.
    pub items: Vec<u8>,
    /// In which form the user sent them, and so signed them.
    pub form: ContentForm,
    /// The user's signature over all of this. The module checks it; the engine only carries it.
    pub proof: Proof,
}

/// A step by which a person signs in.
#[derive(Debug, Clone)]
pub struct SignInRequest {
    /// To which account.
    pub account: AccountName,
    /// Who that is said to be.
    pub user: String,
    /// The step.
    pub step: SignInStep,
}

/// A signed order of the provider to be carried out.
#[derive(Debug, Clone)]
pub struct OrderRequest {
    /// For which account.
    pub account: AccountName,
    /// As for a batch. Without one, a new one is made.
    pub key: Option<IdempotencyKey>,
    /// A signed [`module::order::Order`].
    pub order: Vec<u8>,
}

/// A user's request to change users, keys or limits.
#[derive(Debug, Clone)]
pub struct ChangeRequest {
    /// Of which account.
    pub account: AccountName,
    /// Who asks: one of the device's users.
    pub user: String,
    /// As for a batch.
    pub key: IdempotencyKey,
    /// What is asked, with the user's signature. The module checks it; the engine only carries it.
    pub asked: ChangeAsked,
}

/// A use of an indicium.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedeemRequest {
    /// The account that issued it.
    pub account: AccountId,
    /// Which.
    pub serial: Serial,
    /// What it says of its uses.
    pub terms: Terms,
    /// How much of it is used; none for one use of what is for several, and for all that is left of anything else.
    pub amount: Option<Amount>,
    /// Who redeems it: somebody of the operator's staff, by name.
    pub by: String,
    /// What he calls this use.
    pub key: IdempotencyKey,
    /// Where.
    pub gate: String,
    /// Which way its holder goes.
    pub way: Way,
    /// At which entrance, if it is named: what is for another isn't redeemed. It makes no other use.
    pub entrance: Option<String>,
    /// Whether its holder has signed it again before whoever takes it, which makes no other use either.
    pub is_countersigned: bool,
    /// How it was shown: what is tied to a device is to be shown live by it. It makes no other use.
    pub showing: Showing,
    /// When: what its dates are compared with.
    pub at: UnixTime,
    /// Whether that was without asking, by a gate without a network: then it is taken down, whatever is left of the indicium.
    pub is_offline: bool,
}

/// A redemption that is to be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReverseRequest {
    /// The account that issued the indicium.
    pub account: AccountId,
    /// Which indicium.
    pub serial: Serial,
    /// What it says of its uses.
    pub terms: Terms,
    /// Which of its redemptions.
    pub place: u32,
    /// Who takes it back.
    pub by: String,
    /// Why, for a person.
    pub reason: String,
}

/// A batch that was issued: durable, and the same for every repetition of its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The account.
    pub account: AccountId,
    /// The reservation it was drawn from.
    pub reservation: ReservationId,
    /// The key under which the same answer is given again.
    pub key: IdempotencyKey,
    /// Number of the first serial.
    pub first_number: u64,
    /// How many were issued.
    pub count: u32,
    /// How many were asked for: more than `count` only after [`asker::OnInsufficient::Partial`].
    pub asked: u32,
    /// What they cost together.
    pub value: Amount,
    /// The indicia, packed.
    pub packs: Arc<[Packed]>,
}

/// What a request came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A batch was issued.
    Issued(Issued),
    /// An order was carried out.
    Ordered {
        /// Its reservation.
        reservation: ReservationId,
    },
    /// Users, keys or limits were changed.
    Changed {
        /// Its reservation.
        reservation: ReservationId,
    },
    /// A person's browser is to be told this. It is said once: who asks again is only told that it was done.
    Told(Told),
    /// An indicium was redeemed, or a redemption taken back.
    Redeemed(Box<StoredRedemption>),
    /// A reservation is held.
    Held {
        /// Its id.
        reservation: ReservationId,
        /// Items that it covers.
        count: u32,
        /// Value set aside.
        value: Amount,
    },
}

pub(crate) type Reply = oneshot::Sender<Result<Outcome, EngineError>>;

/// A request that was taken into the queue. As a future it comes to what [`Ticket::wait`] returns.
#[derive(Debug)]
#[must_use = "without it nobody learns what the request came to"]
pub struct Ticket(pub(crate) oneshot::Receiver<Result<Outcome, EngineError>>);

impl Ticket {
    /// Blocks until the request is carried out, durably, or refused.
    ///
    /// # Errors
    /// Whatever the request came to; [`EngineError::Stopped`] when the engine ended first.
    pub fn wait(self) -> Result<Outcome, EngineError> {
        self.0.blocking_recv().unwrap_or_else(|_| Err(ended()))
    }
}

impl Future for Ticket {
    type Output = Result<Outcome, EngineError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|answer| answer.unwrap_or_else(|_| Err(ended())))
    }
}

fn ended() -> EngineError {
    EngineError::Stopped("it was asked to end".into())
}

impl Outcome {
    /// The batch, if it is one.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for any other outcome.
    pub fn issued(self) -> Result<Issued, EngineError> {
        match self {
            Self::Issued(issued) => Ok(issued),
            _ => Err(EngineError::Invalid("the request was no batch to be issued".into())),
        }
    }
}

/// The digest that tells a repetition from another request under the same key.
pub(crate) fn request_digest(user: &str, on_insufficient: OnInsufficient, content: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update((user.len() as u64).to_be_bytes());
    hash.update(user);
    hash.update([u8::from(matches!(on_insufficient, OnInsufficient::Partial))]);
    hash.update(content);
    hash.finalize().into()
}
