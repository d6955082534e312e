//! Reading what a store keeps: one pack after another.

use minicbor::Decoder;
use minicbor::bytes::ByteSlice;
use minicbor::data::Type;
use thiserror::Error;

use crate::erased::{Erased, Kept, redacted};
use crate::indicium::{self, Indicium};
use crate::merkle::{Hash, Tree, leaf_hash};
use crate::pack::{BATCH, SIGNATURES};
use crate::serial::Serial;
use crate::sign1::{Inclusion, SignerHeader};
use crate::wire;

/// Why stored bytes aren't packs.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SegmentError {
    /// Damaged.
    #[error("the stored indicia can't be read ({0})")]
    Damaged(String),
    /// The holder's data was erased, and with it a part of what was signed.
    #[error(
        "the holder's data of number {0} was erased, and with it what its symbol says; only the paper has that"
    )]
    Erased(u64),
}

/// The bytes of one or more packs.
#[derive(Debug, Clone, Copy)]
pub struct Segment<'a>(&'a [u8]);

/// One pack, its entries not looked at yet.
struct Pack<'a> {
    first: u64,
    together: Option<Together<'a>>,
    entries: Vec<Entry<'a>>,
}

/// An indicium or its claims, as a pack has them.
#[derive(Clone, Copy)]
struct Entry<'a> {
    bytes: &'a [u8],
    /// The hash that its claims had before the holder's salt was erased from them.
    erased: Option<Hash>,
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
    /// [`SegmentError`], also if something of it was erased.
    pub fn get(&self, number: u64) -> Result<Option<Vec<u8>>, SegmentError> {
        self.get_kept(number)?.map(|kept| kept.whole(number)).transpose()
    }

    /// What is kept of the indicium with this number, if it is in here.
    ///
    /// # Errors
    /// [`SegmentError::Damaged`].
    pub fn get_kept(&self, number: u64) -> Result<Option<Kept>, SegmentError> {
        for pack in self.packs() {
            let pack = pack?;
            let place = number.checked_sub(pack.first).and_then(|place| usize::try_from(place).ok());
            if let Some(place) = place.filter(|place| *place < pack.entries.len()) {
                return Ok(Some(pack.kept(place, pack.tree().as_ref())));
            }
        }
        Ok(None)
    }

    /// Every indicium with its number, in order.
    ///
    /// # Errors
    /// [`SegmentError`], also at the first of which something was erased; or what `visit` returned.
    pub fn each<E: From<SegmentError>>(
        &self,
        mut visit: impl FnMut(u64, Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.each_kept(|number, kept| visit(number, kept.whole(number)?))
    }

    /// What is kept of every indicium with its number, in order.
    ///
    /// # Errors
    /// [`SegmentError::Damaged`], or what `visit` returned.
    pub fn each_kept<E: From<SegmentError>>(
        &self,
        mut visit: impl FnMut(u64, Kept) -> Result<(), E>,
    ) -> Result<(), E> {
        for pack in self.packs() {
            let pack = pack?;
            let tree = pack.tree();
            for (place, number) in (0..pack.entries.len()).zip(pack.first..) {
                visit(number, pack.kept(place, tree.as_ref()))?;
            }
        }
        Ok(())
    }

    /// Every indicium's encoded claims with its number: cheaper, since no receipt is made. Those of which something was
    /// erased have zeros for the holder's salt.
    ///
    /// # Errors
    /// [`SegmentError::Damaged`], or what `visit` returned.
    pub fn each_claims<E: From<SegmentError>>(
        &self,
        mut visit: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        for pack in self.packs() {
            let pack = pack?;
            for (place, number) in (0..pack.entries.len()).zip(pack.first..) {
                visit(number, pack.claims(place)?)?;
            }
        }
        Ok(())
    }

    /// These bytes without the salts of the holders of some numbers; nothing if there is nothing to be erased (any more).
    ///
    /// # Errors
    /// [`SegmentError::Damaged`].
    pub fn erase(&self, is_one: impl Fn(u64) -> bool) -> Result<Option<Vec<u8>>, SegmentError> {
        let (mut bytes, mut is_changed) = (Vec::with_capacity(self.0.len() + 64), false);
        for pack in self.packs() {
            let pack = pack?;
            pack.write_head(&mut bytes);
            for (place, number) in (0..pack.entries.len()).zip(pack.first..) {
                let entry = pack.entries[place];
                let redacted = if entry.erased.is_none() && is_one(number) {
                    let claims = pack.claims(place)?;
                    redacted(entry.bytes, claims)?.map(|bytes| (bytes, leaf_hash(claims)))
                } else {
                    None
                };
                match &redacted {
                    Some((bytes_left, hash)) => {
                        is_changed = true;
                        Entry { bytes: bytes_left, erased: Some(*hash) }.write(&mut bytes);
                    }
                    None => entry.write(&mut bytes),
                }
            }
        }
        Ok(is_changed.then_some(bytes))
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
    let entries = (0..count).map(|_| read_entry(decoder)).collect::<Result<_, _>>()?;
    Ok(Pack { first, together, entries })
}

fn read_entry<'a>(decoder: &mut Decoder<'a>) -> Result<Entry<'a>, minicbor::decode::Error> {
    if decoder.datatype()? != Type::Array {
        return Ok(Entry { bytes: decoder.bytes()?, erased: None });
    }
    let wrong = || minicbor::decode::Error::message("it is no erased indicium");
    if decoder.array()? != Some(2) {
        return Err(wrong());
    }
    let hash = decoder.bytes()?.try_into().map_err(|_| wrong())?;
    Ok(Entry { bytes: decoder.bytes()?, erased: Some(hash) })
}

