//! Packs: how a module hands a run of indicia out and a store keeps it.
//!
//! Signed one by one: `[0, first, [indicium…]]`. Signed together: `[1, first, protected, signature, chain, [claims…]]`,
//! from which each indicium with its receipt is made when it is asked for. A segment is one pack after another.
//!
//! Where a holder's data was erased, `[hash, …]` stands for the bytes of an indicium or its claims: the same bytes with zeros
//! for the salt, behind the hash that the claims have as a leaf of a batch's tree.

use crate::sign1::SignerHeader;
use crate::wire;

pub(crate) const SIGNATURES: u8 = 0;
pub(crate) const BATCH: u8 = 1;

/// A pack of indicia that each have a signature.
#[derive(Debug)]
pub struct SignaturePack(Vec<u8>);

impl SignaturePack {
    /// A pack of `count` indicia from a serial number on.
    #[must_use]
    pub fn new(first_number: u64, count: usize) -> Self {
        let mut bytes = Vec::with_capacity(16 + count * 256);
        wire::append(&mut bytes, |cbor| {
            cbor.array(3)?.u8(SIGNATURES)?.u64(first_number)?.array(count as u64)?;
            Ok(())
        });
        Self(bytes)
    }

    /// Appends one indicium's entry to a buffer: entries of several buffers make one pack.
    pub fn encode_entry(indicium: &[u8], entries: &mut Vec<u8>) {
        wire::append(entries, |cbor| cbor.bytes(indicium).map(drop));
    }

    /// Takes entries over, in order. All of them together must be as many as the pack was opened for.
    pub fn push_encoded(&mut self, entries: &[u8]) {
        self.0.extend_from_slice(entries);
    }

    /// The pack.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// A pack of indicia under one signature.
#[derive(Debug)]
pub struct BatchPack(Vec<u8>);

impl BatchPack {
    /// A pack of `count` indicia from a serial number on, with the signature over their tree's root.
    #[must_use]
    pub fn new(
        first_number: u64,
        count: usize,
        header: &SignerHeader,
        signature: &[u8; 64],
        chain: Option<&[u8]>,
    ) -> Self {
        let mut bytes = Vec::with_capacity(160 + count * 128);
        wire::append(&mut bytes, |cbor| {
            cbor.array(6)?.u8(BATCH)?.u64(first_number)?.bytes(header.as_bytes())?.bytes(signature)?;
            match chain {
                Some(chain) => cbor.bytes(chain)?,
                None => cbor.null()?,
            };
            cbor.array(count as u64)?;
            Ok(())
        });
        Self(bytes)
    }

    /// Takes the next claims over.
    pub fn push(&mut self, claims: &[u8]) {
        wire::append(&mut self.0, |cbor| cbor.bytes(claims).map(drop));
    }

    /// The pack.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}
