//! What is to be said of candidates.

use indicia::{GoodRoots, Indicium, TrustBundle, UnixTime};
use verifier::Checked;

use crate::finding::Candidate;

/// Checks candidates at a time against a bundle, one after the other; what was signed together is checked together. Of each
/// its page is said too, from 1.
pub fn check(
    candidates: impl IntoIterator<Item = Candidate>,
    bundle: &TrustBundle,
    now: UnixTime,
) -> impl Iterator<Item = (Option<usize>, Checked)> {
    let mut roots = GoodRoots::default();
    candidates.into_iter().map(move |(page, bytes)| match bytes {
        Ok(bytes) => (page, Checked::new(&bytes, bundle, now, &mut roots)),
        Err(reason) => (page, Checked::not_an_indicium(reason)),
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
) -> impl Iterator<Item = Result<(Option<usize>, Checked), E>> {
    let mut roots = GoodRoots::default();
    candidates.into_iter().map(move |(page, bytes)| {
        let checked = match bytes {
            Ok(bytes) => Checked::by_books(&bytes, bundle, now, &mut roots, &mut was_issued)?,
            Err(reason) => Checked::not_an_indicium(reason),
        };
        Ok((page, checked))
    })
}
