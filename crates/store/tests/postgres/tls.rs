//! A server that is reached by TLS, known by its certificate or not at all.
//!
//! Whom to trust is said by the environment, so that each case is a process of its own.

use std::path::Path;
use std::process::Command;

use scratch_postgres::Server;
use store::Commit;

use crate::place;
use crate::suite::{A, account};

const URL: &str = "STORE_TLS_TEST_URL";

/// The process that connects. It does nothing unless it is told where.
#[test]
fn makes_a_store_where_it_is_told() {
    let Ok(url) = std::env::var(URL) else { return };
    match place(&url).create() {
        Ok(mut store) => {
            store.commit(&Commit { accounts: vec![account(A)], ..Commit::default() }).unwrap();
            println!("made");
        }
        Err(error) => println!("refused: {error}"),
    }
}

fn said(url: &str, authority: &Path) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tls::makes_a_store_where_it_is_told", "--nocapture"])
        .env(URL, url)
        .env("SSL_CERT_FILE", authority)
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_server_is_known_by_its_certificate() {
    let Some(server) = Server::start_with_tls() else { return };
    let Some(other) = Server::start_with_tls() else { return };
    let database = server.create_database();
    let stranger = said(&server.tls_url("localhost", &database), &other.authority());
    assert!(stranger.contains("refused: ") && stranger.contains("certificate"), "{stranger}");
    let elsewhere = said(&server.tls_url("127.0.0.1", &database), &server.authority());
    assert!(elsewhere.contains("refused: ") && elsewhere.contains("name"), "{elsewhere}");
    let made = said(&server.tls_url("localhost", &database), &server.authority());
    assert!(made.contains("made"), "{made}");
    assert_eq!(server.sql(&database, "SELECT count(*) FROM mintage.accounts"), "1");
}
