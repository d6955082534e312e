//! An engine and its module under load, killed with SIGKILL at random moments: apart and together.
//!
//! The load is this test's own program, started again: several callers of two accounts, single items and batches of both
//! proofs, and a provider that funds. What it was told is on its standard output before it is killed, and must be true
//! for ever.

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use asker::{ContentDigest, Proof, Statement};
use engine::{Engine, IssueRequest, Issued, ModuleCommand, ModuleHost, OrderRequest, SecureModule};
use indicia::{
    Amount, Denomination, Item, ItemList, Kind, ProofForm, Segment, SegmentError, Template, UnixTime,
};
use module::keystore::PersonKey;
use module::order::{Order, OrderAction};
use module::protocol::Secret;
use store::{AccountName, Place};
use support::{Folder, MINTAGE};

/// Set in the program that makes the load: the data folder.
const LOAD: &str = "MINTAGE_LOAD";
const ACCOUNTS: [&str; 2] = ["a", "b"];
/// Callers of each account.
const CALLERS: u32 = 4;
/// Longer than anything takes that isn't stuck.
const STUCK: Duration = Duration::from_secs(60);

fn now() -> UnixTime {
    UnixTime(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}

fn denomination() -> Denomination {
    "EUR/2".parse().expect("a denomination")
}

fn secret(data: &Path, name: &str) -> String {
    std::fs::read_to_string(data.join("secrets").join(name)).expect("a passphrase")
}

/// The engine of a data folder with its module, as the program starts them.
fn start(data: &Path) -> (Engine, Arc<ModuleHost>) {
    let store = Place::Sqlite(data.join("mintage.db")).open().expect("the store");
    let (folder, anchor) = (data.join("module"), data.join("anchor"));
    let command = Box::new(move || {
        let mut command = Command::new(MINTAGE);
        command.arg("module").arg("--folder").arg(&folder).arg("--anchor").arg(&anchor);
        command
    });
    let secret = Secret::Passphrase(secret(data, "module-passphrase"));
    let host = Arc::new(ModuleHost::start(ModuleCommand { command, secret }, None).expect("a module"));
    let module: Arc<dyn SecureModule> = Arc::clone(&host) as Arc<dyn SecureModule>;
    (Engine::start(store, module, now).expect("an engine"), host)
}

/// What a key asks for: the same whenever it is asked.
fn request(data: &Path, account: &str, key: &str) -> IssueRequest {
    let asker = secret(data, &format!("asker-{account}+owner"));
    let asker: Vec<u8> = (0..64)
        .step_by(2)
        .map(|place| u8::from_str_radix(&asker[place..place + 2], 16).expect("two digits"))
        .collect();
    let asker = asker::Secret::hmac(asker.try_into().expect("32 bytes"));
    let number: u32 = key.rsplit('-').next().and_then(|number| number.parse().ok()).expect("a number");
    let (count, proof) = match number % 4 {
        0 => (20, ProofForm::Signature),
        1 => (50, ProofForm::Batch),
        _ => (1, ProofForm::Signature),
    };
    let template = Template::for_kind(Kind::Ticket);
    let item = |place: u64| {
        Item::new(template, Amount::saturating(1 + place + u64::from(number) % 7, denomination()))
    };
    let items: Vec<_> = (0..count).map(item).collect();
    let items = ItemList::encode(proof, denomination(), &items);
    let statement = Statement::batch(account, "", key, ContentDigest::of(&items));
    let proof = Proof::sign(&asker, &statement, now().0, nonce());
    IssueRequest {
        account: account.parse().expect("a name"),
        user: "owner".into(),
        key: key.parse().expect("a key"),
        query: String::new(),
        items,
        form: asker::ContentForm::Cbor,
        proof,
    }
}

/// A number that no request had before, also none of an earlier run.
fn nonce() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let nanoseconds = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_nanos();
    let nanoseconds = u64::try_from(nanoseconds).expect("before 2554");
    let next = |last: u64| Some(nanoseconds.max(last + 1));
    let last = LAST.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next).expect("always some");
    nanoseconds.max(last + 1)
}

/// The indicia of a batch, as one number to compare.
fn fingerprint(issued: &Issued) -> String {
    let range = issued.first_number..issued.first_number + u64::from(issued.count);
    let mut all = Vec::new();
    for pack in issued.packs.iter() {
        let read = Segment::new(&pack.bytes).each(|number, bytes| {
            if range.contains(&number) {
                all.extend(bytes);
            }
            Ok::<_, SegmentError>(())
        });
        read.expect("a pack");
    }
    let digest = module::sealing::Digest::of(&all).0;
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}+{}:{hex}", issued.first_number, issued.count)
}

/// One line, whole, at once.
fn say(line: &str) {
    static OUT: Mutex<()> = Mutex::new(());
    let _out = OUT.lock();
    let mut out = std::io::stdout();
    let _ = out.write_all(format!("\n{line}\n").as_bytes()).and_then(|()| out.flush());
}

