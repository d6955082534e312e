//! People who sign in with passwords, by the browser's half of the protocol.

mod support;

use std::sync::atomic::{AtomicU64, Ordering};

use asker::{Change, Credential, Errand, KeyId, Personal, Role, Secret, UserName};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use password::{
    Password, Registering, RegistrationResponse, SecondFactor, SessionKey, SignInFinish, SignInResponse,
    SigningIn, Who,
};
use serde_json::{Value, json};
use support::Folder;
use support::http::Answer;
use support::served::{Customer, Request, Server, now, tickets};

const GOOD: &str = "correct horse battery staple";
const IDA: Who<'_> = Who { account: "a", user: "ida" };

fn name(text: &str) -> UserName {
    text.parse().expect("a name")
}

fn typed(text: &str) -> Password {
    Password::new(text).expect("a password")
}

/// A key under which nothing was asked.
fn key() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("k{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// 32 bytes that were no seed before.
fn seed() -> [u8; 32] {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut seed = [7; 32];
    seed[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    seed
}

fn ida(what: Personal) -> Change {
    Change::Personal { user: name("ida"), what }
}

fn message(answer: &Answer) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(answer.json()["message"].as_str().expect("a message")).expect("base64url")
}

/// A session as a browser keeps it.
struct Session {
    customer: Customer,
    key: SessionKey,
    challenge: u64,
    token: String,
}

impl Session {
    fn id(&self) -> KeyId {
        self.key.credential().key_id()
    }

    /// Sends a request, and keeps the challenge that its answer names.
    fn send(&mut self, server: &Server, request: &Request) -> Answer {
        let answer = request.send(server);
        if let Some(next) = answer.field("mintage-challenge") {
            self.challenge = next.parse().expect("a number");
        }
        answer
    }

    fn batch(&mut self, server: &Server) -> Answer {
        let request = self.customer.batch_at(&key(), "", &tickets(1), now(), self.challenge);
        self.send(server, &request)
    }

    fn change(&mut self, server: &Server, what: Personal) -> Answer {
        let request = self.customer.change_at(&ida(what), &key(), now(), self.challenge);
        self.send(server, &request)
    }

    fn set_password(&mut self, server: &Server, text: &str) -> Answer {
        let (registering, request) =
            Registering::start(typed(text).for_new(&IDA).expect("a good password"), &seed());
        let answer = self.change(server, Personal::BeginPassword(request.to_bytes().to_vec())).ok(200);
        let answer = RegistrationResponse::from_bytes(&message(&answer)).expect("an answer");
        let registration = registering.finish(&IDA, &answer).expect("an answer to this");
        self.change(server, Personal::SetPassword(registration.to_bytes().to_vec()))
    }
}

fn post(server: &Server, place: &str, content: &Value) -> Answer {
    server.post(
        &format!("/v1/accounts/{place}"),
        &[("Content-Type", "application/json")],
        content.to_string().as_bytes(),
    )
}

/// The first half of a sign-in. Without an end the browser saw that the password is wrong.
fn begin(server: &Server, who: &Who<'_>, text: &str) -> (Answer, Option<(SignInFinish, SessionKey)>) {
    let (signing_in, request) = SigningIn::start(typed(text), &seed());
    let content = json!({ "user": who.user, "message": URL_SAFE_NO_PAD.encode(request.to_bytes()) });
    let answer = post(server, &format!("{}/sign-in", who.account), &content);
    if answer.status != 200 {
        return (answer, None);
    }
    assert_eq!(answer.field("cache-control"), Some("no-store"));
    let response = SignInResponse::from_bytes(&message(&answer)).expect("an answer");
    let finished = signing_in.finish(who, &response).ok();
    (answer, finished)
}

fn finish(server: &Server, last: &SignInFinish, code: Option<&str>) -> Answer {
    let mut content = json!({ "user": "ida", "message": URL_SAFE_NO_PAD.encode(last.to_bytes()) });
    if let Some(code) = code {
        content["code"] = code.into();
    }
    post(server, "a/sign-in/finish", &content)
}

fn session(answer: &Answer, key: SessionKey) -> Session {
    let shown = answer.json();
    assert_eq!(shown["key"], key.credential().key_id().to_string(), "{shown}");
    assert_eq!(shown["user"], "ida");
    let text = |name: &str| shown[name].as_str().expect("a text").to_owned();
    Session {
        customer: Customer { account: "a".into(), secret: key.secret() },
        key,
        challenge: text("challenge").parse().expect("a number"),
        token: format!("Bearer {}", text("token")),
    }
}

fn sign_in(server: &Server, text: &str, code: Option<&str>) -> Session {
    let (_, finished) = begin(server, &IDA, text);
    let (last, key) = finished.expect("the password is right");
    session(&finish(server, &last, code).ok(201), key)
}

/// Ida is a user, was invited, and has a password.
fn invite(folder: &Folder, server: &Server) {
    let owner = Customer::of(folder, "a");
    let secret = Secret::ed25519(&seed());
    let Credential::Ed25519(ed25519) = secret.credential() else { panic!("a public key") };
    owner.change(&Change::AddUser { name: name("ida"), role: Role::Customer }, &key()).send(server).ok(201);
    owner.change(&ida(Personal::Invite { ed25519, hours: 24 }), &key()).send(server).ok(201);
    let invited = Customer { account: "a".into(), secret };
    invited.batch(&key(), "", &tickets(1)).send(server).refused(401, "not-proven");
    set_password(server, invited.secret, GOOD);
}

/// Sets ida's password by an invitation.
fn set_password(server: &Server, invitation: Secret, text: &str) {
    let invited = Customer { account: "a".into(), secret: invitation };
    let (registering, request) = Registering::start(typed(text).for_new(&IDA).expect("good"), &seed());
    let begin = ida(Personal::BeginPassword(request.to_bytes().to_vec()));
    let answer = invited.change(&begin, &key()).send(server).ok(200);
    let answer = RegistrationResponse::from_bytes(&message(&answer)).expect("an answer");
    let registration = registering.finish(&IDA, &answer).expect("an answer to this").to_bytes().to_vec();
    let set = ida(Personal::SetPassword(registration));
    let request = invited.change(&set, &key());
    request.send(server).ok(201);
    // The invitation was for once. Whoever didn't hear that it was used signs in.
    request.send(server).refused(401, "unknown-key");
}

#[test]
fn whoever_was_invited_sets_a_password_and_asks_by_a_session() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    invite(&folder, &server);
    let mut first = sign_in(&server, GOOD, None);
    first.customer.get(&server, &first.token, "").ok(200);
    let challenge = first.challenge;
    first.batch(&server).ok(201);
    assert_ne!(first.challenge, challenge);
    first.batch(&server).ok(201);
    // A refused request has used its challenge up too, and the answer names the next.
    let too_much = first.customer.batch_at(&key(), "", &tickets(2_000), now(), first.challenge);
    first.send(&server, &too_much).refused(422, "insufficient-funds");
    first.batch(&server).ok(201);

    // Whoever didn't hear an answer asks again, and finds the challenge.
    let request = first.customer.batch_at("again", "", &tickets(1), now(), first.challenge);
    let done = request.send(&server).ok(201).json();
    assert_eq!(request.send(&server).ok(201).json(), done);
    let shown =
        first.customer.get(&server, &first.token, &format!("/sessions/{}", first.id())).ok(200).json();
    first.challenge = shown["challenge"].as_str().expect("a text").parse().expect("a number");
    first.batch(&server).ok(201);

    // What changes no device leaves the challenge as it is, and counts once.
    let held = first.customer.batch_at("held", "hold=600", &tickets(1), now(), first.challenge);
    let held = first.send(&server, &held).ok(202).json();
    let reservation = held["batch"].as_u64().expect("a number");
    let extend = |session: &Session, seconds| {
        let errand = Errand::Extend { reservation, seconds };
        session.customer.errand_at(errand, "e", now(), session.challenge)
    };
    let once = extend(&first, 700);
    first.send(&server, &once).ok(200);
    once.send(&server).refused(401, "not-proven");
    let other = extend(&first, 800);
    first.send(&server, &other).ok(200);

    // Somebody who has the session's key but not its last challenge ends it.
    let mut second = sign_in(&server, GOOD, None);
    second.challenge = challenge;
    second.batch(&server).refused(401, "session-ended");
    second.batch(&server).refused(401, "unknown-key");
    let shown = second.customer.get(&server, &second.token, &format!("/sessions/{}", second.id()));
    shown.refused(404, "not-found");
    first.batch(&server).ok(201);

    first.set_password(&server, GOOD).refused(422, "password-reused");
    let mut third = sign_in(&server, GOOD, None);
    first.set_password(&server, "another good password").ok(201);
    first.batch(&server).ok(201);
    third.batch(&server).refused(401, "unknown-key");
    third.customer.get(&server, &third.token, "").refused(401, "sign-in-required");
    assert!(begin(&server, &IDA, GOOD).1.is_none());
    sign_in(&server, "another good password", None);
    server.stop();
    folder.audit();
}

