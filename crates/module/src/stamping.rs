//! Turns debited payloads into signed, packed indicia.
//!
//! A session's work is cut into pieces, of which any core takes the next; then the packs are put together in order.

use std::ops::Range;

use indicia::{BatchPack, ProofForm, PublicKey, SignaturePack, SignerHeader, merkle};

use crate::crew;
use crate::device::{Debit, Outcome};
use crate::protocol::{Failure, Packed, RequestAnswer};
use crate::record::Device;
use crate::session::MAX_PACK;
use crate::signing::SigningKey;

/// Signatures that one core makes before it looks for the next: half a millisecond of work.
const MAX_CHUNK: usize = 64;
/// Signatures below which it isn't worth while to look for the next.
const MIN_CHUNK: usize = 4;

/// A device's key with everything that goes around its signatures, and what is to be signed by it.
pub(crate) struct Stamp<'a> {
    key: &'a SigningKey,
    public: PublicKey,
    single: SignerHeader,
    receipt: SignerHeader,
    /// Device and issuer certificate, as they travel inside an indicium.
    chain: Vec<u8>,
    outcomes: &'a [Outcome],
}

/// What is signed without a pause: neighbours of one batch, which are a pack or a part of one.
struct Piece<'a> {
    stamp: &'a Stamp<'a>,
    debit: &'a Debit,
    places: Range<usize>,
    /// Whether it has one signature for all of it.
    together: bool,
    /// Which of its signatures is verified before anything leaves.
    sample: Option<usize>,
}

impl<'a> Stamp<'a> {
    pub(crate) fn new(
        key: &'a SigningKey,
        device: &Device,
        issuer_certificate: &[u8],
        outcomes: &'a [Outcome],
    ) -> Self {
        let public = key.public();
        Self {
            key,
            single: SignerHeader::single(public.algorithm(), public.key_id()),
            receipt: SignerHeader::receipt(public.algorithm(), public.key_id()),
            public,
            chain: indicia::embedded_chain(&device.certificate, issuer_certificate),
            outcomes,
        }
    }

    /// Cuts what is to be signed. A batch of one is signed plainly: RFC 9942 knows no empty path.
    fn pieces(&'a self) -> impl Iterator<Item = Piece<'a>> {
        let debits = self.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Debited(debit) => Some(debit),
            _ => None,
        });
        debits.flat_map(move |debit| {
            cut(0..debit.count(), MAX_PACK).flat_map(move |pack| {
                let together = debit.proof == ProofForm::Batch && pack.len() > 1;
                let size = if together { MAX_PACK } else { MAX_CHUNK };
                cut(pack, size).map(move |places| Piece {
                    stamp: self,
                    debit,
                    places,
                    together,
                    sample: None,
                })
            })
        })
    }

    fn signs_to(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), Failure> {
        self.public.verify(message, signature).map_err(|_| Failure::SelfCheck)
    }
}

/// Signs everything that was debited, on all cores, while `meanwhile` is done.
///
/// Faulty computation must not get out (one wrong Ed25519 signature can give the key away): the root of every batch
/// proof is verified, and of all single signatures one, at a random place.
///
/// # Errors
/// [`Failure::SelfCheck`] when a signature doesn't verify.
pub(crate) fn sign_all<M>(
    stamps: &[Option<Stamp<'_>>],
    meanwhile: impl FnOnce() -> M,
) -> (Result<Vec<Vec<RequestAnswer>>, Failure>, M) {
    let mut pieces: Vec<_> = stamps.iter().flatten().flat_map(Stamp::pieces).collect();
    choose_sample(&mut pieces);
    let jobs: Vec<_> = pieces.chunk_by(share_a_job).flat_map(|pieces| pieces.chunks(MIN_CHUNK)).collect();
    let make = |job: usize| jobs[job].iter().map(Piece::make).collect::<Result<Vec<_>, _>>();
    let (made, meant) = crew::share(jobs.len(), make, meanwhile);
    let answers = made.into_iter().collect::<Result<Vec<_>, _>>().map(|made| {
        let mut made = pieces.iter().zip(made.into_iter().flatten());
        stamps
            .iter()
            .map(|stamp| {
                stamp
                    .iter()
                    .flat_map(|stamp| stamp.outcomes)
                    .map(|outcome| answer(outcome, &mut made))
                    .collect()
            })
            .collect()
    });
    (answers, meant)
}

/// Single items are too little for a job of their own.
fn share_a_job(one: &Piece<'_>, next: &Piece<'_>) -> bool {
    one.places.len() == 1 && next.places.len() == 1
}

/// The answer to one request, from the next pieces.
fn answer<'a>(outcome: &Outcome, made: &mut impl Iterator<Item = (&'a Piece<'a>, Vec<u8>)>) -> RequestAnswer {
    match outcome {
        Outcome::Ordered(_) => RequestAnswer::Ordered,
        Outcome::Refused(refusal) => RequestAnswer::Refused(refusal.clone()),
        Outcome::Debited(debit) => {
            let packs = cut(0..debit.count(), MAX_PACK).map(|places| pack(debit, places, made)).collect();
            RequestAnswer::Issued { packs, value: debit.value }
        }
    }
}

