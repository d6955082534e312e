//! Carries the steps out: sends them to the engine, and tells the model of each account what came back.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use asker::OnInsufficient;
use engine::{EngineError, OrderRequest};
use indicia::{Algorithm, DeviceId};
use module::order::OrderAction;
use module::serials::Serials;
use proptest::sample::Index;
use store::ReservationId;

use crate::account::{Account, Held, ended};
use crate::asks::{self, Ask, Batch, By, Change, Pending, Session};
use crate::steps::{ACCOUNTS, Step};
use crate::support::{Awaited, Bank, STUCK, clock, name, signed_order, units};
use crate::tally::Tally;
use crate::users::{CUSTOMER, OWNER};

pub(crate) struct World<'a> {
    pub(crate) tally: &'a Tally,
    pub(crate) bank: Bank,
    pub(crate) accounts: [Account; ACCOUNTS],
    /// The sessions that the guest had, by account.
    pub(crate) sessions: [Vec<Arc<Session>>; ACCOUNTS],
    /// Everything that was asked under a key of its own, by account.
    asked: [Vec<(String, Ask)>; ACCOUNTS],
    /// Indicia of other accounts.
    issued: u64,
    pub(crate) keys: u32,
    /// Sessions that were lost before this engine was started.
    pub(crate) lost: u64,
    pub(crate) has_stopped: bool,
}

impl<'a> World<'a> {
    /// New accounts in a bank, with a little value each.
    pub(crate) fn new(bank: Bank, tally: &'a Tally) -> Self {
        let there = bank.reader.accounts().expect("accounts");
        let issued = there.iter().map(|account| account.issued).sum();
        let algorithms = [Algorithm::EdDsa, Algorithm::Es256, Algorithm::EdDsa];
        let mut number = there.len();
        let accounts = algorithms.map(|algorithm| {
            number += 1;
            let account = format!("account-{number}");
            let id = bank.create_account(&account, algorithm, &[OWNER, CUSTOMER]);
            Account::new(account, id)
        });
        let lost = bank.module.lost();
        let (sessions, asked) = Default::default();
        let mut world =
            Self { tally, bank, accounts, sessions, asked, issued, keys: 0, lost, has_stopped: false };
        for account in 0..ACCOUNTS {
            world.order(account, Change::Fund(200), 1);
        }
        world.settle();
        world
    }

    pub(crate) fn step(&mut self, step: Step) {
        match step {
            Step::Issue(account, batch) => self.ask_new(account, Ask::Batch(batch)),
            Step::Fund(account, units) => self.order(account, Change::Fund(units), 1),
            Step::Refund(account, units) => self.order(account, Change::Refund(units), 1),
            Step::Void(account, places) => self.void(account, &places),
            Step::OldOrder(account) => self.order(account, Change::Fund(1_000), 0),
            Step::Change(account, by, change) => self.change(account, by, change),
            Step::SetPassword(account, text) => self.set_password(account, text),
            Step::SignIn(account, ending, times) => {
                (0..times).for_each(|_| self.sign_in(account, ending));
            }
            Step::Guess(account, times) => self.guess(account, times),
            Step::Within(account, place, within, batch) => self.issue_within(account, place, within, batch),
            Step::Draw(account, place) => self.draw(account, place),
            Step::Release(account, place) => self.release(account, place),
            Step::Extend(account, place, seconds) => self.extend(account, place, seconds),
            Step::Repeat(account, place) => self.repeat(account, place),
            Step::Reuse(account, place, batch) => {
                if let Some((key, _)) = choose(&self.asked[account], place) {
                    self.ask(account, &key, Ask::Batch(batch));
                }
            }
            Step::Advance(seconds) => self.advance(seconds),
            Step::Overask(account) => self.overask(account),
            Step::CloseGate => self.bank.module.close_gate(),
            Step::OpenGate => self.bank.module.open_gate(),
            Step::Fault(fault) => self.bank.module.add_fault(fault),
            Step::Settle => self.settle(),
            Step::Restart => self.restart(),
        }
        self.hear_what_came();
        if self.has_stopped {
            self.restart();
        }
        for account in &self.accounts {
            account.check_moment(&*self.bank.reader);
        }
    }

