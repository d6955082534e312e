//! Indicia are redeemed once, whole or in part, by however many ask at once; a redemption is taken back once.

mod model;
#[path = "../support/mod.rs"]
mod support;

use asker::BatchOptions;
use engine::{EngineError, NotVoidable, OrderRequest, Outcome, RedeemRequest, ReverseRequest};
use indicia::{
    Algorithm, DeviceId, NotLive, NotRedeemable, ProofForm, Redeeming, Serial, Showing, Status, Terms,
    UnixTime, Way,
};
use module::order::OrderAction;
use module::serials::Serials;
use scratch_postgres::{Durability, Server};
use store::{AccountId, Place, StoredRedemption, Usage, UsePlace};

use support::{Awaited, Bank, denomination, list, name, request, signed_order, signed_request, units};

const A: AccountId = AccountId(1);
const PRICES: [u64; 4] = [100, 1, 50, 7];

/// An account of 1,000 units, in which four indicia were issued.
fn bank() -> Bank {
    filled(Bank::new())
}

fn filled(bank: Bank) -> Bank {
    let id = bank.create_account("a", Algorithm::EdDsa, &["alice"]);
    bank.fund("a", id, 1_000);
    bank.engine().issue(request("a", "alice", &PRICES)).expect("a ticket").wait().expect("issued");
    bank
}

fn serial(number: u64) -> Serial {
    Serial::new(DeviceId(1), number).expect("a serial")
}

/// The use of all that is left.
fn whole(number: u64, by: &str, key: &str) -> RedeemRequest {
    let worth = usize::try_from(number).ok().and_then(|number| PRICES.get(number - 1)).copied();
    RedeemRequest {
        account: A,
        serial: serial(number),
        terms: Terms::new(units(worth.unwrap_or(1)), Redeeming::InPart),
        amount: None,
        by: by.into(),
        key: key.parse().expect("a key"),
        gate: "North 3".into(),
        way: Way::In,
        entrance: None,
        is_countersigned: false,
        showing: Showing::Bare,
        at: UnixTime(5_000),
        is_offline: false,
    }
}

/// The same by a gate that had no network.
fn offline(request: RedeemRequest) -> RedeemRequest {
    RedeemRequest { gate: "South".into(), at: UnixTime(4_000), is_offline: true, ..request }
}

fn part(number: u64, amount: u64, key: &str) -> RedeemRequest {
    RedeemRequest { amount: Some(units(amount)), ..whole(number, "gil", key) }
}

/// The same by whoever leaves, of a ticket that lets in again.
fn leaving(request: RedeemRequest) -> RedeemRequest {
    RedeemRequest { way: Way::Out, ..coming(request) }
}

fn coming(request: RedeemRequest) -> RedeemRequest {
    RedeemRequest { terms: Terms { reentry: true, ..request.terms }, ..request }
}

fn redeem(bank: &Bank, request: RedeemRequest) -> Result<StoredRedemption, EngineError> {
    redeemed(Awaited::new(bank.engine().redeem(request)?).wait())
}

fn reverse(bank: &Bank, number: u64, place: u32, reason: &str) -> Result<StoredRedemption, EngineError> {
    let (by, reason) = ("pay".to_owned(), reason.to_owned());
    let terms = whole(number, "gil", "k").terms;
    let request = ReverseRequest { account: A, serial: serial(number), terms, place, by, reason };
    redeemed(Awaited::new(bank.engine().reverse(request)?).wait())
}

fn redeemed(outcome: Result<Outcome, EngineError>) -> Result<StoredRedemption, EngineError> {
    match outcome? {
        Outcome::Redeemed(made) => Ok(*made),
        other => panic!("{other:?} is no redemption"),
    }
}

fn not_redeemable(number: u64, why: NotRedeemable) -> Result<StoredRedemption, EngineError> {
    Err(EngineError::NotRedeemable { serial: serial(number), why })
}

fn void_order(number: u64, value: u64, of: u64) -> OrderRequest {
    let serials = Serials::new([of]).expect("a serial");
    let order = signed_order(DeviceId(1), number, OrderAction::Void { amount: units(value), serials });
    OrderRequest { account: name("a"), key: None, order }
}

fn usage(bank: &Bank, number: u64) -> Usage {
    bank.reader.usages(&[(A, number)]).expect("the store").first().map(|found| found.2).unwrap_or_default()
}

