//! Loads on an engine with its module process, and what they cost.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use asker::{BatchOptions, Credential, Role, Secret};
use futures::executor::block_on;
use futures::future::try_join_all;
use indicia::{
    Amount, Denomination, Item, ItemList, Kind, ProofForm, Segment, SegmentError, Template, TrustBundle,
    UnixTime, text,
};
use module::order::OrderAction;
use module::staff::{Member, StaffRole};
use store::{AccountName, DatabaseUrl, IdempotencyKey};

use crate::args::{Args, Command};
use crate::failure::Failure;
use crate::office::{NewOffice, Office, parse};
use crate::opening::Opening;
use crate::output;
use crate::user::{Asker, OWNER};

const ACCOUNTS: usize = 16;
pub(crate) const BATCH: usize = 1_000;
/// A user of each account who asks by Ed25519.
const TILL: &str = "till";
/// Single requests prepared for each second: what is more isn't measured.
const SINGLES_A_SECOND: u64 = 60_000;

/// Serials looked up in each account.
const LOOKUPS: u64 = 64;

/// What many stored indicia cost.
pub(crate) struct Growth {
    /// Time for an indicium over the time when few were stored.
    pub(crate) ratio: f64,
    /// Microseconds to look one up.
    pub(crate) lookup_us: f64,
}

/// An engine under load.
pub(crate) struct Bench {
    office: Office,
    accounts: Vec<AccountName>,
    /// The accounts' owners.
    askers: Vec<Asker>,
    denomination: Denomination,
}

impl Bench {
    pub(crate) fn open(folder: &Path, args: &Args) -> Result<Self, Failure> {
        Self::open_with(folder, args, None)
    }

    /// The same with the books in a database.
    pub(crate) fn open_with(
        folder: &Path,
        args: &Args,
        database_url: Option<&DatabaseUrl>,
    ) -> Result<Self, Failure> {
        let args = Args {
            dir: folder.to_owned(),
            json: args.json,
            passphrase_file: None,
            provider_passphrase_file: None,
            command: Command::Audit,
        };
        let steward = steward()?;
        let staff = std::slice::from_ref(&steward.0);
        let office =
            Office::init(&args, &NewOffice { issuer: "Bench", database_url, staff, ..NewOffice::default() })?;
        let denomination: Denomination = parse("EUR/2")?;
        let (mut accounts, mut askers) = (Vec::new(), Vec::new());
        for number in 0..ACCOUNTS {
            let name: AccountName = parse(&format!("bench-{number}"))?;
            office.create_account(Opening {
                users: vec![(TILL.into(), Role::Customer, till().credential())],
                ..Opening::new(name.clone(), denomination)
            })?;
            let funds = Amount::saturating(1 << 50, denomination);
            office.order(&office.account(name.as_str())?, OrderAction::Fund(funds), "", None)?;
            askers.push(office.asker(&name, OWNER)?);
            accounts.push(name);
        }
        Ok(Self { office, accounts, askers, denomination })
    }

    /// The texts of at least so many tickets, just issued.
    pub(crate) fn tickets(&self, count: usize) -> Result<Vec<String>, Failure> {
        Ok(self.issued(count, ProofForm::Signature)?.iter().map(|indicium| text::to_text(indicium)).collect())
    }

    /// At least so many indicia of one account, just issued, in batches of [`BATCH`].
    pub(crate) fn issued(&self, count: usize, proof: ProofForm) -> Result<Vec<Vec<u8>>, Failure> {
        let mut indicia = Vec::with_capacity(count + BATCH);
        while indicia.len() < count {
            let list = list(BATCH, proof, self.denomination);
            let request = self.askers[0].batch(engine::new_key(), &BatchOptions::default(), &list);
            for pack in self.office.engine.issue(request)?.wait()?.issued()?.packs.iter() {
                Segment::new(&pack.bytes).each(|_, indicium| {
                    indicia.push(indicium);
                    Ok::<_, SegmentError>(())
                })?;
            }
        }
        Ok(indicia)
    }

    /// What a verifier is given.
    pub(crate) fn bundle(&self) -> Result<TrustBundle, Failure> {
        self.office.bundle()
    }

