//! People sign in with passwords, and ask by sessions each of whose requests names the challenge that came last.

#![allow(clippy::unwrap_used)] // a test fails by it

#[allow(dead_code)] // other tests need more of it
mod support;

use asker::{Change, ChangeAsked, Errand, Personal, Proof, Role, Secret};
use indicia::{Algorithm, UnixTime};
use module::event::{Event, PersonalChange, What};
use module::order::OrderAction;
use module::record::Limits;
use module::refusal::Refusal;
use module::signing_in::{SESSION_SECONDS, SignInStep};
use module::transaction::{Request, Transaction};
use password::{SecondFactor, SignInResponse, SigningIn};
use support::person::{
    GOOD, Session, bank, begin, change_by, finish, issue_by, message, name, only, personal, sessions,
    set_password, sign_in, step, typed, who, with_password,
};
use support::{ACCOUNT, ALICE, Bank, KEY, NOW, OWNER, nonce, open_again};

#[allow(clippy::needless_pass_by_value)] // as it comes
fn not_proven<T>(result: Result<T, Refusal>) -> bool {
    matches!(result, Err(Refusal::NotProven(_)))
}

#[allow(clippy::needless_pass_by_value)] // as it comes
fn ended<T>(result: Result<T, Refusal>) -> bool {
    matches!(result, Err(Refusal::SessionEnded(_)))
}

#[test]
fn who_knows_the_password_issues_until_a_challenge_is_stale() {
    let mut bank = bank();
    assert_eq!(sign_in(&mut bank, "silent", "another password").err(), Some(Refusal::SignIn));
    assert_eq!(sign_in(&mut bank, "nobody", GOOD).err(), Some(Refusal::SignIn));
    assert_eq!(sign_in(&mut bank, "owner", GOOD).err(), Some(Refusal::SignIn), "has no password");

    let mut session = sign_in(&mut bank, "silent", GOOD).unwrap();
    assert_eq!(session.shown.expires, NOW.0 + SESSION_SECONDS);
    let first = session.shown.challenge;
    for _ in 0..3 {
        let transaction = issue_by(&session, &bank);
        only(&bank.commit(&transaction)).unwrap();
        session.shown = sessions(&bank).remove(0);
    }
    assert_ne!(session.shown.challenge, first);
    // Somebody who has the key but not the last challenge, or has it twice.
    session.shown.challenge = first;
    let stale = issue_by(&session, &bank);
    assert!(ended(only(&bank.commit(&stale))));
    assert!(sessions(&bank).is_empty());
    let again = issue_by(&session, &bank);
    assert!(matches!(only(&bank.commit(&again)), Err(Refusal::UnknownKey { .. })));
}

#[test]
fn a_thief_of_the_key_is_noticed_by_the_next_request() {
    let mut bank = bank();
    let session = sign_in(&mut bank, "silent", GOOD).unwrap();
    let thief = Session { secret: Secret::hmac(secret_of(&session)), shown: session.shown.clone() };
    let by_thief = issue_by(&thief, &bank);
    only(&bank.commit(&by_thief)).unwrap();
    let by_silent = issue_by(&session, &bank);
    assert!(ended(only(&bank.commit(&by_silent))));
    let by_thief = issue_by(&Session { shown: session.shown.clone(), ..thief }, &bank);
    assert!(only(&bank.commit(&by_thief)).is_err(), "the thief's session is the same");
}

fn secret_of(session: &Session) -> [u8; 32] {
    let asker::Credential::Hmac(key) = session.secret.credential() else { panic!("HMAC") };
    key
}

#[test]
fn a_request_by_another_key_ends_the_session_that_it_names() {
    let mut bank = bank();
    let session = sign_in(&mut bank, "silent", GOOD).unwrap();
    let change = personal("silent", Personal::DropSecondFactor);
    let mut proof =
        Proof::sign(&session.secret, &change.statement(ACCOUNT, KEY), NOW.0, session.shown.challenge);
    proof.signature[0] ^= 1;
    let asked = ChangeAsked { change, proof }.encode();
    let request = Request::Change { user: "silent", key: KEY, asked: asked.as_slice().into() };
    let done = bank.commit(&Transaction::new(NOW, vec![request]).encode());
    assert!(ended(only(&done)));
    assert!(sessions(&bank).is_empty());
}

