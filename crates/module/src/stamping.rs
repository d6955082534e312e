//! Turns debited payloads into signed, packed indicia.
//!
//! A session's work is cut into pieces, of which any core takes the next; then the packs are put together in order.

use std::ops::Range;

use indicia::{BatchPack, ProofForm, PublicKey, SignaturePack, SignerHeader, merkle};

use crate::crew::{self, Work};
use crate::device::{Debit, Imprint, Outcome};
use crate::protocol::{Failure, Packed, RequestAnswer};
use crate::session::MAX_PACK;
use crate::signing::SigningKey;

/// Signatures that one core makes before it looks for the next: half a millisecond of work.
const CHUNK: usize = 64;
/// Batches of one that one core signs before it looks for the next.
const SINGLES: usize = 4;

/// A device's key with everything that goes around its signatures, and what is to be signed by it.
pub(crate) struct Stamp<'a> {
    key: &'a SigningKey,
    public: PublicKey,
    single: SignerHeader,
    receipt: SignerHeader,
    imprint: Imprint<'a>,
    /// Device and issuer certificate, as they travel inside an indicium.
    chain: Vec<u8>,
    outcomes: &'a [Outcome],
}

/// A session's signing, cut up.
struct SigningWork<'a> {
    stamps: Vec<Option<Stamp<'a>>>,
    pieces: Vec<Piece<'a>>,
    /// Pieces that one core makes before it looks for the next.
    jobs: Vec<Range<usize>>,
}

/// What is signed without a pause: neighbours of one batch, which are a pack or a part of one.
struct Piece<'a> {
    /// Place of its stamp.
    stamp: usize,
    debit: &'a Debit,
    places: Range<usize>,
    /// Units debited at the places of the batch before it.
    spent: u64,
    /// Whether it has one signature for all of it.
    together: bool,
    /// Which of its signatures is verified before anything leaves.
    sample: Option<usize>,
}

impl<'a> Stamp<'a> {
    pub(crate) fn new(
        key: &'a SigningKey,
        imprint: Imprint<'a>,
        chain: Vec<u8>,
        outcomes: &'a [Outcome],
    ) -> Self {
        let public = key.public();
        Self {
            key,
            single: SignerHeader::single(public.algorithm(), public.key_id()),
            receipt: SignerHeader::receipt(public.algorithm(), public.key_id()),
            public,
            imprint,
            chain,
            outcomes,
        }
    }

    /// Cuts what is to be signed by the stamp at this place. A batch of one is signed plainly: RFC 9942 knows no empty
    /// path.
    fn pieces(&self, stamp: usize) -> impl Iterator<Item = Piece<'a>> + use<'a> {
        let debits = self.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Debited(debit) => Some(debit),
            _ => None,
        });
        debits.flat_map(move |debit| {
            let mut next = 0;
            let places = cut(0..debit.count(), MAX_PACK).flat_map(move |pack| {
                let together = debit.list.proof == ProofForm::Batch && pack.len() > 1;
                let size = if together { MAX_PACK } else { CHUNK };
                cut(pack, size).map(move |places| (together, places))
            });
            places.map(move |(together, places)| {
                let spent = next;
                next += debit.units(&places);
                Piece { stamp, debit, places, spent, together, sample: None }
            })
        })
    }

    fn signs_to(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), Failure> {
        self.public.verify(message, signature).map_err(|_| Failure::SelfCheck)
    }
}

impl<'a> SigningWork<'a> {
    fn new(stamps: Vec<Option<Stamp<'a>>>) -> Self {
        let places = stamps.iter().enumerate();
        let mut pieces: Vec<_> = places
            .flat_map(|(place, stamp)| stamp.iter().flat_map(move |stamp| stamp.pieces(place)))
            .collect();
        choose_sample(&mut pieces);
        let mut next = 0;
        let jobs = pieces.chunk_by(share_a_job).flat_map(|pieces| pieces.chunks(SINGLES)).map(|pieces| {
            next += pieces.len();
            next - pieces.len()..next
        });
        let jobs = jobs.collect();
        Self { stamps, pieces, jobs }
    }

    /// What every request comes to, from what the jobs made.
    fn answers(&self, made: impl IntoIterator<Item = Vec<u8>>) -> Vec<Vec<RequestAnswer>> {
        let mut made = self.pieces.iter().zip(made);
        let mut answers = |stamp: &Stamp<'_>| {
            stamp.outcomes.iter().map(|outcome| answer(outcome, &mut made)).collect::<Vec<_>>()
        };
        self.stamps.iter().map(|stamp| stamp.as_ref().map(&mut answers).unwrap_or_default()).collect()
    }
}