    /// Everything is answered, the books are clean, and every answer is given again to the byte.
    pub(crate) fn end(mut self) -> Bank {
        self.settle();
        self.bank.module.clear_faults();
        self.restart();
        self.settle();
        let report = self.bank.audit();
        assert_eq!(report.faults, Vec::<String>::new());
        let given: usize = self.accounts.iter().map(|account| account.indicia.len()).sum();
        assert_eq!(report.indicia, self.issued + given as u64);
        for account in 0..ACCOUNTS {
            for (key, ask) in self.asked[account].clone() {
                if self.accounts[account].known.contains_key(&key) {
                    self.ask(account, &key, ask);
                }
            }
        }
        self.settle();
        // Whoever still waits is sent away, and with nothing reserved nothing may come of it.
        self.bank.stop();
        self.bank.start().expect("an engine");
        for account in &self.accounts {
            account.check_exactly(&*self.bank.reader);
        }
        self.bank
    }

    pub(crate) fn ask_new(&mut self, account: usize, ask: Ask) {
        self.keys += 1;
        let key = format!("key-{}", self.keys);
        self.asked[account].push((key.clone(), ask.clone()));
        self.ask(account, &key, ask);
    }

    fn ask(&mut self, account: usize, key: &str, ask: Ask) {
        let awaited = self.send(account, key, &ask);
        self.accounts[account].begin(key, ask).awaited = Some(awaited);
    }

    fn send(&self, account: usize, key: &str, ask: &Ask) -> Awaited {
        let (engine, account) = (self.bank.engine(), self.accounts[account].name.as_str());
        let ticket = match ask {
            Ask::Batch(batch) => engine.issue(batch.request(account, key)),
            Ask::Order { signed, .. } => {
                let (account, key) = (name(account), Some(key.parse().expect("a key")));
                engine.order(OrderRequest { account, key, order: signed.clone() })
            }
            Ask::Users { by, change } => engine.change(asks::change(account, by, key, change)),
            Ask::Draw { reservation, batch } => {
                engine.draw(name(account), *reservation, batch.draw(account, key, *reservation))
            }
        };
        Awaited::new(ticket.expect("a ticket"))
    }

    /// The order that is `ahead` of the last one. Only one is under way in an account, or their numbers would meet.
    fn order(&mut self, account: usize, change: Change, ahead: u64) {
        let model = &self.accounts[account];
        let number = model.last_order + ahead;
        let action = match &change {
            Change::Fund(value) => OrderAction::Fund(units(*value)),
            Change::Refund(value) => OrderAction::Refund(units(*value)),
            Change::Void { units: value, serials } => {
                OrderAction::Void { amount: units(*value), serials: serials.clone() }
            }
        };
        let signed = signed_order(DeviceId(model.id.0), number, action);
        self.ask_alone(account, Ask::Order { number, change, signed });
    }

    /// Asks, unless something is under way on which it hangs what comes of it.
    fn ask_alone(&mut self, account: usize, ask: Ask) {
        if !self.accounts[account].pending.iter().any(|pending| pending.ask.meets(&ask)) {
            self.ask_new(account, ask);
        }
    }

    /// Somebody asks for other users, keys or limits.
    pub(crate) fn change(&mut self, account: usize, by: &'static str, change: asker::Change) {
        self.ask_alone(account, Ask::Users { by, change });
    }

    /// Some indicia that somebody was given become void; those among them that are void already make it refused.
    fn void(&mut self, account: usize, places: &[Index]) {
        let indicia = &self.accounts[account].indicia;
        let numbers: Vec<u64> = indicia.keys().copied().collect();
        let numbers: BTreeSet<u64> = places.iter().filter_map(|place| choose(&numbers, *place)).collect();
        let Ok(serials) = Serials::new(numbers.iter().copied()) else { return };
        let units = numbers.iter().map(|number| indicia[number].0).sum();
        self.order(account, Change::Void { units, serials }, 1);
    }

