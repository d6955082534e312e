//! Templates: checked with all their faults, signed by a provider, and obeyed by whatever issues.

mod support;

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use support::Folder;
use support::served::{Customer, Server, tickets};

const HEAD: &str = "name = \"ticket\"\nkind = \"ticket\"\nsymbol = \"qr\"\nredemption = \"whole\"\n";

/// Tickets of 1.00 or 2.00 from account `a` only.
fn document(version: u32) -> String {
    format!(
        "{HEAD}version = {version}\naccounts = [\"a\"]\n[price]\ndenomination = \"EUR/2\"\none_of = [\"1.00\", \"2.00\"]\n"
    )
}

fn sign(folder: &Folder, key: &str, document: &str, out: &str) -> String {
    folder.file("signed.toml", document.as_bytes());
    let (key, passphrase) = (format!("data/{key}.key"), format!("data/secrets/{key}-passphrase"));
    let key = ["sign", "template", &key, "--key-passphrase-file", &passphrase];
    folder.ok(&[&key[..], &["--document", "signed.toml", "--out", out]].concat());
    out.to_owned()
}

#[test]
fn bad_templates_are_refused_with_all_their_faults() {
    let folder = Folder::funded();
    folder.file(
        "bad.toml",
        format!("{HEAD}colour = \"red\"\n[price]\ndenomination = \"EUR\"\nfixed = \"1\"\n").as_bytes(),
    );
    for command in [
        &["template", "check", "bad.toml"][..],
        &[
            "sign",
            "template",
            "nobody.key",
            "--key-passphrase-file",
            "none",
            "--document",
            "bad.toml",
            "--out",
            "x",
        ],
    ] {
        let refused = folder.run(command);
        assert!(!refused.status.success());
        let said: serde_json::Value = serde_json::from_slice(&refused.stderr).expect("JSON");
        let faults = said["faults"]["faults"].as_array().expect("faults").iter();
        let places: Vec<_> = faults.map(|fault| (fault["row"].as_u64(), fault["column"].as_str())).collect();
        let expected = [(1, "version"), (5, "colour"), (7, "price.denomination")];
        assert_eq!(places, expected.map(|(row, column)| (Some(row), Some(column))), "{said}");
    }
    let said = folder.run_plain(&["template", "check", "bad.toml"]);
    let said = String::from_utf8(said.stderr).expect("text");
    assert!(said.contains("row 1, column version: the template is without a version"), "{said}");
    assert!(!Path::new(&folder.path().join("x")).exists());
}

#[test]
fn a_signed_template_is_obeyed_by_command_line_and_server() {
    let folder = Folder::funded();
    let before = folder.issued("before");
    for (template, document) in indicia::Template::all().iter().map(|one| (one, items::shipped_template(one)))
    {
        let shown = folder.run_plain(&["template", "show", template.name]);
        assert_eq!(String::from_utf8_lossy(&shown.stdout), document.expect("a document"));
    }
    let paper = sign(&folder, "provider", &document(2), "ticket.template");
    let installed = folder.ok(&["template", "install", &paper]);
    assert_eq!((&installed["template"], &installed["version"]), (&"ticket".into(), &2.into()));
    let list = folder.ok(&["template", "list"]);
    assert_eq!((&list[0]["version"], &list[0]["by"]), (&2.into(), &"provider provider".into()), "{list}");
    assert_eq!((&list[1]["version"], &list[1]["by"]), (&1.into(), &"shipped".into()));

    // The third ticket is 3.00.
    let state = folder.state();
    folder.refused(
        &folder.issue("items.csv", &[]),
        "item 3 breaks a rule of template ticket, version 2: it is worth 1.00 EUR or 2.00 EUR, not 3.00 EUR",
    );
    assert_eq!(folder.state(), state);
    // What was issued before there was the rule is answered as it was.
    assert_eq!(folder.issued("before"), before);
    folder.file("two.csv", b"kind,amount\nticket,1\nticket,2\ncoupon,3\n");
    folder.ok(&folder.issue("two.csv", &[]));

    let later = sign(&folder, "provider", &document(3).replace("\"1.00\"", "\"1.50\""), "later.template");
    for version in [1, 2] {
        let earlier = sign(&folder, "provider", &document(version), &format!("{version}.template"));
        folder.refused(&["template", "install", &earlier], "only a later one takes its place");
    }
    folder.ok(&["template", "install", &later]);
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let refused = customer.batch("k", "", &tickets(2)).send(&server).refused(422, "template-rule");
    assert!(refused.json()["detail"].as_str().expect("a sentence").contains("item 1 breaks"));
    server.stop();
    folder.audit();
}

