//! The engine's one writer: takes requests, reserves, plans, commits, sends sessions off, answers.
//!
//! Each round is one store commit: what sessions brought back (step 3 of the main flow) and what is reserved
//! next (step 1), of all accounts together. Only after it is durable is anybody answered or any session begun.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, select};
use indicia::UnixTime;
use store::{AccountId, AccountName, Commit, IdempotencyKey, Store, StoreError, StoredReservation};

use crate::book::Book;
use crate::command::{Answer, Command};
use crate::error::EngineError;
use crate::figures::Figures;
use crate::host::SecureModule;
use crate::link::{Ahead, Assignment, Link, SessionEnd};
use crate::request::{Outcome, Reply};

/// Most requests taken up in one round.
const MAX_ROUND: usize = 1024;
/// Most items of one session, so that its answer stays a few megabytes.
const MAX_SESSION_ITEMS: u64 = 16_384;
/// Failed commits in a row before the engine stops.
const MAX_FAILURES: u32 = 3;
/// Pause after a failed commit.
const FAILURE_PAUSE: Duration = Duration::from_millis(500);

/// What is said to whom once the round is durable.
pub(crate) type Answers = Vec<(Reply, Result<Outcome, EngineError>)>;

/// One round's changes, and what depends on their being durable.
#[derive(Default)]
pub(crate) struct Round {
    pub(crate) commit: Commit,
    pub(crate) answers: Answers,
    /// Accounts whose books are wrong if the commit fails.
    pub(crate) touched: BTreeSet<AccountId>,
}

/// See the module's documentation.
pub(crate) struct Worker {
    pub(crate) store: Box<dyn Store>,
    pub(crate) module: Arc<dyn SecureModule>,
    pub(crate) link: Link,
    pub(crate) figures: Arc<Figures>,
    pub(crate) commands: Receiver<Command>,
    pub(crate) clock: fn() -> UnixTime,
    pub(crate) books: HashMap<AccountId, Book>,
    pub(crate) names: HashMap<AccountName, AccountId>,
    /// Accounts with something to plan or to send.
    pub(crate) active: BTreeSet<AccountId>,
    /// Accounts with something that waits or is held, and so can run out of time.
    pub(crate) timed: BTreeSet<AccountId>,
    /// What the store knows of the keys of the commands that are being taken; nothing if it couldn't be asked.
    pub(crate) stored: Option<HashMap<(AccountId, IdempotencyKey), StoredReservation>>,
    pub(crate) failures: u32,
    /// Who waits until nothing is open.
    pub(crate) settled: Vec<Answer<()>>,
    /// Why the engine does nothing more: what was the first reason.
    pub(crate) stopped: Arc<OnceLock<String>>,
}

impl Worker {
    /// Runs until every sender of commands is gone and nothing is open that can be finished.
    pub(crate) fn run(mut self) {
        let mut commands_open = true;
        while commands_open || !self.link.is_idle() {
            let mut round = Round::default();
            commands_open = self.take_events(commands_open, &mut round);
            self.expire(&mut round);
            self.plan_active(commands_open, &mut round);
            let ahead = self.send_ahead(&round);
            let answers = self.commit_round(round, ahead);
            // What the module had no room for before; it begins while the callers are told of what is done.
            self.send_sessions();
            tell(answers);
            self.tell_settled();
        }
    }

    /// Tells those who wait for it that no transaction is open.
    fn tell_settled(&mut self) {
        if self.settled.is_empty() {
            return;
        }
        let open = |book: &Book| book.planned.is_some() && book.locked.is_none();
        let is_settled = self.link.is_idle() && !self.books.values().any(open);
        if is_settled || self.stopped.get().is_some() {
            for answer in self.settled.drain(..) {
                let _ = answer.send(match self.stopped.get() {
                    Some(reason) => Err(EngineError::Stopped(reason.clone())),
                    None => Ok(()),
                });
            }
        }
    }

    /// Waits for something to happen and takes what is there, up to a bound. False once no command can come.
    fn take_events(&mut self, mut commands_open: bool, round: &mut Round) -> bool {
        let ends = self.link.ends.clone();
        let commands = self.commands.clone();
        let wait = self.next_deadline();
        let (mut first_end, mut first_command) = (None, None);
        if commands_open {
            select! {
                recv(ends) -> end => first_end = end.ok(),
                recv(commands) -> command => {
                    first_command = command.ok();
                    commands_open = first_command.is_some();
                }
                default(wait) => {}
            }
        } else {
            first_end = ends.recv_timeout(wait).ok();
        }
        // What the store knows of all these requests is read at one moment, which the commit ends.
        self.store.hold_still();
        for end in first_end.into_iter().chain(ends.try_iter()) {
            if let Some(end) = self.link.end(end) {
                self.settle(end, round);
            }
        }
        let commands = first_command.into_iter().chain(commands.try_iter().take(MAX_ROUND)).collect();
        self.take_all(commands, round);
        commands_open
    }

    fn settle(&mut self, end: SessionEnd, round: &mut Round) {
        match end.answers {
            Ok(answers) => {
                for (assignment, answer) in end.assignments.into_iter().zip(answers) {
                    self.settle_account(assignment, answer, round);
                }
            }
            Err(error) => {
                // Whether it was processed is unknown: the reservations stay open for the next start.
                self.stopped.get_or_init(|| error.to_string());
                for assignment in end.assignments {
                    if let Some(book) = self.books.get_mut(&assignment.account) {
                        book.in_session = false;
                    }
                }
            }
        }
    }

