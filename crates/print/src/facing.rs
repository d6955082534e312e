//! Facing identification marks: bars at a letter's upper edge, by which the machines of the United States Postal Service turn it the right way
//! (USPS Publication 25; DMM 708).

/// A facing identification mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FacingMark {
    /// Courtesy reply mail with a barcode.
    A,
    /// Business reply mail without a barcode.
    B,
    /// Business reply mail with a barcode.
    C,
    /// Letters with information-based indicia.
    D,
    /// Letters with an Intelligent Mail barcode of a customer's own service.
    E,
}

impl FacingMark {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::A, Self::B, Self::C, Self::D, Self::E];

    /// Its letter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
        }
    }
}
