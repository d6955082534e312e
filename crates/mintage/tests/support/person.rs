//! Ida, who signs in with a password: what her browser does.

use std::sync::atomic::{AtomicU64, Ordering};

use asker::{Change, Credential, KeyId, Personal, Role, Secret, UserName};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use password::{
    Password, Registering, RegistrationResponse, SessionKey, SignInFinish, SignInResponse, SigningIn, Who,
};
use serde_json::{Value, json};

use super::Folder;
use super::http::Answer;
use super::served::{Customer, Request, Server, now, tickets};

pub(crate) const GOOD: &str = "correct horse battery staple";
pub(crate) const IDA: Who<'_> = Who { account: "a", user: "ida" };

pub(crate) fn name(text: &str) -> UserName {
    text.parse().expect("a name")
}

pub(crate) fn typed(text: &str) -> Password {
    Password::new(text).expect("a password")
}

/// A key under which nothing was asked.
pub(crate) fn key() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("k{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// 32 bytes that were no seed before.
pub(crate) fn seed() -> [u8; 32] {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut seed = [7; 32];
    seed[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    seed
}

pub(crate) fn ida(what: Personal) -> Change {
    Change::Personal { user: name("ida"), what }
}

pub(crate) fn message(answer: &Answer) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(answer.json()["message"].as_str().expect("a message")).expect("base64url")
}

/// A session as a browser keeps it.
pub(crate) struct Session {
    pub(crate) customer: Customer,
    pub(crate) key: SessionKey,
    pub(crate) challenge: u64,
    pub(crate) token: String,
}

impl Session {
    pub(crate) fn id(&self) -> KeyId {
        self.key.credential().key_id()
    }

    /// Sends a request, and keeps the challenge that its answer names.
    pub(crate) fn send(&mut self, server: &Server, request: &Request) -> Answer {
        let answer = request.send(server);
        if let Some(next) = answer.field("mintage-challenge") {
            self.challenge = next.parse().expect("a number");
        }
        answer
    }

    pub(crate) fn batch(&mut self, server: &Server) -> Answer {
        let request = self.customer.batch_at(&key(), "", &tickets(1), now(), self.challenge);
        self.send(server, &request)
    }

    pub(crate) fn change(&mut self, server: &Server, what: Personal) -> Answer {
        let request = self.customer.change_at(&ida(what), &key(), now(), self.challenge);
        self.send(server, &request)
    }

    pub(crate) fn set_password(&mut self, server: &Server, text: &str) -> Answer {
        let (registering, request) =
            Registering::start(typed(text).for_new(&IDA).expect("a good password"), &seed());
        let answer = self.change(server, Personal::BeginPassword(request.to_bytes().to_vec())).ok(200);
        let answer = RegistrationResponse::from_bytes(&message(&answer)).expect("an answer");
        let registration = registering.finish(&IDA, &answer).expect("an answer to this");
        self.change(server, Personal::SetPassword(registration.to_bytes().to_vec()))
    }
}

pub(crate) fn post(server: &Server, place: &str, content: &Value) -> Answer {
    server.post(
        &format!("/v1/accounts/{place}"),
        &[("Content-Type", "application/json")],
        content.to_string().as_bytes(),
    )
}

/// The first half of a sign-in. Without an end the browser saw that the password is wrong.
pub(crate) fn begin(
    server: &Server,
    who: &Who<'_>,
    text: &str,
) -> (Answer, Option<(SignInFinish, SessionKey)>) {
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

pub(crate) fn finish(server: &Server, last: &SignInFinish, code: Option<&str>) -> Answer {
    let mut content = json!({ "user": "ida", "message": URL_SAFE_NO_PAD.encode(last.to_bytes()) });
    if let Some(code) = code {
        content["code"] = code.into();
    }
    post(server, "a/sign-in/finish", &content)
}

pub(crate) fn session(answer: &Answer, key: SessionKey) -> Session {
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

pub(crate) fn sign_in(server: &Server, text: &str, code: Option<&str>) -> Session {
    let (_, finished) = begin(server, &IDA, text);
    let (last, key) = finished.expect("the password is right");
    session(&finish(server, &last, code).ok(201), key)
}

/// Ida is a user, was invited, and has a password.
pub(crate) fn invite(folder: &Folder, server: &Server) {
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
pub(crate) fn set_password(server: &Server, invitation: Secret, text: &str) {
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
