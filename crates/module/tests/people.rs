//! Who may use a device, who is of the staff, and what is put on record of it.

#![allow(clippy::unwrap_used)] // a test fails by it

#[allow(dead_code)] // other tests need more of it
mod support;

use asker::{Change, ChangeAsked, Proof, Role, Secret, StaffErrand, UserName};
use indicia::{Algorithm, Amount, DeviceId, ProofForm, UnixTime};
use module::appointment::{Appointment, StaffChange};
use module::event::{Event, EventChain, What};
use module::order::OrderAction;
use module::protocol::{Done, Failure, NewDevice, RequestAnswer};
use module::record::{DeviceState, Limits, User};
use module::refusal::Refusal;
use module::refusals_seen::{MOST_ENTRIES, RefusalCount, RefusalsSeen};
use module::staff::StaffRole;
use module::transaction::{Request, Transaction};
use module::{OpenError, paper};
use proptest::prelude::*;
use support::{
    ACCOUNT, ALICE, Bank, KEY, NOW, OFFICERS, OWNER, PROVIDER, asked, carry, denomination, issue, items_of,
    key, member, nonce, open_again, refusal,
};

fn name(text: &str) -> UserName {
    text.parse().unwrap()
}

fn signed(change: Change, secret: &Secret) -> Vec<u8> {
    let proof = Proof::sign(secret, &change.statement(ACCOUNT, KEY), NOW.0, nonce());
    ChangeAsked { change, proof }.encode()
}

fn carried(user: &str, asked: &[u8]) -> Vec<u8> {
    Transaction::new(NOW, vec![Request::Change { user, key: KEY, asked: asked.into() }]).encode()
}

fn change(bank: &mut Bank, user: &str, secret: &Secret, change: Change) -> Result<(), Refusal> {
    let done = bank.commit(&carried(user, &signed(change, secret)));
    match &done.requests[0] {
        RequestAnswer::Changed => Ok(()),
        RequestAnswer::Refused(refusal) => Err(refusal.clone()),
        other => panic!("{other:?}"),
    }
}

