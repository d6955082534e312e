//! What printers understand.

use crate::layout::{SheetLayout, Stock};

/// How fine the dots of a label printer are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// 8 dots a millimetre, sold as 203 dots an inch.
    Dpi203,
    /// 12 dots a millimetre, sold as 300 dots an inch.
    Dpi300,
    /// 24 dots a millimetre, sold as 600 dots an inch.
    Dpi600,
}

impl Resolution {
    /// Coarse to fine.
    pub const ALL: [Self; 3] = [Self::Dpi203, Self::Dpi300, Self::Dpi600];

    /// What it is sold as, in dots an inch.
    #[must_use]
    pub fn dpi(self) -> u16 {
        match self {
            Self::Dpi203 => 203,
            Self::Dpi300 => 300,
            Self::Dpi600 => 600,
        }
    }

    /// The one that is sold as so many dots an inch.
    #[must_use]
    pub fn of_dpi(dpi: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|resolution| resolution.dpi() == dpi)
    }

    /// Dots in a millimetre.
    #[must_use]
    pub fn dots_per_mm(self) -> f64 {
        match self {
            Self::Dpi203 => 8.0,
            Self::Dpi300 => 12.0,
            Self::Dpi600 => 24.0,
        }
    }
}

/// A printer's language.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// PDF (PDF/A-2b), for every printer that has a driver.
    #[default]
    Pdf,
    /// ZPL II, for label printers.
    Zpl(Resolution),
    /// ESC/POS, for receipt printers of 8 dots a millimetre.
    EscPos,
}

impl Format {
    /// Its name in a sentence.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pdf => "PDF",
            Self::Zpl(_) => "ZPL",
            Self::EscPos => "ESC/POS",
        }
    }

    /// Whether such printers print on a layout: a label printer has no sheets, and a receipt printer nothing but its roll.
    #[must_use]
    pub fn prints(self, layout: &SheetLayout) -> bool {
        match self {
            Self::Pdf => true,
            Self::Zpl(_) => matches!(layout.stock, Stock::Label | Stock::Ticket | Stock::Receipt),
            Self::EscPos => layout.stock == Stock::Receipt,
        }
    }

    /// Whether a layout may be taken when none is named: of the many that PDF can print on, labels are meant.
    #[must_use]
    pub fn suggests(self, layout: &SheetLayout) -> bool {
        match self {
            Self::Pdf => matches!(layout.stock, Stock::Sheet | Stock::Label),
            Self::Zpl(_) => layout.stock == Stock::Label,
            Self::EscPos => layout.stock == Stock::Receipt,
        }
    }

    /// Dots in a millimetre: the printer's own, or those of printers that are usual for the layout.
    #[must_use]
    pub fn dots_per_mm(self, layout: &SheetLayout) -> f64 {
        match self {
            Self::Pdf => layout.dots_per_mm,
            Self::Zpl(resolution) => resolution.dots_per_mm(),
            Self::EscPos => Resolution::Dpi203.dots_per_mm(),
        }
    }
}
