//! Commands from the queue: known keys answered, accounts looked up and made, the rest put into its inbox.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use asker::KeptBatch;
use indicia::UnixTime;
use module::client::ClientError;
use module::protocol::{Failure, NewDevice, Packed};
use module::refusal::Refusal;
use module::refusals_seen::RefusalsSeen;
use store::{
    AccountId, AccountName, Commit, Ended, IdempotencyKey, OpenReservation, RequestKind, ReservationId,
    ReservationOutcome, StaffEvent, StoredReservation,
};

use crate::book::{Ask, Asked, Book, Held, Open, Planned, PlannedRequest};
use crate::command::{Answer, Command};
use crate::error::EngineError;
use crate::gathering::Gathering;
use crate::ledger::Ledger;
use crate::planning::{amount, end_reservation, held};
use crate::redeeming::Uses;
use crate::request::{Issued, Outcome, request_digest};
use crate::voiding::{self, BecomingVoid};
use crate::worker::{Round, Worker};

impl Worker {
    /// Takes commands; whatever they change goes into the round.
    pub(crate) fn take_all(&mut self, commands: Vec<Command>, round: &mut Round) {
        self.stored = self.look_up_keys(&commands).ok();
        let mut uses = Uses::default();
        uses.look_up(&commands, self.store.books(), &round.commit);
        for command in commands {
            self.take(command, &mut uses, round);
        }
    }

    /// What the store knows of all keys that are asked under. Together, since each question to a database server takes
    /// its time; hardly ever is one of them known.
    fn look_up_keys(
        &mut self,
        commands: &[Command],
    ) -> Result<HashMap<(AccountId, IdempotencyKey), StoredReservation>, EngineError> {
        let mut keys = Vec::with_capacity(commands.len());
        for command in commands {
            if let Command::Ask { account, ask } = command
                && !ask.key_is_new
                // What is wrong with it is said when it is taken.
                && let Ok(id) = self.find(account)
            {
                keys.push((id, &ask.key));
            }
        }
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let found = self.store.books().reservations_by_keys(&keys)?;
        Ok(found.into_iter().map(|stored| ((stored.account, stored.key.clone()), stored)).collect())
    }

    /// Takes one command.
    fn take(&mut self, command: Command, uses: &mut Uses, round: &mut Round) {
        match command {
            Command::Redeem { request, reply } => self.redeem(&request, reply, uses, round),
            Command::Reverse { request, reply } => self.reverse(&request, reply, uses, round),
            Command::Ask { account, ask } => self.take_ask(&account, *ask, round),
            Command::Draw { account, reservation, proof, reply } => match self.usable(&account) {
                Ok(id) => self.draw(id, reservation, &proof, reply, round),
                Err(error) => round.answers.push((reply, Err(error))),
            },
            Command::Release { account, reservation, answer } => {
                let _ = answer.send(self.release(&account, reservation));
            }
            Command::Extend { account, reservation, seconds, answer } => {
                let _ = answer.send(self.extend(&account, reservation, seconds));
            }
            Command::Create { opening, answer } => {
                let _ = answer.send(self.create_account(&opening));
            }
            Command::NextAccount { answer } => {
                let _ = answer.send(self.store.books().next_account().map_err(EngineError::from));
            }
            Command::NextOrder { account, answer } => {
                let _ = answer.send(self.next_order(&account));
            }
            Command::Appoint { appointment, answer } => {
                let _ = answer.send(self.appoint(&appointment));
            }
            Command::RecordRefusals { seen, answer } => {
                let _ = answer.send(self.record_refusals(seen));
            }
            Command::Print { request, answer } => {
                let _ = answer.send(self.print(*request));
            }
            Command::HearOfPrint { news, answer } => {
                let _ = answer.send(self.hear_of_print(news));
            }
            Command::ChangePrinters { changes, answer } => {
                let _ = answer.send(self.change_printers(changes));
            }
            Command::Settled { answer } => self.wait_settled(answer),
        }
    }

    fn take_ask(&mut self, account: &AccountName, ask: Ask, round: &mut Round) {
        let answer = match self.usable(account).and_then(|id| Ok((id, self.known(id, &ask)?))) {
            Ok((id, Known::New)) => {
                if let Asked::Batch { broken: Some(broken), .. } = ask.what {
                    round.answers.push((ask.reply, Err(EngineError::BrokenRule(*broken))));
                    return;
                }
                if let Some(book) = self.books.get_mut(&id) {
                    book.inbox.push_back(ask);
                }
                self.active.insert(id);
                return;
            }
            Ok((id, Known::Open)) => {
                let book = self.books.get_mut(&id);
                if let Some(open) = book.and_then(|book| book.open.get_mut(&ask.key)) {
                    open.replies.push(ask.reply);
                }
                return;
            }
            Ok((_, Known::Closed(outcome))) => outcome,
            Err(error) => Err(error),
        };
        round.answers.push((ask.reply, answer));
    }

