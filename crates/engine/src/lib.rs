//! The main flow: reserve, hold sessions with the crypto module, commit, answer; and recovery, which is the same again.
//!
//! The engine trusts nothing it can't check in the store, and decides nothing that the module decides: it sets
//! value aside, fixes what is to be done, and carries records to the module and back. It knows no key, no HTTP
//! and no file format of its customers.

mod audit;
mod book;
mod command;
mod erasing;
mod error;
mod figures;
mod gathering;
mod host;
mod ledger;
mod link;
mod planning;
mod printing;
mod reading;
mod redeeming;
mod request;
mod settling;
mod statuses;
mod taking;
mod voiding;
mod worker;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};

use asker::{BatchOptions, OnInsufficient, Proof};
use crossbeam_channel::{Sender, TrySendError, bounded};
use indicia::{ItemList, RuleBook, UnixTime};
use module::order::{Order, OrderAction};
use module::refusals_seen::RefusalsSeen;
use store::{
    AccountId, AccountName, IdempotencyKey, NewPrint, Place, PrintNews, PrinterChange, Reader, RequestKind,
    ReservationId, Store,
};
use tokio::sync::oneshot;

pub use audit::{AuditReport, audit};
pub use erasing::{Belonging, belonging};
pub use error::{EngineError, NotErasable, NotVoidable};
pub use figures::{Classes, Figures, Spread};
pub use host::{ModuleCommand, ModuleHost, SecureModule, SessionAnswered};
pub use ledger::{Decision, Ledger};
pub use printing::{PrintError, PrintRequest, check_print};
pub use reading::{used, was_issued};
pub use request::{
    ChangeRequest, IssueRequest, Issued, OrderRequest, Outcome, RedeemRequest, ReverseRequest, SignInRequest,
    Ticket,
};
pub use statuses::{EXPIRED_STAYS, SnapshotError, snapshot};
pub use voiding::rest;

use book::{Ask, Asked};
use command::Command;
use link::Link;
use request::request_digest;
use voiding::Voiding;
use worker::Worker;

/// Requests that wait at most; a further one is told to come again.
pub const QUEUE: usize = 8192;

/// A running engine. Dropping it finishes what is reserved.
pub struct Engine {
    commands: Option<Sender<Command>>,
    worker: Option<JoinHandle<()>>,
    module: Arc<dyn SecureModule>,
    place: Place,
    /// Why the worker does nothing more.
    stopped: Arc<OnceLock<String>>,
    figures: Arc<Figures>,
    rules: RuleBook,
}

impl Engine {
    /// Starts on an open store and finishes whatever an earlier run left open before it returns.
    ///
    /// # Errors
    /// [`EngineError`] when the store can't be read or the module can't be reached.
    pub fn start(
        store: Box<dyn Store>,
        module: Arc<dyn SecureModule>,
        clock: fn() -> UnixTime,
    ) -> Result<Self, EngineError> {
        let thread_error = |error: std::io::Error| EngineError::Stopped(error.to_string());
        let (place, open) = (store.place().clone(), store.books().accounts_with_open_requests()?);
        let stopped = Arc::new(OnceLock::new());
        let (sender, commands) = bounded(QUEUE);
        let figures = Arc::<Figures>::default();
        let mut worker = Worker {
            link: Link::new(Arc::clone(&module), Arc::clone(&figures)),
            figures: Arc::clone(&figures),
            store,
            module: Arc::clone(&module),
            commands,
            clock,
            books: HashMap::new(),
            names: HashMap::new(),
            active: BTreeSet::new(),
            timed: BTreeSet::new(),
            stored: None,
            failures: 0,
            settled: Vec::new(),
            stopped: Arc::clone(&stopped),
        };
        worker.keep_staff_event()?;
        for account in open {
            worker.load(account)?;
        }
        let (answer, settled) = oneshot::channel();
        let _ = sender.send(Command::Settled { answer });
        let thread = thread::Builder::new().name("engine".into()).spawn(move || worker.run());
        let worker = Some(thread.map_err(thread_error)?);
        let engine = Self {
            commands: Some(sender),
            worker,
            module,
            place,
            stopped,
            figures,
            rules: RuleBook::default(),
        };
        settled.blocking_recv().unwrap_or_else(|_| Err(ended()))?;
        Ok(engine)
    }

