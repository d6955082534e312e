//! What people mistype, lose, fill up and hand in: each gets one clear sentence and another exit code than 0, and
//! changes nothing.

mod support;

use std::fs;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::Folder;
#[test]
fn faulty_items_files_are_refused_with_all_their_faults() {
    let folder = Folder::funded();
    let before = folder.state();
    // Every fault by itself is in the tests of the reader; here is what the command makes of them.
    for (name, content, rows) in [
        ("empty.csv", &b""[..], &[0][..]),
        ("header.csv", b"kind,amount\n", &[0]),
        ("bom.csv", b"\xef\xbb\xbfkind,amount\r\nticket,-1\r\nticket,0\r\n", &[2, 3]),
        ("latin1.csv", b"kind,amount,holder\nticket,1,Zo\xeb\nticket,0,\n", &[2, 3]),
        ("newline.csv", b"kind,amount,holder\nticket,1,\"A\nB\"\nticket,1.001,\n", &[2, 4]),
        ("huge.csv", b"kind,amount\nticket,99999999999999999999\n", &[2]),
        ("currency.csv", b"kind,amount,currency\nticket,1,XXZ\nticket,1,USD\n", &[2, 3]),
        ("twice.csv", b"kind,amount,reference\nticket,1,A\nticket,1,A\n", &[3]),
        ("columns.csv", b"kind,amuont\nticket,1\n", &[1, 1]),
        ("types.jsonl", b"{\"kind\":1,\"amount\":[]}\nnull\n", &[1, 1, 2]),
    ] {
        folder.file(name, content);
        let arguments = folder.issue(name, &["--out", "out.pdf"]);
        let output = folder.run(&arguments);
        assert_eq!(output.status.code(), Some(1), "{name}");
        let said: Value = serde_json::from_slice(&output.stderr).expect("JSON");
        let faults = said["faults"]["faults"].as_array().unwrap_or_else(|| panic!("{name}: {said}"));
        let found: Vec<u64> = faults.iter().map(|fault| fault["row"].as_u64().expect("a row")).collect();
        assert_eq!(found, rows, "{name}: {said}");

        let output = folder.run_plain(&arguments);
        let said = String::from_utf8(output.stderr).expect("text");
        let first = format!("mintage: {name} has faults, and nothing was issued:\n");
        assert!(said.starts_with(&first), "{said}");
        assert_eq!(said.lines().count(), 1 + rows.len(), "{said}");
    }
    assert!(!folder.path().join("out.pdf").exists());
    assert_eq!(folder.state(), before);
}

#[test]
fn files_that_cannot_be_read_or_written_are_named_before_anything_is_issued() {
    let folder = Folder::funded();
    folder.file("good.txt", b"kind,amount\nticket,1.00\n");
    folder.file("text.png", b"no picture");
    folder.file("old.pdf", b"was here before");
    fs::create_dir(folder.path().join("folder.csv")).expect("a folder");
    let _socket = UnixListener::bind(folder.path().join("socket")).expect("a socket");
    let before = folder.state();
    for (items, more, says) in [
        ("missing.csv", &[][..], "missing.csv: No such file"),
        ("folder.csv", &[], "folder.csv: Is a directory"),
        ("good.txt", &[], "good.txt is neither .csv nor .jsonl"),
        ("items.csv", &["--out", "nowhere/out.pdf"], "nowhere/out.pdf: No such file"),
        ("items.csv", &["--out", "old.pdf/out.pdf"], "old.pdf/out.pdf: Not a directory"),
        ("items.csv", &["--out", "folder.csv"], "folder.csv is there and is no file"),
        ("items.csv", &["--out", "socket"], "socket is there and is no file"),
        ("items.csv", &["--out", "/proc/out.pdf"], "/proc/out.pdf: "),
        ("items.csv", &["--out", "old.pdf", "--layout", "a4-1"], "there is no layout named a4-1"),
        ("items.csv", &["--out", "old.pdf", "--artwork", "missing.png"], "missing.png: No such file"),
        ("items.csv", &["--out", "old.pdf", "--artwork", "text.png"], "the artwork is no PNG picture"),
    ] {
        folder.refused(&folder.issue(items, more), says);
    }
    assert_eq!(folder.state(), before);
    assert_eq!(fs::read(folder.path().join("old.pdf")).expect("a file"), b"was here before");
    let hidden = |entry: fs::DirEntry| entry.file_name().to_string_lossy().starts_with('.');
    assert!(!fs::read_dir(folder.path()).expect("a folder").any(|entry| hidden(entry.expect("an entry"))));

    folder.ok(&folder.issue("items.csv", &["--out", "old.pdf"]));
    assert!(fs::read(folder.path().join("old.pdf")).expect("a file").starts_with(b"%PDF-"), "replaced");
}

