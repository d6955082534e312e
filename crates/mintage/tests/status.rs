//! Status snapshots: what was used or became void is known by files alone, as of a time.

mod support;

use std::process::Output;

use indicia::Kind;
use serde_json::{Value, json};
use support::Folder;
use support::served::{Customer, Server, items, now, texts};
use support::stewards::{self, GIL, folder_with_stewards, steward_token};

/// Redeems an indicium, or an amount of it, and says where the redemption is.
fn redeem(server: &Server, key: &str, text: &str, amount: &str) -> String {
    let what = json!({ "indicium": text, "amount": amount, "gate": "bar" });
    let made = stewards::redeem(server, &steward_token(server, &GIL), key, &what).ok(201).json();
    made["serial"].as_str().expect("a serial").to_owned()
}

/// Five vouchers of 1.00: the first is live, the second used in part, the third used up, the fourth void.
fn some_of_each(folder: &Folder) -> Vec<String> {
    let server = Server::start(folder, &[]);
    let batch =
        Customer::of(folder, "a").batch("k", "", &items(Kind::Voucher, 5)).send(&server).ok(201).json();
    let texts: Vec<String> = texts(&batch).into_iter().map(str::to_owned).collect();
    redeem(&server, "1", &texts[1], "0.30");
    redeem(&server, "2", &texts[2], "1.00");
    server.stop();
    let fourth = folder.ok(&["verify", &texts[3]])[0]["serial"].as_str().expect("a serial").to_owned();
    folder.ok(&["void", &fourth]);
    texts
}

/// Of what was issued in the second in which a snapshot is made, that says nothing.
fn wait_for_the_next_second() {
    let begun = now();
    while now() == begun {
        std::thread::yield_now();
    }
}

fn verify(folder: &Folder, text: &str, snapshots: &[&str]) -> (Value, Output) {
    let mut arguments = vec!["verify", text, "--bundle", "data/bundle.cbor"];
    snapshots.iter().for_each(|file| arguments.extend(["--status", file]));
    let run = folder.run(&arguments);
    let said = serde_json::from_slice(&run.stdout).unwrap_or_default();
    (said, folder.run_plain(&arguments))
}

/// The status that verifying by files says, and how it ends.
fn status(folder: &Folder, text: &str, snapshots: &[&str]) -> (String, Option<i32>) {
    let (said, plain) = verify(folder, text, snapshots);
    (said[0]["status"].as_str().unwrap_or_default().to_owned(), plain.status.code())
}

#[test]
fn what_is_used_or_void_is_known_by_files_alone() {
    let folder = folder_with_stewards();
    let texts = some_of_each(&folder);
    wait_for_the_next_second();
    let made = folder.ok(&["status", "export", "--out", "full.cbor"]);
    assert_eq!((&made["not_live"], &made["since"]), (&3.into(), &Value::Null), "{made}");
    for (text, is, ends) in [
        (&texts[0], "live", 0),
        (&texts[1], "redeemed in part", 0),
        (&texts[2], "redeemed", 1),
        (&texts[3], "void", 1),
    ] {
        assert_eq!(status(&folder, text, &["full.cbor"]), (is.to_owned(), Some(ends)));
    }
    let (said, plain) = verify(&folder, &texts[3], &["full.cbor"]);
    assert_eq!(said[0]["status_as_of"], made["at"], "{said}");
    let plain = String::from_utf8(plain.stdout).expect("text");
    let at = made["at"].as_str().expect("a time");
    assert!(plain.starts_with(&format!("GENUINE, but VOID as of {at}")), "{plain}");
    assert!(plain.contains("statuses as of"), "{plain}");
    // Without one it is said that nobody looked.
    let (said, plain) = verify(&folder, &texts[3], &[]);
    assert_eq!((&said[0]["status"], plain.status.code()), (&Value::Null, Some(0)));
    assert!(String::from_utf8_lossy(&plain.stdout).contains("became void wasn't looked for"));

    // What came after it, it doesn't know; what has changed since brings it up to date.
    let fifth = folder.ok(&["verify", &texts[4]])[0]["serial"].as_str().expect("a serial").to_owned();
    folder.ok(&["void", &fifth]);
    let newer = folder.issued("newer").remove(0);
    wait_for_the_next_second();
    let since = ["status", "export", "--since", "full.cbor", "--out", "since.cbor"];
    assert_eq!(folder.ok(&since)["since"], made["at"]);
    assert_eq!(status(&folder, &texts[4], &["full.cbor"]), ("live".to_owned(), Some(0)));
    assert_eq!(status(&folder, &newer, &["full.cbor"]), ("unknown".to_owned(), Some(2)));
    assert_eq!(status(&folder, &texts[4], &["full.cbor", "since.cbor"]), ("void".to_owned(), Some(1)));
    assert_eq!(status(&folder, &newer, &["full.cbor", "since.cbor"]), ("live".to_owned(), Some(0)));
    for (files, says) in [
        (&["since.cbor"][..], "is a delta; give the full one"),
        (&["full.cbor", "since.cbor", "since.cbor"], "doesn't build on the status snapshot made"),
        (&["full.cbor", "full.cbor"], "is a full one, not a delta"),
        (&["data/bundle.cbor"], "part 4 is missing or wrong"),
    ] {
        let (_, plain) = verify(&folder, &texts[0], files);
        assert_eq!(plain.status.code(), Some(2));
        let said = String::from_utf8_lossy(&plain.stderr).into_owned();
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn the_server_gives_a_snapshot_and_what_has_changed() {
    let folder = folder_with_stewards();
    let texts = some_of_each(&folder);
    wait_for_the_next_second();
    let server = Server::start(&folder, &[]);
    let full = server.get("/v1/status-snapshot", &[]).ok(200);
    folder.file("full.cbor", &full.body);
    assert_eq!(status(&folder, &texts[2], &["full.cbor"]), ("redeemed".to_owned(), Some(1)));
    let tag = full.field("etag").expect("a tag").to_owned();
    server.get("/v1/status-snapshot", &[("If-None-Match", &tag)]).ok(304);
    let path = format!("/v1/status-snapshot?since={}", "0".repeat(64));
    assert_eq!(server.get(&path, &[]).ok(200).body, full.body, "nobody knows that one");
    server.get("/v1/status-snapshot?since=x", &[]).refused(400, "malformed-request");
    server.stop();
}
