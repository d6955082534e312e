//! Indicia that become void on the command line, and what everybody is told of them from then on.

mod support;

use support::Folder;

/// One digit of the number is another: the check digits don't fit any more.
fn mistyped(serial: &str) -> String {
    let (start, end) = serial.split_at(serial.len() - 4);
    let other = if end.starts_with('7') { "8" } else { "7" };
    format!("{start}{other}{}", &end[1..])
}

#[test]
fn what_becomes_void_comes_back_and_is_no_good_any_more() {
    let folder = Folder::funded();
    let texts = folder.issued("one");
    let serials = folder.serials("one");
    let run = format!("{}..{}", serials[1], serials[2]);
    let said = folder.ok(&["void", &run, "--reason", "the printer's ink ran out"]);
    assert_eq!(
        (&said["account"], &said["count"], &said["amount"], &said["descending"]),
        (&"a".into(), &2.into(), &"5.00".into(), &"999.00".into())
    );
    let shown = folder.ok(&["account", "show", "a"]);
    assert_eq!(
        (&shown["ascending"], &shown["voided"], &shown["control_total"]),
        (&"6.00".into(), &"5.00".into(), &"1000.00".into())
    );
    let shown = folder.ok(&["show", &serials[1]]);
    let status = shown["status"].as_str().expect("a status");
    assert!(status.starts_with("void since ") && status.ends_with(": the printer's ink ran out"), "{status}");

    assert_eq!(folder.ok(&["verify", &texts[0]])[0]["status"], "live");
    let verified = folder.run(&["verify", &texts[1]]);
    let found: serde_json::Value = serde_json::from_slice(&verified.stdout).expect("JSON");
    assert_eq!((&found[0]["verdict"], &found[0]["status"]), (&"genuine".into(), &"void".into()));
    assert_eq!(verified.status.code(), Some(1), "it isn't to be taken");
    let verified = folder.run_plain(&["verify", &texts[1]]);
    assert!(verified.stdout.starts_with(b"GENUINE, but VOID"));
    // Who has the bundle alone can't know.
    let verified = folder.run(&["verify", &texts[1], "--bundle", "data/bundle.cbor"]);
    let found: serde_json::Value = serde_json::from_slice(&verified.stdout).expect("JSON");
    assert_eq!((&found[0]["status"], verified.status.code()), (&serde_json::Value::Null, Some(0)));

    let report = folder.ok(&["audit"]);
    assert_eq!((&report["clean"], &report["indicia"], &report["void"]), (&true.into(), &3.into(), &2.into()));
}

#[test]
fn what_cannot_become_void_is_named_and_nothing_changes() {
    let folder = Folder::funded();
    folder.ok(&["account", "create", "b", "--currency", "EUR/2", "--fund", "10.00"]);
    let serials = folder.serials("one");
    folder.ok(&["void", &serials[0]]);
    let before = folder.state();
    let other = {
        let report = folder.ok(&["issue", "--account", "b", "--items", "items.csv"]);
        let text = report["indicia"][0].as_str().expect("a text").to_owned();
        folder.ok(&["verify", &text])[0]["serial"].as_str().expect("a serial").to_owned()
    };
    let never = indicia::Serial::new(indicia::DeviceId(1), 4).expect("a serial").to_string();
    let nobodys = indicia::Serial::new(indicia::DeviceId(9), 1).expect("a serial").to_string();
    for (named, says) in [
        (&[&serials[1], &serials[0]][..], format!("{} is void already; nothing has become void", serials[0])),
        (&[&serials[1], &never], format!("{never} was never issued; nothing has become void")),
        (&[&serials[1], &other], format!("{other} isn't of the same account as the first")),
        (&[&nobodys], "no account's serials begin with 0000000009".to_owned()),
        (&[&serials[1], &serials[1]], "names serial number 2 twice".to_owned()),
        (&[&mistyped(&serials[1])], "is no serial".to_owned()),
    ] {
        let arguments: Vec<&str> =
            ["void"].into_iter().chain(named.iter().map(|serial| serial.as_str())).collect();
        folder.refused(&arguments, &says);
    }
    let [account, _] = folder.state();
    assert_eq!(account, before[0]);
    folder.audit();
}
