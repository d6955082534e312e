//! A server that loses its power in the midst of commits: each that was acknowledged is there once it is back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use scratch_postgres::{Durability, Server};

use crate::ledger::{Ledger, check};
use crate::place;

const KILLS: u32 = 6;

#[test]
fn every_acknowledged_commit_survives_a_killed_server_and_none_is_made_twice() {
    let Some(mut server) = Server::start(Durability::Full) else { return };
    let database = server.create_database();
    // Longer than a start takes on a busy machine.
    let place = place(&format!("{}?connect_timeout=60", server.url(&database)));
    let mut ledger = Ledger::create(&place);
    let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let mut random = u64::from(clock.subsec_nanos()) | 1;
    println!("seed {random}");
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                // No commit fails: each is found out about, or made again.
                ledger.step().unwrap();
            }
        });
        for _ in 0..KILLS {
            // xorshift
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            thread::sleep(Duration::from_micros(50_000 + random % 150_000));
            server.kill();
            server.restart();
        }
        thread::sleep(Duration::from_millis(50));
        is_over.store(true, Ordering::Relaxed);
        writer.join().unwrap();
    });
    let made = ledger.made;
    assert!(made > u64::from(KILLS), "only {made} commits were made: nothing was tested");
    check(ledger.books(), made);
    drop(ledger);
    check(&*place.reader().unwrap(), made);
    check(place.open().unwrap().books(), made);
}
