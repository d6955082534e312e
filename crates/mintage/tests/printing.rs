//! Printing from the command line: what comes out, and what is refused before anything is issued.

mod support;

use support::Folder;

const ITEMS: &str = "kind,amount,holder\nticket,1.00,Zoë\nticket,2.00,Łukasz\n";

fn left(folder: &Folder) -> serde_json::Value {
    folder.ok(&["account", "show", "a"])["descending"].clone()
}

#[test]
fn what_cant_be_printed_is_refused_before_anything_is_issued() {
    let folder = Folder::funded();
    let whole = left(&folder);
    let good = folder.file("good.csv", ITEMS.as_bytes());
    let bad = folder.file("bad.csv", format!("{ITEMS}ticket,3.00,山田\n").as_bytes());
    let refused = |items: &str, more: &[&str], says: &str| {
        folder.refused(&folder.issue(items, &[&["--out", "labels.pdf"], more].concat()), says);
        assert!(!folder.path().join("labels.pdf").exists());
    };
    refused(&bad, &[], "item 3: \"山田\" can't be printed: the labels' font doesn't draw");
    refused(&good, &["--layout", "a4-24", "--margin", "4.2"], "the printer needs 4.2 mm there");
    refused(&good, &["--layout", "a4-24", "--offset", "-3,0"], "begin -1.0 mm from the page's left edge");
    refused(&good, &["--margin", "100"], "no layout has labels");
    refused(&good, &["--format", "zpl", "--layout", "a4-24"], "take one of label-4x6");
    refused(&good, &["--format", "escpos", "--layout", "label-4x6"], "take one of receipt-58, receipt-80");
    refused(&good, &["--dpi", "300"], "--dpi is for printers of ZPL");
    for (more, says) in [
        (["--dpi", "250"], "203, 300 or 600 dots an inch"),
        (["--offset", "1"], "an offset is two numbers"),
        (["--margin", "-1"], "a margin is a number"),
    ] {
        let output = folder.run_plain(&folder.issue(&good, &more));
        assert!(String::from_utf8_lossy(&output.stderr).contains(says), "{more:?}: {output:?}");
        assert!(!output.status.success());
    }
    assert_eq!(left(&folder), whole);
    folder.audit();
}

/// The file's name says what kind of printer it is for, unless that is said otherwise.
#[test]
fn the_printers_language_is_told_by_the_file() {
    let folder = Folder::funded();
    let items = folder.file("good.csv", ITEMS.as_bytes());
    let printed = |name: &str, more: &[&str]| {
        let report = folder.ok(&folder.issue(&items, &[&["--out", name], more].concat()));
        (report["pages"].clone(), std::fs::read(folder.path().join(name)).expect("a file"))
    };
    let (pages, pdf) = printed("labels.pdf", &[]);
    assert!(pages == 1 && pdf.starts_with(b"%PDF-1.7"));
    let (pages, zpl) = printed("labels.zpl", &["--dpi", "300"]);
    assert_eq!(pages, 2);
    let zpl = String::from_utf8(zpl).expect("text");
    assert_eq!(zpl.matches("^PW1219^LL1828").count(), 2, "4 by 6 inches of 12 dots a millimetre");
    assert_eq!(zpl.matches("^PQ1,0,0,N^XZ").count(), 2, "each is printed once");
    let (_, receipts) = printed("labels.escpos", &[]);
    assert!(receipts.starts_with(b"\x1b@\x1dv0\0"));
    let (_, receipts) = printed("labels.bin", &["--format", "escpos"]);
    assert!(receipts.starts_with(b"\x1b@\x1dv0\0"));
}

#[test]
fn the_page_for_measuring_is_written() {
    let folder = Folder::empty();
    let page = |more: &[&str]| {
        let written = folder.ok(&[&["layouts", "test-page", "--out", "page.pdf", "--layout"], more].concat());
        assert_eq!(written["layout"], "a4-21");
        std::fs::read(folder.path().join("page.pdf")).expect("a page")
    };
    let (here, moved) = (page(&["L7160"]), page(&["a4-21", "--offset", "1,1"]));
    assert!(here.starts_with(b"%PDF-1.7") && here != moved);
    folder.refused(&["layouts", "test-page", "--layout", "a5", "--out", "page.pdf"], "no layout named a5");
}