    /// Ends engine and module, and leaves the accounts' owners and one user who asks by Ed25519.
    pub(crate) fn into_askers(self) -> (Vec<Asker>, Asker) {
        let till = Asker::new(self.accounts[0].clone(), TILL, till());
        (self.askers, till)
    }

    /// Batches of 1,000 from many accounts, one outstanding for each.
    pub(crate) fn batches(&self, proof: ProofForm, seconds: u64) -> Result<f64, Failure> {
        let (engine, denomination) = (&self.office.engine, self.denomination);
        callers(&self.askers, Duration::from_secs(seconds), |asker| {
            let request =
                asker.batch(engine::new_key(), &BatchOptions::default(), &list(BATCH, proof, denomination));
            Ok(u64::from(engine.issue(request)?.wait()?.issued()?.count))
        })
    }

    /// One item a request, from many callers of one account, each with a key of its own. They are tasks of one thread,
    /// as a server's would be: each asks again as soon as it is answered. What they ask was signed before: clients do that
    /// on machines of their own.
    pub(crate) fn singles(&self, parallel: usize, seconds: u64) -> Result<f64, Failure> {
        let signed = |number| {
            let key: IdempotencyKey = parse(&format!("bench-{number:016}"))?;
            let list = list(1, ProofForm::Signature, self.denomination);
            Ok::<_, Failure>(self.askers[0].batch(key, &BatchOptions::default(), &list))
        };
        let requests = (0..seconds * SINGLES_A_SECOND).map(signed).collect::<Result<Vec<_>, _>>()?;
        let requests = RefCell::new(requests.into_iter());
        let limit = Duration::from_secs(seconds);
        let began = Instant::now();
        let call = || async {
            let mut issued = 0;
            while began.elapsed() < limit {
                let Some(request) = requests.borrow_mut().next() else { break };
                issued += u64::from(self.office.engine.issue(request)?.await?.issued()?.count);
            }
            Ok::<u64, Failure>(issued)
        };
        let callers = try_join_all((0..parallel).map(|_| call()));
        let issued: u64 = block_on(callers)?.into_iter().sum();
        Ok(rate(issued, began))
    }

    /// One session of 1,000, and 1,000 sessions of one, one after the other on one account.
    pub(crate) fn session_gain(&self) -> Result<(f64, f64), Failure> {
        let issue = |count| -> Result<u32, Failure> {
            let list = list(count, ProofForm::Signature, self.denomination);
            let request = self.askers[1].batch(engine::new_key(), &BatchOptions::default(), &list);
            Ok(self.office.engine.issue(request)?.wait()?.issued()?.count)
        };
        let began = Instant::now();
        let together = rate(u64::from(issue(BATCH)?), began);
        let began = Instant::now();
        let alone = (0..BATCH).try_fold(0, |sum, _| Ok::<_, Failure>(sum + u64::from(issue(1)?)))?;
        Ok((together, rate(alone, began)))
    }

    /// What many stored indicia cost. The ratio compares the time of batches when so many are stored with the time
    /// when ten thousand are; what is stored in between has batch proofs, which is faster, and dearer to look up.
    pub(crate) fn growth(&self, stored: u64, as_json: bool) -> Result<Growth, Failure> {
        let folder = tempfile::tempdir().map_err(Failure::io(Path::new("a temporary folder")))?;
        let args = Args {
            dir: folder.path().join("data"),
            json: true,
            passphrase_file: None,
            provider_passphrase_file: None,
            command: Command::Audit,
        };
        let fresh = Self::open(&args.dir, &args)?;
        fresh.fill(10_000, true)?;
        let early = fresh.batches(ProofForm::Signature, 5)?;
        fresh.fill(stored, as_json)?;
        // What is still being written back belongs to the filling.
        thread::sleep(Duration::from_secs(2));
        let late = fresh.batches(ProofForm::Signature, 5)?;
        Ok(Growth { ratio: early / late, lookup_us: fresh.lookup_us()? })
    }