/// Not a test, but the program that the test kills.
#[test]
fn load() {
    let Some(data) = std::env::var_os(LOAD).map(PathBuf::from) else { return };
    let (engine, host) = start(&data);
    let run = now().0 * 1_000 + u64::from(std::process::id()) % 1_000;
    say(&format!("module {}", host.process_id().expect("a module")));
    std::thread::scope(|scope| {
        for (account, caller) in
            ACCOUNTS.into_iter().flat_map(|account| (0..CALLERS).map(move |one| (account, one)))
        {
            let (engine, data) = (&engine, &data);
            scope.spawn(move || {
                for number in 0.. {
                    let key = format!("{account}-{caller}-{run}-{number}");
                    let ticket = engine.issue(request(data, account, &key)).expect("a ticket");
                    let issued = ticket.wait().and_then(engine::Outcome::issued).expect("a batch");
                    say(&format!("issued {account} {key} {}", fingerprint(&issued)));
                }
            });
        }
        scope.spawn(|| {
            let provider = PersonKey::open(&data.join("provider.key"), &secret(&data, "provider-passphrase"));
            let provider = provider.expect("the provider's key");
            for number in 0_u64.. {
                let account: AccountName = ACCOUNTS[0].parse().expect("a name");
                let order = Order {
                    device: indicia::DeviceId(1),
                    number: engine.next_order(account.clone()).expect("a number"),
                    action: OrderAction::Fund(Amount::saturating(1, denomination())),
                    at: now(),
                    reason: format!("{run}-{number}"),
                };
                let request = OrderRequest { account, key: None, order: order.sign(provider.signing()) };
                engine.order(request).expect("a ticket").wait().expect("a funded account");
                say("funded");
                if let Some(module) = host.process_id() {
                    say(&format!("module {module}"));
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        });
    });
}

/// The load as a process, and what it says.
struct Load {
    child: Child,
    lines: Receiver<String>,
}

impl Load {
    fn start(data: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--exact", "load", "--nocapture"]).env(LOAD, data);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the load");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let (sender, receiver) = channel();
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| drop(sender.send(line))));
        Self { child, lines: receiver }
    }
}

/// Everything that was acknowledged.
#[derive(Default)]
struct Acknowledged {
    /// By account and key.
    batches: BTreeMap<(String, String), String>,
    funds: u64,
    module: Option<String>,
}

impl Acknowledged {
    fn hear(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["issued", account, key, print] => {
                self.batches.insert(((*account).to_owned(), (*key).to_owned()), (*print).to_owned());
            }
            ["funded"] => self.funds += 1,
            ["module", id] => self.module = Some((*id).to_owned()),
            _ => {}
        }
    }

    /// Listens for so long.
    fn listen(&mut self, load: &Load, limit: Duration) {
        let until = std::time::Instant::now() + limit;
        while let Ok(line) =
            load.lines.recv_timeout(until.saturating_duration_since(std::time::Instant::now()))
        {
            self.hear(&line);
        }
    }

    /// Listens until something is issued; the load must not have ended.
    fn wait_for_batch(&mut self, load: &Load) {
        let before = self.batches.len();
        while self.batches.len() == before {
            match load.lines.recv_timeout(STUCK) {
                Ok(line) => self.hear(&line),
                Err(error) => panic!("nothing is issued any more: {error}"),
            }
        }
    }

    /// Hears whatever a killed load had said.
    fn hear_the_rest(&mut self, load: &Load) {
        loop {
            match load.lines.recv_timeout(STUCK) {
                Ok(line) => self.hear(&line),
                Err(RecvTimeoutError::Disconnected) => return,
                Err(error) => panic!("its output doesn't end: {error}"),
            }
        }
    }
}

fn kill_process(id: &str) {
    // It may have ended by itself.
    let _ = Command::new("kill").args(["-9", id]).stderr(Stdio::null()).status();
}

#[test]
fn killed_at_random_moments_under_load_nothing_acknowledged_is_lost() {
    let rounds: u32 =
        std::env::var("MINTAGE_CRASH_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(200);
    let folder = Folder::empty();
    folder.ok(&["init", "--issuer", "Crash test"]);
    for account in ACCOUNTS {
        folder.ok(&["account", "create", account, "--currency", "EUR/2", "--fund", "100000000.00"]);
    }
    // A fixed sequence of pauses: a failing round is found again by its number.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut acknowledged = Acknowledged::default();
    for round in 0..rounds {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let mut load = Load::start(&folder.data());
        acknowledged.wait_for_batch(&load);
        acknowledged.listen(&load, Duration::from_micros(state % 150_000));
        let module = acknowledged.module.clone().expect("a module");
        match round % 3 {
            0 => {}
            1 => kill_process(&module),
            _ => {
                // The module alone: its engine starts another, asks again and goes on.
                kill_process(&module);
                acknowledged.wait_for_batch(&load);
                acknowledged.listen(&load, Duration::from_micros(state % 50_000));
            }
        }
        load.child.kill().expect("a killed engine");
        load.child.wait().expect("its end");
        acknowledged.hear_the_rest(&load);
        if round % 25 == 24 || round + 1 == rounds {
            folder.audit();
        }
    }
    let shown = ACCOUNTS.map(|account| folder.ok(&["account", "show", account]));
    let funded: Amount =
        Amount::parse(shown[0]["funded"].as_str().expect("an amount"), denomination()).expect("an amount");
    assert!(funded.units() >= 10_000_000_000 + acknowledged.funds, "{funded} of {}", acknowledged.funds);

    let (engine, host) = start(&folder.data());
    for ((account, key), print) in &acknowledged.batches {
        let again = engine.issue(request(&folder.data(), account, key)).expect("a ticket").wait();
        let issued = again.and_then(engine::Outcome::issued).expect("the same batch");
        assert_eq!(&fingerprint(&issued), print, "{key}");
    }
    drop((engine, host));
    folder.audit();
    println!(
        "{rounds} kills, {} batches and {} funds acknowledged",
        acknowledged.batches.len(),
        acknowledged.funds
    );
}