#[test]
fn requests_for_what_isnt_there_or_isnt_allowed_change_nothing() {
    let folder = Folder::funded();
    let long = "k".repeat(129);
    let before = folder.state();
    for (arguments, says) in [
        (&["issue", "--account", "b", "--items", "items.csv"][..], "there is no account named b"),
        (&["issue", "--account", "a b", "--items", "items.csv"], "' ' at place 2 of the account name"),
        (&["issue", "--account", "a", "--items", "items.csv", "--idempotency-key", ""], "key is empty"),
        (&["issue", "--account", "a", "--items", "items.csv", "--idempotency-key", &long], "at most 128"),
        (&["account", "show", "b"], "there is no account named b"),
        (&["account", "create", "a", "--currency", "EUR/2"], "there is an account named a already"),
        (&["account", "create", "", "--currency", "EUR/2"], "the account name is empty"),
        (&["account", "create", "b", "--currency", "XXZ/2"], "XXZ"),
        (&["account", "create", "b", "--currency", "EUR"], "isn't of the form USD/2"),
        (&["account", "create", "b", "--currency", "EUR/9"], "9 decimal places is more than 6"),
        (&["account", "create", "b", "--currency", "EUR/2", "--fund", "-1"], "the amount is negative"),
        (&["account", "create", "b", "--currency", "EUR/2", "--fund", "1.001"], "3 decimal places"),
        (&["account", "create", "b", "--currency", "EUR/2", "--limit-day", "x"], "isn't an amount"),
        (&["account", "fund", "a", "-1"], "the amount is negative"),
        (&["account", "fund", "a", "0"], "the amount is zero"),
        (&["account", "fund", "a", "99999999999999999999"], "larger than 92233720368547758.07 EUR"),
        (&["account", "refund", "a", "1000.01"], "1000.01 EUR and 1000.00 EUR is unreserved"),
        (&["show", "1"], "\"1\" is no serial: a serial has 24 digits, this has 1"),
        (&["show", "x"], "\"x\" is no serial: 'x' at place 1 isn't a digit"),
        (&["show", "0000000001-000000000001-00"], "the check digits don't fit"),
        (&["show", "0000000001-000000000001-42"], "was issued here"),
        (&["show", "0000000009-000000000001-06"], "was issued here"),
        (&["bundle", "export", "--out", "nowhere/bundle"], "nowhere/bundle: No such file"),
        (&["init", "--issuer", "Again"], "there is Mintage data in data already"),
        (&["--dir", "elsewhere", "audit"], "there is no Mintage data in elsewhere"),
        (&["--dir", "items.csv", "audit"], "there is no Mintage data in items.csv"),
        (&["--passphrase-file", "missing", "audit"], "missing: No such file"),
        (&["--passphrase-file", "items.csv", "audit"], "passphrase"),
    ] {
        folder.refused(arguments, says);
    }
    assert_eq!(folder.state(), before);

    folder.refused(&folder.issue("items.csv", &["--user", "nobody"]), "\"nobody\" isn't a user");
    let after = folder.state();
    // That a stranger asked is in the books: the transaction is there, without value.
    for field in ["ascending", "descending", "issued", "reserved"] {
        assert_eq!(after[0][field], before[0][field], "{field}");
    }
}

