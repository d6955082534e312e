//! Kinds of items, and the templates that say how each is made.

use std::fmt;
use std::str::FromStr;

use crate::claims::Claims;

/// What an indicium stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Postage on a mail piece.
    Postage,
    /// Admission or carriage.
    Ticket,
    /// A reduction.
    Coupon,
    /// Stored value.
    Voucher,
    /// A traveller's cheque.
    Cheque,
    /// Bearer currency of an issuer of its own.
    Scrip,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Postage, Self::Ticket, Self::Coupon, Self::Voucher, Self::Cheque, Self::Scrip];

    /// The number in the claims.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Postage => 1,
            Self::Ticket => 2,
            Self::Coupon => 3,
            Self::Voucher => 4,
            Self::Cheque => 5,
            Self::Scrip => 6,
        }
    }

    /// The kind with this number.
    #[must_use]
    pub fn from_code(code: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| u64::from(kind.code()) == code)
    }

    /// Its name in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Postage => "postage",
            Self::Ticket => "ticket",
            Self::Coupon => "coupon",
            Self::Voucher => "voucher",
            Self::Cheque => "cheque",
            Self::Scrip => "scrip",
        }
    }

    /// Whether the device's registers are printed: postal rules ask for them, and nobody else's buyer wants the
    /// balance on a ticket.
    #[must_use]
    pub fn shows_registers(self) -> bool {
        matches!(self, Self::Postage)
    }

    /// Whether its items are signed by whoever buys them, and are good once he has signed again before whoever takes them.
    #[must_use]
    pub fn is_countersigned(self) -> bool {
        matches!(self, Self::Cheque)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or(())
    }
}

/// Number of a template in the claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TemplateId(pub u16);

/// The symbol that carries an indicium.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Symbol {
    /// QR code with the text form.
    Qr,
    /// Data Matrix with the byte form.
    DataMatrix,
}

impl Symbol {
    /// Its name in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Qr => "qr",
            Self::DataMatrix => "data matrix",
        }
    }
}

/// How much of an indicium a use takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Redeeming {
    /// All that it is worth, at once.
    Whole,
    /// As much as is asked for, until nothing is left.
    InPart,
}

impl Redeeming {
    /// Its name in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::InPart => "in part",
        }
    }
}

/// How items of one sort are made, and how they are used.
#[derive(Debug, PartialEq, Eq)]
pub struct Template {
    /// Its number.
    pub id: TemplateId,
    /// Its name.
    pub name: &'static str,
    /// What its items are.
    pub kind: Kind,
    /// What carries them.
    pub symbol: Symbol,
    /// What is printed above the amount.
    pub title: &'static str,
    /// Whether the device's certificate travels inside, so that a verifier needs only the root key.
    pub embeds_certificate: bool,
    /// How much a use takes.
    pub redeeming: Redeeming,
}

const fn template(
    id: u16,
    kind: Kind,
    name: &'static str,
    title: &'static str,
    symbol: Symbol,
    embeds_certificate: bool,
    redeeming: Redeeming,
) -> Template {
    Template { id: TemplateId(id), name, kind, symbol, title, embeds_certificate, redeeming }
}

static TEMPLATES: [Template; 7] = [
    template(1, Kind::Ticket, "ticket", "Ticket", Symbol::Qr, false, Redeeming::Whole),
    template(2, Kind::Postage, "postage", "Postage", Symbol::DataMatrix, false, Redeeming::Whole),
    template(3, Kind::Coupon, "coupon", "Coupon", Symbol::Qr, false, Redeeming::Whole),
    template(4, Kind::Voucher, "voucher", "Voucher", Symbol::Qr, false, Redeeming::InPart),
    template(5, Kind::Cheque, "cheque", "Traveller's cheque", Symbol::Qr, true, Redeeming::Whole),
    template(6, Kind::Scrip, "scrip", "Note", Symbol::DataMatrix, true, Redeeming::Whole),
    template(7, Kind::Voucher, "gift", "Gift", Symbol::Qr, true, Redeeming::InPart),
];

impl Template {
    /// All templates.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &TEMPLATES
    }

    /// The template with this number.
    #[must_use]
    pub fn by_id(id: TemplateId) -> Option<&'static Self> {
        TEMPLATES.iter().find(|template| template.id == id)
    }

    /// The template with this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Self> {
        TEMPLATES.iter().find(|template| template.name == name)
    }

    /// The template that a kind has when none is named.
    #[must_use]
    pub fn for_kind(kind: Kind) -> &'static Self {
        // The table has one of each kind, before any other of that kind; a test holds it to that.
        TEMPLATES.iter().find(|template| template.kind == kind).unwrap_or(&TEMPLATES[0])
    }

    /// The template by which an indicium was made, as its claims say; its kind's where that isn't known here.
    #[must_use]
    pub fn of_claims(claims: &Claims<'_>) -> &'static Self {
        Self::by_id(claims.template).unwrap_or(Self::for_kind(claims.kind))
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Template};

    #[test]
    fn every_kind_has_a_template_of_its_own_kind() {
        for kind in Kind::ALL {
            assert_eq!(Template::for_kind(kind).kind, kind);
            assert_eq!(Template::for_kind(kind).name, kind.name());
            assert_eq!(kind.name().parse(), Ok(kind));
            assert_eq!(Kind::from_code(u64::from(kind.code())), Some(kind));
        }
    }
}
