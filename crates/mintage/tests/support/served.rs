//! A running server, and customers who sign what they ask.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::spawn;
use std::time::{SystemTime, UNIX_EPOCH};

use asker::{Change, ContentDigest, Errand, Proof, Role, Secret, StaffErrand, Statement};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indicia::{Amount, Denomination, DeviceId, Item, ItemList, Kind, ProofForm, Template, UnixTime};
use module::keystore::PersonKey;
use module::protocol::NewDevice;
use module::record::User;
use module::signing::SigningKey;

use super::Folder;
use super::http::{Answer, STUCK, ask};

/// `mintage serve` on free ports.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) public: SocketAddr,
    pub(crate) private: SocketAddr,
}

/// What a server logs, line by line.
pub(crate) struct Log(Receiver<String>);

impl Log {
    /// Waits for a line that says all of that.
    pub(crate) fn says(&self, words: &[&str]) {
        let mut line = String::new();
        while !words.iter().all(|word| line.contains(word)) {
            line = self.0.recv_timeout(STUCK).unwrap_or_else(|_| panic!("the log never says {words:?}"));
        }
    }
}

impl Server {
    pub(crate) fn start(folder: &Folder, more: &[&str]) -> Self {
        let generous = ["--requests-per-key", "1000000", "--requests-per-address", "1000000"];
        Self::start_as_told(folder, &[&generous, more].concat())
    }

    /// With limits as they are by default.
    pub(crate) fn start_as_told(folder: &Folder, more: &[&str]) -> Self {
        Self::logging_to(folder, more, Stdio::inherit())
    }

    /// The same, and what it logs from then on.
    pub(crate) fn start_heard(folder: &Folder, more: &[&str]) -> (Self, Log) {
        let mut server = Self::logging_to(folder, more, Stdio::piped());
        let stderr = server.child.stderr.take().expect("standard error");
        let (write, lines) = channel();
        spawn(move || {
            BufReader::new(stderr).lines().map_while(Result::ok).try_for_each(|line| write.send(line))
        });
        (server, Log(lines))
    }

    /// Where one was before.
    pub(crate) fn start_at(folder: &Folder, address: SocketAddr) -> Self {
        let generous = ["--requests-per-key", "1000000", "--requests-per-address", "1000000"];
        Self::listening_at(folder, &address.to_string(), &generous, Stdio::inherit())
    }

    fn logging_to(folder: &Folder, more: &[&str], log: Stdio) -> Self {
        Self::listening_at(folder, "127.0.0.1:0", more, log)
    }

    fn listening_at(folder: &Folder, listen: &str, more: &[&str], log: Stdio) -> Self {
        let local = ["serve", "--listen", listen, "--private-listen", "127.0.0.1:0"];
        let mut command = folder.command(&[&local[..], more].concat());
        let mut child = command.stderr(log).spawn().expect("mintage serve");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("standard output")).read_line(&mut line).expect("a line");
        let at: serde_json::Value = serde_json::from_str(&line).expect("where it listens");
        let address = |which: &str| at[which].as_str().expect("an address").parse().expect("an address");
        let (public, private) = (address("public"), address("private"));
        Self { child, public, private }
    }

    /// Ends it in order.
    pub(crate) fn stop(mut self) {
        let id = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status(); // it may be ending already
        assert!(self.child.wait().expect("its end").success(), "it ended in disorder");
    }

    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().expect("kill").success());
    }

    /// The processes of its module: the only children it has.
    pub(crate) fn modules(&self) -> Vec<u32> {
        let mut found = Vec::new();
        for task in
            std::fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("its threads").flatten()
        {
            let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
            found.extend(children.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
        }
        found
    }

    /// The most memory in bytes that it has had at a time, its module not among it.
    pub(crate) fn most_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("its state");
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its memory");
        let kilobytes: u64 = most.trim().trim_end_matches(" kB").parse().expect("a number");
        kilobytes * 1024
    }

    /// Lets [`Server::most_memory`] begin with what it has now.
    pub(crate) fn forget_most_memory(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").expect("one's own process");
    }

    /// Sends a signal to its module.
    pub(crate) fn signal_module(&self, signal: &str) {
        for module in self.modules() {
            let kill = Command::new("kill").args([signal, &module.to_string()]).status();
            assert!(kill.expect("kill").success());
        }
    }

    pub(crate) fn get(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        ask(self.public, "GET", path, fields, b"")
    }

    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)], body: &[u8]) -> Answer {
        ask(self.public, "POST", path, fields, body)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended already
        let _ = self.child.wait();
    }
}