fn assert_clean(bank: &Bank) {
    assert_eq!(bank.audit().faults, Vec::<String>::new());
}

#[test]
fn what_has_expired_long_ago_leaves_snapshots() {
    let bank = bank();
    let expires = UnixTime(1_000_000);
    let until = |number, key: &str| {
        let request = whole(number, "gil", key);
        RedeemRequest { terms: Terms { expires: Some(expires), ..request.terms }, ..request }
    };
    redeem(&bank, until(1, "k1")).expect("it is live");
    redeem(&bank, whole(2, "gil", "k2")).expect("it is live");
    // What is used once more after it was taken back still expires.
    redeem(&bank, until(3, "k3")).expect("it is live");
    reverse(&bank, 3, 1, "wrong door").expect("it was used");
    redeem(&bank, whole(3, "gil", "k4")).expect("it is live again");
    // So does what becomes void.
    let mut spoiled = list(&[10, 10], ProofForm::Signature);
    spoiled.items[0].expires = Some(expires);
    let asked = signed_request("a", "alice", engine::new_key(), &spoiled, BatchOptions::default());
    bank.engine().issue(asked).expect("a ticket").wait().expect("issued");
    for (order, spoiled) in [(2, 5), (3, 6)] {
        bank.engine().order(void_order(order, 10, spoiled)).expect("a ticket").wait().expect("it is live");
    }
    let bundle = bank.bundle();
    let at = |now| {
        let snapshot = engine::snapshot(&*bank.reader, &bundle, UnixTime(now)).expect("a snapshot");
        let dead = [1, 2, 3, 5, 6].map(|number| snapshot.status(serial(number), UnixTime(0)));
        dead.map(|status| matches!(status, Some(Status::Redeemed | Status::Void)))
    };
    let last = expires.0 + engine::EXPIRED_STAYS;
    assert_eq!(at(expires.0), [true; 5]);
    assert_eq!(at(last), [true; 5], "a clock may be slow");
    assert_eq!(at(last + 1), [false, true, false, false, true]);
}

/// What is outside is neither left nor used up, and nothing that is taken back leaves more outside than came in.
#[test]
fn whoever_left_comes_in_again_in_the_books() {
    let bank = bank();
    let worth = PRICES[0];
    let out = |key: &str| redeem(&bank, leaving(whole(1, "gil", key)));
    assert_eq!(out("k0"), not_redeemable(1, NotRedeemable::NotInside));
    redeem(&bank, coming(whole(1, "gil", "k1"))).expect("it is live");
    let left = out("k2").expect("he is inside");
    assert_eq!((left.redemption.value, left.redemption.moved), (0, i64::try_from(worth).expect("a price")));
    assert_eq!(out("k2"), Ok(left), "the same key is the same use");
    let reused = redeem(&bank, coming(whole(1, "gil", "k2")));
    assert!(matches!(reused, Err(EngineError::KeyReused(_))), "{reused:?}");
    let outside = Usage { status: Status::RedeemedInPart, used: worth, outside: worth, redemptions: 2 };
    assert_eq!(usage(&bank, 1), outside);
    assert_clean(&bank);
    let order = bank.engine().order(void_order(2, 0, 1)).and_then(|ticket| ticket.wait());
    let why = NotVoidable::Outside;
    assert_eq!(order.err(), Some(EngineError::NotVoidable { serial: serial(1), why }));
    let why = NotRedeemable::MovedSince;
    let moved = Err(EngineError::NotReversible { serial: serial(1), place: 1, why });
    assert_eq!(reverse(&bank, 1, 1, "he never came"), moved);
    redeem(&bank, coming(whole(1, "gil", "k3"))).expect("he left");
    assert_eq!(usage(&bank, 1), Usage { status: Status::Redeemed, outside: 0, redemptions: 3, ..outside });
    reverse(&bank, 1, 3, "it was somebody else").expect("he came in");
    assert_eq!(usage(&bank, 1), Usage { redemptions: 3, ..outside });
    reverse(&bank, 1, 2, "he went nowhere").expect("he was let out");
    assert_eq!(usage(&bank, 1), Usage { status: Status::Redeemed, outside: 0, redemptions: 3, ..outside });
    reverse(&bank, 1, 1, "wrong door").expect("he came in");
    assert_eq!(usage(&bank, 1), Usage { redemptions: 3, ..Usage::default() });
    assert_clean(&bank);
}

