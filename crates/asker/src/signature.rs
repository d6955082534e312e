//! The bytes of a signature.

use std::ops::{Deref, DerefMut};

use arrayvec::ArrayVec;
use minicbor::encode::{self, Write};
use minicbor::{Decode, Decoder, Encode, Encoder, decode};

/// As many as Ed25519's, the longest signature that there is here (RFC 8032, section 5.1.6).
const MAX_BYTES: usize = 64;

/// A signature: at most 64 bytes, good or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature(ArrayVec<u8, MAX_BYTES>);

impl Signature {
    /// From its bytes, if they aren't more than any signature has.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        ArrayVec::try_from(bytes).ok().map(Self)
    }
}

impl Deref for Signature {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Signature {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl<C> Encode<C> for Signature {
    fn encode<W: Write>(&self, encoder: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        encoder.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Signature {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        Self::new(decoder.bytes()?).ok_or_else(|| decode::Error::message("a signature has at most 64 bytes"))
    }
}
