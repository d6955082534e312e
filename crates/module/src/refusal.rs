//! Why a module says no: to one request, or to a whole device.

use indicia::UnixTime;
use minicbor::{Decode, Encode};
use thiserror::Error;

/// Why one request of a transaction was refused. The transaction stands, with nothing debited for this one.
#[derive(Debug, Clone, PartialEq, Eq, Error, Encode, Decode)]
pub enum Refusal {
    /// The asker isn't one of the device's users.
    #[n(0)]
    #[error("{user:?} isn't a user of this account")]
    NotAuthorised {
        /// Who asked.
        #[n(0)]
        user: String,
    },
    /// The device's state forbids it.
    #[n(1)]
    #[error("the device is {state}, and then it doesn't {action}")]
    State {
        /// Name of the state.
        #[n(0)]
        state: String,
        /// What was asked, as a verb.
        #[n(1)]
        action: String,
    },
    /// The indicium key is too old.
    #[n(2)]
    #[error("the device's indicium key expired; renew it before issuing")]
    KeyExpired,
    /// One item is above the device's limit.
    #[n(3)]
    #[error("item {item} asks for {units} units; the device's limit for one item is {limit}")]
    ItemLimit {
        /// 1-based place of the item in its batch.
        #[n(0)]
        item: u64,
        /// What it asked for.
        #[n(1)]
        units: u64,
        /// The limit.
        #[n(2)]
        limit: u64,
    },
    /// The day's total would be above the device's limit.
    #[n(4)]
    #[error("the batch asks for {asked} units; the device's daily limit leaves {left} today")]
    DayLimit {
        /// Units asked for.
        #[n(0)]
        asked: u64,
        /// Units left of the day.
        #[n(1)]
        left: u64,
    },
    /// The descending register is too low.
    #[n(5)]
    #[error("{asked} units were asked for and {available} are available")]
    Funds {
        /// Units asked for.
        #[n(0)]
        asked: u64,
        /// The descending register.
        #[n(1)]
        available: u64,
    },
    /// A register would pass what it can hold.
    #[n(6)]
    #[error("a register would pass its largest value")]
    Overflow,
    /// The batch is in another currency or scale than the device.
    #[n(7)]
    #[error("the batch is in {batch}, the device in {device}")]
    Denomination {
        /// Of the batch.
        #[n(0)]
        batch: String,
        /// Of the device.
        #[n(1)]
        device: String,
    },
    /// The serial numbers were used already.
    #[n(8)]
    #[error("serial number {first} was asked for, but the device has already used all below {next}")]
    Serials {
        /// First number asked for.
        #[n(0)]
        first: u64,
        /// First number never used.
        #[n(1)]
        next: u64,
    },
    /// The items can't be read or break a rule.
    #[n(9)]
    #[error("the batch is malformed: {0}")]
    Items(#[n(0)] String),
    /// The order can't be carried out.
    #[n(10)]
    #[error("the order is refused: {0}")]
    Order(#[n(0)] String),
    /// The key named isn't one of the user's.
    #[n(11)]
    #[error("{key} isn't a key of {user:?} in this account")]
    UnknownKey {
        /// Who is said to ask.
        #[n(0)]
        user: String,
        /// The key's id.
        #[n(1)]
        key: String,
    },
    /// Nothing shows that the user asks for this, now, and for the first time.
    #[n(12)]
    #[error("the request isn't proven: {0}")]
    NotProven(#[n(0)] String),
    /// The user's role doesn't allow it.
    #[n(13)]
    #[error("{user} is a {role} of this account, and may not {action}")]
    Role {
        /// Who asked.
        #[n(0)]
        user: String,
        /// Name of the role.
        #[n(1)]
        role: String,
        /// What was asked, as a verb.
        #[n(2)]
        action: String,
    },
    /// The change makes no sense, or would leave the account without an owner.
    #[n(14)]
    #[error("the change is refused: {0}")]
    Change(#[n(0)] String),
    /// Wrong password, no such user, no password set: nobody can tell which.
    #[n(15)]
    #[error("the password is wrong, or there is no such user")]
    SignIn,
    /// Too many attempts failed.
    #[n(16)]
    #[error("too many sign-ins failed; try again in {seconds} s")]
    TooManyAttempts {
        /// Until then, in seconds.
        #[n(0)]
        seconds: u64,
    },
    /// The password is right, but that isn't enough.
    #[n(17)]
    #[error("a code of the authenticator app is needed too")]
    CodeMissing,
    /// A wrong code, or one that was used.
    #[n(18)]
    #[error("the code is wrong or was used; sign in again with the next one")]
    CodeWrong,
    /// A password that was there before.
    #[n(19)]
    #[error("the password is one of the last {last}; choose another one")]
    PasswordReused {
        /// How many must not come again.
        #[n(0)]
        last: u64,
    },
    /// A session's key, but not for what the module waited for.
    #[n(20)]
    #[error("the session has ended: {0}; sign in again")]
    SessionEnded(#[n(0)] String),
    /// More would become void than was issued.
    #[n(21)]
    #[error("{asked} units were to become void, and {left} of those issued aren't void")]
    Void {
        /// Units that the order names.
        #[n(0)]
        asked: u64,
        /// Units that were issued and aren't void.
        #[n(1)]
        left: u64,
    },
    /// A serial that the device has never used was to become void.
    #[n(22)]
    #[error("{0} was never issued")]
    NeverIssued(#[n(0)] String),
    /// A session isn't enough.
    #[n(23)]
    #[error("this takes a passkey beside the session: {0}")]
    PasskeyRequired(#[n(0)] String),
    /// A passkey was used that isn't the user's, or not for this.
    #[n(24)]
    #[error("the passkey doesn't agree to this: {0}")]
    PasskeyWrong(#[n(0)] String),
}

impl Refusal {
    /// The refusal as it is kept.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        crate::wire::encode(self)
    }

    /// Reads a refusal as it is kept; none if the bytes are none that this program knows.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        minicbor::decode(bytes).ok().filter(|refusal| crate::wire::is_encoding(bytes, refusal))
    }
}

/// Why a device's whole transaction wasn't processed. Nothing changed, nothing was registered.
#[derive(Debug, Clone, PartialEq, Eq, Error, Encode, Decode)]
pub enum DeviceFault {
    /// Another session holds the device at this moment.
    #[n(0)]
    #[error("the device is in another session; try again")]
    Busy,
    /// The registers have never seen the device.
    #[n(1)]
    #[error("the module's registers don't know this device")]
    UnknownDevice,
    /// The record is older than the registers: somebody put an earlier one back.
    #[n(2)]
    #[error(
        "the device record is at transaction {record}, the module's registers are at {registers}: an earlier record was put back"
    )]
    RecordOlder {
        /// Sequence of the record.
        #[n(0)]
        record: u64,
        /// Sequence of the registers.
        #[n(1)]
        registers: u64,
    },
    /// The record is newer than the registers: somebody put an earlier register file back.
    #[n(3)]
    #[error(
        "the device record is at transaction {record}, the module's registers only at {registers}: an earlier register file was put back"
    )]
    RegistersOlder {
        /// Sequence of the record.
        #[n(0)]
        record: u64,
        /// Sequence of the registers.
        #[n(1)]
        registers: u64,
    },
    /// Same sequence, other content.
    #[n(4)]
    #[error("the device record differs from the module's registers at transaction {sequence}")]
    RecordDiffers {
        /// The sequence of both.
        #[n(0)]
        sequence: u64,
    },
    /// One behind the registers, but what was processed then was another request.
    #[n(5)]
    #[error("the module processed another request as transaction {sequence} of this device")]
    RequestDiffers {
        /// The transaction in question.
        #[n(0)]
        sequence: u64,
    },
    /// The registers inside the record don't balance, or not with the module's.
    #[n(6)]
    #[error("the device's registers don't balance with the module's control total")]
    OutOfBalance,
    /// The record doesn't open.
    #[n(7)]
    #[error("{0}")]
    Record(#[n(0)] String),
    /// The transaction can't be read.
    #[n(8)]
    #[error("the transaction can't be read: {0}")]
    Transaction(#[n(0)] String),
    /// The transaction's time can't be right.
    #[n(9)]
    #[error("the transaction is dated {at}, but {bound}")]
    Clock {
        /// Its time, seconds since 1970.
        #[n(0)]
        at: u64,
        /// What it must not pass.
        #[n(1)]
        bound: String,
    },
}

impl DeviceFault {
    /// Whether the device disagrees with the module, so that it must be locked until people decide.
    #[must_use]
    pub fn is_disagreement(&self) -> bool {
        match self {
            Self::Busy | Self::Transaction(_) | Self::Clock { .. } => false,
            Self::UnknownDevice
            | Self::RecordOlder { .. }
            | Self::RegistersOlder { .. }
            | Self::RecordDiffers { .. }
            | Self::RequestDiffers { .. }
            | Self::OutOfBalance
            | Self::Record(_) => true,
        }
    }

    /// A transaction dated before the device's last one.
    pub(crate) fn before_last(at: UnixTime, last: UnixTime) -> Self {
        Self::Clock { at: at.0, bound: format!("the device's last transaction was at {}", last.0) }
    }

    /// A transaction dated after the module's own clock.
    pub(crate) fn in_future(at: UnixTime, now: UnixTime) -> Self {
        Self::Clock { at: at.0, bound: format!("the module's clock says {}", now.0) }
    }
}