    /// Whether this very request was made before under its key.
    fn known(&mut self, id: AccountId, ask: &Ask) -> Result<Known, EngineError> {
        let reused = || EngineError::KeyReused(ask.key.to_string());
        let Some(book) = self.books.get(&id) else { return Ok(Known::New) };
        if let Some(open) = book.open.get(&ask.key) {
            if open.digest != ask.digest {
                return Err(reused());
            }
            let held_here = book.held.iter().find(|held| held.request.key == ask.key);
            return Ok(held_here.map_or(Known::Open, |found| Known::Closed(held(book, &found.request))));
        }
        let queued = book.inbox.iter().chain(book.waiting.iter().map(|waiting| &waiting.ask));
        if let Some(other) = queued.into_iter().find(|other| other.key == ask.key) {
            // Nothing is durable of it yet, so it can't be followed: the caller tries again in a moment.
            return Err(if other.digest == ask.digest { EngineError::InProgress } else { reused() });
        }
        if ask.key_is_new {
            return Ok(Known::New);
        }
        match self.stored(id, &ask.key)? {
            None => Ok(Known::New),
            Some(stored)
                if stored.request_digest != ask.digest && !self.is_what_is_left(id, ask, &stored)? =>
            {
                Err(reused())
            }
            Some(stored) => Ok(Known::Closed(self.closed(book, &stored))),
        }
    }

    /// Whether a stored request of which something was erased was the same as this, as far as it is left.
    fn is_what_is_left(
        &self,
        id: AccountId,
        ask: &Ask,
        stored: &StoredReservation,
    ) -> Result<bool, EngineError> {
        let Asked::Batch { body: asked, on_insufficient, .. } = &ask.what else { return Ok(false) };
        let Some((_, body)) = self.store.books().reservation(id, stored.id)? else { return Ok(false) };
        let read = KeptBatch::decode(&body).ok().zip(KeptBatch::decode(asked).ok());
        let Some((kept, asked)) = read.filter(|(kept, _)| !kept.erased().is_empty()) else {
            return Ok(false);
        };
        let mut list = asked.items().map_err(|error| EngineError::Invalid(error.to_string()))?;
        let items = asker::erase_from(&mut list, kept.erased());
        Ok(request_digest(&ask.user, *on_insufficient, &items) == stored.request_digest)
    }

    /// The request that the store has under a key.
    fn stored(&self, id: AccountId, key: &IdempotencyKey) -> Result<Option<StoredReservation>, EngineError> {
        let Some(stored) = &self.stored else {
            return Ok(self.store.books().reservation_by_key(id, key)?);
        };
        if stored.is_empty() {
            return Ok(None);
        }
        match stored.get(&(id, key.clone())) {
            // A command before this one may have closed it.
            Some(StoredReservation {
                outcome: ReservationOutcome::Open | ReservationOutcome::Held, ..
            }) => Ok(self.store.books().reservation_by_key(id, key)?),
            known => Ok(known.cloned()),
        }
    }

    /// What a closed request came to, for ever.
    fn closed(&self, book: &Book, stored: &StoredReservation) -> Result<Outcome, EngineError> {
        match &stored.outcome {
            ReservationOutcome::Ended { reason, refusal, .. } => {
                // As it was told the first time. Whatever ended otherwise has only a reason, and so have refusals of earlier
                // programs.
                let refusal = refusal.as_deref().and_then(Refusal::decode);
                Err(refusal.map_or_else(|| EngineError::Closed(reason.clone()), EngineError::Refused))
            }
            ReservationOutcome::Done { first_number } if stored.count > 0 => Ok(Outcome::Issued(Issued {
                account: book.id,
                reservation: stored.id,
                key: stored.key.clone(),
                first_number: *first_number,
                count: stored.count,
                asked: stored.wanted_count,
                value: amount(book, stored.value),
                packs: self.packs(book.id, *first_number, stored.count)?,
            })),
            ReservationOutcome::Done { .. } if stored.kind == RequestKind::Change => {
                Ok(Outcome::Changed { reservation: stored.id })
            }
            ReservationOutcome::Done { .. } => Ok(Outcome::Ordered { reservation: stored.id }),
            // An open one is in the book, and was found there.
            ReservationOutcome::Open | ReservationOutcome::Held => Err(EngineError::InProgress),
        }
    }