    /// Sends the round's plans to the module, which does everything with them that can be undone while they are made
    /// durable. What they come to is permitted, or taken back, by what is returned.
    fn send_ahead(&mut self, round: &Round) -> Option<Ahead> {
        if self.link.is_full() || self.stopped.get().is_some() {
            return None;
        }
        let planned: Vec<_> = round.commit.plans.iter().map(|plan| plan.account).collect();
        let assignments = self.assign(planned);
        (!assignments.is_empty()).then(|| self.link.send_ahead(assignments))
    }

    /// Makes the round durable and hands out what may be answered then. A failed commit changed nothing: the books
    /// are made again from the store.
    fn commit_round(&mut self, round: Round, ahead: Option<Ahead>) -> Answers {
        crash_point::crash_point!("engine-before-commit");
        match self.commit(&round.commit) {
            Ok(()) => {
                if !round.commit.is_empty() {
                    self.failures = 0;
                }
                crash_point::crash_point!("engine-after-commit");
                if let Some(ahead) = ahead {
                    ahead.permit();
                }
                round.answers
            }
            Err(error) => {
                if let Some(ahead) = ahead {
                    self.link.take_back(&ahead);
                }
                self.undo_round(round, &EngineError::from(error))
            }
        }
    }

    /// Makes changes durable, all or none. The only way there.
    pub(crate) fn commit(&mut self, commit: &Commit) -> Result<(), StoreError> {
        let began = Instant::now();
        let done = self.store.commit(commit);
        if done.is_err() {
            self.figures.commit_failed();
        } else if !commit.is_empty() {
            self.figures.committed(began.elapsed(), commit.reservations.len());
        }
        done
    }

    fn undo_round(&mut self, round: Round, error: &EngineError) -> Answers {
        self.failures += 1;
        for account in round.touched {
            let Some(book) = self.books.remove(&account) else { continue };
            self.names.remove(&book.name);
            self.active.remove(&account);
            if let Err(error) = self.load_again(book, error) {
                self.stopped.get_or_init(|| error.to_string());
            }
        }
        if self.failures >= MAX_FAILURES {
            self.stopped.get_or_init(|| error.to_string());
        }
        std::thread::sleep(FAILURE_PAUSE);
        // A refusal stays one; a success isn't durable and so isn't one.
        let answers = round.answers.into_iter();
        answers.map(|(reply, answer)| (reply, answer.and(Err(error.clone())))).collect()
    }

    /// Takes an account up from the store after a failed commit, keeping what hadn't been reserved yet.
    fn load_again(&mut self, old: Book, error: &EngineError) -> Result<(), EngineError> {
        for (_, open) in old.open {
            for reply in open.replies {
                let _ = reply.send(Err(error.clone()));
            }
        }
        let id = self.find(&old.name)?;
        if let Some(book) = self.books.get_mut(&id) {
            book.inbox = old.inbox;
            book.waiting = old.waiting;
        }
        Ok(())
    }

    /// Tells everybody who waits on an account that the engine has stopped; who is in a session hears its outcome.
    pub(crate) fn turn_away(&mut self, reason: &str, round: &mut Round) {
        for book in self.books.values_mut().filter(|book| !book.in_session) {
            let replies = book
                .open
                .drain()
                .flat_map(|(_, open)| open.replies)
                .chain(book.inbox.drain(..).map(|ask| ask.reply))
                .chain(book.waiting.drain(..).map(|waiting| waiting.ask.reply));
            let stopped = || Err(EngineError::Stopped(reason.to_owned()));
            round.answers.extend(replies.map(|reply| (reply, stopped())));
        }
    }

    /// Sends durable plans to the module, as long as it takes sessions.
    fn send_sessions(&mut self) {
        while !self.link.is_full() && self.stopped.get().is_none() {
            let assignments = self.assign(self.active.clone());
            if assignments.is_empty() {
                return;
            }
            self.link.send(assignments);
        }
    }

    /// Takes the plans of these accounts for a session, as many as it has room for.
    fn assign(&mut self, accounts: impl IntoIterator<Item = AccountId>) -> Vec<Assignment> {
        let mut items = 0;
        let mut assignments = Vec::new();
        for account in accounts {
            if items >= MAX_SESSION_ITEMS {
                break;
            }
            let Some(book) = self.books.get_mut(&account) else { continue };
            // A locked account's plan stays as it is until people have decided.
            if book.locked.is_none()
                && let Some(planned) = book.planned.take()
            {
                items += planned.requests.iter().map(|request| u64::from(request.count)).sum::<u64>();
                book.in_session = true;
                assignments.push(Assignment { account, record: Arc::clone(&book.record), planned });
            }
            if book.locked.is_some() || (book.ready() == 0 && !book.gathering.is_on()) {
                self.active.remove(&account);
            }
        }
        assignments
    }

    /// How long nothing needs doing if nobody asks for anything.
    fn next_deadline(&mut self) -> Duration {
        const IDLE: Duration = Duration::from_secs(1);
        let now = Instant::now();
        let mut next = now + IDLE;
        for account in &self.active {
            if let Some(book) = self.books.get_mut(account)
                && book.is_free()
                && let Some(until) = book.gathering.until(book.ready(), now)
            {
                next = next.min(until);
            }
        }
        let timed = self.timed.iter().filter_map(|account| self.books.get(account));
        let waiting = timed.flat_map(|book| &book.waiting);
        waiting.map(|waiting| waiting.until).fold(next, Instant::min).saturating_duration_since(now)
    }
}

fn tell(answers: Answers) {
    for (reply, answer) in answers {
        // Who has gone away asks again with the same key.
        let _ = reply.send(answer);
    }
    crash_point::crash_point!("engine-after-answer");
}