#[test]
fn what_is_tied_to_a_device_is_redeemed_where_that_shows_it_live() {
    let bank = bank();
    let tied = |number, key: &str, showing| {
        let request = whole(number, "gil", key);
        RedeemRequest { terms: Terms { is_tied: true, ..request.terms }, showing, ..request }
    };
    let not_live = |number, why| not_redeemable(number, NotRedeemable::NotLive(why));
    let (now, late) = (Showing::ByDevice(UnixTime(5_000)), UnixTime(4_000));
    assert_eq!(redeem(&bank, tied(1, "k1", Showing::Bare)), not_live(1, NotLive::Copy));
    assert_eq!(redeem(&bank, tied(1, "k1", Showing::ByDevice(late))), not_live(1, NotLive::Past(late)));
    let made = redeem(&bank, tied(1, "k1", now)).expect("it is live");
    // Whoever repeats his request gets its answer, also when what he saw is long ago.
    for showing in [now, Showing::ByDevice(late), Showing::Bare] {
        assert_eq!(redeem(&bank, tied(1, "k1", showing)), Ok(made.clone()));
    }
    assert_eq!(redeem(&bank, tied(1, "k2", now)), not_redeemable(1, NotRedeemable::Redeemed));
    redeem(&bank, tied(2, "k3", Showing::Vouched)).expect("a gate saw it live");
    redeem(&bank, offline(tied(3, "k4", Showing::Bare))).expect("it was used, however it was shown");
    redeem(&bank, whole(4, "gil", "k5")).expect("it is tied to nobody");
    assert_clean(&bank);
}

#[test]
fn of_fifty_who_ask_at_once_one_redeems_it() {
    fifty_ask(&bank());
}

#[test]
fn nor_do_two_with_the_books_in_postgresql() {
    let Some(server) = Server::start(Durability::None) else { return };
    let url = server.url(&server.create_database());
    let mut bank = filled(Bank::at(Place::Postgres(url.parse().expect("a URL"))));
    fifty_ask(&bank);
    // All that happens to an indicium is the same there.
    redeem(&bank, part(3, 20, "k")).expect("it is live");
    let gone = reverse(&bank, 3, 1, "wrong door").expect("it was redeemed");
    bank.stop();
    bank.start().expect("an engine");
    assert_eq!(redeem(&bank, part(3, 20, "k")), Ok(gone));
    assert_eq!(redeem(&bank, whole(3, "gil", "l")).expect("all of it is left").redemption.place, 2);
    assert_eq!(redeem(&bank, part(3, 1, "m")), not_redeemable(3, NotRedeemable::Redeemed));
    bank.engine().order(void_order(2, 7, 4)).expect("a ticket").wait().expect("it is live");
    assert_eq!(redeem(&bank, part(4, 1, "n")), not_redeemable(4, NotRedeemable::Void));
    assert_clean(&bank);
}

fn fifty_ask(bank: &Bank) {
    for number in [1, 2] {
        let ask = |gate: u32| {
            let request = whole(number, &format!("gate-{gate}"), &number.to_string());
            Awaited::new(bank.engine().redeem(request).expect("a ticket"))
        };
        let asked: Vec<_> = (0..50).map(ask).collect();
        let (made, refused): (Vec<_>, Vec<_>) =
            asked.into_iter().map(|one| redeemed(one.wait())).partition(Result::is_ok);
        assert_eq!((made.len(), refused.len()), (1, 49));
        for one in refused {
            assert_eq!(one, not_redeemable(number, NotRedeemable::Redeemed));
        }
    }
    assert_eq!(usage(bank, 1), Usage { status: Status::Redeemed, used: 100, outside: 0, redemptions: 1 });
    assert_eq!(usage(bank, 2), Usage { status: Status::Redeemed, used: 1, outside: 0, redemptions: 1 });
    assert_eq!(bank.audit().redemptions, 2);
    assert_clean(bank);
}