    /// Microseconds in which one serial is found and its indicium made whole: the median over all accounts, at places
    /// spread over their whole history.
    fn lookup_us(&self) -> Result<f64, Failure> {
        let mut times = Vec::new();
        for account in &self.accounts {
            let account = self.office.account(account.as_str())?;
            for place in 0..LOOKUPS {
                // A prime step visits the places in no order.
                let number = 1 + place * 1_000_003 % account.issued.max(1);
                let began = Instant::now();
                let found = self
                    .office
                    .reader
                    .segment_of(account.id, number, |segment| Segment::new(segment.bytes).get(number))?;
                times.push(began.elapsed());
                if found.transpose()?.flatten().is_none() {
                    return Err(Failure::Said(format!("serial number {number} isn't stored")));
                }
            }
        }
        times.sort_unstable();
        Ok(times[times.len() / 2].as_secs_f64() * 1e6)
    }

    fn stored(&self) -> Result<u64, Failure> {
        Ok(self.office.reader.accounts()?.iter().map(|account| account.issued).sum())
    }

    fn fill(&self, stored: u64, as_json: bool) -> Result<(), Failure> {
        let bar = output::progress("storing", stored, as_json);
        loop {
            let now = self.stored()?;
            bar.set_position(now);
            if now >= stored {
                bar.finish_and_clear();
                return Ok(());
            }
            if stored - now <= 16_000 {
                let list = list(BATCH, ProofForm::Batch, self.denomination);
                let request = self.askers[0].batch(engine::new_key(), &BatchOptions::default(), &list);
                self.office.engine.issue(request)?.wait()?;
            } else {
                self.batches(ProofForm::Batch, 1)?;
            }
        }
    }

    /// The most memory that engine and module, this process and its child, have had together.
    pub(crate) fn peak_rss_mb(&self) -> f64 {
        let module = self.office.host().process_id();
        let paths = [Some("self".to_owned()), module.map(|id| id.to_string())];
        paths.into_iter().flatten().map(|process| peak_of(&process)).sum()
    }
}

/// One caller for each asker, each asking again as soon as it is answered. Indicia a second.
fn callers(
    askers: &[Asker],
    limit: Duration,
    ask: impl Fn(&Asker) -> Result<u64, Failure> + Sync,
) -> Result<f64, Failure> {
    let issued = AtomicU64::new(0);
    let began = Instant::now();
    thread::scope(|scope| {
        let threads: Vec<_> = askers
            .iter()
            .map(|asker| {
                let (issued, ask) = (&issued, &ask);
                scope.spawn(move || -> Result<(), Failure> {
                    while began.elapsed() < limit {
                        issued.fetch_add(ask(asker)?, Ordering::Relaxed);
                    }
                    Ok(())
                })
            })
            .collect();
        threads.into_iter().try_for_each(|thread| {
            thread.join().unwrap_or_else(|_| Err(Failure::Said("a caller panicked".into())))
        })
    })?;
    Ok(rate(issued.load(Ordering::Relaxed), began))
}

/// Somebody of the staff who redeems, with his key.
pub(crate) fn steward() -> Result<(Member, Secret), Failure> {
    let secret = Secret::ed25519(&[8; 32]);
    let Credential::Ed25519(key) = secret.credential() else {
        return Err(Failure::Said("an Ed25519 key became another".into()));
    };
    Ok((Member { name: parse("steward")?, role: StaffRole::Steward, key }, secret))
}

fn till() -> Secret {
    Secret::ed25519(&[7; 32])
}

/// A ticket as people buy them.
fn item(number: usize, denomination: Denomination) -> Item {
    let mut item = Item::new(Template::for_kind(Kind::Ticket), Amount::saturating(4_200, denomination));
    item.holder = Some(format!("Holder number {number}"));
    item.expires = Some(UnixTime(4_102_444_800));
    item
}

pub(crate) fn list(count: usize, proof: ProofForm, denomination: Denomination) -> ItemList {
    ItemList { proof, denomination, items: (0..count).map(|number| item(number, denomination)).collect() }
}

/// VmHWM of a process in megabytes.
pub(crate) fn peak_of(process: &str) -> f64 {
    let path: PathBuf = ["/proc", process, "status"].iter().collect();
    let status = std::fs::read_to_string(path).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) / 1024.0
}

#[allow(clippy::cast_precision_loss)] // a rate
pub(crate) fn rate(count: u64, began: Instant) -> f64 {
    count as f64 / began.elapsed().as_secs_f64()
}