    fn packs(&self, account: AccountId, first: u64, count: u32) -> Result<Arc<[Packed]>, EngineError> {
        crate::reading::packs(self.store.books(), account, first, count)
    }

    /// The account's id, if it exists and isn't locked.
    fn usable(&mut self, name: &AccountName) -> Result<AccountId, EngineError> {
        if let Some(reason) = self.stopped.get() {
            return Err(EngineError::Stopped(reason.clone()));
        }
        let id = self.find(name)?;
        match self.books.get(&id).and_then(|book| book.locked.clone()) {
            Some(reason) => Err(EngineError::Locked { account: name.to_string(), reason }),
            None => Ok(id),
        }
    }

    /// The account's id; its book is made from the store when it is asked for the first time.
    pub(crate) fn find(&mut self, name: &AccountName) -> Result<AccountId, EngineError> {
        if let Some(id) = self.names.get(name) {
            return Ok(*id);
        }
        let account = self
            .store
            .books()
            .account_by_name(name)?
            .ok_or_else(|| EngineError::UnknownAccount(name.to_string()))?;
        self.load(account)
    }

    /// Makes an account's book from the store, with whatever is open there.
    pub(crate) fn load(&mut self, account: store::Account) -> Result<AccountId, EngineError> {
        let id = account.id;
        let next = self.store.books().next_ids(id)?;
        let mut book = Book {
            id,
            name: account.name.clone(),
            denomination: account.denomination,
            record: account.record.into(),
            ledger: Ledger::new(account.descending),
            next_reservation: next.reservation.0,
            next_ordinal: next.ordinal.0,
            next_number: account.next_number,
            last_at: account.created,
            inbox: VecDeque::new(),
            waiting: Vec::new(),
            held: Vec::new(),
            open: HashMap::new(),
            drawn: VecDeque::new(),
            planned: None,
            in_session: false,
            becoming_void: BecomingVoid::new(),
            gathering: Gathering::default(),
            locked: account.locked,
        };
        if let Some(open) = self.store.books().open_transaction(id)? {
            book.last_at = open.at;
            let requests: Vec<_> =
                open.reservations.into_iter().map(|stored| restore(&mut book, stored).0).collect();
            book.becoming_void = voiding::planned(&requests, id, self.store.books())?;
            book.planned = Some(Planned { ordinal: open.ordinal, at: open.at, requests });
        } else if let Some(at) = self.store.books().last_transaction_at(id)? {
            book.last_at = at;
        }
        for stored in self.store.books().held_reservations(id)? {
            let (request, expires) = restore(&mut book, stored);
            book.held.push(Held { request, expires: expires.unwrap_or(UnixTime(u64::MAX)) });
        }
        if let Some(planned) = &book.planned {
            let end =
                planned.requests.iter().map(|request| request.first_number + u64::from(request.count)).max();
            book.next_number = book.next_number.max(end.unwrap_or(0));
        }
        self.names.insert(account.name, id);
        self.books.insert(id, book);
        self.active.insert(id);
        self.timed.insert(id);
        Ok(id)
    }

    fn release(&mut self, account: &AccountName, id: ReservationId) -> Result<(), EngineError> {
        let (account, now) = (self.find(account)?, (self.clock)());
        let Some(book) = self.books.get_mut(&account) else { return Ok(()) };
        let place = book.held.iter().position(|held| held.request.reservation == id);
        let place = place.ok_or(EngineError::UnknownReservation(id.0))?;
        let mut round = Round::default();
        let request = book.held.swap_remove(place).request;
        end_reservation(book, &request, Ended::Released, "its owner released it", now, &mut round);
        self.active.insert(account);
        self.commit_alone(round)
    }

    fn extend(&mut self, account: &AccountName, id: ReservationId, seconds: u64) -> Result<(), EngineError> {
        let (account, now) = (self.find(account)?, (self.clock)());
        let Some(book) = self.books.get_mut(&account) else { return Ok(()) };
        let found = book.held.iter_mut().find(|held| held.request.reservation == id);
        let found = found.ok_or(EngineError::UnknownReservation(id.0))?;
        found.expires = UnixTime(now.0.saturating_add(seconds));
        let extensions = vec![(account, id, found.expires)];
        let commit = Commit { extensions, ..Commit::default() };
        self.commit_alone(Round { commit, touched: [account].into(), ..Round::default() })
    }

