//! Labels brought to paper, whatever the printer understands.

use std::io::Write;

use crate::alignment::Alignment;
use crate::artwork::Artwork;
use crate::beside::{Beside, Placed};
use crate::design::Design;
use crate::format::Format;
use crate::label::Label;
use crate::layout::SheetLayout;
use crate::roll::RollLabels;
use crate::sheet::PdfSheets;
use crate::{PrintError, escpos, zpl};

/// On what to print, and by what.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setup {
    /// What is printed on.
    pub layout: &'static SheetLayout,
    /// The printer's language.
    pub format: Format,
    /// The printer's peculiarities.
    pub alignment: Alignment,
}

impl Setup {
    /// PDF for a printer without peculiarities.
    #[must_use]
    pub fn new(layout: &'static SheetLayout) -> Self {
        Self { layout, format: Format::Pdf, alignment: Alignment::default() }
    }

    /// Whether it can be printed at all.
    ///
    /// # Errors
    /// [`PrintError::WrongStock`], [`PrintError::Unprintable`].
    pub fn check(&self) -> Result<(), PrintError> {
        if !self.format.prints(self.layout) {
            let others = SheetLayout::all().iter().filter(|layout| self.format.prints(layout));
            let others = others.map(|layout| layout.name).collect::<Vec<_>>().join(", ");
            let format = self.format.name();
            return Err(PrintError::WrongStock { layout: self.layout.name, format, others });
        }
        self.alignment.check(self.layout, self.is_roll())
    }

    /// Whether a label has room for all that nobody can do without: a symbol that can be read, and lines to sign on.
    ///
    /// # Errors
    /// [`PrintError::TooSmall`] with the size that the symbol needs, and what else drawing it would say.
    pub fn fits(&self, label: &Label) -> Result<(), PrintError> {
        Design::of(label, self.layout, self.dots_per_mm(), None).map(drop)
    }

    /// Whether labels have room for such a barcode beside their symbols, whatever those are.
    ///
    /// # Errors
    /// [`PrintError::TooSmall`] with the size that it needs, [`PrintError::TooLong`].
    pub fn has_room_for(&self, beside: &Beside) -> Result<(), PrintError> {
        Placed::of(beside, self.layout, self.dots_per_mm()).map(drop)
    }

    /// Whether each label is sent by itself, with nothing of the page around it.
    fn is_roll(&self) -> bool {
        self.format != Format::Pdf
    }

    pub(crate) fn dots_per_mm(&self) -> f64 {
        self.format.dots_per_mm(self.layout)
    }
}

/// What came of a printout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrintReport {
    /// Pages written; of a roll, labels.
    pub pages: usize,
    /// Labels written.
    pub labels: usize,
}

/// Labels on their way to paper.
pub struct Printout<W>(Kind<W>);

enum Kind<W> {
    Sheets(Box<PdfSheets<W>>),
    Roll(RollLabels<W>),
}

impl<W: Write> Printout<W> {
    /// Begins.
    ///
    /// # Errors
    /// [`PrintError`].
    pub fn begin(writer: W, setup: Setup, artwork: Option<&Artwork>) -> Result<Self, PrintError> {
        setup.check()?;
        Ok(Self(match setup.format {
            Format::Pdf => Kind::Sheets(Box::new(PdfSheets::begin(writer, setup, artwork)?)),
            Format::Zpl(_) => Kind::Roll(RollLabels::begin(writer, setup, artwork, zpl::label)),
            Format::EscPos => Kind::Roll(RollLabels::begin(writer, setup, artwork, escpos::receipt)),
        }))
    }

    /// Adds the next labels. They are drawn on all cores, so that hundreds at a time are best.
    ///
    /// # Errors
    /// [`PrintError::TooLong`], [`PrintError::TooSmall`], [`PrintError::NoRoom`], [`PrintError::Undrawable`], [`PrintError::Io`]; what was written is of no use then.
    pub fn add(&mut self, labels: &[Label]) -> Result<(), PrintError> {
        match &mut self.0 {
            Kind::Sheets(sheets) => sheets.add(labels),
            Kind::Roll(roll) => roll.add(labels),
        }
    }

    /// Ends it.
    ///
    /// # Errors
    /// [`PrintError`].
    pub fn finish(self) -> Result<PrintReport, PrintError> {
        match self.0 {
            Kind::Sheets(sheets) => sheets.finish(),
            Kind::Roll(roll) => roll.finish(),
        }
    }
}
