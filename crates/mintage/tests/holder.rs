//! Who an indicium is made out to is checked by the salted digest in it alone: from the command line and over HTTP.

mod support;

use serde_json::{Value, json};
use support::Folder;
use support::served::Server;

const ZOE: &str = "Zoë Müller";

/// A ticket that is made out to somebody, and one that isn't.
fn issued(folder: &Folder) -> [String; 2] {
    folder.file("held.csv", format!("kind,amount,holder\nticket,1,{ZOE}\nticket,2,\n").as_bytes());
    let report = folder.ok(&folder.issue("held.csv", &["--idempotency-key", "k"]));
    [0, 1].map(|place| report["indicia"][place].as_str().expect("a text").to_owned())
}

#[test]
fn a_holder_is_compared_with_the_digest_without_the_books() {
    let folder = Folder::funded();
    let [held, bearer] = issued(&folder);
    folder.ok(&["bundle", "export", "--out", "bundle.cose"]);
    let verify = |text: &str, holder: &[&str]| {
        let alone = ["verify", text, "--bundle", "bundle.cose", "--dir", "nowhere"];
        let output = folder.run(&[&alone[..], holder].concat());
        let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        (output.status.code(), said[0]["holder"].as_str().map(str::to_owned), said[0]["verdict"].clone())
    };
    let genuine = |code, holder: Option<&str>| (Some(code), holder.map(str::to_owned), json!("genuine"));
    assert_eq!(verify(&held, &[]), genuine(0, None));
    assert_eq!(verify(&held, &["--holder", ZOE]), genuine(0, Some("matches")));
    for other in ["Zoe Müller", "zoë müller", "Zoë Müller ", "", "-Zoë Müller"] {
        assert_eq!(verify(&held, &["--holder", other]), genuine(1, Some("differs")), "{other:?}");
    }
    assert_eq!(verify(&bearer, &["--holder", ZOE]), genuine(1, Some("made out to nobody")));
    // Of what isn't genuine nothing is said.
    let place = held.len() / 2;
    let other = if held.as_bytes()[place] == b'7' { "8" } else { "7" };
    let altered = format!("{}{other}{}", &held[..place], &held[place + 1..]);
    assert_eq!(verify(&altered, &["--holder", ZOE]), (Some(1), None, json!("not genuine")));

    let said = folder.run_plain(&["verify", &held, "--holder", "Zoe"]);
    assert!(String::from_utf8_lossy(&said.stdout).trim_end().ends_with("; holder: differs"), "{said:?}");
}

#[test]
fn a_holder_is_compared_over_http() {
    let folder = Folder::funded();
    let [held, bearer] = issued(&folder);
    let server = Server::start(&folder, &[]);
    let post = |what: &Value| {
        let kind = [("Content-Type", "application/json")];
        server.post("/v1/verifications", &kind, what.to_string().as_bytes())
    };
    for (text, holder, says) in [
        (&held, Some(ZOE), Some("matches")),
        (&held, Some("Zoe Müller"), Some("differs")),
        (&held, None, None),
        (&bearer, Some(ZOE), Some("made out to nobody")),
    ] {
        let answer = post(&json!({ "indicium": text, "holder": holder })).ok(200).json();
        let found = &answer["found"][0];
        assert_eq!((&found["verdict"], &found["status"]), (&"genuine".into(), &"live".into()), "{found}");
        assert_eq!(found.get("holder").and_then(Value::as_str), says, "{found}");
    }
    let answer = post(&json!({ "indicium": "VBI:", "holder": ZOE })).ok(200).json();
    assert!(answer["found"][0].get("holder").is_none(), "{answer}");
    for malformed in [json!({}), json!({ "indicium": held, "name": ZOE }), json!([])] {
        post(&malformed).refused(400, "malformed-request");
    }
    server.stop();
}
