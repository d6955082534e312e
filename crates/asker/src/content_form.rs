//! In which form a batch's items were sent, and so were signed.

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// In which form a batch's items were sent. They are kept as CBOR whichever it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ContentForm {
    /// As [`indicia::ItemList::encode`] writes them: what is kept is what was signed.
    #[default]
    Cbor,
    /// As [`indicia::ItemList::write_json`] writes them.
    Json,
}

// At the end of a request, CBOR isn't said: requests that were kept before there was JSON are read as they were meant.

impl<C> Encode<C> for ContentForm {
    fn encode<W: encode::Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        encoder.u8(u8::from(*self == Self::Json))?.ok()
    }

    fn is_nil(&self) -> bool {
        *self == Self::Cbor
    }
}

impl<'b, C> Decode<'b, C> for ContentForm {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        match decoder.u8()? {
            0 => Ok(Self::Cbor),
            1 => Ok(Self::Json),
            _ => Err(decode::Error::message("the form of the items is unknown")),
        }
    }

    fn nil() -> Option<Self> {
        Some(Self::Cbor)
    }
}
