//! What this machine can do at best: bare Ed25519 signing on every core.

use std::thread;
use std::time::{Duration, Instant};

use aws_lc_rs::signature::Ed25519KeyPair;

/// Signatures a second over messages of the size of an indicium's, on all cores at once.
pub(crate) fn raw_sign_per_s(seconds: u64) -> f64 {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let began = Instant::now();
    let limit = Duration::from_secs(seconds);
    let signed: u64 = thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(move || sign_for(limit))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(0)).sum()
    });
    #[allow(clippy::cast_precision_loss)] // a rate
    let signed = signed as f64;
    signed / began.elapsed().as_secs_f64()
}

fn sign_for(limit: Duration) -> u64 {
    // any 32 bytes are a seed
    let Ok(key) = Ed25519KeyPair::from_seed_unchecked(&[7; 32]) else { return 0 };
    let mut message = [0_u8; 200];
    let began = Instant::now();
    let mut signed = 0;
    while began.elapsed() < limit {
        for _ in 0..64 {
            message[0] = message[0].wrapping_add(1);
            std::hint::black_box(key.sign(&message));
            signed += 1;
        }
    }
    signed
}
