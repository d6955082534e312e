//! CBOR into memory: the one place that says why it can't fail.

use minicbor::Encode;

/// Encodes a value into a new vector.
pub(crate) fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    encode_into(value, &mut bytes);
    bytes
}

/// Encodes a value behind what a vector holds already.
pub(crate) fn encode_into<T: Encode<()>>(value: &T, bytes: &mut Vec<u8>) {
    // A vector takes every write, and none of our types has an encoding of its own that fails.
    minicbor::encode(value, bytes).expect("writing CBOR to memory doesn't fail");
}
