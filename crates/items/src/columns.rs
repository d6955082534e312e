//! The columns of an items file.

use indicia::ItemError;

/// One column, or key of a JSON object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Column {
    Kind,
    Template,
    Amount,
    Currency,
    Holder,
    Reference,
    ValidFrom,
    ValidUntil,
    Weight,
    Service,
    Uses,
    Event,
    Seat,
    Entrance,
    EnterFrom,
    EnterUntil,
    Mailed,
    Origin,
    Destination,
    Reentry,
    Barcode,
    Key,
}

impl Column {
    pub(crate) const ALL: [Self; 22] = [
        Self::Kind,
        Self::Template,
        Self::Amount,
        Self::Currency,
        Self::Holder,
        Self::Reference,
        Self::ValidFrom,
        Self::ValidUntil,
        Self::Weight,
        Self::Service,
        Self::Uses,
        Self::Event,
        Self::Seat,
        Self::Entrance,
        Self::EnterFrom,
        Self::EnterUntil,
        Self::Mailed,
        Self::Origin,
        Self::Destination,
        Self::Reentry,
        Self::Barcode,
        Self::Key,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Template => "template",
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::Holder => "holder",
            Self::Reference => "reference",
            Self::ValidFrom => "valid_from",
            Self::ValidUntil => "valid_until",
            Self::Weight => "weight_g",
            Self::Service => "service",
            Self::Uses => "uses",
            Self::Event => "event",
            Self::Seat => "seat",
            Self::Entrance => "entrance",
            Self::EnterFrom => "enter_from",
            Self::EnterUntil => "enter_until",
            Self::Mailed => "mailed",
            Self::Origin => "origin",
            Self::Destination => "destination",
            Self::Reentry => "reentry",
            Self::Barcode => "barcode",
            Self::Key => "key",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }

    /// Where a rule of items is broken.
    pub(crate) fn of_rule(error: &ItemError) -> Self {
        match error {
            ItemError::Zero => Self::Amount,
            ItemError::ExpiresBeforeValid => Self::ValidUntil,
            ItemError::Uses(_) | ItemError::Shares { .. } => Self::Uses,
            ItemError::Reentry => Self::Reentry,
            ItemError::Barcode(_) => Self::Barcode,
            ItemError::EnterFrom => Self::EnterFrom,
            ItemError::EnterUntil | ItemError::NeverEntered => Self::EnterUntil,
            ItemError::TooLong { field, .. }
            | ItemError::Empty(field)
            // Texts are called by their columns' names.
            | ItemError::ControlCharacter(field) => Self::from_name(field).unwrap_or(Self::Service),
        }
    }

    pub(crate) fn all_names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// Whether a number stands for its digits in JSON.
    pub(crate) fn takes_numbers(self) -> bool {
        matches!(self, Self::Amount | Self::Weight | Self::Uses)
    }

    /// Whether `true` and `false` stand for their words in JSON.
    pub(crate) fn takes_flags(self) -> bool {
        matches!(self, Self::Reentry)
    }

    /// The name that differs in the fewest letters, if it is clearly what was meant.
    pub(crate) fn nearest(name: &str) -> Option<String> {
        if name.chars().count() > 40 {
            return None;
        }
        let name = name.trim().to_ascii_lowercase().replace([' ', '-'], "_");
        let distances = Self::ALL.map(|column| (distance(&name, column.name()), column.name()));
        let (distance, nearest) = distances.into_iter().min()?;
        (distance <= 2).then(|| nearest.to_owned())
    }
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let changed = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
