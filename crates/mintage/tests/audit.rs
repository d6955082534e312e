//! The audit against books that somebody has edited: it recomputes, and believes no total.

mod support;

use rusqlite::Connection;
use support::Folder;

/// Edits the books of a folder with two finished batches, the second indicium of which is void, and returns what the audit finds.
fn faults_after(edit: &str) -> Vec<String> {
    let folder = Folder::funded();
    let serials = folder.serials("one");
    folder.issued("two");
    folder.ok(&["void", &serials[1]]);
    folder.audit();
    let books = Connection::open(folder.data().join("mintage.db")).expect("the books");
    assert!(books.execute(edit, []).expect(edit) > 0, "{edit} changed nothing");
    drop(books);
    let output = folder.run(&["audit"]);
    assert!(!output.status.success(), "the audit is clean after {edit}");
    // What can't be read at all ends the audit with a sentence of its own.
    let Ok(report) = serde_json::from_slice::<serde_json::Value>(&output.stdout) else {
        return vec![String::from_utf8_lossy(&output.stderr).into_owned()];
    };
    let faults = report["faults"].as_array().expect("faults");
    faults.iter().map(|fault| fault.as_str().expect("a sentence").to_owned()).collect()
}

#[test]
fn every_edit_of_the_books_is_found_and_named() {
    let edits = [
        ("UPDATE reservations SET value = value + 1 WHERE key = 'one'", "what was reserved"),
        ("UPDATE reservations SET count = count + 1 WHERE key = 'two'", "1 indicia and 0 units are missing"),
        ("UPDATE reservations SET first_number = 2 WHERE key = 'one'", "no finished batch asked for it"),
        ("DELETE FROM segments WHERE first = 4", "of reservation 3, 3 indicia and 600 units are missing"),
        ("UPDATE segments SET first = 40 WHERE first = 4", "begins with another number"),
        (
            "UPDATE segments SET bytes = (SELECT bytes FROM segments WHERE first = 1) WHERE first = 4",
            "number",
        ),
        ("UPDATE segments SET count = 4 WHERE first = 4", "as many indicia as it says"),
        (
            "UPDATE transactions SET funded = funded + 1, descending = descending + 1 WHERE sequence = 2",
            "all funds come to 100000 units, not 100001",
        ),
        (
            "UPDATE transactions SET ascending = ascending + 1 WHERE sequence = 2",
            "all indicia come to 600 units, not 601",
        ),
        ("DELETE FROM statuses WHERE number = 2", "indicium 2 became void by an order, and isn't void"),
        ("UPDATE statuses SET status = 2", "indicium 2 became void by an order, and isn't void"),
        (
            "INSERT INTO statuses SELECT account, 3, status, at, reason, used, redemptions, expires, outside FROM statuses",
            "indicium 3 is void, and no order made it so",
        ),
        ("UPDATE statuses SET number = 3", "300 units came back, its voided register says 200"),
        (
            "UPDATE transactions SET voided = voided + 1, descending = descending + 1 WHERE sequence = 4",
            "all that became void come to 200 units, not 201",
        ),
        ("DELETE FROM transactions WHERE sequence = 2", "nothing says what became of reservation 2"),
        ("UPDATE devices SET descending = descending + 1, funded = funded + 1", "inside its device record"),
        ("UPDATE devices SET record = zeroblob(length(record))", "device record"),
        ("INSERT INTO locks SELECT account, 'by hand', 0 FROM accounts", "it is locked: by hand"),
    ];
    for (edit, named) in edits {
        let faults = faults_after(edit);
        assert!(faults.iter().any(|fault| fault.contains(named)), "after {edit}: {faults:#?}");
    }
}