    /// Holds every batch that is asked for from here on to the rules of these templates.
    #[must_use]
    pub fn obeying(mut self, rules: RuleBook) -> Self {
        self.rules = rules;
        self
    }

    /// Puts a batch into the queue.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for a batch that breaks a rule, [`EngineError::QueueFull`]; all else comes with the
    /// ticket.
    pub fn issue(&self, request: IssueRequest) -> Result<Ticket, EngineError> {
        let IssueRequest { account, user, key, query, items, form, proof } = request;
        let options =
            BatchOptions::from_query(&query).map_err(|error| EngineError::Invalid(error.to_string()))?;
        let list = ItemList::decode(&items).map_err(|error| EngineError::Invalid(error.to_string()))?;
        let most = module::transaction::MAX_ITEMS;
        if list.items.is_empty() || list.items.len() > most {
            let count = list.items.len();
            return Err(EngineError::Invalid(format!("a batch has 1 to {most} items, this one has {count}")));
        }
        let broken = self.rules.check(account.as_str(), &list).err().map(Box::new);
        let total = list.total().map_err(|error| EngineError::Invalid(error.to_string()))?.units();
        let digest = request_digest(&user, options.on_insufficient, &items);
        let body = asker::Asked { query: &query, items: items.as_slice().into(), proof, form }.encode();
        let BatchOptions { on_insufficient, priority, hold_seconds } = options;
        let amounts = list.items.iter().map(|item| item.amount.units()).collect();
        let what = Asked::Batch { amounts, body: body.into(), total, on_insufficient, hold_seconds, broken };
        let user = Arc::from(user);
        self.ask(account, |reply| Ask { key, key_is_new: false, digest, user, what, priority, reply })
    }

    /// Puts a signed order into the queue. One that makes indicia void, or erases something of them, takes a look at them in the
    /// books first, which blocks.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for bytes that are no order, [`EngineError::NotVoidable`], [`EngineError::VoidWorth`] and
    /// [`EngineError::NotErasable`] for what isn't as the order says, [`EngineError::QueueFull`].
    pub fn order(&self, request: OrderRequest) -> Result<Ticket, EngineError> {
        let order = Order::read(&request.order).map_err(|error| EngineError::Invalid(error.to_string()))?;
        let intent = order.intent();
        let (mut void, mut erases) = (None, None);
        let (kind, value) = match order.action {
            OrderAction::Fund(_) => (RequestKind::Fund, 0),
            OrderAction::Refund(amount) => (RequestKind::Refund, amount.units()),
            OrderAction::Void { amount, serials } => {
                let books = self.reader()?;
                void = Some(Voiding::new(&*books, &request.account, order.device, amount, serials)?);
                (RequestKind::Void, 0)
            }
            OrderAction::Erase(erasure) => {
                let books = self.reader()?;
                erases = Some(erasing::requests(&*books, &request.account, order.device, &erasure)?);
                (RequestKind::Erase, 0)
            }
            OrderAction::Become(_) | OrderAction::Invite { .. } => (RequestKind::State, 0),
        };
        let body: Arc<[u8]> = request.order.into();
        let key_is_new = request.key.is_none();
        let key = request.key.unwrap_or_else(new_key);
        // A repetition has another number and date, but asks for the same.
        let digest = request_digest("", OnInsufficient::Reject, &intent);
        let what = Asked::Plain { kind, body, value, void, erases };
        let user = Arc::from("provider");
        self.ask(request.account, |reply| Ask { key, key_is_new, digest, user, what, priority: 0, reply })
    }

    /// Puts a change of users, keys or limits into the queue.
    ///
    /// # Errors
    /// [`EngineError::QueueFull`]; all else comes with the ticket.
    pub fn change(&self, request: ChangeRequest) -> Result<Ticket, EngineError> {
        let ChangeRequest { account, user, key, asked } = request;
        let (place, content) = (asked.change.place(), asked.change.content());
        // A repetition may be signed anew, but asks for the same.
        let digest = request_digest(&user, OnInsufficient::Reject, format!("{place} {content}").as_bytes());
        let what = Asked::plain(RequestKind::Change, asked.encode().into());
        let user = Arc::from(user);
        self.ask(account, |reply| Ask { key, key_is_new: false, digest, user, what, priority: 0, reply })
    }

