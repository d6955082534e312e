//! Labels that are printed one at a time, from a roll.

use std::io::Write;

use rayon::prelude::*;

use crate::artwork::Artwork;
use crate::bitmap::Bitmap;
use crate::label::Label;
use crate::printout::{PrintReport, Setup};
use crate::{PrintError, raster};

/// One label after the other.
pub(crate) struct RollLabels<W> {
    writer: W,
    setup: Setup,
    artwork: Option<Artwork>,
    /// How the printer is told a label's dots.
    encode: fn(&Bitmap) -> Vec<u8>,
    labels: usize,
}

impl<W: Write> RollLabels<W> {
    pub(crate) fn begin(
        writer: W,
        setup: Setup,
        artwork: Option<&Artwork>,
        encode: fn(&Bitmap) -> Vec<u8>,
    ) -> Self {
        Self { writer, setup, artwork: artwork.cloned(), encode, labels: 0 }
    }

    /// Adds the next labels, drawn on all cores.
    pub(crate) fn add(&mut self, labels: &[Label]) -> Result<(), PrintError> {
        let (setup, artwork, encode) = (self.setup, self.artwork.as_ref(), self.encode);
        let written = labels.par_iter().map(|label| Ok(encode(&raster::draw(label, setup, artwork)?)));
        for bytes in written.collect::<Result<Vec<_>, PrintError>>()? {
            self.writer.write_all(&bytes)?;
        }
        self.labels += labels.len();
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<PrintReport, PrintError> {
        self.writer.flush()?;
        Ok(PrintReport { pages: self.labels, labels: self.labels })
    }
}
