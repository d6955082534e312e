//! The server as its customers meet it.

mod support;

use std::process::Command;

use asker::{ContentDigest, Errand};
use support::Folder;
use support::served::{Customer, Server, opening, provider, tickets};

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

#[test]
fn a_batch_is_read_as_a_page_in_a_stream_and_on_paper() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    customer.batch("before", "", &tickets(1)).send(&server).ok(201);
    let batch = customer.batch("many", "", &tickets(30)).send(&server).ok(201).json();
    let texts: Vec<&str> = batch["indicia"]
        .as_array()
        .expect("indicia")
        .iter()
        .map(|text| text.as_str().expect("text"))
        .collect();
    let token = customer.sign_in(&server);
    let place = format!("/batches/{}/indicia", batch["batch"]);
    let get = |path: &str, accept: &str| {
        let path = format!("/v1/accounts/a{path}");
        server.get(&path, &[("Authorization", &token), ("Accept", accept)]).ok(200)
    };
    let lines = get(&place, "application/x-ndjson");
    let lines: Vec<serde_json::Value> = lines
        .body
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).expect("JSON"))
        .collect();
    assert_eq!(lines.iter().map(|line| line["text"].as_str().expect("text")).collect::<Vec<_>>(), texts);
    assert_eq!(lines[0]["serial"], batch["first_serial"]);

    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = get(&format!("{place}?limit=7{cursor}"), "*/*").json();
        paged.extend(page["items"].as_array().expect("items").clone());
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, lines);

    let serial = batch["last_serial"].as_str().expect("a serial");
    let shown = get(&format!("/indicia/{serial}"), "*/*").json();
    assert_eq!((&shown["text"], &shown["status"]), (&lines[29]["text"], &"live".into()));
    let bytes = get(&format!("/indicia/{serial}"), "application/cbor").body;
    let sequence = get(&place, "application/cbor-seq").body;
    assert!(sequence.ends_with(&bytes) && sequence.len() > 29 * bytes.len() / 2);

    let verify = |kind: &str, content: &[u8]| {
        server.post("/v1/verifications", &[("Content-Type", kind)], content).ok(200).json()["found"].clone()
    };
    let pdf = get(&format!("/batches/{}/labels.pdf", batch["batch"]), "*/*").body;
    let found = verify("application/pdf", &pdf);
    assert_eq!(found.as_array().expect("findings").len(), 30);
    let png = get(&format!("/indicia/{serial}/symbol.png"), "*/*").body;
    for found in [
        verify("image/png", &png),
        verify("text/plain", texts[29].as_bytes()),
        verify("application/cbor", &bytes),
    ] {
        assert_eq!(
            (&found[0]["verdict"], &found[0]["status"]),
            (&"genuine".into(), &"live".into()),
            "{found}"
        );
        assert_eq!(found[0]["serial"], serial);
    }
    assert_eq!(verify("text/plain", b"VBI:FORGED")[0]["verdict"], "not genuine");

    let list = get("/batches", "*/*").json();
    let keys: Vec<_> =
        list["items"].as_array().expect("items").iter().map(|one| &one["idempotency_key"]).collect();
    assert_eq!(keys, ["many", "before"], "orders aren't batches");
    assert_eq!(get("/batches?idempotency_key=before", "*/*").json()["items"][0]["count"], 1);
    let events = get(&format!("/batches/{}/events", batch["batch"]), "text/event-stream").body;
    assert!(String::from_utf8_lossy(&events).starts_with("event: batch\ndata: {"));
    server.stop();
}

#[test]
fn only_whoever_signed_in_reads_and_only_that_account() {
    let folder = Folder::funded();
    folder.ok(&["account", "create", "b", "--currency", "EUR/2"]);
    let server = Server::start(&folder, &[]);
    let (a, b) = (Customer::of(&folder, "a"), Customer::of(&folder, "b"));
    let token = a.sign_in(&server);
    for path in
        ["", "/batches", "/batches/1", "/batches/1/indicia", "/batches/1/labels.pdf", "/batches/1/events"]
            .into_iter()
            .chain(["/reservations", "/indicia/1", "/indicia/1/symbol.png"])
    {
        server.get(&format!("/v1/accounts/a{path}"), &[]).refused(401, "sign-in-required");
        server
            .get(&format!("/v1/accounts/a{path}"), &[("Authorization", "Bearer x")])
            .refused(401, "sign-in-required");
        b.get(&server, &token, path).refused(403, "not-allowed");
    }
    let sign_in = a.errand(Errand::SignIn, "again");
    sign_in.send(&server).ok(201);
    sign_in.send(&server).refused(401, "not-proven");
    let out = support::http::ask(
        server.public,
        "DELETE",
        "/v1/accounts/a/sessions",
        &[("Authorization", &token)],
        b"",
    );
    out.ok(204);
    a.get(&server, &token, "").refused(401, "sign-in-required");
    server.stop();
}

