//! Indicia become void by an order, each once, and what they were worth comes back with it or not at all.

mod support;

use asker::{BatchOptions, OnInsufficient};
use engine::{EngineError, NotVoidable, OrderRequest, Outcome};
use indicia::{Algorithm, DeviceId, Serial, Status};
use module::order::OrderAction;
use module::refusal::Refusal;
use module::serials::Serials;
use store::AccountId;

use support::gated::Fault;
use support::{Answer, Awaited, Bank, name, request, request_with, signed_order, units};

const PRICES: [u64; 4] = [100, 200, 50, 7];

/// Accounts `a` and `b` of 1,000 units, in which four and one indicia were issued.
fn bank() -> Bank {
    let bank = Bank::new();
    for (account, prices) in [("a", &PRICES[..]), ("b", &[1])] {
        let id = bank.create_account(account, Algorithm::EdDsa, &["alice"]);
        bank.fund(account, id, 1_000);
        let ticket = bank.engine().issue(request(account, "alice", prices)).expect("a ticket");
        assert_eq!(ticket.wait().expect("issued").issued().expect("a batch").first_number, 1);
    }
    bank
}

fn void(value: u64, numbers: &[u64]) -> OrderAction {
    let serials = Serials::new(numbers.iter().copied()).expect("some serials");
    OrderAction::Void { amount: units(value), serials }
}

/// An order for `a`, under a key of its own or the one named.
fn order(number: u64, action: OrderAction, key: Option<&str>) -> OrderRequest {
    let order = signed_order(DeviceId(1), number, action);
    OrderRequest { account: name("a"), key: key.map(|key| key.parse().expect("a key")), order }
}

fn ask(bank: &Bank, request: OrderRequest) -> Answer {
    bank.engine().order(request).and_then(|ticket| Awaited::new(ticket).wait())
}

fn not_voidable(device: u32, number: u64, why: NotVoidable) -> Answer {
    let serial = Serial::new(DeviceId(device), number).expect("a serial");
    Err(EngineError::NotVoidable { serial, why })
}

/// What is void of `a`, what came back, and what is left.
fn standing(bank: &Bank) -> (Vec<u64>, u64, u64) {
    let dead = bank.reader.statuses(AccountId(1), 0, u64::MAX).expect("the store");
    assert!(dead.iter().all(|one| one.usage.status == Status::Void));
    let account = bank.reader.account(AccountId(1)).expect("the store").expect("the account");
    assert_eq!(account.locked, None);
    (dead.iter().map(|one| one.number).collect(), account.voided, account.descending)
}

fn assert_clean(bank: &Bank) {
    assert_eq!(bank.audit().faults, Vec::<String>::new());
}

#[test]
fn what_cannot_become_void_is_named_and_nothing_of_its_order_is_done() {
    let bank = bank();
    let before = standing(&bank);
    let refused = [
        (void(150, &[1, 3, 5]), not_voidable(1, 5, NotVoidable::NeverIssued)),
        (void(150, &[0, 1, 3]), not_voidable(1, 0, NotVoidable::NeverIssued)),
        (void(151, &[1, 3]), Err(EngineError::VoidWorth { said: units(151), worth: units(150) })),
    ];
    for (action, said) in refused {
        assert_eq!(ask(&bank, order(2, action, None)), said);
        assert_eq!(standing(&bank), before);
    }
    let other = OrderRequest { account: name("b"), ..order(2, void(100, &[1]), None) };
    assert_eq!(ask(&bank, other), not_voidable(1, 1, NotVoidable::OtherAccount));

    ask(&bank, order(2, void(150, &[1, 3]), None)).expect("both are live");
    assert_eq!(standing(&bank), (vec![1, 3], 150, 793));
    assert_eq!(ask(&bank, order(3, void(250, &[2, 3]), None)), not_voidable(1, 3, NotVoidable::Void));
    assert_eq!(standing(&bank), (vec![1, 3], 150, 793));
    ask(&bank, order(3, void(200, &[2]), None)).expect("the other is live still");
    assert_eq!(standing(&bank), (vec![1, 2, 3], 350, 993));
    assert_clean(&bank);
    assert_eq!(bank.audit().void, 3);
}

#[test]
fn a_repetition_is_answered_and_done_once() {
    let bank = bank();
    let first = ask(&bank, order(2, void(100, &[1]), Some("misprint")));
    assert!(matches!(first, Ok(Outcome::Ordered { .. })), "{first:?}");
    // Signed anew, with the next number, since whoever asks doesn't know that it was done.
    assert_eq!(ask(&bank, order(3, void(100, &[1]), Some("misprint"))), first);
    let other = ask(&bank, order(3, void(200, &[2]), Some("misprint")));
    assert!(matches!(other, Err(EngineError::KeyReused(_))), "{other:?}");
    assert_eq!(standing(&bank), (vec![1], 100, 743));
}

