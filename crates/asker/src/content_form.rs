//! In which form a batch's items were sent, and so were signed.

use minicbor::data::Type;
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

/// The number that stands for JSON.
const JSON: u8 = 1;

// CBOR is what isn't said: requests that were kept before there was JSON are read as they were meant.

impl<C> Encode<C> for ContentForm {
    fn encode<W: encode::Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        match self {
            Self::Cbor => encoder.null()?,
            Self::Json => encoder.u8(JSON)?,
        };
        Ok(())
    }

    fn is_nil(&self) -> bool {
        *self == Self::Cbor
    }
}

impl<'b, C> Decode<'b, C> for ContentForm {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        if decoder.datatype()? == Type::Null {
            return decoder.null().map(|()| Self::Cbor);
        }
        match decoder.u8()? {
            JSON => Ok(Self::Json),
            _ => Err(decode::Error::message("the form of the items is unknown")),
        }
    }

    fn nil() -> Option<Self> {
        Some(Self::Cbor)
    }
}