#[test]
fn a_crash_between_any_two_steps_changes_nothing() {
    let mut bank = bank();
    let (signing_in, request) = SigningIn::start(typed(GOOD), &[2; 32]);
    let begin = step(NOW, "silent", &SignInStep::Begin(request.to_bytes().to_vec().into()));
    let before = bank.record.clone();
    let once = bank.done(&before, &begin);
    let again = bank.done(&before, &begin);
    assert!(again.replayed && again.record == once.record, "the same record");
    assert_eq!(message(&again).unwrap(), message(&once).unwrap(), "and the same answer");
    bank.record = once.record.to_vec();

    let folder = bank.folder.path().to_path_buf();
    let Bank { folder: kept, module, record, orders } = bank;
    drop(module);
    let mut bank = Bank { folder: kept, module: open_again(&folder).unwrap(), record, orders };
    let answer = SignInResponse::from_bytes(&message(&once).unwrap()).unwrap();
    let (last, key) = signing_in.finish(&who("silent"), &answer).unwrap();
    let last = SignInStep::Finish { message: last.to_bytes().to_vec().into(), code: None };
    let (before, last_step) = (bank.record.clone(), step(NOW, "silent", &last));
    let once = bank.done(&before, &last_step);
    let again = bank.done(&before, &last_step);
    assert!(again.replayed && again.record == once.record);
    assert_eq!(again.requests, once.requests);
    bank.record = once.record.to_vec();
    assert_eq!(sessions(&bank)[0].key, key.credential().key_id());
    // The end of a sign-in is the end of one.
    assert_eq!(only(&bank.commit(&last_step)).unwrap_err(), Refusal::SignIn);
}

#[test]
fn errands_name_the_challenge_and_leave_it() {
    let mut bank = bank();
    let session = sign_in(&mut bank, "silent", GOOD).unwrap();
    let ask = |bank: &Bank, challenge: u64, at: u64| {
        let errand = Errand::Release { reservation: 1 };
        let proof = Proof::sign(&session.secret, &errand.statement(ACCOUNT, KEY), at, challenge);
        bank.module.who_asks(&bank.record, &errand, KEY, &proof, 0, UnixTime(at)).unwrap()
    };
    let challenge = session.shown.challenge;
    for _ in 0..2 {
        let asker = ask(&bank, challenge, NOW.0).unwrap();
        assert_eq!((asker.user.as_str(), asker.by_session), ("silent", true));
    }
    assert!(ended(ask(&bank, challenge ^ 1, NOW.0)));
    assert!(ended(ask(&bank, challenge, NOW.0 + SESSION_SECONDS + 1)));
    let transaction = issue_by(&session, &bank);
    only(&bank.commit(&transaction)).unwrap();
    assert!(ended(ask(&bank, challenge, NOW.0)));
    assert_eq!(sessions(&bank).len(), 1, "nothing ends without a transaction");
}

#[test]
fn a_user_has_four_sessions_and_a_new_password_ends_the_others() {
    let mut bank = bank();
    let all: Vec<_> = (0..5).map(|_| sign_in(&mut bank, "silent", GOOD).unwrap()).collect();
    let keys: Vec<_> = sessions(&bank).iter().map(|shown| shown.key).collect();
    let expected: Vec<_> = all[1..].iter().map(Session::key).collect();
    assert_eq!(keys, expected);

    let (last, key) = (&all[4], all[4].key());
    let challenge =
        |bank: &Bank| sessions(bank).iter().find(|shown| shown.key == key).map_or(0, |shown| shown.challenge);
    let reused = set_password(&mut bank, "silent", &last.secret, challenge, GOOD);
    assert_eq!(reused, Err(Refusal::PasswordReused { last: 10 }));
    set_password(&mut bank, "silent", &last.secret, challenge, "another good password").unwrap();
    let left: Vec<_> = sessions(&bank).iter().map(|shown| shown.key).collect();
    assert_eq!(left, [key]);
    assert!(sign_in(&mut bank, "silent", GOOD).is_err());
    assert!(sign_in(&mut bank, "silent", "another good password").is_ok());
}

