//! Sheets of labels in a file.

use std::fs::Permissions;
use std::io::BufWriter;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use engine::Issued;
use indicia::{Item, Segment, SegmentError};
use print::{Artwork, PdfReport, SheetLayout};
use tempfile::NamedTempFile;

use crate::failure::Failure;
use crate::output;

/// Everything that printing needs, so that what is wrong with it is said before anything is issued.
pub(crate) struct Printer {
    out: PathBuf,
    file: NamedTempFile,
    layout: Option<&'static SheetLayout>,
    artwork: Option<Artwork>,
}

impl Printer {
    /// Finds the layout, reads the artwork, and begins a file beside the one to be written.
    pub(crate) fn prepare(out: &Path, layout: Option<&str>, artwork: Option<&Path>) -> Result<Self, Failure> {
        let by_name = |name: &str| {
            SheetLayout::by_name(name).ok_or_else(|| {
                Failure::Said(format!("there is no layout named {name}; see `mintage layouts`"))
            })
        };
        let read = |path: &Path| -> Result<Artwork, Failure> {
            Ok(Artwork::from_png(&std::fs::read(path).map_err(Failure::io(path))?)?)
        };
        if out.metadata().is_ok_and(|there| !there.is_file()) {
            let path = out.display();
            return Err(Failure::Said(format!(
                "{path} is there and is no file, so it can't be written as one"
            )));
        }
        let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
        let file = tempfile::Builder::new()
            .prefix(".mintage-")
            .permissions(Permissions::from_mode(0o666)) // less what the user's umask takes away
            .tempfile_in(folder.unwrap_or(Path::new(".")));
        Ok(Self {
            layout: layout.map(by_name).transpose()?,
            artwork: artwork.map(read).transpose()?,
            file: file.map_err(Failure::io(out))?,
            out: out.to_owned(),
        })
    }

    /// Prints a batch on sheets; the file is there whole, or not at all.
    pub(crate) fn print(self, issued: &Issued, items: &[Item], as_json: bool) -> Result<PdfReport, Failure> {
        let indicia = indicia_of(issued)?;
        let bar = output::progress("printing", indicia.len() as u64, as_json);
        let writer = BufWriter::new(self.file.as_file());
        let progress = &mut |count| bar.inc(count);
        let report =
            paper::write_sheets(writer, self.layout, self.artwork.as_ref(), &indicia, items, progress)?;
        bar.finish_and_clear();
        self.file.persist(&self.out).map_err(|error| Failure::io(&self.out)(error.error))?;
        Ok(report)
    }
}

/// The batch's own indicia, in order: a pack may have neighbours of it too.
pub(crate) fn indicia_of(issued: &Issued) -> Result<Vec<Vec<u8>>, Failure> {
    let range = issued.first_number..issued.first_number + u64::from(issued.count);
    let mut indicia = Vec::with_capacity(issued.count as usize);
    for pack in issued.packs.iter() {
        Segment::new(&pack.bytes).each(|number, bytes| {
            if range.contains(&number) {
                indicia.push(bytes);
            }
            Ok::<_, SegmentError>(())
        })?;
    }
    Ok(indicia)
}
