//! What `mintage decode` says of texts, files, pictures and sheets.

mod support;

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::Folder;

const PASS: &str = "M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 226F001A0025 100";
/// A postal indicium whose signature is cut off, in hexadecimal digits.
const POSTAGE: &str =
    "0501ffff0000303632533b477000f2ed100000141e00565233015933010000000000000004000200005cda000038303334ae69";

fn field(one: &Value, name: &str) -> String {
    let fields = one["fields"].as_array().expect("fields");
    let found = fields.iter().find(|field| field["name"] == name);
    found.unwrap_or_else(|| panic!("{name} in {one}"))["value"].as_str().expect("text").to_owned()
}

#[test]
fn texts_files_and_standard_input_are_explained_alike() {
    let folder = Folder::empty();
    let of_text = folder.ok(&["decode", PASS]);
    assert_eq!(
        (&of_text[0]["scheme"], field(&of_text[0], "leg 1 flight").as_str()),
        (&"iata-bcbp".into(), "0834")
    );
    assert_eq!(folder.ok(&["decode", &folder.file("pass.txt", PASS.as_bytes())]), of_text);
    let of_hex = folder.ok(&["decode", POSTAGE]);
    assert_eq!(
        (&of_hex[0]["scheme"], field(&of_hex[0], "postage").as_str()),
        (&"usps-ibi".into(), "7.700 USD")
    );
    let bytes: Vec<u8> = (0..POSTAGE.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&POSTAGE[at..at + 2], 16).expect("hex"))
        .collect();
    assert_eq!(folder.ok(&["decode", &folder.file("postage", &bytes)]), of_hex);

    let mut command = folder.command(&["decode", "-"]);
    let mut program = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program");
    let lines = format!("{PASS}\n\n{POSTAGE}\r\nnobody's\n");
    program.stdin.take().expect("its input").write_all(lines.as_bytes()).expect("its input");
    let output = program.wait_with_output().expect("its output");
    assert_eq!(output.status.code(), Some(1), "one line is unknown");
    let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&said[0], &said[1]), (&of_text[0], &of_hex[0]));
    assert_eq!((&said[2]["scheme"], said.as_array().map(Vec::len)), (&Value::Null, Some(3)));
}

/// Some formats have lines of their own, and a first one that says nothing.
#[test]
fn a_format_of_several_lines_is_one_thing() {
    let folder = Folder::empty();
    let bill = folder.ok(&["decode", &folder.file("bill.txt", b"SPC\n0200\n1\nCH4431999123000889012\n")]);
    assert_eq!((&bill[0]["scheme"], bill.as_array().map(Vec::len)), (&"swiss-qr".into(), Some(1)));
    let two = folder.ok(&["decode", &folder.file("two.txt", b"HC1:6BFOXN\nhttps://tickets.example/\n")]);
    assert_eq!((&two[0]["scheme"], &two[1]["scheme"]), (&"eu-dcc".into(), &"url".into()));
}

#[test]
fn what_is_neither_file_nor_text_is_a_mistake_and_control_characters_stay_off_the_terminal() {
    let folder = Folder::empty();
    let output = folder.run_plain(&["decode", "tickts.pdf"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("\"tickts.pdf\" is neither a file nor text of a known format"), "{said}");
    let output = folder.run_plain(&["decode", &folder.file("url.txt", b"https://a.example/\x1b[2J")]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.starts_with("web address\n") && !said.contains('\u{1b}'), "{said}");
}

#[test]
fn our_own_are_explained_from_text_and_sheet() {
    let folder = Folder::funded();
    let texts = folder.issued("one");
    let of_text = folder.ok(&["decode", &texts[0]]);
    assert_eq!(
        (&of_text[0]["scheme"], field(&of_text[0], "amount").as_str()),
        (&"mintage".into(), "1.00 EUR")
    );
    let sheet = folder.path().join("sheet.pdf").display().to_string();
    folder.ok(&[
        "issue",
        "--account",
        "a",
        "--items",
        "items.csv",
        "--out",
        &sheet,
        "--idempotency-key",
        "sheet",
    ]);
    let of_sheet = folder.ok(&["decode", &sheet]);
    let of_sheet = of_sheet.as_array().expect("symbols");
    assert_eq!(of_sheet.len(), 3);
    assert!(
        of_sheet
            .iter()
            .all(|one| one["scheme"] == "mintage" && one["page"] == 1 && one["symbol"] == "QR code")
    );
}

/// What an indicium says to stand beside it is explained, and is nobody else's: one is verified for each coupon.
#[test]
fn a_coupons_own_number_stands_beside_it() {
    let folder = Folder::funded();
    let number = |last: u32| format!("(255)950110102091700000000004{last}");
    let rows: String = (1..4).map(|last| format!("coupon,1.00,{}\n", number(last))).collect();
    folder.file("coupons.csv", format!("kind,amount,barcode\n{rows}").as_bytes());
    folder.ok(&folder.issue("coupons.csv", &["--out", "coupons.pdf"]));
    let symbols = folder.ok(&["decode", "coupons.pdf"]);
    let symbols = symbols.as_array().expect("symbols");
    let of = |scheme: &str| symbols.iter().filter(|one| one["scheme"] == scheme).collect::<Vec<_>>();
    assert_eq!((of("mintage").len(), of("gs1").len(), symbols.len()), (3, 3, 6), "{symbols:?}");
    let said: BTreeSet<_> = of("mintage").into_iter().map(|one| field(one, "barcode beside it")).collect();
    assert_eq!(said, (1..4).map(number).collect());
    let verified = folder.ok(&["verify", "coupons.pdf"]);
    let verified = verified.as_array().expect("verdicts");
    assert_eq!(verified.len(), 3);
    assert!(verified.iter().all(|one| one["valid"] == true && one["barcode"].is_string()), "{verified:?}");

    let mail = "kind,amount,barcode\npostage,1.00,0123456709498765432101234567891\n";
    folder.file("mail.csv", mail.as_bytes());
    let on = |layout| ["--layout", layout, "--out", "mail.pdf"];
    let before = folder.ok(&["account", "show", "a"]);
    folder
        .refused(&folder.issue("mail.csv", &on("a4-24")), "has 70.0 mm for the symbol, which needs 76.0 mm");
    assert_eq!(folder.ok(&["account", "show", "a"]), before, "nothing was issued");
    folder.ok(&folder.issue("mail.csv", &["--out", "mail.pdf"]));
    assert_eq!(folder.ok(&["verify", "mail.pdf"])[0]["barcode"], "0123456709498765432101234567891");
    folder.audit();
}

/// Bytes of every value in a symbol are the bytes that are read from it.
#[test]
fn other_peoples_symbols_are_read_byte_for_byte() {
    let Some(python) = std::env::var_os("MINTAGE_PEER_PYTHON") else {
        println!("left out: needs MINTAGE_PEER_PYTHON, which `cargo xtask test` sets up");
        return;
    };
    let folder = Folder::empty();
    let postage = format!("{POSTAGE}{}", "00ff7f80e9fe0d0a".repeat(5)).replace("ae69", "");
    for symbol in ["PDF417", "Aztec", "DataMatrix"] {
        let picture = folder.path().join(format!("{symbol}.png")).display().to_string();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../peers/write_symbol.py");
        let made = Command::new(&python).args([script, symbol, &postage, &picture]).status().expect("python");
        assert!(made.success(), "{symbol}");
        let read = folder.ok(&["decode", &picture]);
        assert_eq!(read[0]["scheme"], "usps-ibi", "{symbol}: {read}");
        assert_eq!(field(&read[0], "signature"), postage[98..], "{symbol}");
    }
}
