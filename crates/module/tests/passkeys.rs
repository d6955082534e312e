//! A session alone takes no more than the owner lets it, and lifts no such bound.

#![allow(clippy::unwrap_used)] // a test fails by it

#[allow(dead_code)] // other tests need more of it
mod support;

use asker::{
    Asked, Change, ChangeAsked, ContentDigest, ContentForm, Credential, Errand, Passkey, Personal, Proof,
    Role, Secret, Statement,
};
use indicia::ProofForm;
use module::event::{Event, PersonalChange, What};
use module::order::OrderAction;
use module::protocol::{Done, RequestAnswer};
use module::refusal::Refusal;
use module::transaction::{Drawn, Request, Transaction};
use support::authenticator::Authenticator;
use support::person::{
    GOOD, Session, bank, change_by, name, only, personal, sessions, set_password, sign_in,
};
use support::{ACCOUNT, Bank, KEY, NOW, OWNER, carry, items_of, nonce};

const ORIGIN: &str = "https://mint.example";

fn limit(passkey_above: Option<u64>) -> Change {
    Change::SetLimits { per_item: None, per_day: None, passkey_above }
}

/// A request of a session, which a passkey agrees to.
fn agreed(session: &Session, statement: &Statement<'_>, by: Option<&mut Authenticator>) -> Proof {
    let mut proof = Proof::sign(&session.secret, statement, NOW.0, session.shown.challenge);
    proof.passkey = by.map(|device| device.agree(&statement.challenge(&proof.params)));
    proof
}

/// A bank where silent signed in with a password, and sessions take 100 units at most.
fn limited() -> (Bank, Session) {
    let mut bank = bank();
    only(&bank.commit(&change_by("owner", &OWNER, nonce(), limit(Some(100))))).unwrap();
    let session = sign_in(&mut bank, "silent", GOOD).unwrap();
    (bank, session)
}

impl Session {
    /// What the module says of it now.
    fn refresh(&mut self, bank: &Bank) {
        self.shown = sessions(bank).into_iter().find(|shown| shown.key == self.shown.key).unwrap();
    }

    fn change(
        &mut self,
        bank: &mut Bank,
        change: Change,
        by: Option<&mut Authenticator>,
    ) -> Result<(), Refusal> {
        let proof = agreed(self, &change.statement(ACCOUNT, KEY), by);
        let asked = ChangeAsked { change, proof }.encode();
        let user = self.shown.user.as_str();
        let request = Request::Change { user, key: KEY, asked: asked.as_slice().into() };
        let done = bank.commit(&Transaction::new(NOW, vec![request]).encode());
        self.refresh(bank);
        only(&done).map(|answer| assert!(matches!(answer, RequestAnswer::Changed)))
    }

    fn add(
        &mut self,
        bank: &mut Bank,
        device: &Authenticator,
        by: Option<&mut Authenticator>,
    ) -> Result<(), Refusal> {
        let challenge = Passkey::challenge_of_session(self.shown.key, self.shown.challenge);
        let (origin, registration) = (ORIGIN.into(), device.make(&challenge));
        let user = self.shown.user.clone();
        self.change(bank, personal(&user, Personal::AddPasskey { origin, registration }), by)
    }

