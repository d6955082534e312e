//! A process that commits is killed at any moment: every commit that it was told of is there afterwards.

#![allow(clippy::unwrap_used)] // a test fails by it

#[allow(dead_code, unused_macros)] // the suite has more than this needs
mod suite;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use store::{Commit, Place, ReservationId, ReservationOutcome};
use suite::{A, B, Fixture, account, plan, planned, reservation};

const KILLS: u32 = 20;
const PATH: &str = "STORE_CRASH_TEST_PATH";
/// Indicia of each transaction: enough that a commit takes several pages.
const COUNT: u32 = 400;

/// The process that is killed. It does nothing unless it is told where.
#[test]
fn commits_until_killed() {
    let Some(path) = std::env::var_os(PATH).map(PathBuf::from) else { return };
    let store = Place::Sqlite(path).open().unwrap();
    let reader = store.reader().unwrap();
    let mut fixture = Fixture { store, reader, _kept: Box::new(()) };
    let mut next = fixture.reader.next_ids(A).unwrap().ordinal.0;
    let mut stdout = std::io::stdout().lock();
    loop {
        // Each commit closes the transaction before and begins the next, as the engine does.
        let account = fixture.reader.account(A).unwrap().unwrap();
        let open = fixture.reader.open_transaction(A).unwrap();
        let finished: Vec<_> = open.iter().map(|open| fixture.finish(open.ordinal.0, COUNT)).collect();
        let first = account.next_number + finished.iter().map(|finished| finished.count).sum::<u64>();
        let commit = Commit {
            finished,
            plans: vec![plan(A, next)],
            reservations: vec![planned(reservation(A, next, COUNT), next, first)],
            ..Commit::default()
        };
        fixture.commit(commit).unwrap();
        writeln!(stdout, "committed {next}").unwrap();
        stdout.flush().unwrap();
        next += 1;
    }
}

#[test]
fn every_acknowledged_commit_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("books.db");
    let accounts = vec![account(A), account(B)];
    Place::Sqlite(path.clone()).create().unwrap().commit(&Commit { accounts, ..Commit::default() }).unwrap();
    let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let mut random = u64::from(clock.subsec_nanos()) | 1;
    println!("seed {random}");
    let mut acknowledged = 0;
    for kill in 0..KILLS {
        // xorshift
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let after = Duration::from_micros(random % 120_000);
        acknowledged = run_and_kill(&path, after).unwrap_or(acknowledged);
        check(&path, acknowledged, kill);
    }
    assert!(acknowledged > u64::from(KILLS), "only {acknowledged} commits were made: nothing was tested");
}

/// Starts the process, kills it some time after its first commit, and returns the last that it was told of.
fn run_and_kill(path: &Path, after: Duration) -> Option<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "commits_until_killed", "--nocapture", "--test-threads=1"])
        .env(PATH, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let number = |line: String| line.strip_prefix("committed ").and_then(|number| number.parse().ok());
    let first = lines.by_ref().find_map(number);
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    // What was said before the kill is still in the pipe.
    lines.filter_map(number).last().or(first)
}

fn check(path: &Path, acknowledged: u64, kill: u32) {
    let reader = Place::from(path).reader().unwrap();
    assert!(reader.find_damage().unwrap().is_empty(), "after kill {kill}");
    let last = reader.next_ids(A).unwrap().ordinal.0 - 1;
    // One more may have become durable without its being said.
    assert!((acknowledged..=acknowledged + 1).contains(&last), "kill {kill}: {last} for {acknowledged}");
    let account = reader.account(A).unwrap().unwrap();
    assert_eq!(account.sequence, last - 1, "all but the open one are finished");
    assert_eq!(account.issued, (last - 1) * u64::from(COUNT));
    for id in 1..=last {
        let (stored, body) = reader.reservation(A, ReservationId(id)).unwrap().unwrap();
        assert_eq!(body, *reservation(A, id, COUNT).body);
        let is_done = matches!(stored.outcome, ReservationOutcome::Done { .. });
        assert_eq!(is_done, id < last, "reservation {id} of {last}: {:?}", stored.outcome);
    }
    let mut next = 1;
    reader
        .segments(A, 0, u64::MAX, &mut |segment| {
            assert_eq!((segment.first, segment.count), (next, COUNT));
            next += u64::from(COUNT);
            Ok(())
        })
        .unwrap();
    assert_eq!(next, account.next_number);
}
