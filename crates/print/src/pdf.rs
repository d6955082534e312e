//! A PDF that is written object by object, so that a file of any length needs little memory.

use std::io::Write;

use pdf_writer::{Chunk, Ref};

use crate::PrintError;

/// The file so far: what was written, and where each object stands.
pub(crate) struct PdfFile<W> {
    writer: W,
    written: u64,
    offsets: Vec<u64>,
}

impl<W: Write> PdfFile<W> {
    /// Begins a file of PDF 1.7; the comment tells transports that it is binary.
    pub(crate) fn begin(writer: W) -> Result<Self, PrintError> {
        let mut file = Self { writer, written: 0, offsets: Vec::new() };
        file.put(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")?;
        Ok(file)
    }

    /// The number of an object that is to be written.
    pub(crate) fn reserve(&mut self) -> Ref {
        self.offsets.push(0);
        // A file with two thousand million objects would have been refused long before.
        Ref::new(i32::try_from(self.offsets.len()).unwrap_or(i32::MAX))
    }

    /// Writes one object.
    pub(crate) fn object(&mut self, number: Ref, chunk: &Chunk) -> Result<(), PrintError> {
        let place = usize::try_from(number.get() - 1).unwrap_or_default();
        self.offsets[place] = self.written;
        self.put(chunk.as_bytes())
    }

    /// Writes the table of objects and the trailer (ISO 32000-1, 7.5.4 and 7.5.5).
    pub(crate) fn finish(mut self, catalog: Ref) -> Result<(), PrintError> {
        let start = self.written;
        let count = self.offsets.len() + 1;
        let mut table = format!("xref\n0 {count}\n0000000000 65535 f \n");
        for offset in &self.offsets {
            table.push_str(&format!("{offset:010} 00000 n \n"));
        }
        let root = catalog.get();
        table
            .push_str(&format!("trailer\n<< /Size {count} /Root {root} 0 R >>\nstartxref\n{start}\n%%EOF\n"));
        self.put(table.as_bytes())?;
        Ok(self.writer.flush()?)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), PrintError> {
        self.writer.write_all(bytes)?;
        self.written += bytes.len() as u64;
        Ok(())
    }
}