/// A signed request, to be changed before it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) content: Vec<u8>,
}

impl Request {
    pub(crate) fn send(&self, server: &Server) -> Answer {
        server.post(&self.path, &self.fields(), &self.content)
    }

    pub(crate) fn fields(&self) -> Vec<(&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// With another value of a field, or without it.
    pub(crate) fn with(&self, name: &str, value: Option<&str>) -> Self {
        let mut changed = self.clone();
        changed.fields.retain(|(known, _)| known != name);
        changed.fields.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        changed
    }

    pub(crate) fn field(&self, name: &str) -> &str {
        &self.fields.iter().find(|(known, _)| known == name).expect("the field").1
    }
}

/// The owner of an account.
pub(crate) struct Customer {
    pub(crate) account: String,
    pub(crate) secret: Secret,
}

impl Customer {
    /// With the key that the folder keeps.
    pub(crate) fn of(folder: &Folder, account: &str) -> Self {
        Self { account: account.to_owned(), secret: kept_secret(&folder.data(), account) }
    }

    pub(crate) fn batch(&self, key: &str, query: &str, content: &[u8]) -> Request {
        self.batch_at(key, query, content, now(), nonce())
    }

    pub(crate) fn batch_at(&self, key: &str, query: &str, content: &[u8], at: u64, nonce: u64) -> Request {
        let statement = Statement::batch(&self.account, query, key, ContentDigest::of(content));
        let proof = Proof::sign(&self.secret, &statement, at, nonce);
        let query = if query.is_empty() { String::new() } else { format!("?{query}") };
        let mut request = self.request(&format!("batches{query}"), key, content, &proof);
        request.fields.push(("Content-Type".into(), "application/cbor".into()));
        request
    }

    pub(crate) fn errand(&self, errand: Errand, key: &str) -> Request {
        self.errand_at(errand, key, now(), nonce())
    }

    pub(crate) fn errand_at(&self, errand: Errand, key: &str, at: u64, nonce: u64) -> Request {
        let proof = Proof::sign(&self.secret, &errand.statement(&self.account, key), at, nonce);
        let place = match errand {
            Errand::SignIn => "sessions".to_owned(),
            Errand::Release { reservation } => format!("reservations/{reservation}/release"),
            Errand::Extend { reservation, .. } => format!("reservations/{reservation}/extend"),
            Errand::Draw { reservation, .. } => format!("reservations/{reservation}/draw"),
        };
        self.request(&place, key, errand.content().as_bytes(), &proof)
    }

    /// Asks for other users, keys or limits.
    pub(crate) fn change(&self, change: &Change, key: &str) -> Request {
        self.change_at(change, key, now(), nonce())
    }

    pub(crate) fn change_at(&self, change: &Change, key: &str, at: u64, nonce: u64) -> Request {
        let proof = Proof::sign(&self.secret, &change.statement(&self.account, key), at, nonce);
        self.request(&change.place(), key, change.content().as_bytes(), &proof)
    }

    fn request(&self, place: &str, key: &str, content: &[u8], proof: &Proof) -> Request {
        signed(&format!("/v1/accounts/{}/{place}", self.account), key, content, proof)
    }

    /// Signs in, and returns the field that shows it.
    pub(crate) fn sign_in(&self, server: &Server) -> String {
        let answer = self.errand(Errand::SignIn, "sign-in").send(server).ok(201);
        assert_eq!(answer.field("cache-control"), Some("no-store"));
        format!("Bearer {}", answer.json()["token"].as_str().expect("a token"))
    }