#[test]
fn a_second_factor_follows_from_the_session() {
    let mut bank = bank();
    let session = sign_in(&mut bank, "silent", GOOD).unwrap();
    let challenge = session.shown.challenge;
    let factor = SecondFactor::of_session(&secret_of(&session), challenge);
    let code = code_of(&factor, NOW.0);
    let set = personal("silent", Personal::SetSecondFactor(code.clone()));
    only(&bank.commit(&change_by("silent", &session.secret, challenge, set))).unwrap();

    let (last, key) = begin(&mut bank, "silent", GOOD).unwrap().unwrap();
    let with = |code: Option<&str>| match &last {
        SignInStep::Finish { message, .. } => {
            SignInStep::Finish { message: message.clone(), code: code.map(str::to_owned) }
        }
        SignInStep::Begin(_) => panic!("the last step"),
    };
    let done = bank.commit(&step(NOW, "silent", &with(None)));
    assert_eq!(only(&done).unwrap_err(), Refusal::CodeMissing);
    let next = code_of(&factor, NOW.0 + 30);
    let session = finish(&mut bank, "silent", (with(Some(&next)), key)).unwrap();
    let begun = begin(&mut bank, "silent", GOOD).unwrap().unwrap();
    let SignInStep::Finish { message, .. } = begun.0 else { panic!("the last step") };
    let used = SignInStep::Finish { message, code: Some(next) };
    let done = bank.commit(&step(NOW, "silent", &used));
    assert_eq!(only(&done).unwrap_err(), Refusal::CodeWrong, "a code counts once");

    // An owner helps whoever lost the app.
    let drop = personal("silent", Personal::DropSecondFactor);
    only(&bank.commit(&change_by("owner", &OWNER, nonce(), drop))).unwrap();
    assert!(sign_in(&mut bank, "silent", GOOD).is_ok());
    // Only who signed in has a secret to share.
    let alices = personal("alice", Personal::SetSecondFactor(code));
    let refused = bank.commit(&change_by("alice", &ALICE, nonce(), alices));
    assert!(matches!(only(&refused), Err(Refusal::Change(_))));
    assert!(session.shown.expires > NOW.0);
}

/// What an app shows.
fn code_of(factor: &SecondFactor, at: u64) -> String {
    let uri = factor.uri(&who("silent"));
    let (_, secret) = uri.split_once("secret=").unwrap();
    let secret = totp_rs::Secret::try_from_base32(secret.split('&').next().unwrap()).unwrap();
    totp_rs::Builder::new().with_secret(secret).build().unwrap().generate(at).to_string()
}

#[test]
fn nobody_sets_passwords_of_others_but_by_invitation() {
    let mut bank = bank();
    let request = Personal::BeginPassword(vec![0; 32]);
    let refused = bank.commit(&change_by("owner", &OWNER, nonce(), personal("silent", request)));
    assert!(matches!(only(&refused), Err(Refusal::Role { .. })));
    let invitation = Secret::ed25519(&[6; 32]);
    let asker::Credential::Ed25519(ed25519) = invitation.credential() else { panic!("Ed25519") };
    let invite = |user: &str| personal(user, Personal::Invite { ed25519, hours: 1 });
    let refused = bank.commit(&change_by("alice", &ALICE, nonce(), invite("silent")));
    assert!(matches!(only(&refused), Err(Refusal::Role { .. })));

    only(&bank.commit(&change_by("owner", &OWNER, nonce(), invite("silent")))).unwrap();
    let late = Change::AddUser { name: name("zoe"), role: Role::Customer };
    let refused = bank.commit(&change_by("silent", &invitation, nonce(), late));
    assert!(not_proven(only(&refused)), "an invitation is for nothing else");
    assert!(not_proven(
        bank.module
            .who_asks(
                &bank.record,
                &Errand::SignIn,
                KEY,
                &Proof::sign(&invitation, &Errand::SignIn.statement(ACCOUNT, KEY), NOW.0, nonce()),
                0,
                NOW,
            )
            .unwrap()
    ));
    set_password(&mut bank, "silent", &invitation, |_| nonce(), "a third good password").unwrap();
    let again = set_password(&mut bank, "silent", &invitation, |_| nonce(), "a fourth good password");
    assert!(matches!(again, Err(Refusal::UnknownKey { .. })), "it counts once");
    assert!(sign_in(&mut bank, "silent", "a third good password").is_ok());
}

#[test]
fn an_old_session_changes_no_way_to_sign_in() {
    let later = || UnixTime(NOW.0 + 1_000);
    let mut bank = with_password(Bank::with_clock(Algorithm::EdDsa, Limits::NONE, later));
    let session = sign_in(&mut bank, "silent", GOOD).unwrap();
    for (after, is_fresh) in [(900, true), (901, false)] {
        let drop = personal("silent", Personal::DropSecondFactor);
        let challenge = sessions(&bank)[0].challenge;
        let proof = Proof::sign(&session.secret, &drop.statement(ACCOUNT, KEY), NOW.0, challenge);
        let asked = ChangeAsked { change: drop, proof }.encode();
        let request = Request::Change { user: "silent", key: KEY, asked: asked.as_slice().into() };
        let done = bank.commit(&Transaction::new(UnixTime(NOW.0 + after), vec![request]).encode());
        assert_eq!(only(&done).is_ok(), is_fresh, "{done:?}");
    }
}

