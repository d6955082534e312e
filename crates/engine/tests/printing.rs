//! What is printed is on record first, once, and not at all when it is no good any more.

mod support;

use std::ops::Range;

use engine::{EngineError, OrderRequest, PrintError, PrintRequest, RedeemRequest};
use indicia::{Algorithm, DeviceId, Redeeming, Serial, Showing, Status, Terms, UnixTime, Way};
use module::order::OrderAction;
use module::serials::Serials;
use store::{AccountId, NewPrint, PrintNews, PrintOutcome};

use support::{Awaited, Bank, name, request, signed_order, units};

const A: AccountId = AccountId(1);

/// An account `a` with four indicia of 100 units each.
fn bank() -> Bank {
    let bank = Bank::new();
    let id = bank.create_account("a", Algorithm::EdDsa, &["alice"]);
    bank.fund("a", id, 1_000);
    bank.engine().issue(request("a", "alice", &[100; 4])).expect("a ticket").wait().expect("issued");
    bank
}

fn serial(number: u64) -> Serial {
    Serial::new(DeviceId(1), number).expect("a serial")
}

fn print(bank: &Bank, run: Range<u64>, reprint: Option<&str>) -> Result<NewPrint, PrintError> {
    print_of(bank, "a", run, reprint)
}

fn print_of(
    bank: &Bank,
    account: &str,
    run: Range<u64>,
    reprint: Option<&str>,
) -> Result<NewPrint, PrintError> {
    bank.engine().print(PrintRequest {
        account: name(account),
        runs: vec![run],
        by: "anna".into(),
        printer: "desk".into(),
        reprint: reprint.map(str::to_owned),
    })
}

fn hear(bank: &Bank, number: u64, outcome: PrintOutcome) {
    let news = PrintNews { account: A, number, job: None, outcome, said: String::new(), at: UnixTime(9) };
    bank.engine().hear_of_print(news).expect("an open print");
}

/// The number that was printed before, and by which print.
fn before(printed: Result<NewPrint, PrintError>) -> (Serial, u64, &'static str) {
    match printed {
        Err(PrintError::Before { serial, print, outcome, .. }) => (serial, print, outcome),
        other => panic!("printed before was expected, not {other:?}"),
    }
}

#[test]
fn what_may_be_on_paper_is_printed_again_only_with_a_reason() {
    let mut bank = bank();
    let first = print(&bank, 2..4, None).expect("it is new");
    assert_eq!((first.number, first.reprint.as_deref()), (1, None));
    assert_eq!(before(print(&bank, 1..3, None)), (serial(2), 1, "open"));
    assert_eq!(print(&bank, 1..3, Some(" ")), Err(PrintError::NoReason));
    let again = print(&bank, 1..3, Some("smeared")).expect("it has a reason");
    assert_eq!((again.number, again.reprint.as_deref()), (2, Some("smeared")));
    assert_ne!(again.job_name, first.job_name);
    // Whatever it is called, what is printed for the first time is no reprint.
    assert_eq!(print(&bank, 4..5, Some("smeared")).expect("it is new").reprint, None);

    // What surely never was on paper can be printed; what may be, in part, can't.
    hear(&bank, 1, PrintOutcome::NotSent);
    print(&bank, 3..4, None).expect("its print came to nothing");
    hear(&bank, 2, PrintOutcome::Failed);
    assert_eq!(before(print(&bank, 1..2, None)), (serial(1), 2, "failed"));
    bank.stop();
    bank.start().expect("an engine");
    assert_eq!(before(print(&bank, 3..4, None)), (serial(3), 4, "open"));
    let unknown = Err(PrintError::Engine(EngineError::UnknownAccount("b".into())));
    assert_eq!(print_of(&bank, "b", 1..2, None), unknown);
}

#[test]
fn what_is_no_good_any_more_is_not_printed() {
    let bank = bank();
    let redeem = |number, key: &str| {
        let request = RedeemRequest {
            account: A,
            serial: serial(number),
            terms: Terms::new(units(100), Redeeming::Whole),
            amount: None,
            by: "gil".into(),
            key: key.parse().expect("a key"),
            gate: "North".into(),
            way: Way::In,
            entrance: None,
            is_countersigned: false,
            showing: Showing::Bare,
            at: UnixTime(1),
            is_offline: false,
        };
        bank.engine().redeem(request).expect("a ticket").wait().expect("it is live");
    };
    redeem(1, "one");
    let not_good = |number, status| Err(PrintError::NotGood { serial: serial(number), status });
    assert_eq!(print(&bank, 1..4, None), not_good(1, Status::Redeemed));
    assert_eq!(print(&bank, 1..4, Some("again")), not_good(1, Status::Redeemed));

    // The module has an order that makes one void: until it is done, too.
    bank.module.close_gate();
    let serials = Serials::new([3]).expect("a serial");
    let order = signed_order(DeviceId(1), 2, OrderAction::Void { amount: units(100), serials });
    let order = OrderRequest { account: name("a"), key: None, order };
    let voiding = Awaited::new(bank.engine().order(order).expect("a ticket"));
    bank.module.wait_for_sessions(1);
    assert_eq!(print(&bank, 2..5, None), Err(PrintError::BecomingVoid(serial(3))));
    bank.module.open_gate();
    voiding.wait().expect("it was live");
    assert_eq!(print(&bank, 2..5, None), not_good(3, Status::Void));
    print(&bank, 4..5, None).expect("it is live");
    assert_eq!(
        bank.reader.prints(A, None, 9).expect("the store").len(),
        1,
        "what was refused isn't on record"
    );
    assert_eq!(bank.audit().faults, Vec::<String>::new());
}
