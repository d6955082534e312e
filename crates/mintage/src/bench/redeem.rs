//! `mintage bench redeem`: scanners at their gates, beside a naive service on PostgreSQL in the same run.

use std::net::SocketAddr;
use std::path::Path;

use asker::{ContentDigest, Proof, StaffErrand};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::args::Args;
use crate::bench::callers::{self, Load};
use crate::bench::load::{Bench, steward};
use crate::bench::naive;
use crate::bench::say;
use crate::bench::served::Served;
use crate::failure::Failure;
use crate::{office, output};

/// Connections that are kept alive.
const CONNECTIONS: usize = 64;
/// Tickets issued for each second: what is more isn't measured.
const TICKETS_A_SECOND: usize = 25_000;

/// The figures; rates are redemptions a second.
#[derive(Debug, Serialize)]
struct Figures {
    naive_per_s: f64,
    redeemed_per_s: f64,
    ratio_to_naive: f64,
    p50_ms: f64,
    p99_ms: f64,
    /// Requests that weren't carried out.
    rejects: u64,
}

pub(crate) fn run(args: &Args, seconds: u64) -> Result<(), Failure> {
    let seconds = seconds.max(1);
    let say = |what: &str, rate: f64| say(args, what, rate);
    let folder = tempfile::tempdir().map_err(Failure::io(Path::new("a temporary folder")))?;
    let data = folder.path().join("data");
    let bench = Bench::open(&data, args)?;
    let tickets = bench.tickets(TICKETS_A_SECOND * usize::try_from(seconds).unwrap_or(1))?;
    drop(bench);
    let served = Served::start(&data)?;
    let token = sign_in(served.public)?;
    let requests =
        tickets.iter().enumerate().map(|(number, ticket)| redeem(&token, number, ticket)).collect();
    let postgres = naive::postgres()?;
    let mut naive = naive::scan(&postgres, CONNECTIONS, seconds)?;
    let mut redeemed = Load::new(served.public, CONNECTIONS, requests);
    callers::by_turns(&mut naive.load, &mut redeemed, seconds)?;
    let (naive, mut redeemed) = (naive.per_s()?, redeemed.end());
    say("a naive service over HTTP, 64 connections: a PostgreSQL transaction for each scan", naive);
    say("by turns with it, redemptions over HTTP, 64 connections, every signature checked", redeemed.per_s());

    let figures = Figures {
        naive_per_s: naive,
        redeemed_per_s: redeemed.per_s(),
        ratio_to_naive: redeemed.per_s() / naive,
        p50_ms: redeemed.percentile_ms(0.5),
        p99_ms: redeemed.percentile_ms(0.99),
        rejects: redeemed.rejects,
    };
    if args.json {
        output::json(&figures);
    } else {
        println!("{:>12.1}  times the naive service", figures.ratio_to_naive);
        println!("{:>12.1}  ms for half of the redemptions", figures.p50_ms);
        println!("{:>12.1}  ms for 99 of 100", figures.p99_ms);
        println!("{:>12}  that weren't carried out", figures.rejects);
    }
    Ok(())
}

/// Signs in as the steward.
fn sign_in(at: SocketAddr) -> Result<String, Failure> {
    let (_, secret) = steward()?;
    let proof = Proof::sign(&secret, &StaffErrand::SignIn.statement("in"), office::now().0, 1);
    let request = format!(
        "POST /v1/staff/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nIdempotency-Key: \"in\"\r\n\
         Content-Digest: {}\r\nSignature-Input: sig={}\r\nSignature: sig=:{}:\r\n\r\n",
        ContentDigest::of(b""),
        proof.params.to_text(),
        STANDARD.encode(&*proof.signature),
    );
    let session: Option<serde_json::Value> =
        serde_json::from_slice(&callers::ask(at, request.as_bytes())?).ok();
    let token = session.and_then(|session| Some(session["token"].as_str()?.to_owned()));
    token.ok_or_else(|| Failure::Said("the server gave no token".into()))
}

/// A redemption as a scanner asks for it.
fn redeem(token: &str, number: usize, ticket: &str) -> Vec<u8> {
    let content = serde_json::json!({ "indicium": ticket, "gate": "North 3" }).to_string();
    format!(
        "POST /v1/redemptions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Authorization: Bearer {token}\r\nIdempotency-Key: \"{number}\"\r\n\r\n{content}",
        content.len()
    )
    .into_bytes()
}
