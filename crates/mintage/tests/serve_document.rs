//! The API's document, `/openapi.json`: held to what there is, and to what another program makes of it.

mod support;

use std::process::Command;

use support::Folder;
use support::http::ask;
use support::served::{Customer, Server, tickets};

/// The document and the routes, both ways: each operation is there, and no other method of its path is.
#[test]
fn the_document_says_what_there_is() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let document = server.get("/openapi.json", &[]).ok(200).json();
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().expect("paths");
    assert!(paths.len() >= 17, "{paths:?}");
    for (path, operations) in paths {
        let place = path.replace("{account}", "a").replace("{problem}", "closed").replace(['{', '}'], "");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let answer = ask(server.public, method, &place, &[], b"");
            if operations.get(method.to_lowercase()).is_none() {
                answer.refused(405, "method-not-allowed");
                continue;
            }
            let is_missing = answer.status == 405
                || (answer.status == 404 && answer.json()["type"] == "/problems/not-found");
            assert!(!is_missing, "{method} {path}");
        }
    }
    server.stop();
}

/// Another program's idea of bad requests, made from the document.
#[test]
fn no_request_that_schemathesis_makes_finds_the_server_unprepared() {
    let Some(python) = std::env::var_os("MINTAGE_PEER_PYTHON") else {
        println!("left out: needs MINTAGE_PEER_PYTHON, which `cargo xtask test` sets up");
        return;
    };
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let batch = customer.batch("k", "", &tickets(3)).send(&server).ok(201).json();
    let token = customer.sign_in(&server);
    // What is there, so that not all that is made fails for its path.
    let parameters = format!(
        "[parameters]\n\"path.account\" = \"a\"\n\"path.batch\" = {}\n\"path.serial\" = {}\n\
         \"path.problem\" = \"closed\"\n",
        batch["batch"], batch["first_serial"]
    );
    folder.file("schemathesis.toml", parameters.as_bytes());
    let document = format!("http://{}/openapi.json", server.public);
    let checks =
        "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
    let output = Command::new(python)
        .args(["-m", "schemathesis.cli", "run", &document, "--checks", checks, "--seed", "1"])
        .args(["--max-examples", "12", "--phases", "examples,coverage,fuzzing", "--no-color"])
        // Signing out would end what the others need.
        .args(["--exclude-method", "DELETE", "--header", &format!("Authorization: {token}")])
        .args(["--generation-database", "none"])
        .env("PYTHONPATH", concat!(env!("CARGO_MANIFEST_DIR"), "/../../peers"))
        .env("SCHEMATHESIS_HOOKS", "schemathesis_hooks")
        .current_dir(folder.path())
        .output()
        .expect("schemathesis");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    server.stop();
    folder.audit();
}