    fn draw(&mut self, account: usize, place: Index) {
        let Some((reservation, held)) = self.choose_held(account, place) else { return };
        if held.is_drawn {
            let account = &self.accounts[account].name;
            let proof = held.batch.draw(account, &held.key, reservation);
            let ticket = self.bank.engine().draw(name(account), reservation, proof);
            let answer = Awaited::new(ticket.expect("a ticket")).wait();
            assert!(self.is_gone(answer.as_ref().err()), "drawn twice: {answer:?}");
            return;
        }
        let ask = Ask::Draw { reservation, batch: held.batch };
        self.ask(account, &held.key, ask);
        self.accounts[account].held.get_mut(&reservation).expect("it is held").is_drawn = true;
    }

    fn release(&mut self, account: usize, place: Index) {
        let Some((reservation, held)) = self.choose_held(account, place) else { return };
        let model = &mut self.accounts[account];
        match self.bank.engine().release(name(&model.name), reservation) {
            Ok(()) => {
                assert!(!held.is_drawn || self.bank.module.lost() > self.lost, "it was drawn before");
                let reason = ended(&*self.bank.reader, model.id, reservation);
                model.close_held(reservation, reason.expect("a released reservation"));
            }
            Err(error) => assert!(held.is_drawn && self.is_gone(Some(&error)), "it is held: {error}"),
        }
    }

    fn extend(&mut self, account: usize, place: Index, seconds: u64) {
        let Some((reservation, held)) = self.choose_held(account, place) else { return };
        let model = &mut self.accounts[account];
        match self.bank.engine().extend(name(&model.name), reservation, seconds) {
            Ok(()) => {
                assert!(!held.is_drawn || self.bank.module.lost() > self.lost, "it was drawn before");
                let held = model.held.get_mut(&reservation).expect("it is held");
                held.expires = clock::now().0 + seconds;
            }
            Err(error) => assert!(held.is_drawn && self.is_gone(Some(&error)), "it is held: {error}"),
        }
    }

    /// What is said of a reservation that isn't held any more, or by an engine that has stopped.
    fn is_gone(&self, error: Option<&EngineError>) -> bool {
        match error {
            Some(EngineError::UnknownReservation(_)) => true,
            Some(EngineError::Stopped(_)) => self.bank.module.lost() > self.lost,
            _ => false,
        }
    }

    fn repeat(&mut self, account: usize, place: Index) {
        let Some((key, ask)) = choose(&self.asked[account], place) else { return };
        let is_known = self.accounts[account].known.contains_key(&key);
        let mut pending = self.accounts[account].pending.iter();
        if !is_known && pending.any(|other| other.ask.meets(&ask) && other.key != key) {
            return;
        }
        self.ask(account, &key, ask);
    }

    /// Asks for more than there is: the answer says to the unit how much is unreserved.
    fn overask(&mut self, account: usize) {
        self.settle();
        if self.accounts[account].pending.is_empty() {
            let unreserved = u64::try_from(self.accounts[account].unreserved()).expect("nothing is pending");
            let batch = Batch {
                user: CUSTOMER,
                by: By::Key,
                prices: vec![unreserved + 1],
                on_insufficient: OnInsufficient::Reject,
                hold_seconds: None,
                proof: indicia::ProofForm::Signature,
                priority: 9,
            };
            self.ask_new(account, Ask::Batch(batch));
            self.settle();
        }
    }

    /// Lets time go on, and waits until what has expired is free: at the next turn of the engine.
    fn advance(&mut self, seconds: u64) {
        self.settle();
        clock::advance(seconds);
        for model in &mut self.accounts {
            let expired: Vec<_> = model
                .held
                .iter()
                .filter(|(_, held)| held.expires <= clock::now().0)
                .map(|(reservation, _)| *reservation)
                .collect();
            for reservation in expired {
                let began = Instant::now();
                let reason = loop {
                    // Wakes the engine up.
                    let _ = self.bank.engine().next_order(name(&model.name));
                    match ended(&*self.bank.reader, model.id, reservation) {
                        Some(reason) => break reason,
                        None => assert!(began.elapsed() < STUCK, "{reservation} doesn't expire"),
                    }
                };
                model.close_held(reservation, reason);
                self.tally.count("expired");
            }
        }
    }