#[test]
fn a_wrong_password_and_nobody_look_the_same_and_are_held_up() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    invite(&folder, &server);
    for user in ["ida", "nobody"] {
        let who = Who { user, ..IDA };
        let (answer, finished) = begin(&server, &who, "a wrong password");
        answer.ok(200);
        assert!(finished.is_none());
        // Each pause is twice as long as the one before, so that one of them is met however slow this machine is.
        let (_, request) = SigningIn::start(typed(GOOD), &seed());
        let content = json!({ "user": user, "message": URL_SAFE_NO_PAD.encode(request.to_bytes()) });
        let mut attempts = (0..20).map(|_| post(&server, "a/sign-in", &content));
        let refused = attempts.find(|answer| answer.status != 200).expect("a pause");
        let refused = refused.refused(429, "too-many-attempts");
        assert!(refused.field("retry-after").is_some(), "{user}");
    }
    let last = URL_SAFE_NO_PAD.encode([0; 64]);
    for (place, user) in [("a", "ida"), ("a", "nobody"), ("a", "../b"), ("b", "ida")] {
        let content = json!({ "user": user, "message": last });
        post(&server, &format!("{place}/sign-in/finish"), &content).refused(401, "sign-in-refused");
    }
    for content in [
        json!({ "user": "ida" }),
        json!({ "user": "ida", "message": "a+b" }),
        json!({ "user": "ida", "message": "A".repeat(1_000) }),
        json!({ "user": "ida", "message": last, "more": 1 }),
    ] {
        post(&server, "a/sign-in", &content).refused(400, "malformed-request");
    }
    let long = json!({ "user": "u".repeat(3_000), "message": last });
    post(&server, "a/sign-in", &long).refused(413, "content-too-large");
    let short = json!({ "user": "ida", "message": "AAAA" });
    post(&server, "a/sign-in", &short).refused(401, "sign-in-refused");
    server.stop();
    folder.audit();
}

