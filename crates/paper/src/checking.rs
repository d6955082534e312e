//! What is to be said of a candidate.

use std::fmt;

use indicia::{
    GoodRoots, HolderDigest, HolderMatch, Indicium, Reason, Serial, TrustBundle, UnixTime, Verdict,
    verify_many,
};

use crate::finding::Candidate;

/// Whether something is a genuine indicium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// It is.
    Genuine,
    /// It isn't.
    NotGenuine,
    /// The bundle isn't enough to tell.
    CannotTell,
}

impl Judgement {
    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Genuine => "genuine",
            Self::NotGenuine => "not genuine",
            Self::CannotTell => "can't tell",
        }
    }
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What was found of one symbol or text. What an indicium says is said only of a genuine one.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Its page, from 1.
    pub page: Option<usize>,
    /// Whether it is genuine.
    pub judgement: Judgement,
    /// Why it isn't, or why that can't be told.
    pub reason: Option<String>,
    /// Its serial.
    pub serial: Option<Serial>,
    /// Its kind.
    pub kind: Option<String>,
    /// What it is worth.
    pub amount: Option<String>,
    /// When it was issued.
    pub issued_at: Option<UnixTime>,
    /// When it ends.
    pub expires: Option<String>,
    /// The tie to whom it is made out to, if it is to anybody.
    pub holder: Option<HolderDigest>,
}

impl Checked {
    /// Whether it is made out to somebody who is said to hold it. Nothing is said of what isn't genuine.
    #[must_use]
    pub fn is_held_by(&self, holder: &str) -> Option<HolderMatch> {
        (self.judgement == Judgement::Genuine).then(|| HolderMatch::of(self.holder.as_ref(), holder))
    }
}

/// Checks candidates at a time against a bundle, one after the other; what was signed together is checked together.
pub fn check(
    candidates: impl IntoIterator<Item = Candidate>,
    bundle: &TrustBundle,
    now: UnixTime,
) -> impl Iterator<Item = Checked> {
    let mut roots = GoodRoots::default();
    candidates.into_iter().map(move |(page, bytes)| match bytes {
        Ok(bytes) => checked(page, verify_many(&bytes, bundle, now, &mut roots)),
        Err(reason) => nothing(page, Judgement::NotGenuine, reason),
    })
}

/// The same for whoever has the books: they say whether an indicium was issued whose key is revoked.
///
/// # Errors
/// Where the books can't be asked.
pub fn check_by_books<E>(
    candidates: impl IntoIterator<Item = Candidate>,
    bundle: &TrustBundle,
    now: UnixTime,
    mut was_issued: impl FnMut(&Indicium<'_>) -> Result<bool, E>,
) -> impl Iterator<Item = Result<Checked, E>> {
    let mut roots = GoodRoots::default();
    candidates.into_iter().map(move |(page, bytes)| {
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(reason) => return Ok(nothing(page, Judgement::NotGenuine, reason)),
        };
        let verdict = verify_many(&bytes, bundle, now, &mut roots);
        Ok(checked(page, by_books(&bytes, verdict, &mut was_issued)?))
    })
}

/// What a verdict becomes by the word of the books.
fn by_books<'a, E>(
    bytes: &'a [u8],
    verdict: Verdict<'a>,
    was_issued: impl FnOnce(&Indicium<'_>) -> Result<bool, E>,
) -> Result<Verdict<'a>, E> {
    let (Verdict::CannotTell(Reason::KeyRevoked), Ok(indicium)) = (&verdict, Indicium::decode(bytes)) else {
        return Ok(verdict);
    };
    let is_there = was_issued(&indicium)?;
    Ok(if is_there { Verdict::Genuine(Box::new(indicium)) } else { Verdict::NotGenuine(Reason::NotIssued) })
}

fn nothing(page: Option<usize>, judgement: Judgement, reason: String) -> Checked {
    Checked {
        page,
        judgement,
        reason: Some(reason),
        serial: None,
        kind: None,
        amount: None,
        issued_at: None,
        expires: None,
        holder: None,
    }
}

fn checked(page: Option<usize>, verdict: Verdict<'_>) -> Checked {
    match verdict {
        Verdict::NotGenuine(reason) => nothing(page, Judgement::NotGenuine, reason.to_string()),
        Verdict::CannotTell(reason) => nothing(page, Judgement::CannotTell, reason.to_string()),
        Verdict::Genuine(indicium) => {
            let claims = indicium.claims();
            Checked {
                page,
                judgement: Judgement::Genuine,
                reason: None,
                serial: Some(claims.serial),
                kind: Some(claims.kind.to_string()),
                amount: Some(claims.amount.to_string()),
                issued_at: Some(claims.issued_at),
                expires: claims.expires.map(|time| time.to_string()),
                holder: claims.holder,
            }
        }
    }
}