    /// Signs in, and returns the cookie with which a browser shows it.
    pub(crate) fn cookie(&self, server: &Server) -> String {
        format!("mintage={}", self.sign_in(server).trim_start_matches("Bearer "))
    }

    pub(crate) fn get(&self, server: &Server, token: &str, place: &str) -> Answer {
        server.get(&format!("/v1/accounts/{}{place}", self.account), &[("Authorization", token)])
    }
}

/// The key of somebody of the folder's staff.
pub(crate) fn staff_key(folder: &Folder, name: &str) -> PersonKey {
    let passphrase = std::fs::read_to_string(folder.data().join(format!("secrets/{name}-passphrase")));
    let path = folder.data().join(format!("{name}.key"));
    PersonKey::open(&path, passphrase.expect("a passphrase").trim()).expect("a key")
}

/// The key of the folder's provider.
pub(crate) fn provider(folder: &Folder) -> PersonKey {
    staff_key(folder, "provider")
}

/// An opening of an account of this number and name: its owner is `owner`, with this key.
pub(crate) fn opening(number: u32, name: &str, owner: &Secret, by: &SigningKey) -> Vec<u8> {
    let (at, algorithm) = (UnixTime(now()), indicia::Algorithm::EdDsa);
    let denomination = "EUR/2".parse().expect("a denomination");
    let mut new = NewDevice::new(DeviceId(number), denomination, algorithm, at, UnixTime(at.0 + 86_400));
    name.clone_into(&mut new.account);
    new.users = vec![User { name: "owner".into(), role: Role::Owner }];
    new.askers = vec![("owner".into(), owner.credential())];
    new.sign(by)
}

/// Signs in as somebody of the staff, and returns the field that shows it.
pub(crate) fn staff_sign_in(server: &Server, secret: &Secret) -> Answer {
    let proof = Proof::sign(secret, &StaffErrand::SignIn.statement("in"), now(), nonce());
    signed("/v1/staff/sessions", "in", b"", &proof).send(server)
}

/// A signed request.
fn signed(path: &str, key: &str, content: &[u8], proof: &Proof) -> Request {
    let key = key.replace('\\', "\\\\").replace('"', "\\\"");
    let fields = [
        ("Idempotency-Key", format!("\"{key}\"")),
        ("Content-Digest", ContentDigest::of(content).to_string()),
        ("Signature-Input", format!("sig={}", proof.params.to_text())),
        ("Signature", format!("sig=:{}:", STANDARD.encode(&*proof.signature))),
    ];
    Request {
        path: path.to_owned(),
        fields: fields.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        content: content.to_vec(),
    }
}

fn kept_secret(data: &Path, account: &str) -> Secret {
    let hex = std::fs::read_to_string(data.join(format!("secrets/asker-{account}+owner"))).expect("a key");
    let bytes =
        (0..64).step_by(2).map(|place| u8::from_str_radix(&hex[place..place + 2], 16).expect("digits"));
    Secret::hmac(bytes.collect::<Vec<u8>>().try_into().expect("32 bytes"))
}

/// Tickets of 1.00 EUR.
pub(crate) fn tickets(count: usize) -> Vec<u8> {
    items(Kind::Ticket, count)
}

/// Items of a kind, of 1.00 EUR each.
pub(crate) fn items(kind: Kind, count: usize) -> Vec<u8> {
    let denomination: Denomination = "EUR/2".parse().expect("a denomination");
    let item = Item::new(Template::for_kind(kind), Amount::saturating(100, denomination));
    ItemList::encode(ProofForm::Signature, denomination, &vec![item; count])
}

/// The texts of the indicia that an answer carries itself.
pub(crate) fn texts(batch: &serde_json::Value) -> Vec<&str> {
    let indicia = batch["indicia"].as_array().expect("indicia");
    indicia.iter().map(|text| text.as_str().expect("a text")).collect()
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs()
}

/// A number that no request of this run had before, nor one of an earlier run.
pub(crate) fn nonce() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_nanos();
    let since = u64::try_from(since).expect("before 2554");
    let next = |last: u64| Some(since.max(last + 1));
    let last = LAST.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next).expect("always some");
    since.max(last + 1)
}