#[test]
fn a_server_that_is_killed_between_two_steps_goes_on_and_an_end_counts_once() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    invite(&folder, &server);
    let (_, finished) = begin(&server, &IDA, GOOD);
    let (last, key) = finished.expect("the password is right");
    server.signal("-KILL");
    drop(server);

    let server = Server::start(&folder, &[]);
    let mut ida = session(&finish(&server, &last, None).ok(201), key);
    finish(&server, &last, None).refused(401, "sign-in-refused");
    ida.batch(&server).ok(201);
    server.signal("-KILL");
    drop(server);

    let server = Server::start(&folder, &[]);
    ida.batch(&server).ok(201);
    ida.challenge ^= 1;
    ida.batch(&server).refused(401, "session-ended");
    server.stop();
    folder.audit();
}

#[test]
fn a_second_factor_is_asked_for_beside_the_password() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    invite(&folder, &server);
    let mut ida = sign_in(&server, GOOD, None);
    let factor = SecondFactor::of_session(ida.key.as_bytes(), ida.challenge);
    ida.change(&server, Personal::SetSecondFactor("000000".into())).refused(401, "code-wrong");
    let factor_now = SecondFactor::of_session(ida.key.as_bytes(), ida.challenge);
    assert_ne!(factor, factor_now);
    ida.change(&server, Personal::SetSecondFactor(shown(&factor_now, now()))).ok(201);

    let (_, finished) = begin(&server, &IDA, GOOD);
    let (last, key) = finished.expect("the password is right");
    finish(&server, &last, None).refused(401, "code-required");
    let code = shown(&factor_now, now() + 30);
    finish(&server, &last, Some(&code)).ok(201);
    assert_ne!(key.credential().key_id(), ida.id());
    let (_, finished) = begin(&server, &IDA, GOOD);
    let (last, _) = finished.expect("the password is right");
    finish(&server, &last, Some(&code)).refused(401, "code-wrong");

    let owner = Customer::of(&folder, "a");
    owner.change(&self::ida(Personal::DropSecondFactor), &self::key()).send(&server).ok(201);
    sign_in(&server, GOOD, None);
    server.stop();
    folder.audit();
}

/// What an authenticator app shows.
fn shown(factor: &SecondFactor, at: u64) -> String {
    let uri = factor.uri(&IDA);
    let (_, secret) = uri.split_once("secret=").expect("a secret");
    let secret = secret.split('&').next().expect("a secret");
    let secret = totp_rs::Secret::try_from_base32(secret).expect("base32");
    totp_rs::Builder::new().with_secret(secret).build().expect("usual").generate(at).to_string()
}

#[test]
fn the_command_invites_by_the_owners_key() {
    let folder = Folder::funded();
    folder.ok(&["user", "add", "a", "ida"]);
    let invitation = folder.ok(&["user", "invite", "a", "ida", "--hours", "1"]);
    let secret = invitation["invitation"].as_str().expect("a secret");
    let secret = URL_SAFE_NO_PAD.decode(secret).expect("base64url").try_into().expect("32 bytes");
    folder.refused(&["user", "invite", "a", "nobody"], "isn't a user");
    let server = Server::start(&folder, &[]);
    set_password(&server, Secret::ed25519(&secret), GOOD);
    sign_in(&server, GOOD, None);
    server.stop();
    folder.audit();
}
