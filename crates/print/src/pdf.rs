//! A PDF that is written object by object, so that a file of any length needs little memory.

use std::fmt::Write as _;
use std::io::Write;

use pdf_writer::{Chunk, Ref};
use sha2::{Digest, Sha256};

use crate::PrintError;

/// Lines of the table of objects that are written at a time.
const LINES: usize = 4096;

/// The file so far: what was written, and where each object stands.
pub(crate) struct PdfFile<W> {
    writer: W,
    written: u64,
    digest: Sha256,
    offsets: Vec<u64>,
}

impl<W: Write> PdfFile<W> {
    /// Begins a file of PDF 1.7; the comment tells transports that it is binary.
    pub(crate) fn begin(writer: W) -> Result<Self, PrintError> {
        let mut file = Self { writer, written: 0, digest: Sha256::new(), offsets: Vec::new() };
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

    /// Writes the table of objects and the trailer (ISO 32000-1, 7.5.4 and 7.5.5). The file's identifier follows from its content, so that
    /// the same labels are the same file.
    pub(crate) fn finish(mut self, catalog: Ref) -> Result<(), PrintError> {
        let start = self.written;
        let count = self.offsets.len() + 1;
        let id: String = self.digest.clone().finalize()[..16].iter().fold(String::new(), |mut id, byte| {
            let _ = write!(id, "{byte:02x}"); // writing to a string doesn't fail
            id
        });
        self.put(format!("xref\n0 {count}\n0000000000 65535 f \n").as_bytes())?;
        for offsets in std::mem::take(&mut self.offsets).chunks(LINES) {
            let table = offsets.iter().fold(String::new(), |mut table, offset| {
                let _ = writeln!(table, "{offset:010} 00000 n ");
                table
            });
            self.put(table.as_bytes())?;
        }
        let root = catalog.get();
        let trailer = format!(
            "trailer\n<< /Size {count} /Root {root} 0 R /ID [<{id}> <{id}>] >>\nstartxref\n{start}\n%%EOF\n"
        );
        self.put(trailer.as_bytes())?;
        Ok(self.writer.flush()?)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), PrintError> {
        self.writer.write_all(bytes)?;
        self.digest.update(bytes);
        self.written += bytes.len() as u64;
        Ok(())
    }
}
