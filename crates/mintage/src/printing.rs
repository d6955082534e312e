//! How labels are printed, as it is typed.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use faces::Language;
use print::{Alignment, Format, Margin, Offset, Resolution};

use crate::failure::Failure;

/// How labels are printed.
#[derive(Debug, clap::Args)]
pub(crate) struct PrintingArgs {
    /// Layout or maker's number (`mintage layouts` lists them), such as L7160; by default the template's, or else the first
    /// one of its kind on which the symbols can be read.
    #[arg(long, value_name = "NAME")]
    pub(crate) layout: Option<String>,
    /// In which language labels speak, such as de or de-AT; several as de,fr, the dearest first [default: what the template says].
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub(crate) language: Vec<Language>,
    /// The printer's language; by default what the file's name ends in (.zpl, .escpos), or else PDF.
    #[arg(long, value_enum)]
    format: Option<FormatArg>,
    /// Dots an inch of a printer of ZPL: 203, 300 or 600 [default: 203].
    #[arg(long, value_name = "DPI", value_parser = resolution)]
    dpi: Option<Resolution>,
    /// PNG picture for every label.
    #[arg(long, value_name = "FILE.png")]
    pub(crate) artwork: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) alignment: AlignmentArgs,
}

impl PrintingArgs {
    /// PDF, as it is if nothing is said.
    pub(crate) fn pdf() -> Self {
        let (layout, format, artwork) = (None, Some(FormatArg::Pdf), None);
        Self { layout, language: Vec::new(), format, dpi: None, artwork, alignment: AlignmentArgs::default() }
    }

    /// The format of a file.
    pub(crate) fn format(&self, file: &Path) -> Result<Format, Failure> {
        let by_name = || match file.extension().and_then(OsStr::to_str) {
            Some("zpl") => FormatArg::Zpl,
            Some("escpos") => FormatArg::Escpos,
            _ => FormatArg::Pdf,
        };
        match (self.format.unwrap_or_else(by_name), self.dpi) {
            (FormatArg::Zpl, dpi) => Ok(Format::Zpl(dpi.unwrap_or(Resolution::Dpi203))),
            (_, Some(_)) => Err(Failure::Said("--dpi is for printers of ZPL only; see --format".into())),
            (FormatArg::Pdf, None) => Ok(Format::Pdf),
            (FormatArg::Escpos, None) => Ok(Format::EscPos),
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatArg {
    /// For every printer that has a driver (PDF/A-2b).
    Pdf,
    /// For label printers that understand ZPL II.
    Zpl,
    /// For receipt printers that understand ESC/POS.
    Escpos,
}

/// Reads dots an inch.
fn resolution(text: &str) -> Result<Resolution, String> {
    let named = text.parse().ok().and_then(Resolution::of_dpi);
    named.ok_or_else(|| "label printers have 203, 300 or 600 dots an inch".to_owned())
}

/// How one printer differs from another; `mintage layouts test-page` shows how to measure it.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct AlignmentArgs {
    /// Millimetres by which everything is moved to the right and down, such as -0.5,1.2.
    #[arg(long, value_name = "X,Y", allow_hyphen_values = true)]
    offset: Option<Offset>,
    /// Millimetres at each edge of the page that the printer can't print on: what would stand there is refused.
    #[arg(long, value_name = "MM", allow_hyphen_values = true)]
    margin: Option<Margin>,
}

impl AlignmentArgs {
    pub(crate) fn alignment(&self) -> Alignment {
        Alignment { offset: self.offset.unwrap_or_default(), margin: self.margin.unwrap_or_default() }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum LayoutsCommand {
    /// Write a page on which it is measured where a printer puts a layout's labels, and what of the page it can't reach.
    #[command(after_help = "Example: mintage layouts test-page --layout L7160 --out page.pdf\n\n\
        Print it at 100 % on plain paper and lay it on a sheet of labels, against the light. If its outlines are 0.5 mm too far to the right and \
        1.2 mm too high, give --offset -0.5,1.2 to this command, to see that they fit, and from then on whenever that printer prints. \
        The rulers count from the edges in millimetres: the first tick that is there says what the printer leaves white at that edge, and the largest \
        of the four is given as --margin.")]
    TestPage {
        /// Layout or maker's number.
        #[arg(long, value_name = "NAME")]
        layout: String,
        /// Where to.
        #[arg(long, value_name = "FILE.pdf")]
        out: PathBuf,
        #[command(flatten)]
        alignment: AlignmentArgs,
    },
}
