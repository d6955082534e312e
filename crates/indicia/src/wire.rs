//! CBOR into memory: the one place that says why it can't fail.

use minicbor::Encoder;

/// What writing to a vector gives.
pub(crate) type Written = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

/// Appends CBOR to a vector.
pub(crate) fn append<'a>(
    bytes: &'a mut Vec<u8>,
    write: impl FnOnce(&mut Encoder<&'a mut Vec<u8>>) -> Written,
) {
    let mut encoder = Encoder::new(bytes);
    // A vector takes every write; the error type has no value but messages that nobody here makes.
    write(&mut encoder).expect("writing CBOR to memory doesn't fail");
}

/// CBOR in a new vector.
pub(crate) fn build(write: impl FnOnce(&mut Encoder<&mut Vec<u8>>) -> Written) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes);
    // as above
    write(&mut encoder).expect("writing CBOR to memory doesn't fail");
    bytes
}
