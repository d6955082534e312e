//! What can go wrong with a request, in sentences for the person who made it.

use indicia::{Amount, BrokenRule, DeviceId, NotRedeemable, Serial};
use module::refusal::Refusal;
use thiserror::Error;

/// Why a request wasn't carried out. Nothing was debited unless the variant says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EngineError {
    /// No such account.
    #[error("there is no account named {0}; `mintage account list` shows those there are")]
    UnknownAccount(String),
    /// The name is taken.
    #[error("there is an account named {0} already")]
    AccountExists(String),
    /// Another account was made meanwhile.
    #[error("the opening is for account number {found}, the next is {next}; sign one for that")]
    AccountNumber {
        /// What the opening says.
        found: u32,
        /// The next number.
        next: u32,
    },
    /// The staff isn't changed by this.
    #[error("the appointment is refused: {0}")]
    Appointment(String),
    /// Not enough unreserved value.
    #[error(
        "this takes {asked} and {unreserved} is unreserved in account {account}; fund it, or issue with --on-insufficient partial or wait"
    )]
    Insufficient {
        /// The account.
        account: String,
        /// What the batch costs.
        asked: Amount,
        /// What nobody has reserved.
        unreserved: Amount,
    },
    /// Waited to the limit.
    #[error("{waited} s have passed without {asked} becoming free in account {account}")]
    WaitedTooLong {
        /// The account.
        account: String,
        /// What the batch costs.
        asked: Amount,
        /// How long was waited, in seconds.
        waited: u64,
    },
    /// Same key, other request.
    #[error("the idempotency key {0} was used for another request; take a new key for a new request")]
    KeyReused(String),
    /// The same request is queued at this moment.
    #[error("this very request is being worked on; ask again in a moment for its outcome")]
    InProgress,
    /// The module said no to this request.
    #[error("the crypto module refused: {0}")]
    Refused(Refusal),
    /// What the request held was given back, and it is closed for ever under this idempotency key.
    #[error("the request was closed without effect: {0}")]
    Closed(String),
    /// A batch breaks a rule of a template.
    #[error("{0}; nothing was issued")]
    BrokenRule(BrokenRule),
    /// The request breaks a rule.
    #[error("{0}")]
    Invalid(String),
    /// The device disagrees with the module.
    #[error("account {account} is locked: {reason}; nothing more is issued from it until this is cleared up")]
    Locked {
        /// The account.
        account: String,
        /// The disagreement.
        reason: String,
    },
    /// No such open reservation.
    #[error("there is no held reservation {0} in this account")]
    UnknownReservation(u64),
    /// An indicium that can't become void.
    #[error("{serial} {why}; nothing has become void")]
    NotVoidable {
        /// Which.
        serial: Serial,
        /// Why not.
        why: NotVoidable,
    },
    /// Another amount would come back than is left of the indicia.
    #[error("of the indicia that the order names {worth} is left, not {said}; nothing has become void")]
    VoidWorth {
        /// What the order says.
        said: Amount,
        /// What is left of them together.
        worth: Amount,
    },
    /// Something can't be erased.
    #[error("{0}; nothing was erased")]
    NotErasable(NotErasable),
    /// An indicium that can't be redeemed.
    #[error("{serial} {why}; nothing was redeemed")]
    NotRedeemable {
        /// Which.
        serial: Serial,
        /// Why not.
        why: NotRedeemable,
    },
    /// No such redemption.
    #[error("{serial} has no redemption {place}")]
    UnknownRedemption {
        /// Of which indicium.
        serial: Serial,
        /// Which of its redemptions.
        place: u32,
    },
    /// The redemption was taken back before.
    #[error("redemption {place} of {serial} was taken back already, by {by}")]
    ReversedAlready {
        /// Of which indicium.
        serial: Serial,
        /// Which of its redemptions.
        place: u32,
        /// By whom.
        by: String,
    },
    /// What the redemption took can't come back to an indicium whose rest has gone back to its account.
    #[error("{serial} {why}; redemption {place} wasn't taken back")]
    NotReversible {
        /// Of which indicium.
        serial: Serial,
        /// Which of its redemptions.
        place: u32,
        /// That it is void, or is becoming so.
        why: NotRedeemable,
    },
    /// Too much is waiting already.
    #[error("more requests are waiting than the engine takes ({0}); nothing was done, try again")]
    QueueFull(usize),
    /// The store can't write or read.
    #[error("the store failed: {0}")]
    Store(String),
    /// The crypto module can't be reached or used.
    #[error("{0}")]
    Module(String),
    /// The engine stopped; what was reserved is finished when it starts again.
    #[error("the engine has stopped ({0}); what was reserved is finished when it starts again")]
    Stopped(String),
}

/// Why something can't be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotErasable {
    /// A serial was given to nobody.
    #[error("{0} was never issued")]
    NeverIssued(Serial),
    /// The serials are those of another account.
    #[error("the serials of device {0} are another account's")]
    OtherAccount(DeviceId),
    /// No request for indicia has this number.
    #[error("the account has no request {0} for indicia")]
    NoRequest(u64),
    /// The request is still to be carried out, and needs what it says.
    #[error("request {0} is held or being carried out; release it first")]
    NotOver(u64),
}

/// Why an indicium can't become void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotVoidable {
    /// Its serial was given to nobody.
    #[error("was never issued")]
    NeverIssued,
    /// It is another account's.
    #[error("is another account's")]
    OtherAccount,
    /// Its value has come back already.
    #[error("is void already")]
    Void,
    /// It is used up.
    #[error("was redeemed")]
    Redeemed,
    /// Somebody left with it who may come in again.
    #[error("has somebody outside who may come in again; take back that he was let out first")]
    Outside,
    /// Another order that names it is being carried out.
    #[error("is becoming void by another order")]
    BecomingVoid,
}

impl From<store::StoreError> for EngineError {
    fn from(error: store::StoreError) -> Self {
        Self::Store(error.to_string())
    }
}
