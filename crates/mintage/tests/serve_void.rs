//! Indicia that become void over HTTP, by an order that a provider signed where his key is.

mod support;

use serde_json::Value;
use support::Folder;
use support::http::Answer;
use support::served::{Customer, Server, texts, tickets};

/// An order for the first account, signed with the folder's provider key.
fn void(folder: &Folder, number: u64, amount: &str, serials: &[&str]) -> Vec<u8> {
    let file = format!("void-{number}-{}.order", serials.len());
    let number = number.to_string();
    let mut arguments = vec!["sign", "void", "data/provider.key"];
    arguments.extend(["--key-passphrase-file", "data/secrets/provider-passphrase"]);
    arguments.extend(["--device", "1", "--order", &number, "--currency", "EUR/2", "--amount", amount]);
    serials.iter().for_each(|serial| arguments.extend(["--serial", serial]));
    arguments.extend(["--reason", "misprint", "--out", &file]);
    folder.ok(&arguments);
    let path = folder.path().join(&file);
    let order = std::fs::read(&path).expect("an order");
    std::fs::remove_file(path).expect("it was there");
    order
}

fn send(server: &Server, key: &str, order: &[u8]) -> Answer {
    let key = format!("\"{key}\"");
    let fields = [("Content-Type", "application/cose"), ("Idempotency-Key", key.as_str())];
    server.post("/v1/accounts/a/orders", &fields, order)
}

fn status(server: &Server, text: &str) -> Value {
    let text_plain = [("Content-Type", "text/plain")];
    let found = server.post("/v1/verifications", &text_plain, text.as_bytes()).ok(200).json();
    assert_eq!(found["found"][0]["verdict"], "genuine", "{found}");
    found["found"][0]["status"].clone()
}

#[test]
fn what_an_order_makes_void_is_void_everywhere() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let batch = customer.batch("k", "", &tickets(3)).send(&server).ok(201).json();
    let texts = texts(&batch);
    let (first, last) =
        (batch["first_serial"].as_str().expect("one"), batch["last_serial"].as_str().expect("one"));
    let order = void(&folder, 2, "2.00", &[first, last]);
    let ordered = send(&server, "misprint", &order).ok(201).json();
    // As good as if the first answer had been lost.
    assert_eq!(send(&server, "misprint", &order).ok(201).json(), ordered);
    assert_eq!(
        send(&server, "misprint", &void(&folder, 3, "2.00", &[first, last])).ok(201).json(),
        ordered,
        "signed anew, with the next number"
    );

    let found = texts.iter().map(|text| status(&server, text));
    assert!(found.eq(["void", "live", "void"].map(Value::from)));
    let page = [("Content-Type", "text/plain")];
    let said = server.post("/verify/findings", &page, texts[0].as_bytes()).ok(200).body;
    assert!(String::from_utf8_lossy(&said).contains("Genuine, but void"));
    let token = customer.sign_in(&server);
    let account = customer.get(&server, &token, "").ok(200).json();
    assert_eq!(
        (&account["ascending"], &account["voided"], &account["descending"]),
        (&"3.00".into(), &"2.00".into(), &"999.00".into())
    );
    let listed =
        customer.get(&server, &token, &format!("/batches/{}/indicia", batch["batch"])).ok(200).json();
    let statuses = listed["items"].as_array().expect("items").iter().map(|one| &one["status"]);
    assert!(statuses.eq(["void", "live", "void"].map(Value::from).iter()), "{listed}");
    let one = customer.get(&server, &token, &format!("/indicia/{first}")).ok(200).json();
    assert_eq!(one["status"], "void");
    let events = customer.get(&server, &token, "/events").ok(200).json();
    let voided: Vec<_> =
        events["items"].as_array().expect("items").iter().filter(|one| one["kind"] == "voided").collect();
    assert_eq!(voided.len(), 1);
    let detail = voided[0]["detail"].as_str().expect("a sentence");
    assert_eq!(detail, "2 indicia became void, and 2.00 EUR came back (misprint): serial numbers 1, 3");
    server.stop();
    folder.audit();
}

#[test]
fn what_an_order_cannot_make_void_is_named() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let batch = Customer::of(&folder, "a").batch("k", "", &tickets(3)).send(&server).ok(201).json();
    let (first, last) =
        (batch["first_serial"].as_str().expect("one"), batch["last_serial"].as_str().expect("one"));
    send(&server, "one", &void(&folder, 2, "1.00", &[first])).ok(201);

    let never = indicia::Serial::new(indicia::DeviceId(1), 4).expect("a serial").to_string();
    for (key, amount, serials, says) in [
        ("again", "2.00", &[last, first][..], format!("{first} is void already")),
        ("never", "2.00", &[last, &never], format!("{never} was never issued")),
        ("much", "1.01", &[last], "1.00 EUR is left, not 1.01 EUR".to_owned()),
    ] {
        let refused = send(&server, key, &void(&folder, 3, amount, serials)).refused(409, "not-voidable");
        let problem = refused.json();
        assert!(problem["detail"].as_str().expect("a sentence").contains(&says), "{problem}");
    }
    // What only looks like an order doesn't come as far as the books.
    let mut forged = void(&folder, 3, "1.00", &[last]);
    let end = forged.len() - 1;
    forged[end] ^= 1;
    send(&server, "forged", &forged).refused(403, "order-refused");
    server.stop();
    let shown = folder.ok(&["account", "show", "a"]);
    assert_eq!((&shown["voided"], &shown["descending"]), (&"1.00".into(), &"998.00".into()));
    folder.audit();
}