/// One pack, from the next pieces.
fn pack<'a>(
    debit: &Debit,
    places: Range<usize>,
    made: &mut impl Iterator<Item = (&'a Piece<'a>, Vec<u8>)>,
) -> Packed {
    let first_number = debit.first_number + places.start as u64;
    // a pack has at most MAX_PACK entries
    let count = u32::try_from(places.len()).unwrap_or(u32::MAX);
    let mut signed = SignaturePack::new(first_number, places.len());
    for (piece, bytes) in made {
        if piece.together {
            return Packed { first_number, count, bytes: bytes.into() };
        }
        signed.push_encoded(&bytes);
        if piece.places.end == places.end {
            break;
        }
    }
    Packed { first_number, count, bytes: signed.finish().into() }
}

impl Piece<'_> {
    fn make(&self) -> Result<Vec<u8>, Failure> {
        if self.together { self.sign_together() } else { self.sign_each() }
    }

    fn chain(&self) -> Option<&[u8]> {
        self.debit.embeds_certificate.then_some(self.stamp.chain.as_slice())
    }

    /// The entries of a pack, each with its own signature.
    fn sign_each(&self) -> Result<Vec<u8>, Failure> {
        let (stamp, chain) = (self.stamp, self.chain());
        let mut entries = Vec::with_capacity(self.places.len() * (240 + chain.map_or(0, <[u8]>::len)));
        let mut message = Vec::with_capacity(256);
        let mut indicium = Vec::with_capacity(256);
        for place in self.places.clone() {
            let payload = self.debit.payload(place);
            message.clear();
            stamp.single.to_be_signed(payload, &mut message);
            let signature = stamp.key.sign(&message);
            if self.sample == Some(place) {
                stamp.signs_to(&message, &signature)?;
            }
            indicium.clear();
            stamp.single.assemble(payload, &signature, chain, &mut indicium);
            SignaturePack::encode_entry(&indicium, &mut entries);
        }
        Ok(entries)
    }

    /// A whole pack under one signature.
    fn sign_together(&self) -> Result<Vec<u8>, Failure> {
        let stamp = self.stamp;
        let payloads = || self.places.clone().map(|place| self.debit.payload(place));
        let mut message = Vec::with_capacity(128);
        stamp.receipt.to_be_signed(&merkle::Tree::from_leaves(payloads()).root(), &mut message);
        let signature = stamp.key.sign(&message);
        stamp.signs_to(&message, &signature)?;
        let first_number = self.debit.first_number + self.places.start as u64;
        let mut pack =
            BatchPack::new(first_number, self.places.len(), &stamp.receipt, &signature, self.chain());
        payloads().for_each(|payload| pack.push(payload));
        Ok(pack.finish())
    }
}

/// Cuts a range into parts of a size, the last one shorter.
fn cut(range: Range<usize>, size: usize) -> impl Iterator<Item = Range<usize>> {
    range.clone().step_by(size).map(move |start| start..range.end.min(start + size))
}

/// Chooses one of all the indicia that are signed one by one.
fn choose_sample(pieces: &mut [Piece<'_>]) {
    let single = |piece: &&mut Piece<'_>| !piece.together;
    let count = pieces.iter().filter(|piece| !piece.together).map(|piece| piece.places.len()).sum();
    let mut place = random_place(count);
    for piece in pieces.iter_mut().filter(single) {
        if place < piece.places.len() {
            piece.sample = Some(piece.places.start + place);
            return;
        }
        place -= piece.places.len();
    }
}

/// A place below `count` that nobody can foresee; the first if there is no randomness, which self-tests rule out.
pub(crate) fn random_place(count: usize) -> usize {
    let mut bytes = [0; 8];
    if aws_lc_rs::rand::fill(&mut bytes).is_err() || count == 0 {
        return 0;
    }
    // The remainder is below `count`, which is a usize.
    usize::try_from(u64::from_le_bytes(bytes) % count as u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::random_place;

    #[test]
    fn places_are_spread_over_the_whole_batch() {
        let seen: std::collections::BTreeSet<_> = (0..1_000).map(|_| random_place(4)).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3]);
    }
}
