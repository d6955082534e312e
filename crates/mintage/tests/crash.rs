//! Real processes killed with SIGKILL at every named step; put-back databases and registers.
//!
//! After each restart the audit must be clean, every acknowledged indicium must be there, and the batch of the
//! interrupted request must be finished exactly once.

mod support;

use std::path::Path;

use support::Folder;
use support::killing::kill_at;

const POINTS: [&str; 13] = [
    "engine-before-commit",
    "engine-before-commit:2",
    "engine-after-commit",
    "engine-after-commit:2",
    "engine-before-session",
    "engine-permitted",
    "engine-after-session",
    "module-call-received",
    "module-before-permission",
    "module-before-register",
    "module-register-written:2",
    "module-after-register",
    "module-before-answer",
];

#[test]
fn killed_at_every_named_step_each_batch_is_finished_exactly_once() {
    if cfg!(not(feature = "crash-points")) {
        println!("left out: needs the feature crash-points");
        return;
    }
    for also_module in [false, true] {
        let folder = Folder::funded();
        for (number, point) in (1..).zip(POINTS) {
            let key = format!("key-{point}");
            let arguments = folder.issue("items.csv", &["--idempotency-key", &key]);
            kill_at(&folder, &arguments, point, also_module);

            folder.audit();
            let indicia = folder.issued(&key);
            assert_eq!(indicia.len(), 3, "{point}");
            assert_eq!(folder.issued(&key), indicia, "{point}: the same answer for ever");
            assert_eq!(folder.count(), number * 3, "{point}: exactly once");
        }
        folder.audit();
    }
}

#[test]
fn killed_at_every_named_step_of_a_void_its_value_comes_back_exactly_once() {
    if cfg!(not(feature = "crash-points")) {
        println!("left out: needs the feature crash-points");
        return;
    }
    for also_module in [false, true] {
        let folder = Folder::funded();
        let serials = folder.serials("issued");
        for (number, point) in (1..).zip(POINTS) {
            // The first and last of three, for 4.00 together.
            let serials = if number == 1 { serials.clone() } else { folder.serials(point) };
            let key = format!("void-{point}");
            let arguments =
                ["void", &serials[0], &serials[2], "--idempotency-key", &key, "--reason", "misprint"];
            kill_at(&folder, &arguments, point, also_module);

            folder.audit();
            let said = folder.ok(&arguments);
            assert_eq!((&said["count"], &said["amount"]), (&2.into(), &"4.00".into()), "{point}");
            assert_eq!(folder.ok(&arguments), said, "{point}: the same answer for ever");
            let shown = folder.ok(&["account", "show", "a"]);
            assert_eq!(shown["voided"], format!("{}.00", number * 4), "{point}: exactly once");
            assert_eq!(shown["descending"], format!("{}.00", 1000 - number * 2), "{point}");
            folder.refused(&["void", &serials[2]], "is void already");
        }
        folder.audit();
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// Puts files of an earlier copy back, whatever belongs to them too.
fn put_back(earlier: &Path, data: &Path, database: bool, registers: bool) {
    if database {
        for ending in ["", "-wal", "-shm"] {
            let name = format!("mintage.db{ending}");
            let _ = std::fs::remove_file(data.join(&name));
            if earlier.join(&name).exists() {
                std::fs::copy(earlier.join(&name), data.join(&name)).expect("a copy");
            }
        }
    }
    if registers {
        std::fs::copy(earlier.join("module/registers"), data.join("module/registers")).expect("a copy");
    }
}

#[test]
fn yesterdays_database_registers_or_both_are_refused_and_named() {
    for (database, registers, says) in [
        (true, false, "an earlier record was put back"),
        (false, true, "an earlier register file was put back"),
        (true, true, "an earlier register file was put back"),
    ] {
        let folder = Folder::funded();
        folder.issued("before");
        let earlier = folder.path().join("earlier");
        copy(&folder.data(), &earlier);
        folder.issued("after-1");
        folder.issued("after-2");
        put_back(&earlier, &folder.data(), database, registers);
        folder.refused(&folder.issue("items.csv", &[]), says);
        let audit = folder.run_plain(&["audit"]);
        let said = [audit.stdout, audit.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(!audit.status.success() && said.contains(says), "{said}");
    }
}

#[test]
fn a_second_process_a_newer_folder_and_a_missing_one_are_refused_in_a_sentence() {
    let folder = Folder::funded();
    folder.refused(&["init", "--issuer", "Again"], "there is Mintage data in");
    folder.refused(&["account", "create", "a", "--currency", "EUR/2"], "there is an account named a already");
    folder.refused(&["account", "show", "b"], "there is no account named b");
    folder.refused(&["account", "fund", "a", "-1"], "");
    let lock = std::fs::File::create(folder.data().join("lock")).expect("the lock");
    lock.lock().expect("a lock");
    folder.refused(&["audit"], "another mintage process uses");
    drop(lock);
    std::fs::remove_file(folder.data().join("module/registers")).expect("a removed file");
    folder.refused(&["audit"], "is missing");
}

#[test]
fn an_overspent_batch_changes_nothing_and_partial_takes_what_fits() {
    let folder = Folder::funded();
    folder.file("much.csv", b"kind,amount\nticket,600.00\nticket,300.00\nticket,200.00\n");
    let reject = folder.issue("much.csv", &["--idempotency-key", "too-much"]);
    folder.refused(&reject, "1100.00 EUR and 1000.00 EUR is unreserved");
    assert_eq!(folder.count(), 0);
    let report = folder.ok(&[reject.as_slice(), &["--on-insufficient", "partial"]].concat());
    assert_eq!((report["issued"].as_u64(), report["asked"].as_u64()), (Some(2), Some(3)));
    folder.refused(&reject, "was used for another request");
    folder.audit();
}
