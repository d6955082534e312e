//! Symbols as modules.

use print::{Matrix, SymbolContent};
use rxing::aztec::AztecWriter;
use rxing::common::BitMatrix;
use rxing::pdf417::PDF417Writer;
use rxing::{BarcodeFormat, EncodeHints, Writer};

/// Characters of QR's alphanumeric mode, in which indicia's texts are.
const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// Which sort of symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Symbol {
    Qr,
    DataMatrix,
    Aztec,
    Pdf417,
}

/// Modules of a symbol, without its quiet zone.
pub(crate) struct Grid {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) quiet: usize,
    pub(crate) symbol: Symbol,
    dark: Vec<bool>,
}

impl Symbol {
    pub(crate) const ALL: [Self; 4] = [Self::Qr, Self::DataMatrix, Self::Aztec, Self::Pdf417];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Qr => "QR",
            Self::DataMatrix => "Data Matrix",
            Self::Aztec => "Aztec",
            Self::Pdf417 => "PDF417",
        }
    }

    /// What a symbol of this sort carries for some bytes: text of three characters for two bytes, or the bytes.
    pub(crate) fn content(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Qr | Self::Aztec => {
                let of_pair = |pair: &[u8]| {
                    let value = usize::from(pair[0]) * 256 + usize::from(pair[1]);
                    [value % 45, value / 45 % 45, value / 2025].map(|digit| ALPHABET[digit])
                };
                [b"VBI:".as_slice(), &bytes.chunks_exact(2).flat_map(of_pair).collect::<Vec<u8>>()].concat()
            }
            Self::DataMatrix | Self::Pdf417 => bytes.to_vec(),
        }
    }

    /// Those that we print as we print them, the others as other people do.
    pub(crate) fn grid(self, content: &[u8]) -> Grid {
        let latin: String = content.iter().copied().map(char::from).collect();
        match self {
            Self::Qr => Grid::printed(self, &SymbolContent::Qr(latin)),
            Self::DataMatrix => Grid::printed(self, &SymbolContent::DataMatrix(content.to_vec())),
            Self::Aztec => {
                let hints = EncodeHints { Margin: Some("0".into()), ..EncodeHints::default() };
                let made = AztecWriter.encode_with_hints(&latin, &BarcodeFormat::AZTEC, 0, 0, &hints);
                Grid::of(self, &made.expect("an Aztec code"))
            }
            Self::Pdf417 => {
                let hints = EncodeHints {
                    Margin: Some("0".into()),
                    CharacterSet: Some("ISO-8859-1".into()),
                    ErrorCorrection: Some("5".into()),
                    ..EncodeHints::default()
                };
                let made = PDF417Writer.encode_with_hints(&latin, &BarcodeFormat::PDF_417, 0, 0, &hints);
                Grid::of(self, &made.expect("a PDF417"))
            }
        }
    }
}

impl Grid {
    fn printed(symbol: Symbol, content: &SymbolContent) -> Self {
        let matrix = Matrix::of(content).expect("a symbol");
        let size = matrix.size();
        let dark = (0..size * size).map(|place| matrix.is_dark(place % size, place / size)).collect();
        Self { width: size, height: size, quiet: matrix.quiet(), symbol, dark }
    }

    fn of(symbol: Symbol, bits: &BitMatrix) -> Self {
        let (width, height) = (bits.getWidth(), bits.getHeight());
        let dark = (0..height).flat_map(|y| (0..width).map(move |x| bits.get(x, y))).collect();
        Self { width: width as usize, height: height as usize, quiet: 2, symbol, dark }
    }

    /// Whether it is dark at a place in modules; nothing around it is.
    pub(crate) fn is_dark(&self, x: f32, y: f32) -> bool {
        let is_in = x >= 0.0 && y >= 0.0 && x < self.width as f32 && y < self.height as f32;
        is_in && self.dark[y as usize * self.width + x as usize]
    }
}
