//! The numbers that a key has used: a signed request counts once.

use minicbor::decode::{self, Decoder};
use minicbor::encode::{self, Encoder, Write};
use minicbor::{Decode, Encode};
use thiserror::Error;

/// How many numbers are remembered.
const REMEMBERED: usize = 512;

/// The greatest numbers that a key has used, at most 512 of them.
///
/// Numbers needn't come in order, nor without gaps: a counter will do, and so will nanoseconds since 1970. But a number
/// that is smaller than 512 used ones is refused, whether it was used or not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Nonces {
    /// In rising order.
    used: Vec<u64>,
}

/// Why a number doesn't count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NonceError {
    /// It was used.
    #[error("a request with the nonce {0} was carried out or refused before")]
    Used(u64),
    /// Too small to know.
    #[error("the nonce {0} is below {REMEMBERED} that were used after it; sign again with a greater one")]
    TooSmall(u64),
}

impl Nonces {
    /// Uses a number.
    ///
    /// # Errors
    /// [`NonceError`], with nothing changed.
    pub fn take(&mut self, nonce: u64) -> Result<(), NonceError> {
        let Err(place) = self.used.binary_search(&nonce) else { return Err(NonceError::Used(nonce)) };
        if self.used.len() < REMEMBERED {
            self.used.insert(place, nonce);
        } else if let Some(below) = place.checked_sub(1) {
            // The smallest makes room, and those between move down.
            self.used[..=below].rotate_left(1);
            self.used[below] = nonce;
        } else {
            return Err(NonceError::TooSmall(nonce));
        }
        Ok(())
    }
}

/// An array of the smallest number and the distances from each to the next.
impl<C> Encode<C> for Nonces {
    fn encode<W: Write>(&self, encoder: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        encoder.array(self.used.len() as u64)?;
        let mut last = 0;
        for number in &self.used {
            encoder.u64(number - last)?;
            last = *number;
        }
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Nonces {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let count = decoder.array()?.and_then(|count| usize::try_from(count).ok());
        let count = count.filter(|count| *count <= REMEMBERED);
        let count = count.ok_or_else(|| decode::Error::message("too many nonces"))?;
        let mut used = Vec::with_capacity(count);
        for place in 0..count {
            let distance = decoder.u64()?;
            let number = match used.last() {
                Some(last) if distance > 0 => distance.checked_add(*last),
                Some(_) => None,
                None => Some(distance),
            };
            debug_assert_eq!(used.len(), place);
            used.push(number.ok_or_else(|| decode::Error::message("nonces out of order"))?);
        }
        Ok(Self { used })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// All numbers ever used, and how many of them a new one may be below.
    #[derive(Default)]
    struct Model(BTreeSet<u64>);

    impl Model {
        fn take(&mut self, nonce: u64) -> Result<(), NonceError> {
            if self.0.range(nonce + 1..).count() >= REMEMBERED {
                return Err(NonceError::TooSmall(nonce));
            }
            if self.0.insert(nonce) { Ok(()) } else { Err(NonceError::Used(nonce)) }
        }
    }

    fn encoded(nonces: &Nonces) -> Vec<u8> {
        minicbor::to_vec(nonces).unwrap()
    }

    proptest! {
        #[test]
        fn no_number_counts_twice_and_none_is_refused_without_need(
            steps in prop::collection::vec((0_u64..3, 0_u64..700), 1..2_000)
        ) {
            let (mut nonces, mut model, mut front) = (Nonces::default(), Model::default(), 0_u64);
            for (ahead, behind) in steps {
                front += ahead;
                let nonce = front.saturating_sub(behind);
                prop_assert_eq!(nonces.take(nonce), model.take(nonce));
            }
            let bytes = encoded(&nonces);
            prop_assert_eq!(minicbor::decode::<Nonces>(&bytes).unwrap(), nonces);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(nonces) = minicbor::decode::<Nonces>(&bytes) {
                prop_assert!(nonces.used.is_sorted_by(|left, right| left < right));
            }
        }
    }

    #[test]
    fn the_greatest_numbers_fit_and_dense_ones_are_short() {
        let mut nonces = Nonces::default();
        for nonce in [u64::MAX, 0, u64::MAX - 1] {
            assert_eq!(nonces.take(nonce), Ok(()));
        }
        assert_eq!(minicbor::decode::<Nonces>(&encoded(&nonces)).unwrap(), nonces);
        let mut nonces = Nonces::default();
        assert!((1_u64 << 40..).take(5_000).all(|nonce| nonces.take(nonce).is_ok()));
        assert_eq!(nonces.used.len(), REMEMBERED);
        assert!(encoded(&nonces).len() < REMEMBERED + 16);
    }
}
