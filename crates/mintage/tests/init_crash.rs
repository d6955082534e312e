//! An `init` that is killed at any named step is run again to its end, and nobody else's books are taken for its own.

mod support;

use scratch_postgres::{Durability, Server};
use support::Folder;
use support::killing::kill_at;

const POINTS: [&str; 5] =
    ["init-begun", "init-keys-made", "module-anchor-made", "init-module-made", "init-all-made"];
const IN_A_FILE: [&str; 1] = ["store-before-name"];
const IN_A_DATABASE: [&str; 2] = ["store-before-schema", "store-after-schema"];

fn has_points() -> bool {
    if cfg!(not(feature = "crash-points")) {
        println!("left out: needs the feature crash-points");
    }
    cfg!(feature = "crash-points")
}

/// Kills `init` at each point, several times before it may end, and works with what it has made in the end.
fn is_run_again(points: &[&str], more: &[&str]) {
    for point in points {
        let folder = Folder::empty();
        let anchor = folder.path().join("elsewhere").display().to_string();
        let init = [&["init", "--issuer", "City Transit", "--anchor", &anchor], more].concat();
        for also_module in [true, false] {
            kill_at(&folder, &init, point, also_module);
            folder.refused(&["audit"], "there is no Mintage data");
        }
        folder.ok(&init);
        folder.refused(&init, "there is Mintage data in");
        folder.ok(&["account", "create", "a", "--currency", "EUR/2", "--fund", "10.00"]);
        assert_eq!(folder.issued("one").len(), 3, "{point}");
        folder.audit();
    }
}

#[test]
fn with_books_in_a_file() {
    if has_points() {
        is_run_again(&[&POINTS[..], &IN_A_FILE].concat(), &[]);
    }
}

#[test]
fn with_books_in_postgresql() {
    let Some(server) = Server::start(Durability::None).filter(|_| has_points()) else { return };
    for point in [&POINTS[..], &IN_A_DATABASE].concat() {
        let url = server.url(&server.create_database());
        is_run_again(&[point], &["--database-url", &url]);
    }
}

#[test]
fn one_that_fails_after_it_made_the_schema_is_run_again_too() {
    let Some(server) = Server::start(Durability::None) else { return };
    let (database, folder) = (server.create_database(), Folder::empty());
    let url = server.url(&database);
    let init = ["init", "--issuer", "City Transit", "--database-url", &url];
    // A folder stands where the bundle is to be written, last of all.
    std::fs::create_dir_all(folder.data().join("bundle.new")).expect("a folder");
    folder.refused(&init, "bundle.cbor");
    assert_eq!(server.sql(&database, "SELECT count(*) FROM mintage.accounts"), "0");
    std::fs::remove_dir(folder.data().join("bundle.new")).expect("an empty folder");
    folder.ok(&init);
    folder.audit();
}

#[test]
fn books_of_somebody_else_stay_his() {
    let Some(server) = Server::start(Durability::None).filter(|_| has_points()) else { return };
    let database = server.create_database();
    let url = server.url(&database);
    let init = ["init", "--issuer", "City Transit", "--database-url", &url];
    let (first, second) = (Folder::empty(), Folder::empty());
    let there = "is there already; nothing was changed";
    // One is interrupted with the schema made, and another before it came to that.
    kill_at(&first, &init, "store-after-schema", true);
    kill_at(&second, &init, "init-module-made", true);
    second.refused(&init, there);
    first.ok(&init);
    // Empty as it is, it has an owner.
    second.refused(&init, there);
    first.ok(&["account", "create", "a", "--currency", "EUR/2", "--fund", "10.00"]);
    second.refused(&init, there);

    // Even under the very mark nothing is gone on with that has something in it.
    let mark = server.sql(&database, "SELECT obj_description('mintage'::regnamespace, 'pg_namespace')");
    let mark = mark.rsplit(' ').next().expect("the mark");
    let third = Folder::empty();
    std::fs::create_dir(third.data()).expect("a folder");
    std::fs::write(third.data().join("unfinished"), mark).expect("a note");
    third.refused(&init, there);
    assert_eq!(first.issued("one").len(), 3);
    first.audit();
}

#[test]
fn an_anchor_of_another_module_stays_also_after_a_kill() {
    if !has_points() {
        return;
    }
    let (first, second) = (Folder::empty(), Folder::empty());
    let anchor = first.path().join("elsewhere").display().to_string();
    let init = ["init", "--issuer", "City Transit", "--anchor", &anchor];
    kill_at(&second, &init, "init-begun", true);
    first.ok(&init);
    let before = std::fs::read(&anchor).expect("an anchor");
    second.refused(&init, &anchor);
    assert_eq!(std::fs::read(&anchor).expect("an anchor"), before);
    first.audit();
}
