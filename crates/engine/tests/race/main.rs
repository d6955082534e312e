//! The race of this field: 200 callers on one balance, asking together for twice of it, in every way in which value
//! changes hands. Never is more given than there is, and nobody waits for ever.

mod people;
#[path = "../support/mod.rs"]
mod support;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread::{scope, sleep, yield_now};
use std::time::Duration;

use asker::{BatchOptions, OnInsufficient};
use engine::{Engine, EngineError, IssueRequest, Issued, NotVoidable, OrderRequest, Outcome};
use indicia::{Algorithm, DeviceId, ProofForm};
use module::order::OrderAction;
use module::refusal::Refusal;
use module::serials::Serials;
use scratch_postgres::{Durability, Server};
use store::{AccountId, Books, Place, ReservationId};

use people::Person;
use support::{
    Answer, Awaited, Bank, clock, list, name, request, request_with, signed_draw, signed_order, units,
};

const CALLERS: usize = 200;
/// What each caller asks for, in items that don't divide what is left.
pub(crate) const PRICES: [u64; 3] = [30, 47, 23];
pub(crate) const ASKED: u64 = 100;
/// Half of what all of them ask for.
const BALANCE: u64 = CALLERS as u64 * ASKED / 2;
/// Longer than a run lasts by the clock that is told to go.
const LONG: u64 = 100_000;

#[test]
fn two_hundred_callers_get_no_more_than_there_is() {
    run(&Bank::new());
}

#[test]
fn nor_do_they_with_the_books_in_postgresql() {
    let Some(server) = Server::start(Durability::None) else { return };
    let url = server.url(&server.create_database());
    run(&Bank::at(Place::Postgres(url.parse().expect("a URL"))));
}

/// Nothing else happens that could remind the engine of it.
#[test]
fn who_waits_gets_what_expires() {
    let bank = Bank::new();
    let id = bank.create_account("a", Algorithm::EdDsa, &["alice"]);
    bank.fund("a", id, ASKED);
    let ask = |options| {
        Awaited::new(bank.engine().issue(request_with("a", "alice", &PRICES, options)).expect("a ticket"))
    };
    let hold = BatchOptions { hold_seconds: Some(1), ..BatchOptions::default() };
    assert!(matches!(ask(hold).wait(), Ok(Outcome::Held { .. })));
    let wait = BatchOptions { on_insufficient: OnInsufficient::Wait(20), ..BatchOptions::default() };
    let waiting = ask(wait);
    bank.engine().next_order(name("a")).expect("a number: the request was taken");
    // Long enough for the engine to find that nothing is to be done; were it too short, the test would only be less strict.
    sleep(Duration::from_millis(50));
    clock::advance(2);
    assert_eq!(waiting.wait().expect("what expired").issued().expect("a batch").value, units(ASKED));
    assert_eq!(bank.audit().faults, Vec::<String>::new());
}

/// What callers were told.
#[derive(Default)]
struct Told {
    issued: AtomicU64,
    indicia: AtomicU64,
    refunded: AtomicU64,
    voided: AtomicU64,
    /// Those who got everything, in each way.
    got: [AtomicU64; WAYS.len()],
}

type Way = fn(&Race<'_>) -> bool;

/// Each takes a tenth of the callers, and says whether it got all that it asked for.
const WAYS: [(&str, Way); 10] = [
    ("issue or be rejected", |race| race.issue()),
    ("issue what fits", |race| race.issue_part()),
    ("wait for value", |race| race.wait()),
    ("hold and draw", |race| race.draw()),
    ("hold and release", |race| race.release()),
    ("hold until it expires", |race| race.expire()),
    ("refund", |race| race.refund()),
    ("issue and void", |race| race.void()),
    ("issue as a new user", |race| race.join()),
    ("issue in a session", |race| race.issue_in_session()),
];

pub(crate) struct Race<'a> {
    pub(crate) engine: &'a Engine,
    device: DeviceId,
    told: &'a Told,
    /// Those who signed in before.
    people: Mutex<Vec<Person>>,
}

fn run(bank: &Bank) {
    let id = bank.create_account("a", Algorithm::EdDsa, &["alice"]);
    bank.fund("a", id, BALANCE);
    let (told, start, is_over) = (Told::default(), Barrier::new(CALLERS + 1), AtomicBool::new(false));
    let (engine, place) = (bank.engine(), bank.place.clone());
    let race = Race { engine, device: DeviceId(id.0), told: &told, people: Mutex::default() };
    let people = (0..CALLERS / WAYS.len() / 2).map(|_| race.sign_in()).collect();
    *race.people.lock().expect("nobody has it yet") = people;
    scope(|threads| {
        let (race, told, start, is_over) = (&race, &told, &start, &is_over);
        let watcher = threads.spawn(move || {
            let reader = place.reader().expect("a reader");
            start.wait();
            let mut looked = 0;
            while !is_over.load(Ordering::SeqCst) {
                check_moment(&*reader, id);
                looked += 1;
                yield_now();
            }
            looked
        });
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                threads.spawn(move || {
                    let way = caller % WAYS.len();
                    start.wait();
                    let got = WAYS[way].1(race);
                    told.got[way].fetch_add(u64::from(got), Ordering::SeqCst);
                })
            })
            .collect();
        // Whoever failed says so at once; the watcher ends in any case.
        let ends: Vec<_> = callers.into_iter().map(|caller| caller.join()).collect();
        is_over.store(true, Ordering::SeqCst);
        assert!(watcher.join().expect("nothing wrong was seen") > 0);
        ends.into_iter().for_each(|end| end.expect("a caller who was told something"));
    });
    for ((way, _), got) in WAYS.iter().zip(&told.got) {
        println!("{way}: {} got all they asked for", got.load(Ordering::SeqCst));
    }
    check_end(bank, id, &told);
}