#[test]
fn the_same_key_is_the_same_use_for_ever() {
    let mut bank = bank();
    let first = redeem(&bank, part(1, 30, "k")).expect("it is live");
    assert_eq!((first.redemption.place, first.redemption.used), (1, 30));
    assert_eq!(redeem(&bank, part(1, 30, "k")), Ok(first.clone()));
    for other in
        [part(1, 31, "k"), part(3, 30, "k"), RedeemRequest { gate: "South".into(), ..part(1, 30, "k") }]
    {
        assert_eq!(redeem(&bank, other), Err(EngineError::KeyReused("k".into())));
    }
    // Twice in one round.
    bank.module.close_gate();
    let issuing = Awaited::new(bank.engine().issue(request("a", "alice", &[1])).expect("a ticket"));
    let twice = [0, 1].map(|_| Awaited::new(bank.engine().redeem(part(1, 20, "l")).expect("a ticket")));
    let [one, other] = twice.map(|one| redeemed(one.wait()).expect("it is live"));
    assert_eq!(one, other);
    bank.module.open_gate();
    issuing.wait().expect("issued");
    bank.stop();
    bank.start().expect("an engine");
    assert_eq!(redeem(&bank, part(1, 30, "k")), Ok(first));
    assert_eq!(
        usage(&bank, 1),
        Usage { status: Status::RedeemedInPart, used: 50, outside: 0, redemptions: 2 }
    );
    assert_clean(&bank);
}

#[test]
fn what_cannot_be_redeemed_says_why() {
    let bank = bank();
    let dated = |at| {
        let request = part(1, 1, &format!("at {at}"));
        let terms = Terms { not_before: Some(UnixTime(100)), expires: Some(UnixTime(200)), ..request.terms };
        RedeemRequest { terms, at: UnixTime(at), ..request }
    };
    assert_eq!(redeem(&bank, dated(99)), not_redeemable(1, NotRedeemable::NotYetValid(UnixTime(100))));
    assert_eq!(redeem(&bank, dated(200)), not_redeemable(1, NotRedeemable::Expired(UnixTime(200))));
    assert!(redeem(&bank, dated(100)).is_ok() && redeem(&bank, dated(199)).is_ok());
    let left = units(98);
    assert_eq!(redeem(&bank, part(1, 99, "k")), not_redeemable(1, NotRedeemable::Exceeds { left }));
    assert_eq!(redeem(&bank, part(1, 0, "k")), not_redeemable(1, NotRedeemable::Nothing));
    let dollars = indicia::Amount::saturating(1, "USD/2".parse().expect("a denomination"));
    let other = RedeemRequest { amount: Some(dollars), ..part(1, 1, "k") };
    assert_eq!(redeem(&bank, other), not_redeemable(1, NotRedeemable::Denomination(denomination())));
    for never in [5, 99] {
        assert_eq!(
            redeem(&bank, whole(never, "gil", "k")),
            not_redeemable(never, NotRedeemable::NeverIssued)
        );
    }
    // The key is still free: nothing was redeemed under it.
    assert!(redeem(&bank, part(1, 98, "k")).is_ok());
    assert_eq!(redeem(&bank, part(1, 1, "m")), not_redeemable(1, NotRedeemable::Redeemed));
    assert_clean(&bank);
}

#[test]
fn what_is_used_whole_is_not_used_in_part() {
    let bank = bank();
    let whole_only = |request: RedeemRequest| RedeemRequest {
        terms: Terms { redeeming: Redeeming::Whole, ..request.terms },
        ..request
    };
    let of_ticket = |key, amount: u64| whole_only(part(1, amount, key));
    let left = units(100);
    for amount in [1, 99] {
        assert_eq!(
            redeem(&bank, of_ticket("k", amount)),
            not_redeemable(1, NotRedeemable::WholeOnly { left })
        );
    }
    assert_eq!(redeem(&bank, of_ticket("k", 101)), not_redeemable(1, NotRedeemable::Exceeds { left }));
    assert_eq!(redeem(&bank, of_ticket("k", 0)), not_redeemable(1, NotRedeemable::Nothing));
    assert_eq!(usage(&bank, 1), Usage::default(), "nothing was used");
    // The whole of it may be named, and the key is still free.
    redeem(&bank, of_ticket("k", 100)).expect("it is live");
    assert_eq!(usage(&bank, 1), Usage { status: Status::Redeemed, used: 100, outside: 0, redemptions: 1 });
    // Of what was used in part before there was the rule, the rest is used at once.
    redeem(&bank, part(3, 20, "l")).expect("it is live");
    let rest = |key, amount| whole_only(part(3, amount, key));
    let left = units(30);
    assert_eq!(redeem(&bank, rest("m", 29)), not_redeemable(3, NotRedeemable::WholeOnly { left }));
    redeem(&bank, rest("m", 30)).expect("all that is left");
    assert_clean(&bank);
}

