//! What is printed where, and what is refused.

mod support;

use print::{Alignment, Format, PrintError, Printout, Resolution, Setup, SymbolContent};
use support::{label, layout, qr, rows};

fn printed(setup: Setup, count: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut printout = Printout::begin(&mut bytes, setup, None).expect("a printout");
    let labels: Vec<_> = (0..count).map(|number| label(qr(number, 60), number)).collect();
    printout.add(&labels).expect("labels");
    printout.finish().expect("a whole file");
    bytes
}

/// The same labels are the same file, however many are added at a time.
#[test]
fn the_same_labels_are_the_same_file() {
    let setup = Setup::new(layout("a4-24"));
    let labels: Vec<_> = (0..60).map(|number| label(qr(number, 60), number)).collect();
    for step in [1, 7, 24, 25, 59] {
        let mut bytes = Vec::new();
        let mut printout = Printout::begin(&mut bytes, setup, None).expect("a printout");
        for labels in labels.chunks(step) {
            printout.add(labels).expect("labels");
        }
        let report = printout.finish().expect("a whole file");
        assert_eq!((report.pages, report.labels), (3, 60));
        assert!(bytes == printed(setup, 60), "{step} at a time");
    }
}

#[test]
fn what_cant_be_printed_is_refused() {
    let begin = |setup| Printout::begin(std::io::sink(), setup, None).map(drop);
    let zpl = Format::Zpl(Resolution::Dpi203);
    for (format, name) in [(zpl, "a4-24"), (zpl, "card"), (Format::EscPos, "label-4x6")] {
        let refused = begin(Setup { format, ..Setup::new(layout(name)) });
        assert!(matches!(refused, Err(PrintError::WrongStock { .. })), "{name}: {refused:?}");
    }
    let alignment = |offset: &str, margin: &str| Alignment {
        offset: offset.parse().expect("an offset"),
        margin: margin.parse().expect("a margin"),
    };
    let sheet = Setup::new(layout("a4-24"));
    let refused = begin(Setup { alignment: alignment("0,0", "4.2"), ..sheet });
    assert_eq!(
        refused.expect_err("a margin").to_string(),
        "on layout a4-24 labels' contents begin 2.0 mm from the page's left edge, and the printer needs 4.2 mm there; take another \
         layout or another offset"
    );
    begin(Setup { alignment: alignment("0,0.4", "2"), ..sheet }).expect("it fits");
    // A label of a roll is its own page.
    let label_printer = Setup { format: zpl, ..Setup::new(layout("label-4x6")) };
    let refused = begin(Setup { alignment: alignment("-2.5,0", "0"), ..label_printer });
    assert!(matches!(refused, Err(PrintError::Unprintable { edge: "left", .. })), "{refused:?}");

    let roll = Setup::new(layout("receipt-58"));
    for setup in [sheet, Setup { format: zpl, ..roll }, Setup { format: Format::EscPos, ..roll }] {
        let refused = |label| {
            let mut printout = Printout::begin(std::io::sink(), setup, None).expect("a printout");
            // A page that isn't full is drawn at the end.
            let refused = printout.add(&[label]).and_then(|()| printout.finish());
            refused.expect_err("a label that can't be printed")
        };
        let too_large = refused(label(qr(1, 3_000), 1));
        assert!(matches!(too_large, PrintError::TooSmall { needed, available, .. } if needed > available));
        let too_long = refused(label(SymbolContent::DataMatrix(vec![7; 2_000]), 1));
        assert!(matches!(too_long, PrintError::TooLong { .. }), "{too_long}");
        let mut undrawable = label(qr(1, 60), 1);
        undrawable.holder = Some("山田".into());
        let undrawable = refused(undrawable);
        assert!(matches!(undrawable, PrintError::Undrawable { .. }), "{undrawable}");
    }
}

/// An offset moves all that is drawn, and nothing else.
#[test]
fn an_offset_moves_everything() {
    let receipt = |offset: &str| {
        let alignment = Alignment { offset: offset.parse().expect("an offset"), ..Alignment::default() };
        rows(&printed(Setup { format: Format::EscPos, alignment, ..Setup::new(layout("receipt-58")) }, 1))
    };
    let (here, moved) = (receipt("0,0"), receipt("1,0.5"));
    assert_eq!(moved.len(), here.len() + 4, "half a millimetre is 4 dots");
    for (row, there) in here.iter().zip(&moved[4..]) {
        assert_eq!(row[..row.len() - 1], there[1..], "a millimetre is 8 dots");
    }
    assert!(moved[..4].iter().flatten().all(|byte| *byte == 0));
}
