//! Strictness: one encoding for one content (RFC 8949 §4.2.1), so that a signed thing has no second form.

use std::error::Error as _;
use std::str::Utf8Error;

use minicbor::Decoder;
use minicbor::data::Type;
use thiserror::Error;

/// Containers within containers at most.
const MAX_DEPTH: usize = 8;

/// Why bytes aren't deterministic CBOR. Places count from 0 at the start of what was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StrictError {
    /// Ends within an item, or isn't CBOR.
    #[error("the CBOR ends early or is malformed at byte {0}")]
    Malformed(usize),
    /// Something follows.
    #[error("bytes follow the CBOR at byte {0}")]
    TrailingBytes(usize),
    /// Length given as "until a break".
    #[error("the item at byte {0} has an indefinite length")]
    IndefiniteLength(usize),
    /// A longer head than needed.
    #[error("the integer or length at byte {0} isn't in its shortest form")]
    NotShortest(usize),
    /// Keys out of order.
    #[error("the map key at byte {0} is out of order")]
    UnsortedKeys(usize),
    /// A key twice.
    #[error("the map key at byte {0} stands there twice")]
    DuplicateKey(usize),
    /// Text that is no UTF-8.
    #[error("the text at byte {0} isn't UTF-8")]
    Utf8(usize),
    /// Floats, undefined and other simple values, which nothing here uses.
    #[error("the item at byte {0} is of a type that isn't used here")]
    Unused(usize),
    /// Too many containers within each other.
    #[error("the containers at byte {0} are nested too deeply")]
    TooDeep(usize),
}

/// Checks that the bytes are exactly one item of deterministic CBOR.
///
/// # Errors
/// The first fault found.
pub(crate) fn check(bytes: &[u8]) -> Result<(), StrictError> {
    let mut decoder = Decoder::new(bytes);
    item(&mut decoder, bytes, 0)?;
    match decoder.position() {
        end if end == bytes.len() => Ok(()),
        end => Err(StrictError::TrailingBytes(end)),
    }
}

fn item(decoder: &mut Decoder<'_>, bytes: &[u8], depth: usize) -> Result<(), StrictError> {
    let start = decoder.position();
    let malformed = |_| StrictError::Malformed(start);
    if depth > MAX_DEPTH {
        return Err(StrictError::TooDeep(start));
    }
    let kind = decoder.datatype().map_err(malformed)?;
    check_head(bytes, start)?;
    match kind {
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => decoder.u64().map(drop).map_err(malformed),
        Type::I8 | Type::I16 | Type::I32 | Type::I64 | Type::Int => {
            decoder.int().map(drop).map_err(malformed)
        }
        Type::Bytes => decoder.bytes().map(drop).map_err(malformed),
        Type::String => decoder.str().map(drop).map_err(|error| {
            // A length beyond what is there, or on 32 bits beyond what can be, is another fault.
            let is_utf8 = error.source().is_some_and(|source| source.is::<Utf8Error>());
            if is_utf8 { StrictError::Utf8(start) } else { StrictError::Malformed(start) }
        }),
        Type::Bool => decoder.bool().map(drop).map_err(malformed),
        Type::Null => decoder.null().map_err(malformed),
        Type::Tag => {
            decoder.tag().map_err(malformed)?;
            item(decoder, bytes, depth + 1)
        }
        Type::Array => {
            let count = decoder.array().map_err(malformed)?.ok_or(StrictError::IndefiniteLength(start))?;
            (0..count).try_for_each(|_| item(decoder, bytes, depth + 1))
        }
        Type::Map => {
            let count = decoder.map().map_err(malformed)?.ok_or(StrictError::IndefiniteLength(start))?;
            map(decoder, bytes, depth, count)
        }
        Type::BytesIndef | Type::StringIndef | Type::ArrayIndef | Type::MapIndef | Type::Break => {
            Err(StrictError::IndefiniteLength(start))
        }
        _ => Err(StrictError::Unused(start)),
    }
}

/// Keys in the order of their encodings, each once.
fn map(decoder: &mut Decoder<'_>, bytes: &[u8], depth: usize, count: u64) -> Result<(), StrictError> {
    let mut before: Option<&[u8]> = None;
    for _ in 0..count {
        let start = decoder.position();
        item(decoder, bytes, depth + 1)?;
        let key = bytes.get(start..decoder.position()).ok_or(StrictError::Malformed(start))?;
        match before.map(|before| before.cmp(key)) {
            Some(std::cmp::Ordering::Equal) => return Err(StrictError::DuplicateKey(start)),
            Some(std::cmp::Ordering::Greater) => return Err(StrictError::UnsortedKeys(start)),
            _ => before = Some(key),
        }
        item(decoder, bytes, depth + 1)?;
    }
    Ok(())
}

/// The argument of an item's first byte must be in its shortest form.
fn check_head(bytes: &[u8], start: usize) -> Result<(), StrictError> {
    let Some((first, rest)) = bytes.get(start..).and_then(<[u8]>::split_first) else {
        return Err(StrictError::Malformed(start));
    };
    if first >> 5 == 7 {
        return Ok(()); // simple values and floats: `item` refuses those that aren't used
    }
    let argument = |width: usize| {
        let bytes = rest.get(..width).ok_or(StrictError::Malformed(start))?;
        Ok(bytes.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte)))
    };
    let least = match first & 31 {
        24 => (argument(1)?, 24),
        25 => (argument(2)?, 1 << 8),
        26 => (argument(4)?, 1 << 16),
        27 => (argument(8)?, 1 << 32),
        28..=30 => return Err(StrictError::Malformed(start)),
        31 => return Err(StrictError::IndefiniteLength(start)),
        _ => return Ok(()),
    };
    if least.0 < least.1 { Err(StrictError::NotShortest(start)) } else { Ok(()) }
}