#[test]
fn a_faulty_command_line_is_said_as_json_too() {
    let folder = Folder::funded();
    for (arguments, says) in [
        (&["issue", "--account", "a"][..], "required arguments were not provided"),
        (&["issue", "--account", "a", "--items", "x", "--proof", "none"], "invalid value 'none'"),
        (&["bundle", "export", "--days", "99999999999999999999"], "number too large"),
        (&["nothing"], "unrecognized subcommand 'nothing'"),
    ] {
        let output = folder.run(arguments);
        assert_eq!(output.status.code(), Some(2));
        let error: Value = serde_json::from_slice(&output.stderr).expect("JSON");
        assert!(error["error"].as_str().expect("a sentence").contains(says), "{error}");
    }
}

#[test]
fn garbage_is_verified_as_what_it_is() {
    let folder = Folder::funded();
    let issued = folder.ok(&folder.issue("items.csv", &["--out", "out.pdf"]));
    let text = issued["indicia"][0].as_str().expect("a text").to_owned();
    let mut changed = text.clone().into_bytes();
    let last = changed.len() - 2;
    changed[last] = if changed[last] == b'0' { b'1' } else { b'0' };
    let changed = String::from_utf8(changed).expect("text");
    let (lower, trailing) = (text.to_lowercase().replace("vbi:", "VBI:"), format!("{text}00"));
    let before = folder.state();

    folder.file("one.txt", format!("{text}\r\n").as_bytes());
    folder.file("mixed.txt", format!("{text}\n{changed}\n").as_bytes());
    folder.file("empty.txt", b"");
    folder.file("zeros.bin", &[0; 3000]);
    folder.file("broken.png", b"\x89PNG\r\n\x1a\ngarbage");
    folder.file("broken.jpg", b"\xff\xd8\xffgarbage");
    folder.file("broken.pdf", b"%PDF-1.7\ngarbage");
    fs::copy(folder.data().join("bundle.cbor"), folder.path().join("bundle.cbor")).expect("a copy");
    fs::create_dir(folder.path().join("folder")).expect("a folder");
    for (arguments, code, says) in [
        (&[text.as_str()][..], 0, "GENUINE 0000000001"),
        (&["one.txt"], 0, "GENUINE 0000000001"),
        (&["out.pdf"], 0, "GENUINE (page 1) 0000000001"),
        (&[&text, "--dir", "elsewhere", "--bundle", "bundle.cbor"], 0, "GENUINE"),
        (&[&changed], 1, "NOT GENUINE: "),
        (&[&lower], 1, "NOT GENUINE: what follows VBI: isn't Base45"),
        (&[&trailing], 1, "NOT GENUINE: "),
        (&["VBI:"], 1, "NOT GENUINE: it is no indicium"),
        (&["mixed.txt"], 1, "NOT GENUINE: "),
        (&["items.csv"], 1, "NOT GENUINE: it is no indicium"),
        (&["zeros.bin"], 1, "NOT GENUINE: it is no indicium"),
        (&["empty.txt"], 2, "CAN'T TELL: no symbol and no indicium was found in empty.txt"),
        (&["broken.png"], 2, "it is no PNG or JPEG picture that can be read"),
        (&["broken.jpg"], 2, "it is no PNG or JPEG picture that can be read"),
        (&["broken.pdf"], 2, "it is no PDF that can be read"),
        (&["folder"], 2, "folder: Is a directory"),
        (&["missing.pdf"], 2, "\"missing.pdf\" is neither a file nor text that begins with VBI:"),
        (&[""], 2, "\"\" is neither a file nor text"),
        (&["-x"], 2, "\"-x\" is neither a file nor text"),
        (&[&text, "--dir", "elsewhere"], 2, "there is no Mintage data in elsewhere"),
        (&[&text, "--bundle", "items.csv"], 2, "items.csv can't be used: "),
        (&[&text, "--bundle", "missing"], 2, "missing: No such file"),
        (&[&text, "--root", "00"], 2, "not by 00"),
    ] {
        let output = folder.run_plain(&[&["verify"], arguments].concat());
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(says), "{arguments:?}: {said}");
        let output = folder.run(&[&["verify"], arguments].concat());
        let said = [output.stdout, output.stderr].concat();
        assert_eq!(output.status.code(), Some(code), "{arguments:?} with --json");
        serde_json::from_slice::<Value>(&said).expect("JSON");
    }
    assert_eq!(folder.state(), before);
}