#[test]
fn two_officers_let_somebody_back_in() {
    let mut bank = bank();
    let session = sign_in(&mut bank, "silent", GOOD).unwrap();
    let challenge = session.shown.challenge;
    let factor = SecondFactor::of_session(&secret_of(&session), challenge);
    let set = personal("silent", Personal::SetSecondFactor(code_of(&factor, NOW.0)));
    only(&bank.commit(&change_by("silent", &session.secret, challenge, set))).unwrap();
    let begun = begin(&mut bank, "silent", GOOD).unwrap().unwrap();
    assert_eq!(finish(&mut bank, "silent", begun).err(), Some(Refusal::CodeMissing));

    let invitation = Secret::ed25519(&[6; 32]);
    let asker::Credential::Ed25519(ed25519) = invitation.credential() else { panic!("Ed25519") };
    let order = |user: &str, hours| OrderAction::Invite { user: name(user), ed25519, hours };
    for refused in [order("nobody", 24), order("silent", 0)] {
        let transaction = bank.order(refused);
        assert!(matches!(only(&bank.commit(&transaction)), Err(Refusal::Change(_))));
        bank.orders -= 1;
    }
    let transaction = bank.order(order("silent", 24));
    let done = bank.commit(&transaction);
    only(&done).unwrap();
    let how = PersonalChange::LetBackIn(String::new());
    assert_eq!(Event::decode(&done.events[0]).unwrap().what, What::Personal { user: name("silent"), how });
    set_password(&mut bank, "silent", &invitation, |_| nonce(), "a third good password").unwrap();
    assert!(sessions(&bank).is_empty(), "whoever had one has none any more");
    assert!(sign_in(&mut bank, "silent", "a third good password").is_ok(), "without a code");
}

#[test]
fn an_owner_with_a_password_needs_no_key_and_what_happened_is_on_record() {
    let mut bank = bank();
    set_password(&mut bank, "owner", &OWNER, |_| nonce(), GOOD).unwrap();
    let session = sign_in(&mut bank, "owner", GOOD).unwrap();
    let remove = Change::RemoveKey { user: name("owner"), key: OWNER.credential().key_id() };
    let done = bank.commit(&change_by("owner", &session.secret, session.shown.challenge, remove));
    only(&done).unwrap();
    let session = Session { shown: sessions(&bank).remove(0), ..session };
    let remove = Change::RemoveUser { name: name("owner") };
    let refused = bank.commit(&change_by("owner", &session.secret, session.shown.challenge, remove));
    assert!(matches!(only(&refused), Err(Refusal::Change(_))), "nobody else is an owner");
    let begun = begin(&mut bank, "owner", GOOD).unwrap().unwrap();
    let done = bank.commit(&step(NOW, "owner", &begun.0));
    let events: Vec<_> = done.events.iter().map(|bytes| Event::decode(bytes).unwrap().what).collect();
    assert_eq!(events, [What::SignedIn(begun.1.credential().key_id())]);

    let session = Session { shown: sessions(&bank).remove(0), ..session };
    let drop = personal("silent", Personal::DropSecondFactor);
    let done = bank.commit(&change_by("owner", &session.secret, session.shown.challenge, drop));
    let what = What::Personal { user: name("silent"), how: PersonalChange::SecondFactorDropped };
    assert_eq!(Event::decode(&done.events[0]).unwrap().what, what);

    // Who is removed is nobody; one of the same name begins anew.
    let session = Session { shown: sessions(&bank).remove(0), ..session };
    let remove = Change::RemoveUser { name: name("silent") };
    only(&bank.commit(&change_by("owner", &session.secret, session.shown.challenge, remove))).unwrap();
    assert_eq!(sign_in(&mut bank, "silent", GOOD).err(), Some(Refusal::SignIn));
}

#[test]
fn too_many_attempts_are_refused_whoever_they_are_on() {
    let mut bank = bank();
    for user in ["silent", "nobody"] {
        for _ in 0..5 {
            assert!(begin(&mut bank, user, "a wrong password").unwrap().is_none());
        }
        let refused = begin(&mut bank, user, GOOD).map(drop);
        assert_eq!(refused, Err(Refusal::TooManyAttempts { seconds: 1 }), "{user}");
    }
    assert_eq!(begin(&mut bank, &"n".repeat(65), GOOD).map(drop), Err(Refusal::SignIn));
}
