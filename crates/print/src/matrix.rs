//! Symbols as grids of dark and light modules.

use datamatrix::{DataMatrix, DataMatrixBuilder, EncodationType, SymbolList};

use crate::PrintError;
use crate::label::SymbolContent;
use crate::qr;

/// Alphanumeric characters of the largest QR code at level M (ISO/IEC 18004, table 7).
const MOST_QR: usize = 3391;
/// Bytes of the largest Data Matrix in Base 256 (ISO/IEC 16022, table 7).
const MOST_DATA_MATRIX: usize = 1555;

/// A symbol of a metre helps nobody: one millimetre a module is enough for any reader.
const MOST_MODULE: f64 = 1.0;

/// A square symbol, without its quiet zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    size: usize,
    /// A bit a module, rows padded to bytes.
    bits: Vec<u8>,
    quiet: usize,
    least_module: f64,
    most_module: f64,
}

impl Matrix {
    /// The symbol of a content.
    ///
    /// # Errors
    /// [`PrintError::TooLong`].
    pub fn of(content: &SymbolContent) -> Result<Self, PrintError> {
        match content {
            SymbolContent::Qr(text) => Self::qr(text),
            SymbolContent::DataMatrix(bytes) => Self::data_matrix(bytes),
        }
    }

    fn qr(text: &str) -> Result<Self, PrintError> {
        let too_long = || PrintError::TooLong {
            symbol: "QR code",
            length: text.len(),
            unit: "characters",
            most: MOST_QR,
        };
        let (size, bits) = qr::symbol(text).ok_or_else(too_long)?;
        // ISO/IEC 18004 asks for four light modules around it; a phone reads modules of 0.25 mm.
        Ok(Self { size, bits, quiet: 4, least_module: 0.25, most_module: MOST_MODULE })
    }

    /// Base 256 only: ten times as fast as looking for a shorter encodation, and signatures have none.
    fn data_matrix(bytes: &[u8]) -> Result<Self, PrintError> {
        let code = DataMatrixBuilder::new()
            .with_encodation_types(EncodationType::Base256)
            .with_symbol_list(SymbolList::default().enforce_square())
            .encode(bytes);
        let code = code.map_err(|_| too_many_bytes(bytes.len()))?;
        Ok(Self::of_code(&code))
    }

    /// A GS1 DataMatrix of an element string as symbols hold it.
    ///
    /// # Errors
    /// [`PrintError::TooLong`].
    pub(crate) fn gs1(text: &str) -> Result<Self, PrintError> {
        let code = DataMatrix::encode_gs1(text.as_bytes(), SymbolList::default().enforce_square());
        let code = code.map_err(|_| too_many_bytes(text.len()))?;
        // GS1 General Specifications, symbols at the retail point of sale: half as large again as a linear symbol's least 0.264 mm.
        Ok(Self { least_module: 0.396, most_module: 0.5, ..Self::of_code(&code) })
    }

    fn of_code(code: &DataMatrix) -> Self {
        let bitmap = code.bitmap();
        // ISO/IEC 16022 asks for one light module around it; two are easier to read.
        let size = bitmap.width();
        let bits = bitmap.bits().chunks(size).flat_map(|row| row.chunks(8).map(packed)).collect();
        Self { size, bits, quiet: 2, least_module: 0.25, most_module: MOST_MODULE }
    }

    /// Modules of one side.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Light modules to be left on each side.
    #[must_use]
    pub fn quiet(&self) -> usize {
        self.quiet
    }

    /// Modules of one side with the quiet zone.
    #[must_use]
    pub fn outer_size(&self) -> usize {
        self.size + 2 * self.quiet
    }

    /// Smallest module that is read, in millimetres.
    #[must_use]
    pub fn least_module(&self) -> f64 {
        self.least_module
    }

    /// Largest module that is of use, in millimetres.
    pub(crate) fn most_module(&self) -> f64 {
        self.most_module
    }

    /// Whether a module is dark; all outside are light.
    #[must_use]
    pub fn is_dark(&self, column: usize, row: usize) -> bool {
        let byte = |place: usize| self.bits[row * self.size.div_ceil(8) + place];
        column < self.size && row < self.size && byte(column / 8) & (0x80 >> (column % 8)) != 0
    }

    /// One bit a module, rows padded to bytes, dark is one.
    #[must_use]
    pub fn bits(&self) -> &[u8] {
        &self.bits
    }
}

fn too_many_bytes(length: usize) -> PrintError {
    PrintError::TooLong { symbol: "Data Matrix", length, unit: "bytes", most: MOST_DATA_MATRIX }
}

/// Up to eight modules, the first in the highest bit.
fn packed(modules: &[bool]) -> u8 {
    modules.iter().enumerate().fold(0, |byte, (place, dark)| byte | u8::from(*dark) << (7 - place))
}