    /// Commits a change that isn't part of the flow, at once.
    fn commit_alone(&mut self, round: Round) -> Result<(), EngineError> {
        if let Err(error) = self.commit(&round.commit) {
            for account in round.touched {
                if let Some(book) = self.books.remove(&account) {
                    self.names.remove(&book.name);
                }
            }
            return Err(error.into());
        }
        for (reply, answer) in round.answers {
            let _ = reply.send(answer);
        }
        Ok(())
    }

    /// The device first, then the account: a device without an account can be made again.
    fn create_account(&mut self, opening: &[u8]) -> Result<AccountId, EngineError> {
        let invalid = |error: &dyn std::fmt::Display| EngineError::Invalid(format!("the opening: {error}"));
        let new = NewDevice::read(opening).map_err(|error| invalid(&error))?;
        let name: AccountName = new.account.parse().map_err(|error| invalid(&error))?;
        let denomination = new.denomination().ok_or_else(|| invalid(&"its denomination is none"))?;
        if self.store.books().account_by_name(&name)?.is_some() {
            return Err(EngineError::AccountExists(name.to_string()));
        }
        let (next, device) = (self.store.books().next_account()?, new.id());
        if device.0 != next.0 {
            return Err(EngineError::AccountNumber { found: device.0, next: next.0 });
        }
        let created =
            self.module.create_device(opening).map_err(|error| EngineError::Module(error.to_string()))?;
        crash_point::crash_point!("engine-device-created");
        let account = store::NewAccount {
            id: next,
            name,
            denomination,
            device,
            // No transaction is dated before the opening.
            created: new.at().max((self.clock)()),
            record: created.record.into(),
            events: created.events.into_iter().map(Vec::from).collect(),
        };
        self.commit(&Commit { accounts: vec![account], ..Commit::default() })?;
        Ok(next)
    }

    /// The module first: an event that a crash then loses is kept at the next start.
    fn appoint(&mut self, appointment: &[u8]) -> Result<String, EngineError> {
        self.keep_staff_event()?;
        let who = self.module.appoint(appointment).map_err(|error| match error {
            ClientError::Failed(Failure::Appointment(reason)) => EngineError::Appointment(reason),
            error => EngineError::Module(error.to_string()),
        })?;
        crash_point::crash_point!("engine-appointed");
        self.keep_staff_event()?;
        Ok(who)
    }

    /// As an appointment. What is told again after this failed is on record once.
    fn record_refusals(&mut self, seen: RefusalsSeen) -> Result<(), EngineError> {
        self.keep_staff_event()?;
        self.module.record_refusals(seen).map_err(|error| EngineError::Module(error.to_string()))?;
        crash_point::crash_point!("engine-refusals-recorded");
        self.keep_staff_event()
    }

    /// Keeps the last event of the staff, unless it is kept.
    pub(crate) fn keep_staff_event(&mut self) -> Result<(), EngineError> {
        let list = self.module.staff().map_err(|error| EngineError::Module(error.to_string()))?;
        let staff_events = vec![StaffEvent { number: list.events.count, event: list.last_event.into() }];
        self.store.commit(&Commit { staff_events, ..Commit::default() })?;
        Ok(())
    }

    fn next_order(&mut self, account: &AccountName) -> Result<u64, EngineError> {
        let id = self.usable(account)?;
        let Some(book) = self.books.get(&id) else { return Ok(1) };
        let inspected = self.module.inspect(&book.record);
        Ok(inspected.map_err(|error| EngineError::Module(error.to_string()))?.last_order + 1)
    }

    fn wait_settled(&mut self, answer: Answer<()>) {
        self.settled.push(answer);
    }
}

/// What is known of a request's key.
enum Known {
    /// Nothing.
    New,
    /// It is reserved and under way.
    Open,
    /// It came to this.
    Closed(Result<Outcome, EngineError>),
}

/// Takes a reservation up that the store says is open.
fn restore(book: &mut Book, stored: OpenReservation) -> (PlannedRequest, Option<UnixTime>) {
    book.ledger.restore(stored.id, stored.value);
    let open = Open { digest: stored.request_digest, replies: Vec::new() };
    book.open.insert(stored.key.clone(), open);
    let request = PlannedRequest {
        reservation: stored.id,
        key: stored.key,
        kind: stored.kind,
        user: stored.user.into(),
        body: stored.body.into(),
        first_number: stored.plan.map_or(0, |plan| plan.first_number),
        count: stored.count,
        asked: stored.wanted_count,
        value: stored.value,
        draw: stored.draw.map(Into::into),
        erases: None,
    };
    (request, stored.expires)
}
