//! What is asked while sessions are under way, and what becomes of it when one fails.

mod support;

use asker::{BatchOptions, OnInsufficient};
use engine::{EngineError, Outcome, QUEUE, SecureModule};
use indicia::{Algorithm, ProofForm};
use module::event::{Event, What};
use module::refusals_seen::{RefusalCount, RefusalsSeen};
use store::{AccountId, StoredEvent};

use support::gated::Fault;
use support::{Awaited, Bank, list, name, request, request_with, signed_draw, signed_request};

/// Two funded accounts of one user.
fn two_accounts() -> Bank {
    let bank = Bank::new();
    for account in ["a", "b"] {
        let id = bank.create_account(account, Algorithm::EdDsa, &["alice"]);
        bank.fund(account, id, 1_000_000);
    }
    bank
}

fn issue(bank: &Bank, account: &str) -> Awaited {
    Awaited::new(bank.engine().issue(request(account, "alice", &[100])).expect("a ticket"))
}

#[test]
fn when_one_session_fails_whoever_waits_behind_another_is_told() {
    let mut bank = two_accounts();
    bank.module.close_gate();
    let first = ["a", "b"].map(|account| {
        let awaited = issue(&bank, account);
        bank.module.wait_for_sessions(if account == "a" { 1 } else { 2 });
        awaited
    });
    let behind = ["a", "b"].map(|account| issue(&bank, account));
    // Answered only after both of them were taken.
    bank.engine().next_order(name("a")).expect("a number");

    bank.module.add_fault(Fault::FailBefore);
    bank.module.let_one_pass();
    while bank.engine().next_order(name("a")).is_ok() {
        std::thread::yield_now();
    }
    bank.module.open_gate();
    let answers = first.map(|awaited| awaited.wait());
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    for awaited in behind {
        let answer = awaited.wait();
        assert!(matches!(answer, Err(EngineError::Stopped(_))), "{answer:?}");
    }

    bank.stop();
    bank.start().expect("an engine that works again");
    for id in [1, 2] {
        let account = bank.reader.account(AccountId(id)).expect("the store").expect("the account");
        assert_eq!(account.issued, 1, "what was reserved is finished, what wasn't isn't");
    }
    assert_eq!(bank.audit().faults, Vec::<String>::new());
}

#[test]
fn a_refused_request_is_refused_the_same_way_when_it_is_asked_again() {
    let mut bank = two_accounts();
    let ask = |bank: &Bank, user: &str, key: &str| {
        let key = key.parse().expect("a key");
        let list = list(&[100], ProofForm::Signature);
        let request = signed_request("a", user, key, &list, BatchOptions::default());
        Awaited::new(bank.engine().issue(request).expect("a ticket")).wait()
    };
    let first = ask(&bank, "mallory", "forged");
    assert!(matches!(first, Err(EngineError::Refused(_))), "{first:?}");
    assert_eq!(ask(&bank, "mallory", "forged"), first);
    bank.stop();
    bank.start().expect("an engine again");
    assert_eq!(ask(&bank, "mallory", "forged"), first, "also by another run");
    assert_eq!(bank.audit().faults, Vec::<String>::new());
}

#[test]
fn refusals_that_were_seen_are_on_record_once() {
    let mut bank = two_accounts();
    let seen = |until| {
        let (why, account) = ("not-proven".into(), Some("a".into()));
        let counts = vec![RefusalCount { why, account, user: None, count: 3 }];
        RefusalsSeen { since: 10, until, counts }
    };
    let recorded = |bank: &Bank| {
        let mut events = Vec::new();
        let each = &mut |event: StoredEvent<'_>| {
            events.push(Event::decode(event.bytes).expect("an event").what);
            Ok(())
        };
        bank.reader.events(AccountId::STAFF, 1, u64::MAX, each).expect("the store");
        assert_eq!(bank.audit().faults, Vec::<String>::new());
        events
    };
    // The module put it on record, and its answer was lost.
    bank.module.record_refusals(seen(20)).expect("a module");
    bank.engine().record_refusals(seen(20)).expect("an engine");
    assert_eq!(recorded(&bank), [What::RefusalsSeen(seen(20))]);
    // The engine ended before it kept it.
    bank.module.record_refusals(seen(30)).expect("a module");
    bank.stop();
    bank.start().expect("an engine again");
    assert_eq!(recorded(&bank), [What::RefusalsSeen(seen(20)), What::RefusalsSeen(seen(30))]);
}

