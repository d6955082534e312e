//! Labels in a file.

use std::fs::Permissions;
use std::io::BufWriter;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use engine::Issued;
use faces::{Faces, Voices};
use indicia::{Item, Segment, SegmentError};
use paper::Printing;
use print::{Alignment, Artwork, Format, PrintReport, SheetLayout};
use tempfile::NamedTempFile;

use crate::failure::Failure;
use crate::output;
use crate::printing::PrintingArgs;

/// Everything that printing needs, so that what is wrong with it is said before anything is issued.
pub(crate) struct Printer<'f> {
    voices: Voices<'f>,
    out: PathBuf,
    file: NamedTempFile,
    layout: Option<&'static SheetLayout>,
    format: Format,
    alignment: Alignment,
    artwork: Option<Artwork>,
}

/// The layout of this name, or with this maker's number.
pub(crate) fn layout(name: &str) -> Result<&'static SheetLayout, Failure> {
    SheetLayout::by_name(name)
        .ok_or_else(|| Failure::Said(format!("there is no layout named {name}; see `mintage layouts`")))
}

impl<'f> Printer<'f> {
    /// Finds the layout, reads the artwork, looks whether the items can be printed, and begins a file beside the one to be written.
    pub(crate) fn prepare(
        out: &Path,
        printing: &PrintingArgs,
        faces: &'f Faces,
        items: &[Item],
    ) -> Result<Self, Failure> {
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
        let printer = Self {
            voices: faces.voices(&printing.language),
            layout: printing.layout.as_deref().map(layout).transpose()?,
            format: printing.format(out)?,
            alignment: printing.alignment.alignment(),
            artwork: printing.artwork.as_deref().map(read).transpose()?,
            file: file.map_err(Failure::io(out))?,
            out: out.to_owned(),
        };
        printer.printing().check(items, &printer.voices)?;
        Ok(printer)
    }

    fn printing(&self) -> Printing<'_> {
        let (layout, format, alignment) = (self.layout, self.format, self.alignment);
        Printing { layout, format, alignment, artwork: self.artwork.as_ref() }
    }

    /// Prints a batch; the file is there whole, or not at all.
    pub(crate) fn print(
        self,
        issued: &Issued,
        items: &[Item],
        as_json: bool,
    ) -> Result<PrintReport, Failure> {
        let whole = indicia_of(issued)?.into_iter().zip(items);
        let whole = whole.filter_map(|(indicium, item)| Some((indicium?, item.clone())));
        let (indicia, items): (Vec<_>, Vec<_>) = whole.unzip();
        let bar = output::progress("printing", indicia.len() as u64, as_json);
        let writer = BufWriter::new(self.file.as_file());
        let progress = &mut |count| bar.inc(count);
        let report = self.printing().write(writer, &indicia, &items, &self.voices, progress)?;
        bar.finish_and_clear();
        self.file.persist(&self.out).map_err(|error| Failure::io(&self.out)(error.error))?;
        Ok(report)
    }
}

/// The batch's own indicia, in order: a pack may have neighbours of it too. Nothing stands for one whose holder's data was erased
/// since.
pub(crate) fn indicia_of(issued: &Issued) -> Result<Vec<Option<Vec<u8>>>, Failure> {
    let range = issued.first_number..issued.first_number + u64::from(issued.count);
    let mut indicia = Vec::with_capacity(issued.count as usize);
    for pack in issued.packs.iter() {
        Segment::new(&pack.bytes).each_kept(|number, kept| {
            if range.contains(&number) {
                indicia.push(kept.into_whole());
            }
            Ok::<_, SegmentError>(())
        })?;
    }
    Ok(indicia)
}
