//! CBOR into memory: the one place that says why it can't fail.

use minicbor::Encode;
use minicbor::encode::Write;

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

/// Whether these bytes are the encoding of a value: what was decoded from them has no second form.
pub(crate) fn is_encoding<T: Encode<()>>(bytes: &[u8], value: &T) -> bool {
    let mut rest = Rest(bytes);
    minicbor::encode(value, &mut rest).is_ok() && rest.0.is_empty()
}

/// Takes what is written only if it is what stands there, and makes no copy of it.
struct Rest<'a>(&'a [u8]);

impl Write for Rest<'_> {
    type Error = Different;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Different> {
        self.0 = self.0.strip_prefix(bytes).ok_or(Different)?;
        Ok(())
    }
}

/// Something else stands there.
struct Different;
