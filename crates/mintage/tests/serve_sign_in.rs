//! People who sign in with passwords, by the browser's half of the protocol.

mod support;

use asker::{Credential, Errand, Personal, Secret};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use password::{SecondFactor, SigningIn, Who};
use scratch_postgres::{Durability, Server as Postgres};
use serde_json::json;
use support::Folder;
use support::person::{
    GOOD, IDA, Session, begin, finish, invite, key, post, seed, session, set_password, sign_in, typed,
};
use support::served::{Customer, Server, now, tickets};

#[test]
fn whoever_was_invited_sets_a_password_and_asks_by_a_session() {
    ask_by_sessions(&Folder::funded());
}

#[test]
fn a_server_that_is_killed_between_two_steps_goes_on_and_an_end_counts_once() {
    be_killed_between_two_steps(&Folder::funded());
}

#[test]
fn both_are_so_with_the_books_in_postgresql() {
    let Some(postgres) = Postgres::start(Durability::None) else { return };
    ask_by_sessions(&Folder::funded_in(&postgres));
    be_killed_between_two_steps(&Folder::funded_in(&postgres));
}

fn ask_by_sessions(folder: &Folder) {
    let server = Server::start(folder, &[]);
    invite(folder, &server);
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

fn be_killed_between_two_steps(folder: &Folder) {
    let server = Server::start(folder, &[]);
    invite(folder, &server);
    let (_, finished) = begin(&server, &IDA, GOOD);
    let (last, key) = finished.expect("the password is right");
    server.signal("-KILL");
    drop(server);

    let server = Server::start(folder, &[]);
    let mut ida = session(&finish(&server, &last, None).ok(201), key);
    finish(&server, &last, None).refused(401, "sign-in-refused");
    ida.batch(&server).ok(201);
    server.signal("-KILL");
    drop(server);

    let server = Server::start(folder, &[]);
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
    owner
        .change(&support::person::ida(Personal::DropSecondFactor), &support::person::key())
        .send(&server)
        .ok(201);
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

/// Papers of officers who are at different machines, and of whom none can do it alone.
#[test]
fn two_officers_invite_whoever_cant_sign_in_any_more() {
    let folder = Folder::funded();
    folder.ok(&["user", "add", "a", "ida"]);
    let secret = Secret::ed25519(&seed());
    let Credential::Ed25519(public) = secret.credential() else { panic!("a public key") };
    let public: String = public.iter().map(|byte| format!("{byte:02x}")).collect();
    let at = now().to_string();
    let sign = |officer: &str, user: &str, out: &str| {
        let (key, passphrase) = (format!("data/{officer}.key"), format!("data/secrets/{officer}-passphrase"));
        let by = ["sign", "invite", &key, "--key-passphrase-file", &passphrase, "--at", &at, "--out", out];
        let what = ["--device", "1", "--order", "2", "--user", user, "--key", &public, "--hours", "1"];
        folder.ok(&[&by[..], &what, &["--reason", "lost the phone"]].concat());
    };
    // A paper never takes another's place.
    let both = |user: &str, [one, other, both]: [&str; 3]| {
        sign("officer-1", user, one);
        sign("officer-2", user, other);
        folder.ok(&["sign", "join", one, other, "--out", both]);
    };
    let server = Server::start(&folder, &[]);
    let order = |file: &str, key: &str| {
        let fields = [("Content-Type", "application/cose"), ("Idempotency-Key", key)];
        server.post(
            "/v1/accounts/a/orders",
            &fields,
            &std::fs::read(folder.path().join(file)).expect("a paper"),
        )
    };
    both("nobody", ["n1", "n2", "nobodys"]);
    order("nobodys", "\"nobody\"").refused(409, "change-refused");
    both("ida", ["i1", "i2", "idas"]);
    order("i1", "\"alone\"").refused(403, "order-refused");
    order("idas", "\"both\"").ok(201);
    order("idas", "\"again\"").refused(403, "order-refused");
    set_password(&server, secret, GOOD);
    sign_in(&server, GOOD, None);
    let owner = Customer::of(&folder, "a");
    let events = owner.get(&server, &owner.sign_in(&server), "/events").ok(200).json();
    assert!(events.to_string().contains("lost the phone"), "{events}");
    server.stop();
    folder.audit();
}