impl Entry<'_> {
    fn write(&self, bytes: &mut Vec<u8>) {
        wire::append(bytes, |cbor| {
            if let Some(hash) = &self.erased {
                cbor.array(2)?.bytes(hash)?;
            }
            cbor.bytes(self.bytes).map(drop)
        });
    }
}

impl<'a> Pack<'a> {
    fn tree(&self) -> Option<Tree> {
        let hash = |entry: &Entry<'_>| entry.erased.unwrap_or_else(|| leaf_hash(entry.bytes));
        self.together.is_some().then(|| Tree::from_hashes(self.entries.iter().map(hash)))
    }

    fn indicium(&self, place: usize, tree: Option<&Tree>) -> Vec<u8> {
        let entry = self.entries[place].bytes;
        match (&self.together, tree.and_then(|tree| Some((tree.size(), tree.path(place)?)))) {
            (Some(together), Some((size, path))) => {
                let inclusion = Inclusion { size: size as u64, index: place as u64, path };
                let Together { header, signature, chain } = together;
                indicium::with_receipt(entry, header, &inclusion, signature, *chain)
            }
            _ => entry.to_vec(),
        }
    }

    fn kept(&self, place: usize, tree: Option<&Tree>) -> Kept {
        let indicium = self.indicium(place, tree);
        match self.entries[place].erased {
            None => Kept::Whole(indicium),
            Some(hash) => Kept::Erased(Erased::new(indicium, hash)),
        }
    }

    fn claims(&self, place: usize) -> Result<&'a [u8], SegmentError> {
        let bytes = self.entries[place].bytes;
        if self.together.is_some() {
            return Ok(bytes);
        }
        let indicium = Indicium::decode(bytes);
        Ok(indicium.map_err(|error| SegmentError::Damaged(error.to_string()))?.payload())
    }

    /// What stands before the entries.
    fn write_head(&self, bytes: &mut Vec<u8>) {
        wire::append(bytes, |cbor| {
            match &self.together {
                None => cbor.array(3)?.u8(SIGNATURES)?.u64(self.first)?,
                Some(Together { header, signature, chain }) => {
                    cbor.array(6)?.u8(BATCH)?.u64(self.first)?.bytes(header.as_bytes())?.bytes(signature)?;
                    match chain {
                        Some(chain) => cbor.bytes(chain)?,
                        None => cbor.null()?,
                    }
                }
            };
            cbor.array(self.entries.len() as u64).map(drop)
        });
    }
}
