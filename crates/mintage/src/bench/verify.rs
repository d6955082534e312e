//! `mintage bench verify`: indicia verified on one core, beside bare Ed25519 verification by the same library and key.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use indicia::{
    GoodRoots, Indicium, Proof, ProofForm, PublicKey, SignerHeader, TrustBundle, UnixTime, Verdict,
    verify_many,
};
use serde::Serialize;

use crate::args::Args;
use crate::bench::load::{BATCH, Bench};
use crate::bench::say;
use crate::failure::Failure;
use crate::{office, output};

/// How long each of the three is measured before it is another's turn, so that whatever else the machine does slows all
/// of them alike.
const TURN: Duration = Duration::from_millis(20);

/// The figures; rates are indicia a second on one core.
#[derive(Debug, Serialize)]
struct Figures {
    /// Bare Ed25519 verification of the same signed bytes under the same key.
    raw_verify_per_s: f64,
    verify_per_s: f64,
    ratio_to_raw: f64,
    /// Batch proofs of one session.
    batch_per_s: f64,
    batch_ratio_to_raw: f64,
}

pub(crate) fn run(args: &Args, seconds: u64) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(Failure::io(Path::new("a temporary folder")))?;
    let bench = Bench::open(&folder.path().join("data"), args)?;
    let signed = bench.issued(BATCH, ProofForm::Signature)?;
    let proven = bench.issued(BATCH, ProofForm::Batch)?;
    let bundle = bench.bundle()?;
    drop(bench);
    let bare = signed.iter().map(|bytes| Bare::of(bytes, &bundle)).collect::<Result<Vec<_>, _>>()?;

    let now = office::now();
    let mut roots = GoodRoots::default();
    let (mut raw, mut one_by_one, mut together) = (Tally::default(), Tally::default(), Tally::default());
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(seconds.max(1)) {
        raw.turn(&bare, |bare| bare.key.verify(&bare.message, &bare.signature).is_ok());
        one_by_one.turn(&signed, |bytes| is_genuine(bytes, &bundle, now, &mut roots));
        together.turn(&proven, |bytes| is_genuine(bytes, &bundle, now, &mut roots));
    }
    if raw.failed + one_by_one.failed + together.failed > 0 {
        return Err(Failure::Said("an indicium that was just issued isn't genuine".into()));
    }

    let figures = Figures {
        raw_verify_per_s: raw.per_s(),
        verify_per_s: one_by_one.per_s(),
        ratio_to_raw: one_by_one.per_s() / raw.per_s(),
        batch_per_s: together.per_s(),
        batch_ratio_to_raw: together.per_s() / raw.per_s(),
    };
    if args.json {
        output::json(&figures);
    } else {
        say(args, "bare Ed25519 verification, one core", figures.raw_verify_per_s);
        say(args, "indicia verified, each with a signature", figures.verify_per_s);
        say(args, "indicia verified, batch proofs of one session", figures.batch_per_s);
        println!("{:>12.2}  of bare verification", figures.ratio_to_raw);
        println!("{:>12.1}  times bare verification with batch proofs", figures.batch_ratio_to_raw);
    }
    Ok(())
}

fn is_genuine(bytes: &[u8], bundle: &TrustBundle, now: UnixTime, roots: &mut GoodRoots) -> bool {
    matches!(black_box(verify_many(bytes, bundle, now, roots)), Verdict::Genuine(_))
}

/// What is left of an indicium's verification when all but the signature is done.
struct Bare {
    key: PublicKey,
    message: Vec<u8>,
    signature: [u8; 64],
}

impl Bare {
    fn of(bytes: &[u8], bundle: &TrustBundle) -> Result<Self, Failure> {
        let unknown = || Failure::Said("an indicium that was just issued can't be read".into());
        let indicium = Indicium::decode(bytes).map_err(|_| unknown())?;
        let certificate = bundle.device(indicium.key_id()).ok_or_else(unknown)?;
        let Proof::Signature(signed) = indicium.proof() else { return Err(unknown()) };
        let mut message = Vec::new();
        SignerHeader::single(signed.algorithm(), indicium.key_id())
            .to_be_signed(indicium.payload(), &mut message);
        Ok(Self { key: certificate.key.clone(), message, signature: *signed.signature() })
    }
}

/// How many were verified in how much time.
#[derive(Default)]
struct Tally {
    done: u64,
    failed: u64,
    took: Duration,
}

impl Tally {
    /// Goes through what there is for about a [`TURN`].
    fn turn<T>(&mut self, all: &[T], mut is_good: impl FnMut(&T) -> bool) {
        let began = Instant::now();
        for few in all.chunks(32).cycle() {
            self.failed += few.iter().filter(|one| !is_good(one)).count() as u64;
            self.done += few.len() as u64;
            if began.elapsed() >= TURN {
                break;
            }
        }
        self.took += began.elapsed();
    }

    #[allow(clippy::cast_precision_loss)] // a rate
    fn per_s(&self) -> f64 {
        self.done as f64 / self.took.as_secs_f64()
    }
}