#[test]
fn what_becomes_void_is_not_redeemed_and_what_is_used_up_does_not_become_void() {
    let mut bank = bank();
    bank.module.close_gate();
    let voiding = Awaited::new(bank.engine().order(void_order(2, 100, 1)).expect("a ticket"));
    bank.module.wait_for_sessions(1);
    assert_eq!(redeem(&bank, part(1, 1, "k")), not_redeemable(1, NotRedeemable::BecomingVoid));
    redeem(&bank, part(3, 1, "k")).expect("it is another");
    bank.module.open_gate();
    voiding.wait().expect("it was live");
    assert_eq!(redeem(&bank, part(1, 1, "l")), not_redeemable(1, NotRedeemable::Void));
    let order = |bank: &Bank, number, value, of| {
        bank.engine().order(void_order(number, value, of)).expect("a ticket").wait()
    };
    let not_voidable = |number, why| Err(EngineError::NotVoidable { serial: serial(number), why });
    redeem(&bank, whole(4, "gil", "m")).expect("it is live");
    assert_eq!(order(&bank, 3, 7, 4), not_voidable(4, NotVoidable::Redeemed));
    // What was taken back may become void again, also by an engine that has to look it up after a crash.
    reverse(&bank, 4, 1, "wrong door").expect("it was redeemed");
    bank.module.add_fault(support::gated::Fault::LoseAnswer);
    assert!(matches!(order(&bank, 3, 7, 4), Err(EngineError::Stopped(_))));
    bank.stop();
    bank.start().expect("an engine");
    assert_eq!(usage(&bank, 4), Usage { status: Status::Void, used: 0, outside: 0, redemptions: 1 });
    assert_eq!(redeem(&bank, part(4, 1, "n")), not_redeemable(4, NotRedeemable::Void));
    assert_clean(&bank);
}

#[test]
fn of_what_is_used_in_part_the_rest_comes_back_and_its_uses_stay() {
    let mut bank = bank();
    let order = |bank: &Bank, number, value, of| {
        bank.engine().order(void_order(number, value, of)).expect("a ticket").wait()
    };
    redeem(&bank, part(1, 60, "k")).expect("it is live");
    redeem(&bank, part(1, 10, "l")).expect("some is left");
    reverse(&bank, 1, 2, "wrong door").expect("it was redeemed");
    for said in [100, 39, 41, 30] {
        let (said, worth) = (units(said), units(40));
        assert_eq!(order(&bank, 2, said.units(), 1), Err(EngineError::VoidWorth { said, worth }));
    }
    // While the rest is on its way, nothing is taken of it or brought back to it.
    bank.module.close_gate();
    let voiding = Awaited::new(bank.engine().order(void_order(2, 40, 1)).expect("a ticket"));
    bank.module.wait_for_sessions(1);
    assert_eq!(redeem(&bank, part(1, 1, "m")), not_redeemable(1, NotRedeemable::BecomingVoid));
    let not_reversible = |why| Err(EngineError::NotReversible { serial: serial(1), place: 1, why });
    assert_eq!(reverse(&bank, 1, 1, "again"), not_reversible(NotRedeemable::BecomingVoid));
    bank.module.open_gate();
    voiding.wait().expect("some was left");
    let account = bank.reader.account(AccountId(1)).expect("the store").expect("the account");
    assert_eq!((account.voided, account.locked), (40, None));
    assert_eq!(usage(&bank, 1), Usage { status: Status::Void, used: 60, outside: 0, redemptions: 2 });
    assert_eq!(reverse(&bank, 1, 1, "again"), not_reversible(NotRedeemable::Void));
    assert_eq!(redeem(&bank, part(1, 1, "m")), not_redeemable(1, NotRedeemable::Void));
    // A double use beside it takes nothing, and goes as it came.
    redeem(&bank, offline(part(1, 30, "n"))).expect("it was done already");
    reverse(&bank, 1, 3, "paid for").expect("it was there");
    assert_eq!(usage(&bank, 1), Usage { status: Status::Void, used: 60, outside: 0, redemptions: 3 });
    // Also by an engine that has to look it up after a crash.
    redeem(&bank, part(3, 20, "o")).expect("it is live");
    bank.module.add_fault(support::gated::Fault::LoseAnswer);
    assert!(matches!(order(&bank, 3, 30, 3), Err(EngineError::Stopped(_))));
    bank.stop();
    bank.start().expect("an engine");
    assert_eq!(usage(&bank, 3), Usage { status: Status::Void, used: 20, outside: 0, redemptions: 1 });
    assert_clean(&bank);
}

