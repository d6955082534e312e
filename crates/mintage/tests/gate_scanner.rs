//! A scanner at a gate: it asks the gate as it would ask the server, and goes on without either.

mod support;

use serde_json::Value;
use support::browser::Browser;
use support::gates::{folder, kill, start, start_at, wait_until};
use support::scanner::{is_installed, scan, set_up};
use support::served::{Customer, Server, texts, tickets};
use support::stewards::{GIL, hex, redemptions, steward_token};

#[test]
fn a_scanner_goes_on_without_the_server_and_without_its_gate_and_all_is_one_use() {
    let folder = folder(&["stadium"]);
    let server = Server::start(&folder, &[]);
    let batch = Customer::of(&folder, "a").batch("k", "", &tickets(3)).send(&server).ok(201).json();
    let texts = texts(&batch);
    let serials: Vec<String> = texts
        .iter()
        .map(|text| folder.ok(&["verify", text])[0]["serial"].as_str().expect("a serial").to_owned())
        .collect();
    let gate = start(&folder, server.public, "stadium");
    let Some(browser) = Browser::start(gate.public) else { return };
    let gil = steward_token(&gate, &GIL);
    set_up(&browser, &hex(&GIL), "redeem");
    is_installed(&browser);
    let (address, here) = (server.public, gate.public);

    let (colour, said) = scan(&browser, texts[0]);
    assert!(colour == "good" && !said.contains("Redeemed here"), "{said}");
    let [made] = &redemptions(&gate, &gil, &serials[0])[..] else { panic!("one use") };
    assert_eq!(
        (made["gate"].as_str(), made["by"].as_str()),
        (Some("stadium: North 3 (gil)"), Some("stadium"))
    );

    // The gate decides alone.
    kill(server);
    let (colour, said) = scan(&browser, texts[1]);
    assert!(colour == "good" && !said.contains("Redeemed here"), "{said}");
    let (colour, said) = scan(&browser, texts[1]);
    assert!(colour == "bad", "{said}");
    // What a gate can't tell, its scanner doesn't tell either.
    scan(&browser, &serials[2]);
    browser.run("document.querySelector('.outcome .acts button').click()", &[]);
    browser.wait("return document.querySelector('.outcome').innerText.includes(\"server can't be reached\")");
    assert_eq!(browser.run("return document.querySelector('.outcome').dataset.colour", &[]), "wait");

    // The scanner decides alone.
    kill(gate);
    let (colour, said) = scan(&browser, texts[2]);
    assert!(colour == "good" && said.contains("Redeemed here"), "{said}");

    let gate = start_at(&folder, here, address, "stadium");
    browser.wait("return document.querySelector('#network').textContent === 'Online'");
    browser.wait("return document.querySelector('#waiting').hidden");
    let server = Server::start_at(&folder, address);
    wait_until(&gate, true);
    let gil = steward_token(&gate, &GIL);
    for serial in &serials {
        let [made] = &redemptions(&gate, &gil, serial)[..] else { panic!("one use of {serial}") };
        assert_eq!(
            (made["gate"].as_str(), made["by"].as_str()),
            (Some("stadium: North 3 (gil)"), Some("stadium"))
        );
        assert_eq!(made["excess"], Value::Null);
    }
    browser.complaints(); // of those that weren't there
    drop(browser);
    gate.stop();
    server.stop();
    folder.audit();
}