    /// Waits for everything but those who wait for value that isn't there, and then all must be exact.
    pub(crate) fn settle(&mut self) {
        let mut began = Instant::now();
        loop {
            self.bank.module.open_gate();
            let heard = self.hear(|pending| if pending.ask.is_patient() { Duration::ZERO } else { STUCK });
            if self.has_stopped {
                self.restart();
            } else if heard {
                began = Instant::now();
            } else if self.accounts.iter().all(|account| !account.has_satisfied()) {
                break;
            } else {
                assert!(began.elapsed() < STUCK, "somebody waits for value that is there");
                sleep(Duration::from_millis(1));
            }
        }
        for account in &mut self.accounts {
            account.check_exactly(&*self.bank.reader);
            account.check_users(&*self.bank.reader, &*self.bank.module);
        }
    }

    fn hear_what_came(&mut self) {
        self.hear(|_| Duration::ZERO);
    }

    /// Hears whatever is answered in time. False if nothing was.
    fn hear(&mut self, limit: impl Fn(&Pending) -> Duration) -> bool {
        let mut has_heard = false;
        for account in &mut self.accounts {
            let mut place = 0;
            while let Some(pending) = account.pending.get(place) {
                let limit = limit(pending);
                let awaited = pending.awaited.as_ref();
                let Some(answer) = awaited.and_then(|awaited| awaited.wait_for(limit)) else {
                    assert!(awaited.is_none() || limit < STUCK, "nobody waits for ever: {pending:?}");
                    place += 1;
                    continue;
                };
                has_heard = true;
                let pending = account.pending.remove(place);
                self.tally.count_answer(&pending, &answer);
                if !account.hear(pending, answer, &*self.bank.reader) {
                    self.has_stopped = true;
                }
            }
        }
        has_heard
    }

    /// A reservation that is held, once everything is heard that can be of what was asked of it.
    fn choose_held(&mut self, account: usize, place: Index) -> Option<(ReservationId, Held)> {
        let held = &self.accounts[account].held;
        let (reservation, held) = choose(&held.iter().collect::<Vec<_>>(), place)?;
        let (reservation, key, is_drawn) = (*reservation, held.key.clone(), held.is_drawn);
        self.hear(|pending| {
            let is_answered = pending.key == key && (pending.is_repeated || !is_drawn);
            if is_answered { STUCK } else { Duration::ZERO }
        });
        self.accounts[account].held.get(&reservation).map(|held| (reservation, held.clone()))
    }

    /// Ends the engine, which finishes what is reserved, and starts it again. What has no answer is asked once more.
    pub(crate) fn restart(&mut self) {
        let was_lost = self.bank.module.lost() > self.lost;
        assert!(was_lost || !self.has_stopped, "it stopped with no reason");
        self.bank.stop();
        self.hear(|_| STUCK);
        loop {
            self.lost = self.bank.module.lost();
            match self.bank.start() {
                Ok(()) => break,
                Err(error) => assert!(self.bank.module.lost() > self.lost, "it doesn't start: {error}"),
            }
        }
        self.has_stopped = false;
        for account in 0..ACCOUNTS {
            for place in 0..self.accounts[account].pending.len() {
                let pending = &self.accounts[account].pending[place];
                // Whether a draw was durable is found out by asking for its batch again.
                let (key, ask) = match &pending.ask {
                    Ask::Draw { batch, .. } => (pending.key.clone(), Ask::Batch(batch.clone())),
                    ask => (pending.key.clone(), ask.clone()),
                };
                let awaited = self.send(account, &key, &ask);
                let pending = &mut self.accounts[account].pending[place];
                (pending.awaited, pending.is_repeated) = (Some(awaited), true);
            }
        }
    }
}

impl Account {
    /// Whether somebody waits for value that is there, once nothing else is pending.
    fn has_satisfied(&self) -> bool {
        self.pending.iter().any(|pending| i128::from(pending.ask.most_taken()) <= self.unreserved())
    }
}

pub(crate) fn choose<T: Clone>(list: &[T], place: Index) -> Option<T> {
    (!list.is_empty()).then(|| place.get(list).clone())
}