#[test]
fn a_redemption_is_taken_back_once() {
    let bank = bank();
    redeem(&bank, part(1, 60, "k")).expect("it is live");
    redeem(&bank, whole(1, "gil", "l")).expect("some is left");
    let unknown = EngineError::UnknownRedemption { serial: serial(1), place: 3 };
    assert_eq!(reverse(&bank, 1, 3, "wrong door"), Err(unknown));
    let gone = reverse(&bank, 1, 1, "wrong door").expect("it was redeemed");
    assert_eq!(gone.reversed.as_ref().map(|reversed| reversed.by.as_str()), Some("pay"));
    assert_eq!(reverse(&bank, 1, 1, "wrong door"), Ok(gone), "the same reversal");
    let already = EngineError::ReversedAlready { serial: serial(1), place: 1, by: "pay".into() };
    assert_eq!(reverse(&bank, 1, 1, "once more"), Err(already));
    assert_eq!(
        usage(&bank, 1),
        Usage { status: Status::RedeemedInPart, used: 40, outside: 0, redemptions: 2 }
    );
    // Whoever repeats the use hears that it was taken back.
    assert!(redeem(&bank, part(1, 60, "k")).expect("it was redeemed").reversed.is_some());
    assert_eq!(redeem(&bank, whole(1, "gil", "m")).expect("some is left").redemption.value, 60);
    assert_clean(&bank);
}

#[test]
fn what_was_used_without_a_network_is_on_record_whatever_was_left() {
    let mut bank = bank();
    // The first one is a use like any other.
    let first = redeem(&bank, offline(whole(1, "gil", "k"))).expect("it is live").redemption;
    assert_eq!((first.value, first.used, first.excess, first.at), (100, 100, 0, UnixTime(4_000)));
    // Any other gives what isn't there, and is told so under its key for ever.
    let second = redeem(&bank, offline(part(1, 30, "l"))).expect("it was done already");
    let made = &second.redemption;
    assert_eq!((made.value, made.used, made.excess, made.place), (0, 100, 30, 2));
    assert_eq!(redeem(&bank, offline(part(1, 30, "l"))), Ok(second.clone()));
    let other = RedeemRequest { at: UnixTime(4_001), ..offline(part(1, 30, "l")) };
    assert_eq!(redeem(&bank, other), Err(EngineError::KeyReused("l".into())));
    assert_eq!(usage(&bank, 1), Usage { status: Status::Redeemed, used: 100, outside: 0, redemptions: 2 });
    // Partly there, or void meanwhile.
    redeem(&bank, part(3, 40, "m")).expect("it is live");
    let beyond = redeem(&bank, offline(part(3, 25, "n"))).expect("it was done already").redemption;
    assert_eq!((beyond.value, beyond.excess), (10, 15));
    Awaited::new(bank.engine().order(void_order(2, 7, 4)).expect("a ticket")).wait().expect("it was live");
    let void = redeem(&bank, offline(whole(4, "gil", "o"))).expect("it was done already").redemption;
    assert_eq!((void.value, void.excess), (0, 7));
    assert_eq!(usage(&bank, 4), Usage { status: Status::Void, used: 0, outside: 0, redemptions: 1 });
    // Nobody gave more than it says of itself, or outside of its time.
    let all = units(100);
    assert_eq!(
        redeem(&bank, offline(part(1, 101, "p"))),
        not_redeemable(1, NotRedeemable::Exceeds { left: all })
    );
    assert_eq!(redeem(&bank, offline(part(1, 0, "p"))), not_redeemable(1, NotRedeemable::Nothing));
    let late = offline(whole(1, "gil", "p"));
    let terms = Terms { expires: Some(UnixTime(4_000)), ..late.terms };
    assert_eq!(
        redeem(&bank, RedeemRequest { terms, ..late }),
        not_redeemable(1, NotRedeemable::Expired(UnixTime(4_000)))
    );
    // What took nothing gives nothing back.
    reverse(&bank, 1, 2, "the gate's mistake").expect("it is on record");
    assert_eq!(usage(&bank, 1), Usage { status: Status::Redeemed, used: 100, outside: 0, redemptions: 2 });
    reverse(&bank, 4, 1, "the gate's mistake").expect("it is on record");
    assert_eq!(usage(&bank, 4).status, Status::Void);
    bank.stop();
    bank.start().expect("an engine");
    assert!(redeem(&bank, offline(part(1, 30, "l"))).expect("it was done").reversed.is_some());
    let mut doubles = Vec::new();
    let each = &mut |stored: StoredRedemption| {
        doubles.push((stored.redemption.number, stored.redemption.place, stored.redemption.excess));
        Ok(())
    };
    bank.reader.double_uses(UsePlace::START, 9, each).expect("the store");
    assert_eq!(doubles, [(1, 2, 30), (3, 2, 15), (4, 1, 7)]);
    assert_clean(&bank);
}

