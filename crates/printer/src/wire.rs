//! A printer's answer as bytes, looked through before the library reads it.
//!
//! What comes from a network may be anything. The library (`ipp` 8.0.0) takes a part of a value that is said to be longer than
//! the value, and panics; and it nests collections as deep as it is told to, which takes the stack when they are dropped.

use std::io::Cursor;

use ipp::parser::IppParser;
use ipp::prelude::IppRequestResponse;
use ipp::reader::IppReader;

/// Bytes of an answer at most: a printer's list of hundreds of media takes some hundred KB.
pub(crate) const MOST: u64 = 4 << 20;
/// Collections inside each other: a medium's size in a medium in a list is two.
const DEEPEST: u32 = 8;

const END_OF_ATTRIBUTES: u8 = 0x03;
const FIRST_VALUE: u8 = 0x10;
const BEGIN_COLLECTION: u8 = 0x34;
const END_COLLECTION: u8 = 0x37;
/// textWithLanguage and nameWithLanguage: two texts, each behind its length.
const WITH_LANGUAGE: [u8; 2] = [0x35, 0x36];

/// Reads an answer (RFC 8010, section 3.1), or says what is wrong with it.
pub(crate) fn read(bytes: Vec<u8>) -> Result<IppRequestResponse, String> {
    look_through(&bytes)?;
    let reader = IppReader::new(Cursor::new(bytes));
    IppParser::new(reader).parse().map_err(|error| error.to_string())
}

/// Whether the library can read it without harm.
fn look_through(bytes: &[u8]) -> Result<(), String> {
    // Version, status and request's number.
    let mut rest = bytes.get(8..).ok_or("it is too short")?;
    let mut depth = 0;
    loop {
        let tag = take(&mut rest, 1)?[0];
        if tag == END_OF_ATTRIBUTES {
            return if depth == 0 { Ok(()) } else { Err("a collection has no end".into()) };
        }
        if tag < FIRST_VALUE {
            continue;
        }
        counted(&mut rest)?;
        let mut value = counted(&mut rest)?;
        match tag {
            BEGIN_COLLECTION if depth == DEEPEST => return Err("its collections are too deep".into()),
            BEGIN_COLLECTION => depth += 1,
            END_COLLECTION if depth == 0 => return Err("a collection ends that never began".into()),
            END_COLLECTION => depth -= 1,
            tag if WITH_LANGUAGE.contains(&tag) => {
                counted(&mut value)?;
                counted(&mut value)?;
            }
            _ => {}
        }
    }
}

/// The next bytes that stand behind their number.
fn counted<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], String> {
    let length = take(rest, 2)?;
    take(rest, usize::from(u16::from_be_bytes([length[0], length[1]])))
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8], String> {
    let (taken, left) = rest.split_at_checked(count).ok_or("it ends too early")?;
    *rest = left;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An answer with one attribute.
    fn answer(tag: u8, value: &[u8]) -> Vec<u8> {
        let mut bytes = vec![2, 0, 0, 0, 0, 0, 0, 1, 0x04, tag, 0, 1, b'a'];
        bytes.extend(u16::try_from(value.len()).expect("short").to_be_bytes());
        bytes.extend(value);
        bytes.push(END_OF_ATTRIBUTES);
        bytes
    }

    #[test]
    fn a_text_that_is_said_to_be_longer_than_it_is_is_refused() {
        for tag in WITH_LANGUAGE {
            assert!(read(answer(tag, &[0, 2, b'e', b'n', 0, 1, b'x'])).is_ok());
            assert!(read(answer(tag, &[0, 9, b'e', b'n'])).is_err());
            assert!(read(answer(tag, &[0, 2, b'e', b'n', 0xff, 0xff])).is_err());
        }
    }

    #[test]
    fn collections_nest_as_deep_as_printers_nest_them_and_no_deeper() {
        let nested = |depth: usize| {
            let mut bytes = vec![2, 0, 0, 0, 0, 0, 0, 1, 0x04];
            for level in 0..depth {
                if level > 0 {
                    bytes.extend([0x4a, 0, 0, 0, 1, b'm']);
                }
                bytes.extend([BEGIN_COLLECTION, 0, u8::from(level == 0)]);
                bytes.extend(if level == 0 { &b"c"[..] } else { b"" });
                bytes.extend([0, 0]);
            }
            bytes.extend([END_COLLECTION, 0, 0, 0, 0].repeat(depth));
            bytes.push(END_OF_ATTRIBUTES);
            bytes
        };
        assert!(read(nested(3)).is_ok() && read(nested(8)).is_ok());
        assert!(read(nested(9)).is_err() && read(nested(100_000)).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_bytes_make_it_panic(
            head in proptest::collection::vec(any::<u8>(), 0..9),
            tags in proptest::collection::vec((0_u8..0x4c, proptest::collection::vec(0_u8..6, 0..12)), 0..20),
        ) {
            let mut bytes = head;
            for (tag, value) in tags {
                bytes.push(tag);
                bytes.extend(value);
            }
            let _ = read(bytes);
        }

        #[test]
        fn no_value_makes_it_panic(tag in any::<u8>(), value in proptest::collection::vec(any::<u8>(), 0..16)) {
            let _ = read(answer(tag, &value));
        }
    }
}
