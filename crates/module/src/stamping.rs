//! Turns debited payloads into signed, packed indicia.

use indicia::{BatchPack, PublicKey, SignaturePack, SignerHeader, merkle};
use rayon::prelude::*;

use crate::device::{Debit, Outcome};
use crate::protocol::{Packed, RequestAnswer};
use crate::record::Device;
use crate::session::MAX_PACK;
use crate::signing::SigningKey;

/// Requests of one item each that one core signs before another may take over.
const REQUESTS: usize = 8;
/// Indicia that one core signs before another may take over: about half a millisecond of work.
const CHUNK: usize = 64;

/// A message with the signature that was made over it.
#[derive(Debug)]
pub(crate) struct Stamped {
    key: PublicKey,
    message: Vec<u8>,
    signature: [u8; 64],
}

impl Stamped {
    pub(crate) fn verifies(&self) -> bool {
        self.key.verify(&self.message, &self.signature).is_ok()
    }
}

/// What of a session's signatures is verified before anything leaves.
#[derive(Debug, Default)]
pub(crate) struct Signed {
    /// Every root of a batch proof.
    pub(crate) roots: Vec<Stamped>,
    /// One single signature.
    pub(crate) sample: Option<Stamped>,
}

impl Signed {
    fn add(&mut self, more: Self) {
        self.roots.extend(more.roots);
        self.sample = self.sample.take().or(more.sample);
    }
}

/// A device's key with everything that goes around its signatures.
pub(crate) struct Stamp<'a> {
    key: &'a SigningKey,
    public: PublicKey,
    single: SignerHeader,
    receipt: SignerHeader,
    /// Device and issuer certificate, as they travel inside an indicium.
    chain: Vec<u8>,
}

impl<'a> Stamp<'a> {
    pub(crate) fn new(key: &'a SigningKey, device: &Device, issuer_certificate: &[u8]) -> Self {
        let public = key.public();
        Self {
            key,
            single: SignerHeader::single(public.algorithm(), public.key_id()),
            receipt: SignerHeader::receipt(public.algorithm(), public.key_id()),
            public,
            chain: indicia::embedded_chain(&device.certificate, issuer_certificate),
        }
    }

    /// Signs what was debited, and keeps one of all single signatures, at a random place, to be verified.
    pub(crate) fn requests(&self, outcomes: &[Outcome]) -> (Vec<RequestAnswer>, Signed) {
        let sampled = random_single(outcomes);
        let made: Vec<(RequestAnswer, Signed)> = outcomes
            .par_iter()
            .with_min_len(REQUESTS)
            .enumerate()
            .map(|(place, outcome)| {
                let sample = sampled.filter(|(request, _)| *request == place).map(|(_, item)| item);
                self.request(outcome, sample)
            })
            .collect();
        let mut signed = Signed::default();
        let answers = made.into_iter().map(|(answer, more)| {
            signed.add(more);
            answer
        });
        (answers.collect(), signed)
    }

    fn request(&self, outcome: &Outcome, sample: Option<usize>) -> (RequestAnswer, Signed) {
        match outcome {
            Outcome::Debited(debit) => {
                let (packs, signed) = self.packs(debit, sample);
                (RequestAnswer::Issued { packs, value: debit.value }, signed)
            }
            Outcome::Ordered(_) => (RequestAnswer::Ordered, Signed::default()),
            Outcome::Refused(refusal) => (RequestAnswer::Refused(refusal.clone()), Signed::default()),
        }
    }

    /// Signs and packs a batch. A batch of one is signed plainly: RFC 9942 knows no empty path.
    fn packs(&self, debit: &Debit, sample: Option<usize>) -> (Vec<Packed>, Signed) {
        let places: Vec<_> = (0..debit.count())
            .step_by(MAX_PACK)
            .map(|start| start..debit.count().min(start + MAX_PACK))
            .collect();
        let chain = debit.embeds_certificate.then_some(self.chain.as_slice());
        let made: Vec<(Packed, Signed)> = places
            .into_par_iter()
            .map(|places| match debit.proof {
                indicia::ProofForm::Batch if places.len() > 1 => self.batch_pack(debit, places, chain),
                _ => self.signature_pack(debit, places, chain, sample),
            })
            .collect();
        let mut signed = Signed::default();
        let packs = made.into_iter().map(|(pack, more)| {
            signed.add(more);
            pack
        });
        (packs.collect(), signed)
    }

