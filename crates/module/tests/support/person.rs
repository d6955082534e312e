//! People who sign in with passwords: what their browsers do.

use asker::{
    Asked, Change, ChangeAsked, ContentDigest, ContentForm, KeyId, Personal, Proof, Secret, Statement,
    UserName,
};
use indicia::{Algorithm, ProofForm, UnixTime};
use module::protocol::{Done, RequestAnswer};
use module::refusal::Refusal;
use module::signing_in::{SessionShown, SignInStep, Told};
use module::transaction::{Request, Transaction};
use password::{Password, Registering, RegistrationResponse, SessionKey, SignInResponse, SigningIn, Who};

use super::{ACCOUNT, Bank, KEY, NOW, OWNER, carry, items_of, nonce};

pub(crate) const GOOD: &str = "correct horse battery staple";

pub(crate) fn name(text: &str) -> UserName {
    text.parse().unwrap()
}

pub(crate) fn who(user: &str) -> Who<'_> {
    Who { account: ACCOUNT, user }
}

pub(crate) fn typed(text: &str) -> Password {
    Password::new(text).unwrap()
}

/// Somebody's session, as a browser keeps it.
pub(crate) struct Session {
    pub(crate) secret: Secret,
    pub(crate) shown: SessionShown,
}

impl Session {
    pub(crate) fn key(&self) -> KeyId {
        self.shown.key
    }
}

/// The transaction of a change by a key and a number.
pub(crate) fn change_by(user: &str, secret: &Secret, nonce: u64, change: Change) -> Vec<u8> {
    let proof = Proof::sign(secret, &change.statement(ACCOUNT, KEY), NOW.0, nonce);
    let asked = ChangeAsked { change, proof }.encode();
    Transaction::new(NOW, vec![Request::Change { user, key: KEY, asked: asked.as_slice().into() }]).encode()
}

pub(crate) fn personal(user: &str, what: Personal) -> Change {
    Change::Personal { user: name(user), what }
}

pub(crate) fn step(at: UnixTime, user: &str, step: &SignInStep) -> Vec<u8> {
    let step = step.encode();
    Transaction::new(at, vec![Request::SignIn { user, step: step.as_slice().into() }]).encode()
}

pub(crate) fn issue_by(session: &Session, bank: &Bank) -> Vec<u8> {
    let items = items_of(&[10], ProofForm::Signature);
    let statement = Statement::batch(ACCOUNT, "", KEY, ContentDigest::of(&items));
    let proof = Proof::sign(&session.secret, &statement, NOW.0, session.shown.challenge);
    let asked = Asked { query: "", items: items.as_slice().into(), proof, form: ContentForm::Cbor }.encode();
    let next = bank.module.inspect(&bank.record).unwrap().next_number;
    carry(NOW, &session.shown.user, next, 1, &asked)
}

pub(crate) fn only(done: &Done) -> Result<&RequestAnswer, Refusal> {
    match &done.requests[0] {
        RequestAnswer::Refused(refusal) => Err(refusal.clone()),
        answer => Ok(answer),
    }
}

pub(crate) fn message(done: &Done) -> Result<Vec<u8>, Refusal> {
    match only(done)? {
        RequestAnswer::Told(Told::Message(message)) => Ok(message.to_vec()),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn sessions(bank: &Bank) -> Vec<SessionShown> {
    bank.module.inspect(&bank.record).unwrap().sessions
}

/// Sets a password by a key whose next numbers are these.
pub(crate) fn set_password(
    bank: &mut Bank,
    user: &str,
    secret: &Secret,
    mut nonce: impl FnMut(&Bank) -> u64,
    text: &str,
) -> Result<(), Refusal> {
    let (registering, request) = Registering::start(typed(text).for_new(&who(user)).unwrap(), &[1; 32]);
    let begin = Personal::BeginPassword(request.to_bytes().to_vec());
    let number = nonce(bank);
    let answer = message(&bank.commit(&change_by(user, secret, number, personal(user, begin))))?;
    let answer = RegistrationResponse::from_bytes(&answer).unwrap();
    let registration = registering.finish(&who(user), &answer).unwrap();
    let set = Personal::SetPassword(registration.to_bytes().to_vec());
    let number = nonce(bank);
    let done = bank.commit(&change_by(user, secret, number, personal(user, set)));
    only(&done).map(|answer| assert!(matches!(answer, RequestAnswer::Changed)))
}

/// The first half of a sign-in; nothing when the browser sees that the password is wrong.
pub(crate) fn begin(
    bank: &mut Bank,
    user: &str,
    text: &str,
) -> Result<Option<(SignInStep, SessionKey)>, Refusal> {
    let (signing_in, request) = SigningIn::start(typed(text), &[2; 32]);
    let begin = SignInStep::Begin(request.to_bytes().to_vec().into());
    let answer = message(&bank.commit(&step(NOW, user, &begin)))?;
    let answer = SignInResponse::from_bytes(&answer).unwrap();
    let finished = signing_in.finish(&who(user), &answer);
    Ok(finished.ok().map(|(finish, key)| {
        (SignInStep::Finish { message: finish.to_bytes().to_vec().into(), code: None }, key)
    }))
}

pub(crate) fn finish(
    bank: &mut Bank,
    user: &str,
    (last, key): (SignInStep, SessionKey),
) -> Result<Session, Refusal> {
    let done = bank.commit(&step(NOW, user, &last));
    match only(&done)? {
        RequestAnswer::Told(Told::SignedIn(shown)) => {
            Ok(Session { secret: key.secret(), shown: shown.clone() })
        }
        other => panic!("{other:?}"),
    }
}

pub(crate) fn sign_in(bank: &mut Bank, user: &str, text: &str) -> Result<Session, Refusal> {
    let begun = begin(bank, user, text)?.ok_or(Refusal::SignIn)?;
    finish(bank, user, begun)
}

/// A bank where the user named silent, who has no key, was invited and set a password.
pub(crate) fn bank() -> Bank {
    with_password(Bank::funded(Algorithm::EdDsa, 1_000))
}

pub(crate) fn with_password(mut bank: Bank) -> Bank {
    let invitation = Secret::ed25519(&[5; 32]);
    let asker::Credential::Ed25519(ed25519) = invitation.credential() else { panic!("Ed25519") };
    let invite = personal("silent", Personal::Invite { ed25519, hours: 24 });
    only(&bank.commit(&change_by("owner", &OWNER, nonce(), invite))).unwrap();
    set_password(&mut bank, "silent", &invitation, |_| nonce(), GOOD).unwrap();
    bank
}