#[test]
fn the_operator_makes_an_account_and_the_provider_funds_it() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let secret = asker::Secret::ed25519(&[5; 32]);
    let provider = provider(&folder);
    let private = |method, path: &str, fields: &[(&str, &str)], body: &[u8]| {
        support::http::ask(server.private, method, path, fields, body)
    };
    let next =
        private("GET", "/openings/next", &[], b"").ok(200).json()["number"].as_u64().expect("a number");
    let number = u32::try_from(next).expect("a number");
    let opening = |number, by: &module::signing::SigningKey| opening(number, "new", &secret, by);
    let cose = [("Content-Type", "application/cose")];
    let create = |opening: &[u8]| private("POST", "/openings", &cose, opening);
    let stranger = module::signing::SigningKey::from_secret(indicia::Algorithm::EdDsa, &[9; 32]);
    create(&opening(number, &stranger.expect("a key"))).refused(409, "opening-refused");
    create(&opening(number + 1, provider.signing())).refused(409, "opening-refused");
    private("POST", "/openings", &[], &opening(number, provider.signing()))
        .refused(415, "unsupported-media-type");
    let made = create(&opening(number, provider.signing())).ok(201).json();
    assert_eq!((&made["state"], &made["next_order"]), (&"new".into(), &1.into()), "{made}");
    create(&opening(number, provider.signing())).refused(409, "account-exists");
    let customer = Customer { account: "new".into(), secret };
    customer.batch("k", "", &tickets(1)).send(&server).refused(422, "insufficient-funds");

    let order = |number| module::order::Order {
        device: indicia::DeviceId(
            u32::try_from(made["device"].as_u64().expect("a number")).expect("a device"),
        ),
        number,
        action: module::order::OrderAction::Fund(
            indicia::Amount::parse("20.00", "EUR/2".parse().expect("a denomination")).expect("an amount"),
        ),
        at: indicia::UnixTime(support::served::now()),
        reason: "transfer 1".into(),
    };
    let fields = [("Idempotency-Key", "\"o1\""), ("Content-Type", "application/cose")];
    let send = |order: &[u8]| server.post("/v1/accounts/new/orders", &fields, order);
    let signed = order(1).sign(provider.signing());
    let mut forged = signed.clone();
    *forged.last_mut().expect("a signature") ^= 1;
    send(&forged).refused(403, "order-refused");
    let done = send(&signed).ok(201).json();
    assert_eq!(send(&signed).ok(201).json(), done, "again the same");
    customer.batch("k2", "", &tickets(1)).send(&server).ok(201);
    let shown = support::http::ask(server.private, "GET", "/accounts/new", &[], b"").ok(200).json();
    assert_eq!((&shown["descending"], &shown["next_order"]), (&"19.00".into(), &2.into()));
    assert_eq!(shown["users"][0]["keys"][0], customer.secret.credential().key_id().to_string());
    let all = support::http::ask(server.private, "GET", "/accounts", &[], b"").ok(200).json();
    assert_eq!(all.as_array().expect("accounts").len(), 2);

    for path in ["/healthz", "/readyz"] {
        support::http::ask(server.private, "GET", path, &[], b"").ok(200);
        server.get(path, &[]).refused(404, "not-found");
    }
    let metrics = support::http::ask(server.private, "GET", "/metrics", &[], b"").ok(200).body;
    let metrics = String::from_utf8(metrics).expect("text");
    for line in [
        "mintage_indicia_issued_total 1",
        r#"mintage_problems_total{problem="order-refused"} 1"#,
        r#"mintage_http_requests_total{route="/v1/accounts/{account}/batches",status="201"} 1"#,
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    server.stop();
    folder.audit();
}

/// The API guide's program, as it stands there.
#[test]
fn the_guides_program_issues_and_signs_in() {
    let Some(python) = std::env::var_os("MINTAGE_PEER_PYTHON") else {
        println!("left out: needs MINTAGE_PEER_PYTHON, which `cargo xtask test` sets up");
        return;
    };
    let guide = include_str!("../../../docs/api.md");
    let (_, rest) = guide.split_once("```python\n").expect("a program");
    let (program, _) = rest.split_once("```").expect("its end");
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let here = format!("http://{}", server.public);
    assert!(program.contains("http://127.0.0.1:8744"));
    let program = program.replace("http://127.0.0.1:8744", &here);
    let mut command = Command::new(python);
    command.arg("-c").arg(program).arg("a").arg(folder.path().join("data/secrets/asker-a+owner"));
    let output = command.output().expect("Python");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let (issued, account) = said.split_once('\n').expect("two parts");
    assert!(issued.starts_with("2 tickets, the first is VBI:"), "{said}");
    let account: serde_json::Value = serde_json::from_str(account).expect("JSON");
    assert_eq!((&account["unreserved"], &account["reserved"]), (&"996.50".into(), &"0.00".into()), "{said}");
    server.stop();
    folder.audit();
}