    /// Puts a step of a sign-in into the queue. It is told once: a browser that doesn't hear the answer begins again.
    ///
    /// # Errors
    /// [`EngineError::QueueFull`]; all else comes with the ticket.
    pub fn sign_in(&self, request: SignInRequest) -> Result<Ticket, EngineError> {
        let SignInRequest { account, user, step } = request;
        let body: Arc<[u8]> = step.encode().into();
        let digest = request_digest(&user, OnInsufficient::Reject, &body);
        let what = Asked::plain(RequestKind::SignIn, body);
        let (key, user) = (new_key(), Arc::from(user));
        self.ask(account, |reply| Ask { key, key_is_new: true, digest, user, what, priority: 0, reply })
    }

    /// Processes a held reservation, which its user asks for by [`asker::Statement::draw`].
    ///
    /// # Errors
    /// [`EngineError::QueueFull`]; all else comes with the ticket.
    pub fn draw(
        &self,
        account: AccountName,
        reservation: ReservationId,
        proof: Proof,
    ) -> Result<Ticket, EngineError> {
        let (reply, ticket) = oneshot::channel();
        self.send(Command::Draw { account, reservation, proof: Box::new(proof), reply })?;
        Ok(Ticket(ticket))
    }

    /// Puts the use of an indicium into the queue: one of several, all that is left, or a part. The same person's same key is
    /// the same use.
    ///
    /// # Errors
    /// [`EngineError::QueueFull`]; [`EngineError::NotRedeemable`] and all else come with the ticket.
    pub fn redeem(&self, request: RedeemRequest) -> Result<Ticket, EngineError> {
        let (reply, ticket) = oneshot::channel();
        self.send(Command::Redeem { request: Box::new(request), reply })?;
        Ok(Ticket(ticket))
    }

    /// Puts into the queue that a redemption is taken back, once; the same person's same reason is the same reversal.
    ///
    /// # Errors
    /// [`EngineError::QueueFull`]; [`EngineError::UnknownRedemption`], [`EngineError::ReversedAlready`] and all else come with
    /// the ticket.
    pub fn reverse(&self, request: ReverseRequest) -> Result<Ticket, EngineError> {
        let (reply, ticket) = oneshot::channel();
        self.send(Command::Reverse { request: Box::new(request), reply })?;
        Ok(Ticket(ticket))
    }

    /// Gives a held reservation's value back.
    ///
    /// # Errors
    /// [`EngineError::UnknownReservation`] if it isn't held (any more), and others.
    pub fn release(&self, account: AccountName, reservation: ReservationId) -> Result<(), EngineError> {
        self.question(|answer| Command::Release { account, reservation, answer })
    }

    /// Holds a reservation until this many seconds from now.
    ///
    /// # Errors
    /// As [`Engine::release`].
    pub fn extend(
        &self,
        account: AccountName,
        reservation: ReservationId,
        seconds: u64,
    ) -> Result<(), EngineError> {
        self.question(|answer| Command::Extend { account, reservation, seconds, answer })
    }

    /// Makes an account with a device of its own, as an opening says: [`module::protocol::NewDevice::sign`]. It has no
    /// value until it is funded.
    ///
    /// # Errors
    /// [`EngineError::AccountExists`], [`EngineError::AccountNumber`] and others.
    pub fn create_account(&self, opening: Vec<u8>) -> Result<AccountId, EngineError> {
        self.question(|answer| Command::Create { opening, answer })
    }

    /// Changes the staff by a paper that officers signed: [`module::appointment::Appointment`]. Says who they were.
    ///
    /// # Errors
    /// [`EngineError::Appointment`] and others.
    pub fn appoint(&self, appointment: Vec<u8>) -> Result<String, EngineError> {
        self.question(|answer| Command::Appoint { appointment, answer })
    }

    /// Puts on record of the staff what whoever serves requests refused without any transaction. The same again, after an error,
    /// is on record once.
    ///
    /// # Errors
    /// [`EngineError::Module`] and others.
    pub fn record_refusals(&self, seen: RefusalsSeen) -> Result<(), EngineError> {
        self.question(|answer| Command::RecordRefusals { seen, answer })
    }

