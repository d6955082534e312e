//! How fast the store is, and whether it stays so: `cargo run --release --example store_rate -- [WHERE] [STORED]`, where
//! WHERE is a folder, or the URL of an empty database of PostgreSQL.
//!
//! Prints, for a nearly empty store and again after STORED indicia (10 million unless told): single requests per second
//! in commits of 64 (one account, and 64 accounts), indicia per second in batches of 1,000 (four to a commit), the
//! average and slowest commit of each, the growth of the cost, and how long the lookup of one serial takes.

#[path = "store_rate/load.rs"]
mod load;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use load::{Load, Shape};
use store::{Place, StoreError};

/// Accounts in the store; each shape uses its own.
const ACCOUNTS: u32 = 256;
const HOT: Shape = Shape { accounts: 1, requests: 64, items: 1 };
const SPREAD: Shape = Shape { accounts: 64, requests: 1, items: 1 };
const BATCHES: Shape = Shape { accounts: 4, requests: 1, items: 1000 };

fn main() -> Result<(), StoreError> {
    let mut arguments = std::env::args().skip(1);
    let place = arguments.next();
    let stored: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(10_000_000);
    let url = place.as_deref().and_then(|place| place.parse().ok()).map(Place::Postgres);
    let folder = place.filter(|_| url.is_none()).map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(folder).map_err(|error| StoreError::Disk(error.to_string()))?;
    let place = url.unwrap_or_else(|| Place::Sqlite(folder.path().join("books.db")));
    let mut load = Load::new(place.create()?, ACCOUNTS)?;

    load.run(BATCHES, 3)?;
    let before = measure(&mut load, "with 10 thousand stored")?;
    let start = Instant::now();
    let mut slowest = Duration::ZERO;
    let first = load.issued();
    while load.issued() < stored {
        slowest = slowest.max(load.run(BATCHES, 50)?);
    }
    let (issued, seconds) = (load.issued() - first, start.elapsed().as_secs_f64());
    println!("filling up: {:.0} indicia/s, slowest commit {slowest:.1?}", issued as f64 / seconds);
    let title = format!("with {} stored", load.issued());
    let after = measure(&mut load, &title)?;
    for ((name, before), (_, after)) in before.iter().zip(&after) {
        println!("growth, {name}: {:.3}", before / after);
    }
    let lookups = load.lookup(2000)?;
    println!("one serial among {}: {lookups:.1?} on average", load.issued());
    if let Place::Sqlite(path) = place {
        for file in [path.clone(), path.with_extension("db-wal")] {
            let bytes = std::fs::metadata(&file).map_or(0, |file| file.len());
            println!("{}: {} MB", file.display(), bytes / 1_000_000);
        }
    }
    Ok(())
}

fn measure(load: &mut Load, title: &str) -> Result<Vec<(&'static str, f64)>, StoreError> {
    println!("{title}:");
    let shapes = [
        ("singles, one account", HOT, 1500),
        ("singles, 64 accounts", SPREAD, 1500),
        ("batches", BATCHES, 100),
    ];
    let mut rates = Vec::new();
    for (name, shape, commits) in shapes {
        let start = Instant::now();
        let slowest = load.run(shape, commits)?;
        let took = start.elapsed();
        let per_second = (shape.indicia() * u64::from(commits)) as f64 / took.as_secs_f64();
        println!(
            "  {name}: {per_second:.0} indicia/s, a commit {:.1?}, slowest {slowest:.1?}",
            took / commits
        );
        rates.push((name, per_second));
    }
    Ok(rates)
}
