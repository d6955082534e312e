//! `mintage bench http`: the server as its customers meet it, beside a naive service on PostgreSQL in the same run.

use std::path::Path;
use std::time::Duration;

use asker::BatchOptions;
use indicia::{Denomination, ProofForm};
use serde::Serialize;
use store::DatabaseUrl;

use crate::args::Args;
use crate::bench::callers::{self, Answered, Load};
use crate::bench::load::{BATCH, Bench, list};
use crate::bench::naive;
use crate::bench::say;
use crate::bench::served::Served;
use crate::failure::Failure;
use crate::office::parse;
use crate::output;
use crate::user::Asker;

/// Connections that are kept alive, all of one account.
const CONNECTIONS: usize = 64;
/// Single requests prepared for each second: what is more isn't measured.
const SINGLES_A_SECOND: usize = 40_000;
/// Requests of 1,000 items prepared for each second.
const BATCHES_A_SECOND: usize = 256;

/// The figures; rates are indicia a second.
#[derive(Debug, Serialize)]
struct Figures {
    naive_per_s: f64,
    single_per_s: f64,
    /// Single items, each with its HMAC proof, over the naive service.
    ratio_to_naive: f64,
    p50_ms: f64,
    p99_ms: f64,
    /// Requests that weren't carried out, in all loads.
    rejects: u64,
    /// The same with a proof by Ed25519.
    single_ed25519_per_s: f64,
    batch_1000_per_s: f64,
    engine_batch_1000_per_s: f64,
    /// Batches of 1,000 over HTTP over the engine's own.
    batch_ratio_to_engine: f64,
    postgres_batch_1000_per_s: f64,
    /// The engine's batches of 1,000 with its books in PostgreSQL over those in SQLite.
    postgres_ratio_to_sqlite: f64,
}

pub(crate) fn run(args: &Args, seconds: u64) -> Result<(), Failure> {
    let seconds = seconds.max(1);
    let say = |what: &str, rate: f64| say(args, what, rate);
    let folder = tempfile::tempdir().map_err(Failure::io(Path::new("a temporary folder")))?;
    let postgres = naive::postgres()?;
    let database: DatabaseUrl = parse(&postgres.url(&postgres.create_database()))?;
    let bench = Bench::open_with(&folder.path().join("postgres"), args, Some(&database))?;
    let in_postgres = bench.batches(ProofForm::Signature, seconds)?;
    say("batches of 1,000, engine, books in PostgreSQL", in_postgres);
    drop(bench);

    let data = folder.path().join("sqlite");
    let bench = Bench::open(&data, args)?;
    let engine = bench.batches(ProofForm::Signature, seconds)?;
    say("batches of 1,000, engine, books in SQLite", engine);
    let (owners, till) = bench.into_askers();
    let served = Served::start(&data)?;
    let limit = Duration::from_secs(seconds);
    let count = |a_second: usize| a_second * usize::try_from(seconds).unwrap_or(1);
    let singles = |asker: &Asker| written(&[asker], count(SINGLES_A_SECOND), 1);
    let mut naive = naive::sell(&postgres, CONNECTIONS, seconds)?;
    let mut single = Load::new(served.public, CONNECTIONS, singles(&owners[0])?);
    callers::by_turns(&mut naive.load, &mut single, seconds)?;
    let (naive, mut single) = (naive.per_s()?, single.end());
    drop(postgres);
    say("a naive service over HTTP, 64 connections: a PostgreSQL transaction for each ticket", naive);
    say("by turns with it, one item a request over HTTP, 64 connections, HMAC proofs", single.per_s());
    let call = |connections: usize, requests: Vec<Vec<u8>>| {
        let mut load = Load::new(served.public, connections, requests);
        load.go_on(limit).map(|()| load.end())
    };
    let by_ed25519 = call(CONNECTIONS, singles(&till)?)?;
    say("the same with Ed25519 proofs", by_ed25519.per_s());
    let owners: Vec<&Asker> = owners.iter().collect();
    let batches = written(&owners, count(BATCHES_A_SECOND), BATCH)?;
    let batches = call(owners.len(), batches)?;
    let per_batch = 1_000.0;
    say("batches of 1,000 over HTTP", batches.per_s() * per_batch);

    let rejects = [&single, &by_ed25519, &batches].iter().map(|load: &&Answered| load.rejects).sum();
    let figures = Figures {
        naive_per_s: naive,
        single_per_s: single.per_s(),
        ratio_to_naive: single.per_s() / naive,
        p50_ms: single.percentile_ms(0.5),
        p99_ms: single.percentile_ms(0.99),
        rejects,
        single_ed25519_per_s: by_ed25519.per_s(),
        batch_1000_per_s: batches.per_s() * per_batch,
        engine_batch_1000_per_s: engine,
        batch_ratio_to_engine: batches.per_s() * per_batch / engine,
        postgres_batch_1000_per_s: in_postgres,
        postgres_ratio_to_sqlite: in_postgres / engine,
    };
    if args.json {
        output::json(&figures);
    } else {
        println!("{:>12.1}  times the naive service", figures.ratio_to_naive);
        println!("{:>12.1}  ms for half of the single requests", figures.p50_ms);
        println!("{:>12.1}  ms for 99 of 100", figures.p99_ms);
        println!("{:>12}  requests that weren't carried out", figures.rejects);
        println!(
            "{:>12.2}  of the engine's rate in batches of 1,000 over HTTP",
            figures.batch_ratio_to_engine
        );
        println!("{:>12.2}  of SQLite's rate in PostgreSQL", figures.postgres_ratio_to_sqlite);
    }
    Ok(())
}

/// So many requests of so many items, signed by the askers in turn, as they are sent.
fn written(askers: &[&Asker], requests: usize, items: usize) -> Result<Vec<Vec<u8>>, Failure> {
    let denomination: Denomination = parse("EUR/2")?;
    let list = list(items, ProofForm::Signature, denomination);
    let signed = |number: usize| {
        let asker = askers[number % askers.len()];
        callers::written(&asker.batch(engine::new_key(), &BatchOptions::default(), &list))
    };
    Ok((0..requests).map(signed).collect())
}