impl Work for SigningWork<'_> {
    type Made = Result<Vec<Vec<u8>>, Failure>;

    fn count(&self) -> usize {
        self.jobs.len()
    }

    fn make(&self, job: usize) -> Self::Made {
        let pieces = self.pieces[self.jobs[job].clone()].iter();
        let stamp = |piece: &Piece<'_>| self.stamps[piece.stamp].as_ref().expect("it was cut from this one");
        pieces.map(|piece| piece.make(stamp(piece))).collect()
    }
}

/// Signs everything that was debited, on this core and at most so many others, while `meanwhile` is done. What each part
/// signs is said by `prepare`, while the other cores wake up.
///
/// Faulty computation must not get out (one wrong Ed25519 signature can give the key away): the root of every batch
/// proof is verified, and of all single signatures one, at a random place.
///
/// # Errors
/// [`Failure::SelfCheck`] when a signature doesn't verify.
pub(crate) fn sign_all<'a, M>(
    helpers: usize,
    prepare: impl FnOnce() -> Vec<Option<Stamp<'a>>>,
    meanwhile: impl FnOnce() -> M,
) -> (Result<Vec<Vec<RequestAnswer>>, Failure>, M) {
    let (made, work, meant) = crew::share(helpers, || SigningWork::new(prepare()), meanwhile);
    let made = made.into_iter().collect::<Result<Vec<_>, _>>();
    (made.map(|made| work.answers(made.into_iter().flatten())), meant)
}

/// Single items are too little for a job of their own.
fn share_a_job(one: &Piece<'_>, next: &Piece<'_>) -> bool {
    one.places.len() == 1 && next.places.len() == 1
}

