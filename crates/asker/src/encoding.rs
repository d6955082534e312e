//! One encoding for one content.

use minicbor::Encode;
use minicbor::encode::Write;

/// Whether these bytes are what a value is encoded as: what was decoded may have had another form.
pub(crate) fn is_encoding_of<T: Encode<()>>(bytes: &[u8], value: &T) -> bool {
    let mut rest = Expected(bytes);
    minicbor::encode(value, &mut rest).is_ok() && rest.0.is_empty()
}

/// Takes what is written only as long as it is the same.
struct Expected<'a>(&'a [u8]);

/// Something else was written.
struct Differs;

impl Write for Expected<'_> {
    type Error = Differs;

    fn write_all(&mut self, written: &[u8]) -> Result<(), Differs> {
        self.0 = self.0.strip_prefix(written).ok_or(Differs)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::is_encoding_of;

    #[test]
    fn only_the_whole_encoding_is_one() {
        let bytes = minicbor::to_vec([1_u16, 500]).unwrap();
        assert!(is_encoding_of(&bytes, &[1_u16, 500]));
        assert!(!is_encoding_of(&bytes, &[1_u16, 501]));
        assert!(!is_encoding_of(&bytes[..2], &[1_u16, 500]));
        assert!(!is_encoding_of(&[&bytes[..], &[0]].concat(), &[1_u16, 500]));
        // the same numbers, one of them longer than it need be
        assert!(!is_encoding_of(&[0x82, 0x18, 1, 0x19, 1, 0xf4], &[1_u16, 500]));
    }
}