    fn batch(&self, bank: &Bank, units: u64, proof: impl FnOnce(&Statement<'_>) -> Proof) -> Vec<u8> {
        let items = items_of(&[units], ProofForm::Signature);
        let proof = proof(&Statement::batch(ACCOUNT, "", KEY, ContentDigest::of(&items)));
        let asked = Asked { query: "", items: items.as_slice().into(), proof, form: ContentForm::Cbor };
        let next = bank.module.inspect(&bank.record).unwrap().next_number;
        carry(NOW, &self.shown.user, next, 1, &asked.encode())
    }

    fn issue(
        &mut self,
        bank: &mut Bank,
        units: u64,
        by: Option<&mut Authenticator>,
    ) -> Result<Done, Refusal> {
        let batch = self.batch(bank, units, |statement| agreed(self, statement, by));
        let done = bank.commit(&batch);
        self.refresh(bank);
        only(&done)?;
        Ok(done)
    }
}

#[allow(clippy::needless_pass_by_value)] // as it comes
fn required<T>(result: Result<T, Refusal>) -> bool {
    matches!(result, Err(Refusal::PasskeyRequired(_)))
}

fn wrong<T>(result: Result<T, Refusal>) -> String {
    match result {
        Err(Refusal::PasskeyWrong(why)) => why,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was done"),
    }
}

#[test]
fn above_the_limit_a_session_needs_its_users_passkey() {
    let (mut bank, mut session) = limited();
    assert!(session.issue(&mut bank, 100, None).is_ok());
    let spent = |bank: &Bank| bank.module.inspect(&bank.record).unwrap().registers.ascending;
    assert!(required(session.issue(&mut bank, 101, None)));
    let mut device = Authenticator::new(1, ORIGIN);
    assert_eq!(wrong(session.issue(&mut bank, 101, Some(&mut device))), "this is another passkey");
    session.add(&mut bank, &device, None).unwrap();
    assert!(required(session.issue(&mut bank, 101, None)));
    assert_eq!(spent(&bank), 100, "nothing of what was refused");
    session.issue(&mut bank, 101, Some(&mut device)).unwrap();
    assert_eq!(spent(&bank), 201);

    // Software has nobody beside it.
    let items = items_of(&[101], ProofForm::Signature);
    let batch = carry(NOW, "owner", 3, 1, &support::asked(&OWNER, "", &items));
    only(&bank.commit(&batch)).unwrap();
}

#[test]
fn a_passkey_agrees_to_one_request_of_its_user_at_its_site() {
    let (mut bank, mut session) = limited();
    let mut device = Authenticator::new(1, ORIGIN);
    session.add(&mut bank, &device, None).unwrap();

    let elsewhere = &mut Authenticator::new(1, "https://mint.example.org");
    assert!(wrong(session.issue(&mut bank, 101, Some(elsewhere))).contains("another page"));
    let unverified = &mut Authenticator::new(1, ORIGIN);
    unverified.flags = 1;
    assert!(wrong(session.issue(&mut bank, 101, Some(unverified))).contains("didn't verify"));
    unverified.flags = 1 << 2;
    assert!(wrong(session.issue(&mut bank, 101, Some(unverified))).contains("nobody was there"));

    // What was agreed to one request is none for another: another amount, another content, the next request.
    let other = session.batch(&bank, 102, |statement| agreed(&session, statement, Some(&mut device)));
    let Request::Issue { asked, .. } = Transaction::decode(&other).unwrap().requests()[0] else { panic!() };
    let passkey = Asked::decode(asked).unwrap().proof.passkey;
    let replayed =
        session.batch(&bank, 101, |statement| Proof { passkey, ..agreed(&session, statement, None) });
    let done = bank.commit(&replayed);
    assert!(wrong(only(&done)).contains("for another request"));
    session.refresh(&bank);

    let done = session.issue(&mut bank, 101, Some(&mut device)).unwrap();
    assert!(!done.replayed);
    // A copy of it that signed less often.
    device.count -= 1;
    assert!(wrong(session.issue(&mut bank, 101, Some(&mut device))).contains("a copy"));
    device.count += 1;
    session.issue(&mut bank, 101, Some(&mut device)).unwrap();

    // Somebody else's passkey is nobody's here.
    set_password(&mut bank, "owner", &OWNER, |_| nonce(), GOOD).unwrap();
    let mut owner = sign_in(&mut bank, "owner", GOOD).unwrap();
    let mut owners = Authenticator::new(2, ORIGIN);
    owner.add(&mut bank, &owners, None).unwrap();
    assert_eq!(wrong(session.issue(&mut bank, 101, Some(&mut owners))), "this is another passkey");
    owner.issue(&mut bank, 101, Some(&mut owners)).unwrap();
}

#[test]
fn a_crash_after_a_passkey_was_used_changes_nothing() {
    let (mut bank, mut session) = limited();
    let mut device = Authenticator::new(1, ORIGIN);
    session.add(&mut bank, &device, None).unwrap();
    let batch = session.batch(&bank, 101, |statement| agreed(&session, statement, Some(&mut device)));
    let before = bank.record.clone();
    let once = bank.done(&before, &batch);
    let again = bank.done(&before, &batch);
    assert!(again.replayed && again.record == once.record && again.requests == once.requests);
}

#[test]
fn a_draw_needs_the_passkey_and_without_one_what_is_held_stays() {
    let (mut bank, mut session) = limited();
    let mut device = Authenticator::new(1, ORIGIN);
    session.add(&mut bank, &device, None).unwrap();
    let items = items_of(&[101], ProofForm::Signature);
    let hold = Statement::batch(ACCOUNT, "hold=60", KEY, ContentDigest::of(&items));
    let proof = agreed(&session, &hold, None);
    let held = Asked { query: "hold=60", items: items.as_slice().into(), proof, form: ContentForm::Cbor };
    let statement = held.draw_statement(ACCOUNT, 7, KEY).unwrap();
    let errand = Errand::Draw { reservation: 7, reserved: ContentDigest::of(&items) };
    let who = |bank: &Bank, proof: &Proof, value: u64| {
        bank.module.who_asks(&bank.record, &errand, KEY, proof, value, NOW).unwrap()
    };
    let (bare, good) = (agreed(&session, &statement, None), agreed(&session, &statement, Some(&mut device)));
    assert!(required(who(&bank, &bare, 101)));
    assert!(who(&bank, &bare, 100).is_ok(), "and a server that says less only loses what is held:");
    for _ in 0..2 {
        assert!(who(&bank, &good, 101).is_ok(), "nothing is used up by asking");
    }
    let held = held.encode();
    let draw = |proof: &Proof| {
        let proof = proof.encode();
        let drawn = Some(Drawn { reservation: 7, proof: proof.as_slice().into() });
        let asked = held.as_slice().into();
        let request = Request::Issue { user: "silent", first_number: 1, count: 1, key: KEY, asked, drawn };
        Transaction::new(NOW, vec![request]).encode()
    };
    assert!(required(only(&bank.done(&bank.record, &draw(&bare)).clone())));
    session.refresh(&bank);
}

#[test]
fn a_session_alone_lifts_no_limit() {
    let mut bank = bank();
    set_password(&mut bank, "owner", &OWNER, |_| nonce(), GOOD).unwrap();
    let mut owner = sign_in(&mut bank, "owner", GOOD).unwrap();
    let public = |seed: u8| match Secret::ed25519(&[seed; 32]).credential() {
        Credential::Ed25519(public) => public,
        Credential::Hmac(_) => panic!("Ed25519"),
    };
    let key = |user: &str| Change::AddKey { user: name(user), ed25519: public(9) };
    let invite = |user: &str| personal(user, Personal::Invite { ed25519: public(10), hours: 1 });
    // Without a limit nothing needs a passkey, and setting or lowering one doesn't.
    owner.change(&mut bank, limit(Some(100)), None).unwrap();
    owner.change(&mut bank, limit(Some(50)), None).unwrap();
    let all = || [limit(Some(51)), limit(None), key("owner"), key("silent"), invite("silent")];
    for change in all() {
        assert!(required(owner.change(&mut bank, change.clone(), None)), "{change:?}");
    }
    owner.change(&mut bank, Change::AddUser { name: name("zoe"), role: Role::Customer }, None).unwrap();
    owner.change(&mut bank, invite("owner"), None).unwrap();

    let (mut first, mut second) = (Authenticator::new(1, ORIGIN), Authenticator::new(2, ORIGIN));
    owner.add(&mut bank, &first, None).unwrap();
    for change in all() {
        assert!(required(owner.change(&mut bank, change.clone(), None)), "{change:?}");
        assert!(!wrong(owner.change(&mut bank, change, Some(&mut second))).is_empty());
    }
    assert!(required(owner.add(&mut bank, &second, None)), "there is one already");
    owner.add(&mut bank, &second, Some(&mut first)).unwrap();
    let twice = owner.add(&mut bank, &second, Some(&mut first));
    assert!(matches!(twice, Err(Refusal::Change(_))), "{twice:?}");
    let names: Vec<_> =
        bank.module.inspect(&bank.record).unwrap().passkeys.into_iter().map(|shown| shown.name).collect();
    let remove = personal("owner", Personal::RemovePasskey(names[0]));
    assert!(required(owner.change(&mut bank, remove.clone(), None)));
    owner.change(&mut bank, remove.clone(), Some(&mut first)).unwrap();
    assert!(matches!(owner.change(&mut bank, remove, Some(&mut second)), Err(Refusal::Change(_))));
    assert!(!wrong(owner.change(&mut bank, limit(None), Some(&mut first))).is_empty(), "it is gone");
    owner.change(&mut bank, key("silent"), Some(&mut second)).unwrap();
    owner.change(&mut bank, limit(None), Some(&mut second)).unwrap();
    let mut silent = sign_in(&mut bank, "silent", GOOD).unwrap();
    silent.issue(&mut bank, 500, None).unwrap();
}

#[test]
fn a_passkey_is_added_by_the_session_that_it_was_made_for() {
    let (mut bank, mut session) = limited();
    let device = Authenticator::new(1, ORIGIN);
    let add = |challenge: u64| {
        let challenge = Passkey::challenge_of_session(session.shown.key, challenge);
        let (origin, registration) = (ORIGIN.into(), device.make(&challenge));
        personal("silent", Personal::AddPasskey { origin, registration })
    };
    let stale = add(session.shown.challenge ^ 1);
    let by_key = add(session.shown.challenge);
    assert!(wrong(session.change(&mut bank, stale, None)).contains("for another request"));
    // An owner may not for others, and software has none.
    let refused = bank.commit(&change_by("owner", &OWNER, nonce(), by_key));
    assert!(matches!(only(&refused), Err(Refusal::Role { .. })));
    let (origin, registration) = (ORIGIN.into(), device.make(&[0; 32]));
    let own = personal("owner", Personal::AddPasskey { origin, registration });
    let refused = bank.commit(&change_by("owner", &OWNER, nonce(), own));
    assert!(matches!(only(&refused), Err(Refusal::Change(_))));

    session.add(&mut bank, &device, None).unwrap();
    let shown = bank.module.inspect(&bank.record).unwrap().passkeys.remove(0);
    assert_eq!((shown.user.as_str(), shown.origin.as_str(), shown.added), ("silent", ORIGIN, NOW.0));
    // The owner's software helps whoever lost it; so do two officers.
    let remove = personal("silent", Personal::RemovePasskey(shown.name));
    let done = bank.commit(&change_by("owner", &OWNER, nonce(), remove));
    let how = PersonalChange::PasskeyRemoved(shown.name);
    assert_eq!(Event::decode(&done.events[0]).unwrap().what, What::Personal { user: name("silent"), how });
    session.add(&mut bank, &device, None).unwrap();
    let Credential::Ed25519(ed25519) = Secret::ed25519(&[6; 32]).credential() else { panic!("Ed25519") };
    let order = bank.order(OrderAction::Invite { user: name("silent"), ed25519, hours: 24 });
    only(&bank.commit(&order)).unwrap();
    assert!(bank.module.inspect(&bank.record).unwrap().passkeys.is_empty());
}

#[test]
fn a_user_has_eight_passkeys_at_most() {
    let (mut bank, mut session) = limited();
    let mut first = Authenticator::new(1, ORIGIN);
    session.add(&mut bank, &first, None).unwrap();
    for number in 2..=8 {
        session.add(&mut bank, &Authenticator::new(number, ORIGIN), Some(&mut first)).unwrap();
    }
    let ninth = session.add(&mut bank, &Authenticator::new(9, ORIGIN), Some(&mut first));
    assert!(matches!(ninth, Err(Refusal::Change(_))), "{ninth:?}");
}

#[test]
fn an_account_has_a_hundred_passkeys_at_most() {
    let mut bank = bank();
    let mut number = 0;
    let mut last = Ok(());
    for seed in 100..113 {
        let user = format!("user{seed}");
        let secret = Secret::ed25519(&[seed; 32]);
        let Credential::Ed25519(ed25519) = secret.credential() else { panic!("Ed25519") };
        for change in [
            Change::AddUser { name: name(&user), role: Role::Customer },
            Change::AddKey { user: name(&user), ed25519 },
        ] {
            only(&bank.commit(&change_by("owner", &OWNER, nonce(), change))).unwrap();
        }
        set_password(&mut bank, &user, &secret, |_| nonce(), GOOD).unwrap();
        let mut session = sign_in(&mut bank, &user, GOOD).unwrap();
        let mut first = Authenticator::new(number, ORIGIN);
        for place in 0..8 {
            last = session.add(
                &mut bank,
                &Authenticator::new(number, ORIGIN),
                (place > 0).then_some(&mut first),
            );
            number += 1;
            assert_eq!(last.is_ok(), number <= 100, "{number}: {last:?}");
        }
    }
    assert!(matches!(last, Err(Refusal::Change(_))), "{last:?}");
}
