//! What one session costs on its way to the module and back, by our frames and by gRPC, with nothing done inside.
//!
//!     cargo run --release --manifest-path measurements/module-link/Cargo.toml
//!
//! Both sides are threads of one process over one Unix socket, with two sessions under way, as the engine has them. gRPC
//! carries plain bytes, so that only HTTP/2 and its framing are compared, not protobuf against CBOR.

mod frames;
mod grpc;

use std::time::{Duration, Instant};

use bytes::Bytes;

/// Sessions under way at once.
const UNDER_WAY: usize = 2;
/// Bytes of an item in a request and of an indicium in an answer.
const ITEM: usize = 70;
const INDICIUM: usize = 250;
/// Record, registers and digests, there and back.
const AROUND: usize = 900;

/// The answer to a request of so many bytes.
fn answer_to(request: usize) -> Bytes {
    let items = request.saturating_sub(AROUND) / ITEM;
    vec![7; AROUND + items * INDICIUM].into()
}

fn request_of(items: usize) -> Bytes {
    vec![5; AROUND + items * ITEM].into()
}

/// Calls until the time is over; returns microseconds a session.
fn time(mut call: impl FnMut(), limit: Duration) -> (u64, Duration) {
    for _ in 0..20 {
        call();
    }
    let (began, mut calls) = (Instant::now(), 0);
    while began.elapsed() < limit {
        call();
        calls += 1;
    }
    (calls, began.elapsed())
}

fn main() {
    let limit = Duration::from_secs(3);
    println!("{:>10} {:>14} {:>14} {:>8}", "items", "frames, us", "gRPC, us", "ratio");
    for items in [1, 32, 1_000, 16_000] {
        let (framed, called) = (frames::microseconds(items, limit), grpc::microseconds(items, limit));
        println!("{items:>10} {framed:>14.1} {called:>14.1} {:>8.2}", called / framed);
    }
}

#[allow(clippy::cast_precision_loss)] // a mean
fn microseconds(runs: &[(u64, Duration)]) -> f64 {
    let calls: u64 = runs.iter().map(|(calls, _)| calls).sum();
    let elapsed = runs.iter().map(|(_, elapsed)| elapsed.as_secs_f64()).sum::<f64>() / runs.len() as f64;
    elapsed * 1e6 / calls as f64
}
