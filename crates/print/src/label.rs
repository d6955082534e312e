//! What stands on a label.

use crate::beside::Beside;
use crate::facing::FacingMark;

/// What the symbol carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SymbolContent {
    /// Text in QR's alphanumeric set, for a QR code.
    Qr(String),
    /// Bytes, for a Data Matrix.
    DataMatrix(Vec<u8>),
}

/// One label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The symbol.
    pub symbol: SymbolContent,
    /// What it is: "Ticket".
    pub title: String,
    /// What it is worth: "12.50 USD".
    pub amount: String,
    /// The printed serial.
    pub serial: String,
    /// For whom.
    pub holder: Option<String>,
    /// Until when.
    pub validity: Option<String>,
    /// Anything else, a line each.
    pub lines: Vec<String>,
    /// Its terms, broken into several lines where they are long.
    pub terms: Option<String>,
    /// What stands below each line to sign on.
    pub signatures: Vec<String>,
    /// The mark by which the post's machines turn a letter the right way.
    pub facing_mark: Option<FacingMark>,
    /// The barcode of its trade's own.
    pub beside: Option<Beside>,
}
