//! Facing marks and lines to sign on, measured in what receipt printers are sent: eight dots a millimetre.

mod support;

use print::{Beside, FacingMark, Format, FourStateBar, Label, PrintError, Printout, Setup, SheetLayout};
use support::{ELEMENTS, data_matrix, label, layout, qr, rows};

const DOTS_PER_MM: f64 = 8.0;
const INCH: f64 = 25.4;

/// One label as the dots of a printer, black ones true.
fn drawn(layout: &'static SheetLayout, label: Label) -> Result<Vec<Vec<bool>>, PrintError> {
    let mut bytes = Vec::new();
    let setup = Setup { format: Format::EscPos, ..Setup::new(layout) };
    let mut printout = Printout::begin(&mut bytes, setup, None)?;
    printout.add(&[label])?;
    printout.finish()?;
    let dots =
        |row: Vec<u8>| row.iter().flat_map(|byte| (0..8).map(move |bit| byte << bit & 0x80 != 0)).collect();
    Ok(rows(&bytes).into_iter().map(dots).collect())
}

/// Where black begins in a row, and how long it is, in millimetres.
fn runs(row: &[bool]) -> Vec<(f64, f64)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (place, black) in row.iter().enumerate() {
        match runs.last_mut() {
            Some((start, length)) if *black && *start + *length == place => *length += 1,
            _ if *black => runs.push((place, 1)),
            _ => {}
        }
    }
    #[allow(clippy::cast_precision_loss)] // dots of a label
    let length = |dots: usize| dots as f64 / DOTS_PER_MM;
    runs.into_iter().map(|(start, dots)| (length(start), length(dots))).collect()
}

/// USPS Publication 25: bars of 1/32 inch (give or take 0.008) at places 1/16 inch apart, 5/8 inch high, whose last is 2 inches from the right edge, and
/// which begin 1/8 inch from the upper one at most; the latter three give or take 1/8 inch.
#[test]
fn facing_marks_have_the_measures_of_the_post() {
    let marks = [
        (FacingMark::A, "110010011"),
        (FacingMark::B, "101101101"),
        (FacingMark::C, "110101011"),
        (FacingMark::D, "111010111"),
        (FacingMark::E, "101000101"),
    ];
    let receipt = layout("receipt-80");
    for (mark, places) in marks {
        let label = Label { facing_mark: Some(mark), ..label(data_matrix(1, 150), 1) };
        let dots = drawn(receipt, label).expect("a label");
        let black = |row: &&Vec<bool>| row.contains(&true);
        let above = dots.iter().take_while(|row| !black(row)).count();
        let bars = runs(&dots[above]);
        #[allow(clippy::cast_precision_loss)]
        let (above, high) = {
            let high = dots[above..].iter().take_while(|row| runs(row) == bars).count();
            (above as f64 / DOTS_PER_MM, high as f64 / DOTS_PER_MM)
        };
        assert!(above <= INCH / 8.0, "{above} mm from the upper edge");
        assert!((high - INCH * 5.0 / 8.0).abs() <= INCH / 8.0, "{high} mm high");
        let (first, (last, width)) = (bars[0].0, bars[bars.len() - 1]);
        let from_right = receipt.label.0 - last - width;
        assert!((from_right - 2.0 * INCH).abs() <= INCH / 8.0, "{from_right} mm from the right edge");
        let mut read = ["0"; 9];
        for (left, width) in &bars {
            assert!((width - INCH / 32.0).abs() <= INCH * 0.008, "a bar of {width} mm");
            let place = (left - first) / (INCH / 16.0);
            assert!((place - place.round()).abs() < 0.1, "a bar at {place}");
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let place = place.round() as usize;
            read[place] = "1";
        }
        assert_eq!(read.concat(), places, "{mark:?}");
    }
    for name in ["receipt-58", "a4-21"] {
        let label = Label { facing_mark: Some(FacingMark::D), ..label(data_matrix(1, 150), 1) };
        let refused = Setup::new(layout(name)).fits(&label).expect_err("no room");
        let says = format!("layout {name} has no room for a facing mark");
        assert!(refused.to_string().starts_with(&says), "{refused}");
    }
}

/// What stands beside a symbol is there, or the label is refused.
#[test]
fn a_barcode_beside_a_symbol_needs_room() {
    let bars = Beside::FourState(vec![FourStateBar { ascends: true, descends: true }; 65]);
    let elements = Beside::Gs1(ELEMENTS[0].0.to_owned());
    let fitting = |beside: &Beside| {
        let label = Label { beside: Some(beside.clone()), ..label(qr(1, 60), 1) };
        let layouts = SheetLayout::all().iter();
        let (fitting, refused): (Vec<_>, Vec<_>) = layouts
            .map(|layout| (layout, Setup::new(layout).fits(&label)))
            .partition(|(_, fits)| fits.is_ok());
        for (layout, refused) in &refused {
            let said = refused.as_ref().expect_err("refused").to_string();
            assert!(said.contains(" mm for the symbol, which needs "), "{}: {said}", layout.name);
        }
        fitting.into_iter().map(|(layout, _)| layout.name).collect::<Vec<_>>()
    };
    let (with_bars, with_elements) = (fitting(&bars), fitting(&elements));
    assert!(with_bars.contains(&"a4-14") && !with_bars.contains(&"a4-24"), "{with_bars:?}");
    assert!(with_elements.contains(&"a4-14") && !with_elements.contains(&"a4-65"), "{with_elements:?}");
}

/// Two lines stand beside each other where both are long enough to sign on, and else below each other, with room to sign above each.
#[test]
fn there_are_lines_to_sign_on() {
    let signatures = ["Signature", "Countersignature"].map(str::to_owned);
    for (name, count, rows_of_lines) in [("receipt-80", 1, 1), ("receipt-80", 2, 1), ("receipt-58", 2, 2)] {
        let signed = signatures[..count].to_vec();
        let whole =
            drawn(layout(name), Label { signatures: signed, ..label(qr(1, 60), 1) }).expect("a label");
        let long = |row: &[bool]| runs(row).into_iter().filter(|(_, length)| *length >= 27.9).count();
        let lines: Vec<_> = (0..whole.len()).filter(|row| long(&whole[*row]) > 0).collect();
        // Each is two dots thick.
        assert_eq!(lines.len(), 2 * rows_of_lines, "{name}: {lines:?}");
        assert_eq!(lines.iter().map(|row| long(&whole[*row])).sum::<usize>(), 2 * count);
        for top in lines.iter().step_by(2) {
            let free = whole[..*top].iter().rev().take_while(|row| !row.contains(&true)).count();
            assert!(free >= 48, "{name}: {free} dots above a line at {top}");
        }
    }
    let small = Label { signatures: signatures.to_vec(), ..label(qr(1, 60), 1) };
    let refused = Setup::new(layout("letter-30")).fits(&small).expect_err("no room");
    assert!(refused.to_string().contains("has no room for lines to sign on"), "{refused}");
}

/// Terms are on the label whole, or not at all.
#[test]
fn terms_stand_where_they_find_room() {
    let with = |terms: Option<&str>, lines: usize| {
        let lines = (0..lines).map(|number| format!("line {number}")).collect();
        let label = Label { terms: terms.map(str::to_owned), lines, ..label(qr(1, 60), 1) };
        drawn(layout("receipt-58"), label).expect("a label")
    };
    let long = "These terms are so long that nobody could read them on one line of a receipt.";
    assert_ne!(with(Some(long), 2), with(None, 2));
    assert_eq!(with(Some(long), 40), with(None, 40));
}
