//! ZPL II, the language of Zebra's label printers (ZPL II Programming Guide, Zebra P1099958).
//!
//! A label is sent as its dots: so texts have the letters that the PDF has, symbols lie on the print head's own dots, and nothing hangs on
//! which fonts and symbols a printer has built in. Dots are sent as ASCII with run lengths, which other makers' printers understand too.

use std::fmt::Write as _;

use crate::bitmap::Bitmap;

/// Bytes of one graphic at most (`^GF`).
const MOST_BYTES: usize = 99_999;

/// One label, once.
pub(crate) fn label(bitmap: &Bitmap) -> Vec<u8> {
    // What an earlier job may have left behind is put back: units, home, orientation, mirror image, reversal, shifts.
    let mut zpl = format!("^XA^MUD^LH0,0^LS0^LT0^PON^PMN^LRN^PW{}^LL{}\n", bitmap.width(), bitmap.height());
    let most_rows = MOST_BYTES / bitmap.row_bytes().max(1);
    let mut y = 0;
    while y < bitmap.height() {
        let rows = (y..bitmap.height()).take_while(|row| !bitmap.is_blank(*row)).take(most_rows).count();
        if rows > 0 {
            graphic(&mut zpl, bitmap, y, rows);
        }
        y += rows.max(1);
    }
    zpl += "^PQ1,0,0,N^XZ\n";
    zpl.into_bytes()
}

/// So many rows at their place.
fn graphic(zpl: &mut String, bitmap: &Bitmap, top: usize, rows: usize) {
    let (width, bytes) = (bitmap.row_bytes(), bitmap.row_bytes() * rows);
    let _ = write!(zpl, "^FO0,{top}^GFA,{bytes},{bytes},{width},"); // writing to a string doesn't fail
    let mut last = None;
    for y in top..top + rows {
        let row = bitmap.row(y);
        if last == Some(row) {
            zpl.push(':');
        } else {
            compressed(zpl, row);
        }
        last = Some(row);
    }
    zpl.push_str("^FS\n");
}

/// Hexadecimal digits with run lengths before them: `G` to `Y` are 1 to 19, `g` to `z` are 20 to 400. A comma fills the row with white, an exclamation
/// mark with black.
fn compressed(zpl: &mut String, row: &[u8]) {
    let digits: Vec<u8> = row.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect();
    let mut left = &digits[..];
    while let Some(digit) = left.first() {
        let run = left.iter().take_while(|next| *next == digit).count();
        left = &left[run..];
        match (digit, left.is_empty()) {
            (0, true) => zpl.push(','),
            (15, true) => zpl.push('!'),
            _ => {
                run_length(zpl, run);
                zpl.push(char::from(b"0123456789ABCDEF"[usize::from(*digit)]));
            }
        }
    }
}

fn run_length(zpl: &mut String, run: usize) {
    let letter = |first: u8, number: usize| char::from(first + u8::try_from(number - 1).unwrap_or(0));
    let mut twenties = run / 20;
    while twenties > 0 {
        let some = twenties.min(20);
        zpl.push(letter(b'g', some));
        twenties -= some;
    }
    let ones = run % 20;
    if ones > 1 || (ones == 1 && run > 1) {
        zpl.push(letter(b'G', ones));
    }
}