    fn signature_pack(
        &self,
        debit: &Debit,
        places: std::ops::Range<usize>,
        chain: Option<&[u8]>,
        sample: Option<usize>,
    ) -> (Packed, Signed) {
        let chunks: Vec<_> =
            places.clone().step_by(CHUNK).map(|start| start..places.end.min(start + CHUNK)).collect();
        let parts: Vec<(Vec<u8>, Option<Stamped>)> =
            chunks.into_par_iter().map(|chunk| self.sign_chunk(debit, chunk, chain, sample)).collect();
        let first_number = debit.first_number + places.start as u64;
        let mut pack = SignaturePack::new(first_number, places.len());
        let mut sampled = None;
        for (entries, stamped) in parts {
            pack.push_encoded(&entries);
            sampled = sampled.or(stamped);
        }
        (packed(first_number, places.len(), pack.finish()), Signed { roots: Vec::new(), sample: sampled })
    }

    /// Signs neighbours one after the other, into the entries of a pack.
    fn sign_chunk(
        &self,
        debit: &Debit,
        places: std::ops::Range<usize>,
        chain: Option<&[u8]>,
        sample: Option<usize>,
    ) -> (Vec<u8>, Option<Stamped>) {
        let mut entries = Vec::with_capacity(places.len() * (240 + chain.map_or(0, <[u8]>::len)));
        let mut message = Vec::with_capacity(256);
        let mut indicium = Vec::with_capacity(256);
        let mut sampled = None;
        for place in places {
            let payload = debit.payload(place);
            message.clear();
            self.single.to_be_signed(payload, &mut message);
            let signature = self.key.sign(&message);
            indicium.clear();
            self.single.assemble(payload, &signature, chain, &mut indicium);
            SignaturePack::encode_entry(&indicium, &mut entries);
            if sample == Some(place) {
                sampled = Some(Stamped { key: self.public.clone(), message: message.clone(), signature });
            }
        }
        (entries, sampled)
    }

    fn batch_pack(
        &self,
        debit: &Debit,
        places: std::ops::Range<usize>,
        chain: Option<&[u8]>,
    ) -> (Packed, Signed) {
        let tree = merkle::Tree::from_leaves(places.clone().map(|place| debit.payload(place)));
        let mut message = Vec::with_capacity(128);
        self.receipt.to_be_signed(&tree.root(), &mut message);
        let signature = self.key.sign(&message);
        let first_number = debit.first_number + places.start as u64;
        let mut pack = BatchPack::new(first_number, places.len(), &self.receipt, &signature, chain);
        for place in places.clone() {
            pack.push(debit.payload(place));
        }
        let root = Stamped { key: self.public.clone(), message, signature };
        (packed(first_number, places.len(), pack.finish()), Signed { roots: vec![root], sample: None })
    }
}

fn packed(first_number: u64, count: usize, bytes: Vec<u8>) -> Packed {
    // a pack has at most MAX_PACK entries
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    Packed { first_number, count, bytes: bytes.into() }
}

/// One of all the indicia that are signed one by one: its request, and its place in that. A batch with a proof has some
/// only if its last pack is of a single one; its roots are all verified anyway.
fn random_single(outcomes: &[Outcome]) -> Option<(usize, usize)> {
    let singles = |outcome: &Outcome| match outcome {
        Outcome::Debited(debit) if debit.proof == indicia::ProofForm::Signature || debit.count() == 1 => {
            debit.count()
        }
        _ => 0,
    };
    let count: usize = outcomes.iter().map(singles).sum();
    let mut place = random_place(count);
    outcomes.iter().map(singles).enumerate().find_map(|(request, here)| {
        if place < here {
            return Some((request, place));
        }
        place -= here;
        None
    })
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