/// Neither is anything lost at any moment, nor set aside twice.
fn check_moment(reader: &dyn Books, id: AccountId) {
    let checked = reader.consistently(|reader| {
        let account = reader.account(id)?.expect("the account");
        assert_eq!(account.locked, None);
        assert_eq!(
            (account.funded, account.ascending - account.voided + account.descending + account.refunded),
            (BALANCE, BALANCE)
        );
        // Only whole batches become void here.
        let void = reader.statuses(id, 0, u64::MAX)?.len() as u64;
        assert_eq!((void % 3, void / 3 * ASKED), (0, account.voided), "what is void is what came back");
        let open = reader.open_transaction(id)?.map(|open| open.reservations).unwrap_or_default();
        let held = reader.held_reservations(id)?;
        let reserved: u64 = open.iter().chain(&held).map(|reservation| reservation.value).sum();
        let spent = account.ascending - account.voided + account.refunded;
        assert!(spent + reserved <= BALANCE, "more is reserved than there is");
        Ok(())
    });
    checked.expect("the store");
}

/// Everybody was told the truth, and what nobody got can still be had, to the last unit.
fn check_end(bank: &Bank, id: AccountId, told: &Told) {
    clock::advance(2);
    bank.engine()
        .next_order(name("a"))
        .expect("a number, and a round in which what has expired is given back");
    let [issued, indicia, refunded, voided] =
        [&told.issued, &told.indicia, &told.refunded, &told.voided].map(|sum| sum.load(Ordering::SeqCst));
    let account = bank.reader.account(id).expect("the store").expect("the account");
    let left = BALANCE + voided - issued - refunded;
    assert_eq!((account.ascending, account.issued, account.refunded), (issued, indicia, refunded));
    assert_eq!(account.voided, voided);
    assert_eq!(account.descending, left);
    assert_eq!(bank.reader.held_reservations(id).expect("the store"), []);
    assert_eq!(bank.reader.open_transaction(id).expect("the store"), None);
    let ask = |amount| bank.engine().issue(request("a", "alice", &[amount])).expect("a ticket");
    if left > 0 {
        Awaited::new(ask(left)).wait().expect("what is left is free");
    }
    let none = Awaited::new(ask(1)).wait();
    assert!(is_insufficient(&none), "{none:?}");
    assert_eq!(bank.audit().faults, Vec::<String>::new());
}

pub(crate) fn is_insufficient(answer: &Answer) -> bool {
    matches!(answer, Err(EngineError::Insufficient { .. } | EngineError::Refused(Refusal::Funds { .. })))
}

