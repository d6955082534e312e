//! `mintage bench issue`: through engine, module process and store, beside bare signing in the same run.

mod baseline;
mod callers;
pub(crate) mod http;
mod load;
mod naive;
pub(crate) mod print;
pub(crate) mod redeem;
mod served;
pub(crate) mod verify;

use std::path::Path;

use serde::Serialize;

use crate::args::Args;
use crate::failure::Failure;
use crate::output;
use load::Bench;

/// The figures; rates are indicia a second.
#[derive(Debug, Serialize)]
struct Figures {
    /// Bare Ed25519 signing on all cores.
    raw_sign_per_s: f64,
    batch_1000_per_s: f64,
    batch_1000_over_raw: f64,
    batch_proof_1000_per_s: f64,
    batch_proof_1000_over_raw: f64,
    single_64_callers_per_s: f64,
    /// One session of 1,000 over 1,000 sessions of one.
    session_gain: f64,
    one_by_one_per_s: f64,
    /// Against COPY of 1,000 signed rows a transaction from Python into PostgreSQL, 23,300/s on such a machine.
    ratio_to_bulk_loader: f64,
    growth_ratio: f64,
    /// Microseconds to find one serial among all that are stored.
    lookup_us: f64,
    growth_stored: u64,
    peak_rss_mb: f64,
}

/// COPY of 1,000 signed rows a transaction from Python into PostgreSQL 15, measured on two cores of the kind that
/// the targets are stated for.
const BULK_LOADER_PER_S: f64 = 23_300.0;

pub(crate) fn run(args: &Args, seconds: u64, growth: u64) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(Failure::io(Path::new("a temporary folder")))?;
    let seconds = seconds.max(1);
    let raw = baseline::raw_sign_per_s(seconds);
    say(args, "bare signing, all cores", raw);
    let bench = Bench::open(&folder.path().join("data"), args)?;
    let batch = bench.batches(indicia::ProofForm::Signature, seconds)?;
    say(args, "batches of 1,000, many accounts", batch);
    let proof = bench.batches(indicia::ProofForm::Batch, seconds)?;
    say(args, "batches of 1,000 with batch proof", proof);
    let (together, alone) = bench.session_gain()?;
    say(args, "one after the other, one item a session", alone);
    let grown = bench.growth(growth, args.json)?;
    let peak_rss_mb = bench.peak_rss_mb();
    // Last, since what is signed before it begins takes memory that is neither the engine's nor the module's.
    let single = bench.singles(64, seconds)?;
    say(args, "one item a request, 64 callers, one account", single);
    let figures = Figures {
        raw_sign_per_s: raw,
        batch_1000_per_s: batch,
        batch_1000_over_raw: batch / raw,
        batch_proof_1000_per_s: proof,
        batch_proof_1000_over_raw: proof / raw,
        single_64_callers_per_s: single,
        session_gain: together / alone,
        one_by_one_per_s: alone,
        ratio_to_bulk_loader: batch / BULK_LOADER_PER_S,
        growth_ratio: grown.ratio,
        lookup_us: grown.lookup_us,
        growth_stored: growth,
        peak_rss_mb,
    };
    if args.json {
        output::json(&figures);
    } else {
        println!("{:>12.2}  of bare signing in batches of 1,000", figures.batch_1000_over_raw);
        println!("{:>12.2}  of bare signing with batch proof", figures.batch_proof_1000_over_raw);
        println!("{:>12.1}  times faster in one session of 1,000 than in 1,000 of one", figures.session_gain);
        println!("{:>12.1}  times a competent bulk loader", figures.ratio_to_bulk_loader);
        println!(
            "{:>12.2}  times the cost per indicium at {growth} stored than at 10,000",
            figures.growth_ratio
        );
        println!("{:>12.0}  microseconds to find one serial among them", figures.lookup_us);
        println!("{:>12.0}  MB of memory at most, engine and module together", figures.peak_rss_mb);
    }
    Ok(())
}

fn say(args: &Args, what: &str, rate: f64) {
    if !args.json {
        println!("{rate:>12.0}  a second: {what}");
    }
}
