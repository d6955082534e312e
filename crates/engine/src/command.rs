//! What comes in over the engine's queue.

use asker::Proof;
use module::refusals_seen::RefusalsSeen;
use store::{AccountId, AccountName, NewPrint, PrintNews, PrinterChange, ReservationId};
use tokio::sync::oneshot;

use crate::book::Ask;
use crate::error::EngineError;
use crate::printing::{PrintError, PrintRequest};
use crate::request::{RedeemRequest, Reply, ReverseRequest};

/// Sends an answer of its own type.
pub(crate) type Answer<T> = oneshot::Sender<Result<T, EngineError>>;

/// One entry of the queue.
#[derive(Debug)]
pub(crate) enum Command {
    /// Issue, hold, or carry out an order.
    Ask { account: AccountName, ask: Box<Ask> },
    /// Process a held reservation.
    Draw { account: AccountName, reservation: ReservationId, proof: Box<Proof>, reply: Reply },
    /// Give a held reservation's value back.
    Release { account: AccountName, reservation: ReservationId, answer: Answer<()> },
    /// Hold a reservation for longer.
    Extend { account: AccountName, reservation: ReservationId, seconds: u64, answer: Answer<()> },
    /// Use an indicium.
    Redeem { request: Box<RedeemRequest>, reply: Reply },
    /// Take a redemption back.
    Reverse { request: Box<ReverseRequest>, reply: Reply },
    /// Make an account.
    Create { opening: Vec<u8>, answer: Answer<AccountId> },
    /// The number that the next account will have.
    NextAccount { answer: Answer<AccountId> },
    /// The number that the next order for an account must have.
    NextOrder { account: AccountName, answer: Answer<u64> },
    /// Change the staff.
    Appoint { appointment: Vec<u8>, answer: Answer<String> },
    /// Put on record what was refused without any transaction.
    RecordRefusals { seen: RefusalsSeen, answer: Answer<()> },
    /// Put a print on record.
    Print { request: Box<PrintRequest>, answer: oneshot::Sender<Result<NewPrint, PrintError>> },
    /// Put on record what is heard of a print.
    HearOfPrint { news: PrintNews, answer: Answer<()> },
    /// Change what printers are known.
    ChangePrinters { changes: Vec<PrinterChange>, answer: Answer<()> },
    /// Answered once nothing is open from before it.
    Settled { answer: Answer<()> },
}