fn issued_by(bank: &mut Bank, user: &str, secret: &Secret) -> Result<(), Refusal> {
    let next = bank.module.inspect(&bank.record).unwrap().next_number;
    let asked = asked(secret, "", &items_of(&[10], ProofForm::Signature));
    match bank.commit(&carry(NOW, user, next, 1, &asked)).requests.remove(0) {
        RequestAnswer::Issued { .. } => Ok(()),
        RequestAnswer::Refused(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_owner_says_who_may_use_the_account() {
    let mut bank = Bank::funded(Algorithm::EdDsa, 1_000);
    let zoe = Secret::ed25519(&[9; 32]);
    let ed25519 = key(9).ed25519().unwrap();
    let add_key = || Change::AddKey { user: name("zoe"), ed25519 };
    assert!(
        matches!(change(&mut bank, "owner", &OWNER, add_key()), Err(Refusal::Change(_))),
        "zoe isn't one yet"
    );
    let add = Change::AddUser { name: name("zoe"), role: Role::Customer };
    change(&mut bank, "owner", &OWNER, add.clone()).unwrap();
    assert!(matches!(change(&mut bank, "owner", &OWNER, add), Err(Refusal::Change(_))), "twice");
    change(&mut bank, "owner", &OWNER, add_key()).unwrap();
    issued_by(&mut bank, "zoe", &zoe).unwrap();
    change(&mut bank, "owner", &OWNER, Change::RemoveUser { name: name("zoe") }).unwrap();
    assert_eq!(issued_by(&mut bank, "zoe", &zoe), Err(Refusal::NotAuthorised { user: "zoe".into() }));
    let users = bank.module.inspect(&bank.record).unwrap();
    assert!(
        users.users.iter().all(|user| user.name != "zoe") && users.keys.len() == 2,
        "her key went with her"
    );
}

#[test]
fn a_key_that_is_removed_before_another_asks_counts_for_nobody() {
    let mut bank = Bank::funded(Algorithm::EdDsa, 1_000);
    // All in one transaction, in which the places of the keys change: hers is the last one, and is met first.
    let remove = signed(Change::RemoveUser { name: name("alice") }, &OWNER);
    let issue = |user, secret: &Secret, first_number| Request::Issue {
        user,
        first_number,
        count: 1,
        key: KEY,
        asked: (&*asked(secret, "", &items_of(&[1], ProofForm::Signature)).leak()).into(),
        drawn: None,
    };
    let transaction = Transaction::new(
        NOW,
        vec![
            issue("alice", &ALICE, 1),
            Request::Change { user: "owner", key: KEY, asked: remove.as_slice().into() },
            issue("alice", &ALICE, 2),
            issue("owner", &OWNER, 2),
        ],
    );
    let done = bank.commit(&transaction.encode());
    assert!(matches!(done.requests[0], RequestAnswer::Issued { .. }));
    assert_eq!(done.requests[1], RequestAnswer::Changed);
    assert_eq!(done.requests[2], RequestAnswer::Refused(Refusal::NotAuthorised { user: "alice".into() }));
    assert!(matches!(done.requests[3], RequestAnswer::Issued { .. }), "{:?}", done.requests[3]);
}

#[test]
fn a_customer_changes_his_own_keys_and_nothing_else() {
    let mut bank = Bank::funded(Algorithm::EdDsa, 1_000);
    let ed25519 = key(9).ed25519().unwrap();
    for refused in [
        Change::AddUser { name: name("zoe"), role: Role::Customer },
        Change::AddUser { name: name("zoe"), role: Role::Owner },
        Change::RemoveUser { name: name("owner") },
        Change::RemoveUser { name: name("alice") },
        Change::AddKey { user: name("owner"), ed25519 },
        Change::RemoveKey { user: name("owner"), key: OWNER.credential().key_id() },
        Change::SetLimits { per_item: None, per_day: None, passkey_above: None },
    ] {
        let said = change(&mut bank, "alice", &ALICE, refused.clone());
        assert!(matches!(said, Err(Refusal::Role { .. })), "{refused:?}: {said:?}");
    }
    change(&mut bank, "alice", &ALICE, Change::AddKey { user: name("alice"), ed25519 }).unwrap();
    issued_by(&mut bank, "alice", &Secret::ed25519(&[9; 32])).unwrap();
    let old = ALICE.credential().key_id();
    change(&mut bank, "alice", &ALICE, Change::RemoveKey { user: name("alice"), key: old }).unwrap();
    assert!(matches!(issued_by(&mut bank, "alice", &ALICE), Err(Refusal::UnknownKey { .. })));
}

#[test]
fn an_account_keeps_an_owner_with_a_key() {
    let mut bank = Bank::funded(Algorithm::EdDsa, 1_000);
    let key_of_owner = OWNER.credential().key_id();
    let remove = || Change::RemoveUser { name: name("owner") };
    assert!(matches!(change(&mut bank, "owner", &OWNER, remove()), Err(Refusal::Change(_))));
    let no_key = Change::RemoveKey { user: name("owner"), key: key_of_owner };
    assert!(matches!(change(&mut bank, "owner", &OWNER, no_key), Err(Refusal::Change(_))));
    change(&mut bank, "owner", &OWNER, Change::AddUser { name: name("zoe"), role: Role::Owner }).unwrap();
    assert!(
        matches!(change(&mut bank, "owner", &OWNER, remove()), Err(Refusal::Change(_))),
        "zoe has no key"
    );
    let ed25519 = key(9).ed25519().unwrap();
    change(&mut bank, "owner", &OWNER, Change::AddKey { user: name("zoe"), ed25519 }).unwrap();
    change(&mut bank, "owner", &OWNER, remove()).unwrap();
    let zoe = Secret::ed25519(&[9; 32]);
    change(
        &mut bank,
        "zoe",
        &zoe,
        Change::SetLimits { per_item: Some(9), per_day: None, passkey_above: None },
    )
    .unwrap();
    assert_eq!(issued_by(&mut bank, "zoe", &zoe), Err(Refusal::ItemLimit { item: 1, units: 10, limit: 9 }));
    let none = Change::SetLimits { per_item: Some(0), per_day: None, passkey_above: None };
    assert!(matches!(change(&mut bank, "zoe", &zoe, none), Err(Refusal::Change(_))));
}

/// Whoever has server, database and socket, but no owner's key.
#[test]
fn nobody_changes_anything_without_its_owners_proof() {
    let mut bank = Bank::funded(Algorithm::EdDsa, 1_000);
    let add = |who: &str| Change::AddUser { name: name(who), role: Role::Owner };
    let good = signed(add("zoe"), &OWNER);
    let other = ChangeAsked { change: add("eve"), ..ChangeAsked::decode(&good).unwrap() }.encode();
    let stranger = signed(add("eve"), &Secret::ed25519(&[9; 32]));
    let of_batch = ChangeAsked {
        change: add("eve"),
        proof: asker::Asked::decode(&asked(&OWNER, "", b"items")).unwrap().proof,
    };
    for asked in [other, stranger, of_batch.encode(), signed(add("eve"), &ALICE), vec![0]] {
        let said = refusal(&bank.commit(&carried("owner", &asked))).clone();
        assert!(matches!(said, Refusal::NotProven(_) | Refusal::UnknownKey { .. }), "{said}");
    }
    let done = bank.commit(&carried("owner", &good));
    assert_eq!(done.requests[0], RequestAnswer::Changed);
    let again = refusal(&bank.commit(&carried("owner", &good))).clone();
    assert!(matches!(again, Refusal::NotProven(_)), "replayed: {again}");
    let old = signed_at(add("eve"), NOW.0 - 90_000);
    let late = Request::Change { user: "owner", key: KEY, asked: old.as_slice().into() };
    let late = Transaction::new(NOW, vec![late]);
    assert!(matches!(refusal(&bank.commit(&late.encode())), Refusal::NotProven(_)), "signed yesterday");
}

fn signed_at(change: Change, at: u64) -> Vec<u8> {
    let proof = Proof::sign(&OWNER, &change.statement(ACCOUNT, KEY), at, nonce());
    ChangeAsked { change, proof }.encode()
}

#[test]
fn only_a_provider_opens_accounts() {
    let bank = Bank::new(Algorithm::EdDsa, Limits::NONE);
    let user = |name: &str, role| User { name: name.into(), role };
    let mut new = NewDevice::new(DeviceId(2), denomination(), Algorithm::EdDsa, NOW, UnixTime(NOW.0 + 1_000));
    new.users = vec![user("eve", Role::Owner)];
    new.askers = vec![("eve".into(), OWNER.credential())];
    let [ann, ben] = &*OFFICERS;
    for opening in [new.sign(&key(9)), new.sign(ann), paper::join(&[new.sign(ann), new.sign(ben)]), vec![0]] {
        assert!(matches!(bank.module.create_device(&opening), Err(Failure::Call(_))));
    }
    assert!(bank.module.create_device(&new.sign(&PROVIDER)).is_ok());
    let refused = |change: &dyn Fn(&mut NewDevice)| {
        let mut new = new.clone();
        change(&mut new);
        assert!(bank.module.create_device(&new.sign(&PROVIDER)).is_err(), "{new:?}");
    };
    refused(&|new| new.askers.clear());
    refused(&|new| new.users[0].role = Role::Customer);
    refused(&|new| new.users.push(user("eve", Role::Customer)));
    refused(&|new| new.users.push(user("a b", Role::Customer)));
    refused(&|new| new.askers.push(("eve".into(), OWNER.credential())));
    refused(&|new| new.askers.push(("zoe".into(), ALICE.credential())));
    // The issuer's certificate doesn't hold yet, or not any more, or the key would never be used.
    for (at, until) in [(NOW.0 - 1_001, NOW.0 + 1_000), (NOW.0, NOW.0 + (1 << 32)), (NOW.0, NOW.0)] {
        let (at, until) = (UnixTime(at), UnixTime(until));
        let mut other = NewDevice::new(DeviceId(2), denomination(), Algorithm::EdDsa, at, until);
        (other.users, other.askers) = (new.users.clone(), new.askers.clone());
        assert!(bank.module.create_device(&other.sign(&PROVIDER)).is_err(), "{at:?} {until:?}");
    }
    let mut staff =
        NewDevice::new(DeviceId(0), denomination(), Algorithm::EdDsa, NOW, UnixTime(NOW.0 + 1_000));
    (staff.users, staff.askers) = (new.users.clone(), new.askers.clone());
    assert!(bank.module.create_device(&staff.sign(&PROVIDER)).is_err(), "that place is the staff's");
}

fn appointment(number: u64, change: StaffChange) -> Appointment {
    Appointment::new(number, change, NOW.0, "a test".into())
}

fn by_two(appointment: &Appointment) -> Vec<u8> {
    paper::join(&OFFICERS.each_ref().map(|officer| appointment.sign(officer)))
}

#[test]
fn two_officers_change_the_staff_and_nobody_else_does() {
    let mut bank = Bank::funded(Algorithm::EdDsa, 1_000);
    let cid = member("cid", StaffRole::Officer, &key(5));
    let appoint = appointment(1, StaffChange::Appoint(cid));
    let [ann, _] = &*OFFICERS;
    for alone in [
        appoint.sign(ann),
        appoint.sign(&PROVIDER),
        paper::join(&[appoint.sign(ann), appoint.sign(&PROVIDER)]),
        paper::join(&[appoint.sign(ann), appoint.sign(&key(5))]),
    ] {
        assert!(matches!(bank.module.appoint(&alone), Err(Failure::Appointment(_))));
    }
    let paper = by_two(&appoint);
    assert_eq!(bank.module.appoint(&paper), Ok("officer ann and ben".into()));
    assert_eq!(
        bank.module.appoint(&paper),
        Ok("officer ann and ben".into()),
        "asked again, it is done already"
    );
    assert_eq!(bank.module.staff().1.members().count(), 4);
    let dismiss = appointment(2, StaffChange::Dismiss(name("ann")));
    bank.module.appoint(&by_two(&dismiss)).unwrap();
    assert!(matches!(bank.module.appoint(&paper), Err(Failure::Appointment(_))), "a replay of the first");
    // Ann's word is nothing any more, Cid's is something.
    let suspend = bank.order(OrderAction::Become(DeviceState::Suspended));
    assert!(matches!(refusal(&bank.commit(&suspend)), Refusal::Order(_)));
}

#[test]
fn an_earlier_staff_cannot_be_put_back() {
    let bank = Bank::new(Algorithm::EdDsa, Limits::NONE);
    let file = bank.folder.path().join("module/staff");
    let before = std::fs::read(&file).unwrap();
    let appoint = |number, who: &str, seed| {
        let change = StaffChange::Appoint(member(who, StaffRole::Auditor, &key(seed)));
        bank.module.appoint(&by_two(&appointment(number, change))).unwrap();
    };
    appoint(1, "eve", 20);
    let between = std::fs::read(&file).unwrap();
    appoint(2, "kim", 21);
    let after = std::fs::read(&file).unwrap();
    let Bank { folder, module, .. } = bank;
    drop(module);
    let open = |bytes: &[u8]| {
        std::fs::write(&file, bytes).unwrap();
        open_again(folder.path())
    };
    for earlier in [&before, &between] {
        let refused = open(earlier);
        assert!(matches!(refused, Err(OpenError::Roster(_))));
    }
    let mut changed = after.clone();
    changed[9] ^= 1;
    assert!(open(&changed).is_err());
    let module = open(&after).unwrap();
    assert_eq!((module.staff().0, module.staff().1.members().count()), (2, 5));
}

/// The file is written before the registers remember it: a crash between leaves it one step ahead.
#[test]
fn an_appointment_that_was_cut_off_counts() {
    let bank = Bank::new(Algorithm::EdDsa, Limits::NONE);
    let registers = bank.folder.path().join("module/registers");
    let before = std::fs::read(&registers).unwrap();
    let change = StaffChange::Appoint(member("eve", StaffRole::Auditor, &key(20)));
    let paper = by_two(&appointment(1, change));
    bank.module.appoint(&paper).unwrap();
    let Bank { folder, module, .. } = bank;
    drop(module);
    std::fs::write(&registers, before).unwrap();
    let module = open_again(folder.path()).unwrap();
    assert_eq!(module.staff().0, 1);
    assert_eq!(module.appoint(&paper), Ok("officer ann and ben".into()));
}

fn seen(count: u64) -> RefusalsSeen {
    let (why, account) = ("not-proven".into(), Some("a".into()));
    let counts = vec![RefusalCount { why, account, user: None, count }];
    RefusalsSeen { since: NOW.0 - 60, until: NOW.0, counts }
}

/// They are of the staff's chain, and of its list no earlier one can be put back; appointments have numbers of their own.
#[test]
fn what_the_server_refused_is_in_the_chain_of_the_staff() {
    let bank = Bank::new(Algorithm::EdDsa, Limits::NONE);
    let file = bank.folder.path().join("module/staff");
    let registers = bank.folder.path().join("module/registers");
    let before = std::fs::read(&file).unwrap();
    bank.module.record_refusals(seen(3)).unwrap();
    bank.module.record_refusals(seen(3)).unwrap();
    let list = bank.module.staff_list();
    assert_eq!((list.number, list.events.count), (0, 2), "told again, it is on record already");
    let last = Event::decode(&list.last_event).unwrap();
    assert_eq!((last.who.as_str(), last.what), ("the server", What::RefusalsSeen(seen(3))));
    let change = StaffChange::Appoint(member("eve", StaffRole::Auditor, &key(20)));
    bank.module.appoint(&by_two(&appointment(1, change))).unwrap();
    let cut_off = std::fs::read(&registers).unwrap();
    bank.module.record_refusals(seen(4)).unwrap();
    let Bank { folder, module, .. } = bank;
    drop(module);
    // The file is written before the registers remember it.
    std::fs::write(&registers, cut_off).unwrap();
    let list = open_again(folder.path()).unwrap().staff_list();
    assert_eq!((list.number, list.events.count), (1, 4));
    std::fs::write(&file, before).unwrap();
    assert!(matches!(open_again(folder.path()), Err(OpenError::Roster(_))));
}

/// Between a report whose answer was lost and the same again, somebody may have been appointed.
#[test]
fn a_report_that_is_told_again_after_an_appointment_is_on_record_once() {
    let bank = Bank::new(Algorithm::EdDsa, Limits::NONE);
    bank.module.record_refusals(seen(3)).unwrap();
    let change = StaffChange::Appoint(member("eve", StaffRole::Auditor, &key(20)));
    bank.module.appoint(&by_two(&appointment(1, change))).unwrap();
    bank.module.record_refusals(seen(3)).unwrap();
    assert_eq!(bank.module.staff_list().events.count, 3);
    let Bank { folder, module, .. } = bank;
    drop(module);
    let module = open_again(folder.path()).unwrap();
    module.record_refusals(seen(3)).unwrap();
    assert_eq!(module.staff_list().events.count, 3, "the list remembers it");
    module.record_refusals(seen(4)).unwrap();
    assert_eq!(module.staff_list().events.count, 4, "another is another");
}

#[test]
fn a_report_of_refusals_that_is_too_large_or_empty_is_refused() {
    let bank = Bank::new(Algorithm::EdDsa, Limits::NONE);
    let with = |change: fn(&mut RefusalsSeen)| {
        let mut seen = seen(3);
        change(&mut seen);
        bank.module.record_refusals(seen)
    };
    let wrong: [fn(&mut RefusalsSeen); 6] = [
        |seen| seen.since = seen.until + 1,
        |seen| seen.counts.clear(),
        |seen| seen.counts = vec![seen.counts[0].clone(); MOST_ENTRIES + 1],
        |seen| seen.counts[0].count = 0,
        |seen| seen.counts[0].why.clear(),
        |seen| seen.counts[0].user = Some("u".repeat(129)),
    ];
    for change in wrong {
        assert!(matches!(with(change), Err(Failure::Call(_))));
    }
    with(|seen| seen.counts = vec![seen.counts[0].clone(); MOST_ENTRIES]).unwrap();
}

#[test]
fn the_staff_reads_by_its_own_keys() {
    let bank = Bank::new(Algorithm::EdDsa, Limits::NONE);
    let change = StaffChange::Appoint(member("eve", StaffRole::Auditor, &key(20)));
    bank.module.appoint(&by_two(&appointment(1, change))).unwrap();
    let sign =
        |secret: &Secret, key| Proof::sign(secret, &StaffErrand::SignIn.statement(key), NOW.0, nonce());
    let eve = Secret::ed25519(&[20; 32]);
    let who = |key, proof: &Proof| bank.module.who_of_staff(&StaffErrand::SignIn, key, proof, NOW);
    let member = who("k", &sign(&eve, "k")).unwrap();
    assert_eq!((member.name.as_str(), member.role), ("eve", StaffRole::Auditor));
    assert!(who("other", &sign(&eve, "k")).is_err());
    assert!(who("k", &sign(&Secret::ed25519(&[21; 32]), "k")).is_err());
    assert!(who("k", &sign(&OWNER, "k")).is_err());
    let of_account = Proof::sign(&eve, &asker::Errand::SignIn.statement("staff", "k"), NOW.0, nonce());
    assert!(who("k", &of_account).is_err());
}

/// The events of a step, read; their chain goes on.
fn follow(chain: &mut EventChain, done: &Done) -> Vec<Event> {
    done.events
        .iter()
        .map(|bytes| {
            chain.follow(bytes);
            Event::decode(bytes).unwrap()
        })
        .collect()
}

#[test]
fn every_change_and_every_refusal_is_on_record_in_one_chain() {
    let mut bank = Bank::new(Algorithm::EdDsa, Limits::NONE);
    // The first event is that of the opening.
    let mut chain = bank.module.inspect(&bank.record).unwrap().events;
    assert_eq!(chain.count, 1);
    let fund = bank.order(OrderAction::Fund(Amount::saturating(1_000, denomination())));
    let done = bank.commit(&fund);
    let [funded] = &follow(&mut chain, &done)[..] else { panic!("{:?}", done.events) };
    assert_eq!((funded.number, funded.at, funded.who.as_str()), (2, NOW.0, "provider pay"));
    assert_eq!(funded.what, What::Funded { units: 1_000, reason: String::new() });

    let done = bank.commit(&issue(1, &[10], ProofForm::Signature));
    assert!(done.events.is_empty(), "what is issued is on record as what it is");

    let refused = bank.commit(&issue(2, &[5_000], ProofForm::Signature));
    let events = follow(&mut chain, &refused);
    assert_eq!((events[0].who.as_str(), events[0].key.as_deref()), ("owner", Some(KEY)));
    let why = Refusal::Funds { asked: 5_000, available: 990 };
    assert_eq!(events[0].what, What::Refused { asked: "issue".into(), why });

    let asked = signed(Change::SetLimits { per_item: Some(5), per_day: None, passkey_above: None }, &OWNER);
    let done = bank.commit(&carried("owner", &asked));
    let events = follow(&mut chain, &done);
    let change = ChangeAsked::decode(&asked).unwrap().change;
    assert_eq!(
        (events[0].number, events[0].who.as_str(), &events[0].what),
        (4, "owner", &What::Changed(change))
    );

    let suspend = bank.order(OrderAction::Become(DeviceState::Suspended));
    let done = bank.commit(&suspend);
    assert_eq!(follow(&mut chain, &done)[0].who, "officer ann and ben");
    assert_eq!(bank.module.inspect(&bank.record).unwrap().events, chain);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is dropped, doubled, reordered or changed, the head doesn't fit.
    #[test]
    fn no_other_events_come_to_the_same_head(
        events in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 1..8),
        place in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
        how in 0..4,
    ) {
        let head = |events: &[Vec<u8>]| {
            let mut chain = EventChain::default();
            events.iter().for_each(|event| chain.follow(event));
            chain
        };
        let mut changed = events.clone();
        let (place, other) = (place.index(events.len()), other.index(events.len()));
        match how {
            0 => drop(changed.remove(place)),
            1 => changed.insert(place, events[other].clone()),
            2 => changed.swap(place, other),
            _ => changed[place].push(0),
        }
        prop_assert_eq!(head(&changed) == head(&events), changed == events);
    }
}
