//! What is printed, read by other people's software: poppler, qpdf, zxing-cpp, pikepdf, pdf-oxide, and a renderer of ZPL.

mod support;

use std::process::Command;

use print::{Beside, FacingMark, Format, Label, Resolution, Setup, SheetLayout, write_test_page};
use support::{ELEMENTS, data_matrix, expected, fullest, label, layout, peer, print, qr, said, script};

#[test]
fn every_symbol_of_every_layout_is_read_from_the_drawn_page() {
    let (Some(python), Some(_)) = (peer("PYTHON"), peer("PDFTOPPM")) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    for layout in SheetLayout::all() {
        let labels = fullest(&Setup::new(layout));
        let file = print(folder.path(), &format!("{}.pdf", layout.name), Setup::new(layout), &labels);
        let mut read = Command::new(&python);
        read.arg(script("read_labels.py")).arg(file).args(["203", "300", "600"]);
        for (line, dpi) in said(&mut read).lines().zip([203, 300, 600]) {
            assert!(line == expected(&labels), "{} at {dpi} dots an inch: {line}", layout.name);
        }
    }
}

/// What stands around a symbol doesn't keep anybody from reading it.
#[test]
fn symbols_are_read_beside_all_that_a_label_may_say() {
    let (Some(python), Some(_)) = (peer("PYTHON"), peer("PDFTOPPM")) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let signatures = ["Unterschrift", "Gegenunterschrift"].map(str::to_owned).to_vec();
    let terms = Some("À signer à la remise, à contresigner à l’encaissement; non remboursable.".to_owned());
    let marks = [None, None].into_iter().chain(FacingMark::ALL.map(Some));
    let all = |facing_mark: Option<FacingMark>, number: usize| {
        let symbol = if number.is_multiple_of(2) { qr(number, 300) } else { data_matrix(number, 150) };
        let signatures = if facing_mark.is_none() { signatures.clone() } else { Vec::new() };
        let elements = ELEMENTS[number % 2].0.to_owned();
        let beside = facing_mark.is_none().then_some(Beside::Gs1(elements));
        Label { terms: terms.clone(), signatures, facing_mark, beside, ..label(symbol, number) }
    };
    let labels: Vec<_> = marks.zip(0..).map(|(mark, number)| all(mark, number)).collect();
    let mut read_on = 0;
    for layout in SheetLayout::all() {
        let setup = Setup::new(layout);
        let fitting: Vec<_> = labels.iter().filter(|label| setup.fits(label).is_ok()).cloned().collect();
        if fitting.is_empty() {
            continue;
        }
        let file = print(folder.path(), &format!("{}.pdf", layout.name), setup, &fitting);
        let mut read = Command::new(&python);
        read.arg(script("read_labels.py")).arg(file).args(["300", "600"]);
        for line in said(&mut read).lines() {
            assert!(line == expected(&fitting), "{}: {line}", layout.name);
        }
        read_on += 1;
    }
    assert!(read_on > SheetLayout::all().len() / 2, "{read_on} layouts have room");
}

#[test]
fn label_printers_print_what_is_read() {
    let (Some(python), Some(node)) = (peer("PYTHON"), peer("NODE")) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    for resolution in Resolution::ALL {
        let format = Format::Zpl(resolution);
        for layout in SheetLayout::all().iter().filter(|layout| format.prints(layout)) {
            let setup = Setup { format, ..Setup::new(layout) };
            let labels = fullest(&setup);
            let file = print(folder.path(), "labels.zpl", setup, &labels);
            let [width, height] = [layout.label.0, layout.label.1].map(|length| (length + 0.2).to_string());
            let mut draw = Command::new(&node);
            draw.arg(script("zpl_peer.mjs")).arg(file).args([width, height]);
            draw.arg(resolution.dots_per_mm().to_string()).arg(folder.path());
            assert_eq!(said(&mut draw).trim(), labels.len().to_string());
            for (label, number) in labels.iter().zip(1..) {
                let picture = folder.path().join(format!("{number}.png"));
                let read = said(Command::new(&python).arg(script("read_labels.py")).arg(picture));
                let dpi = resolution.dpi();
                assert_eq!(read.trim(), expected(std::slice::from_ref(label)), "{} at {dpi}", layout.name);
            }
        }
    }
}

#[test]
fn receipt_printers_print_what_is_read() {
    let Some(python) = peer("PYTHON") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    for layout in SheetLayout::all().iter().filter(|layout| Format::EscPos.prints(layout)) {
        let setup = Setup { format: Format::EscPos, ..Setup::new(layout) };
        let labels = fullest(&setup);
        let file = print(folder.path(), "receipts.escpos", setup, &labels);
        let read = said(Command::new(&python).arg(script("read_labels.py")).arg(file));
        assert_eq!(read.trim(), expected(&labels), "{}", layout.name);
    }
}

#[test]
fn pdfs_are_for_archives() {
    let (Some(python), Some(qpdf), Some(_)) = (peer("PYTHON"), peer("QPDF"), peer("PDFTOPPM")) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    // A page that isn't full, several, and the page for measuring.
    let labels: Vec<_> = (0..30).map(|number| label(qr(number, 300), number)).collect();
    let setup = Setup::new(layout("a4-24"));
    let batches = [&labels[..5], &labels[..]];
    let some = batches
        .iter()
        .zip(1..)
        .map(|(labels, number)| print(folder.path(), &format!("{number}.pdf"), setup, labels));
    let page = folder.path().join("page.pdf");
    let file = std::fs::File::create(&page).expect("a file");
    write_test_page(file, setup.layout, setup.alignment).expect("a page");
    for file in some.chain([page]) {
        said(Command::new(&python).arg(script("pdfa_peer.py")).arg(&file));
        said(Command::new(&qpdf).arg("--check").arg(&file));
        let fonts = said(Command::new("pdffonts").arg(&file));
        for font in fonts.lines().skip(2) {
            let [.., embedded, subset, unicode, _, _] = font.split_whitespace().collect::<Vec<_>>()[..]
            else {
                panic!("{font}")
            };
            assert_eq!((embedded, subset, unicode), ("yes", "yes", "yes"), "{font}");
        }
        assert_eq!(fonts.lines().count(), 4, "{fonts}");
    }
}

/// Texts can be found and copied: the way back from glyphs to characters is right.
#[test]
fn texts_are_read_back() {
    if peer("PDFTOPPM").is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = print(folder.path(), "1.pdf", Setup::new(layout("a4-10")), &[label(qr(1, 300), 17)]);
    let text = said(Command::new("pdftotext").arg(file).arg("-"));
    for line in ["Ticket", "12.50 EUR", "Łucja Holder the 17th, of Schöneberg", "0000000001-000000000017-42"]
    {
        assert!(text.lines().any(|read| read == line), "{line}: {text}");
    }
}