#[test]
fn what_the_module_refuses_stays_live() {
    let bank = bank();
    let refused = ask(&bank, order(7, void(100, &[1]), None));
    assert!(matches!(refused, Err(EngineError::Refused(Refusal::Order(_)))), "{refused:?}");
    assert_eq!(standing(&bank), (vec![], 0, 643));
    ask(&bank, order(2, void(100, &[1]), None)).expect("it is live still");
    assert_eq!(standing(&bank), (vec![1], 100, 743));
    assert_clean(&bank);
}

#[test]
fn of_orders_that_meet_in_one_transaction_only_one_makes_an_indicium_void() {
    let bank = bank();
    bank.module.close_gate();
    let first = Awaited::new(bank.engine().issue(request("a", "alice", &[1])).expect("a ticket"));
    bank.module.wait_for_sessions(1);
    let numbered = [(2, &[1, 2][..], 300), (3, &[2, 3], 250), (3, &[4], 7)];
    let asked = numbered.map(|(number, numbers, value)| {
        let order = order(number, void(value, numbers), None);
        Awaited::new(bank.engine().order(order).expect("a ticket"))
    });
    // Answered only after all of them were taken.
    bank.engine().next_order(name("a")).expect("a number");
    bank.module.open_gate();
    first.wait().expect("issued");
    let [both, meets, other] = asked.map(|asked| asked.wait());
    assert!(both.is_ok() && other.is_ok(), "{both:?}, {other:?}");
    assert_eq!(meets, not_voidable(1, 2, NotVoidable::BecomingVoid));
    assert_eq!(standing(&bank), (vec![1, 2, 4], 307, 949));
    assert_clean(&bank);
}

/// The second is looked at in the very round that finishes the first.
#[test]
fn an_order_that_waited_for_another_sees_what_that_made_void() {
    let bank = bank();
    bank.module.close_gate();
    let first = Awaited::new(bank.engine().order(order(2, void(100, &[1]), None)).expect("a ticket"));
    bank.module.wait_for_sessions(1);
    let second = Awaited::new(bank.engine().order(order(3, void(150, &[1, 3]), None)).expect("a ticket"));
    // With so many the engine waits for no more before it plans.
    let others: Vec<_> =
        (0..512).map(|_| bank.engine().issue(request("a", "alice", &[1])).expect("a ticket")).collect();
    bank.engine().next_order(name("a")).expect("a number: all were taken");
    bank.module.open_gate();
    first.wait().expect("it is live");
    assert_eq!(second.wait(), not_voidable(1, 1, NotVoidable::Void));
    others.into_iter().for_each(|other| assert!(other.wait().is_ok()));
    assert_eq!(standing(&bank), (vec![1], 100, 743 - 512));
    assert_clean(&bank);
}

#[test]
fn an_engine_that_lost_the_answer_finishes_the_order_when_it_starts_again() {
    for fault in [Fault::LoseAnswer, Fault::FailBefore] {
        let mut bank = bank();
        bank.module.add_fault(fault);
        let stopped = ask(&bank, order(2, void(150, &[1, 3]), Some("misprint")));
        assert!(matches!(stopped, Err(EngineError::Stopped(_))), "{stopped:?}");
        assert_eq!(standing(&bank), (vec![], 0, 643), "neither is void, nor has anything come back");
        bank.stop();
        bank.start().expect("an engine");
        assert_eq!(standing(&bank), (vec![1, 3], 150, 793));
        let again = ask(&bank, order(3, void(150, &[1, 3]), Some("misprint")));
        assert!(matches!(again, Ok(Outcome::Ordered { .. })), "{again:?}");
        assert_eq!(standing(&bank), (vec![1, 3], 150, 793));
        assert_clean(&bank);
    }
}

#[test]
fn who_waits_for_value_gets_what_comes_back() {
    let bank = bank();
    let options = BatchOptions { on_insufficient: OnInsufficient::Wait(60), ..BatchOptions::default() };
    let waiting = bank.engine().issue(request_with("a", "alice", &[743], options)).expect("a ticket");
    let waiting = Awaited::new(waiting);
    bank.engine().next_order(name("a")).expect("a number: it was taken");
    ask(&bank, order(2, void(100, &[1]), None)).expect("it is live");
    assert_eq!(waiting.wait().expect("value").issued().expect("a batch").value, units(743));
    assert_eq!(standing(&bank), (vec![1], 100, 0));
    assert_clean(&bank);
}

#[test]
fn a_batch_with_one_proof_becomes_void_in_part() {
    let bank = Bank::new();
    let id = bank.create_account("a", Algorithm::EdDsa, &["alice"]);
    bank.fund("a", id, 1_000_000);
    let list = support::list(&[3; 2_500], indicia::ProofForm::Batch);
    let request = support::signed_request("a", "alice", engine::new_key(), &list, BatchOptions::default());
    bank.engine().issue(request).expect("a ticket").wait().expect("issued");
    let numbers: Vec<u64> = (1_000..=2_100).chain([2_500]).collect();
    ask(&bank, order(2, void(3 * 1_102, &numbers), None)).expect("all are live");
    let (void, voided, _) = standing(&bank);
    assert_eq!((void, voided), (numbers, 3_306));
    assert_clean(&bank);
}
