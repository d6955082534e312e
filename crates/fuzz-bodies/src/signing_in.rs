//! Sign-ins: a device whose owner has a password, and the steps that reach it.

use std::sync::LazyLock;

use ::password::{
    Password, Registering, RegistrationResponse, ServerKey, SignInRequest, SignInResponse, SigningIn, Who,
};
use asker::{Change, ChangeAsked, Personal, Proof};
use module::device::Outcome;
use module::record::Device;
use module::signing_in::{SignInStep, Told};
use module::transaction::{Request, Transaction};

use crate::made::{ASKER, Named, STAFF, device};
use crate::support::ISSUED;

/// The module's key for passwords.
pub(crate) static PASSWORDS: LazyLock<ServerKey> = LazyLock::new(|| ServerKey::derive(&[11; 32]));

/// Who has the password.
pub(crate) const WHO: Who<'_> = Who { account: "harbour", user: "owner" };

/// What browser and module said to each other, and the device in the midst of it.
struct Said {
    messages: Named,
    steps: Named,
    /// The owner has a password, and has begun to sign in.
    begun: Device,
}

static SAID: LazyLock<Said> = LazyLock::new(say);

fn typed() -> Password {
    Password::new("correct horse battery staple").expect("a password")
}

/// The first message of a sign-in, and whoever sent it.
pub(crate) fn begin() -> (SigningIn, SignInRequest) {
    SigningIn::start(typed(), &[2; 32])
}

fn say() -> Said {
    let registering = Registering::start(typed().for_new(&WHO).expect("a good password"), &[1; 32]);
    let (registering, request) = registering;
    let (device, told) = make(device(), &change(1, Personal::BeginPassword(request.to_bytes().to_vec())));
    let answer = RegistrationResponse::from_bytes(&message_of(&told)).expect("an answer");
    let registration = registering.finish(&WHO, &answer).expect("an answer to this").to_bytes().to_vec();
    let (device, _) = make(device, &change(2, Personal::SetPassword(registration.clone())));
    let (browser, first) = begin();
    let first_step = SignInStep::Begin(first.to_bytes().to_vec().into()).encode();
    let (begun, told) = make(device, &transaction(&first_step));
    let response = SignInResponse::from_bytes(&message_of(&told)).expect("an answer");
    let (last, _) = browser.finish(&WHO, &response).expect("the password is right");
    let finish = |code: Option<&str>| {
        let message = last.to_bytes().to_vec().into();
        SignInStep::Finish { message, code: code.map(str::to_owned) }.encode()
    };
    Said {
        messages: vec![
            ("registration-request", request.to_bytes().to_vec()),
            ("registration-response", answer.to_bytes().to_vec()),
            ("registration", registration),
            ("sign-in-request", first.to_bytes().to_vec()),
            ("sign-in-response", response.to_bytes().to_vec()),
            ("sign-in-finish", last.to_bytes().to_vec()),
        ],
        steps: vec![("begin", first_step), ("finish", finish(None)), ("finish-code", finish(Some("123456")))],
        begun,
    }
}

pub(crate) fn messages() -> Named {
    SAID.messages.clone()
}

pub(crate) fn steps() -> Named {
    SAID.steps.clone()
}

/// The changes by which the owner sets a password, as they are asked.
pub(crate) fn changes() -> Named {
    let messages = messages();
    let of = |place: usize| messages[place].1.clone();
    let (begin, set) = (Personal::BeginPassword(of(0)), Personal::SetPassword(of(2)));
    vec![("begin-password", asked(1, begin)), ("set-password", asked(2, set))]
}

fn asked(nonce: u64, what: Personal) -> Vec<u8> {
    let change = Change::Personal { user: "owner".parse().expect("a name"), what };
    let proof = Proof::sign(&ASKER, &change.statement("harbour", "key-1"), ISSUED.0, nonce);
    ChangeAsked { change, proof }.encode()
}

fn change(nonce: u64, what: Personal) -> Vec<u8> {
    let asked = asked(nonce, what);
    let request = Request::Change { user: "owner", key: "key-1", asked: asked.as_slice().into() };
    Transaction::new(ISSUED, vec![request]).encode()
}

/// A transaction of one step.
pub(crate) fn transaction(step: &[u8]) -> Vec<u8> {
    Transaction::new(ISSUED, vec![Request::SignIn { user: "owner", step: step.into() }]).encode()
}

fn make(device: Device, transaction: &[u8]) -> (Device, Outcome) {
    let transaction = Transaction::decode(transaction).expect("it was made here");
    let mut applied = device.apply(&transaction, &STAFF, &PASSWORDS);
    (applied.device, applied.outcomes.remove(0))
}

fn message_of(outcome: &Outcome) -> Vec<u8> {
    match outcome {
        Outcome::Told(Told::Message(message)) => message.to_vec(),
        other => panic!("no message: {other:?}"),
    }
}

/// A step has one encoding. Whatever it says moves no value, and only the end that belongs to the beginning signs in, once.
pub(crate) fn step(bytes: &[u8]) -> bool {
    let step = SignInStep::decode(bytes);
    if let Ok(step) = &step {
        assert_eq!(step.encode(), bytes, "the step has a second form");
    }
    let before = SAID.begun.clone();
    let (registers, sequence) = (before.registers, before.sequence);
    let (after, outcome) = make(before, &transaction(bytes));
    assert_eq!((after.registers, after.sequence), (registers, sequence + 1));
    match &outcome {
        Outcome::Told(Told::Message(message)) => {
            assert!(matches!(step, Ok(SignInStep::Begin(_))), "nobody began");
            assert!(SignInResponse::from_bytes(message).is_ok(), "the answer isn't one");
        }
        Outcome::Told(Told::SignedIn(session)) => {
            let Ok(SignInStep::Finish { message, .. }) = &step else { panic!("nobody ended it") };
            assert_eq!(**message, SAID.messages[5].1, "the owner didn't send it");
            assert_eq!(session.user, WHO.user);
            let (_, again) = make(after, &transaction(bytes));
            assert!(matches!(again, Outcome::Refused(_)), "it counts once");
        }
        Outcome::Refused(_) => {}
        other => panic!("no outcome of a sign-in: {other:?}"),
    }
    step.is_ok()
}
