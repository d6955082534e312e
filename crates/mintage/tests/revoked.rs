//! A key in wrong hands: once it is revoked, the books alone tell what was issued from what somebody else signed.

mod support;

use std::process::Command;

use serde_json::{Value, json};
use support::Folder;
use support::served::Server;
use support::stewards::{GIL, folder_with_stewards, redeem, steward_token};

/// What somebody with everything that makes up the operator signs on a machine of his own: the books don't know of it.
fn forged(folder: &Folder) -> String {
    let copy = Folder::empty();
    let copied = Command::new("cp").arg("-r").args([folder.data(), copy.data()]).status().expect("cp");
    assert!(copied.success());
    copy.file("items.csv", b"kind,amount\nticket,9.00\n");
    copy.issued("forged").remove(0)
}

/// The verdict on a text, why, and how the command ended.
fn verify(folder: &Folder, text: &str, more: &[&str]) -> (String, String, Option<i32>) {
    let output = folder.run(&[&["verify", text], more].concat());
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let said = |name: &str| found[0][name].as_str().unwrap_or_default().to_owned();
    (said("verdict"), said("reason"), output.status.code())
}

#[test]
fn after_a_key_is_revoked_the_books_tell_and_files_cant() {
    let folder = folder_with_stewards();
    // Its serial is one that will be issued too, so that the books have something else by it; another has one that won't.
    let forged_before = forged(&folder);
    let issued = folder.issued("own");
    let forged_after = forged(&folder);
    let old = std::fs::read(folder.data().join("bundle.cbor")).expect("a bundle");
    std::fs::write(folder.path().join("old.cbor"), old).expect("written");
    assert_eq!(verify(&folder, &forged_before, &[]).0, "genuine", "nobody knows yet");

    let shown = folder.ok(&["account", "revoke", "a"]);
    assert_eq!(shown["ascending"], "6.00");
    folder.refused(&["issue", "--account", "a", "--items", "items.csv"], "revoked");
    folder.refused(&["account", "resume", "a"], "revoked");
    folder.ok(&["status", "export", "--out", "status.cbor"]);

    let key_revoked =
        "its key was revoked; only the issuer's books tell whether it was issued before, ask online";
    let not_issued = "its key was revoked, and the issuer's books don't have it";
    let cant_tell = ("can't tell".to_owned(), key_revoked.to_owned(), Some(2));
    for text in [&issued[0], &issued[2], &forged_before, &forged_after] {
        assert_eq!(verify(&folder, text, &["--bundle", "data/bundle.cbor"]), cant_tell);
        assert_eq!(verify(&folder, text, &["--bundle", "old.cbor", "--status", "status.cbor"]), cant_tell);
        assert_eq!(
            verify(&folder, text, &["--bundle", "old.cbor"]).0,
            "genuine",
            "so old a bundle can't know"
        );
    }
    for text in &issued {
        assert_eq!(verify(&folder, text, &[]), ("genuine".into(), String::new(), Some(0)));
    }
    for text in [&forged_before, &forged_after] {
        assert_eq!(verify(&folder, text, &[]), ("not genuine".into(), not_issued.into(), Some(1)));
    }
    folder.audit();

    let server = Server::start(&folder, &[]);
    let gil = steward_token(&server, &GIL);
    let redeem =
        |key: &str, text: &str| redeem(&server, &gil, key, &json!({ "indicium": text, "gate": "bar" }));
    for (text, verdict) in
        [(&issued[0], "genuine"), (&forged_before, "not genuine"), (&forged_after, "not genuine")]
    {
        let found = server.post("/v1/verifications", &[("Content-Type", "text/plain")], text.as_bytes());
        assert_eq!(found.ok(200).json()["found"][0]["verdict"], verdict);
    }
    redeem("1", &forged_before).refused(422, "not-genuine");
    redeem("2", &forged_after).refused(422, "not-genuine");
    redeem("3", &issued[0]).ok(201);
    let snapshot = server.get("/v1/status-snapshot", &[]).ok(200).body;
    let bundle = indicia::TrustBundle::open(&server.get("/v1/trust-bundle", &[]).ok(200).body, None);
    let bundle = bundle.expect("a bundle");
    let snapshot = indicia::StatusSnapshot::open(&snapshot, &bundle).expect("a snapshot");
    assert_eq!((snapshot.revoked(), snapshot.revoked().count()), (bundle.revoked(), 1));
    server.stop();
}