/// What a template says of labels is on all that is printed from then on, and `check` says what it makes of it.
#[test]
fn a_signed_template_gives_labels_their_face() {
    let folder = Folder::funded();
    let face = "[label]\nlayout = \"L7163\"\nlanguage = \"de\"\n[text.de]\ntitle = \"Logenkarte\"\n";
    let document = format!("{HEAD}version = 2\n{face}");
    folder.file("own.toml", document.as_bytes());
    let checked = folder.ok(&["template", "check", "own.toml"]);
    assert_eq!((&checked["layout"], &checked["language"]), (&"a4-14".into(), &"de".into()));
    assert_eq!(checked["languages"], serde_json::json!(["en", "de", "es", "fr", "it"]));
    let printed = |more: &[&str]| {
        let issue = ["--idempotency-key", "k", "--out", "labels.pdf"];
        folder.ok(&folder.issue("items.csv", &[&issue[..], more].concat()));
        std::fs::read(folder.path().join("labels.pdf")).expect("a file")
    };
    let (shipped, on_its_layout) = (printed(&[]), printed(&["--layout", "a4-14", "--language", "de"]));
    let paper = sign(&folder, "provider", &document, "ticket.template");
    folder.ok(&["template", "install", &paper]);
    let own = printed(&[]);
    assert!(own != shipped && own != on_its_layout, "another title");
    assert!(own == printed(&["--layout", "a4-14", "--language", "de"]), "its layout and its language");
    assert!(
        printed(&["--layout", "a4-24", "--language", "en"]) == shipped,
        "what it doesn't say is as it was"
    );
    let drawn = folder.path().join("labels.pdf");
    printed(&[]);
    if std::env::var_os("MINTAGE_PEER_PDFTOPPM").is_some() {
        let read = std::process::Command::new("pdftotext").arg(&drawn).arg("-").output().expect("poppler");
        let text = String::from_utf8_lossy(&read.stdout).into_owned();
        assert_eq!(text.matches("Logenkarte").count(), 3, "{text}");
    }
    // What the font can't draw is no text of a label.
    folder.file("japanese.toml", format!("{HEAD}version = 3\n[text.de]\ntitle = \"切符\"\n").as_bytes());
    let said = folder.run_plain(&["template", "check", "japanese.toml"]);
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(
        said.contains("row 7, column text.de.title") && said.contains("the labels' font doesn't draw"),
        "{said}"
    );
}

/// A ticket's times of entering are typed and printed as clocks at its door show them.
#[test]
fn a_signed_template_says_as_whose_clocks_times_are() {
    let folder = Folder::funded();
    let preview = || {
        let server = Server::start(&folder, &[]);
        let cookie = Customer::of(&folder, "a").cookie(&server);
        let form = [("Content-Type", "application/x-www-form-urlencoded"), ("Cookie", &cookie)];
        let fields = b"template=ticket&amount=5&enter_from=2027-07-01T20:30&enter_until=2027-07-01T22:00";
        let shown = server.post("/accounts/a/issue/preview", &form, fields).ok(200);
        let wrong = b"template=ticket&amount=5&enter_from=half+past+eight";
        let fault = server.post("/accounts/a/issue/preview", &form, wrong).ok(200);
        assert!(String::from_utf8_lossy(&fault.body).contains("data-fault=\"enter_from\""));
        let page = server.get("/accounts/a/issue", &[("Cookie", &cookie)]).ok(200);
        server.stop();
        let text = |body: Vec<u8>| String::from_utf8(body).expect("text").replace('\u{202f}', " ");
        (text(shown.body), text(page.body))
    };
    let (shown, page) = preview();
    assert!(shown.contains("Enter Jul 1, 2027, 8:30 PM – 10:00 PM UTC"), "{shown}");
    assert!(page.contains("id=\"enter_from-hint\">Time zone: UTC<"), "{page}");
    let document = format!("{HEAD}version = 2\n[label]\ntime_zone = \"Europe/Paris\"\n");
    folder.file("own.toml", document.as_bytes());
    assert_eq!(folder.ok(&["template", "check", "own.toml"])["time_zone"], "Europe/Paris");
    folder.ok(&["template", "install", &sign(&folder, "provider", &document, "ticket.template")]);
    let (shown, page) = preview();
    assert!(shown.contains("Enter Jul 1, 2027, 8:30 PM – 10:00 PM<"), "{shown}");
    assert!(page.contains("id=\"enter_from-hint\">Time zone: Europe/Paris<"), "{page}");
    // It is the same moment that is signed, whoever reads it.
    let items = items::read_items(
        b"{\"template\":\"ticket\",\"amount\":\"5\",\"enter_from\":\"2027-07-01T18:30:00Z\",\"enter_until\":\"2027-07-01T20:00:00Z\"}\n",
        items::Format::Jsonl,
        "EUR/2".parse().expect("a denomination"),
    );
    let items = items.unwrap_or_else(|faults| panic!("{faults}"));
    let encoded = indicia::ItemList::encode(
        indicia::ProofForm::Signature,
        "EUR/2".parse().expect("a denomination"),
        &items,
    );
    assert!(shown.contains(&STANDARD.encode(encoded)), "{shown}");
}

#[test]
fn only_a_providers_signature_counts() {
    let folder = Folder::funded();
    let by_officer = sign(&folder, "officer-1", &document(2), "officer.template");
    folder.refused(&["template", "install", &by_officer], "signature 1 isn't by another member of the staff");
    let stranger = Folder::funded();
    let theirs = sign(&stranger, "provider", &document(2), "theirs.template");
    let theirs = stranger.path().join(theirs).display().to_string();
    folder.refused(&["template", "install", &theirs], "signature 1 isn't by another member of the staff");
    folder.file("plain.template", document(2).as_bytes());
    folder.refused(&["template", "install", "plain.template"], "can't be used as a template");

    // Nor does one count that was put there by hand: nothing is issued until it is gone.
    std::fs::create_dir_all(folder.data().join("templates")).expect("a folder");
    let place = folder.data().join("templates/ticket.template");
    std::fs::copy(&theirs, &place).expect("a copy");
    folder.refused(&folder.issue("items.csv", &[]), "templates/ticket.template can't be used as a template");
    std::fs::remove_file(&place).expect("it is there");
    let paper = sign(&folder, "provider", &document(2), "ours.template");
    std::fs::copy(folder.path().join(paper), folder.data().join("templates/coupon.template"))
        .expect("a copy");
    folder.refused(&folder.issue("items.csv", &[]), "coupon.template is of template ticket");
}