#[test]
fn an_init_that_fails_leaves_nothing_and_can_be_done_again() {
    let folder = Folder::funded();
    let path = folder.path().join("new");
    let long = "x".repeat(41);
    let weak = folder.file("weak", b"short");
    for (arguments, says) in [
        (&["init", "--issuer", ""][..], "an issuer's name has 1 to 40 bytes"),
        (&["init", "--issuer", &long], "an issuer's name has 1 to 40 bytes"),
        (&["init", "--issuer", "A", "--anchor", "nowhere/anchor"], "nowhere/anchor"),
        (&["init", "--issuer", "A", "--passphrase-file", &weak], "a passphrase has at least"),
        (&["init", "--issuer", "A", "--passphrase-file", "missing"], "missing: No such file"),
    ] {
        let arguments = [&["--dir", "new"], arguments].concat();
        folder.refused(&arguments, says);
        assert!(!path.exists(), "{arguments:?}");
    }
    // Neither what was there before nor an anchor of somebody else goes.
    fs::create_dir(&path).expect("a folder");
    fs::write(path.join("letter"), "Dear").expect("a file");
    let anchor = folder.data().join("anchor").display().to_string();
    let kept = fs::read(&anchor).expect("an anchor");
    folder.refused(&["--dir", "new", "init", "--issuer", "A", "--anchor", &anchor], "");
    assert_eq!(fs::read(&anchor).expect("an anchor"), kept);
    let names: Vec<_> =
        fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("one").file_name()).collect();
    assert_eq!(names, ["letter"]);
    folder.ok(&["--dir", "new", "init", "--issuer", "A"]);

    // Keys without a database are never written over.
    fs::remove_file(path.join("mintage.db")).expect("a removed file");
    let key = fs::read(path.join("provider.key")).expect("a key");
    folder.refused(&["--dir", "new", "init", "--issuer", "A"], "new has parts of Mintage data but no store");
    assert_eq!(fs::read(path.join("provider.key")).expect("a key"), key);
}

#[test]
fn folders_of_newer_programs_in_use_or_damaged_are_refused() {
    let folder = Folder::funded();
    let database = folder.data().join("mintage.db");
    let before = folder.state();
    let commands = [&folder.issue("items.csv", &[])[..], &["audit"], &["account", "fund", "a", "1"]];
    let lock = fs::File::create(folder.data().join("lock")).expect("the lock");
    lock.lock().expect("a lock");
    for arguments in commands {
        folder.refused(arguments, "another mintage process uses data; wait for it to end");
    }
    drop(lock);
    assert_eq!(folder.state(), before);

    let version = |version: u32| {
        let connection = rusqlite::Connection::open(&database).expect("a database");
        connection.pragma_update(None, "user_version", version).expect("a version");
    };
    version(77);
    for arguments in commands.iter().chain([&["account", "show", "a"][..], &["account", "list"]].iter()) {
        folder.refused(arguments, "the store has version 77, this program knows versions up to 10");
    }
    version(10);
    assert_eq!(folder.state(), before);

    let whole = copy_of(&folder.data());
    for (file, says) in [
        ("mintage.db", "isn't a store of Mintage"),
        ("module/keystore", "keystore"),
        ("module/registers", "register file"),
        ("module/staff", "list of the staff"),
        ("provider.key", "keystore"),
        ("secrets/module-passphrase", "passphrase"),
    ] {
        put_back(whole.path(), &folder.data());
        for ending in ["-wal", "-shm"] {
            let _ = fs::remove_file(folder.data().join(format!("{file}{ending}")));
        }
        fs::write(folder.data().join(file), b"something else entirely, of some length").expect("a file");
        folder.refused(&["account", "fund", "a", "1"], says);
    }
    put_back(whole.path(), &folder.data());
    assert_eq!(folder.state(), before);
}

fn copy_of(data: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    put_back(data, copy.path());
    copy
}

/// Makes a folder what another one is.
fn put_back(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp");
    assert!(copied.success());
}
