//! ESC/POS, the language of receipt printers (Epson's ESC/POS Command Reference): a receipt as its dots, and a cut.

use crate::bitmap::Bitmap;

/// Rows that are sent at a time: printers keep one such picture.
const ROWS: usize = 128;
/// `ESC @`: as if the printer had just been switched on.
const INITIALISE: &[u8] = b"\x1b@";
/// `GS V 66 0`: on to the cutter, and cut.
const CUT: &[u8] = b"\x1dVB\0";

/// One receipt, as long as what is on it.
pub(crate) fn receipt(bitmap: &Bitmap) -> Vec<u8> {
    let length = (0..bitmap.height()).rfind(|row| !bitmap.is_blank(*row)).map_or(0, |last| last + 1);
    let mut bytes = INITIALISE.to_vec();
    for top in (0..length).step_by(ROWS) {
        let rows = ROWS.min(length - top);
        // GS v 0, normal size, bytes of a row, rows
        bytes.extend_from_slice(b"\x1dv0\0");
        for count in [bitmap.row_bytes(), rows] {
            bytes.extend_from_slice(&u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes());
        }
        for row in top..top + rows {
            bytes.extend_from_slice(bitmap.row(row));
        }
    }
    bytes.extend_from_slice(CUT);
    bytes
}
