//! A PostgreSQL server of their own for tests and benchmarks: on a Unix socket in a temporary folder, gone when they end,
//! however they end. It refuses to run as root, so that it runs as `postgres` then.

mod pooler;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::Duration;

pub use pooler::{Pooler, Pooling};

/// Where PostgreSQL's programs are; `cargo xtask test` says it.
const PROGRAMS: &str = "MINTAGE_PEER_POSTGRES";
/// Where Debian has them, by version.
const PACKAGES: &str = "/usr/lib/postgresql";
/// Root's server runs as this user.
const USER: &str = "postgres";
const PAUSE: Duration = Duration::from_millis(10);
/// Runs a server until its standard input ends, and removes its folder then; or leaves it after the line `stay`.
const KEEPER: &str = r#"folder=$1; shift; "$@" >>"$folder/log" 2>&1 & server=$!
echo $server; read -r line; kill -QUIT $server 2>/dev/null; kill -TERM $server 2>/dev/null; wait $server
[ "$line" = stay ] || rm -rf "$folder""#;

/// Whether a crash of the server may lose what it said is durable: only then is it fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It syncs nothing.
    None,
    /// As in earnest.
    Full,
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    programs: PathBuf,
    folder: PathBuf,
    durability: Durability,
    /// Where it listens with TLS, if it does.
    port: Option<u16>,
    keeper: Child,
    process: u32,
}

impl Server {
    /// A new server, or a word about what is left out without one.
    ///
    /// # Panics
    /// If PostgreSQL is said to be there, but doesn't run.
    #[must_use]
    pub fn start(durability: Durability) -> Option<Self> {
        Self::new(durability, false)
    }

    /// A new server that also listens on `localhost`, with TLS; [`Server::authority`] says whom to trust for it.
    ///
    /// # Panics
    /// As [`Server::start`].
    #[must_use]
    pub fn start_with_tls() -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            println!("left out: needs openssl, to make a certificate");
            return None;
        }
        Self::new(Durability::None, true)
    }

    fn new(durability: Durability, with_tls: bool) -> Option<Self> {
        let Some(programs) = std::env::var_os(PROGRAMS).map(PathBuf::from) else {
            println!("left out: needs {PROGRAMS}, which `cargo xtask test` sets up");
            return None;
        };
        Some(Self::run(programs, durability, with_tls))
    }

    /// The folder with PostgreSQL's programs: as it is said, or else where Debian's package puts the newest.
    #[must_use]
    pub fn programs() -> Option<PathBuf> {
        let said = std::env::var_os(PROGRAMS).map(PathBuf::from);
        said.or_else(|| {
            let versions = fs::read_dir(PACKAGES).ok()?.flatten().map(|version| version.path().join("bin"));
            versions.filter(|programs| programs.join("initdb").exists()).max()
        })
    }

    /// A new server from the programs in a folder, as durable as in earnest.
    ///
    /// # Panics
    /// If it doesn't run.
    #[must_use]
    pub fn start_from(programs: PathBuf) -> Self {
        Self::run(programs, Durability::Full, false)
    }

    fn run(programs: PathBuf, durability: Durability, with_tls: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder").keep();
        if let Some((user, group)) = other_user() {
            chown(&folder, Some(user), Some(group)).expect("root may do that");
        }
        let data = folder.join("data");
        let mut init = as_server_user(&programs.join("initdb"));
        init.arg("-D").arg(&data).args(["--no-sync", "--auth=trust", "--username=clerk", "--encoding=UTF8"]);
        let init = init.args(["--locale=C", "--no-instructions"]).current_dir("/").output().expect("initdb");
        assert!(init.status.success(), "initdb: {}", String::from_utf8_lossy(&init.stderr));
        // Free a moment ago, and hardly taken since.
        let port = with_tls.then(|| TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()));
        let port = port.map(|free| free.expect("a free port").port());
        if with_tls {
            make_certificate(&folder);
        }
        let (keeper, process) = keep(&programs, &folder, durability, port);
        let server = Self { programs, folder, durability, port, keeper, process };
        server.wait_until_ready();
        server
    }

    /// A new, empty database: its name.
    ///
    /// # Panics
    /// If the server doesn't make it.
    #[must_use]
    pub fn create_database(&self) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("books_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        name
    }

    /// Removes a database, whoever uses it.
    pub fn drop_database(&self, name: &str) {
        let _ = self.psql("postgres", &format!("DROP DATABASE {name} WITH (FORCE)")).output();
    }

    /// The URL of a database.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        url_at(&self.folder, database)
    }

    /// The URL of a database on a host name of this machine, with TLS required.
    #[must_use]
    pub fn tls_url(&self, host: &str, database: &str) -> String {
        let port = self.port.unwrap_or_default();
        format!("postgres://clerk@{host}:{port}/{database}?sslmode=require")
    }

    /// The authority by which it is known.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// The folder with its socket.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs statements in a database and returns what they answer, a row a line.
    ///
    /// # Panics
    /// If one fails.
    #[allow(clippy::must_use_candidate)] // what it does may be all
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let output = self.psql(database, sql).output().expect("psql");
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    fn psql(&self, database: &str, sql: &str) -> Command {
        let mut command = Command::new(self.programs.join("psql"));
        command.args(["-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-U", "clerk", "-d", database, "-c", sql]);
        command.arg("-h").arg(&self.folder).args(self.port.map(|port| format!("--port={port}")));
        command
    }

    /// Kills the server and all its processes, as a machine does that loses its power (but for what the system still
    /// writes by itself).
    pub fn kill(&mut self) {
        let children = children_of(self.process);
        for process in std::iter::once(self.process).chain(children.iter().copied()) {
            let _ = Command::new("kill").args(["-9", &process.to_string()]).stderr(Stdio::null()).status();
        }
        self.end_keeper("stay\n");
        while children.iter().any(|process| Path::new(&format!("/proc/{process}")).exists()) {
            sleep(PAUSE);
        }
    }

    /// Starts it again, with all that was durable.
    pub fn restart(&mut self) {
        (self.keeper, self.process) = keep(&self.programs, &self.folder, self.durability, self.port);
        self.wait_until_ready();
    }

    fn wait_until_ready(&self) {
        let is_ready =
            || self.psql("postgres", "SELECT 1").output().is_ok_and(|output| output.status.success());
        while !is_ready() {
            let log = || fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            let process = format!("/proc/{}/exe", self.process);
            assert!(fs::symlink_metadata(process).is_ok(), "PostgreSQL doesn't start: {}", log());
            sleep(PAUSE);
        }
    }

    fn end_keeper(&mut self, last_word: &str) {
        if let Some(mut input) = self.keeper.stdin.take() {
            let _ = input.write_all(last_word.as_bytes());
        }
        let _ = self.keeper.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end_keeper("");
    }
}

