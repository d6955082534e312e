//! Status snapshots and what has changed between them.

use indicia::{StatusClaims, StatusDelta, StatusSnapshot, UnixTime};

use crate::made::ISSUERS;

/// The input as the payload of a snapshot that the root really signed.
pub(crate) fn status(input: &[u8]) -> bool {
    let Ok(claims) = StatusClaims::decode(input) else { return false };
    assert_eq!(claims.encode(), input, "the snapshot has a second form");
    let (office, bundle) = (&ISSUERS[0].office, &ISSUERS[0].bundles[0]);
    let StatusClaims::Full(snapshot) = claims else { return true };
    let opened = StatusSnapshot::open(&office.root.sign1(input, None), bundle);
    assert_eq!(opened.is_ok(), snapshot.issuer() == bundle.issuer());
    let Ok(opened) = opened else { return true };
    assert_eq!(opened, snapshot);
    // There and back from nothing.
    let nothing = StatusSnapshot::new(bundle.issuer().to_owned(), UnixTime(0));
    for (from, to) in [(&nothing, &snapshot), (&snapshot, &nothing)] {
        let delta = office.root.sign1(&StatusDelta::between(from, to).encode(), None);
        assert_eq!(from.advance(&delta, bundle).as_ref(), Ok(to));
    }
    true
}
