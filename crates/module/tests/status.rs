//! What the module checks of a status snapshot before it signs it.

#[allow(dead_code)] // other tests need more of it
mod support;

use indicia::{Algorithm, DeviceId, Serial, Status, StatusDelta, StatusSnapshot, TrustBundle, UnixTime};
use module::protocol::Failure;
use support::{Bank, NOW};

#[test]
fn a_snapshot_is_signed_for_the_own_issuer_and_for_no_time_to_come() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let bank = Bank::funded(algorithm, 1_000);
        let bundle = bank.module.bundle(&[&bank.record], NOW, UnixTime(NOW.0 + 10)).expect("a bundle");
        let bundle = TrustBundle::open(&bundle, None).expect("an open bundle");
        let empty = StatusSnapshot::new("Test".into(), UnixTime(NOW.0 - 1));
        let mut made = StatusSnapshot::new("Test".into(), NOW);
        made.push(Serial::new(DeviceId(1), 7).expect("a serial"), Status::Void).expect("the first");
        let signed = bank.module.status(&made.encode()).expect("a snapshot");
        assert_eq!(StatusSnapshot::open(&signed, &bundle).as_ref(), Ok(&made));
        let delta = bank.module.status(&StatusDelta::between(&empty, &made).encode()).expect("a delta");
        assert_eq!(empty.advance(&delta, &bundle).as_ref(), Ok(&made));

        for wrong in [
            StatusSnapshot::new("Other".into(), NOW).encode(),
            StatusSnapshot::new("Test".into(), UnixTime(NOW.0 + 1)).encode(),
            b"anything".to_vec(),
        ] {
            assert!(matches!(bank.module.status(&wrong), Err(Failure::Call(_))));
        }
    }
}
