//! A hundred thousand labels are streamed into one file. A test file of its own, since it measures its whole process.

use print::{Label, Printout, Setup, SheetLayout, SymbolContent};

const LABELS: u32 = 100_000;
const MOST_MEGABYTES: u64 = 300;

fn label(number: u32) -> Label {
    Label {
        // As long as the text of a signed ticket.
        symbol: SymbolContent::Qr(format!("VBI:{number:0340}")),
        title: "Ticket".into(),
        amount: "12.50 EUR".into(),
        serial: format!("0000000001-{number:012}-42"),
        holder: Some(format!("Holder number {number}")),
        validity: Some("until 2030-06-30".into()),
        lines: vec!["Stalls row A".into(), format!("reference {number}")],
        terms: None,
        signatures: Vec::new(),
        facing_mark: None,
        beside: None,
    }
}

/// The most memory that this process ever had.
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let kilobytes: u64 = line.split_whitespace().next().expect("a number").parse().expect("one");
    kilobytes / 1024
}

#[test]
fn a_hundred_thousand_labels_fit_into_300_megabytes() {
    let layout = SheetLayout::by_name("a4-10").expect("a layout");
    let mut sheets = Printout::begin(std::io::sink(), Setup::new(layout), None).expect("a file");
    for first in (0..LABELS).step_by(1_000) {
        let labels: Vec<Label> = (first..first + 1_000).map(label).collect();
        sheets.add(&labels).expect("labels");
    }
    assert_eq!(sheets.finish().expect("a whole file").labels, LABELS as usize);
    let peak = peak_megabytes();
    println!("{peak} MB at most");
    assert!(peak <= MOST_MEGABYTES, "{peak} MB");
}
