//! The status snapshots that verifiers are given: the newest, and what has changed since those before it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use indicia::{StatusClaims, StatusDelta, StatusSnapshot, TrustBundle, UnixTime};
use store::Reader;

use crate::app::SignStatus;
use crate::problem::Problem;

/// How old a snapshot may become before a new one is made, in seconds.
const MOST_AGE: u64 = 60;
/// How many bytes of earlier snapshots are kept, for what has changed since them.
const MOST_KEPT: usize = 64 * 1024 * 1024;
/// And how many snapshots.
const MOST_SNAPSHOTS: usize = 120;

/// What is sent, and its tag.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) tag: String,
}

/// One that was made.
struct Kept {
    at: UnixTime,
    digest: [u8; 32],
    payload: Vec<u8>,
    /// What brings a verifier from it to the newest one, once somebody has asked; of the newest itself it is all of it.
    sent: Option<Sent>,
}

/// The newest snapshot last.
pub(crate) struct Statuses {
    sign: SignStatus,
    kept: Mutex<VecDeque<Kept>>,
}

impl Statuses {
    pub(crate) fn new(sign: SignStatus) -> Self {
        Self { sign, kept: Mutex::default() }
    }

    /// What has changed since the snapshot with a digest, or all, if that one isn't known any more or none is named. It
    /// blocks while one is made.
    pub(crate) fn since(
        &self,
        digest: Option<[u8; 32]>,
        books: &Reader,
        bundle: &TrustBundle,
        now: UnixTime,
    ) -> Result<Sent, Problem> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.back().is_none_or(|newest| now.0 >= newest.at.0.saturating_add(MOST_AGE)) {
            let made = engine::snapshot(&**books, bundle, now);
            keep(&mut kept, &made.map_err(|error| Problem::internal(&error))?);
        }
        self.answer(&mut kept, digest)
    }

    /// There is at least one.
    fn answer(&self, kept: &mut VecDeque<Kept>, digest: Option<[u8; 32]>) -> Result<Sent, Problem> {
        let newest = kept.len().saturating_sub(1);
        let place = digest.and_then(|digest| kept.iter().position(|one| one.digest == digest));
        let place = place.unwrap_or(newest);
        let sent = match &kept[place].sent {
            Some(sent) => sent.clone(),
            None => self.sign(&kept[place], &kept[newest])?,
        };
        kept[place].sent = Some(sent.clone());
        Ok(sent)
    }

    fn sign(&self, base: &Kept, newest: &Kept) -> Result<Sent, Problem> {
        let is_all = base.digest == newest.digest;
        let payload = if is_all {
            newest.payload.clone()
        } else {
            StatusDelta::between(&read(base)?, &read(newest)?).encode()
        };
        let bytes = (self.sign)(&payload).map_err(|reason| Problem::internal(&reason))?;
        let since = if is_all { String::new() } else { format!("-{}", hex(&base.digest)) };
        Ok(Sent { bytes: bytes.into(), tag: format!("\"{}{since}\"", hex(&newest.digest)) })
    }
}

/// Of those that were made long ago as many go as must.
fn keep(kept: &mut VecDeque<Kept>, made: &StatusSnapshot) {
    let (at, digest, payload) = (made.at(), made.digest(), made.encode());
    kept.iter_mut().for_each(|older| older.sent = None);
    kept.push_back(Kept { at, digest, payload, sent: None });
    let too_many = |kept: &VecDeque<Kept>| {
        kept.len() > MOST_SNAPSHOTS || kept.iter().map(|one| one.payload.len()).sum::<usize>() > MOST_KEPT
    };
    while kept.len() > 1 && too_many(kept) {
        kept.pop_front();
    }
}

fn read(kept: &Kept) -> Result<StatusSnapshot, Problem> {
    match StatusClaims::decode(&kept.payload) {
        Ok(StatusClaims::Full(snapshot)) => Ok(snapshot),
        Ok(StatusClaims::Delta(_)) => Err(Problem::internal(&"a delta is kept as a snapshot")),
        Err(error) => Err(Problem::internal(&error)),
    }
}

fn hex(digest: &[u8; 32]) -> String {
    base16ct::lower::encode_string(digest)
}

/// Reads a digest as tags write it.
pub(crate) fn parse(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    let read = base16ct::mixed::decode(text, &mut digest).ok()?;
    (read.len() == 32).then_some(digest)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use indicia::{DeviceId, Serial, Status};

    use super::*;

    fn snapshot(at: u64, numbers: u64) -> StatusSnapshot {
        let mut made = StatusSnapshot::new("Test".into(), UnixTime(at));
        for number in 0..numbers {
            let serial = Serial::new(DeviceId(1), number).expect("a serial");
            made.push(serial, Status::Void).expect("in order");
        }
        made
    }

    #[test]
    fn whoever_has_an_earlier_snapshot_gets_what_has_changed_signed_once_for_all() {
        static SIGNED: AtomicUsize = AtomicUsize::new(0);
        let sign = |payload: &[u8]| {
            SIGNED.fetch_add(1, Ordering::SeqCst);
            Ok(payload.to_vec())
        };
        let statuses = Statuses::new(Box::new(sign));
        let made = [snapshot(1, 1), snapshot(2, 2), snapshot(3, 3)];
        let mut kept = VecDeque::new();
        made.iter().for_each(|made| keep(&mut kept, made));
        let mut sent = |digest| statuses.answer(&mut kept, digest).unwrap_or_else(|_| panic!("an answer"));
        for _ in 0..2 {
            for base in &made[..2] {
                let delta = StatusDelta::between(base, &made[2]).encode();
                assert_eq!(*sent(Some(base.digest())).bytes, delta);
            }
            for all in [None, Some([0; 32]), Some(made[2].digest())] {
                assert_eq!(*sent(all).bytes, made[2].encode());
            }
        }
        assert_eq!(SIGNED.load(Ordering::SeqCst), 3);
        let tags = [sent(None).tag, sent(Some(made[0].digest())).tag, sent(Some(made[1].digest())).tag];
        assert!(tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2], "{tags:?}");

        let newest = snapshot(4, 4);
        keep(&mut kept, &newest);
        let sent = statuses.answer(&mut kept, Some(made[0].digest())).unwrap_or_else(|_| panic!("an answer"));
        assert_eq!(*sent.bytes, StatusDelta::between(&made[0], &newest).encode());
    }

    #[test]
    fn as_many_are_kept_as_there_is_room_for() {
        let mut kept = VecDeque::new();
        (0..2 * MOST_SNAPSHOTS as u64).for_each(|at| keep(&mut kept, &snapshot(at, 1)));
        assert_eq!(kept.len(), MOST_SNAPSHOTS);
        assert_eq!(kept.back().map(|one| one.at), Some(UnixTime(2 * MOST_SNAPSHOTS as u64 - 1)));
    }

    #[test]
    fn digests_are_read_as_they_are_written() {
        let digest = std::array::from_fn(|place| u8::try_from(place * 7).expect("below 256"));
        assert_eq!(parse(&hex(&digest)), Some(digest));
        for wrong in ["", "00", &"g".repeat(64), &"0".repeat(65), &"+1".repeat(32), &"é".repeat(32)] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