/// The URL of a database whose server has its socket in this folder.
#[must_use]
pub fn url_at(folder: &Path, database: &str) -> String {
    let folder = folder.to_string_lossy().replace('/', "%2F");
    format!("postgres://clerk@{folder}/{database}")
}

/// A process that keeps a server, and the server's own number.
fn keep(programs: &Path, folder: &Path, durability: Durability, port: Option<u16>) -> (Child, u32) {
    let sync = if durability == Durability::Full { "on" } else { "off" };
    let mut command = Command::new(programs.join("postgres"));
    command.arg("-D").arg(folder.join("data")).arg("-k").arg(folder);
    command.args(["-c", "shared_buffers=32MB", "-c"]);
    match port {
        None => command.arg("listen_addresses="),
        Some(port) => {
            command.args(["listen_addresses=127.0.0.1", "-c", &format!("port={port}"), "-c", "ssl=on"])
        }
    };
    command.args(["-c", &format!("fsync={sync}"), "-c", &format!("full_page_writes={sync}")]);
    run_kept(folder, &command)
}

/// Runs a program until the keeper that it is given ends: the keeper, and the program's own number.
fn run_kept(folder: &Path, program: &Command) -> (Child, u32) {
    let mut command = as_server_user(Path::new("sh"));
    command.args(["-c", KEEPER, "sh"]).arg(folder).arg(program.get_program()).args(program.get_args());
    command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut keeper = command.spawn().expect("a shell");
    let mut line = String::new();
    BufReader::new(keeper.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
    (keeper, line.trim().parse().expect("the server's number"))
}

/// An authority, and a certificate by it for `localhost`, where a server looks for its own.
fn make_certificate(folder: &Path) {
    const MAKE: &str = r#"cd "$1"; new="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
openssl req -x509 $new -keyout ca.key -out ca.pem -days 2 -subj /CN=authority
openssl req $new -keyout data/server.key -out request -subj /CN=localhost
printf 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n' >extensions
openssl x509 -req -in request -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions \
    -out data/server.crt
chmod 600 data/server.key"#;
    let made =
        as_server_user(Path::new("sh")).args(["-ec", MAKE, "sh"]).arg(folder).output().expect("a shell");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// A program run as a user that PostgreSQL accepts.
fn as_server_user(program: &Path) -> Command {
    if other_user().is_none() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", USER, "--regid", USER, "--clear-groups"]).arg(program);
    command
}

/// Root's other user and its group: nothing for anybody else.
fn other_user() -> Option<(u32, u32)> {
    let own = fs::metadata("/proc/self").ok()?.uid();
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let user = fields.into_iter().find(|fields| own == 0 && fields.first() == Some(&USER))?;
    Some((user.get(2)?.parse().ok()?, user.get(3)?.parse().ok()?))
}

fn children_of(process: u32) -> Vec<u32> {
    let list = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    list.split_whitespace().filter_map(|child| child.parse().ok()).collect()
}