/// A gate asked, and its network was gone before it heard the answer: it decided alone, and tells that later.
#[test]
fn a_use_that_is_told_after_its_answer_was_lost_is_the_use_that_was_made() {
    let bank = bank();
    for (number, amount) in [(1, Some(30)), (4, None)] {
        let asked = RedeemRequest { amount: amount.map(units), ..whole(number, "gil", &number.to_string()) };
        let made = redeem(&bank, asked.clone()).expect("it is live");
        let told = RedeemRequest { at: UnixTime(4_999), is_offline: true, ..asked.clone() };
        assert_eq!(redeem(&bank, told.clone()), Ok(made));
        // Nothing else is: another amount or place, or the other way round.
        for other in [
            RedeemRequest { amount: Some(units(1)), ..told.clone() },
            RedeemRequest { gate: "South".into(), ..told },
        ] {
            assert_eq!(redeem(&bank, other), Err(EngineError::KeyReused(number.to_string())));
        }
        redeem(&bank, offline(part(2, 1, &format!("told {number}")))).expect("it was done already");
        let asked = RedeemRequest { gate: "South".into(), ..part(2, 1, &format!("told {number}")) };
        assert_eq!(redeem(&bank, asked), Err(EngineError::KeyReused(format!("told {number}"))));
    }
    let mut doubles = 0;
    let each = &mut |_| {
        doubles += 1;
        Ok(())
    };
    bank.reader.double_uses(UsePlace::START, 9, each).expect("the store");
    assert_eq!(doubles, 1, "of the indicium of 1 that was told to be used twice");
    assert_clean(&bank);
}

/// Whoever has the database finds no way that the audit doesn't see.
#[test]
fn an_audit_names_what_was_changed_behind_it() {
    for (change, said) in [
        (
            "UPDATE statuses SET used = 10",
            "is used for 10 units by 1 redemptions, and its 1 redemptions took 30",
        ),
        ("UPDATE statuses SET status = 2", "it is redeemed, used for 30 of its 100 units"),
        ("DELETE FROM statuses", "is used for 0 units by 0 redemptions, and its 1 redemptions took 30"),
        ("DELETE FROM redemptions", "is used for 30 units by 1 redemptions, and its 0 redemptions took 0"),
        ("INSERT INTO reversals VALUES (1, 1, 1, 'x', 'x', 1)", "and its 1 redemptions took 0"),
        ("UPDATE statuses SET outside = 30", "has 30 units outside, and its redemptions leave 0 there"),
        ("UPDATE redemptions SET moved = 30", "has 0 units outside, and its redemptions leave 30 there"),
        (
            "UPDATE statuses SET outside = 31; UPDATE redemptions SET moved = 31",
            "used for 30 of its 100 units, of which 31 are outside",
        ),
        ("UPDATE redemptions SET place = 2", "redemption 2 of indicium 1 stands at place 1"),
        (
            "UPDATE statuses SET number = 99; UPDATE redemptions SET number = 99",
            "indicium 99, which isn't there",
        ),
    ] {
        let bank = bank();
        redeem(&bank, part(1, 30, "k")).expect("it is live");
        assert_clean(&bank);
        let Place::Sqlite(path) = &bank.place else { panic!("the books are a file") };
        let connection = rusqlite::Connection::open(path).expect("the books");
        connection.execute_batch(change).expect("a change");
        let faults = bank.audit().faults;
        assert!(faults.iter().any(|fault| fault.contains(said)), "{change}: {faults:?}");
    }
}
