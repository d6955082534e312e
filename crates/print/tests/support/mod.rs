//! Labels to print, and other people's software that reads them.
#![allow(dead_code)] // each test file uses a part

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use print::{Beside, Label, Printout, Setup, SheetLayout, SymbolContent};

/// A program that `cargo xtask test` sets up.
pub(crate) fn peer(name: &str) -> Option<OsString> {
    let variable = format!("MINTAGE_PEER_{name}");
    let program = std::env::var_os(&variable);
    if program.is_none() {
        println!("left out: needs {variable}, which `cargo xtask test` sets up");
    }
    program
}

/// One of the peers' scripts.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../peers").join(name)
}

/// What a program prints.
#[track_caller]
pub(crate) fn said(command: &mut Command) -> String {
    let output: Output = command.output().expect("a program");
    let all = [output.stdout.as_slice(), &output.stderr].map(String::from_utf8_lossy).concat();
    assert!(output.status.success(), "{all}");
    String::from_utf8(output.stdout).expect("text")
}

pub(crate) fn layout(name: &str) -> &'static SheetLayout {
    SheetLayout::by_name(name).expect("a layout")
}

/// A QR code of so many characters, each time others.
pub(crate) fn qr(number: usize, length: usize) -> SymbolContent {
    let set = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    SymbolContent::Qr(noise(number, length).map(|byte| char::from(set[usize::from(byte) % 45])).collect())
}

/// A Data Matrix of so many bytes, each time others.
pub(crate) fn data_matrix(number: usize, length: usize) -> SymbolContent {
    SymbolContent::DataMatrix(noise(number, length).collect())
}

/// Bytes that look random (xorshift).
fn noise(number: usize, length: usize) -> impl Iterator<Item = u8> {
    let mut state = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..length).map(move |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()[3]
    })
}

/// The bytes of a content, as a reader gives them, in hexadecimal digits.
pub(crate) fn hex(content: &SymbolContent) -> String {
    let bytes = match content {
        SymbolContent::Qr(text) => text.as_bytes(),
        SymbolContent::DataMatrix(bytes) => bytes,
    };
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn label(symbol: SymbolContent, number: usize) -> Label {
    Label {
        symbol,
        title: "Ticket".into(),
        amount: "12.50 EUR".into(),
        serial: format!("0000000001-{number:012}-42"),
        holder: Some(format!("Łucja Holder the {number}th, of Schöneberg")),
        validity: Some("until 2030-06-30".into()),
        lines: vec!["Stalls row A".into(), format!("reference {number}")],
        terms: None,
        signatures: Vec::new(),
        facing_mark: None,
        beside: None,
    }
}

/// Of a page's labels half have a QR code and half a Data Matrix, each of the largest that can be read there.
pub(crate) fn fullest(setup: &Setup) -> Vec<Label> {
    let largest = |content: fn(usize, usize) -> SymbolContent| {
        let fits = |length: &usize| setup.fits(&label(content(0, *length), 0)).is_ok();
        (1..150).map(|tens| tens * 10).rfind(fits).expect("some length")
    };
    let (text, bytes) = (largest(qr), largest(data_matrix));
    let labels = setup.layout.per_page().max(2);
    let content = |number| if number % 2 == 0 { qr(number, text) } else { data_matrix(number, bytes) };
    (0..labels).map(|number| label(content(number), number)).collect()
}

/// Prints labels into a file of a folder.
pub(crate) fn print(folder: &Path, name: &str, setup: Setup, labels: &[Label]) -> PathBuf {
    let path = folder.join(name);
    let file = std::fs::File::create(&path).expect("a file");
    let mut printout = Printout::begin(std::io::BufWriter::new(file), setup, None).expect("a printout");
    printout.add(labels).expect("labels");
    assert_eq!(printout.finish().expect("a whole file").labels, labels.len());
    path
}

/// What stands in a line of `read_labels.py` for labels.
pub(crate) fn expected(labels: &[Label]) -> String {
    let mut contents: Vec<_> = labels.iter().map(|label| hex(&label.symbol)).collect();
    for label in labels {
        if let Some(Beside::Gs1(text)) = &label.beside {
            let written = ELEMENTS.iter().find(|(symbol, _)| symbol == text).expect("one of those");
            contents.push(hex(&SymbolContent::Qr(written.1.to_owned())));
        }
    }
    contents.sort_unstable();
    format!("{} {}", contents.len(), contents.join(" "))
}

/// GS1 element strings as symbols hold them and as people write them.
pub(crate) const ELEMENTS: [(&str, &str); 2] = [
    ("2559501101020917000000000042", "(255)9501101020917000000000042"),
    ("10AB-1\u{1d}8112001234561234560123456", "(10)AB-1(8112)001234561234560123456"),
];

/// The rows of a receipt.
pub(crate) fn rows(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut left = bytes.strip_prefix(b"\x1b@").expect("a beginning");
    let mut rows = Vec::new();
    while let Some(rest) = left.strip_prefix(b"\x1dv0\0") {
        let width = usize::from(u16::from_le_bytes([rest[0], rest[1]]));
        let count = usize::from(u16::from_le_bytes([rest[2], rest[3]]));
        rows.extend(rest[4..4 + width * count].chunks(width).map(<[u8]>::to_vec));
        left = &rest[4 + width * count..];
    }
    assert_eq!(left, b"\x1dVB\0");
    rows
}
