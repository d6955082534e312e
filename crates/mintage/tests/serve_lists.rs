//! Lists go on where the page before ended, whatever is added meanwhile.

mod support;

use std::collections::BTreeSet;

use support::Folder;
use support::http::Connection;
use support::served::{Customer, Server, tickets};

#[test]
fn batches_are_listed_page_by_page_from_the_newest() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let mut connection = Connection::to(server.public);
    for number in 0..101 {
        let request = customer.batch(&format!("k{number}"), "", &tickets(1));
        connection.ask("POST", &request.path, &request.fields(), &request.content).ok(201);
    }
    let token = customer.sign_in(&server);
    let (mut sizes, mut seen, mut cursor) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = customer.get(&server, &token, &format!("/batches{cursor}")).ok(200).json();
        let numbers = page["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|one| one["batch"].as_u64().expect("a number"));
        sizes.push(numbers.len());
        seen.extend(numbers);
        customer.batch(&format!("meanwhile-{}", seen.len()), "", &tickets(1)).send(&server).ok(201);
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("?cursor={next}");
    }
    assert_eq!(sizes, [50, 50, 1]);
    assert!(seen.is_sorted_by(|one, next| one > next), "{seen:?}");
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 101);
    let get = |query: &str| customer.get(&server, &token, &format!("/batches{query}"));
    assert_eq!(get("?cursor=1").ok(200).json()["items"].as_array().map(Vec::len), Some(0));
    assert_eq!(
        get("?cursor=18446744073709551615").ok(200).json()["items"].as_array().map(Vec::len),
        Some(50)
    );
    for wrong in ["?cursor=-1", "?cursor=x", "?page=2"] {
        get(wrong).refused(400, "malformed-request");
    }
    for nowhere in ["/batches/0", "/batches/9999", "/batches/18446744073709551615", "/batches/x"] {
        customer.get(&server, &token, nowhere).refused(404, "unknown-batch");
    }
    server.stop();
}
