//! Reading what a store keeps: one pack after another.

use minicbor::Decoder;
use minicbor::bytes::ByteSlice;
use thiserror::Error;

use crate::indicium::{self, Indicium};
use crate::merkle::Tree;
use crate::pack::{BATCH, SIGNATURES};
use crate::serial::Serial;
use crate::sign1::{Inclusion, SignerHeader};

/// Why stored bytes aren't packs.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SegmentError {
    /// Damaged.
    #[error("the stored indicia can't be read ({0})")]
    Damaged(String),
}

/// The bytes of one or more packs.
#[derive(Debug, Clone, Copy)]
pub struct Segment<'a>(&'a [u8]);

/// One pack, its entries not looked at yet.
struct Pack<'a> {
    first: u64,
    together: Option<Together<'a>>,
    entries: Vec<&'a [u8]>,
}

/// The one signature of a batch.
struct Together<'a> {
    header: SignerHeader,
    signature: [u8; 64],
    chain: Option<&'a [u8]>,
}

impl<'a> Segment<'a> {
    /// Takes bytes as they were stored.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The indicium with this number, if it is in here.
    ///
    /// # Errors
    /// [`SegmentError`].
    pub fn get(&self, number: u64) -> Result<Option<Vec<u8>>, SegmentError> {
        for pack in self.packs() {
            let pack = pack?;
            let place = number.checked_sub(pack.first).and_then(|place| usize::try_from(place).ok());
            if let Some(place) = place.filter(|place| *place < pack.entries.len()) {
                return Ok(Some(pack.indicium(place, pack.tree().as_ref())));
            }
        }
        Ok(None)
    }

    /// Every indicium with its number, in order.
    ///
    /// # Errors
    /// [`SegmentError`], or what `visit` returned.
    pub fn each<E: From<SegmentError>>(
        &self,
        mut visit: impl FnMut(u64, Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        for pack in self.packs() {
            let pack = pack?;
            let tree = pack.tree();
            for (place, number) in (0..pack.entries.len()).zip(pack.first..) {
                visit(number, pack.indicium(place, tree.as_ref()))?;
            }
        }
        Ok(())
    }

    /// Every indicium's encoded claims with its number: cheaper, since no receipt is made.
    ///
    /// # Errors
    /// [`SegmentError`], or what `visit` returned.
    pub fn each_claims<E: From<SegmentError>>(
        &self,
        mut visit: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        for pack in self.packs() {
            let pack = pack?;
            for (entry, number) in pack.entries.iter().zip(pack.first..) {
                if pack.together.is_some() {
                    visit(number, entry)?;
                } else {
                    let indicium = Indicium::decode(entry);
                    let indicium = indicium.map_err(|error| SegmentError::Damaged(error.to_string()))?;
                    visit(number, indicium.payload())?;
                }
            }
        }
        Ok(())
    }

    fn packs(&self) -> impl Iterator<Item = Result<Pack<'a>, SegmentError>> + use<'a> {
        let bytes = self.0;
        let mut decoder = Decoder::new(bytes);
        std::iter::from_fn(move || {
            (decoder.position() < bytes.len()).then(|| {
                let pack = read_pack(&mut decoder);
                if pack.is_err() {
                    decoder.set_position(bytes.len());
                }
                pack.map_err(|error| SegmentError::Damaged(error.to_string()))
            })
        })
    }
}

fn read_pack<'a>(decoder: &mut Decoder<'a>) -> Result<Pack<'a>, minicbor::decode::Error> {
    let wrong = || minicbor::decode::Error::message("it is no pack");
    let parts = decoder.array()?;
    let form = decoder.u8()?;
    let first = decoder.u64()?;
    let together = match (form, parts) {
        (SIGNATURES, Some(3)) => None,
        (BATCH, Some(6)) => Some(Together {
            header: SignerHeader::from_bytes(decoder.bytes()?),
            signature: decoder.bytes()?.try_into().map_err(|_| wrong())?,
            chain: decoder.decode::<Option<&ByteSlice>>()?.map(|chain| &**chain),
        }),
        _ => return Err(wrong()),
    };
    let count = decoder.array()?.ok_or_else(wrong)?;
    if first.checked_add(count).is_none_or(|end| end > Serial::MAX_NUMBER + 1) {
        return Err(minicbor::decode::Error::message("its numbers are too large"));
    }
    let entries = (0..count).map(|_| decoder.bytes()).collect::<Result<_, _>>()?;
    Ok(Pack { first, together, entries })
}

impl Pack<'_> {
    fn tree(&self) -> Option<Tree> {
        self.together.is_some().then(|| Tree::from_leaves(self.entries.iter().copied()))
    }

    fn indicium(&self, place: usize, tree: Option<&Tree>) -> Vec<u8> {
        let entry = self.entries[place];
        match (&self.together, tree.and_then(|tree| Some((tree.size(), tree.path(place)?)))) {
            (Some(together), Some((size, path))) => {
                let inclusion = Inclusion { size: size as u64, index: place as u64, path };
                let Together { header, signature, chain } = together;
                indicium::with_receipt(entry, header, &inclusion, signature, *chain)
            }
            _ => entry.to_vec(),
        }
    }
}
