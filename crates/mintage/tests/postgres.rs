//! The books in PostgreSQL, from the command line.

mod support;

use std::os::unix::fs::MetadataExt;

use scratch_postgres::{Durability, Server};
use support::Folder;

#[test]
fn everything_works_as_with_a_file() {
    let Some(server) = Server::start(Durability::None) else { return };
    let database = server.create_database();
    let url = server.url(&database).replace("clerk@", "clerk:s3cret@");
    let folder = Folder::empty();
    folder.ok(&["init", "--issuer", "City Transit", "--database-url", &url]);
    let kept = folder.data().join("database-url");
    assert_eq!(std::fs::metadata(&kept).expect("the URL").mode() & 0o777, 0o600);
    assert!(!folder.data().join("mintage.db").exists());
    folder.ok(&["account", "create", "a", "--currency", "EUR/2", "--fund", "1000.00"]);
    let issued = folder.issued("one");
    assert_eq!((issued.len(), folder.issued("one"), folder.count()), (3, issued.clone(), 3));
    folder.ok(&["verify", &issued[0]]);
    let shown = folder.ok(&["show", "0000000001-000000000001-42"]);
    assert_eq!(shown["account"], "a");
    folder.audit();
    folder.ok(&["doctor"]);
    folder.refused(&["account", "fund", "a", "-1"], "");
    assert_eq!(server.sql(&database, "SELECT sum(count) FROM mintage.segments"), "3");
}

#[test]
fn what_is_wrong_with_a_database_is_said_without_its_password() {
    let Some(server) = Server::start(Durability::None) else { return };
    let folder = Folder::empty();
    let init = |url: &str, says: &str| {
        let arguments = ["init", "--issuer", "City Transit", "--database-url", url];
        folder.refused(&arguments, says);
        let output = folder.run_plain(&arguments);
        assert!(!String::from_utf8_lossy(&output.stderr).contains("s3cret"), "{output:?}");
    };
    init("postgres://clerk:s3cret@%2Fnowhere/books", "postgres://clerk@/nowhere:5432/books");
    init(&server.url("nothing").replace("clerk@", "clerk:s3cret@"), "does not exist");
    // Nothing is left of it.
    folder.ok(&[
        "init",
        "--issuer",
        "City Transit",
        "--database-url",
        &server.url(&server.create_database()),
    ]);
    folder.audit();
    drop(server);
    folder.refused(&["audit"], "postgres://clerk@");
}