/// The answer to one request, from the next pieces.
fn answer<'a>(outcome: &Outcome, made: &mut impl Iterator<Item = (&'a Piece<'a>, Vec<u8>)>) -> RequestAnswer {
    match outcome {
        Outcome::Ordered => RequestAnswer::Ordered,
        Outcome::Changed => RequestAnswer::Changed,
        Outcome::Told(told) => RequestAnswer::Told(told.clone()),
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
    fn make(&self, stamp: &Stamp<'_>) -> Result<Vec<u8>, Failure> {
        let chain = self.debit.embeds_certificate.then_some(stamp.chain.as_slice());
        if self.together { self.sign_together(stamp, chain) } else { self.sign_each(stamp, chain) }
    }

    /// The entries of a pack, each with its own signature.
    fn sign_each(&self, stamp: &Stamp<'_>, chain: Option<&[u8]>) -> Result<Vec<u8>, Failure> {
        let mut entries = Vec::with_capacity(self.places.len() * (240 + chain.map_or(0, <[u8]>::len)));
        let mut payload = Vec::with_capacity(128);
        let mut message = Vec::with_capacity(256);
        let mut indicium = Vec::with_capacity(256);
        let claims = self.debit.claims(self.places.clone(), self.spent, &stamp.imprint);
        for (place, claims) in self.places.clone().zip(claims) {
            payload.clear();
            claims.encode_into(&mut payload);
            message.clear();
            stamp.single.to_be_signed(&payload, &mut message);
            let signature = stamp.key.sign(&message);
            if self.sample == Some(place) {
                stamp.signs_to(&message, &signature)?;
            }
            indicium.clear();
            stamp.single.assemble(&payload, &signature, chain, &mut indicium);
            SignaturePack::encode_entry(&indicium, &mut entries);
        }
        Ok(entries)
    }

    /// A whole pack under one signature.
    fn sign_together(&self, stamp: &Stamp<'_>, chain: Option<&[u8]>) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::with_capacity(self.places.len() * 128);
        let mut ends = Vec::with_capacity(self.places.len());
        for claims in self.debit.claims(self.places.clone(), self.spent, &stamp.imprint) {
            claims.encode_into(&mut bytes);
            ends.push(bytes.len());
        }
        let starts = || std::iter::once(&0).chain(&ends);
        let payloads = || starts().zip(&ends).map(|(start, end)| &bytes[*start..*end]);
        let mut message = Vec::with_capacity(128);
        stamp.receipt.to_be_signed(&merkle::Tree::from_leaves(payloads()).root(), &mut message);
        let signature = stamp.key.sign(&message);
        stamp.signs_to(&message, &signature)?;
        let first_number = self.debit.first_number + self.places.start as u64;
        let mut pack = BatchPack::new(first_number, self.places.len(), &stamp.receipt, &signature, chain);
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
    use std::collections::BTreeSet;

    use indicia::{
        Algorithm, Amount, DeviceId, Item, ItemList, Kind, ProofForm, Segment, Template, UnixTime,
    };

    use super::{Piece, Stamp, choose_sample, random_place, sign_all};
    use crate::device::{Debit, Imprint, Outcome};
    use crate::protocol::{Failure, RequestAnswer};
    use crate::refusal::Refusal;
    use crate::signing::SigningKey;

    fn key() -> SigningKey {
        SigningKey::generate(Algorithm::EdDsa).expect("randomness")
    }

    fn stamp<'a>(key: &'a SigningKey, outcomes: &'a [Outcome]) -> Stamp<'a> {
        Stamp::new(key, Imprint::new("Issuer", &[7; 32]), Vec::new(), outcomes)
    }

    /// Batches of tickets for one unit each, one behind the other.
    fn debits(batches: &[(usize, ProofForm)]) -> Vec<Outcome> {
        let denomination = "EUR/2".parse().expect("a denomination");
        let item = Item::new(Template::for_kind(Kind::Ticket), Amount::saturating(1, denomination));
        let mut next = 1;
        let debits = batches.iter().map(|(count, proof)| {
            let debit = Debit {
                device: DeviceId(1),
                first_number: next,
                value: *count as u64,
                at: UnixTime(1),
                list: ItemList { proof: *proof, denomination, items: vec![item.clone(); *count] },
                embeds_certificate: false,
                before: (next - 1, 10_000 - next),
            };
            next += *count as u64;
            Outcome::Debited(debit)
        });
        debits.collect()
    }

    #[test]
    fn places_are_spread_over_the_whole_batch() {
        let seen: BTreeSet<_> = (0..1_000).map(|_| random_place(4)).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3]);
    }

    #[test]
    fn one_signature_of_a_session_is_verified_and_any_may_be_the_one() {
        let (key, outcomes) =
            (key(), debits(&[(2, ProofForm::Batch), (1, ProofForm::Batch), (70, ProofForm::Signature)]));
        let stamp = stamp(&key, &outcomes);
        let seen: BTreeSet<_> = (0..5_000)
            .map(|_| {
                let mut pieces: Vec<Piece<'_>> = stamp.pieces(0).collect();
                choose_sample(&mut pieces);
                let sampled: Vec<_> = pieces.iter().filter(|piece| piece.sample.is_some()).collect();
                assert_eq!(sampled.len(), 1);
                assert!(!sampled[0].together);
                let place = sampled[0].sample.expect("a place");
                assert!(sampled[0].places.contains(&place));
                sampled[0].debit.first_number + place as u64
            })
            .collect();
        assert_eq!(seen, (3..=73).collect());
    }

    #[test]
    fn a_wrong_signature_lets_nothing_out() {
        let (key, other) = (key(), key());
        for (count, proof) in [
            (1, ProofForm::Signature),
            (200, ProofForm::Signature),
            (1, ProofForm::Batch),
            (2, ProofForm::Batch),
            (1_025, ProofForm::Batch),
        ] {
            let outcomes = debits(&[(count, proof)]);
            let mut stamp = stamp(&key, &outcomes);
            stamp.public = other.public();
            let signed = sign_all(1, || vec![Some(stamp)], || ()).0;
            assert!(matches!(signed, Err(Failure::SelfCheck)), "{count} {proof:?}");
        }
    }

    #[test]
    fn every_request_gets_its_own_packs_in_order() {
        let key = key();
        let mut first = debits(&[
            (1, ProofForm::Signature),
            (1, ProofForm::Batch),
            (1_025, ProofForm::Signature),
            (2_049, ProofForm::Batch),
            (65, ProofForm::Signature),
        ]);
        first.insert(2, Outcome::Refused(Refusal::KeyExpired));
        let second = debits(&[(3, ProofForm::Batch)]);
        let stamps = || vec![Some(stamp(&key, &first)), None, Some(stamp(&key, &second))];
        let (signed, meant) = sign_all(1, stamps, || "meanwhile");
        let signed = signed.expect("good signatures");
        let packs: Vec<Vec<Vec<(u64, u32)>>> =
            signed.iter().map(|part| part.iter().map(packs_of).collect()).collect();
        let expected = [
            vec![
                vec![(1, 1)],
                vec![(2, 1)],
                vec![],
                vec![(3, 1_024), (1_027, 1)],
                vec![(1_028, 1_024), (2_052, 1_024), (3_076, 1)],
                vec![(3_077, 65)],
            ],
            vec![],
            vec![vec![(1, 3)]],
        ];
        assert_eq!((packs.as_slice(), meant), (expected.as_slice(), "meanwhile"));
    }

    /// First numbers and counts of an answer's packs, each of which holds exactly what it says.
    fn packs_of(answer: &RequestAnswer) -> Vec<(u64, u32)> {
        let RequestAnswer::Issued { packs, .. } = answer else { return Vec::new() };
        let packs = packs.iter().map(|pack| {
            let after = pack.first_number + u64::from(pack.count);
            for (number, is_there) in [(pack.first_number, true), (after - 1, true), (after, false)] {
                let found = Segment::new(&pack.bytes).get(number).expect("a pack that can be read");
                assert_eq!(found.is_some(), is_there, "{number}");
            }
            (pack.first_number, pack.count)
        });
        packs.collect()
    }
}