impl Race<'_> {
    /// Everybody is answered; a test that would hang fails.
    pub(crate) fn ask(&self, request: &IssueRequest) -> Answer {
        Awaited::new(self.engine.issue(request.clone()).expect("a ticket")).wait()
    }

    fn wanted(&self, options: BatchOptions) -> (IssueRequest, Answer) {
        let request = request_with("a", "alice", &PRICES, options);
        let answer = self.ask(&request);
        (request, answer)
    }

    /// Counts what was issued, once, however often it is asked for.
    pub(crate) fn count(&self, request: &IssueRequest, answer: &Answer) -> u64 {
        let Ok(Outcome::Issued(issued)) = answer else { panic!("nothing was issued: {answer:?}") };
        let Ok(Outcome::Issued(again)) = self.ask(request) else { panic!("it was issued before") };
        // Packs are kept together with their neighbours'.
        assert_eq!(Issued { packs: Arc::clone(&issued.packs), ..again }, *issued, "again the same");
        self.told.issued.fetch_add(issued.value.units(), Ordering::SeqCst);
        self.told.indicia.fetch_add(u64::from(issued.count), Ordering::SeqCst);
        issued.value.units()
    }

    fn issue(&self) -> bool {
        let (request, answer) = self.wanted(BatchOptions::default());
        if answer.is_err() {
            assert!(is_insufficient(&answer), "{answer:?}");
            return false;
        }
        self.count(&request, &answer) == ASKED
    }

    fn issue_part(&self) -> bool {
        let options = BatchOptions { on_insufficient: OnInsufficient::Partial, ..BatchOptions::default() };
        let (request, answer) = self.wanted(options);
        if answer.is_err() {
            assert!(is_insufficient(&answer), "{answer:?}");
            return false;
        }
        self.count(&request, &answer) == ASKED
    }

    fn wait(&self) -> bool {
        let options = BatchOptions { on_insufficient: OnInsufficient::Wait(1), ..BatchOptions::default() };
        let (request, answer) = self.wanted(options);
        if answer.is_err() {
            assert!(matches!(answer, Err(EngineError::WaitedTooLong { .. })), "{answer:?}");
            return false;
        }
        self.count(&request, &answer) == ASKED
    }

    fn hold(&self, seconds: u64) -> Option<(IssueRequest, ReservationId)> {
        let options = BatchOptions { hold_seconds: Some(seconds), ..BatchOptions::default() };
        match self.wanted(options) {
            (request, Ok(Outcome::Held { reservation, value, .. })) => {
                assert_eq!(value, units(ASKED));
                Some((request, reservation))
            }
            (_, answer) => {
                assert!(is_insufficient(&answer), "{answer:?}");
                None
            }
        }
    }

    /// Draws and releases at the same time: one of both is too late.
    fn draw(&self) -> bool {
        let Some((request, held)) = self.hold(LONG) else { return false };
        let key = request.key.as_str();
        let proof = signed_draw("a", "alice", key, held, &list(&PRICES, ProofForm::Signature));
        let (drawn, released) = scope(|threads| {
            let released = threads.spawn(|| self.engine.release(name("a"), held));
            let ticket = self.engine.draw(name("a"), held, proof).expect("a ticket");
            (Awaited::new(ticket).wait(), released.join().expect("an answer"))
        });
        if released.is_ok() {
            assert!(matches!(drawn, Err(EngineError::UnknownReservation(_))), "{drawn:?}");
            return false;
        }
        assert!(matches!(released, Err(EngineError::UnknownReservation(_))), "{released:?}");
        self.count(&request, &drawn) == ASKED
    }

    fn release(&self) -> bool {
        let Some((_, held)) = self.hold(LONG) else { return false };
        self.engine.release(name("a"), held).expect("released");
        let again = self.engine.release(name("a"), held);
        assert!(matches!(again, Err(EngineError::UnknownReservation(_))), "{again:?}");
        true
    }

    /// Its time is over while others ask.
    fn expire(&self) -> bool {
        let is_held = self.hold(1).is_some();
        clock::advance(1);
        is_held
    }

    /// Two clerks make the same indicia void: what they were worth comes back once, and others may take it.
    fn void(&self) -> bool {
        let (request, answer) = self.wanted(BatchOptions::default());
        if answer.is_err() {
            assert!(is_insufficient(&answer), "{answer:?}");
            return false;
        }
        let value = self.count(&request, &answer);
        let issued = answer.and_then(Outcome::issued).expect("a batch");
        let numbers = issued.first_number..issued.first_number + u64::from(issued.count);
        let order =
            OrderAction::Void { amount: units(value), serials: Serials::new(numbers).expect("some serials") };
        let became_void = scope(|threads| {
            let other = threads.spawn(|| self.make_void(&order));
            [self.make_void(&order), other.join().expect("an answer")]
        });
        assert_eq!(became_void.into_iter().filter(|became| *became).count(), 1, "once");
        self.told.voided.fetch_add(value, Ordering::SeqCst);
        true
    }

    /// False if another was faster.
    fn make_void(&self, order: &OrderAction) -> bool {
        loop {
            let number = self.engine.next_order(name("a")).expect("a number");
            let order = signed_order(self.device, number, order.clone());
            let request = OrderRequest { account: name("a"), key: None, order };
            match Awaited::new(self.engine.order(request).expect("a ticket")).wait() {
                Ok(Outcome::Ordered { .. }) => return true,
                Err(EngineError::NotVoidable { why: NotVoidable::Void, .. }) => return false,
                // Another order was faster, or is about to be.
                Err(
                    EngineError::Refused(Refusal::Order(_))
                    | EngineError::NotVoidable { why: NotVoidable::BecomingVoid, .. },
                ) => {}
                answer => panic!("{answer:?}"),
            }
        }
    }

    /// The provider's clerks refund at the same time, each with the number that is next when he looks.
    fn refund(&self) -> bool {
        loop {
            let number = self.engine.next_order(name("a")).expect("a number");
            let order = OrderAction::Refund(units(ASKED));
            let order = signed_order(self.device, number, order);
            let request = OrderRequest { account: name("a"), key: None, order };
            match Awaited::new(self.engine.order(request).expect("a ticket")).wait() {
                Ok(Outcome::Ordered { .. }) => {
                    self.told.refunded.fetch_add(ASKED, Ordering::SeqCst);
                    return true;
                }
                // Another was faster.
                Err(EngineError::Refused(Refusal::Order(_))) => {}
                answer => {
                    assert!(is_insufficient(&answer), "{answer:?}");
                    return false;
                }
            }
        }
    }
}
