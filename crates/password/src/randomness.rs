//! Random numbers out of a seed.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

/// The stream of ChaCha20 under a seed. It must never be asked twice for different things under one seed.
pub(crate) fn from_seed(seed: &[u8; 32]) -> ChaCha20Rng {
    ChaCha20Rng::from_seed(*seed)
}
