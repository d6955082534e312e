//! The server as its customers meet it.

mod support;

use asker::{ContentDigest, Errand};
use support::Folder;
use support::served::{Customer, Server, tickets};

#[test]
fn a_signed_batch_is_issued_once_and_read_by_whoever_signed_in() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let request = customer.batch("one \"1\"", "", &tickets(2));
    let answer = request.send(&server).ok(201);
    let batch = answer.json();
    assert_eq!((batch["count"].as_u64(), batch["value"].as_str()), (Some(2), Some("2.00")), "{batch}");
    assert_eq!(batch["indicia"].as_array().expect("indicia").len(), 2);
    let again = request.send(&server).ok(201).json();
    assert_eq!(again, batch, "the same request, the same answer");
    let signed_anew = customer.batch("one \"1\"", "", &tickets(2)).send(&server).ok(201);
    assert_eq!(signed_anew.json(), batch, "whenever it is signed");
    customer.batch("one \"1\"", "", &tickets(3)).send(&server).refused(422, "idempotency-key-reused");

    let token = customer.sign_in(&server);
    let account = customer.get(&server, &token, "").ok(200);
    assert_eq!(account.json()["descending"], "998.00");
    let tag = account.field("etag").expect("a tag").to_owned();
    let fields = [("Authorization", token.as_str()), ("If-None-Match", tag.as_str())];
    server.get("/v1/accounts/a", &fields).ok(304);
    let place = answer.field("location").expect("a place");
    let shown = server.get(place, &[("Authorization", &token)]).ok(200).json();
    assert_eq!((&shown["state"], &shown["first_serial"]), (&batch["state"], &batch["first_serial"]));
    server.stop();
    folder.audit();
}

#[test]
fn what_is_held_is_drawn_released_or_extended_by_its_user_alone() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let items = tickets(3);
    let held = customer.batch("h1", "hold=600", &items).send(&server).ok(202).json();
    let reservation = held["batch"].as_u64().expect("a number");
    assert_eq!(held["state"], "held");
    let token = customer.sign_in(&server);
    let account = customer.get(&server, &token, "").ok(200).json();
    assert_eq!(
        (account["reserved"].as_str(), account["unreserved"].as_str()),
        (Some("3.00"), Some("997.00"))
    );

    customer.errand(Errand::Extend { reservation, seconds: 1200 }, "e").send(&server).ok(200);
    let stranger = Customer { account: "a".into(), secret: asker::Secret::hmac([9; 32]) };
    let draw = Errand::Draw { reservation, reserved: ContentDigest::of(&items) };
    stranger.errand(draw, "h1").send(&server).refused(401, "unknown-key");
    let other = Errand::Draw { reservation, reserved: ContentDigest::of(b"others") };
    customer.errand(other, "h1").send(&server).refused(400, "malformed-request");
    // A forged proof doesn't lose what is held.
    let mut forged = customer.errand(draw, "h1");
    forged = forged.with("Signature", Some("sig=:AAAA:"));
    forged.send(&server).refused(401, "not-proven");
    let drawn = customer.errand(draw, "h1").send(&server).ok(201).json();
    assert_eq!(drawn["indicia"].as_array().expect("indicia").len(), 3);
    assert_eq!(customer.errand(draw, "h1").send(&server).ok(201).json(), drawn, "again the same");

    let held = customer.batch("h2", "hold=600", &items).send(&server).ok(202).json();
    let reservation = held["batch"].as_u64().expect("a number");
    let release = Errand::Release { reservation };
    assert_eq!(customer.errand(release, "r").send(&server).ok(200).json()["state"], "ended");
    assert_eq!(
        customer.errand(release, "r").send(&server).ok(200).json()["state"],
        "ended",
        "again the same"
    );
    let extend = Errand::Extend { reservation, seconds: 5 };
    customer.errand(extend, "x").send(&server).refused(404, "unknown-reservation");
    server.stop();
    folder.audit();
}