#[test]
fn what_cannot_be_made_durable_is_taken_back_from_the_module() {
    let bank = two_accounts();
    let asked = |amounts: &[u64]| {
        Awaited::new(bank.engine().issue(request("a", "alice", amounts)).expect("a ticket")).wait()
    };
    let other = rusqlite::Connection::open(bank.place.to_string()).expect("the store");
    other.execute_batch("BEGIN IMMEDIATE").expect("nobody else writes");
    // The reservation is refused by the store, with the session on its way.
    let failed = asked(&[100]);
    assert!(matches!(failed, Err(EngineError::Store(_))), "{failed:?}");
    other.execute_batch("ROLLBACK").expect("nothing was written");
    // Had the module registered the first batch, it would refuse another as the same transaction.
    asked(&[30, 40]).expect("another batch").issued().expect("a batch");
    let account = bank.reader.account(AccountId(1)).expect("the store").expect("the account");
    assert_eq!((account.sequence, account.issued, account.ascending, account.locked), (2, 2, 70, None));
    assert_eq!(bank.audit().faults, Vec::<String>::new());
}

#[test]
fn more_reservations_than_one_transaction_takes_are_all_drawn() {
    let mut bank = two_accounts();
    let count = module::transaction::MAX_REQUESTS + 10;
    assert!(count < QUEUE, "all of them fit into the queue");
    let held: Vec<_> = (0..count)
        .map(|_| {
            let options = BatchOptions { hold_seconds: Some(1000), ..BatchOptions::default() };
            let request = request_with("a", "alice", &[1], options);
            (request.key.clone(), bank.engine().issue(request).expect("a ticket"))
        })
        .collect();
    let held: Vec<_> = held
        .into_iter()
        .map(|(key, ticket)| match ticket.wait() {
            Ok(Outcome::Held { reservation, .. }) => (key, reservation),
            other => panic!("not held: {other:?}"),
        })
        .collect();
    bank.module.close_gate();
    let first = issue(&bank, "a");
    bank.module.wait_for_sessions(1);
    let drawn: Vec<_> = held
        .iter()
        .map(|(key, id)| {
            let proof = signed_draw("a", "alice", key.as_str(), *id, &list(&[1], ProofForm::Signature));
            bank.engine().draw(name("a"), *id, proof).expect("a ticket")
        })
        .collect();
    bank.engine().next_order(name("a")).expect("a number");
    bank.module.open_gate();
    first.wait().expect("the first batch");
    for ticket in drawn {
        ticket.wait().expect("a batch that was reserved can't fail");
    }
    bank.stop();
    bank.start().expect("an engine");
    assert_eq!(bank.audit().faults, Vec::<String>::new());
}

#[test]
fn more_waiting_requests_than_one_transaction_takes_are_all_issued() {
    let bank = Bank::new();
    let id = bank.create_account("a", Algorithm::EdDsa, &["alice"]);
    let count = module::transaction::MAX_REQUESTS + 10;
    let waiting: Vec<_> = (0..count)
        .map(|_| {
            let on_insufficient = OnInsufficient::Wait(support::STUCK.as_secs());
            let options = BatchOptions { on_insufficient, ..BatchOptions::default() };
            bank.engine().issue(request_with("a", "alice", &[1], options)).expect("a ticket")
        })
        .collect();
    bank.fund("a", id, 1_000_000);
    for ticket in waiting {
        ticket.wait().expect("the account was funded");
    }
    assert_eq!(bank.audit().faults, Vec::<String>::new());
}
