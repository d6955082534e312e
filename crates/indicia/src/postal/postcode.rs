//! British postcodes as Mailmark has them: six forms of nine places, the last two of which are the delivery point suffix.

/// What may stand at one place of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// `A`: any letter.
    Letter,
    /// `L`: a letter that isn't easily taken for another one.
    Limited,
    /// `N`: a digit.
    Digit,
    /// `S`: a space.
    Space,
}

use Place::{Digit as N, Letter as A, Limited as L, Space as S};

/// Places of a whole postcode with its delivery point suffix.
pub(super) const PLACES: usize = 9;
const FORMS: [[Place; PLACES]; 6] = [
    [A, N, A, N, L, L, N, L, S],
    [A, A, N, N, L, L, N, L, S],
    [A, A, N, N, N, L, L, N, L],
    [A, A, N, A, N, L, L, N, L],
    [A, N, N, L, L, N, L, S, S],
    [A, N, N, N, L, L, N, L, S],
];
const LIMITED: &[u8] = b"ABDEFGHJLNPQRSTUWXYZ";
/// What comes after the outward part: a digit and two letters, and then the delivery point suffix of two.
const INWARD: usize = 3;
const SUFFIX: usize = 2;

/// Which letters count as limited: the 4-state barcodes have room for 20 only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    /// Twenty at most places.
    Few,
    /// All, everywhere.
    All,
}

/// No form of a postcode is like this from the place on (0-based).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Misfit(pub(super) usize);

impl Place {
    fn letters(self) -> &'static [u8] {
        match self {
            Self::Letter => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            Self::Limited => LIMITED,
            Self::Digit => b"0123456789",
            Self::Space => b" ",
        }
    }

    fn takes(self, found: u8, letters: Letters) -> bool {
        match (self, letters) {
            (Self::Limited, Letters::All) => found.is_ascii_uppercase(),
            (place, _) => place.letters().contains(&found),
        }
    }
}

/// Letters and digits of a form, without the spaces behind.
fn filled(form: &[Place; PLACES]) -> usize {
    form.iter().filter(|place| **place != Place::Space).count()
}

/// How many texts a form has.
fn count(form: &[Place; PLACES]) -> u64 {
    form.iter().map(|place| place.letters().len() as u64).product()
}

/// Where a text leaves a form.
fn misfit(text: &[u8], form: &[Place], letters: Letters) -> Option<usize> {
    let wrong = text.iter().zip(form).position(|(found, place)| !place.takes(*found, letters));
    wrong.or((text.len() != form.len()).then(|| text.len().min(form.len())))
}

/// The form of a text, of which `length` says how much of it is wanted.
fn fit(text: &[u8], letters: Letters, length: impl Fn(&[Place; PLACES]) -> usize) -> Result<usize, Misfit> {
    let mut furthest = 0;
    for (number, form) in FORMS.iter().enumerate() {
        match misfit(text, &form[..length(form)], letters) {
            None => return Ok(number),
            Some(place) => furthest = furthest.max(place),
        }
    }
    Err(Misfit(furthest))
}

/// A whole postcode with its suffix, nine places.
pub(super) fn fits_whole(text: &[u8; PLACES], letters: Letters) -> Result<(), Misfit> {
    fit(text, letters, |_| PLACES).map(|_| ())
}

/// A postcode without its suffix, and no spaces.
pub(super) fn fits_without_suffix(text: &[u8], letters: Letters) -> Result<(), Misfit> {
    fit(text, letters, |form| filled(form) - SUFFIX).map(|_| ())
}

/// The outward part alone: two to four letters and digits.
pub(super) fn fits_outward(text: &[u8]) -> Result<(), Misfit> {
    fit(text, Letters::All, |form| filled(form) - SUFFIX - INWARD).map(|_| ())
}

/// A whole postcode's place among all, from 0.
pub(super) fn rank(text: &[u8; PLACES]) -> Result<u64, Misfit> {
    let number = fit(text, Letters::Few, |_| PLACES)?;
    let before: u64 = FORMS[..number].iter().map(count).sum();
    let rank = text.iter().zip(&FORMS[number]).fold(0, |rank, (found, place)| {
        let letters = place.letters();
        let digit = letters.iter().position(|letter| letter == found).unwrap_or_default(); // it fits
        rank * letters.len() as u64 + digit as u64
    });
    Ok(before + rank)
}

/// The whole postcode at a place among all.
pub(super) fn of_rank(mut rank: u64) -> Option<[u8; PLACES]> {
    for form in &FORMS {
        if rank < count(form) {
            let mut text = [b' '; PLACES];
            for (found, place) in text.iter_mut().zip(form).rev() {
                let letters = place.letters();
                let base = letters.len() as u64;
                *found = letters[usize::try_from(rank % base).unwrap_or_default()]; // below the base
                rank /= base;
            }
            return Some(text);
        }
        rank -= count(form);
    }
    None
}
