//! Making a data folder, and what becomes of one that is not whole.

mod support;

use support::Folder;

const STORE_MISSING: &str = "but no store; put the store back";

#[test]
fn an_interrupted_init_is_begun_again() {
    let folder = Folder::empty();
    folder
        .refused(&["init", "--issuer", "a name that is longer than the forty bytes of one"], "1 to 40 bytes");
    folder.refused(&["audit"], "there is no Mintage data");
    folder.ok(&["init", "--issuer", "City Transit"]);
    folder.refused(&["init", "--issuer", "City Transit"], "already");
    folder.ok(&["account", "create", "a", "--currency", "EUR/2", "--fund", "10.00"]);
    folder.audit();
}

#[test]
fn an_anchor_that_is_there_is_another_modules_and_stays() {
    let folder = Folder::empty();
    let anchor = folder.path().join("elsewhere");
    std::fs::write(&anchor, "another module's").expect("a file");
    let anchored = anchor.display().to_string();
    folder.refused(&["init", "--issuer", "City Transit", "--anchor", &anchored], &anchored);
    folder.ok(&["init", "--issuer", "City Transit"]);
    assert_eq!(std::fs::read(&anchor).expect("the file"), b"another module's");
}

#[test]
fn a_folder_whose_store_is_gone_keeps_its_keys() {
    let folder = Folder::funded();
    let keystore = folder.data().join("module/keystore");
    let before = std::fs::read(&keystore).expect("a keystore");
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.data().join(format!("mintage.db{ending}")));
    }
    folder.refused(&["audit"], STORE_MISSING);
    folder.refused(&["init", "--issuer", "City Transit"], STORE_MISSING);
    folder.refused(&["quickstart"], STORE_MISSING);
    assert_eq!(std::fs::read(&keystore).expect("a keystore"), before);
}

#[test]
fn an_order_under_one_key_counts_once() {
    let folder = Folder::funded();
    let funded = || folder.ok(&["account", "show", "a"])["funded"].clone();
    let before = funded();
    for _ in 0..2 {
        folder.ok(&["account", "fund", "a", "5.00", "--reason", "4711", "--idempotency-key", "k"]);
        assert_eq!(funded(), "1005.00", "{before} before");
    }
    let other = ["account", "fund", "a", "6.00", "--reason", "4711", "--idempotency-key", "k"];
    folder.refused(&other, "was used for another request");
    folder.refused(&["account", "refund", "a", "5.00", "--idempotency-key", "k"], "another request");
    folder.audit();
}
