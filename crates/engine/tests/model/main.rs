//! The engine beside a model: random runs over shared accounts, with restarts, lost answers and failing sessions.
//!
//! Requests are sent without waiting for those before, so what the engine decides isn't always certain beforehand:
//! the model knows between which bounds the unreserved value was, and both are equal as soon as nothing is pending.
//! A seed gives the same steps again; how the engine's threads take turns may differ.

mod account;
mod asks;
mod invariants;
mod people;
mod steps;
#[path = "../support/mod.rs"]
mod support;
mod tally;
mod users;
mod world;

use std::cell::Cell;
use std::sync::{Mutex, PoisonError};

use proptest::test_runner::{Config, RngSeed, TestRunner};

use scratch_postgres::{Durability, Server};
use steps::steps;
use store::Place;
use support::Bank;
use tally::Tally;
use world::World;

/// Runs of a test; the environment variable of the same name asks for others.
const PROPTEST_CASES: u32 = 96;
/// Fewer where every restart costs connections.
const POSTGRES_CASES: u32 = 16;
/// A bank with so many accounts has had its time: each audit reads them all.
const MOST_ACCOUNTS: usize = 8 * steps::ACCOUNTS;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn the_engine_does_what_its_model_does() {
    run(PROPTEST_CASES, Bank::new);
}

#[test]
fn it_does_so_with_its_books_in_postgresql() {
    let Some(server) = Server::start(Durability::None) else { return };
    run(POSTGRES_CASES, || {
        let url = server.url(&server.create_database());
        Bank::at(Place::Postgres(url.parse().expect("a URL")))
    });
}

fn run(usual_cases: u32, bank: impl Fn() -> Bank) {
    // They have one clock, which a run moves on.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let since = std::time::UNIX_EPOCH.elapsed().expect("a clock after 1970");
    let seed = number("PROPTEST_RNG_SEED").unwrap_or(u64::from(since.subsec_nanos()));
    let cases = number("PROPTEST_CASES").and_then(|cases| u32::try_from(cases).ok()).unwrap_or(usual_cases);
    println!("PROPTEST_RNG_SEED={seed} PROPTEST_CASES={cases}");
    let config = Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    // A bank takes a while to make, so several runs use one, each with accounts of its own. A failed run loses it.
    let spare = Cell::new(None);
    let tally = Tally::default();
    let ran = TestRunner::new(config).run(&steps(), |steps| {
        let mut world = World::new(spare.take().unwrap_or_else(&bank), &tally);
        for step in steps {
            world.step(step);
        }
        let bank = world.end();
        let accounts = bank.reader.accounts().expect("accounts").len();
        spare.set((accounts < MOST_ACCOUNTS).then_some(bank));
        Ok(())
    });
    if let Err(error) = ran {
        panic!("{error}");
    }
    println!("{tally:?}");
    assert!(cases < PROPTEST_CASES || tally.missing().is_empty(), "never happened: {:?}", tally.missing());
}