    /// Puts on record that indicia are printed: what then is sent to a printer is this print's job. Those that may be on paper
    /// already are printed again only with a reason.
    ///
    /// # Errors
    /// [`PrintError`]: nothing is on record then, and nothing is to be printed.
    pub fn print(&self, request: PrintRequest) -> Result<NewPrint, PrintError> {
        let (answer, receiver) = oneshot::channel();
        self.send(Command::Print { request: Box::new(request), answer })?;
        receiver.blocking_recv().unwrap_or_else(|_| Err(ended().into()))
    }

    /// Puts on record what is heard of an open print. What is over stays as it is.
    ///
    /// # Errors
    /// [`EngineError::Store`] and others.
    pub fn hear_of_print(&self, news: PrintNews) -> Result<(), EngineError> {
        self.question(|answer| Command::HearOfPrint { news, answer })
    }

    /// Changes what printers are known by name, all of it or nothing.
    ///
    /// # Errors
    /// [`EngineError::Store`] and others.
    pub fn change_printers(&self, changes: Vec<PrinterChange>) -> Result<(), EngineError> {
        self.question(|answer| Command::ChangePrinters { changes, answer })
    }

    /// The number that the next account and its device will have, which its opening must name.
    ///
    /// # Errors
    /// As all reading of the store.
    pub fn next_account(&self) -> Result<AccountId, EngineError> {
        self.question(|answer| Command::NextAccount { answer })
    }

    /// The number that the provider's next order for an account must have.
    ///
    /// # Errors
    /// [`EngineError::UnknownAccount`] and others.
    pub fn next_order(&self, account: AccountName) -> Result<u64, EngineError> {
        self.question(|answer| Command::NextOrder { account, answer })
    }

    /// Requests that wait to be taken, at most [`QUEUE`].
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.commands.as_ref().map_or(0, Sender::len)
    }

    /// What it counts of its work.
    #[must_use]
    pub fn figures(&self) -> &Arc<Figures> {
        &self.figures
    }

    /// Why it does nothing more, once it doesn't: store or module stayed away for longer than it waits for them. What is
    /// reserved is finished when it starts again.
    #[must_use]
    pub fn stopped(&self) -> Option<EngineError> {
        let has_ended = || self.worker.as_ref().is_none_or(JoinHandle::is_finished).then(ended);
        self.stopped.get().map(|reason| EngineError::Stopped(reason.clone())).or_else(has_ended)
    }

    /// The module, for questions that change nothing.
    #[must_use]
    pub fn module(&self) -> &dyn SecureModule {
        self.module.as_ref()
    }

    /// A connection of one's own to read the books with.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn reader(&self) -> Result<Reader, EngineError> {
        Ok(self.place.reader()?)
    }

    fn ask(
        &self,
        account: AccountName,
        ask: impl FnOnce(request::Reply) -> Ask,
    ) -> Result<Ticket, EngineError> {
        let (reply, ticket) = oneshot::channel();
        self.send(Command::Ask { account, ask: Box::new(ask(reply)) })?;
        Ok(Ticket(ticket))
    }

    fn question<T>(&self, command: impl FnOnce(command::Answer<T>) -> Command) -> Result<T, EngineError> {
        let (answer, receiver) = oneshot::channel();
        self.send(command(answer))?;
        receiver.blocking_recv().unwrap_or_else(|_| Err(ended()))
    }

    fn send(&self, command: Command) -> Result<(), EngineError> {
        let commands = self.commands.as_ref().ok_or_else(ended)?;
        commands.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => EngineError::QueueFull(QUEUE),
            TrySendError::Disconnected(_) => ended(),
        })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        drop(self.commands.take());
        if let Some(worker) = self.worker.take() {
            let _ = worker.join();
        }
    }
}

fn ended() -> EngineError {
    EngineError::Stopped("it was asked to end".into())
}

/// A key that no request had before.
#[must_use]
pub fn new_key() -> IdempotencyKey {
    IdempotencyKey::from_uuid(uuid::Uuid::now_v7().as_u128())
}
